"""Green screens of known light, with and without somebody before them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light.green_screen import green_screen
from studiocheck.measure.light.srgb import srgb_from_linear
from tests.photographs import through_jpeg

WHOLE = (0.0, 0.0, 1.0, 1.0)
GREEN = np.array([0.07, 0.36, 0.10])
SKIN, HAIR, BLUE, GREY = (
    (0.59, 0.44, 0.35),
    (0.03, 0.02, 0.016),
    (0.16, 0.24, 0.36),
    (0.3, 0.3, 0.3),
)
HEIGHT, WIDTH = 540, 960


def scene(stops: float = 0.0, person=None, spill: float = 0.0) -> NDArray[np.float64]:
    """Linear light of a screen, brighter at the right by some stops, and of a round person.

    ``spill`` is green light that reaches the outer 30 px of the person, as a share of the key.
    """
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    light = (2.0 ** (stops * ((x + 0.5) / WIDTH - 0.5)))[..., None] * GREEN
    if person is None:
        return light
    radius = np.hypot(x - WIDTH / 2, y - HEIGHT / 2)
    on = radius < 150
    key = np.ones((HEIGHT, WIDTH, 3))
    key[radius > 120] += spill * GREEN / GREEN.max()
    light[on] = (key * np.array(person))[on]
    return light


def camera(light: NDArray[np.float64], exposure: float = 1.0, noise_dn: float = 1.2, jpeg: int = 0):
    rng = np.random.default_rng(3)
    soft = cv2.GaussianBlur(light * exposure, (0, 0), 0.8)
    code = 255 * srgb_from_linear(soft)[..., ::-1] + rng.normal(0, noise_dn, light.shape)
    seen = np.clip(np.rint(code), 0, 255).astype(np.uint8)
    return through_jpeg(seen, jpeg) if jpeg else seen


@settings(max_examples=15)
@given(
    stops=st.floats(-1.2, 1.2),
    exposure=st.floats(0.4, 1.5),
    noise_dn=st.floats(0, 4),
    person=st.sampled_from([None, SKIN, HAIR, BLUE, GREY]),
)
def test_the_evenness_of_the_screen_is_told_whoever_stands_before_it(
    stops, exposure, noise_dn, person
):
    found = green_screen([camera(scene(stops, person), exposure, noise_dn)], WHOLE)
    # of 16 columns of blocks, the outermost are 15/16 of the falloff apart
    assert found.evenness.stops == pytest.approx(abs(stops) * 15 / 16, abs=0.05)


def test_how_green_it_is_does_not_depend_on_how_bright_it_is():
    saturations = [
        green_screen([camera(scene(), exposure)], WHOLE).saturation_percent
        for exposure in (0.3, 0.6, 1.2)
    ]
    assert saturations == pytest.approx([100 * (0.36 - 0.10) / 0.36] * 3, abs=2)


@pytest.mark.parametrize("person", [SKIN, HAIR, BLUE, GREY])
@pytest.mark.parametrize("jpeg", [0, 85])
def test_nobody_has_spill_on_them_without_green_light(person, jpeg):
    found = green_screen([camera(scene(0.2, person), jpeg=jpeg)], WHOLE)
    assert found.spill_percent is not None
    assert found.spill_percent < 5


@pytest.mark.parametrize("person", [SKIN, BLUE, GREY])
@pytest.mark.parametrize("jpeg", [0, 85])
def test_green_light_on_the_edge_of_the_subject_is_seen(person, jpeg):
    spill = green_screen([camera(scene(0.2, person, 0.6), jpeg=jpeg)], WHOLE).spill_percent
    assert spill is not None
    assert spill > 20


def test_where_nobody_stands_before_it_spill_is_not_known():
    assert green_screen([camera(scene())], WHOLE).spill_percent is None


@pytest.mark.parametrize("colour", [(0.3, 0.3, 0.3), (0.05, 0.1, 0.5), (0.4, 0.35, 0.1), (0, 0, 0)])
def test_what_is_no_green_screen_is_not_measured_as_one(colour):
    light = np.empty((HEIGHT, WIDTH, 3))
    light[:] = colour
    with pytest.raises(Unmeasurable) as unknown:
        green_screen([camera(light)], WHOLE)
    assert unknown.value.advice is not None
