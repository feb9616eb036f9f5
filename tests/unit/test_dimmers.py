"""The dimmer solver: what it says, done, brings the light that was wanted, or it says what lacks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.studio import CameraRole, Light, Region
from studiocheck.measure.light.dimmer_plan import dimmer_plan, restoring_plan
from studiocheck.measure.light.dimmers import DimmerPlan, Lamps, Turn, Wanted, dimmer_advice, turns
from studiocheck.measure.light.lamp_balance import back_over_key
from studiocheck.measure.light.lamps_tonight import light_tonight
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.picture.brightness import region_luma
from studiocheck.measure.picture.regions import cut_region
from tests.lamp_wall import Wall, WallLamp

SUBJECT: Region = (0.3, 0.2, 0.4, 0.6)
WALL = Wall(
    {
        "key": WallLamp((-1.0, 0.5, 0.8), power=1.0),
        "fill": WallLamp((1.1, -0.3, 0.8), power=0.5),
        "back": WallLamp((0.1, 0.7, 0.35), power=0.4),
    },
    exposure=0.25,
    outputs={"key": 0.6, "fill": 0.5, "back": 0.5},
)
CAMERA = CameraRole(device="sim:main", subject=SUBJECT)
SETTLED = 0.01

lights = st.floats(0.05, 10.0)
rooms = st.floats(0.0, 3.0) | st.just(math.inf)
changes = st.floats(-3.0, 3.0)


@given(
    lights=st.tuples(lights, lights, lights),
    rooms=st.tuples(rooms, rooms, rooms),
    rest=st.floats(0.0, 1.0),
    key_fill=changes,
    back_key=changes,
    level=changes | st.none(),
)
def test_what_is_turned_reaches_what_is_wanted_or_says_what_lacks(
    lights, rooms, rest, key_fill, back_key, level
):
    kinds = [Lamps(light=light, room_stops=room) for light, room in zip(lights, rooms, strict=True)]
    found = turns(*kinds, rest, Wanted(key_fill=key_fill, back_key=back_key, level=level))
    for turn, room in zip((found.key, found.fill, found.back), rooms, strict=True):
        assert turn <= room + SETTLED
    assert found.key - found.fill == pytest.approx(key_fill)
    assert found.back - found.key + found.back_missing == pytest.approx(back_key)
    assert found.back_missing >= 0
    if level is not None:
        ups = (found.key, found.fill, found.back)
        after = rest + sum(light * 2**up for light, up in zip(lights, ups, strict=True))
        assert math.log2(after / (rest + sum(lights))) + found.missing == pytest.approx(level)
        has_room = min(rooms) > 6
        assert found.missing <= SETTLED or not has_room


@given(change=changes)
def test_one_wrong_ratio_turns_one_lamp(change):
    kinds = (Lamps(light=4.0), Lamps(light=2.0), Lamps(light=1.0))
    found = turns(*kinds, 0.1, Wanted(key_fill=change, back_key=0.0))
    assert (found.key, found.fill, found.back) == pytest.approx((0.0, -change, 0.0))


def test_both_ratios_wrong_by_the_key_turn_the_key_alone():
    kinds = (Lamps(light=4.0), Lamps(light=2.0), Lamps(light=1.0))
    found = turns(*kinds, 0.1, Wanted(key_fill=0.8, back_key=-0.8))
    assert (found.key, found.fill, found.back) == pytest.approx((0.8, 0.0, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outputs", "wanted"),
    [
        ({"key": 1.0, "fill": 0.45, "back": 1.0}, Light(key_fill_stops=0.8, subject_luma=45)),
        ({"key": 0.5, "fill": 1.2, "back": 0.6}, Light(key_fill_stops=1.5, subject_luma=45)),
    ],
)
def test_the_plan_carried_out_on_the_set_gives_the_profiles_light(outputs, wanted):
    lamps = WALL.calibrated()
    evening = light_tonight(WALL.pictures(outputs, seed=9), lamps)
    aim = back_over_key(evening, SUBJECT).stops - 0.8
    wanted = replace(wanted, back_key_stops=round(aim, 2))
    plan = dimmer_plan(evening, lamps.linear, CAMERA, wanted, tolerance_stops=0.1)
    assert plan.steps
    turned = dict(outputs)
    for step in plan.steps:
        turned[step.lamp] *= 2**step.stops
        assert step.opened_to is not None
        assert turned[step.lamp] * WALL.outputs[step.lamp] == pytest.approx(step.opened_to, rel=0.1)
        assert step.opened_to <= 1.0
    ratio = math.log2(mean_light("key", turned) / mean_light("fill", turned))
    assert ratio == pytest.approx(wanted.key_fill_stops, abs=0.15)
    rim = back_over_key(evening, SUBJECT).stops
    rim += math.log2(turned["back"] / outputs["back"] * outputs["key"] / turned["key"])
    assert rim + plan.back_missing_stops == pytest.approx(wanted.back_key_stops, abs=0.15)
    if abs(plan.missing_stops) < 0.1:
        pictures = WALL.pictures(turned, seed=10)
        # within what the camera's brightness asks for
        assert region_luma(pictures, SUBJECT).percent == pytest.approx(
            wanted.subject_luma, abs=10.5
        )


def mean_light(name: str, outputs: dict[str, float]) -> float:
    light = WALL.light({name: outputs[name]}) - WALL.light({})
    return float((cut_region(light, SUBJECT) @ LUMINANCE).mean())


def test_faded_lamps_are_brought_back_to_the_day_of_calibration():
    lamps = WALL.calibrated()
    evening = light_tonight(WALL.pictures({"key": 0.7, "fill": 1.0, "back": 0.5}, seed=9), lamps)
    weak = [evening.by_name("key"), evening.by_name("back")]
    plan = restoring_plan(evening, weak)
    assert [step.lamp for step in plan.steps] == ["back", "key"]
    assert plan.steps[0].stops == pytest.approx(1.0, abs=0.1)
    assert plan.steps[0].opened_to == pytest.approx(0.5, abs=0.03)


def test_what_is_said_names_the_lamp_the_way_and_how_much():
    plan = DimmerPlan(
        (
            Turn(lamp="back", stops=-1.2),
            Turn(lamp="fill", stops=0.7, opened_from=0.45, opened_to=0.73),
        ),
        missing_stops=0.4,
    )
    said = dimmer_advice(plan)
    assert said is not None
    assert said.en.startswith("back: lower by 1.2 stop (to 44 % of what it gives now); fill: raise")
    assert "still lacks 0.4 stop" in said.en
    assert "fill：调亮 0.7 挡（从 45% 到 73%）" in said.zh


def test_nothing_to_turn_says_nothing():
    assert dimmer_advice(DimmerPlan(())) is None
