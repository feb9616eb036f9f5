"""How a clip is taken: what is thrown away, what is kept, when it ends, and what a failure leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.capture import Frame
from studiocheck.core.errors import DeviceGone, FormatRefused, SourceError, SourceTimeout
from studiocheck.core.evidence import Captured
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.core.text import Text
from studiocheck.sources.cameras.reading import Reader
from studiocheck.sources.capture.recorder import record_clip

INFO = CameraInfo(
    device="test", name="test", backend="test", clock="file", width=32, height=18, pixel_format="x"
)
GONE = DeviceGone(Text("it left", "断开"))


def ignore(_: float) -> None:
    pass


@dataclass
class Tape:
    """A camera that plays what it is given: capture times, and at the end an error or nothing."""

    times_s: list[float]
    error: SourceError | None = None
    live: bool = False
    pace_s: float = 0.0
    size: tuple[int, int] = (18, 32)
    asked: int = field(default=0)

    def open(self) -> CameraInfo:
        return INFO

    def read(self) -> Frame | None:
        time.sleep(self.pace_s)
        if self.asked >= len(self.times_s):
            if self.error is not None:
                raise self.error
            return None
        luma = np.full(self.size, self.asked % 256, np.uint8)
        image = np.repeat(luma[:, :, None], 3, axis=2)
        self.asked += 1
        return Frame(
            captured_s=self.times_s[self.asked - 1],
            size=self.size[::-1],
            luma=lambda: luma,
            bgr=lambda: image,
            sequence=self.asked - 1,
        )

    def controls(self) -> None:
        return

    def close(self) -> None:
        pass


def at(fps: float, seconds: float) -> list[float]:
    return [n / fps for n in range(round(fps * seconds))]


def clip_of(captured: Captured) -> ClipEvidence:
    assert isinstance(captured.evidence, ClipEvidence)
    return captured.evidence


def test_a_window_of_one_second_at_30_is_31_frames() -> None:
    clip = clip_of(record_clip(Tape(at(30, 5)), INFO, 1.0, ignore))
    assert len(clip.series) == 31
    assert clip.series.captured_s[-1] == pytest.approx(1.0)
    assert list(clip.series.sequence) == list(range(31))
    assert np.isnan(clip.series.motion[0])
    assert list(clip.sampled) == [0, 15, 30]
    assert clip.histogram.sum() == 3 * 18 * 32
    assert clip.series.grid.shape == (31, 135, 240)


def test_stills_are_the_first_the_middle_and_the_last_frame() -> None:
    clip = clip_of(record_clip(Tape(at(30, 5)), INFO, 1.0, ignore))
    assert [still.index for still in clip.stills] == [0, 15, 30]
    assert [int(still.image[0, 0, 0]) for still in clip.stills] == [0, 15, 30]


def test_a_clip_that_is_shorter_than_the_window_is_whole() -> None:
    captured = record_clip(Tape(at(30, 0.5)), INFO, 5.0, ignore)
    assert captured.problem is None
    assert len(clip_of(captured).series) == 15
    assert clip_of(captured).stills[-1].index == 14


def test_a_camera_that_leaves_midway_leaves_evidence_and_a_problem() -> None:
    captured = record_clip(Tape(at(30, 0.5), GONE), INFO, 5.0, ignore)
    assert captured.problem is not None
    assert captured.problem.code == "gone"
    assert len(clip_of(captured).series) == 15


@pytest.mark.parametrize("frames", [0, 1])
def test_a_camera_that_leaves_at_once_leaves_only_the_error(frames: int) -> None:
    with pytest.raises(DeviceGone):
        record_clip(Tape(at(30, 5)[:frames], GONE), INFO, 5.0, ignore)


def test_a_single_picture_is_one_row_and_one_still() -> None:
    info = replace(INFO, timeless=True)
    clip = clip_of(record_clip(Tape([0.0]), info, 5.0, ignore))
    assert len(clip.series) == 1
    assert [still.index for still in clip.stills] == [0]


def test_a_clip_without_a_frame_is_no_evidence() -> None:
    with pytest.raises(SourceTimeout):
        record_clip(Tape([]), INFO, 5.0, ignore)


def test_the_frames_that_waited_in_a_driver_are_thrown_away() -> None:
    info = replace(INFO, clock="device")
    clip = clip_of(record_clip(Tape(at(30, 5), live=True), info, 1.0, ignore))
    assert clip.series.sequence[0] == 4


def test_the_burst_at_the_start_of_a_network_stream_is_thrown_away() -> None:
    info = replace(INFO, clock="sender")
    tape = Tape(at(200, 5), live=True, pace_s=0.005)
    clip = clip_of(record_clip(tape, info, 0.2, ignore, settle_s=0.3))
    assert clip.series.sequence[0] >= 30


@pytest.mark.realtime
def test_a_clock_that_stands_still_ends_by_the_clock_on_the_wall() -> None:
    tape = Tape([0.0] * 100_000, live=True, pace_s=0.01)
    began_s = time.monotonic()
    record_clip(tape, INFO, 0.1, ignore)
    assert 2.0 < time.monotonic() - began_s < 4.0


def test_a_picture_that_changes_its_size_is_refused() -> None:
    with pytest.raises(FormatRefused, match="32x18 to 16x9"):
        record_clip(Tape(at(30, 1), size=(9, 16)), INFO, 1.0, ignore)


def test_progress_grows_to_one() -> None:
    told: list[float] = []
    record_clip(Tape(at(30, 5)), INFO, 1.0, told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


@settings(max_examples=30)
@given(st.lists(st.floats(0.001, 0.5), min_size=2, max_size=60), st.integers(1, 5))
def test_whatever_the_cadence_rows_and_stills_agree(steps: list[float], stills: int) -> None:
    times = list(np.cumsum(steps))
    clip = clip_of(record_clip(Tape(times), INFO, 2.0, ignore, stills=stills))
    rows = len(clip.series)
    assert len(clip.series.arrived_s) == len(clip.series.motion) == rows
    indexes = [still.index for still in clip.stills]
    assert indexes == sorted(set(indexes))
    assert 1 <= len(indexes) <= stills
    assert indexes[-1] == rows - 1


# ---------------------------------------------------------------- reading ahead


def reader_of(items: Iterator[int], ahead: int = 8) -> tuple[Reader[int], threading.Event]:
    released = threading.Event()
    return Reader(lambda: next(items, None), released.set, ahead=ahead), released


def test_what_is_read_ahead_comes_in_order_and_then_the_end() -> None:
    reader, released = reader_of(iter([1, 2, 3]))
    assert [reader.next(1)[0] for _ in range(5)] == [1, 2, 3, None, None]
    assert released.wait(1)


def test_a_device_that_blocks_is_a_timeout_and_does_not_hold_us() -> None:
    hold = threading.Event()
    reader: Reader[int] = Reader(lambda: hold.wait(10) and None, lambda: None, ahead=8)
    with pytest.raises(TimeoutError):
        reader.next(0.05)
    assert not reader.stop(0.05)
    hold.set()
    assert reader.stop(1)


def test_an_error_of_the_device_is_raised_again_and_again() -> None:
    def fail() -> int:
        raise OSError(5, "x")

    reader = Reader(fail, lambda: None, ahead=8)
    for _ in range(2):
        with pytest.raises(OSError, match="x"):
            reader.next(1)


def test_a_reader_that_nobody_empties_can_be_stopped() -> None:
    reader, released = reader_of(iter(range(10_000)), ahead=2)
    assert reader.stop(1)
    assert released.is_set()


def test_a_device_is_never_held_back_by_who_cannot_keep_up() -> None:
    items = iter(range(1000))
    read_all = threading.Event()
    reader: Reader[int] = Reader(
        lambda: next(items, None), read_all.set, ahead=5, shed=lambda item: -item
    )
    assert read_all.wait(5)
    came = [reader.next(1)[0] for _ in range(1001)]
    assert came == [0, 1, 2, 3, 4, *range(-5, -1000, -1), None]


def test_arrival_is_when_it_came_and_not_when_it_was_asked_for() -> None:
    reader, released = reader_of(iter([1, 2]))
    assert released.wait(1)
    asked_s = time.monotonic()
    time.sleep(0.05)
    assert reader.next(1)[1] < asked_s
