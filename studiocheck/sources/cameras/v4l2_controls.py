"""A camera's settings: read them, write them, and put back what is owed.

What they mean for the show is the checks' business.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from studiocheck.core.picture import ControlName
from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.v4l2 import Device, Setting
from studiocheck.sources.cameras.v4l2_kernel import Kernel

_IDS: Final[Mapping[ControlName, int]] = {
    "auto_exposure": 0x009A_0901,
    "exposure": 0x009A_0902,
    "auto_exposure_priority": 0x009A_0903,
    "auto_gain": 0x0098_0912,
    "gain": 0x0098_0913,
    "auto_white_balance": 0x0098_090C,
    "white_balance": 0x0098_091A,
    "auto_focus": 0x009A_090C,
    "focus": 0x009A_090A,
    "power_line_frequency": 0x0098_0918,
    "backlight_compensation": 0x0098_091C,
    "hdr": 0x009A_0915,  # wide dynamic range
}
"""Numbers of videodev2.h: names differ between drivers and kernels, numbers do not."""

MANUAL, _SHUTTER_PRIORITY = 1, 2
_MAINS_HZ: Final = {0: 0, 1: 50, 2: 60, 3: -1}
_ON_OR_OFF: Final = frozenset(
    ("auto_exposure_priority", "auto_gain", "auto_white_balance", "auto_focus", "hdr")
)

Raw = Mapping[ControlName, int]
"""Settings as the driver counts them."""

Owed = tuple[tuple[ControlName, int], ...]
"""What is to be put back, as the driver counts it, in the order in which to put it back."""


def read_raw(device: Device) -> Raw:
    """Read all settings that the camera has, as its driver counts them."""
    found: dict[ControlName, int] = {}
    for name in _IDS:
        with contextlib.suppress(OSError):
            found[name] = get(device, name)
    return found


def in_units(raw: Raw) -> dict[str, int]:
    """Write settings in the units of `ControlName`.

    Examples
    --------
    >>> in_units({"auto_exposure": 3, "power_line_frequency": 2, "gain": 17})
    {'auto_exposure': 1, 'power_line_frequency': 60, 'gain': 17}
    """
    return {name: in_unit(name, value) for name, value in raw.items()}


def in_unit(name: ControlName, value: int) -> int:
    """Write one setting in the unit of `ControlName`."""
    if name == "auto_exposure":  # with shutter priority the exposure time is the user's
        return int(value not in {MANUAL, _SHUTTER_PRIORITY})
    if name == "power_line_frequency":
        return _MAINS_HZ.get(value, -1)
    return int(bool(value)) if name in _ON_OR_OFF else value


@dataclass(frozen=True, slots=True)
class Debt:
    """What a camera is owed: its settings and its format as they were found.

    It can be settled from any process: called, it opens the camera itself.

    Parameters
    ----------
    bus : str
        Where the camera is plugged in: another one may have taken its number since.
    setting : Setting
        Format and rate.
    controls : Owed
        What was set; empty as long as nothing was.
    """

    path: str
    bus: str
    setting: Setting = field(repr=False)
    controls: Owed = ()
    system: Kernel = field(default_factory=Kernel)

    def __call__(self) -> None:
        """Open the camera and put everything back; one that left has forgotten its settings."""
        with contextlib.suppress(OSError), Device(self.path, self.system) as device:
            if device.capability().bus == self.bus:
                self.settle_controls(device)
                self.settle_format(device)

    def settle_controls(self, device: Device) -> None:
        """Put back the settings."""
        put_back(device, self.controls)

    def settle_format(self, device: Device) -> None:
        """Put back format and rate if they differ; nobody may stream."""
        with contextlib.suppress(OSError):
            if device.setting() != self.setting:
                device.restore(self.setting)


def put_back(device: Device, owed: Owed) -> None:
    """Set again what differs; one setting that cannot be set keeps no other from it."""
    for name, value in owed:
        with contextlib.suppress(OSError):
            if get(device, name) != value:
                put(device, name, value)


def get(device: Device, name: ControlName) -> int:
    """Read one setting as its driver counts it; raises OSError."""
    control = kernel.Control(id=_IDS[name])
    device.call(kernel.G_CTRL, control)
    return int(control.value)


def put(device: Device, name: ControlName, value: int) -> None:
    """Change one setting; raises OSError."""
    device.call(kernel.S_CTRL, kernel.Control(id=_IDS[name], value=value))


def is_writable(device: Device, name: ControlName) -> bool:
    """Return whether a setting can be changed, now or once its automatic is off."""
    try:
        flags = _described(device, name).flags
    except OSError:
        return False
    return not flags & (kernel.CONTROL_DISABLED | kernel.CONTROL_READ_ONLY)


def nearest(device: Device, name: ControlName, value: int) -> int:
    """Return the value next to a wanted one that the camera offers."""
    try:
        told = _described(device, name)
    except OSError:
        return value
    step = max(1, told.step)
    offered = told.minimum + round((value - told.minimum) / step) * step
    return int(min(max(offered, told.minimum), told.maximum))


def _described(device: Device, name: ControlName) -> Any:  # noqa: ANN401 - a ctypes structure
    told = kernel.ControlDescription(id=_IDS[name])
    device.call(kernel.QUERYCTRL, told)
    return told
