"""Settings: read as the camera has them, held where that is allowed, and always put back.

What the camera is really set to is asked of its firmware, not of the driver.
"""

from __future__ import annotations

import time

import pytest

from tests.hardware.conftest import Plug, after, until
from tests.hardware.test_delivery import rate
from tests.hardware.vm.machine import Guest
from tests.hardware.webcam.controls import MANUAL

VGA = {"width": 640, "height": 480, "fps": 30}


def test_settings_are_read_as_the_camera_has_them(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    before = dict(webcam.settings.now)
    clip = guest.call("clip", device=webcam.binding, seconds=1, **VGA)
    found = clip["controls"]["found"]
    assert found["auto_exposure"] == found["auto_white_balance"] == found["auto_focus"] == 1
    assert found["auto_exposure_priority"] == 1
    assert found["exposure"] == before["exposure"]
    assert found["white_balance"] == before["white_balance"]
    assert found["power_line_frequency"] == 60
    assert webcam.settings.written == []
    assert clip["controls"]["held"] == {}


def test_settings_are_held_where_that_is_allowed_and_put_back(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    before = dict(webcam.settings.now)
    clip = guest.call(
        "clip", device=webcam.binding, seconds=1, lock=True, white_balance=5500, **VGA
    )
    controls = clip["controls"]
    assert controls["refused"] == []
    off = {"auto_exposure", "auto_exposure_priority", "auto_white_balance", "auto_focus"}
    assert {name: controls["held"][name] for name in off} == dict.fromkeys(off, 0)
    assert controls["held"]["white_balance"] == 5500
    assert controls["after"] | controls["held"] == controls["after"]
    assert ("exposure_mode", MANUAL) in webcam.settings.written
    assert webcam.settings.now == before


@pytest.mark.parametrize("way", ["ignored", "forbidden"])
def test_a_camera_that_does_not_obey_is_named(guest: Guest, plug: Plug, way: str) -> None:
    webcam = plug("A1")
    getattr(webcam.settings, way).add("white_balance")
    before = dict(webcam.settings.now)
    clip = guest.call(
        "clip", device=webcam.binding, seconds=1, lock=True, white_balance=5500, **VGA
    )
    assert clip["controls"]["refused"] == ["white_balance"]
    assert webcam.settings.now == before


def test_settings_are_put_back_on_a_webcam_that_has_gone_silent(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    before = dict(webcam.settings.now)

    def stall_once_held() -> None:
        until(lambda: webcam.settings.now["auto_focus"] == 0, "held")
        time.sleep(2)  # the clip has begun
        webcam.does.stalled = True

    with after(0, stall_once_held):
        clip = guest.call("clip", device=webcam.binding, seconds=30, lock=True, **VGA)
    assert clip["problem"] == "timeout"
    assert webcam.settings.now == before


def test_in_the_dark_the_exposure_priority_halves_the_rate(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.light = "dark"
    left_alone = guest.call("clip", device=webcam.binding, seconds=2, **VGA)
    held = guest.call("clip", device=webcam.binding, seconds=2, lock=True, **VGA)
    assert rate(left_alone) == pytest.approx(15, rel=0.03)
    assert left_alone["controls"]["found"]["auto_exposure_priority"] == 1
    assert rate(held) == pytest.approx(30, rel=0.03)
