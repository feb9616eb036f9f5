"""Diagnoses: many findings, one cause, one thing to touch first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, Golden, Need
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import CameraInfo, LookEvidence
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
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
    return {d.id: d.findings for d in diagnose(findings, {})}


def test_a_green_studio_has_no_diagnosis():
    assert ids([finding("camera.present", r, Verdict.PASS) for r in ("a", "b")]) == {}


def test_all_cameras_gone_points_at_what_they_share():
    gone = [finding("camera.present", r, Verdict.FAIL) for r in ("a", "b")]
    assert ids(gone) == {"camera.all_gone": (0, 1)}
    assert ids([gone[0], finding("camera.present", "b", Verdict.PASS)]) == {}


def test_cameras_that_are_all_gone_are_told_once_with_all_that_is_unknown_of_them():
    gone = [
        replace(
            finding("camera.present", r, Verdict.FAIL),
            note=Text("not there", "不在"),
            advice=Text("plug it in", "插上"),
        )
        for r in ("a", "b")
    ]
    unknown = [finding("camera.black", r, Verdict.UNMEASURED) for r in ("a", "b")]
    assert ids([*gone, *unknown]) == {"camera.all_gone": (0, 1, 2, 3)}


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
    (diagnosis,) = diagnose(found, {})
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


def info(port: str | None, **more: object) -> CameraInfo:
    facts = {
        "device": "usb:1:2:3", "name": "cam", "backend": "test", "clock": "device", "width": 1920,
        "height": 1080, "pixel_format": "YUYV", "nominal_fps": 30.0, "port": port,
    }  # fmt: skip
    return CameraInfo(**(facts | more))


def looked(**cameras: CameraInfo) -> dict[DeviceKey, dict[type[Need], Captured]]:
    image = np.zeros((2, 2, 3), np.uint8)
    return {
        DeviceKey(Scope.CAMERA, role): {
            Golden: Captured(LookEvidence(taken="", by="", camera=camera, image=image))
        }
        for role, camera in cameras.items()
    }


def test_all_cameras_of_one_hub_gone_is_the_hub_and_says_which():
    gone = [finding("camera.present", r, Verdict.FAIL) for r in ("a", "b")]
    found = [*gone, finding("camera.present", "c", Verdict.PASS)]
    evening = looked(a=info("1-2.1"), b=info("1-2.4"), c=info("1-3"))
    (cause,) = diagnose(found, evening)
    assert (cause.id, cause.findings) == ("camera.hub_gone", (0, 1))
    assert "1-2" in cause.en
    assert diagnose(gone, evening)[0].id == "camera.hub_gone"


def test_two_ports_of_the_computer_are_no_hub():
    gone = [finding("camera.present", r, Verdict.FAIL) for r in ("a", "b")]
    found = [*gone, finding("camera.present", "c", Verdict.PASS)]
    assert diagnose(found, looked(a=info("1-2"), b=info("1-3"), c=info("1-4"))) == ()


def test_two_uncompressed_cameras_are_too_much_for_one_usb_2_hub():
    found = [finding("camera.present", r, Verdict.PASS) for r in ("a", "b")]
    found += [finding("camera.cadence", r, Verdict.FAIL) for r in ("a", "b")]
    raw = {"compressed": False, "link_mbit_s": 480.0, "width": 1280, "height": 720}
    both = looked(a=info("1-2.1", **raw), b=info("1-2.2", **raw))
    assert [(c.id, c.findings) for c in diagnose(found, both)] == [("camera.hub_full", (2, 3))]
    jpeg = looked(a=info("1-2.1", compressed=True), b=info("1-2.2", **raw))
    assert diagnose(found, jpeg) == ()


def view(role: str, colour: float, exposure: float = 0.0) -> Finding:
    return finding(
        "camera.view",
        role,
        Verdict.FAIL if colour > 3 else Verdict.PASS,
        Measurement("colour_change", colour, "", "test", limit=Limit(maximum=6, warn_maximum=3)),
        Measurement("exposure_change", exposure, "stops", "test", limit=Limit(-0.7, 0.7)),
    )


def test_all_cameras_another_colour_is_the_lamps_one_is_its_white_balance():
    assert ids([view("a", 9), view("b", 8)]) == {"light.colour_changed": (0, 1)}
    assert ids([view("a", 9), view("b", 1)]) == {"camera.colour_changed": (0,)}
    assert ids([view("a", 1), view("b", 1)]) == {}
    assert ids([view("a", 9)]) == {}


def test_a_camera_that_changed_explains_its_own_brightness_and_nobody_elses():
    brighter = finding(
        "camera.view",
        "a",
        Verdict.FAIL,
        Measurement("exposure_change", 1.5, "stops", "test", limit=Limit(-0.7, 0.7, -0.3, 0.3)),
    )
    found = [
        brighter,
        view("b", 1),
        finding("camera.clipping", "a", Verdict.FAIL),
        finding("camera.clipping", "b", Verdict.FAIL),
    ]
    assert ids(found) == {"camera.exposure_changed": (0, 2)}


def test_lost_frames_and_the_low_rate_that_they_make_are_one_fault():
    lost = Measurement("drop_rate", 3.3, "%", "test")
    found = [
        finding("camera.cadence", "a", Verdict.FAIL, lost),
        finding("camera.frame_rate", "a", Verdict.MARGINAL),
        finding("camera.frame_rate", "b", Verdict.MARGINAL),
    ]
    assert ids(found) == {"camera.frames_lost": (0, 1)}


def test_a_slate_explains_whatever_else_is_wrong_with_that_picture():
    found = [
        finding("camera.slate", "a", Verdict.FAIL),
        finding("camera.focus", "a", Verdict.UNMEASURED),
        finding("camera.freeze", "a", Verdict.FAIL),
        finding("camera.freeze", "b", Verdict.PASS),
    ]
    assert ids(found) == {"camera.no_picture": (0, 1, 2)}


def test_a_link_that_is_down_explains_the_upload():
    found = [finding("net.link", "p", Verdict.FAIL), finding("net.upload", "p", Verdict.FAIL)]
    assert ids(found) == {"net.no_link": (0, 1)}
