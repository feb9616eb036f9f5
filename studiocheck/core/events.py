"""What the engine tells while a run goes on: typed events, for whoever shows or logs them.

Events come from several threads, in order for each device. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from studiocheck.core.errors import Problem
from studiocheck.core.network import Flow
from studiocheck.core.record import Finding, RunRecord

Take = Literal["quiet", "speech", "sweep", "clip", "upload", "broadcast", "sustained", "load"]
"""What is being captured; during the first three a person has a part to play."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is made.

    Parameters
    ----------
    devices : tuple of str
        Everything that will be captured, for example ``camera.main``.
    checks : int
        How many findings there will be.
    expected_s : float
        How long the plan takes when nothing hinders it, s.
    """

    devices: tuple[str, ...]
    checks: int
    expected_s: float


@dataclass(frozen=True, slots=True)
class DeviceOpening:
    """A device is being opened."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceOpened:
    """A device answered; ``name`` is what it calls itself."""

    device: str
    name: str


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """All microphones are open and wait for a person.

    Parameters
    ----------
    kind : str or None
        The take that begins when the person presses Enter; None after the last one.
    seconds : float
        How long that take is, s.
    again : bool
        Whether the last take can be repeated instead (key ``r``).
    patience_s : float
        How long the person is waited for, s.
    """

    kind: Literal["quiet", "speech"] | None
    seconds: float
    again: bool
    patience_s: float


@dataclass(frozen=True, slots=True)
class PersonAnswered:
    """The waiting is over, because a person answered or because nobody did."""

    by_person: bool


@dataclass(frozen=True, slots=True)
class TakeStarted:
    """A capture of ``seconds`` began on a device."""

    device: str
    kind: Take
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the take that runs on a device is, as a share of 1; what flows, if it is a line."""

    device: str
    share: float
    flow: Flow | None = None


@dataclass(frozen=True, slots=True)
class DeviceDone:
    """A device has been released; ``problem`` says what went wrong, if anything did."""

    device: str
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class FindingMade:
    """One check has been judged."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class RunStopping:
    """The user cut the run short: devices are being put back, then the record is kept."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over; ``folder`` is where its record and evidence are, if they were kept."""

    record: RunRecord
    folder: PurePath | None = None


Event = (
    RunStarted
    | DeviceOpening
    | DeviceOpened
    | PersonAsked
    | PersonAnswered
    | TakeStarted
    | Progress
    | DeviceDone
    | FindingMade
    | RunStopping
    | RunFinished
)

Listener = Callable[[Event], None]
"""Is called with every event, from whichever thread it happens on; must return at once."""
