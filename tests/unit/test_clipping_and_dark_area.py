"""Claims about `measure.picture.clipping`, `dark_area` and their checks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks import camera_clipping, camera_dark_area
from studiocheck.measure.picture.clipping import clipped_luma, clipped_shares
from studiocheck.measure.picture.dark_area import dark_area
from studiocheck.measure.picture.frame_row import full_range_histogram
from tests.clips import case_of, clip_of
from tests.photographs import grey, noisy, photographs, spread_out

SIDE = 100


def picture_with(white=0, black=0, channel=None):
    """A grey picture of 10 000 px, so many of them white (in one channel) and black."""
    pixels = np.full((SIDE * SIDE, 3), 120, np.uint8)
    pixels[:white, slice(None) if channel is None else channel] = 255
    pixels[SIDE * SIDE - black :] = 0
    return pixels.reshape(SIDE, SIDE, 3)


@given(white=st.integers(0, 5000), black=st.integers(0, 5000), channel=st.sampled_from([0, 1, 2]))
def test_what_is_clipped_is_counted_exactly(white, black, channel):
    found = clipped_shares([picture_with(white, black, channel)])
    shares = [found.blue.percent, found.green.percent, found.red.percent]
    assert shares[channel] == pytest.approx(white / 100)
    assert sum(shares) == pytest.approx(white / 100)
    assert found.white.percent == pytest.approx(white / 100)
    assert found.black.percent == pytest.approx(black / 100)


def test_single_samples_are_not_averaged_away():
    """One white sample in four, as a lamp's reflections on cloth are: no average is white."""
    picture = np.full((SIDE, SIDE, 3), 100, np.uint8)
    picture[::2, ::2] = 255
    assert clipped_shares([picture]).white.percent == 25.0


def test_a_clipped_colour_is_not_black_though_two_of_its_channels_are_zero():
    red = np.zeros((SIDE, SIDE, 3), np.uint8)
    red[..., 2] = 255
    found = clipped_shares([red])
    assert (found.red.percent, found.black.percent) == (100.0, 0.0)


def test_what_is_nearly_white_is_not_clipped():
    assert clipped_shares([np.full((9, 9, 3), 253, np.uint8)]).white.percent == 0.0


def test_a_single_picture_states_no_uncertainty():
    assert clipped_shares([picture_with(5)]).white.uncertainty_percent is None


def test_a_lamp_that_comes_and_goes_makes_the_share_uncertain():
    found = clipped_shares([picture_with(100), picture_with(300), picture_with(200)]).white
    assert found.percent == pytest.approx(2.0)
    assert found.uncertainty_percent == pytest.approx(4.53 / 3**0.5, rel=0.01)


def test_the_stated_uncertainty_covers_the_truth_95_times_in_100():
    """Three stills of a scene whose burnt-out share wanders by a fifth of a percent."""
    covered = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        stills = [picture_with(max(0, round(200 + 20 * rng.normal()))) for _ in range(3)]
        share = clipped_shares(stills).white
        covered.append(abs(share.percent - 2.0) <= share.uncertainty_percent + 1e-9)
    assert np.mean(covered) >= 0.94


def test_superwhites_of_limited_range_count_as_white():
    codes = np.repeat(np.array([16, 126, 234, 235, 254], np.uint8), 20).reshape(10, 10)
    white, black = clipped_luma(full_range_histogram(codes, limited=True)[None])
    # 234 becomes 254 of full range, and that is the first code that counts
    assert (white.percent, black.percent) == (60.0, 20.0)


def test_without_full_frames_luma_shows_the_least_that_is_clipped():
    clip = clip_of([picture_with(white=400)] * 3)
    found = camera_clipping.CHECK.assess(case_of(replace(clip, stills=())))
    assert [m.name for m in found.measurements] == ["white_share", "black_share"]
    assert found.measurements[0].value == pytest.approx(4.0)
    assert found.note is not None
    assert "least" in found.note.en


def test_one_burnt_out_colour_is_a_matter_of_white_balance_and_not_of_exposure():
    found = camera_clipping.CHECK.assess(case_of(clip_of([picture_with(500, channel=2)] * 3)))
    assert "white balance" in camera_clipping.CHECK.advice(found.measurements).en
    both = camera_clipping.CHECK.assess(case_of(clip_of([picture_with(500)] * 3)))
    assert "iris" in camera_clipping.CHECK.advice(both.measurements).en


@settings(deadline=None, max_examples=30)
@given(level=st.floats(0.1, 1.0), noise=st.floats(0, 8), seed=st.integers(0, 99))
def test_the_dark_share_of_a_photograph_is_within_half_a_percent(level, noise, seed):
    scene = level * spread_out(photographs()["rocket"], 400, 300).astype(np.float32)
    rng = np.random.default_rng(seed)
    frames = [noisy(scene, noise, rng) for _ in range(3)]
    truth = np.mean([100 * (grey(frame) < 25.5).mean() for frame in frames])
    found = camera_dark_area.CHECK.assess(case_of(clip_of(frames))).measurements[0]
    assert found.value == pytest.approx(truth, abs=0.5)


def test_the_stated_uncertainty_of_the_dark_share_covers_the_truth_95_times_in_100():
    covered = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        dark = np.clip(np.rint(3000 + 100 * rng.normal(size=10)), 0, 10_000).astype(np.uint32)
        rows = np.zeros((10, 256), np.uint32)
        rows[:, 10], rows[:, 200] = dark, 10_000 - dark
        found = dark_area(rows)
        covered.append(abs(found.percent - 30.0) <= found.uncertainty_percent)
    assert np.mean(covered) >= 0.94


def test_one_frame_states_no_uncertainty_of_its_dark_share():
    rows = np.ones((1, 256), np.uint32)
    assert dark_area(rows).uncertainty_percent is None
