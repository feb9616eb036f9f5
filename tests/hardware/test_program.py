"""The program as a technician starts it, on real drivers: what it says, and what it leaves behind."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.hardware.conftest import Plug, until
from tests.hardware.vm.machine import Guest, Running, Said
from tests.hardware.webcam.controls import MANUAL
from tests.hardware.webcam.firmware import Webcam

CHECK = ("python3", "-m", "studiocheck", "check", "--json", "--no-input", "--only", "camera")
LIMIT_S = 110
PROFILE = """\
name = "hil"
extends = "base-1080p30"
[video]
width = 640
height = 480
window_s = 3
"""


@contextmanager
def checking(guest: Guest, *roles: str) -> Iterator[Running]:
    """Start the program on a studio of these cameras."""
    guest.write("hil.toml", PROFILE)
    guest.write("studio.toml", "\n".join(['name = "hil"', *roles]))
    files = ("--profile", "hil.toml", "--studio", "studio.toml")
    with guest.start(
        *CHECK, *files, limit_s=LIMIT_S, STUDIOCHECK_LANG="en", PYTHONFAULTHANDLER="1"
    ) as program:
        yield program


def camera(role: str, webcam: Webcam, *more: str) -> str:
    return "\n".join([f"[cameras.{role}]", f'device = "{webcam.binding}"', *more])


def finding(said: Said, check: str, role: str) -> Any:
    (found,) = (f for f in said.record["findings"] if (f["check"], f["role"]) == (check, role))
    return found


def test_a_whole_studio_is_checked_and_left_as_it_was(guest: Guest, plug: Plug) -> None:
    """One run, because the program takes its time on an emulated processor."""
    good, dark, silent = plug("A1"), plug("A2"), plug("A3")
    dark.does.light = "dark"
    silent.does.stalled = True
    before = dict(good.settings.now)
    roles = (
        camera("good", good, "lock = true", "fps = 15"),
        camera("dark", dark),
        camera("silent", silent, "fps = 15"),
    )
    with checking(guest, *roles) as program:
        said = program.wait()
    assert said.code == 20, said.err
    assert finding(said, "camera.present", "good")["verdict"] == "PASS"
    assert finding(said, "camera.frame_rate", "good")["verdict"] == "PASS"
    slow = finding(said, "camera.frame_rate", "dark")
    assert slow["verdict"] == "FAIL"
    assert "exposure priority" in slow["advice"]["en"]
    assert finding(said, "camera.present", "silent")["verdict"] != "PASS"
    assert ("exposure_mode", MANUAL) in good.settings.written
    assert good.settings.now == before
    assert dark.settings.written == []


@pytest.mark.parametrize(("way", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_settings_are_put_back_when_the_program_is_ended(
    guest: Guest, plug: Plug, way: signal.Signals, code: int
) -> None:
    webcam = plug("A1")
    before = dict(webcam.settings.now)
    with checking(guest, camera("host", webcam, "lock = true", "fps = 15")) as program:
        until(lambda: webcam.settings.now["auto_focus"] == 0, "held", LIMIT_S)
        program.signal(way, group=way is signal.SIGINT)
        assert program.wait().code == code
    until(lambda: webcam.settings.now == before, "put back", 10)
