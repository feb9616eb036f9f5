"""What each lamp gives, told from one picture of a room that the product did not render."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.picture import Controls
from studiocheck.core.studio import LampRole
from studiocheck.measure.light.camera_settings import other_settings
from studiocheck.measure.light.lamp_bases import lamp_bases
from studiocheck.measure.light.lamp_grade import CalibrationGrade, grade
from studiocheck.measure.light.lamps_tonight import LightTonight, light_tonight
from studiocheck.measure.light.nonnegative import nonnegative
from studiocheck.measure.light.unmixing import jackknife, unmix
from tests.lamp_cameras import (
    CAMERAS,
    LOCKED,
    Camera,
    calibrate,
    exposure_for,
    photographed,
    steep,
)
from tests.lamp_evenings import calibration, room
from tests.lamp_scenes import Setup, Sitter

SETUP = Setup(1)
HERE = Sitter()
ELSEWHERE = Sitter(x_m=0.15, z_m=0.05, shirt=6, skin=1)
ALL = {"key": 1.0, "fill": 1.0, "back": 1.0}


def evening(
    outputs: dict[str, float],
    *,
    sitter: Sitter | None = HERE,
    kelvins: dict[str, float] | None = None,
    camera: str = "sRGB",
    exposure: float = 1.0,
    window: float = 0.0,
    moved_px: float = 0.0,
    controls: Controls | None = LOCKED,
) -> LightTonight:
    day = calibration(SETUP, HERE, camera, 1.0)
    light = room(SETUP, sitter).light(outputs, kelvins, window=window)
    stills = CAMERAS[camera].photograph(
        light,
        np.random.default_rng(5),
        exposure=exposure * day.exposure,
        moved_px=(moved_px, 0.0),
    )
    return light_tonight(stills, day.evidence, controls)


@pytest.mark.parametrize("sitter", [HERE, ELSEWHERE], ids=["same", "elsewhere"])
@pytest.mark.parametrize("dark", ["key", "fill", "back"])
def test_a_lamp_that_is_off_is_told_off_whoever_sits_in_front_of_it(dark: str, sitter: Sitter):
    tonight = evening({**ALL, dark: 0.0}, sitter=sitter)
    assert {r.lamp.name: r.on for r in tonight.readings} == {name: name != dark for name in ALL}


def test_a_faded_lamp_is_told_within_five_points_and_the_others_stay():
    tonight = evening({**ALL, "fill": 0.6}, sitter=ELSEWHERE)
    for name, percent in (("key", 100), ("fill", 60), ("back", 100)):
        reading = tonight.by_name(name)
        assert reading.output_percent == pytest.approx(percent, abs=5)
        assert abs(reading.output_percent - percent) <= reading.output_uncertainty


def test_a_lamp_turned_up_beyond_calibration_is_read_though_part_of_the_picture_clips():
    reading = evening({**ALL, "key": 1.6}).by_name("key")
    assert reading.output_percent == pytest.approx(160, abs=8)


def test_a_lamp_that_turned_warm_is_told_in_mired():
    lamp = room(SETUP, HERE).lamps["key"]
    warm = 1e6 / (1e6 / lamp.kelvin + 30)
    tonight = evening(ALL, kelvins={"key": warm}, sitter=ELSEWHERE)
    key = tonight.by_name("key")
    assert key.drift_mired == pytest.approx(30, abs=10)
    assert key.colour_doubt is None
    assert tonight.by_name("fill").drift_mired == pytest.approx(0, abs=10)


@pytest.mark.parametrize("camera", ["S-curve 1.7", "limited read as full"])
def test_the_camera_s_own_curve_does_not_matter(camera: str):
    tonight = evening({"key": 0.8, "fill": 0.5, "back": 1.1}, camera=camera)
    assert [r.output_percent for r in tonight.readings] == pytest.approx([80, 50, 110], abs=5)


def test_a_camera_that_was_moved_is_laid_on_the_set_again():
    tonight = evening({**ALL, "fill": 0.5}, moved_px=40.0)
    assert [r.output_percent for r in tonight.readings] == pytest.approx([100, 50, 100], abs=5)


def test_a_window_that_nobody_calibrated_makes_lamps_doubtful_and_is_seen():
    tonight = evening(ALL, window=0.3, sitter=ELSEWHERE)
    assert all(r.doubt is not None for r in tonight.readings)
    assert tonight.stray_is_foreign
    assert tonight.stray_percent is not None
    assert tonight.stray_percent > 5


def test_a_presenter_who_moved_is_no_stray_light():
    tonight = evening(ALL, sitter=ELSEWHERE)
    assert not tonight.stray_is_foreign
    assert tonight.stray_percent is not None
    assert tonight.stray_percent < 5


def test_an_exposure_that_changed_is_not_taken_for_the_lamps():
    told = Controls(found={**LOCKED.found, "exposure": 200})
    by_camera = evening(ALL, exposure=0.6, controls=told)
    by_picture = evening(ALL, exposure=0.6, controls=None)
    for tonight in (by_camera, by_picture):
        assert tonight.relative_only is not None
        assert all(r.doubt is not None and r.on is True for r in tonight.readings)


def test_a_white_balance_that_changed_leaves_output_and_doubts_colour():
    told = Controls(found={**LOCKED.found, "white_balance": 4300})
    key = evening(ALL, controls=told).by_name("key")
    assert key.doubt is None
    assert key.colour_doubt is not None


def test_a_camera_with_boosted_saturation_says_outputs_but_no_colours():
    camera, there = Camera(saturation=1.6), room(SETUP, HERE)
    day = calibrate(there, camera, np.random.default_rng(1), frames=2)
    light = there.light({**ALL, "key": 0.7}, {"key": 4600.0})
    stills = camera.photograph(light, np.random.default_rng(2), exposure=day.exposure)
    key = light_tonight(stills, day.evidence, LOCKED).by_name("key")
    assert key.output_percent == pytest.approx(70, abs=5)
    assert key.doubt is None
    assert key.colour_doubt is not None
    assert "saturation" in key.colour_doubt.en


def test_a_lamp_that_lights_only_the_sitter_cannot_be_told():
    setup = Setup(1, counter=False)
    bare = calibration(setup, HERE, "sRGB", 1.0)
    assert [lamp.witnessed for lamp in bare.bases.lamps] == [True, True, False]
    states = photographed(room(setup, HERE), Camera(), np.random.default_rng(1), bare.exposure)
    assert "back" in grade(bare.bases, states).lamps
    picture = CAMERAS["sRGB"].photograph(
        room(setup, HERE).light(ALL), np.random.default_rng(1), exposure=bare.exposure
    )
    back = light_tonight(picture, bare.evidence, LOCKED).by_name("back")
    assert back.doubt is not None
    assert back.on is None


def test_another_set_is_not_judged():
    day = calibration(SETUP, HERE, "sRGB", 1.0)
    other = np.random.default_rng(3).integers(0, 255, (45, 80, 3)).astype(np.uint8)
    other = other.repeat(12, axis=0).repeat(12, axis=1)
    tonight = light_tonight([other], day.evidence, LOCKED)
    assert tonight.doubt is not None


def test_a_black_picture_says_that_all_lamps_are_off():
    day = calibration(SETUP, HERE, "sRGB", 1.0)
    tonight = light_tonight([np.zeros((540, 960, 3), np.uint8)], day.evidence, LOCKED)
    assert [r.on for r in tonight.readings] == [False, False, False]


def graded(camera: Camera, changed: dict[str, float] | None = None) -> CalibrationGrade:
    """Grade a calibration; ``changed`` are pictures that were taken at another exposure."""
    there, rng = room(SETUP, HERE), np.random.default_rng(1)
    states = photographed(there, camera, rng, exposure_for(there), frames=2)
    for name, times in (changed or {}).items():
        again = photographed(there, camera, rng, times * exposure_for(there), frames=2)
        if name == "all":
            states = replace(states, everything=again.everything)
        else:
            states = replace(states, alone={**states.alone, name: again.alone[name]})
    roles = {name: LampRole(kelvin=lamp.kelvin) for name, lamp in there.lamps.items()}
    return grade(lamp_bases(states, roles), states)


@pytest.mark.parametrize(
    ("camera", "changed", "word", "cause"),
    [
        (Camera(), {}, "good", None),
        (Camera(automatic=True), {}, "refused", "automatic exposure"),
        (Camera(steep(1.35)), {"all": 0.8}, "refused", "automatic exposure"),
        (Camera(), {"key": 0.8}, "refused", "automatic exposure"),
        (Camera(automatic_white=True), {}, "refused", "automatic white balance"),
        (Camera(local=1.0), {}, "refused", "HDR"),
        (Camera(saturation=1.6), {}, "usable", "saturation"),
    ],
    ids=["locked", "automatic", "all on darker", "key darker", "white", "local", "saturated"],
)
def test_a_calibration_is_graded_and_says_what_spoilt_it(
    camera: Camera, changed: dict[str, float], word: str, cause: str
):
    found = graded(camera, changed)
    assert found.word == word
    assert (found.cause is None) == (cause is None)
    if cause is not None:
        assert found.cause is not None
        assert cause in found.cause.en
        assert found.advice is not None


def test_a_picture_taken_with_another_lamp_still_on_is_found_out():
    day = calibration(SETUP, HERE, "sRGB", 1.0)
    gains = np.array(day.bases.everything.gains)
    gains[1] = 0.0  # what the solution says when fill's picture holds the key light as well
    mixed = replace(day.bases, everything=replace(day.bases.everything, gains=gains))
    states = photographed(room(SETUP, HERE), Camera(), np.random.default_rng(1), day.exposure)
    found = grade(mixed, states)
    assert found.word == "refused"
    assert found.cause is not None
    assert "fill" in found.cause.en


# ---------------------------------------------------------------- mathematics


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_nonnegative_least_squares_has_no_better_neighbour(seed: int, count: int):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(4 * count, count))
    seen = rng.normal(size=4 * count)
    normal, right = rows.T @ rows, rows.T @ seen
    found = nonnegative(normal, right)
    assert (found >= 0).all()
    slope = normal @ found - right
    assert (slope > -1e-6).all()
    assert np.abs(slope[found > 0]).max(initial=0) < 1e-6


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1.5), min_size=2, max_size=5))
def test_a_mixture_is_taken_apart_whatever_it_is(gains: list[float]):
    rng = np.random.default_rng(len(gains))
    bases = rng.uniform(0.02, 0.5, (len(gains), 90, 160, 3)).astype(np.float32)
    picture = np.einsum("l,lyxc->yxc", np.array(gains, np.float32), bases)
    found = unmix(picture, np.ones((90, 160), np.bool_), bases)
    assert found.gains == pytest.approx(np.repeat(np.array(gains)[:, None], 3, 1), abs=2e-3)


def test_clipped_everywhere_is_no_light_at_all():
    bases = np.full((2, 90, 160, 3), 0.2, np.float32)
    found = unmix(bases[0], np.zeros((90, 160), np.bool_), bases)
    assert found.cells == 0
    assert found.inliers == 0


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(1).normal(size=12)
    without = (values.sum() - values) / 11
    assert jackknife(without) == pytest.approx(values.std(ddof=1) / np.sqrt(12))


def test_what_a_camera_does_not_tell_is_not_held_against_it():
    assert other_settings(LOCKED, None).brightness is None
    assert other_settings(None, LOCKED).brightness is None
    assert other_settings(LOCKED, LOCKED).colour is None


def test_what_was_held_for_the_measurement_is_what_counts():
    held = Controls(
        found={"auto_exposure": 1, "exposure": 300}, held={"auto_exposure": 0, "exposure": 100}
    )
    assert other_settings(LOCKED, held).brightness is None
