"""Diagnoses: many findings, one cause, one thing to touch first."""

from __future__ import annotations

from dataclasses import replace

from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.engine.diagnose import diagnose


def finding(check: str, role: str, verdict: Verdict, *measurements: Measurement) -> Finding:
    return Finding(
        check=check,
        role=role,
        title=Text("t", "题"),
        verdict=verdict,
        blocker=True,
        measurements=measurements,
    )


def luma(value: float) -> Measurement:
    return Measurement("subject_luma", value, "%", "test", limit=Limit(35, 75, 45, 65))


def ids(findings: list[Finding]) -> dict[str, tuple[int, ...]]:
    return {d.id: d.findings for d in diagnose(findings)}


def test_a_green_studio_has_no_diagnosis():
    assert ids([finding("camera.present", r, Verdict.PASS) for r in ("a", "b")]) == {}


def test_all_cameras_gone_points_at_what_they_share():
    gone = [finding("camera.present", r, Verdict.FAIL) for r in ("a", "b")]
    assert ids(gone) == {"camera.all_gone": (0, 1)}
    assert ids([gone[0], finding("camera.present", "b", Verdict.PASS)]) == {}


def test_a_mute_microphone_explains_everything_that_is_unknown_of_it():
    mute = replace(
        finding("mic.signal", "host", Verdict.FAIL),
        note=Text("digital silence", "数字静音"),
        advice=Text("unmute it", "取消静音"),
    )
    found = [
        mute,
        finding("mic.level", "host", Verdict.UNMEASURED),
        finding("mic.level", "guest", Verdict.UNMEASURED),
    ]
    (diagnosis,) = diagnose(found)
    assert (diagnosis.id, diagnosis.findings) == ("mic.silent", (0, 1))
    assert diagnosis.zh == "数字静音：取消静音"


def test_a_freeze_explains_the_low_rate_of_the_same_camera_only():
    found = [
        finding("camera.freeze", "a", Verdict.FAIL),
        finding("camera.frame_rate", "b", Verdict.FAIL),
        finding("camera.frame_rate", "a", Verdict.FAIL),
    ]
    assert ids(found) == {"camera.frozen": (0, 2)}


def test_dark_and_slow_is_a_lack_of_light():
    found = [
        finding("camera.frame_rate", "a", Verdict.FAIL),
        finding("camera.brightness", "a", Verdict.FAIL, luma(20)),
    ]
    assert ids(found) == {"camera.low_light": (0, 1)}


def test_bright_and_slow_is_not():
    found = [
        finding("camera.frame_rate", "a", Verdict.FAIL),
        finding("camera.brightness", "a", Verdict.FAIL, luma(90)),
    ]
    assert ids(found) == {}


def test_all_cameras_dark_is_the_lamps_and_one_is_not():
    dark = [finding("camera.brightness", r, Verdict.FAIL, luma(20)) for r in ("a", "b")]
    assert ids(dark) == {"light.too_dark": (0, 1)}
    assert ids([dark[0], finding("camera.brightness", "b", Verdict.PASS, luma(55))]) == {}


def test_a_link_that_is_down_explains_the_upload():
    found = [finding("net.link", "p", Verdict.FAIL), finding("net.upload", "p", Verdict.FAIL)]
    assert ids(found) == {"net.no_link": (0, 1)}
