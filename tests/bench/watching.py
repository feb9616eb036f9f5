"""The program run on a studio of files or streams, while its capture processes are watched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.bench.quotients import cpu_s

_EVERY_S = 0.1


@dataclass
class Watched:
    """What one run of the program used and said.

    ``capture_s`` is what the capture processes took of ``cpu_s``; ``peaks_mb`` is the largest
    resident set of each, ``shared_mb`` what they were forked with and share.
    """

    cpu_s: float = 0.0
    capture_s: float = 0.0
    record: Mapping[str, Any] = field(default_factory=dict)
    peaks_mb: Mapping[int, float] = field(default_factory=dict)
    shared_mb: float = 0.0

    def verdicts(self, check: str) -> dict[str, str]:
        found = self.record["findings"]
        return {f["role"]: f["verdict"] for f in found if f["check"] == check}


def check(
    studio: Path, home: Path, options: Sequence[str] = (), but: Sequence[int] = ()
) -> Watched:
    """Run ``studiocheck check --only camera`` on a studio file; ``but`` are processes not ours."""
    command = [sys.executable, "-m", "studiocheck", "check", "--only", "camera", "--no-input",
               "--json", "--quiet", "--studio", str(studio), *options]  # fmt: skip
    watched = Watched()

    def work() -> None:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, cwd=home.parent,
            env=os.environ | {"STUDIOCHECK_HOME": str(home)},
        )  # fmt: skip
        done = threading.Event()
        eye = threading.Thread(target=_watch, args=(process.pid, done, watched))
        eye.start()
        said, _ = process.communicate()
        done.set()
        eye.join()
        watched.record = json.loads(said)

    watched.cpu_s = cpu_s(work, but)
    return watched


def _watch(pid: int, done: threading.Event, watched: Watched) -> None:
    """Note the high-water marks of the fork server's children."""
    peaks: dict[int, float] = {}
    spent: dict[int, float] = {}
    while not done.wait(_EVERY_S):
        with contextlib.suppress(psutil.Error, OSError):
            for server in psutil.Process(pid).children():
                captures = server.children()
                if captures:
                    watched.shared_mb = server.memory_info().rss / 1e6
                for capture in captures:
                    times = capture.cpu_times()
                    spent[capture.pid] = times.user + times.system
                    peak = _high_water_mb(capture.pid)
                    peaks[capture.pid] = max(peak, peaks.get(capture.pid, 0.0))
    watched.peaks_mb, watched.capture_s = peaks, sum(spent.values())


def _high_water_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    found = (int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))
    return next(found, 0.0)  # a process that has just ended has no memory
