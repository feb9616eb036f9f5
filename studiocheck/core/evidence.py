"""Evidence: what a source saw, immutable, before anybody judges it. Needs name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Problem

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
class RoomTone(Need):
    """The quiet take of one microphone: nobody speaks."""


@dataclass(frozen=True, slots=True)
class Speech(Need):
    """The speech take of one microphone: the presenter speaks as in the show."""


@dataclass(frozen=True, slots=True)
class Upload(Need):
    """One connection to the target of one uplink, as fast as it goes."""


@dataclass(frozen=True, slots=True)
class Link(Need):
    """Which interface carries the traffic to the target, and in what state it is."""


@dataclass(frozen=True, slots=True)
class HostLoad(Need):
    """Load of this computer while everything else is being captured."""


NEEDS: tuple[type[Need], ...] = (Clip, Golden, RoomTone, Speech, Link, Upload, HostLoad)
"""All kinds, in the order in which one device serves them."""

ARCHIVED: tuple[type[Need], ...] = (Golden,)
"""Kinds that no device gives: they were stored on a better day."""

# ---------------------------------------------------------------- what comes back

Clock = Literal["device", "sender", "file", "arrival", "simulated"]
"""Whose clock the capture times are: the driver's, the sender's (RTP), the file's, or only the
time at which frames arrived here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraInfo:
    """What opened when a camera was opened.

    ``white_balance_locked`` is what the device itself says; ``None`` when it does not say.
    ``timeless`` marks a single picture: checks that need time cannot be made. ``port`` is where a
    USB camera is plugged in, as the system numbers it (``1-2.3``: port 3 of the hub at 1-2);
    ``link_mbit_s`` what its bus carries. ``compressed`` is whether the camera compresses.
    """

    device: str
    name: str
    backend: str
    clock: Clock
    width: int
    height: int
    pixel_format: str
    nominal_fps: float | None = None
    white_balance_locked: bool | None = None
    timeless: bool = False
    compressed: bool | None = None
    port: str | None = None
    link_mbit_s: float | None = None


ControlName = Literal[
    "auto_exposure",
    "exposure",
    "auto_exposure_priority",
    "auto_gain",
    "gain",
    "auto_white_balance",
    "white_balance",
    "auto_focus",
    "focus",
    "power_line_frequency",
    "backlight_compensation",
    "hdr",
]
"""Settings of a camera. ``auto_…`` and ``hdr`` are 0 or 1; ``exposure`` is in 100 µs,
``white_balance`` in K, ``power_line_frequency`` in Hz (0 off, −1 automatic); the others are in the
camera's own steps. ``auto_exposure_priority`` 1 lets the camera lower its rate in the dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What a camera's settings were, and what was done to them for the measurement.

    Parameters
    ----------
    found : mapping
        As the camera was found, before anything was set.
    held : mapping
        What was set for the measurement, as it read back.
    refused : tuple of str
        What was set and did not read back: the camera ignores it.
    after : mapping
        At the end of the measurement, before what was set was put back.
    """

    found: Mapping[str, int]
    held: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    after: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSeries:
    """One row for every frame that came, in order.

    Parameters
    ----------
    captured_s : (n,) float64
        Capture time on the clock that `CameraInfo.clock` names, s.
    arrived_s : (n,) float64
        When the frame reached this process, s, monotonic.
    lag_s : (n,) float32
        How long the frame waited here until it was looked at, s: this computer's lag.
    seen : (n,) bool
        Whether it was looked at. Of an unseen frame only the time and number are known.
    sequence : (n,) int64
        The driver's frame number, −1 where it gives none.
    motion : (n,) float32
        Mean absolute luma difference to the last frame seen on a 240 × 135 grid, 8-bit DN;
        NaN for the first and for unseen frames.
    identical : (n,) bool
        Whether the frame repeats the last one seen.
    grid : (m, 135, 240) uint8
        Luma averaged over blocks, on the full range; m ≤ n, rows as above, zero where unseen.
    """

    captured_s: NDArray[np.float64]
    arrived_s: NDArray[np.float64]
    lag_s: NDArray[np.float32]
    seen: NDArray[np.bool_]
    sequence: NDArray[np.int64]
    motion: NDArray[np.float32]
    identical: NDArray[np.bool_]
    grid: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.captured_s)

    @property
    def watched(self) -> NDArray[np.int64]:
        """Rows whose grid is there, (k,)."""
        return np.flatnonzero(self.seen[: len(self.grid)])


