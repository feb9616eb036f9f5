"""What all tests share: a home of their own, and the program as a user starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# a loaded machine is no counterexample
settings.register_profile("studiocheck", deadline=None)
settings.load_profile("studiocheck")

# run by the system's Python, which has GStreamer
collect_ignore = ["e2e/rtsp_server.py"]


LONGEST = (
    "test_calibrate_lights", "test_uplink_matrix", "test_every_example", "test_microphones",
    "test_program", "test_lamps_accuracy", "test_calibrate_camera", "test_uplink_namespaces",
    "test_uplink_endings", "test_lamp_drivers", "test_live_room",
)  # fmt: skip
"""Files that keep a worker busy for a minute or more."""


def pytest_configure() -> None:
    """A shell that starts us in the background ignores Ctrl-C, and programs would inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: workers take whole files, and end together."""
    tests = Counter(item.path for item in items)
    place = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.stem, len(place)), -tests[item.path]))


@dataclass(frozen=True)
class Said:
    """What the program said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        return json.loads(self.out)

    def finding(self, check: str, role: str | None = None) -> Any:
        """The finding of a check; of a role where several have one."""
        hits = [
            f for f in self.record["findings"] if f["check"] == check and role in (None, f["role"])
        ]
        assert len(hits) == 1, (check, role, hits)
        return hits[0]


Program = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STUDIOCHECK_")}
    return {**kept, "STUDIOCHECK_HOME": str(home), "STUDIOCHECK_LANG": "en", "PYTHONUTF8": "1"}


@pytest.fixture
def program(environment: dict[str, str], tmp_path: Path) -> Program:
    """The command line in a process of its own, as a user starts it."""

    def run(*arguments: str, timeout: float = 90, cwd: Path | None = None, **env: str) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "studiocheck", *arguments],
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            cwd=cwd or tmp_path,
            env=environment | env,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run
