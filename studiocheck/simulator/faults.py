"""Faults: changes of a scene's parameters at a time, and the words in which they are asked for.

The grammar is ``DEVICE:FAULT[=VALUE][@TIMEs]``; the same words serve ``--fault``, drills and the
examples beside each check.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from studiocheck.core.errors import SceneError
from studiocheck.core.text import Text
from studiocheck.simulator.fault_words import KINDS, STRAY, Words

_SPEC = re.compile(
    r"(?P<device>[a-z]+(?:\.[\w-]+)?):(?P<name>[a-z0-9]+)(?:=(?P<value>[^@]+))?"
    r"(?:@(?P<at>\d+(?:\.\d+)?)s)?"
)
DIP_S = 3.0
"""How long a ``dip`` of an uplink lasts."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one device from ``at_s`` on, for ``lasts_s`` or for good."""

    device: str
    name: str
    value: str | None = None
    at_s: float = 0.0
    lasts_s: float | None = None

    def active(self, time_s: float) -> bool:
        """Return whether the fault is there at a time."""
        return self.at_s <= time_s and (self.lasts_s is None or time_s < self.at_s + self.lasts_s)

    def __str__(self) -> str:
        value = f"={self.value}" if self.value is not None else ""
        return f"{self.device}:{self.name}{value}" + (f"@{self.at_s:g}s" if self.at_s else "")


def vocabulary() -> dict[str, list[str]]:
    """Return every fault that can be asked for, by device kind, written with an example value."""
    kinds = {kind: words for kind, (_, words) in KINDS.items()} | {"stray": STRAY}
    return {
        kind: [name if value is None else f"{name}={value}" for name, (value, _) in words.items()]
        for kind, words in kinds.items()
    }


def parse_fault(spec: str) -> Fault:
    """Read one fault specification.

    Raises
    ------
    SceneError
        Naming what is wrong and what is allowed.

    Examples
    --------
    >>> parse_fault("camera.main:freeze@2s")
    Fault(device='camera.main', name='freeze', value=None, at_s=2.0, lasts_s=None)
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None:
        # ``stray.window=30%`` names its parameter after a dot, as in the contract
        stray = re.fullmatch(r"stray\.(\w+)=([^@]+)(?:@(\d+(?:\.\d+)?)s)?", spec.strip())
        if stray is None:
            raise wrong(
                spec, Text("write DEVICE:FAULT[=VALUE][@TIMEs]", "格式：设备:故障[=值][@时间s]")
            )
        fault = Fault("stray", stray[1], stray[2], float(stray[3] or 0))
    else:
        device, name, value, at = match["device"], match["name"], match["value"], match["at"]
        lasts = DIP_S if name == "dip" else None
        fault = Fault(device, name, value, float(at or 0), lasts)
    _changes(fault, spec)
    return fault


def wrong(spec: str, hint: Text) -> SceneError:
    """Return the error that names a fault and what is wrong with it."""
    return SceneError(
        Text("fault {spec}: {hint}", "故障 {spec}：{hint}").fill(spec=spec, hint=hint)
    )


def _words(fault: Fault) -> Words | None:
    kind = fault.device.partition(".")[0]
    if kind == "stray":
        return STRAY
    return KINDS[kind][1] if kind in KINDS else None


def changes_of(fault: Fault) -> Any:  # noqa: ANN401 - a mapping, or a share for flicker
    """Return the parameters that a fault changes.

    Raises
    ------
    SceneError
        Naming what is wrong and what is allowed.
    """
    return _changes(fault, str(fault))


def table_of(kind: str) -> str:
    """Return the scene's table of a kind of device."""
    return KINDS[kind][0]


def _changes(fault: Fault, spec: str) -> Any:  # noqa: ANN401 - as above
    words = _words(fault)
    if words is None:
        kinds = ", ".join([*KINDS, "stray"])
        raise wrong(spec, Text(f"device is one of {kinds}", f"设备应为 {kinds} 之一"))
    if fault.name not in words:
        known = " ".join(vocabulary()[fault.device.partition(".")[0]])
        raise wrong(spec, Text(f"known faults: {known}", f"可用故障：{known}"))
    example, read = words[fault.name]
    if (example is None) != (fault.value is None):
        right = fault.name if example is None else f"{fault.name}={example}"
        raise wrong(spec, Text(f"write {right}", f"应写作 {right}"))
    try:
        return read(fault.value)
    except ValueError as error:
        raise wrong(
            spec, Text(f"write {fault.name}={example}", f"应写作 {fault.name}={example}")
        ) from error
