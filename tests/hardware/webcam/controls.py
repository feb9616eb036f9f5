"""The settings of the webcam: they keep what is written to them, unless they are told not to."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.hardware.webcam.descriptors import CAMERA_TERMINAL, PROCESSING_UNIT

SET_CUR = 0x01
GET_CUR, GET_MIN, GET_MAX, GET_RES, GET_LEN, GET_INFO, GET_DEF = range(0x81, 0x88)
MANUAL, APERTURE_PRIORITY = 1, 8
"""Ways of exposing, as bits: all by hand, or the camera chooses the time."""

LONGEST, LONGEST_AT_HALF_RATE = 333, 666
"""Exposures in 100 µs that 30 and 15 frames a second leave room for."""

_READS_AND_WRITES, _MOVES_BY_ITSELF = 0b11, 0b1000


@dataclass(frozen=True, slots=True)
class Control:
    """One setting: its place in the device, its bit in the unit's mask, its range."""

    unit: int
    selector: int
    bit: int
    size: int
    minimum: int
    maximum: int
    step: int
    default: int
    moves: bool = False


_CT, _PU = CAMERA_TERMINAL, PROCESSING_UNIT
CONTROLS = {
    # of this one "step" is the mask of the ways there are
    "exposure_mode": Control(_CT, 0x02, 1, 1, 0, 0, MANUAL | APERTURE_PRIORITY, APERTURE_PRIORITY),
    "exposure_priority": Control(_CT, 0x03, 2, 1, 0, 1, 1, 1),
    "exposure": Control(_CT, 0x04, 3, 4, 3, 2047, 1, 156, moves=True),
    "focus": Control(_CT, 0x06, 5, 2, 0, 250, 5, 40, moves=True),
    "auto_focus": Control(_CT, 0x08, 17, 1, 0, 1, 1, 1),
    "brightness": Control(_PU, 0x02, 0, 2, 0, 255, 1, 128),
    "gain": Control(_PU, 0x04, 9, 2, 0, 255, 1, 32, moves=True),
    "power_line_frequency": Control(_PU, 0x05, 10, 1, 0, 2, 1, 2),
    "white_balance": Control(_PU, 0x0A, 6, 2, 2800, 6500, 10, 4600, moves=True),
    "auto_white_balance": Control(_PU, 0x0B, 12, 1, 0, 1, 1, 1),
}
_BY_PLACE = {(control.unit, control.selector): name for name, control in CONTROLS.items()}


def mask(unit: int) -> int:
    """Return the controls that a unit has, as bits."""
    return sum(1 << control.bit for control in CONTROLS.values() if control.unit == unit)


@dataclass
class Settings:
    """What the webcam is set to now.

    Parameters
    ----------
    now : dict
        The values, by name.
    ignored : set of str
        Settings that take a write, say yes, and stay as they are.
    forbidden : set of str
        Settings that refuse every write (the device stalls).
    written : list
        Every write that came, in order.
    """

    now: dict[str, int] = field(default_factory=lambda: {n: c.default for n, c in CONTROLS.items()})
    ignored: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    written: list[tuple[str, int]] = field(default_factory=list)

    @property
    def lets_rate_sink(self) -> bool:
        """Whether the camera may lower its rate to expose longer."""
        return self.now["exposure_mode"] != MANUAL and bool(self.now["exposure_priority"])

    def expose(self, *, dark: bool) -> None:
        """Choose the exposure, where that is the camera's business."""
        if self.now["exposure_mode"] != MANUAL:
            longest = LONGEST_AT_HALF_RATE if self.lets_rate_sink else LONGEST
            self.now["exposure"] = longest if dark else CONTROLS["exposure"].default

    def answer(self, unit: int, selector: int, request: int) -> bytes | None:
        """Return what a reading request gives; None where there is no such control."""
        name = _BY_PLACE.get((unit, selector))
        if name is None:
            return None
        control = CONTROLS[name]
        if request == GET_INFO:
            return bytes([_READS_AND_WRITES | (_MOVES_BY_ITSELF if control.moves else 0)])
        if request == GET_LEN:
            return control.size.to_bytes(2, "little")
        value = {
            GET_CUR: self.now[name],
            GET_MIN: control.minimum,
            GET_MAX: control.maximum,
            GET_RES: control.step,
            GET_DEF: control.default,
        }.get(request)
        return None if value is None else value.to_bytes(control.size, "little")

    def write(self, unit: int, selector: int, data: bytes) -> bool:
        """Take a write; return whether the camera says yes to it."""
        name = _BY_PLACE.get((unit, selector))
        if name is None or name in self.forbidden:
            return False
        value = int.from_bytes(data[: CONTROLS[name].size], "little")
        self.written.append((name, value))
        if name not in self.ignored:
            self.now[name] = value
        return True
