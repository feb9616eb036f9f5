"""What a capture child tells the main process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from studiocheck.core.errors import StudioCheckError
from studiocheck.core.evidence import Captured, Need
from studiocheck.core.network import Flow


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
class Ready:
    """The device waits to be told that its next need may begin; None: it has served them all.

    Only a child that is directed says so. The answer is ``go``, or ``again`` to serve the need
    before that once more.
    """

    need: Need | None


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life: how much of the present need is done, 0…1; what a line carries just now."""

    share: float
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One need is served, or all of them when ``need`` is None."""

    need: Need | None = None
    captured: Captured | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The device gave nothing at all."""

    error: StudioCheckError


@dataclass(frozen=True, slots=True)
class Owes:
    """The child is about to change something of the device.

    If the child must be killed, ``put_back`` undoes it from another process. It is picklable, does
    nothing where nothing was changed, and replaces what was owed before.
    """

    put_back: Callable[[], None]


Message = Opened | Ready | Began | Alive | Done | Failed | Owes


@runtime_checkable
class Borrower(Protocol):
    """A device whose settings are changed for the measurement."""

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        """Be told, before `open`, whom to tell what is owed before anything is changed."""
        ...
