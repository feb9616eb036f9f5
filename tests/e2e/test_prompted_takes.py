"""A person at a terminal is guided through the takes: real program, pseudo-terminal, PulseAudio."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.pulse import Rig, rig
from tests.e2e.test_microphones import voice

__all__ = ["rig"]  # a fixture

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the rig is for Linux"),
    pytest.mark.slow,
]

STUDIO = """
name = "room"
profile = "short.toml"
[microphones.host]
device = "name:Host lavalier"
[microphones.guest]
device = "name:Desk condenser"
"""
PROFILE = """
name = "short"
extends = "base-1080p30"
[sound]
quiet_s = 1.5
speech_s = 3.0
"""


@dataclass
class Person:
    """Somebody who reads a terminal and presses keys."""

    terminal: int
    process: subprocess.Popen[bytes]
    seen: str = ""

    def reads(self, text: str, within_s: float = 30.0) -> None:
        """Wait for a text that was not there before."""
        end = time.monotonic() + within_s
        while text not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 65536).decode("utf-8", "replace")
        self.seen = self.seen.split(text, 1)[1]

    def presses(self, key: str) -> None:
        os.write(self.terminal, key.encode())


@contextmanager
def checking(folder: Path, options: Sequence[str]) -> Iterator[Person]:
    import pty

    (folder / "studio.toml").write_text(STUDIO, "utf-8")
    (folder / "short.toml").write_text(PROFILE, "utf-8")
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    process = subprocess.Popen(
        [sys.executable, "-m", "studiocheck", "check", "--only", "mic", "--profile", "short.toml",
         "--output", "record.json", "--json", "--lang", "en", *options],
        cwd=folder, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs,
        env=environment | {"STUDIOCHECK_HOME": str(folder / "home"), "TERM": "xterm",
                           "COLUMNS": "100"},
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Person(ours, process)
        end = time.monotonic() + 40
        while process.poll() is None and time.monotonic() < end:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
        process.wait(10)
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)


def prompted(folder: Path) -> dict[str, dict[str, bool]]:
    """Return, by device and kind of take, what its evidence says."""
    found = {}
    for file in (folder / "home").rglob("evidence/mic.*.json"):
        facts = json.loads(file.read_text("utf-8"))
        found[file.stem] = {k: facts[k]["evidence"]["prompted"] for k in ("RoomTone", "Speech")}
    return found


def test_one_prompt_starts_all_microphones_and_the_record_says_so(rig: Rig, tmp_path: Path) -> None:
    with checking(tmp_path, []) as person:
        person.reads("BE QUIET for 2 s")
        person.presses("\r")
        person.reads("QUIET PLEASE")
        person.reads("SPEAK AS IN THE SHOW for 3 s")
        person.presses("r")  # somebody coughed
        person.reads("QUIET PLEASE")
        person.reads("SPEAK AS IN THE SHOW for 3 s")
        for microphone in ("lav", "desk"):
            rig.feed(microphone, voice(8.0))
        person.presses("\r")
        person.reads("Enter: go on")
        person.presses("\r")
    record = json.loads((tmp_path / "record.json").read_text("utf-8"))
    verdicts = {(f["check"], f["role"]): f["verdict"] for f in record["findings"]}
    for role in ("host", "guest"):
        assert verdicts["mic.signal", role] == "PASS"
    notes = [f["note"]["en"] for f in record["findings"] if f["check"] == "mic.present"]
    assert all("began when somebody was ready" in note for note in notes), notes
    takes = prompted(tmp_path)
    assert len(takes) == 2
    assert all(of == {"RoomTone": True, "Speech": True} for of in takes.values())


def test_without_input_nothing_is_asked_and_the_record_says_so(rig: Rig, tmp_path: Path) -> None:
    for microphone in ("lav", "desk"):
        rig.feed(microphone, voice(30.0))
    with checking(tmp_path, ["--no-input"]) as person:
        person.reads("QUIET PLEASE")
        assert "press Enter" not in person.seen
    takes = prompted(tmp_path)
    assert len(takes) == 2
    assert all(of == {"RoomTone": False, "Speech": False} for of in takes.values())


def test_ctrl_c_while_somebody_is_asked_ends_the_run_and_mends_the_terminal(
    rig: Rig, tmp_path: Path
) -> None:
    import termios

    with checking(tmp_path, []) as person:
        person.reads("BE QUIET")
        assert not termios.tcgetattr(person.terminal)[3] & termios.ECHO
        person.process.send_signal(2)
        assert person.process.wait(15) == 130
        assert termios.tcgetattr(person.terminal)[3] & termios.ECHO
    del rig
