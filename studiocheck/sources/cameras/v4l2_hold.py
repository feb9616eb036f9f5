"""Holds a camera's automatics still for a measurement: what to set, and whether it worked.

Whether that is wanted at all is decided by the studio file; what is changed is put back by `Debt`.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from studiocheck.core.picture import ControlName
from studiocheck.sources.cameras import v4l2_controls as controls
from studiocheck.sources.cameras.v4l2 import Device
from studiocheck.sources.cameras.v4l2_controls import Owed, Raw
from studiocheck.sources.cameras.v4l2_quirks import Quirk

Kelvin = int | Literal["auto"] | None
"""White balance by the studio file: a colour temperature, that it stays automatic, or nothing."""

SETTLE_S, TAKE_EFFECT_S = 1.0, 0.5
"""How long automatics may settle before they are held, and what was set may take to show."""

_JUMP, _JUMP_DN = 0.15, 8.0
"""From what change of mean luma on the picture is not the one that was to be held."""

_READ_BACK_S, _READ_BACK_STEP_S = 0.3, 0.05
_LIGHT: Final[tuple[ControlName, ...]] = ("auto_exposure", "exposure", "auto_gain", "gain")


@dataclass(frozen=True, slots=True)
class Held:
    """What became of the settings that were to be held: as they read back, and those that did not.

    Both name settings, and count them, as `ControlName` does.
    """

    values: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def hold_still(
    device: Device,
    found: Raw,
    *,
    kelvin: Kelvin,
    quirk: Quirk,
    hold_as: Mapping[str, int] | None = None,
    brightness: Callable[[float], float],
    owe: Callable[[Owed], None],
) -> Held:
    """Hold exposure, gain, white balance and focus where they are now, or where they once were.

    Parameters
    ----------
    device : Device
        It streams: before that some cameras forget what they are told (uvcvideo's
        ``UVC_QUIRK_RESTORE_CTRLS_ON_INIT``).
    found : mapping
        As the camera was found.
    hold_as : mapping, optional
        How an earlier session held it: the light has changed since, the settings must not.
    brightness : callable
        Watches the picture for so many seconds and returns its mean luma, 8-bit DN.
    owe : callable
        Told what is to be put back, and in which order, before anything is set.
    """
    before_dn = brightness(SETTLE_S)
    now, then = controls.read_raw(device), _values_of(hold_as or {})
    plan: Raw = {
        **plan_hold(device, found, {**now, **then}, kelvin=kelvin, quirk=quirk),
        # an automatic that is off by now may have left behind a value that it drove
        **{name: value for name, value in then.items() if now.get(name, value) != value},
    }
    if not plan:
        return Held()
    owe(owed_after(plan, found))
    light: Raw = {name: plan[name] for name in _LIGHT if name in plan}
    held = _set(device, light)
    # a driver may remember a value that the camera left long ago: then the picture tells
    after_dn = brightness(TAKE_EFFECT_S) if held.values else before_dn
    if hold_as is None and _is_another(before_dn, after_dn):
        controls.put_back(device, owed_after(light, found))
        held = Held(refused=tuple(light))
    rest = _set(device, {name: value for name, value in plan.items() if name not in _LIGHT})
    return Held({**held.values, **rest.values}, held.refused + rest.refused)


def plan_hold(device: Device, found: Raw, now: Raw, *, kelvin: Kelvin, quirk: Quirk) -> Raw:
    """Return what to set so that nothing moves by itself, in the order in which to set it."""
    plan: dict[ControlName, int] = {}

    def still(automatic: ControlName, off: int, value: ControlName) -> None:
        if automatic not in found or {automatic, value} & set(quirk.ignores):
            return
        if controls.in_unit(automatic, found[automatic]):
            plan[automatic] = off
            if value in now:
                plan[value] = now[value]

    still("auto_exposure", controls.MANUAL, "exposure")
    still("auto_gain", 0, "gain")
    if found.get("auto_exposure_priority"):
        plan["auto_exposure_priority"] = 0
    if kelvin != "auto":
        still("auto_white_balance", 0, "white_balance")
        if kelvin is not None and "white_balance" in found:
            plan["white_balance"] = controls.nearest(device, "white_balance", kelvin)
    still("auto_focus", 0, "focus")
    return {
        name: value
        for name, value in plan.items()
        if name not in quirk.ignores and controls.is_writable(device, name)
    }


def _values_of(held: Mapping[str, int]) -> Raw:
    """Return the values that automatics drive; a driver counts them as `ControlName` does."""
    values: tuple[ControlName, ...] = ("exposure", "gain", "white_balance", "focus")
    return {name: held[name] for name in values if name in held}


def owed_after(plan: Raw, found: Raw) -> Owed:
    """Return what must be put back once a plan was carried out: last set, first back.

    Examples
    --------
    >>> owed_after({"auto_focus": 0, "focus": 40}, {"auto_focus": 1, "focus": 35})
    (('focus', 35), ('auto_focus', 1))
    """
    return tuple((name, found[name]) for name in reversed(list(plan)) if name in found)


def _set(device: Device, plan: Raw) -> Held:
    held: dict[str, int] = {}
    refused: list[str] = []
    for name, value in plan.items():
        with contextlib.suppress(OSError):
            controls.put(device, name, value)
        if _reads_back(device, name, value):
            held[name] = controls.in_unit(name, value)
        else:
            refused.append(name)
    return Held(held, tuple(refused))


def _reads_back(device: Device, name: ControlName, wanted: int) -> bool:
    until_s = time.monotonic() + _READ_BACK_S
    while True:  # a camera may take a moment to do what it was told
        with contextlib.suppress(OSError):
            if controls.get(device, name) == wanted:
                return True
        if time.monotonic() > until_s:
            return False
        time.sleep(_READ_BACK_STEP_S)


def _is_another(before_dn: float, after_dn: float) -> bool:
    return abs(after_dn - before_dn) > max(_JUMP_DN, _JUMP * before_dn)
