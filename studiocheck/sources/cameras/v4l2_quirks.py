"""What is known of single camera models: read from ``quirks.toml``, never guessed."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from studiocheck.sources.cameras.binding import Usb


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """What one model does otherwise than it says.

    Parameters
    ----------
    source : str
        Where that is known from.
    prefer_format : str, optional
        FourCC to ask for before all others; ``first`` is the first that the camera lists.
    keep_rate : bool
        Whether it must not be asked for a frame rate.
    ignores : tuple of str
        Settings, as `ControlName` names them, that it accepts without the effect they should have.
    """

    source: str
    prefer_format: str | None = None
    keep_rate: bool = False
    ignores: tuple[str, ...] = ()


NONE: Final = Quirk(source="")


def quirk_of(usb: Usb | None) -> Quirk:
    """Return what is known of a camera model; `NONE` for most."""
    return quirks().get(f"{usb.vendor}:{usb.product}", NONE) if usb else NONE


@cache
def quirks() -> dict[str, Quirk]:
    """Return all that is known, by ``vid:pid``."""
    text = resources.files("studiocheck.sources.cameras").joinpath("quirks.toml").read_text("utf-8")
    return {model: _quirk(entry) for model, entry in tomllib.loads(text).items()}


def _quirk(entry: dict[str, Any]) -> Quirk:
    return Quirk(**{**entry, "ignores": tuple(entry.get("ignores", ()))})
