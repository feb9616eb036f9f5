"""Two kinds of light on one face: found where a card shows only their mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studiocheck.checks.light_colour_temperature import CHECK, MIXED_MIRED
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, White
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import CameraRole
from studiocheck.measure.light.face_colour import warmer_left_mired
from studiocheck.measure.light.white_calibration import white_from_card
from tests.clips import case_of, clip_of
from tests.spectral import (
    NM,
    SpectralCamera,
    card_codes_of,
    card_stills,
    daylight,
    delivered,
    led,
    smoothest,
    xyz_of_lab,
)
from tests.unit.test_white_calibration import WHOLE, CameraWhite, evidence

FACE, CARD = (0.5, 0.0, 0.5, 1.0), (0.02, 0.05, 0.4, 0.9)
# CIE L*a*b*: very light, Thai, and very dark
SKINS = [(74.0, 7.0, 10.0), (60.7, 10.5, 17.2), (40.0, 11.0, 14.0)]


def stills(key, fill, stops: float, skin=SKINS[1], look: str = "sRGB", seed: int = 1):
    """A card at the left and a face at the right: key from the left of it, fill from the right."""
    camera, rng = SpectralCamera("narrow", look), np.random.default_rng(seed)
    surface, fill = smoothest(xyz_of_lab(np.array(skin))), fill * 2**-stops
    half = [camera.linear(a * key + b * fill, surface) for a, b in ((0.95, 0.45), (0.45, 0.95))]
    card = camera.linear(0.7 * (key + fill), np.ones_like(NM))
    linear = np.zeros((96, 192, 3))
    linear[:, :96], linear[:, 96:144], linear[:, 144:] = 0.25 * card / card[1], *half
    linear[:, 96:] *= 0.55 / np.max(half)
    return [delivered(camera.codes(linear), rng) for _ in range(2)]


@pytest.mark.parametrize("skin", SKINS)
def test_a_warm_key_and_daylight_on_one_face_are_mixed_light(skin):
    for look in ("sRGB", "S-curve 1.35", "limited read as full"):
        assert warmer_left_mired(stills(led(3200), daylight(7500), 0.5, skin, look), FACE) > (
            MIXED_MIRED
        )


@pytest.mark.parametrize("look", ["sRGB", "S-curve and saturation", "limited read as full"])
def test_one_light_from_one_side_is_none(look: str):
    for stops in (0.0, 1.0, 2.0):
        found = warmer_left_mired(stills(led(5500), led(5500), stops, look=look), FACE)
        assert abs(found) < MIXED_MIRED


def test_a_mean_that_is_as_planned_does_not_pass_over_mixed_light():
    role = CameraRole(device="index:0", white_balance=5500, neutral_patch=CARD, face=FACE)
    rng = np.random.default_rng(2)
    codes = card_codes_of(SpectralCamera("narrow"), led(5500), rng)
    white = evidence(white_from_card(codes, 5500, CameraWhite(locked_kelvin=5500)))
    for key, fill, verdict in (
        (led(5500), led(5500), Verdict.PASS),
        (led(3700), daylight(12_000), Verdict.MARGINAL),
    ):
        case = case_of(clip_of(stills(key, fill, 0.0)), role)
        said = CHECK.assess(replace(case, captured={**case.captured, White: Captured(white)}))
        assert said.verdict is verdict
        assert ("mixed light" in str(said.note)) == (verdict is Verdict.MARGINAL)


def test_a_number_from_one_card_far_from_its_light_is_refused_unless_it_decides():
    role = CameraRole(device="index:0", white_balance=5500, neutral_patch=WHOLE)
    camera, rng = SpectralCamera(), np.random.default_rng(1)
    codes = card_codes_of(camera, led(3600), rng)
    white = evidence(white_from_card(codes, 3600, CameraWhite(locked_kelvin=5500)))
    for light, decides in ((led(5500), False), (led(3000), True)):
        case = case_of(clip_of(card_stills(camera, light, rng)), role)
        case = replace(case, captured={**case.captured, White: Captured(white)})
        if decides:
            assert CHECK.assess(case).measurements[0].value < 4000
        else:
            with pytest.raises(Unmeasurable, match="too far"):
                CHECK.assess(case)
