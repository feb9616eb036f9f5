"""Claims about `measure.picture.frame_row`: what is kept of every frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.measure.picture.frame_row import FrameReducer, full_range_histogram


def noise(seed, shape=(270, 480)):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def test_the_first_frame_has_no_motion_and_repeats_nothing():
    row = FrameReducer()(noise(1), limited=False)
    assert np.isnan(row.motion)
    assert not row.identical


def test_a_frame_that_differs_in_one_sample_is_not_identical():
    reduce = FrameReducer()
    first = noise(1)
    second = first.copy()
    second[133, 257] ^= 1
    reduce(first, limited=False)
    assert not reduce(second, limited=False).identical
    assert reduce(second.copy(), limited=False).identical


def test_a_padded_plane_of_a_decoder_is_read_without_its_padding():
    padded = np.full((270, 512), 255, np.uint8)
    padded[:, :480] = noise(1)
    view = padded[:, :480]
    row = FrameReducer()(view, limited=False)
    assert row.histogram.sum() == view.size
    assert row.histogram.dtype == np.uint32


def test_a_plane_that_the_decoder_overwrites_is_still_compared_with_what_it_was():
    reduce = FrameReducer()
    plane = np.zeros((270, 480), np.uint8)
    reduce(plane, limited=False)
    plane[:] = 7
    row = reduce(plane, limited=False)
    assert not row.identical
    assert row.motion == pytest.approx(7)


def test_limited_range_reads_the_same_as_full_range():
    full = FrameReducer()
    limited = FrameReducer()
    rows = []
    for level in (51, 102):
        plane = np.full((270, 480), level, np.uint8)
        studio = np.rint(16 + plane * (219 / 255)).astype(np.uint8)
        rows = full(plane, limited=False), limited(studio, limited=True)
    assert rows[0].motion == pytest.approx(rows[1].motion, abs=0.7)
    assert abs(int(np.argmax(rows[0].histogram)) - int(np.argmax(rows[1].histogram))) <= 1


def test_a_change_of_size_starts_anew():
    reduce = FrameReducer()
    reduce(noise(1), limited=False)
    row = reduce(noise(2, (540, 960)), limited=False)
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
