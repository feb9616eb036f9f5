"""Claims about `measure.picture.black`, `brightness` and `regions`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.picture.black import dark_share_percent
from studiocheck.measure.picture.brightness import luma_percentiles, region_luma
from studiocheck.measure.picture.regions import cut_region

TIMES = np.arange(150) / 30


def rows(dark_share):
    """Return pictures of which a given share is dark."""
    cells = np.arange(1000) < np.rint(1000 * np.asarray(dark_share))[:, None]
    return np.where(cells, 12, 140).astype(np.uint8).reshape(-1, 25, 40)


def test_a_picture_that_goes_black_for_the_last_second_is_found():
    share = np.full(150, 0.2)
    share[120:] = 1.0
    assert dark_share_percent(rows(share), TIMES) == 100.0


def test_a_hand_that_passes_the_lens_is_not_black():
    share = np.full(150, 0.2)
    share[60:70] = 1.0
    assert dark_share_percent(rows(share), TIMES) == pytest.approx(20.0)


def test_a_single_dark_picture_is_judged_as_it_is():
    assert dark_share_percent(rows([0.99]), np.array([0.0])) == pytest.approx(99.0)


def test_dark_means_below_ten_percent_of_full_range():
    picture = np.array([[[25, 26]]], np.uint8)
    assert dark_share_percent(picture, np.array([0.0])) == 50.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_the_dark_share_lies_between_the_least_and_the_most(shares):
    found = dark_share_percent(rows(shares), np.arange(len(shares)) / 30)
    assert 100 * min(shares) - 0.06 <= found <= 100 * max(shares) + 0.06


def test_only_the_region_counts():
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:60, 50:100] = 153
    assert region_luma([picture], (0.25, 0.2, 0.25, 0.4)).percent == pytest.approx(60.0)
    assert region_luma([picture], None).percent == pytest.approx(6.0)


def test_a_single_picture_states_no_uncertainty():
    assert region_luma([np.zeros((9, 9, 3), np.uint8)], None).uncertainty_percent is None


def test_the_stated_uncertainty_of_brightness_covers_the_truth_95_times_in_100():
    """Three stills of a camera whose exposure wanders by 1 % of full range from frame to frame."""
    covered = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        levels = 127.5 + 2.55 * rng.normal(size=3)
        stills = [
            np.clip(level + 3 * rng.normal(size=(24, 24, 1)) + np.zeros(3), 0, 255)
            .round()
            .astype(np.uint8)
            for level in levels
        ]
        luma = region_luma(stills, None)
        covered.append(abs(luma.percent - 50.0) <= luma.uncertainty_percent)
    assert np.mean(covered) >= 0.94


def test_percentiles_are_within_one_percent():
    rng = np.random.default_rng(1)
    samples = np.clip(rng.normal(120, 40, (20, 10_000)), 0, 255).round().astype(int)
    histogram = np.array([np.bincount(row, minlength=256) for row in samples], np.uint32)
    wanted = np.percentile(samples, [5, 50, 95]) / 2.55
    assert luma_percentiles(histogram) == pytest.approx(wanted, abs=0.4)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=300))
def test_percentiles_never_cross_and_stay_in_the_picture(codes):
    histogram = np.bincount(codes, minlength=256).astype(np.uint32)[None]
    p5, p50, p95 = luma_percentiles(histogram)
    assert min(codes) / 2.55 <= p5 <= p50 <= p95 <= max(codes) / 2.55


def test_a_region_of_a_few_pixels_is_refused():
    with pytest.raises(Unmeasurable, match="2 × 2 px"):
        cut_region(np.zeros((100, 100)), (0.5, 0.5, 0.02, 0.02))


@given(x=st.floats(0, 1), y=st.floats(0, 1), w=st.floats(0, 1), h=st.floats(0, 1))
def test_a_region_never_reaches_out_of_the_picture(x, y, w, h):
    picture = np.zeros((90, 160))
    try:
        part = cut_region(picture, (x, y, w, h))
    except Unmeasurable:
        return
    assert 4 <= part.shape[0] <= 90
    assert 4 <= part.shape[1] <= 160