@dataclass(frozen=True, slots=True)
class Still:
    """One full frame: ``image`` is (height, width, 3) uint8 BGR, ``index`` its row."""

    index: int
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A few consecutive frames that were looked at in full, reduced to their mean and their noise.

    Parameters
    ----------
    index : int
        Row of the first frame.
    n : int
        How many frames, at least 2.
    mean : (height, width) uint8
        Mean luma on the full range.
    spread : (n − 1, rows, columns) float32
        Standard deviation of the difference of two consecutive frames over each whole tile of
        32 × 32 px, 8-bit DN on the full range.
    """

    index: int
    n: int
    mean: NDArray[np.uint8]
    spread: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipEvidence:
    """A clip of one camera: a row per frame, some frames counted in full, a few full frames.

    Parameters
    ----------
    sampled : (m,) int64
        Rows of the frames that were counted in full, about two a second.
    histogram : (m, 256) uint32
        Their luma histograms on the full range 0…255, every sample of the picture.
    torn_s : (k,) float64
        Capture times of frames that came without a whole picture; they have no row.
    worst : Still, optional
        The sampled frame that differs most from the others.
    """

    camera: CameraInfo
    series: FrameSeries
    stills: tuple[Still, ...]
    sampled: NDArray[np.int64]
    histogram: NDArray[np.uint32]
    torn_s: NDArray[np.float64]
    burst: Burst | None = None
    worst: Still | None = None
    controls: Controls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEvidence:
    """The golden look of a camera: one full frame of a good show, and how the camera was set.

    Parameters
    ----------
    taken : str
        When, ISO 8601 in UTC.
    by : str
        Who said that this is good.
    image : (height, width, 3) uint8
        BGR picture.
    noise_dn : float, optional
        Temporal luma noise of a single frame then, 8-bit DN.
    age_days, lasts_days : float
        How old it was when it was compared with, and how long it was meant to hold, days.
    """

    taken: str
    by: str
    camera: CameraInfo
    image: NDArray[np.uint8]
    controls: Controls | None = None
    noise_dn: float | None = None
    age_days: float = 0.0
    lasts_days: float = 90.0


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
    """

    microphone: MicrophoneInfo
    kind: Literal["quiet", "speech"]
    samples: NDArray[np.float32]
    rate_hz: int
    prompted: bool
    overflows: int = 0
    attached_after: str | None = None

    @property
    def mono(self) -> NDArray[np.float64]:
        """The mean of the channels, (n,) float64."""
        mean: NDArray[np.float64] = self.samples.mean(axis=1, dtype=np.float64)
        return mean

    @property
    def duration_s(self) -> float:
        """Length of the take, s."""
        return len(self.samples) / self.rate_hz


ProgressSource = Literal["kernel", "socket", "summary"]
"""How delivered bytes are known: TCP_INFO, bytes that the socket took, or one figure of a
speed-test program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadEvidence:
    """The course of one upload.

    Parameters
    ----------
    t_s : (n,) float64
        Time since the first byte was offered, s.
    delivered_bytes : (n,) int64
        Payload that the far end has (kernel) or that the socket took, cumulative.
    rtt_ms : (n,) float64
        Smoothed round trip of the connection, NaN where unknown.
    retransmitted, segments : (n,) int64
        Cumulative segment counts, −1 where unknown.
    stopped : str
        ``steady`` (the figure was certain), ``time`` (window over) or ``cut``.
    summary_mbit_s : float, optional
        The only figure of a program that gives no course.
    """

    target: str
    backend: str
    progress: ProgressSource
    connect_ms: float
    t_s: NDArray[np.float64]
    delivered_bytes: NDArray[np.int64]
    rtt_ms: NDArray[np.float64]
    retransmitted: NDArray[np.int64]
    segments: NDArray[np.int64]
    stopped: Literal["steady", "time", "cut"]
    summary_mbit_s: float | None = None


Medium = Literal["wired", "wireless", "cellular", "phone", "vpn", "virtual", "loopback", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEvidence:
    """The interface that carries the traffic to the target.

    ``errors`` counts receive and transmit errors and drops since the interface came up.
    """

    interface: str
    medium: Medium
    up: bool
    speed_mbit_s: float | None = None
    duplex: Literal["full", "half"] | None = None
    errors: int | None = None
    why: str = ""


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


Evidence = ClipEvidence | LookEvidence | TakeEvidence | UploadEvidence | LinkEvidence | HostEvidence


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
