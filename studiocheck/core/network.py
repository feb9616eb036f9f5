"""The nouns of an uplink: its interface, its way, its rate, the server at its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Medium = Literal["wired", "wireless", "cellular", "phone", "vpn", "virtual", "loopback", "unknown"]

ProgressSource = Literal["kernel", "peer", "socket", "summary"]
"""How delivered bytes are known: the kernel's account (TCP_INFO or its relatives), the far end's
own acknowledgements, bytes that the socket took, or one figure of a speed-test program."""

Consent = Literal["own", "test", "named"]
"""Why a test may be published: the far end is a ``studiocheck target serve``; the platform's
documented test mode keeps it off air; or a person named the host."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What a line carries at one moment of a capture, for people who watch.

    Parameters
    ----------
    mbit_s : float
        What arrives at the far end, Mbit/s.
    backlog_s : float, optional
        Age of what waits to be sent, s; None for an upload, which always has more to send.
    """

    mbit_s: float
    backlog_s: float | None = None


def _none() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """The stream that the show is going to send, and what an uplink has to carry for it.

    Parameters
    ----------
    bitrate_mbit_s : float
        Video and audio together.
    keyframe_s : float
        From one key frame to the next, s.
    width, height, fps : int, int, float
        The picture.
    enough_mbit_s : float
        What one connection must carry to be judged good; below it, several are tried to tell why.
    """

    bitrate_mbit_s: float = 6.0
    keyframe_s: float = 2.0
    width: int = 1920
    height: int = 1080
    fps: float = 30.0
    enough_mbit_s: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEvidence:
    """The interface that carries the traffic to the target.

    ``errors`` counts receive and transmit errors and drops since the interface came up;
    ``carrier_changes`` how often its link came or went.

    """

    interface: str
    medium: Medium
    up: bool
    speed_mbit_s: float | None = None
    duplex: Literal["full", "half"] | None = None
    errors: int | None = None
    why: str = ""
    address: str | None = None
    """The address of this computer on it."""
    frame_errors: int | None = None
    """Errors alone, and frames that could not be sent. Frames that came and nobody had asked for
    count as drops on every healthy network, and not here."""
    carrier_changes: int | None = None
    signal_dbm: float | None = None
    """Of its radio, dBm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEvidence:
    """The way from this computer to the target, step by step.

    Parameters
    ----------
    target : str
        Host and port, without anything secret.
    dns_ms : (n,) float64
        Each look-up of the name, ms, NaN for one that failed; empty for a target that is an
        address.
    connect_ms : (m,) float64
        Each connection, ms, NaN for one that failed.
    address : str, optional
        The address that was connected to.
    gateway : str, optional
        The first hop; None where the system does not tell.
    gateway_ms : float, optional
        How fast it answered, ms; None when it did not (many are silent).
    gateway_mac : str, optional
        Its hardware address, by which two routers of one address are told apart.
    step : str
        The step that failed: ``dns`` or ``tcp``; empty when none did.
    """

    target: str
    dns_ms: NDArray[np.float64] = field(default_factory=_none)
    connect_ms: NDArray[np.float64] = field(default_factory=_none)
    address: str | None = None
    gateway: str | None = None
    gateway_ms: float | None = None
    gateway_mac: str | None = None
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A program of this computer that sends; ``mbit_s`` is None where the system does not tell."""

    name: str
    pid: int
    mbit_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEvidence:
    """What one interface carried while studiocheck itself was silent.

    Parameters
    ----------
    sent_mbit_s, received_mbit_s : (n,) float64
        In each slice of the watch, Mbit/s, headers included.
    seconds : float
        Length of the watch, s.
    senders : tuple of Sender
        Who sent, the busiest first; empty where the system does not tell.
    """

    interface: str
    seconds: float
    sent_mbit_s: NDArray[np.float64]
    received_mbit_s: NDArray[np.float64]
    senders: tuple[Sender, ...] = ()


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
    connections : int
        How many connections the course is the sum of.
    idle_ms, loaded_ms : (k,), (l,) float64
        How long new connections to the same port took before the upload and while it ran, ms; NaN
        for one that did not come about in its time.
    loaded_at_s : (l,) float64
        When each of the latter was begun, s, on the clock of ``t_s``.
    together : UploadEvidence, optional
        Several connections at once; tried only where one alone was not enough.
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
    connections: int = 1
    idle_ms: NDArray[np.float64] = field(default_factory=_none)
    loaded_ms: NDArray[np.float64] = field(default_factory=_none)
    loaded_at_s: NDArray[np.float64] = field(default_factory=_none)
    together: UploadEvidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestEvidence:
    """How far one got at the server that takes the show.

    Parameters
    ----------
    target : str
        Scheme, host, port and application; never a key.
    steps_ms : mapping
        Time of every step that was finished, in order: ``dns``, ``tcp``, ``tls``, ``handshake``,
        ``connect``, ``publish``; ms.
    step : str
        The step that failed; empty when none did.
    refused : bool
        Whether the far end itself said no, or hung up, in that step.
    server : str
        What the server calls itself.
    ours : bool
        Whether it is a ``studiocheck target serve``.
    """

    target: str
    steps_ms: Mapping[str, float]
    step: str = ""
    refused: bool = False
    server: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastEvidence:
    """The course of a stream that was sent at its planned rate.

    Parameters
    ----------
    ingest : IngestEvidence
        How the connection came about.
    how : str
        ``rtmp``, ``rtmps``, ``srt``, or what an upload target is spoken to with.
    consent : str, optional
        Why it was allowed to publish; None for a target that publishes nothing.
    planned_mbit_s : float
        The rate of the stream, Mbit/s.
    progress : str
        How delivered bytes are known.
    t_s : (n,) float64
        Time since the first frame was due, s.
    due_bytes, delivered_bytes : (n,) int64
        What the encoder had made by then, and what the far end had of it; cumulative.
    backlog_s : (n,) float64
        Age of the oldest frame that was not yet delivered, s.
    rtt_ms : (n,) float64
        Smoothed round trip, ms; NaN where unknown.
    retransmitted, segments : (n,) int64
        Cumulative segment counts; −1 where unknown.
    frame_due_s : (m,) float64
        When each frame was due, s.
    frame_delay_ms : (m,) float64
        How long after that the far end had all of it, ms; NaN for one that it never had.
    stopped : str
        ``time`` (the planned length), ``stalled`` (nothing was delivered any more), ``cut`` or
        ``refused`` (the far end hung up as soon as the stream began).
    """

    ingest: IngestEvidence
    how: str
    consent: Consent | None
    planned_mbit_s: float
    progress: ProgressSource
    t_s: NDArray[np.float64]
    due_bytes: NDArray[np.int64]
    delivered_bytes: NDArray[np.int64]
    backlog_s: NDArray[np.float64]
    rtt_ms: NDArray[np.float64]
    retransmitted: NDArray[np.int64]
    segments: NDArray[np.int64]
    frame_due_s: NDArray[np.float64]
    frame_delay_ms: NDArray[np.float64]
    stopped: Literal["time", "stalled", "cut", "refused"]
