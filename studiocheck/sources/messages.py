"""What a capture child tells the main process."""

from __future__ import annotations

from dataclasses import dataclass

from studiocheck.core.errors import StudioCheckError
from studiocheck.core.evidence import Captured, Need


@dataclass(frozen=True, slots=True)
class Opened:
    """The device is open; ``name`` is what it calls itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Began:
    """One need is being served from now on."""

    need: Need
    seconds: float


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: how much of the present need is done, 0…1."""

    share: float


@dataclass(frozen=True, slots=True)
class Done:
    """One need is served, or all of them when ``need`` is None."""

    need: Need | None = None
    captured: Captured | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The device gave nothing at all."""

    error: StudioCheckError


Message = Opened | Began | Alive | Done | Failed
