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
        Runs and calibration records, and later history and outbox.
    """

    config: Path
    state: Path

    @property
    def runs(self) -> Path:
        """The folder that keeps runs."""
        return self.state / "runs"

    @property
    def calibration(self) -> Path:
        """The folder that keeps calibration records."""
        return self.state / "calibration"

    @property
    def profiles(self) -> Path:
        """The user's own profiles."""
        return self.config / "profiles"


def folders() -> Folders:
    """Return the folders of this system, or those under ``STUDIOCHECK_HOME``."""
    home = os.environ.get("STUDIOCHECK_HOME")
    if home:
        root = Path(home).expanduser()
        return Folders(root / "config", root / "state")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("studiocheck", appauthor=False)
    return Folders(dirs.user_config_path, dirs.user_state_path)


def calibration_folder(given: Path | None) -> Path:
    """Return the folder of calibration records: as given, else that of this user."""
    return given if given is not None else folders().calibration
