"""Where studiocheck keeps its files on this computer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The user's folders.

    Parameters
    ----------
    config : Path
        ``studio.toml`` and the user's own profiles.
    state : Path
        Runs, and later history and outbox.
    data : Path
        Calibration records.
    """

    config: Path
    state: Path
    data: Path

    @property
    def runs(self) -> Path:
        """The folder that keeps runs."""
        return self.state / "runs"

    @property
    def profiles(self) -> Path:
        """The user's own profiles."""
        return self.config / "profiles"


def folders() -> Folders:
    """Return the folders of this system, or those under ``STUDIOCHECK_HOME``."""
    home = os.environ.get("STUDIOCHECK_HOME")
    if home:
        root = Path(home).expanduser()
        return Folders(root / "config", root / "state", root / "data")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("studiocheck", appauthor=False)
    return Folders(dirs.user_config_path, dirs.user_state_path, dirs.user_data_path)
