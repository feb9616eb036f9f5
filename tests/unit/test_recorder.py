"""How a clip is taken: what is thrown away, what is kept, when it ends, and what a failure leaves."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.capture import Frame
from studiocheck.core.errors import DeviceGone, FormatRefused, SourceError, SourceTimeout
from studiocheck.core.evidence import CameraInfo, Captured, ClipEvidence
from studiocheck.core.text import Text
from studiocheck.measure.picture.frame_rate import frame_rate
from studiocheck.measure.picture.frame_row import luma_grid
from studiocheck.sources.av_frames import as_frame
from studiocheck.sources.camera_problems import Undecodable
from studiocheck.sources.jpeg_frames import JpegFrames, unseen_frame
from studiocheck.sources.reading import Reader
from studiocheck.sources.recorder import record_clip
from studiocheck.sources.reel import Reel

INFO = CameraInfo(
    device="test", name="test", backend="test", clock="file", width=32, height=18, pixel_format="x"
)
GONE = DeviceGone(Text("it left", "断开"))


def ignore(_: float) -> None:
    pass


def frame_of(luma: np.ndarray, **other: Any) -> Frame:
    return Frame(size=luma.shape[::-1], luma=lambda: luma, bgr=lambda: luma, **other)


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


@settings(max_examples=30, deadline=None)
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


# ---------------------------------------------------------------- a slow computer


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


# ---------------------------------------------------------------- JPEGs as they were sent


def photo(seed: int = 1, size: tuple[int, int] = (1080, 1920)) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 7) // 2 + noise // 8


def bytes_of(image: np.ndarray, *options: int) -> bytes:
    return bytes(cv2.imencode(".jpg", image, options)[1])


def test_a_jpeg_is_not_decoded_before_its_picture_is_asked_for() -> None:
    whole = bytes_of(photo())
    spoiled = whole[:2000] + bytes(len(whole) - 2002) + whole[-2:]
    frames = [JpegFrames().frame(data, 0.0) for data in (whole, spoiled)]
    assert {frame.state for frame in frames} == {"whole"}
    assert frames[0].size == (1920, 1080)


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((1080, 1920), (135, 240)),
        ((2160, 3840), (270, 480)),
        ((720, 1280), (180, 320)),
        ((480, 640), (240, 320)),
        ((120, 160), (120, 160)),
        ((1088, 1922), (136, 241)),
    ],
)
def test_a_jpeg_is_decoded_as_little_as_the_grid_needs(
    size: tuple[int, int], small: tuple[int, int]
) -> None:
    frame = JpegFrames().frame(bytes_of(photo(size=size)), 0.0)
    assert frame.small is not None
    assert frame.small().shape == small
    whole, reduced = luma_grid(frame.luma()).astype(int), luma_grid(frame.small()).astype(int)
    assert abs((reduced - whole).mean()) < 0.35
    assert np.abs(reduced - whole).mean() < 0.8


def test_the_colours_of_a_jpeg_are_those_that_ffmpeg_decodes(tmp_path: Path) -> None:
    data = bytes_of(photo(size=(270, 480)), cv2.IMWRITE_JPEG_QUALITY, 95)
    (tmp_path / "one.jpg").write_bytes(data)
    with av.open(str(tmp_path / "one.jpg")) as container:
        theirs = as_frame(next(container.decode(video=0)), 0.0)
        ours = JpegFrames().frame(data, 0.0)
        assert not theirs.limited
        assert np.abs(ours.luma().astype(int) - theirs.luma()).max() <= 2
        apart = ours.bgr().astype(int) - theirs.bgr()
    assert np.abs(apart.mean(axis=(0, 1))).max() < 0.5
    assert np.abs(apart).mean() < 2


def test_half_a_jpeg_is_torn_with_or_without_its_end() -> None:
    jpegs = JpegFrames()
    data = bytes_of(photo())
    first = jpegs.frame(data, 0.0)
    assert first.small is not None
    first.small()
    half = data[: len(data) // 2]
    assert jpegs.frame(half, 0.1).state == "torn"
    ended = jpegs.frame(half + b"\xff\xd9", 0.2)
    assert ended.small is not None
    with pytest.raises(Undecodable):
        ended.small()
    with pytest.raises(Undecodable):
        jpegs.frame(b"", 0.3).luma()


def test_a_grey_picture_is_not_a_torn_one() -> None:
    grey = JpegFrames().frame(bytes_of(np.full((1080, 1920, 3), 128, np.uint8)), 0.0)
    assert grey.small is not None
    assert (grey.small() == 128).all()


def test_torn_frames_have_a_time_and_no_row() -> None:
    jpegs, data = JpegFrames(), bytes_of(photo(size=(270, 480)))
    half = data[: len(data) // 2]
    tape = [data, half, data[:-1] + b"\x00", data, half + b"\xff\xd9"]
    reel = Reel(1.0, 1)
    for n, jpeg in enumerate(tape):
        reel.add(jpegs.frame(jpeg, n / 10))
    clip = reel.develop(INFO, None)
    assert list(clip.series.captured_s) == [0.0, 0.3]
    assert list(clip.torn_s) == [0.1, 0.2, 0.4]
    assert list(clip.series.identical) == [False, True]


def test_a_header_that_lies_about_the_size_does_not_crash() -> None:
    data = bytearray(bytes_of(photo(size=(270, 480))))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = (540).to_bytes(2, "big") + (960).to_bytes(2, "big")
    frame = JpegFrames().frame(bytes(data), 0.0)
    assert frame.size == (960, 540)
    assert frame.luma().shape == (540, 960)
    with pytest.raises(FormatRefused, match="480x270 to 960x540"):
        record_clip(
            Spool([JpegFrames().frame(bytes(data), 0.0)]),
            replace(INFO, width=480, height=270), 1.0, ignore,
        )  # fmt: skip


@dataclass
class Spool:
    """A camera that gives the frames it was given."""

    frames: list[Frame]
    live: bool = False

    def open(self) -> CameraInfo:
        return INFO

    def read(self) -> Frame | None:
        return self.frames.pop(0) if self.frames else None

    def controls(self) -> None:
        return

    def close(self) -> None:
        pass


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 120))
def test_whatever_bytes_come_nothing_but_undecodable_is_said(
    noise: bytes, at: int, cut: int
) -> None:
    data = bytes_of(np.full((48, 64, 3), 90, np.uint8))
    for spoiled in (noise, b"\xff\xd8" + noise, data[:at] + noise + data[at + cut :]):
        frame = JpegFrames().frame(spoiled, 0.0)
        assert frame.state in {"whole", "torn"}
        with contextlib.suppress(Undecodable):
            assert frame.luma().ndim == 2
