"""The profiles of the categories: each asks for what its kind of show needs, and says why."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace

import pytest

from studiocheck.checks import all_checks
from studiocheck.core.measurement import Measurement, Verdict, judge
from studiocheck.core.record import Finding
from studiocheck.engine.acquire import Capture
from studiocheck.engine.archive import archive_of, with_archive
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import check_rules, load_profile, profile_names
from studiocheck.profile.resolve import known_measurements, requirement
from studiocheck.resources import data_folder
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import load_scene

CATEGORIES = ("three-point-5500", "beauty", "food", "apparel", "product-close-up")
CHECKS = {check.id: check for check in all_checks()}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def said(profile: str, check: str, **values: float) -> list[Verdict]:
    """What a profile says of values of one check."""
    loaded = load_profile(profile)
    bounds = requirement(loaded, CHECKS[check], loaded.targets).bounds
    return [
        judge(Measurement(name, value, bounds[name].unit, "").against(bounds[name].limit))
        for name, value in values.items()
    ]


@pytest.mark.parametrize("name", CATEGORIES)
def test_it_is_there_and_contradicts_no_check(name: str):
    assert name in profile_names()
    loaded = load_profile(name)
    assert loaded.chain[0] == "base-1080p30"
    check_rules(loaded, known_measurements(all_checks()))
    for check in all_checks():
        requirement(loaded, check, loaded.targets)


@pytest.mark.parametrize("name", CATEGORIES)
def test_it_says_in_both_languages_what_it_is_for_and_gives_a_reason_for_every_number(name: str):
    text = (data_folder("profiles") / f"{name}.toml").read_text("utf-8")
    loaded = load_profile(name)
    assert loaded.about is not None
    assert CHINESE.search(loaded.about.zh)
    assert not CHINESE.search(loaded.about.en)
    assert tomllib.loads(text)["light"]
    reasoned = False
    for line in text.splitlines():
        if line.startswith(("#", "[")):
            reasoned = line.startswith("#")
        elif re.match(r"\w+ = -?[\d.]+", line):
            # the bounds of one limit may share the reason that stands before or beside the first
            reasoned = reasoned or "#" in line
            assert reasoned, line


def test_a_warm_dining_table_is_right_for_food_and_wrong_for_everything_else():
    assert said("food", "light.colour_temperature", cct=4300) == [Verdict.PASS]
    for other in set(CATEGORIES) - {"food"}:
        assert said(other, "light.colour_temperature", cct=4300) == [Verdict.FAIL], other
    assert said("food", "light.colour_temperature", cct=5500) == [Verdict.FAIL]


def test_a_bright_face_is_right_for_beauty_and_too_bright_for_food():
    assert said("beauty", "camera.brightness", subject_luma=68) == [Verdict.PASS]
    assert said("food", "camera.brightness", subject_luma=71) == [Verdict.FAIL]


def test_a_shining_nose_is_graver_in_beauty_and_gloss_is_wanted_on_food():
    assert said("three-point-5500", "light.glare", glare_share=1.5) == [Verdict.MARGINAL]
    assert said("beauty", "light.glare", glare_share=1.5) == [Verdict.FAIL]
    assert said("food", "light.glare", glare_share=1.5) == [Verdict.PASS]
    assert said("product-close-up", "light.glare", glare_share=0.4) == [Verdict.MARGINAL]


def test_a_pink_wall_is_right_for_beauty_and_wrong_for_food():
    pink = {"background_luma": 78.0, "background_chroma": 14.0, "background_hue": 10.0}
    assert said("beauty", "light.background", **pink) == [Verdict.PASS] * 3
    assert Verdict.FAIL in said("food", "light.background", **pink)


def test_apparel_asks_for_more_even_light_than_a_talk():
    assert said("three-point-5500", "light.evenness", evenness=1.6) == [Verdict.MARGINAL]
    assert said("apparel", "light.evenness", evenness=1.6) == [Verdict.FAIL]


def test_a_close_up_has_to_be_sharp():
    assert said("product-close-up", "camera.focus", edge_blur=1.5) == [Verdict.FAIL]


def finding(profile: str, check: str, *faults: str) -> Finding:
    """What one check says of the simulated studio's main camera under a profile."""
    scene = load_scene()
    scene = replace(scene, cameras={"main": scene.cameras["main"]})
    scene = scene.with_faults(*map(parse_fault, faults))
    plan = make_plan(scene.studio(), load_profile(profile), all_checks(), only=[check])
    wiring = Wiring(scene=scene, simulated_host=True)
    capture = Capture(plan, connect(plan, wiring), listen=lambda _: None)
    capture.run()
    found = evaluate(plan, with_archive(capture.captured, archive_of(plan, wiring)))
    return next(f for f in found if f.check == check)


@pytest.mark.slow
def test_a_warm_set_is_go_for_food_and_no_go_for_a_talk():
    warm = [f"lamp.{lamp}:cct=4300K" for lamp in ("key", "fill", "back")]
    check = "light.colour_temperature"
    assert finding("food", check, *warm).verdict is Verdict.PASS
    assert finding("three-point-5500", check, *warm).verdict is Verdict.FAIL
