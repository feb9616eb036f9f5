"""Settings held still and put back, on a simulated driver: its automatics are all on at first."""

from __future__ import annotations

import copy
import errno
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import SourceError
from studiocheck.sources.cameras import v4l2_hold
from studiocheck.sources.cameras.binding import Node
from studiocheck.sources.cameras.v4l2 import Device
from studiocheck.sources.cameras.v4l2_camera import V4l2Camera
from studiocheck.sources.cameras.v4l2_controls import Debt, in_units, read_raw
from studiocheck.sources.cameras.v4l2_hold import Kelvin, hold_still, owed_after
from studiocheck.sources.cameras.v4l2_quirks import NONE, Quirk
from tests.unit.simulated_v4l2 import (
    AUTO_EXPOSURE,
    AUTO_FOCUS,
    AUTO_WHITE,
    EXPOSURE,
    FOCUS,
    MAINS,
    PATH,
    PRIORITY,
    WHITE,
    Webcam,
    usual_knobs,
)

pytestmark = pytest.mark.realtime


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(v4l2_hold, "SETTLE_S", 0.05)
    monkeypatch.setattr(v4l2_hold, "TAKE_EFFECT_S", 0.05)
    monkeypatch.setattr(v4l2_hold, "_READ_BACK_S", 0.05)


def held(webcam: Webcam, *, kelvin: Kelvin = None, quirk: Quirk = NONE) -> v4l2_hold.Held:
    with Device(PATH, webcam) as device:
        return hold_still(
            device,
            read_raw(device),
            kelvin=kelvin,
            quirk=quirk,
            brightness=lambda _: 100.0,
            owe=lambda _: None,
        )


def values(webcam: Webcam) -> dict[int, int]:
    return {number: knob.value for number, knob in webcam.knobs.items()}


def test_settings_are_read_in_the_units_of_the_contract() -> None:
    with Device(PATH, Webcam()) as device:
        assert in_units(read_raw(device)) == {
            "auto_exposure": 1,
            "exposure": 156,
            "auto_exposure_priority": 1,
            "auto_white_balance": 1,
            "white_balance": 4600,
            "auto_focus": 1,
            "focus": 40,
            "power_line_frequency": 60,
        }


@pytest.mark.parametrize(("raw", "automatic"), [(0, 1), (1, 0), (2, 0), (3, 1)])
def test_exposure_is_automatic_when_its_time_is_the_camera_s(raw: int, automatic: int) -> None:
    assert in_units({"auto_exposure": raw}) == {"auto_exposure": automatic}


def test_automatics_are_held_where_they_are_and_white_balance_where_it_was_declared() -> None:
    webcam = Webcam()
    outcome = held(webcam, kelvin=5500)
    assert outcome.refused == ()
    assert dict(outcome.values) == {
        "auto_exposure": 0,
        "exposure": 156,
        "auto_exposure_priority": 0,
        "auto_white_balance": 0,
        "white_balance": 5500,
        "auto_focus": 0,
        "focus": 40,
    }
    assert values(webcam) == {
        AUTO_EXPOSURE: 1,
        EXPOSURE: 156,
        PRIORITY: 0,
        AUTO_WHITE: 0,
        WHITE: 5500,
        AUTO_FOCUS: 0,
        FOCUS: 40,
        MAINS: 2,
    }


def test_a_white_balance_declared_automatic_is_left_alone() -> None:
    webcam = Webcam()
    assert "white_balance" not in held(webcam, kelvin="auto").values
    assert webcam.knobs[AUTO_WHITE].value == 1


def test_a_camera_that_is_set_by_hand_is_not_touched() -> None:
    webcam = Webcam()
    for number in (AUTO_EXPOSURE, PRIORITY, AUTO_WHITE, AUTO_FOCUS):
        webcam.knobs[number].value = 1 if number == AUTO_EXPOSURE else 0
    assert held(webcam).values == {}
    assert webcam.written == []


def test_kelvin_between_the_camera_s_steps_is_the_nearest_step() -> None:
    webcam = Webcam()
    webcam.knobs[WHITE].step = 100
    assert held(webcam, kelvin=5540).values["white_balance"] == 5500
    assert held(Webcam(), kelvin=9000).values["white_balance"] == 6500


def test_a_setting_that_does_not_read_back_is_refused() -> None:
    webcam = Webcam()
    webcam.knobs[WHITE].deaf = True
    outcome = held(webcam, kelvin=5500)
    assert outcome.refused == ("white_balance",)
    assert outcome.values["auto_white_balance"] == 0


def test_a_setting_that_is_known_to_be_ignored_is_never_written() -> None:
    webcam = Webcam()
    outcome = held(webcam, quirk=Quirk(source="test", ignores=("exposure",)))
    assert not {"auto_exposure", "exposure"} & outcome.values.keys()
    assert {number for number, _ in webcam.written}.isdisjoint({AUTO_EXPOSURE, EXPOSURE})


def test_an_exposure_that_makes_another_picture_is_taken_back() -> None:
    webcam = Webcam()
    looks = iter([100.0, 60.0])
    with Device(PATH, webcam) as device:
        outcome = hold_still(
            device, read_raw(device), kelvin=None, quirk=NONE,
            brightness=lambda _: next(looks), owe=lambda _: None,
        )  # fmt: skip
    assert outcome.refused == ("auto_exposure", "exposure")
    assert webcam.knobs[AUTO_EXPOSURE].value == 3
    assert outcome.values["auto_focus"] == 0


