"""Claims about `measure.picture.freeze`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.measure.picture.freeze import FROZEN_S, frozen_rows, longest_still

FPS = 30.0


def clip(rng, frames=150, noise_dn=0.17, moving_dn=0.0):
    times = np.arange(frames) / FPS + 0.0003 * rng.normal(size=frames)
    motion = np.abs(noise_dn + 0.01 * rng.normal(size=frames) + moving_dn * rng.random(frames))
    motion[0] = np.nan
    return times, motion.astype(np.float32)


def measured(times, motion):
    return longest_still(times, motion, motion == 0.0)


@pytest.mark.parametrize("noise_dn", [0.06, 0.17, 0.6])
def test_an_empty_studio_before_a_live_camera_is_not_frozen(noise_dn):
    times, motion = clip(np.random.default_rng(1), noise_dn=noise_dn)
    assert measured(times, motion).longest_s < 0.002


@pytest.mark.parametrize("moving_dn", [0.0, 3.0])
@pytest.mark.parametrize("left_over_dn", [0.0, 0.02])
def test_a_freeze_is_timed_to_one_frame(moving_dn, left_over_dn):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        times, motion = clip(rng, moving_dn=moving_dn)
        first, last = sorted(rng.choice(np.arange(5, 145), 2, replace=False))
        motion[first : last + 1] = left_over_dn
        found = measured(times, motion)
        assert found.longest_s == pytest.approx((last - first + 1) / FPS, abs=found.uncertainty_s)


def test_a_presenter_who_holds_still_among_movement_is_not_frozen():
    times, motion = clip(np.random.default_rng(1), moving_dn=3.0)
    motion[40:140] = 0.17 + 0.01 * np.random.default_rng(2).normal(size=100)
    assert measured(times, motion).longest_s < 0.002


def test_an_encoders_refresh_does_not_end_a_freeze():
    times, motion = clip(np.random.default_rng(1))
    motion[60:] = 0.0
    motion[[75, 105, 106, 135]] = 0.12
    assert measured(times, motion).longest_s == pytest.approx(3.0, abs=0.04)


def test_a_capture_card_that_repeats_every_second_frame_is_not_frozen():
    times, motion = clip(np.random.default_rng(1))
    motion[1::2] = 0.0
    assert measured(times, motion).longest_s < 2 / FPS


def test_a_gap_without_frames_is_a_still_picture():
    times, motion = clip(np.random.default_rng(1))
    times[100:] += 1.0
    assert measured(times, motion).longest_s == pytest.approx(1.0, abs=0.002)


def test_a_clip_that_never_changes_is_still_all_the_way():
    times = np.arange(150) / FPS
    motion = np.zeros(150, np.float32)
    motion[0] = np.nan
    assert longest_still(times, motion, motion == 0).longest_s == pytest.approx(149 / FPS)


@given(st.lists(st.floats(0, 20, width=32), min_size=1, max_size=60))
def test_a_still_picture_is_never_longer_than_its_clip_nor_negative(motions):
    motion = np.array([np.nan, *motions], np.float32)
    times = np.arange(len(motion)) / FPS
    found = longest_still(times, motion, motion == 0)
    assert 0.0 <= found.longest_s <= times[-1] + 1e-9
    assert found.uncertainty_s == pytest.approx(1 / FPS)


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_only_repeats_that_last_half_a_second_are_a_frozen_picture(runs):
    identical = np.concatenate([[False] + [True] * length for length in runs])
    long = np.concatenate([[False] + [length / FPS >= FROZEN_S] * length for length in runs])
    times = np.arange(len(identical)) / FPS
    if len(identical) < 2:
        return
    assert frozen_rows(times, identical, np.ones(len(times), bool)).tolist() == long.tolist()


def test_a_freeze_goes_on_through_frames_that_nobody_looked_at():
    identical = np.isin(np.arange(60), np.arange(20, 50))
    seen = np.arange(60) % 4 > 0
    assert (
        frozen_rows(np.arange(60) / FPS, identical & seen, seen).sum() == (identical & seen).sum()
    )
