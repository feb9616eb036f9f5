"""A person at a terminal: reads what the program asks for, does it, and presses keys."""

from __future__ import annotations

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Terminal:
    """The program in a terminal of its own."""

    process: subprocess.Popen[bytes]
    line: int
    said: str = ""

    def wait_for(self, pattern: str, seconds: float = 40) -> re.Match[str]:
        """Read on until the program has said something; what was said before is forgotten."""
        end = time.monotonic() + seconds
        while True:
            hit = re.search(pattern, self.said)
            if hit:
                self.said = self.said[hit.end() :]
                return hit
            assert time.monotonic() < end, f"{pattern!r} was not said, but {self.said!r}"
            if select.select([self.line], [], [], 0.1)[0]:
                try:
                    more = os.read(self.line, 65536)
                except OSError:
                    more = b""
                assert more or re.search(pattern, self.said), f"ended after {self.said!r}"
                self.said += more.decode("utf-8", "replace")

    def press(self, keys: str = "") -> None:
        os.write(self.line, f"{keys}\n".encode())

    def ended(self, seconds: float = 40) -> int:
        """Read to the end; the exit code."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.line], [], [], 0.1)[0]:
                try:
                    more = os.read(self.line, 65536)
                except OSError:
                    break
                if not more:
                    break
                self.said += more.decode("utf-8", "replace")
            elif self.process.poll() is not None:
                break
        return self.process.wait(5)


@contextlib.contextmanager
def terminal(environment: Mapping[str, str], cwd: Path, *arguments: str) -> Iterator[Terminal]:
    pty = pytest.importorskip("pty", reason="a terminal of our own is POSIX")
    ours, theirs = pty.openpty()
    kept = {k: v for k, v in environment.items() if k != "CI"}
    process = subprocess.Popen(
        [sys.executable, "-m", "studiocheck", *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, env=kept, cwd=cwd, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(ours)


def obey(request: str, switch: Callable[[str, bool], None]) -> None:
    """Switch what a prompt asks for: ``switch on: key; switch off: fill, back``."""
    for word, shining in (("switch on", True), ("switch off", False)):
        hit = re.search(rf"{word}: ([\w, -]+)", request)
        for name in hit[1].split(",") if hit else ():
            switch(name.strip(), shining)