def test_a_later_session_holds_it_as_the_first_though_the_light_has_changed() -> None:
    webcam = Webcam()
    with Device(PATH, webcam) as device:
        first = held(webcam)
        then = in_units(read_raw(device))
    for number, knob in usual_knobs().items():
        webcam.knobs[number] = knob
    webcam.knobs[EXPOSURE].value, webcam.knobs[FOCUS].value = 500, 90  # it grew dark meanwhile
    looks = iter([40.0, 12.0])
    with Device(PATH, webcam) as device:
        outcome = hold_still(
            device, read_raw(device), kelvin=None, quirk=NONE, hold_as=then,
            brightness=lambda _: next(looks), owe=lambda _: None,
        )  # fmt: skip
        assert in_units(read_raw(device)) == then
    assert outcome == first


def test_a_value_that_an_automatic_left_behind_is_held_as_well_and_put_back() -> None:
    webcam = Webcam()
    webcam.knobs[AUTO_FOCUS].value = 0
    debts = []
    with Device(PATH, webcam) as device:
        outcome = hold_still(
            device, read_raw(device), kelvin=None, quirk=NONE, hold_as={"focus": 77},
            brightness=lambda _: 100.0, owe=debts.append,
        )  # fmt: skip
    assert outcome.values["focus"] == webcam.knobs[FOCUS].value == 77
    assert ("focus", 40) in debts[0]


def test_what_is_owed_is_said_before_anything_is_written() -> None:
    webcam = Webcam()
    said: list[object] = []

    def owe(owed: object) -> None:
        assert webcam.written == []
        said.append(owed)

    with Device(PATH, webcam) as device:
        hold_still(
            device, read_raw(device), kelvin=5500, quirk=NONE, brightness=lambda _: 100.0, owe=owe
        )
    assert said == [
        (
            ("focus", 40),
            ("auto_focus", 1),
            ("white_balance", 4600),
            ("auto_white_balance", 1),
            ("auto_exposure_priority", 1),
            ("exposure", 156),
            ("auto_exposure", 3),
        )
    ]


# ---------------------------------------------------------------- and back


def opened(webcam: Webcam, tell: Callable[[Callable[[], None]], None]) -> V4l2Camera:
    camera = V4l2Camera(Node(PATH), fps=30, lock=True, kelvin=5500, system=webcam)
    camera.promise(tell)
    camera.open()
    return camera


def test_closing_puts_everything_back_in_reverse_order() -> None:
    webcam = Webcam()
    before, rate = values(webcam), webcam.rate
    camera = opened(webcam, lambda _: None)
    assert values(webcam) != before
    webcam.written.clear()
    camera.close()
    assert values(webcam) == before
    assert webcam.rate == rate
    order = [number for number, _ in webcam.written]
    assert order == [AUTO_FOCUS, WHITE, AUTO_WHITE, PRIORITY, AUTO_EXPOSURE]


def test_the_settings_told_are_those_found_held_and_left() -> None:
    webcam = Webcam()
    camera = opened(webcam, lambda _: None)
    webcam.knobs[FOCUS].value = 55
    told = camera.controls()
    camera.close()
    assert told is not None
    assert (told.found["auto_focus"], told.held["auto_focus"]) == (1, 0)
    assert (told.held["focus"], told.after["focus"]) == (40, 55)


def test_what_a_dead_process_owed_is_settled_by_another() -> None:
    webcam = Webcam()
    before, form, rate = values(webcam), webcam.pixel_format, webcam.rate
    debts: list[Callable[[], None]] = []
    camera = opened(webcam, debts.append)
    assert (values(webcam), webcam.pixel_format, webcam.rate) != (before, form, rate)
    # the kernel takes the stream from a process that died
    assert camera._capture is not None
    camera._capture.stop()
    debts[-1]()
    assert (values(webcam), webcam.pixel_format, webcam.rate) == (before, form, rate)
    camera._device = None


def test_a_debt_is_never_paid_to_another_camera_under_the_same_number() -> None:
    webcam = Webcam()
    with Device(PATH, webcam) as device:
        setting = device.setting()
    Debt(PATH, "usb-2", setting, (("focus", 9),), webcam)()
    assert webcam.written == []
    Debt(PATH, "usb-1", setting, (("focus", 9),), webcam)()
    assert webcam.written == [(FOCUS, 9)]


def test_a_camera_that_left_is_owed_nothing() -> None:
    webcam = Webcam()
    camera = opened(webcam, lambda _: None)
    webcam.unplugged = True
    camera.close()
    camera.close()


def test_a_camera_that_fails_while_it_is_set_is_as_it_was() -> None:
    webcam = Webcam(ends_at=18, end=errno.EIO)
    before = values(webcam)
    with pytest.raises(SourceError, match="middle of the stream"):
        opened(webcam, lambda _: None)
    assert (EXPOSURE, 156) in webcam.written
    assert values(webcam) == before


@given(st.sets(st.sampled_from(sorted(usual_knobs())), max_size=4), st.integers(1000, 20000))
def test_whatever_a_camera_ignores_it_is_left_as_it_was_found(deaf: set[int], kelvin: int) -> None:
    webcam = Webcam()
    for number in deaf:
        webcam.knobs[number].deaf = True
    before = copy.deepcopy(values(webcam))
    with Device(PATH, webcam) as device:
        found = read_raw(device)
        plan = v4l2_hold.plan_hold(device, found, found, kelvin=kelvin, quirk=NONE)
        outcome = v4l2_hold._set(device, plan)
        assert set(outcome.values) | set(outcome.refused) == set(plan)
        Debt(PATH, "usb-1", device.setting(), owed_after(plan, found), webcam)()
    assert values(webcam) == before
