"""Ratios of lamps on the subject: key to fill, back to key, and what remains without calibration."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import LampRole, Region
from studiocheck.core.text import Text
from studiocheck.measure.light.face_contrast import face_contrast
from studiocheck.measure.light.lamp_balance import back_over_key, key_over_fill, shining
from studiocheck.measure.light.lamps_tonight import LightTonight, light_tonight
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.separation import separation
from studiocheck.measure.light.srgb import srgb_from_linear
from studiocheck.measure.picture.regions import cut_region
from tests.lamp_wall import Wall, WallLamp

SUBJECT: Region = (0.3, 0.2, 0.4, 0.6)
LAMPS = {
    "key": WallLamp((-1.0, 0.5, 0.8), power=1.0),
    "fill": WallLamp((1.1, -0.3, 0.8), power=0.5),
    "back": WallLamp((0.1, 0.7, 0.35), power=0.4),
}


@lru_cache(maxsize=4)
def calibrated(contrast: float = 1.0, jpeg: bool = False) -> tuple[Wall, object]:
    wall = Wall(LAMPS, exposure=0.25, contrast=contrast, jpeg=jpeg)
    return wall, wall.calibrated()


def tonight(outputs: dict[str, float], **camera: object) -> LightTonight:
    wall, lamps = calibrated(**camera)
    return light_tonight(wall.pictures(outputs, seed=9), lamps)


def light_of(name: str, output: float, wall: Wall) -> float:
    light = wall.light({name: output}) - wall.light({})
    return float((cut_region(light, SUBJECT) @ LUMINANCE).mean())


@pytest.mark.slow
@pytest.mark.parametrize("camera", [{}, {"contrast": 1.35}], ids=str)
def test_key_to_fill_is_that_of_the_light_and_the_uncertainty_covers_it(camera):
    rng = np.random.default_rng(3)
    wall, _ = calibrated(**camera)
    misses = 0
    for _ in range(4):
        outputs = {name: float(rng.uniform(0.35, 1.25)) for name in LAMPS}
        truth = np.log2(
            light_of("key", outputs["key"], wall) / light_of("fill", outputs["fill"], wall)
        )
        found = key_over_fill(tonight(outputs, **camera), SUBJECT)
        assert abs(found.stops - truth) < 0.15
        misses += abs(found.stops - truth) > found.uncertainty
    assert misses <= 1


def test_another_exposure_of_the_camera_leaves_the_ratio():
    told = tonight(dict.fromkeys(LAMPS, 1.0))
    why = Text("the camera is set otherwise", "摄像头设置变了")
    darker = replace(
        told,
        gains=0.6 * told.gains,
        left_out=0.6 * told.left_out,
        relative_only=why,
        readings=tuple(replace(reading, doubt=why) for reading in told.readings),
    )
    ratio = key_over_fill(told, SUBJECT).stops
    assert key_over_fill(darker, SUBJECT).stops == pytest.approx(ratio)


def test_a_back_light_a_stop_down_is_a_stop_down_against_the_key():
    planned = back_over_key(tonight(dict.fromkeys(LAMPS, 1.0)), SUBJECT)
    weaker = back_over_key(tonight({"key": 1.0, "fill": 0.4, "back": 0.5}), SUBJECT)
    assert weaker.stops - planned.stops == pytest.approx(-1.0, abs=0.2)


def test_two_lamps_of_one_kind_add_up():
    wall, _ = calibrated()
    names = {
        "key": LampRole(kind="key"),
        "fill": LampRole(kind="fill"),
        "back": LampRole(kind="fill"),
    }
    lamps = wall.calibrated(names)
    found = key_over_fill(
        light_tonight(wall.pictures(dict.fromkeys(LAMPS, 1.0), seed=9), lamps), SUBJECT
    )
    fills = light_of("fill", 1.0, wall) + light_of("back", 1.0, wall)
    assert found.stops == pytest.approx(np.log2(light_of("key", 1.0, wall) / fills), abs=0.15)


def test_a_lamp_that_cannot_be_told_makes_no_ratio():
    told = tonight(dict.fromkeys(LAMPS, 1.0))
    why = Text("it lights only what moves", "它只照到会动的东西")
    doubted = replace(
        told,
        readings=tuple(
            replace(r, doubt=why) if r.lamp.name == "fill" else r for r in told.readings
        ),
    )
    with pytest.raises(Unmeasurable, match="fill: it lights only what moves"):
        key_over_fill(doubted, SUBJECT)
    assert shining(doubted, "key") == (0,)


def test_a_lamp_that_is_off_does_not_shine():
    assert shining(tonight({"key": 1.0, "back": 1.0}), "fill") == ()


def grey(light: np.ndarray) -> np.ndarray:
    codes = np.rint(255 * srgb_from_linear(light)).astype(np.uint8)
    return np.repeat(codes[..., None], 3, axis=2)


@settings(max_examples=20)
@given(left=st.floats(0.05, 0.8), right=st.floats(0.05, 0.8))
def test_face_contrast_is_the_ratio_of_the_halves_whichever_is_brighter(left, right):
    face = np.full((120, 100), left)
    face[:, 50:] = right
    found = face_contrast([grey(face)], (0, 0, 1, 1))
    assert found.stops == pytest.approx(abs(np.log2(left / right)), abs=0.06)
    assert found.uncertainty is None
    assert found.stops < 0.06 or found.brighter == ("left" if left > right else "right")


def test_a_face_of_which_half_is_white_has_no_contrast_to_tell():
    face = np.full((120, 100), 0.2)
    face[:, 50:] = 1.0
    with pytest.raises(Unmeasurable, match="clipped"):
        face_contrast([grey(face)], (0, 0, 1, 1))


def test_a_face_in_the_dark_has_none_either():
    with pytest.raises(Unmeasurable, match="black"):
        face_contrast([grey(np.zeros((120, 100)))], (0, 0, 1, 1))


@settings(max_examples=20)
@given(subject=st.floats(0.03, 0.9), wall=st.floats(0.03, 0.9))
def test_separation_is_the_difference_of_subject_and_wall_however_loose_the_region(subject, wall):
    picture = np.full((200, 300), wall)
    picture[60:, 130:170] = subject
    for region in ((0.43, 0.3, 0.14, 0.7), (0.35, 0.3, 0.3, 0.7)):
        found = separation([grey(picture)], region)
        assert found.stops == pytest.approx(abs(np.log2(subject / wall)), abs=0.1)


def test_the_side_that_stands_out_less_counts():
    picture = np.full((200, 300), 0.2)
    picture[:, :150] = 0.05
    picture[60:, 120:180] = 0.3
    found = separation([grey(picture)] * 3, (0.4, 0.3, 0.2, 0.7))
    assert found.side == "right"
    assert found.stops == pytest.approx(np.log2(1.5), abs=0.1)


def test_a_subject_that_fills_the_picture_has_no_background():
    with pytest.raises(Unmeasurable, match="no background"):
        separation([grey(np.full((200, 300), 0.2))], (0.0, 0.0, 1.0, 1.0))
