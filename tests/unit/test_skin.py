"""Skin of every tone lies on one line of the vectorscope; what turns it is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light.skin_line import refuse_coloured_card, skin_hue
from studiocheck.measure.light.srgb import linear_from_srgb, srgb_from_linear
from tests.spectral import SpectralCamera, card_stills, daylight, delivered, led

FACE = (0.2, 0.1, 0.6, 0.8)
TONES = {
    # CIE L*a*b* (D65) of cheeks and foreheads: K. Xiao et al., Skin Res. Technol. 23 (2017) 21;
    # the last two: J. de Rigal et al., Skin Res. Technol. 16 (2010) 168, read off a graph; all as
    # darktable's colour vocabulary has them. And both skins of the ColorChecker
    "Caucasian cheek": (59.6, 11.8, 14.6),
    "Caucasian forehead": (59.2, 11.6, 15.1),
    "Chinese cheek": (58.9, 11.4, 14.2),
    "Chinese forehead": (56.4, 11.7, 16.3),
    "Kurdish cheek": (58.0, 11.7, 15.8),
    "Thai cheek": (60.7, 10.5, 17.2),
    "Thai forehead": (56.8, 11.6, 17.7),
    "African-American forehead": (44.0, 14.0, 19.0),
    "Mexican cheek": (63.0, 16.0, 21.0),
    "chart, light": (66.0, 16.5, 16.5),
    "chart, dark": (38.0, 12.5, 13.5),
}


def srgb_of_lab(lab: tuple[float, float, float]) -> np.ndarray:
    lightness, a, b = lab
    f = np.array([(lightness + 16) / 116 + a / 500, (lightness + 16) / 116])
    f = np.append(f, f[1] - b / 200)
    xyz = np.array([0.9505, 1.0, 1.089]) * np.where(
        f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)
    )
    to_rgb = np.linalg.inv(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    return srgb_from_linear(to_rgb @ xyz)


def portrait(skin: np.ndarray, seed: int = 0, stills: int = 2, gains=(1.0, 1.0, 1.0)):
    """Stills of a round face with dark hair before a grey wall, lit from one side."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:180, 0:160].astype(float)
    face = ((x - 80) / 44) ** 2 + ((y - 95) / 66) ** 2 < 1
    hair = (((x - 80) / 56) ** 2 + ((y - 70) / 66) ** 2 < 1) & (y < 45)
    light = 1.1 - 0.5 * x / 160
    linear = np.full((180, 160, 3), 0.25)
    linear[face] = linear_from_srgb(skin)
    linear[hair] = (0.02, 0.015, 0.012)
    codes = 255 * srgb_from_linear(linear * light[..., None] * np.array(gains))
    return [delivered(codes, rng) for _ in range(stills)]


@pytest.mark.parametrize("tone", TONES)
def test_published_skin_from_light_to_dark_lies_on_the_line(tone: str):
    found = skin_hue(portrait(srgb_of_lab(TONES[tone])), FACE, is_face=True)
    assert abs(found.degrees) < 7
    assert found.share > 0.8


@settings(max_examples=25)
@given(turned=st.floats(-25, 25), luma=st.floats(0.25, 0.65), seed=st.integers(0, 99))
def test_a_hue_is_found_to_two_degrees_through_noise_and_jpeg(turned, luma, seed):
    angle = np.radians(123 + turned)
    cb, cr = 0.11 * np.cos(angle), 0.11 * np.sin(angle)
    red, blue = luma + 1.5748 * cr, luma + 1.8556 * cb
    green = (luma - 0.2126 * red - 0.0722 * blue) / 0.7152
    skin = np.array([red, green, blue])
    rng = np.random.default_rng(seed)
    round_cheek = 1 - 0.25 * np.linspace(-1, 1, 100)[None, :, None] ** 2 * np.ones((120, 1, 1))
    stills = [delivered(255 * skin * round_cheek, rng) for _ in range(2)]
    found = skin_hue(stills, FACE, is_face=True)
    assert found.degrees == pytest.approx(turned, abs=2)
    assert abs(found.degrees - turned) <= found.uncertainty_degrees


def test_a_green_lamp_turns_skin_to_green_and_a_magenta_one_to_red():
    skin = srgb_of_lab(TONES["Chinese cheek"])
    plain = skin_hue(portrait(skin), FACE, is_face=True).degrees
    green = skin_hue(portrait(skin, gains=(0.95, 1.08, 0.95)), FACE, is_face=True).degrees
    magenta = skin_hue(portrait(skin, gains=(1.03, 0.92, 1.03)), FACE, is_face=True).degrees
    assert green > plain + 8
    assert magenta < plain - 8


def test_the_largest_patch_of_skin_in_the_subject_is_taken_for_the_face():
    skin = srgb_of_lab(TONES["Thai cheek"])
    face = skin_hue(portrait(skin), FACE, is_face=True)
    subject = skin_hue(portrait(skin), (0.0, 0.0, 1.0, 1.0), is_face=False)
    assert subject.degrees == pytest.approx(face.degrees, abs=1.5)


def test_a_wall_of_the_colour_of_skin_is_not_taken_for_the_presenter():
    wall = np.ones((180, 160, 1)) * 255 * np.array([0.72, 0.53, 0.40])
    with pytest.raises(Unmeasurable, match="colour of skin"):
        skin_hue([delivered(wall, np.random.default_rng(1))], (0, 0, 1, 1), is_face=False)


@pytest.mark.parametrize(
    "covered", [(0.86, 0.88, 0.92), (0.25, 0.45, 0.60), (0.1, 0.1, 0.1), (0.5, 0.5, 0.5)],
    ids=["white mask", "blue mask", "black mask", "nobody"],
)  # fmt: skip
@pytest.mark.parametrize("is_face", [True, False])
def test_a_mask_or_nobody_cannot_be_told(covered, is_face: bool):
    with pytest.raises(Unmeasurable, match="no skin is seen"):
        skin_hue(portrait(np.array(covered)), FACE, is_face=is_face)


def test_skin_is_not_judged_where_the_grey_card_is_not_grey():
    rng, camera = np.random.default_rng(1), SpectralCamera()
    whole = (0.1, 0.1, 0.8, 0.8)
    refuse_coloured_card(card_stills(camera, daylight(5500), rng), whole)
    refuse_coloured_card(card_stills(camera, led(5200), rng), whole)
    for light in (led(4300), led(5500, tint=0.025)):
        with pytest.raises(Unmeasurable, match="grey card is not grey"):
            refuse_coloured_card(card_stills(camera, light, rng), whole)
    refuse_coloured_card([np.full((90, 160, 3), 255, np.uint8)], whole)  # says nothing
