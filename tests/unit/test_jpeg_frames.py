"""Claims about `sources.jpeg_frames`: what is decoded, and when, and what is torn."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.capture import Frame
from studiocheck.core.errors import FormatRefused
from studiocheck.core.picture import CameraInfo
from studiocheck.measure.picture.frame_row import luma_grid
from studiocheck.sources.cameras.av_frames import as_frame
from studiocheck.sources.cameras.camera_problems import Undecodable
from studiocheck.sources.cameras.jpeg_frames import JpegFrames
from studiocheck.sources.capture.recorder import record_clip
from studiocheck.sources.capture.reel import Reel

INFO = CameraInfo(
    device="test", name="test", backend="test", clock="file", width=32, height=18, pixel_format="x"
)


def ignore(_: float) -> None:
    pass


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


@settings(max_examples=60)
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
