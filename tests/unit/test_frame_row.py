"""Claims about `measure.picture.frame_row`: what is kept of every frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.capture import Frame
from studiocheck.measure.picture.frame_row import FrameReducer, full_range_histogram, luma_grid


def noise(seed, shape=(270, 480)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def frame(luma, limited=False, payload=None):
    return Frame(
        captured_s=0.0,
        size=luma.shape[::-1],
        luma=lambda: luma,
        bgr=lambda: luma,
        limited=limited,
        payload=payload,
    )


def test_the_first_frame_has_no_motion_and_repeats_nothing():
    row = FrameReducer()(frame(noise(1)))
    assert np.isnan(row.motion)
    assert not row.identical


def test_a_frame_that_differs_in_one_sample_is_not_identical():
    reduce = FrameReducer()
    first = noise(1)
    second = first.copy()
    second[133, 257] ^= 1
    reduce(frame(first))
    assert not reduce(frame(second)).identical
    assert reduce(frame(second.copy())).identical


def test_equal_payloads_repeat_without_being_decoded():
    reduce = FrameReducer()
    assert not reduce(frame(noise(1), payload=b"a")).identical
    assert reduce(frame(noise(2), payload=b"a")).identical
    assert not reduce(frame(noise(2), payload=b"b")).identical


def test_a_padded_plane_of_a_decoder_is_read_without_its_padding():
    padded = np.full((270, 512), 255, np.uint8)
    padded[:, :480] = noise(1)
    view = padded[:, :480]
    assert (FrameReducer()(frame(view)).grid == luma_grid(noise(1))).all()
    assert full_range_histogram(view, limited=False).sum() == view.size


def test_a_plane_that_the_decoder_overwrites_is_still_compared_with_what_it_was():
    reduce = FrameReducer()
    plane = np.zeros((270, 480), np.uint8)
    reduce(frame(plane))
    plane[:] = 7
    row = reduce(frame(plane))
    assert not row.identical
    assert row.motion == pytest.approx(7)


def test_limited_range_reads_the_same_as_full_range():
    full = FrameReducer()
    limited = FrameReducer()
    rows = []
    for level in (51, 102):
        plane = np.full((270, 480), level, np.uint8)
        studio = np.rint(16 + plane * (219 / 255)).astype(np.uint8)
        rows = full(frame(plane)), limited(frame(studio, limited=True))
    assert rows[0].motion == pytest.approx(rows[1].motion, abs=0.7)
    assert abs(int(rows[0].grid[0, 0]) - int(rows[1].grid[0, 0])) <= 1


def test_a_change_of_size_starts_anew():
    reduce = FrameReducer()
    reduce(frame(noise(1)))
    row = reduce(frame(noise(2, (540, 960))))
    assert np.isnan(row.motion)
    assert not row.identical


@given(
    shape=st.tuples(st.integers(16, 400), st.integers(16, 400)),
    seed=st.integers(0, 99),
    limited=st.booleans(),
)
def test_every_sample_is_counted_once(shape, seed, limited):
    plane = noise(seed, shape)
    counts = full_range_histogram(plane, limited=limited)
    assert counts.sum() == plane.size
    if not limited:
        assert np.array_equal(counts, np.bincount(plane.ravel(), minlength=256))
