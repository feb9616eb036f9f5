"""Faults: changes of a scene's parameters at a time, and the words in which they are asked for.

The grammar is ``DEVICE:FAULT[=VALUE][@TIMEs]``; the same words serve ``--fault``, drills and the
examples beside each check.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from studiocheck.core.errors import SceneError
from studiocheck.core.text import Text

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


Changes = Mapping[str, Any]


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _number(*units: str) -> Callable[[str], float]:
    """Return a reader of a number with one of some units (the first is the usual one)."""

    def read(text: str) -> float:
        for unit in sorted((*units, ""), key=len, reverse=True):
            if text.endswith(unit):
                return _finite(text.removesuffix(unit))
        raise ValueError(text)  # pragma: no cover - "" always matches

    return read


_db, _ms, _kelvin = _number("dBFS", "dB"), _number("ms"), _number("K")
_hertz = _number("Hz")


def _share(text: str) -> float:
    return _finite(text.removesuffix("%")) / 100 if text.endswith("%") else _finite(text)


def _seconds(text: str) -> float:
    return _ms(text) / 1000 if text.endswith("ms") else float(text.removesuffix("s"))


def _size(text: str) -> Changes:
    width, height = text.split("x")
    return {"width": int(width), "height": int(height)}


def _echo(text: str) -> Changes:
    delay, level = text.split("/")
    return {"echo_ms": 1000 * _seconds(delay), "echo_db": _db(level)}


def _tone(text: str) -> Changes:
    level, _, frequency = text.partition("/")
    return {"tone_db_spl": _db(level), "tone_hz": _hertz(frequency or "1000Hz")}


def _slate(text: str) -> Changes:
    if text not in {"bars", "nosignal", "solid"}:
        raise ValueError(text)
    return {"slate": text}


def _medium(text: str) -> Changes:
    if text not in {"wired", "wireless", "cellular", "phone", "vpn", "unknown"}:
        raise ValueError(text)
    return {"medium": text}


def _flag(name: str) -> Callable[[str | None], Changes]:
    return lambda _: {name: True}


def _to(name: str, read: Callable[[str], Any]) -> Callable[[str], Changes]:
    return lambda text: {name: read(text)}


_LOW_LIGHT: Changes = {
    "auto_exposure": True,
    "auto_exposure_priority": True,
    "exposure_100us": 666,
    "fps": 15.0,
}
"""What a camera does in the dark that may lengthen its exposure beyond a frame."""

# fault → (example of the value, or None where it takes none; value → changed parameters)
_CAMERA: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "freeze": (None, _flag("frozen")),
    "black": (None, _flag("black")),
    "slate": ("bars", _slate),
    "unplug": (None, _flag("gone")),
    "hang": (None, _flag("hung")),
    "busy": (None, _flag("busy")),
    "fps": ("24", _to("fps", _number("fps"))),
    "drop": ("3%", _to("drop_share", _share)),
    "duplicate": ("10%", _to("duplicate_share", _share)),
    "resolution": ("1280x720", _size),
    "blur": ("2px", _to("blur_px", _number("px"))),
    "noise": ("8", _to("noise_dn", _number("DN"))),
    "exposure": ("-1stop", _to("exposure_stops", _number("stops", "stop"))),
    "wb": ("4300K", _to("white_balance_kelvin", _kelvin)),
    "autowb": (None, _flag("auto_white_balance")),
    "autoexposure": (None, _flag("auto_exposure")),
    "autofocus": (None, _flag("auto_focus")),
    "lowlight": (None, lambda _: _LOW_LIGHT),
    "shake": ("3px", _to("shake_px", _number("px"))),
    "moved": ("40px", _to("moved_px", _number("px"))),
    "upscaled": (None, _flag("upscaled")),
    "link": ("480", _to("link_mbit_s", _number("Mbit/s", "Mbit"))),
    "jitter": ("8ms", _to("jitter_ms", _ms)),
    "torn": ("2%", _to("torn_share", _share)),
    "flicker": ("5%", _share),  # type: ignore[dict-item]  # a property of the light, see apply()
}
_LAMP: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "off": (None, lambda _: {"output": 0.0}),
    "output": ("60%", _to("output", _share)),
    "cct": ("4800K", _to("cct_kelvin", _kelvin)),
    "flicker": ("5%", _to("flicker", _share)),
}
_MIC: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "mute": (None, _flag("muted")),
    "unplug": (None, _flag("gone")),
    "hang": (None, _flag("hung")),
    "moved": (None, lambda _: {"distance_m": 1.5}),
    "gain": ("-20dB", _to("gain_db", _db)),
    "clip": ("6dB", _to("drive_db", _db)),
    "noise": ("-40dBFS", _to("noise_dbfs", _db)),
    "hum": ("-45dBFS", lambda text: {"hum_dbfs": _db(text), "hum_hz": 50}),
    "hum60": ("-45dBFS", lambda text: {"hum_dbfs": _db(text), "hum_hz": 60}),
    "echo": ("180ms/-12dB", _echo),
    "rt60": ("0.9s", _to("rt60_s", _seconds)),
    "leak": ("-20dB", _to("leak_db", _db)),
    "gaps": ("5", _to("gaps", int)),
    "repeats": ("3", _to("repeats", int)),
    "losses": ("3", _to("losses", int)),
    "dc": ("3%", _to("dc_offset", _share)),
    "stereo": (None, lambda _: {"channels": 2}),
    "deadside": (None, lambda _: {"channels": 2, "dead_side": True}),
    "narrowband": (None, lambda _: {"bandwidth_hz": 3400.0}),
    "invert": (None, _flag("inverted")),
    "clock": ("300ppm", _to("clock_ppm", _number("ppm"))),
    "tone": ("94dB", _tone),
}
_SPEAKER: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "mute": (None, _flag("muted")),
    "unplug": (None, _flag("gone")),
    "gain": ("-10dB", _to("gain_db", _db)),
}
_UPLINK: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "rate": ("6", _to("rate_mbit_s", _number("Mbit/s", "Mbit"))),
    "loss": ("1%", _to("loss", _share)),
    "delay": ("150ms", _to("delay_ms", _ms)),
    "jitter": ("20ms", _to("jitter_ms", _ms)),
    "queue": ("500ms", _to("queue_ms", _ms)),
    "dip": ("3", _to("rate_mbit_s", _number("Mbit/s", "Mbit"))),
    "cut": (None, _flag("cut")),
    "blackhole": (None, _flag("blackhole")),
    "refuse": (None, _flag("refused")),
    "medium": ("wireless", _medium),
    "platform": ("twitch", lambda text: {"platform": text}),
    "badapp": (None, _flag("bad_app")),
    "badkey": (None, _flag("bad_key")),
    "hangup": (None, _flag("hangs_up")),
    "silent": (None, _flag("silent")),
    "noingest": (None, _flag("no_ingest")),
    "foreign": (None, _flag("foreign")),
    "dns": ("800ms", _to("dns_ms", _ms)),
    "nodns": (None, _flag("no_names")),
    "traffic": ("5", _to("others_mbit_s", _number("Mbit/s", "Mbit"))),
    "signal": ("-75dBm", _to("signal_dbm", _number("dBm"))),
    "samepath": (None, _flag("same_path")),
    "unreadable": (None, _flag("unreadable")),
}
_HOST: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "cpu": ("95%", lambda text: {"cpu_percent": 100 * _share(text)}),
    "memory": ("0.5GB", _to("memory_free_gb", _number("GB"))),
    "disk": ("0.5GB", _to("disk_free_gb", _number("GB"))),
    "clock": ("3s", lambda text: {"clock_ms": 1000 * _seconds(text)}),
    "noclock": (None, lambda _: {"clock_ms": None, "clock_kept": False}),
    "notimeserver": (None, lambda _: {"clock_ms": None}),
    "unreadable": (None, _flag("unreadable")),
}
_PRESENTER: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "absent": (None, lambda _: {"present": False}),
    "shine": ("60%", _to("shine", _share)),
    "blush": ("60%", _to("blush", _share)),
}
_STRAY: Mapping[str, tuple[str | None, Callable[[Any], Changes]]] = {
    "window": ("30%", _to("window", _share)),
    "bounce": ("600%", _to("bounce", _share)),
}
KINDS = {
    "camera": ("cameras", _CAMERA),
    "lamp": ("lamps", _LAMP),
    "mic": ("microphones", _MIC),
    "speaker": ("speakers", _SPEAKER),
    "uplink": ("uplinks", _UPLINK),
    "presenter": ("", _PRESENTER),
    "host": ("", _HOST),
}


def vocabulary() -> dict[str, list[str]]:
    """Return every fault that can be asked for, by device kind, written with an example value."""
    kinds = {kind: words for kind, (_, words) in KINDS.items()} | {"stray": _STRAY}
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


def _words(fault: Fault) -> Mapping[str, tuple[str | None, Callable[[Any], Changes]]] | None:
    kind = fault.device.partition(".")[0]
    if kind == "stray":
        return _STRAY
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
