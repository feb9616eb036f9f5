"""The words for faults, device by device, and how their values are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

Changes = Mapping[str, Any]
Words = Mapping[str, tuple[str | None, Callable[[Any], Changes]]]
"""Fault → example of its value (None where it takes none), and value → changed parameters."""


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
    return _ms(text) / 1000 if text.endswith("ms") else _finite(text.removesuffix("s"))


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

_CAMERA: Words = {
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
_LAMP: Words = {
    "off": (None, lambda _: {"output": 0.0}),
    "output": ("60%", _to("output", _share)),
    "cct": ("4800K", _to("cct_kelvin", _kelvin)),
    "flicker": ("5%", _to("flicker", _share)),
}
_MIC: Words = {
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
_SPEAKER: Words = {
    "mute": (None, _flag("muted")),
    "unplug": (None, _flag("gone")),
    "gain": ("-10dB", _to("gain_db", _db)),
}
_UPLINK: Words = {
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
_HOST: Words = {
    "cpu": ("95%", lambda text: {"cpu_percent": 100 * _share(text)}),
    "memory": ("0.5GB", _to("memory_free_gb", _number("GB"))),
    "disk": ("0.5GB", _to("disk_free_gb", _number("GB"))),
    "clock": ("3s", lambda text: {"clock_ms": 1000 * _seconds(text)}),
    "noclock": (None, lambda _: {"clock_ms": None, "clock_kept": False}),
    "notimeserver": (None, lambda _: {"clock_ms": None}),
    "unreadable": (None, _flag("unreadable")),
}
_PRESENTER: Words = {
    "absent": (None, lambda _: {"present": False}),
    "shine": ("60%", _to("shine", _share)),
    "blush": ("60%", _to("blush", _share)),
}
STRAY: Words = {
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
