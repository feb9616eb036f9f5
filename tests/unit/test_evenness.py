"""Evenness of light, on walls whose true light is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light.evenness import evenness, largest_surface
from studiocheck.measure.light.srgb import srgb_from_linear
from tests.photographs import through_jpeg

WHOLE = (0.0, 0.0, 1.0, 1.0)
Picture = NDArray[np.uint8]


def picture(light: NDArray[np.float64], noise_dn: float = 0.0, seed: int = 0) -> Picture:
    """A camera's picture of linear RGB light, (height, width, 3)."""
    rng = np.random.default_rng(seed)
    code = 255 * srgb_from_linear(light)[..., ::-1]
    return np.clip(np.rint(code + rng.normal(0, noise_dn, code.shape)), 0, 255).astype(np.uint8)


def wall(right: float, down: float, middle: float = 0.25, colour=(1.0, 1.0, 1.0)):
    """Light on a plain wall that rises by some stops from left to right and top to bottom."""
    y, x = np.mgrid[:450, :800]
    stops = right * ((x + 0.5) / 800 - 0.5) + down * ((y + 0.5) / 450 - 0.5)
    return (middle * 2.0**stops)[..., None] * np.array(colour)


def truth_of(light: NDArray[np.float64]) -> float:
    """p95 over p5 of the true luminance over 16 × 9 blocks, stops."""
    luminance = (light @ np.array([0.2126, 0.7152, 0.0722])).reshape(9, 50, 16, 50).mean((1, 3))
    dark, bright = np.percentile(luminance, [5, 95])
    return float(np.log2(bright / dark))


@settings(max_examples=30)
@given(
    right=st.floats(-1.5, 1.5),
    down=st.floats(-1.0, 1.0),
    middle=st.floats(0.1, 0.3),
    noise_dn=st.floats(0, 4),
    jpeg=st.sampled_from([0, 75, 90]),
)
def test_the_falloff_of_a_lamp_on_a_wall_is_told_within_a_twentieth_of_a_stop(
    right, down, middle, noise_dn, jpeg
):
    light = wall(right, down, middle, (0.9, 1.0, 0.8))
    seen = picture(light, noise_dn)
    if jpeg:
        seen = through_jpeg(seen, jpeg)
    assert evenness([seen], WHOLE).stops == pytest.approx(truth_of(light), abs=0.05)


def test_a_camera_whose_curve_is_known_is_read_through_it():
    codes = np.arange(256) / 255
    gamma = codes**1.8
    light = wall(1.5, 0.0)
    seen = np.rint(255 * np.clip(light, 0, 1) ** (1 / 1.8)).astype(np.uint8)
    known = evenness([seen], WHOLE, gamma).stops
    assert known == pytest.approx(truth_of(light), abs=0.05)
    assert abs(evenness([seen], WHOLE).stops - truth_of(light)) > 0.1


def test_it_says_on_which_side_it_is_dark():
    assert evenness([picture(wall(1.0, 0.2))], WHOLE).dark_side.en == "left of the picture"
    assert evenness([picture(wall(-1.0, 0.2))], WHOLE).dark_side.en == "right of the picture"
    assert evenness([picture(wall(0.1, -0.8))], WHOLE).dark_side.en == "bottom"


def test_the_uncertainty_is_that_of_the_repeat_and_a_single_picture_has_none():
    pictures = [picture(wall(1, 0), 2.0, seed) for seed in range(3)]
    assert evenness(pictures[:1], WHOLE).uncertainty_stops is None
    assert 0 < (evenness(pictures, WHOLE).uncertainty_stops or 0) < 0.05


@pytest.mark.parametrize(
    "light", [wall(0, 0, 1.2), wall(0, 0, 0.0005), wall(2, 0, 1.0)], ids=["blown", "dark", "half"]
)
def test_where_light_is_clipped_or_missing_its_evenness_is_not_known(light):
    with pytest.raises(Unmeasurable) as unknown:
        evenness([picture(light)], WHOLE)
    assert unknown.value.advice is not None


def test_clothes_of_another_colour_are_not_uneven_light():
    light = wall(0.4, 0.0)
    light[:, 450:] *= np.array([0.2, 0.2, 0.25])  # a dark jacket over a bright shirt
    seen = picture(light, 1.0)
    surface = largest_surface(seen, WHOLE)
    assert evenness([seen], WHOLE).stops > 2
    assert evenness([seen], WHOLE, among=[surface]).stops < 0.4


def test_the_pattern_of_a_cloth_is_no_uneven_light():
    y, x = np.mgrid[:450, :800]
    checked = ((x // 12 + y // 12) % 2).astype(float)
    light = wall(0.5, 0.0) * (0.3 + checked)[..., None]
    seen = picture(light, 1.5)
    found = evenness([seen], WHOLE, among=[largest_surface(seen, WHOLE)])
    assert found.stops == pytest.approx(0.5, abs=0.15)


@settings(max_examples=20)
@given(right=st.floats(-2, 2), down=st.floats(-1.5, 1.5), noise_dn=st.floats(0, 3))
def test_a_plain_thing_is_one_surface_however_it_is_lit(right, down, noise_dn):
    assert largest_surface(picture(wall(right, down, 0.2), noise_dn), WHOLE).mean() > 0.85


@pytest.mark.slow
def test_the_uncertainty_covers_the_truth_through_jpeg_and_noise():
    rng = np.random.default_rng(11)
    covered = []
    for trial in range(30):
        light = wall(rng.uniform(-1.5, 1.5), rng.uniform(-1, 1), rng.uniform(0.1, 0.3))
        quality = int(rng.choice([75, 85, 95]))
        pictures = [
            through_jpeg(picture(light, rng.uniform(0.5, 4), 10 * trial + i), quality)
            for i in range(3)
        ]
        found = evenness(pictures, WHOLE)
        assert found.uncertainty_stops is not None
        covered.append(abs(found.stops - truth_of(light)) <= found.uncertainty_stops)
    assert np.mean(covered) >= 0.95
