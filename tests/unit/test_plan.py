"""The plan: each device is captured once, for as long as its neediest check asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studiocheck.checks import all_checks
from studiocheck.core.check import Scope
from studiocheck.core.errors import ProfileError, UsageError
from studiocheck.core.evidence import Clip, HostLoad, RoomTone, Speech, Sustained, Upload
from studiocheck.core.studio import CameraRole, MicrophoneRole, Studio, UplinkRole
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.profile.models import CheckRule

STUDIO = Studio(
    name="room",
    cameras={
        "main": CameraRole(device="index:0", lighting="three-point"),
        "product": CameraRole(device="index:1", fps=25),
    },
    microphones={"host": MicrophoneRole(device="default")},
    uplinks={"primary": UplinkRole()},
)
BASE = load_profile("base-1080p30")
MAIN = DeviceKey(Scope.CAMERA, "main")


def plan(studio: Studio = STUDIO, **options):
    return make_plan(studio, options.pop("profile", BASE), all_checks(), **options)


def test_one_capture_serves_all_checks_of_a_device():
    needs = plan().needs
    assert needs[MAIN] == (Clip(5.0),)
    assert needs[DeviceKey(Scope.MICROPHONE, "host")] == (RoomTone(5.0), Speech(10.0))


def test_the_computer_is_watched_for_as_long_as_the_longest_device():
    assert HostLoad(15.0) in plan().needs[DeviceKey(Scope.HOST, "host")]
    assert plan().expected_s == 15.0


def test_light_is_judged_only_where_the_studio_file_says_that_there_is_a_set():
    roles = [e.device.role for e in plan().checks if e.check.id == "light.colour_temperature"]
    assert roles == ["main"]


def test_a_camera_is_held_against_its_own_rate_where_it_has_one():
    rates = {
        e.device.role: e.targets.video.fps
        for e in plan().checks
        if e.check.id == "camera.frame_rate"
    }
    assert rates == {"main": 30, "product": 25}


def test_an_upload_without_target_is_skipped_and_not_captured():
    (entry,) = [e for e in plan().checks if e.check.id == "net.upload"]
    assert entry.skipped is not None
    assert all(not isinstance(n, Upload) for needs in plan().needs.values() for n in needs)


def test_a_spare_uplink_does_not_keep_the_show_off_air():
    lines = {name: UplinkRole(target="tcp://far.end:1") for name in ("primary", "backup")}
    checks = plan(replace(STUDIO, uplinks=lines)).checks
    uploads = {one.device.role: one.blocker for one in checks if one.check.id == "net.upload"}
    assert uploads == {"primary": True, "backup": False}
    assert [one.device.role for one in checks if one.check.id == "net.backup"] == ["backup"]


def test_the_long_check_of_an_uplink_is_made_only_where_it_is_asked_for():
    studio = replace(STUDIO, uplinks={"primary": UplinkRole(target="tcp://far.end:1")})
    uplink = DeviceKey(Scope.UPLINK, "primary")
    assert Sustained not in map(type, plan(studio).needs[uplink])
    assert Sustained(60.0) in plan(studio, thorough=True).needs[uplink]


def test_only_and_skip_take_ids_and_families():
    ids = {e.check.id for e in plan(only=["camera", "net.link"]).checks}
    assert "camera.freeze" in ids
    assert "net.link" in ids
    assert not any(i.startswith("mic.") for i in ids)
    skipped = [e for e in plan(skip=["mic.*"]).checks if e.check.id.startswith("mic.")]
    assert skipped
    assert all(e.skipped is not None for e in skipped)
    assert all(key.scope is not Scope.MICROPHONE for key in plan(skip=["mic"]).needs)


def test_an_unknown_id_names_the_likely_one():
    with pytest.raises(UsageError) as caught:
        plan(only=["camera.freez"])
    assert "camera.freeze" in caught.value.advice.en


def test_a_check_that_the_profile_switches_off_is_not_planned():
    off = replace(BASE, rules=({"mic.echo": CheckRule(enabled=False)},), chain=("mine",))
    assert "mic.echo" not in {e.check.id for e in plan(profile=off).checks}


def test_a_profile_that_names_no_check_is_refused():
    wrong = replace(BASE, rules=({"mic.ecko": CheckRule(enabled=False)},), chain=("mine",))
    with pytest.raises(ProfileError, match=r"mic\.echo"):
        plan(profile=wrong)
