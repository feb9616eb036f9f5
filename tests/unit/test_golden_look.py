"""Tonight against the golden look: framing, exposure and colour, on photographs with people."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light.ciede2000 import delta_e2000, lab_from_linear
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table
from studiocheck.measure.picture.difference import difference_picture
from studiocheck.measure.picture.look import compare
from studiocheck.measure.picture.registration import register
from studiocheck.simulator.slates import slate
from tests.evenings import HEIGHT, WIDTH, Evening, cast, shot, two_evenings, wall
from tests.photographs import DETAILED, grey

SETS = ("coffee", "motorcycle_left", "china", "chelsea", "brick", "astronaut")


def photographed(name: str, tonight: Evening, seed: int):
    rng = np.random.default_rng(seed)
    before, now = two_evenings(rng, tonight)
    return shot(name, before, rng), shot(name, now, rng)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    "tonight",
    [
        Evening(right_px=6, down_px=-4),
        Evening(right_px=-35, down_px=12, stops=-1.5, roll_degrees=0.8),
        Evening(right_px=90, down_px=-60, zoom_percent=8, stops=1.2),
    ],
    ids=["brushed", "knocked", "set up anew"],
)
def test_a_camera_that_was_moved_is_found_to_two_pixels(name: str, tonight: Evening):
    look, still = photographed(name, tonight, 7)
    found = register(grey(look), grey(still))
    assert found is not None
    assert math.hypot(found.right_px - tonight.right_px, found.down_px - tonight.down_px) < 1
    assert found.zoom_percent == pytest.approx(tonight.zoom_percent, abs=0.15)
    assert found.roll_degrees == pytest.approx(tonight.roll_degrees, abs=0.1)


@pytest.mark.slow
def test_the_truth_lies_inside_the_uncertainty_of_shift_zoom_and_exposure():
    inside: dict[str, list[bool]] = {"shift": [], "zoom": [], "exposure": []}
    for seed in range(24):
        rng = np.random.default_rng(seed)
        tonight = Evening(
            right_px=rng.uniform(-40, 40),
            down_px=rng.uniform(-40, 40),
            zoom_percent=rng.uniform(-3, 3),
            stops=rng.uniform(-2, 2),
            cast_bgr=cast(rng, 0.1 * (seed % 2)),
        )
        look, still = photographed(SETS[seed % len(SETS)], tonight, seed)
        found = compare(look, still)
        assert found is not None
        assert found.light is not None
        framing, light = found.framing, found.light
        off_px = framing.shift_px - math.hypot(tonight.right_px, tonight.down_px)
        off_percent = framing.zoom_percent - tonight.zoom_percent
        off_stops = light.exposure_stops - tonight.stops
        assert abs(off_px) < 2
        assert abs(off_stops) < 0.12
        inside["shift"].append(abs(off_px) <= framing.shift_uncertainty_px)
        inside["zoom"].append(abs(off_percent) <= framing.zoom_uncertainty_percent)
        inside["exposure"].append(abs(off_stops) <= light.exposure_uncertainty_stops)
    assert min(sum(each) for each in inside.values()) >= 23, inside


@pytest.mark.parametrize("stops", [-2.0, -0.5, 0.0, 0.5, 1.5])
def test_exposure_is_right_to_a_tenth_of_a_stop_whoever_stands_there(stops: float):
    look, still = photographed("coffee", Evening(stops=stops, right_px=5), 3)
    found = compare(look, still)
    assert found is not None
    assert found.light is not None
    assert found.light.exposure_stops == pytest.approx(stops, abs=0.1)


@pytest.mark.parametrize("strength", [0.0, 0.08, 0.16])
def test_a_cast_is_measured_and_its_direction_told(strength: float):
    warm = np.exp([-strength, 0.0, strength])
    warm /= warm @ [0.0722, 0.7152, 0.2126]
    look, still = photographed("motorcycle_left", Evening(cast_bgr=tuple(warm), stops=-1), 5)
    found = compare(look, still)
    assert found is not None
    assert found.light is not None
    true = true_colour_change("motorcycle_left", warm)
    assert found.light.colour_de2000 == pytest.approx(true, abs=max(0.6, 0.12 * true))
    assert found.light.warmer_mired == pytest.approx(95 * 2 * strength, abs=4)


def true_colour_change(name: str, cast_bgr: np.ndarray) -> float:
    small = cv2.resize(wall(name), (80, 45), interpolation=cv2.INTER_AREA)
    before = linear_table()[small].reshape(-1, 3) * 2**-0.7
    after = before * cast_bgr
    y1, y2 = (each[:, ::-1] @ RGB_TO_XYZ[1] for each in (before, after))
    after *= (y1 / y2)[:, None]
    lift = np.maximum(0.18 / y1, 1)[:, None]
    lab = [lab_from_linear((each * lift)[:, ::-1]) for each in (before, after)]
    return float(np.median(delta_e2000(*lab)[y1 > 0.01]))


@pytest.mark.slow
def test_two_different_sets_are_never_taken_for_one():
    rng = np.random.default_rng(2)
    pictures = {name: shot(name, Evening(), rng) for name in DETAILED}
    for seed in range(20):
        one, other = np.random.default_rng(seed).choice(DETAILED, 2, replace=False)
        assert register(grey(pictures[one]), grey(pictures[other])) is None, (one, other)


@pytest.mark.parametrize("kind", ["bars", "nosignal"])
def test_a_slate_is_another_picture(kind: str):
    look = shot("coffee", Evening(), np.random.default_rng(1))
    assert compare(look, slate(kind, WIDTH, HEIGHT)) is None


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_picture_of_nothing_cannot_be_compared(level: int):
    rng = np.random.default_rng(1)
    look = shot("coffee", Evening(), rng)
    nothing = np.clip(level + rng.normal(0, 3, look.shape), 0, 255).astype(np.uint8)
    with pytest.raises(Unmeasurable, match="nothing that could be compared"):
        compare(look, nothing)
    with pytest.raises(Unmeasurable, match="golden look"):
        compare(nothing, look)


def test_a_presenter_who_fills_half_the_picture_and_moves_does_not_move_the_set():
    rng = np.random.default_rng(4)
    base = Evening(stops=-0.7, shirt_bgr=(30, 60, 200), pattern="gravel")
    look = shot("motorcycle_left", replace(base, person_at=0.40), rng)
    for at in (0.405, 0.41, 0.42, 0.45):
        still = shot("motorcycle_left", replace(base, person_at=at), rng)
        found = register(grey(look), grey(still))
        assert found is not None
        assert found.shift_px < 0.5


def test_other_sizes_of_one_format_compare_and_other_formats_do_not():
    look, still = photographed("coffee", Evening(right_px=12), 1)
    small = cv2.resize(still, (960, 540), interpolation=cv2.INTER_AREA)
    found = register(grey(look), grey(small))
    assert found is not None
    assert found.right_px == pytest.approx(12, abs=0.5)
    with pytest.raises(Unmeasurable, match="proportions"):
        register(grey(look), grey(np.ascontiguousarray(still[:, :960])))


def test_the_difference_picture_is_red_where_something_is_new():
    rng = np.random.default_rng(1)
    look = shot("coffee", Evening(stops=-0.7), rng)
    still = shot("coffee", Evening(stops=-1.2, right_px=30, person_at=0.5), rng)
    drawn = difference_picture(look, still)
    assert drawn is not None
    assert drawn.shape == (360, 640 * 3 + 8, 3)
    third = drawn[:, -640:].astype(int)
    redness = third[..., 2] - third[..., 0]
    assert redness[250:340, 280:360].mean() > 40
    assert redness[:, 60:160].mean() < 12
