"""Evidence: what a source saw, immutable, before anybody judges it. Needs name it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Problem
from studiocheck.core.lighting import LampsEvidence, WhiteEvidence
from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    LinkEvidence,
    RouteEvidence,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.picture import ClipEvidence, LookEvidence, MeanFrameEvidence
from studiocheck.core.sound import RoomEvidence, SensitivityEvidence
from studiocheck.core.takes import SweepEvidence, TakeEvidence
from studiocheck.core.text import Text

# ---------------------------------------------------------------- what a check may ask for


@dataclass(frozen=True, slots=True)
class Need:
    """A piece of evidence that a check needs. Equal kinds of one device merge to the longest."""

    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Clip(Need):
    """Moving picture of one camera; ``seconds`` 0 takes the profile's window."""


@dataclass(frozen=True, slots=True)
class Golden(Need):
    """The golden look of one camera: comes from its calibration record, never from the device."""


@dataclass(frozen=True, slots=True)
class Lamps(Need):
    """The light of every lamp alone in one camera: comes from its calibration record."""


@dataclass(frozen=True, slots=True)
class White(Need):
    """How one camera sees white light of a known colour: comes from its calibration record."""


@dataclass(frozen=True, slots=True)
class MeanFrame(Need):
    """The mean of every frame of one camera over some seconds; asked for by calibrations."""


@dataclass(frozen=True, slots=True)
class RoomTone(Need):
    """The quiet take of one microphone: nobody speaks."""


@dataclass(frozen=True, slots=True)
class Speech(Need):
    """The speech take of one microphone: the presenter speaks as in the show."""


@dataclass(frozen=True, slots=True)
class Sweep(Need):
    """What one microphone hears of a sweep that the monitor loudspeaker plays; ``seconds`` long.

    Left out where the studio file declares no loudspeaker.
    """


@dataclass(frozen=True, slots=True)
class Sensitivity(Need):
    """What sound pressure one microphone's full scale is: comes from its calibration record."""


@dataclass(frozen=True, slots=True)
class RoomBaseline(Need):
    """How one microphone heard its room on a good day: comes from its calibration record."""


@dataclass(frozen=True, slots=True)
class Upload(Need):
    """One connection to the target of one uplink, as fast as it goes."""


@dataclass(frozen=True, slots=True)
class Link(Need):
    """Which interface carries the traffic to the target, and in what state it is."""


@dataclass(frozen=True, slots=True)
class LinkAfter(Need):
    """The same interface once more, when everything has been sent through it."""


@dataclass(frozen=True, slots=True)
class Route(Need):
    """The way to the target: name, gateway, first connection, each with its time."""


@dataclass(frozen=True, slots=True)
class Traffic(Need):
    """What else this computer sends through the interface of one uplink, and who sends it."""


@dataclass(frozen=True, slots=True)
class Ingest(Need):
    """The server that takes the show, step by step, stopping before anything is published."""


@dataclass(frozen=True, slots=True)
class Broadcast(Need):
    """A test broadcast of the planned stream; ``seconds`` 0 takes the profile's length."""


@dataclass(frozen=True, slots=True)
class Sustained(Need):
    """The planned rate for a long while; only a thorough check asks for it."""


@dataclass(frozen=True, slots=True)
class Clock(Need):
    """How far this computer's clock is off, and whether anybody keeps it."""


@dataclass(frozen=True, slots=True)
class HostLoad(Need):
    """Load of this computer while everything else is being captured."""


NEEDS: tuple[type[Need], ...] = (
    Clip, MeanFrame, Golden, Lamps, White, RoomTone, Speech, Sweep,
    Sensitivity, RoomBaseline,
    Link, Route, Traffic, Upload, Ingest, Broadcast, Sustained, LinkAfter, Clock, HostLoad,
)  # fmt: skip
"""All kinds, in the order in which one device serves them."""

ARCHIVED: tuple[type[Need], ...] = (Golden, Lamps, White, Sensitivity, RoomBaseline)
"""Kinds that no device gives: they were stored on a better day."""

# ---------------------------------------------------------------- what comes back


@dataclass(frozen=True, slots=True, kw_only=True)
class HostEvidence:
    """The computer while the devices were being captured.

    Parameters
    ----------
    cpu_percent : (n,) float64
        Load of all cores together, once per sampling interval, 0…100.
    memory_total_bytes, memory_available_bytes : int
        The lowest available figure that was seen.
    disk_free_bytes : int
        Free space where recordings go.
    disk_path : str
        The folder that ``disk_free_bytes`` speaks of.
    """

    cpu_percent: NDArray[np.float64]
    cores: int
    memory_total_bytes: int
    memory_available_bytes: int
    disk_free_bytes: int
    disk_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvidence:
    """The clock of the computer that studiocheck runs on.

    Parameters
    ----------
    synchronised : bool, optional
        Whether the kernel says that somebody keeps it; None where it does not tell.
    kernel_error_ms : float, optional
        How far off the kernel reckons that it is at most, ms.
    server : str
        The time server that was asked; empty where the studio file names none.
    offset_ms : float, optional
        By how much it is ahead of that server, ms.
    delay_ms : float, optional
        How long the question and its answer took on their way, ms: half of it is the most that
        the offset can be wrong by.
    why : Text, optional
        Why nothing is known from the server that was asked.
    """

    synchronised: bool | None = None
    kernel_error_ms: float | None = None
    server: str = ""
    offset_ms: float | None = None
    delay_ms: float | None = None
    why: Text | None = None


Evidence = (
    ClipEvidence
    | MeanFrameEvidence
    | LookEvidence
    | LampsEvidence
    | WhiteEvidence
    | TakeEvidence
    | SweepEvidence
    | SensitivityEvidence
    | RoomEvidence
    | LinkEvidence
    | RouteEvidence
    | TrafficEvidence
    | UploadEvidence
    | IngestEvidence
    | BroadcastEvidence
    | HostEvidence
    | ClockEvidence
)


@dataclass(frozen=True, slots=True)
class Captured:
    """What came of one need: evidence, the problem that stood in the way, or both.

    Both means that the capture began and was cut short.
    """

    evidence: Evidence | None = None
    problem: Problem | None = None
    files: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.evidence is None and self.problem is None:
            message = "a capture without evidence needs a problem that says why"
            raise ValueError(message)
