"""A computer that is too slow, or busy, shows as our lag and never as a fault of the camera."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from studiocheck.core.capture import Frame
from studiocheck.core.evidence import Captured
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.measure.picture.frame_rate import frame_rate
from studiocheck.sources.cameras.jpeg_frames import unseen_frame
from studiocheck.sources.cameras.reading import Reader
from studiocheck.sources.capture.recorder import record_clip
from studiocheck.sources.capture.reel import Reel

INFO = CameraInfo(
    device="test", name="test", backend="test", clock="file", width=32, height=18, pixel_format="x"
)


def ignore(_: float) -> None:
    pass


def frame_of(luma: np.ndarray, **other: Any) -> Frame:
    return Frame(size=luma.shape[::-1], luma=lambda: luma, bgr=lambda: luma, **other)


def clip_of(captured: Captured) -> ClipEvidence:
    assert isinstance(captured.evidence, ClipEvidence)
    return captured.evidence


@dataclass
class LiveTape:
    """A live camera of 30 fps by its own clock, read ahead as our cameras are."""

    seconds: float
    look_s: float
    fps: float = 30.0
    ahead: int = 10
    live: bool = True
    reader: Reader[tuple[int, bool]] | None = None

    def open(self) -> CameraInfo:
        began_s = time.monotonic()
        numbers = iter(range(round(self.seconds * self.fps)))

        def grab() -> tuple[int, bool] | None:
            n = next(numbers, None)
            if n is None:
                return None
            time.sleep(max(0.0, began_s + n / self.fps - time.monotonic()))
            return n, True

        self.reader = Reader(
            grab, lambda: None, ahead=self.ahead, shed=lambda item: (item[0], False)
        )
        return INFO

    def read(self) -> Frame | None:
        assert self.reader is not None
        item, arrived_s = self.reader.next(3.0)
        if item is None:
            return None
        n, whole = item
        luma = np.full((18, 32), n % 256, np.uint8)

        def small() -> np.ndarray:
            time.sleep(self.look_s)
            return luma

        return Frame(
            captured_s=n / self.fps,
            size=(32, 18),
            luma=lambda: luma,
            small=small,
            payload=luma.tobytes(),
            bgr=lambda: np.repeat(luma[:, :, None], 3, axis=2),
            sequence=n,
            arrived_s=arrived_s,
            state="whole" if whole else "unseen",
        )

    def controls(self) -> None:
        return

    def close(self) -> None:
        if self.reader is not None:
            self.reader.stop(1.0)


def filmed_by(look_s: float, seconds: float = 2.0) -> ClipEvidence:
    """A clip taken by a computer that needs so long for every frame it looks at."""
    tape = LiveTape(seconds + 1, look_s)
    info = tape.open()
    try:
        return clip_of(record_clip(tape, info, seconds, ignore))
    finally:
        tape.close()


def assert_nothing_is_invented(clip: ClipEvidence) -> None:
    series = clip.series
    assert list(np.diff(series.sequence)) == [1] * (len(series) - 1)
    rate = frame_rate(series.captured_s, series.sequence, series.identical, seen=series.seen)
    assert rate.delivered_fps == pytest.approx(30, abs=0.001)
    assert rate.unique_fps == pytest.approx(30, abs=0.001)
    assert rate.missing == 0


def test_a_slow_computer_lags_and_loses_no_frame_of_the_camera() -> None:
    clip = filmed_by(0.05)
    assert len(clip.series) == 61
    assert_nothing_is_invented(clip)
    # ten frames wait, each for as long as the ten before it take
    assert 0.4 < clip.series.lag_s.max() < 1.0
    assert np.isnan(clip.series.motion[~clip.series.seen]).all()
    assert 0 < (~clip.series.seen).sum() < 40


def test_a_computer_that_keeps_up_sees_every_frame_without_lag() -> None:
    clip = filmed_by(0.0, seconds=1.0)
    assert clip.series.seen.all()
    assert np.median(clip.series.lag_s) < 0.02


@pytest.fixture
def burners() -> Iterator[None]:
    """A computer that is busy with other things: four processes that never rest."""
    forever = "import os, time\nwhile os.getppid() == {} and time.monotonic() < {}: pass"
    code = forever.format(os.getpid(), time.monotonic() + 20)
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    time.sleep(0.3)
    yield
    for process in busy:
        process.kill()
        process.wait(5)


@pytest.mark.usefixtures("burners")
@pytest.mark.parametrize("look_s", [0.0, 0.05])
def test_a_busy_computer_invents_no_drops(look_s: float) -> None:
    assert_nothing_is_invented(filmed_by(look_s))


def test_frames_that_nobody_saw_interrupt_a_burst() -> None:
    reel = Reel(1.0, 0)
    for n in range(31):
        luma = np.full((64, 64), n, np.uint8)
        state = "unseen" if n in {15, 20} else "whole"
        reel.add(frame_of(luma, captured_s=n / 30, state=state))
    burst = reel.develop(INFO, None).burst
    assert burst is not None
    assert (burst.index, burst.n) == (21, 8)
    assert (burst.mean == 24 + 1).all()


def test_a_clip_of_which_nobody_saw_anything_is_still_evidence_of_its_times() -> None:
    reel = Reel(1.0, 3)
    for n in range(31):
        reel.add(unseen_frame(n / 30, None))
    clip = reel.develop(INFO, None)
    assert len(clip.series) == 31
    assert len(clip.series.watched) == len(clip.sampled) == len(clip.histogram) == 0
