"""Devices in killable children: whatever a driver does, the run goes on and nothing stays behind."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.capture import Frame
from studiocheck.core.errors import DeviceBusy, DeviceGone, SourceTimeout, StudioCheckError
from studiocheck.core.evidence import Clip
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.core.text import Text
from studiocheck.sources.capture import children, isolation, messages

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
        if self.mood == "has much to compute":
            until = time.monotonic() + 1.5 * FAST.open_s
            while time.monotonic() < until:
                pass
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
        if self.mood in {"SIGTERM", "SIGHUP"}:
            os.kill(os.getpid(), getattr(signal, self.mood))
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
        if self.mood == "never closes":
            time.sleep(60)
        Path(self.trace).write_text("closed")


@dataclass
class Borrowed(Driver):
    """A driver whose settings are changed, and that says so before."""

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        self.owe = owe

    def open(self) -> CameraInfo:
        self.owe(partial(put_back, self.trace))
        info = super().open()
        Path(self.trace).write_text("changed")
        return info

    def read(self) -> Frame | None:
        if self.mood == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.mood == "is stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.mood == "never closes":
            time.sleep(60)
        return super().read()


class Unforgiven(Borrowed):
    """A driver that cannot be set any more once its process died."""

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        super().promise(lambda _: owe(never))


def never() -> None:
    raise DeviceBusy(Text("still held", "仍被占用"))


def put_back(trace: str) -> None:
    Path(trace).write_text(f"put back, was {Path(trace).read_text()}")


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    children.ask(os.getpid, 60, "warm")  # so that no test waits for the first import


@pytest.fixture
def captured(tmp_path):
    def run(mood: str, cancelled: threading.Event | None = None, kind: type[Driver] = Driver):
        told: list[messages.Message] = []
        driver = kind(mood, str(tmp_path / "trace"))
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


def test_a_child_that_computes_for_longer_than_a_driver_may_hang_is_waited_for(captured):
    found, _ = captured("has much to compute")
    assert isinstance(found[Clip].evidence, ClipEvidence)


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


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("mood", ["SIGTERM", "SIGHUP"])
def test_a_child_that_is_told_to_go_by_the_system_closes_its_device(captured, tmp_path, mood):
    with pytest.raises(DeviceGone):
        captured(mood)
    assert trace(tmp_path) == "closed"


def test_what_was_changed_is_put_back_by_the_child_itself(captured, tmp_path):
    captured("good", kind=Borrowed)
    assert trace(tmp_path) == "closed"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("mood", ["is killed", "is stopped", "never closes"])
def test_what_was_changed_is_put_back_when_the_child_cannot(captured, tmp_path, mood):
    with pytest.raises(StudioCheckError):
        captured(mood, kind=Borrowed)
    assert trace(tmp_path) == "put back, was changed"


def test_a_run_that_is_cancelled_while_a_driver_hangs_puts_back_what_was_changed(
    captured, tmp_path
):
    cancelled = threading.Event()
    threading.Timer(0.6, cancelled.set).start()
    with pytest.raises(isolation.Cancelled):
        captured("never closes", cancelled, kind=Borrowed)
    assert trace(tmp_path) == "put back, was changed"


def test_settings_that_could_not_be_put_back_are_part_of_the_finding(captured):
    with pytest.raises(DeviceGone, match="could not be put back") as caught:
        captured("is killed", kind=Unforgiven)
    assert "未能恢复" in caught.value.message.zh
    assert caught.value.advice is not None
    assert "plug it in again" in caught.value.advice.en


def test_a_question_that_is_never_answered_is_a_timeout():
    with pytest.raises(SourceTimeout, match="drivers"):
        children.ask(_sleep, 1.0, "drivers")


def _sleep() -> None:
    time.sleep(60)


@pytest.mark.skipif(sys.platform != "linux", reason="the fork server exists on Linux")
def test_a_warm_child_starts_in_a_fraction_of_an_import(captured):
    captured("good")
    begin = time.monotonic()
    assert children.ask(os.getpid, 10.0, "pid") != os.getpid()
    assert time.monotonic() - begin < 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="children are forked from a server on Linux")
def test_ctrl_c_does_not_reach_a_child_that_cannot_yet_say_that_it_ignores_it():
    children.warm_up()
    process = children.context_of_children().Process(target=time.sleep, args=(0.5,))
    process.start()
    os.kill(process.pid, signal.SIGINT)
    process.join(10)
    assert process.exitcode == 0
