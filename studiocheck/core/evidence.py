"""Evidence: what a source saw, immutable, before anybody judges it. Needs name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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


_BEYOND = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneInfo:
    """What opened when a microphone was opened.

    ``attached_to`` is the source that the sound server says our stream hears, at the start;
    ``muted`` and ``gain_db`` are the system's. ``None`` where nothing tells.
    """

    device: str
    name: str
    backend: str
    rate_hz: int
    channels: int
    attached_to: str | None = None
    muted: bool | None = None
    gain_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEvidence:
    """One take of one microphone.

    Parameters
    ----------
    samples : (n, channels) float32
        Full scale is ±1.
    rate_hz : int
        Sample rate.
    prompted : bool
        Whether somebody was asked to be quiet or to speak.
    overflows : int
        How often the sound system reported lost input.
    attached_after : str, optional
        The source that the stream heard at the end.
    arrived_s : (blocks,) float64, optional
        When each block of samples arrived, s, on the computer's steady clock; absent for a file.
    frames_by_then : (blocks,) int64, optional
        Samples per channel that the stream had delivered by then, since it was opened.
    joined : bool
        Whether the take was put together from pieces of a longer one, as the pauses of a file.
    """

    microphone: MicrophoneInfo
    kind: Literal["quiet", "speech"]
    samples: NDArray[np.float32]
    rate_hz: int
    prompted: bool
    overflows: int = 0
    attached_after: str | None = None
    arrived_s: NDArray[np.float64] | None = None
    frames_by_then: NDArray[np.int64] | None = None
    joined: bool = False

    @property
    def mono(self) -> NDArray[np.float64]:
        """The mean of the channels, (n,) float64."""
        mean: NDArray[np.float64] = self.samples.mean(axis=1, dtype=np.float64)
        return mean

    @property
    def duration_s(self) -> float:
        """Length of the take, s."""
        return len(self.samples) / self.rate_hz


def is_sound(samples: NDArray[np.float32]) -> bool:
    """Return whether samples are numbers of at most a thousand times full scale.

    Examples
    --------
    >>> [is_sound(np.array([0.5, value])) for value in (-1.2, np.nan, 1e9)]
    [True, False, False]
    """
    if not samples.size:
        return True
    return bool(samples.min() >= -_BEYOND and samples.max() <= _BEYOND)  # false for NaN


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerInfo:
    """The loudspeaker that played; ``on_air`` says whether it plays the programme in the show."""

    device: str
    name: str
    on_air: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEvidence:
    """What one microphone heard while a loudspeaker played an exponential sweep.

    Parameters
    ----------
    samples : (n, channels) float32
        From before the sweep until its reverberation is gone; full scale is ±1.
    rate_hz : int
        Sample rate of both, Hz.
    sweep_s, low_hz, high_hz, peak_dbfs, fade_in_s, fade_out_s : float
        What was played.
    played_after_s : float, optional
        When the sweep was handed to the sound system, s after the first of ``samples``.
    overflows : int
        How often the sound system reported lost input.
    underflows : int
        How often it had nothing to play.
    attached_after : str, optional
        The source that the stream heard at the end.
    """

    microphone: MicrophoneInfo
    speaker: SpeakerInfo
    samples: NDArray[np.float32]
    rate_hz: int
    sweep_s: float
    low_hz: float
    high_hz: float
    peak_dbfs: float
    fade_in_s: float
    fade_out_s: float
    played_after_s: float | None = None
    overflows: int = 0
    underflows: int = 0
    attached_after: str | None = None


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
