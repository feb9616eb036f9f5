"""Claims about `measure.picture.frame_row`: what is kept of every frame."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.capture import Frame
from studiocheck.measure.picture.burst import TILE_PX, tile_spread
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


@pytest.mark.parametrize(
    "shape", [(1080, 1920), (2160, 3840), (720, 1280), (480, 640), (1088, 1922)]
)
def test_the_grid_is_the_mean_of_its_blocks_within_a_quarter_of_a_code(shape):
    luma = cv2.GaussianBlur(noise(3, shape), (0, 0), 4) + noise(4, shape) // 32
    grid = luma_grid(luma).astype(float)
    true = cv2.resize(luma.astype(np.float32), (240, 135), interpolation=cv2.INTER_AREA)
    assert abs((grid - true).mean()) < 0.3
    assert (grid - true).std() < 0.7
    assert (luma_grid(np.full(shape, 77, np.uint8)) == 77).all()


@given(
    rows=st.integers(0, 200),
    columns=st.integers(0, 200),
    seed=st.integers(0, 99),
)
def test_the_spread_of_tiles_is_that_of_each_tile_alone(rows, columns, seed):
    after, before = noise(seed, (rows, columns)), noise(seed + 100, (rows, columns))
    spread = tile_spread(after, before)
    assert spread.shape == (rows // TILE_PX, columns // TILE_PX)
    for row, column in np.ndindex(spread.shape):
        part = np.s_[row * 32 : row * 32 + 32, column * 32 : column * 32 + 32]
        alone = (after[part].astype(float) - before[part]).std()
        assert spread[row, column] == pytest.approx(alone, rel=1e-3)
