"""Claims about `measure.picture.temporal_noise` and `checks.camera_noise`."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks.camera_noise import CHECK
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.picture import Burst
from studiocheck.measure.picture.burst import BurstBuilder
from studiocheck.measure.picture.temporal_noise import stillness, temporal_noise
from tests.clips import case_of, clip_of
from tests.photographs import grey, noisy, photographs, spread_out, through_jpeg


@cache
def scene():
    return grey(spread_out(photographs()["motorcycle_left"], 640, 480))


def burst_of(pictures) -> Burst:
    builder = BurstBuilder(0)
    for picture in pictures:
        builder.add(picture, limited=False)
    burst = builder.build()
    assert burst is not None
    return burst


def noisy_burst(sigma_dn, seed):
    rng = np.random.default_rng(seed)
    return burst_of([noisy(scene(), sigma_dn, rng) for _ in range(8)])


@settings(deadline=None, max_examples=15)
@given(sigma_dn=st.floats(0.5, 12), seed=st.integers(0, 1000))
def test_noise_of_an_uncompressed_picture_is_right_within_ten_percent(sigma_dn, seed):
    assert temporal_noise(noisy_burst(sigma_dn, seed)).sigma_dn == pytest.approx(sigma_dn, rel=0.1)


def test_the_stated_uncertainty_covers_the_truth_95_times_in_100():
    covered = []
    for seed in range(60):
        sigma_dn = (0.6, 1.5, 3.0, 5.0)[seed % 4]
        found = temporal_noise(noisy_burst(sigma_dn, seed))
        covered.append(abs(found.sigma_dn - sigma_dn) <= found.uncertainty_dn)
    assert np.mean(covered) >= 0.95


def test_a_presenter_who_moves_adds_no_noise():
    rng = np.random.default_rng(3)
    pictures = []
    for step in range(8):
        picture = scene().copy()
        picture[:, 200:440] = np.roll(scene(), 9 * step, axis=1)[:, 200:440]
        pictures.append(noisy(picture, 2.0, rng))
    assert temporal_noise(burst_of(pictures)).sigma_dn == pytest.approx(2.0, rel=0.1)


def test_light_that_flickers_adds_no_noise():
    rng = np.random.default_rng(4)
    pictures = [noisy(scene() * (1 + 0.01 * (-1) ** i), 2.0, rng) for i in range(8)]
    assert temporal_noise(burst_of(pictures)).sigma_dn == pytest.approx(2.0, rel=0.1)


def test_two_frames_tell_the_noise_but_not_its_uncertainty():
    rng = np.random.default_rng(5)
    found = temporal_noise(burst_of([noisy(scene(), 3.0, rng) for _ in range(2)]))
    assert found.sigma_dn == pytest.approx(3.0, rel=0.1)
    assert found.uncertainty_dn is None


def test_a_picture_without_noise_has_none():
    assert temporal_noise(burst_of([scene()] * 8)).sigma_dn == 0.0


@pytest.mark.parametrize("level", [3, 252])
def test_a_picture_that_is_black_or_burnt_out_hides_its_noise(level):
    with pytest.raises(Unmeasurable, match="too dark or too bright"):
        temporal_noise(burst_of([np.full((480, 640), level, np.uint8)] * 8))


def pan(sigma_dn=1.0):
    rng = np.random.default_rng(6)
    wide = spread_out(photographs()["gravel"], 800, 480)
    return [noisy(wide[:, 10 * i : 10 * i + 640], sigma_dn, rng) for i in range(8)]


def test_a_camera_that_pans_is_not_called_noisy():
    with pytest.raises(Unmeasurable, match="moves"):
        CHECK.assess(case_of(clip_of(pan())))


def test_heavy_noise_is_not_taken_for_movement():
    rng = np.random.default_rng(7)
    colour = spread_out(photographs()["motorcycle_left"], 640, 480)
    frames = [noisy(colour, 12.0, rng) for _ in range(8)]
    assert CHECK.assess(case_of(clip_of(frames))).measurements[0].value > 6


def test_what_compression_left_of_the_noise_is_called_so():
    rng = np.random.default_rng(8)
    colour = spread_out(photographs()["motorcycle_left"], 640, 480)
    frames = [through_jpeg(noisy(colour, 4.0, rng), 75) for _ in range(8)]
    found = CHECK.assess(case_of(clip_of(frames, compressed=True)))
    assert found.note is not None
    assert "compresses" in found.note.en
    assert "after compression" in found.measurements[0].method


def test_a_single_picture_has_no_temporal_noise():
    with pytest.raises(Unmeasurable, match="no time axis"):
        CHECK.assess(case_of(clip_of([photographs()["coffee"]])))


def test_tiles_are_still_moving_or_drawn():
    rng = np.random.default_rng(9)
    pictures = []
    for step in range(8):
        picture = noisy(np.full((96, 96), 120.0), 3.0, rng)
        picture[:32, :32] = 200
        picture[32:64, :32] = np.roll(scene()[:32, :32], 5 * step, axis=1)
        pictures.append(picture)
    tiles = stillness(burst_of(pictures))
    assert not tiles.still[0, 0]
    assert not tiles.moving[0, 0]
    assert tiles.moving[1, 0]
    assert tiles.still[:, 1:].all()
    assert tiles.noise_dn == pytest.approx(3.0, rel=0.1)
