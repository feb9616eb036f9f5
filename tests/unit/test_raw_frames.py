"""What drivers hand over uncompressed, taken apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.sources.cameras.raw_frames import RawFrames


def grey(form: str, code: int, *, padding: int = 0) -> bytes:
    """Return a picture of 8 by 4 px, its chroma neutral, its lines padded."""
    rows = 4 if form == "YUYV" else 6
    width = 16 if form == "YUYV" else 8
    buffer = np.full((rows, width), 128, np.uint8)
    if form == "YUYV":
        buffer[:, ::2] = code
    else:
        buffer[:4] = code
    return np.pad(buffer, ((0, 0), (0, padding)), constant_values=7).tobytes()


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("form", ["YUYV", "NV12"])
@pytest.mark.parametrize("padding", [0, 6])
def test_packed_and_planar_grey_is_grey(form: str, full: bool, padding: int) -> None:
    code = 128 if full else 126
    stride = padding and (16 if form == "YUYV" else 8) + padding
    frames = RawFrames(form, 8, 4, full_range=full, stride=stride)
    frame = frames.frame(grey(form, code, padding=padding), 1.0, 2.0, 3)
    assert (frame.captured_s, frame.arrived_s, frame.sequence) == (1.0, 2.0, 3)
    assert frame.limited is not full
    assert frame.size == (8, 4)
    assert (frame.luma() == np.full((4, 8), code)).all()
    assert np.abs(frame.bgr().astype(int) - 128).max() <= 1


@given(st.binary(max_size=63))
def test_a_buffer_that_lacks_lines_is_torn(data: bytes) -> None:
    frame = RawFrames("YUYV", 8, 4, full_range=True).frame(data, 1.0)
    assert frame.state == "torn"


def test_a_frame_is_taken_apart_once() -> None:
    frame = RawFrames("YUYV", 8, 4, full_range=True).frame(grey("YUYV", 9), 1.0)
    assert frame.luma() is frame.luma()
