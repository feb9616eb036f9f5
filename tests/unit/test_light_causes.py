"""Causes in the light: one lamp, all lamps, the daylight or the camera, and each told once."""

from __future__ import annotations

from collections.abc import Mapping

from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.engine.diagnose import diagnose

OUTPUT, DRIFT = Limit(70, 130, 85, 115), Limit(-20, 20, -10, 10)


def finding(check: str, verdict: Verdict, *measured: Measurement, role: str = "main") -> Finding:
    return Finding(
        check=check,
        role=role,
        title=Text("t", "题"),
        verdict=verdict,
        blocker=True,
        measurements=measured,
    )


def lamps(
    outputs: Mapping[str, float], drifts: Mapping[str, float] | None = None, role: str = "main"
) -> Finding:
    """Return what `light.lamps` finds; an output of 0 is a lamp that is off."""
    measured = []
    for name, percent in outputs.items():
        measured.append(Measurement(f"{name}.on", float(percent > 12), "", "test"))
        measured.append(Measurement(f"{name}.output", percent, "%", "test", 2.0, limit=OUTPUT))
        drift = (drifts or {}).get(name, 0.0)
        measured.append(
            Measurement(f"{name}.colour_drift", drift, "mired", "test", 2.0, limit=DRIFT)
        )
    return finding("light.lamps", Verdict.FAIL, *measured, role=role)


def view(role: str, exposure: float) -> Finding:
    limit = Limit(-0.7, 0.7, -0.3, 0.3)
    one = Measurement("exposure_change", exposure, "stops", "test", limit=limit)
    return finding("camera.view", Verdict.FAIL, one, role=role)


def dark(role: str = "main") -> Finding:
    limit = Limit(35, 75, 45, 65)
    one = Measurement("subject_luma", 20, "%", "test", limit=limit)
    return finding("camera.brightness", Verdict.FAIL, one, role=role)


def told(*findings: Finding) -> dict[str, tuple[int, ...]]:
    return {cause.id: cause.findings for cause in diagnose(findings, {})}


def test_one_lamp_that_is_out_explains_all_that_follows_and_is_named():
    found = (
        lamps({"key": 0, "fill": 100, "back": 100}),
        finding("light.key_fill", Verdict.FAIL),
        finding("light.back", Verdict.UNMEASURED),
        dark(),
        finding("camera.focus", Verdict.FAIL),
    )
    (cause,) = diagnose(found, {})
    assert (cause.id, cause.findings) == ("light.lamp_out", (0, 1, 2, 3))
    assert cause.en.startswith("lamp key is off: plug")
    assert cause.zh.startswith("key 没亮")


def test_a_lamp_out_goes_before_all_cameras_are_dark_and_before_their_look_has_changed():
    found = (
        lamps({"key": 0, "fill": 100}),
        dark(),
        dark("product"),
        view("main", -1.2),
        view("product", -1.1),
    )
    assert told(*found) == {"light.lamp_out": (0, 1, 3, 2, 4)}


def test_every_lamp_out_is_the_breaker():
    (cause,) = diagnose([lamps({"key": 0, "fill": 0})], {})
    assert "breaker" in cause.en
    assert "总开关" in cause.zh


def test_a_lamp_that_has_faded_says_by_how_much_it_is_to_be_raised():
    found = (lamps({"key": 100, "fill": 60}), finding("light.key_fill", Verdict.MARGINAL))
    (cause,) = diagnose(found, {})
    assert (cause.id, cause.findings) == ("light.lamp_faded", (0, 1))
    assert "fill gives 60 % of its calibrated light: raise it by 0.7 stop" in cause.en


def test_a_faded_lamp_that_explains_nothing_else_is_told_by_its_own_check():
    assert told(lamps({"key": 100, "fill": 60})) == {}


def test_all_lamps_down_alike_are_not_lamps_that_faded_one_by_one():
    found = (lamps({"key": 51, "fill": 49, "back": 50}), dark())
    assert told(*found) == {"light.all_dim": (0, 1)}


def test_all_lamps_down_in_one_camera_of_two_is_that_camera():
    found = (
        lamps({"key": 51, "fill": 49}),
        dark(),
        lamps({"key": 100, "fill": 100}, role="side"),
    )
    assert told(*found) == {"camera.exposure_changed": (0, 1)}


def test_one_lamp_of_another_colour_explains_the_colour_of_the_light():
    found = (
        lamps({"key": 100, "fill": 100}, {"key": 26}),
        finding("light.colour_temperature", Verdict.MARGINAL),
    )
    (cause,) = diagnose(found, {})
    assert (cause.id, cause.findings) == ("light.lamp_colour", (0, 1))
    assert "key has become 26 mired too warm" in cause.en


def test_all_lamps_of_another_colour_alike_are_the_white_balance_of_the_camera():
    found = (
        lamps({"key": 100, "fill": 100}, {"key": 40, "fill": 42}),
        finding("light.colour_temperature", Verdict.FAIL),
    )
    assert told(*found) == {"camera.white_balance": (0, 1)}


def test_daylight_explains_colour_and_says_to_close_the_blinds():
    stray = Measurement("stray_share", 35, "%", "test", limit=Limit(maximum=30, warn_maximum=10))
    found = (
        finding("light.stray", Verdict.FAIL, stray),
        finding("light.colour_temperature", Verdict.MARGINAL),
    )
    (cause,) = diagnose(found, {})
    assert (cause.id, cause.findings) == ("light.daylight", (0, 1))
    assert "close the blinds" in cause.en


def test_good_lamps_explain_nothing():
    good = lamps({"key": 100, "fill": 101})
    assert told(good, finding("light.key_fill", Verdict.PASS)) == {}


def test_two_lamps_that_are_wrong_in_two_ways_are_both_named():
    found = (
        lamps({"key": 100, "fill": 50}, {"key": 35.0}),
        finding("light.key_fill", Verdict.MARGINAL),
        finding("light.colour_temperature", Verdict.MARGINAL),
    )
    faded, colour = diagnose(found, {})
    assert faded.en.startswith("fill gives 50 %")
    assert "key" in colour.en


def test_a_lamp_that_is_out_does_not_hide_another_that_has_faded():
    found = (lamps({"key": 100, "fill": 50, "back": 0}), finding("light.key_fill", Verdict.FAIL))
    assert [cause.en.split()[0:2] for cause in diagnose(found, {})] == [
        ["lamp", "back"],
        ["fill", "gives"],
    ]


def test_other_light_goes_before_the_lamps_that_it_hides():
    hidden = [finding(f"light.{name}", Verdict.UNMEASURED) for name in ("lamps", "hard_shadow")]
    share = Measurement("stray_share", 19.0, "%", "test")
    (cause,) = diagnose([finding("light.stray", Verdict.FAIL, share), *hidden], {})
    assert (cause.id, cause.findings) == ("light.daylight", (0, 1, 2))
