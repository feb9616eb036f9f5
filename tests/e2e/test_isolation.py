"""Devices in killable children: whatever a driver does, the run goes on and nothing stays behind."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.capture import Frame
from studiocheck.core.errors import DeviceBusy, DeviceGone, SourceTimeout
from studiocheck.core.evidence import CameraInfo, Clip, ClipEvidence
from studiocheck.core.text import Text
from studiocheck.sources import isolation, messages

FAST = isolation.Patience(open_s=3, silence_s=1.0, stop_s=2.0)


@dataclass
class Driver:
    """A camera driver that behaves badly in a way of our choice, in a real child process."""

    mood: str
    trace: str
    live: bool = True

    def open(self) -> CameraInfo:
        if self.mood == "busy":
            raise DeviceBusy(Text("held by obs", "被 obs 占用"), Text("close it", "关闭它"))
        if self.mood == "never opens":
            time.sleep(60)
        if self.mood == "crashes":
            ctypes.string_at(0)
        if self.mood == "noisy":
            os.write(1, b"driver chatter\n")
            os.write(2, b"driver chatter\n")
        Path(self.trace).write_text("open")
        return CameraInfo(
            device="x", name="bad driver", backend="test", clock="device",
            width=640, height=480, pixel_format="bgr24",
        )  # fmt: skip

    def read(self) -> Frame | None:
        if self.mood == "stops answering":
            time.sleep(60)
        if self.mood == "fails oddly":
            raise RuntimeError("out of cheese")
        time.sleep(1 / 60)
        image = np.random.default_rng().integers(0, 255, (480, 640, 3), np.uint8)
        return Frame(
            captured_s=time.monotonic(),
            size=(640, 480),
            luma=image[..., 0].copy,
            bgr=lambda: image,
        )

    def controls(self) -> None:
        return

    def close(self) -> None:
        Path(self.trace).write_text("closed")


@pytest.fixture
def captured(tmp_path):
    def run(mood: str, cancelled: threading.Event | None = None):
        told: list[messages.Message] = []
        driver = Driver(mood, str(tmp_path / "trace"))
        found = isolation.capture(
            driver, (Clip(1.0),), name="camera.main", tell=told.append,
            cancelled=cancelled or threading.Event(), patience=FAST, log=tmp_path / "log",
        )  # fmt: skip
        return found, told

    return run


def trace(tmp_path: Path) -> str:
    return (tmp_path / "trace").read_text()


def shared_memory() -> set[str]:
    folder = Path("/dev/shm")  # noqa: S108 - where POSIX shared memory shows
    return {p.name for p in folder.glob("studiocheck-*")} if folder.exists() else set()


def test_a_good_driver_gives_its_frames_and_is_closed(captured, tmp_path):
    found, told = captured("good")
    clip = found[Clip].evidence
    assert isinstance(clip, ClipEvidence)
    assert clip.stills[0].image.shape == (480, 640, 3)
    assert any(isinstance(m, messages.Alive) for m in told)
    assert trace(tmp_path) == "closed"
    assert shared_memory() == set()


def test_an_error_of_the_driver_arrives_with_both_languages(captured):
    with pytest.raises(DeviceBusy) as caught:
        captured("busy")
    assert caught.value.message.zh == "被 obs 占用"


@pytest.mark.parametrize("mood", ["never opens", "stops answering"])
def test_a_driver_that_hangs_is_killed_within_its_deadline(captured, mood):
    begin = time.monotonic()
    with pytest.raises(SourceTimeout, match=r"camera\.main"):
        captured(mood)
    assert time.monotonic() - begin < FAST.open_s + FAST.stop_s + 3
    assert shared_memory() == set()


def test_a_driver_that_hangs_after_opening_is_still_closed(captured, tmp_path):
    with pytest.raises(SourceTimeout):
        captured("stops answering")
    assert trace(tmp_path) == "closed"


def test_a_driver_that_crashes_the_process_is_a_finding(captured):
    with pytest.raises(DeviceGone, match="crashed"):
        captured("crashes")


def test_an_odd_failure_of_a_driver_is_a_problem_and_no_traceback(captured, tmp_path):
    with pytest.raises(Exception, match="out of cheese"):
        captured("fails oddly")
    assert "Traceback" in (tmp_path / "log").read_text()


def test_what_a_driver_prints_goes_to_the_log(captured, tmp_path, capfd):
    captured("noisy")
    assert "chatter" not in "".join(capfd.readouterr())
    assert (tmp_path / "log").read_text().count("driver chatter") == 2


def test_a_cancelled_capture_releases_the_device(captured, tmp_path):
    cancelled = threading.Event()
    threading.Timer(0.6, cancelled.set).start()
    with pytest.raises(isolation.Cancelled):
        captured("good", cancelled)
    assert trace(tmp_path) == "closed"


def test_a_question_that_is_never_answered_is_a_timeout():
    with pytest.raises(SourceTimeout, match="drivers"):
        isolation.ask(_sleep, 1.0, "drivers")


def _sleep() -> None:
    time.sleep(60)


@pytest.mark.skipif(sys.platform != "linux", reason="the fork server exists on Linux")
def test_a_warm_child_starts_in_a_fraction_of_an_import(captured):
    captured("good")
    begin = time.monotonic()
    assert isolation.ask(os.getpid, 10.0, "pid") != os.getpid()
    assert time.monotonic() - begin < 2.0
