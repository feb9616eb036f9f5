"""What the engine expects of a device, real or simulated: the seam between logic and hardware.

``sources/`` and ``simulator/`` both speak these protocols; neither knows the other. Objects that
implement them are made in the main process (cheap, picklable, nothing opened) and opened in a
killable child.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.evidence import Captured, ClockEvidence, HostEvidence
from studiocheck.core.network import (
    BroadcastEvidence,
    Flow,
    LinkEvidence,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.takes import MicrophoneInfo, SweepEvidence, TakeEvidence

Report = Callable[[float], None]
"""Told how far a capture is, as a share of 1. Also the sign of life that a watchdog waits for.

It raises `Enough` when nobody needs the rest of an open-ended watch. A line that is being measured
may say what it carries just now: it reports a `Flowing` share.
"""


class Flowing(float):
    """A share of 1, and what the line carries at that moment.

    Examples
    --------
    >>> share = Flowing(0.5, Flow(18.7))
    >>> share + 0.25, share.flow.mbit_s
    (0.75, 18.7)
    """

    __slots__ = ("flow",)
    flow: Flow

    def __new__(cls, share: float, flow: Flow) -> Self:
        """Return the share that others see, with the flow for those who ask."""
        made = super().__new__(cls, share)
        made.flow = flow
        return made


def part_of(share: float, begin: float, end: float) -> float:
    """Return the share of a part as a share of the whole that it is a part of; a flow is kept.

    Examples
    --------
    >>> part_of(0.5, 0.6, 1.0), flow_of(part_of(Flowing(0.5, Flow(6.0)), 0.6, 1.0))
    (0.8, Flow(mbit_s=6.0, backlog_s=None))
    """
    whole, flow = begin + share * (end - begin), flow_of(share)
    return whole if flow is None else Flowing(whole, flow)


def flow_of(share: float) -> Flow | None:
    """Return what a reported share says of the line; None where it is a bare number."""
    return share.flow if isinstance(share, Flowing) else None


class Enough(Exception):
    """What has been watched so far is enough: return it."""


FrameState = Literal["whole", "torn", "unseen"]
"""``torn``: it came and holds no whole picture. ``unseen``: it came, and this computer was too slow
to look at it, so that only its time was kept."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """One frame as the device gave it; pictures are decoded only when they are asked for.

    Parameters
    ----------
    captured_s : float
        On the clock that `CameraInfo.clock` names, s.
    size : tuple of int
        Width and height, px.
    luma : callable
        Returns luma at full size, (height, width) uint8, codes as they were sent. May be a view
        into the decoder's memory, which is there as long as the frame is held.
    bgr : callable
        Returns the (height, width, 3) uint8 BGR picture on the full range.
    limited : bool
        Whether luma uses 16…235 (studio range) instead of 0…255.
    small : callable, optional
        Returns luma averaged over 8 × 8 blocks, where the format gives that at less cost than
        ``luma`` (a JPEG's DC terms).
    payload : bytes-like, optional
        The frame as it was sent, where equal payloads are equal pictures (MJPEG).
    sequence : int
        The driver's frame number, −1 where there is none.
    arrived_s : float, optional
        When it reached this process, s, monotonic; when it was read if absent.
    state : str
        Only a ``whole`` frame has pictures.
    """

    captured_s: float
    size: tuple[int, int]
    luma: Callable[[], NDArray[np.uint8]]
    bgr: Callable[[], NDArray[np.uint8]]
    limited: bool = False
    small: Callable[[], NDArray[np.uint8]] | None = None
    payload: bytes | memoryview | None = None
    sequence: int = -1
    arrived_s: float | None = None
    state: FrameState = "whole"


@runtime_checkable
class Camera(Protocol):
    """A camera, a stream or a clip."""

    live: bool
    """Whether frames come in real time; a file does not, and is read as fast as it goes."""

    def open(self) -> CameraInfo:
        """Open the device; raises `SourceError`. May block: the child has a deadline."""
        ...

    def read(self) -> Frame | None:
        """Return the next frame, ``None`` at the end of a file; raises `SourceError`."""
        ...

    def controls(self) -> Controls | None:
        """Return the settings as they are now, beside those found; None where nothing tells."""
        ...

    def close(self) -> None:
        """Release the device and put back every setting that was changed. Never raises."""
        ...


@runtime_checkable
class Microphone(Protocol):
    """A microphone or a sound file."""

    def open(self) -> MicrophoneInfo:
        """Open the device; raises `SourceError`."""
        ...

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Record one take; raises `SourceError`."""
        ...

    def close(self) -> None:
        """Release the device. Never raises."""
        ...


@runtime_checkable
class SweptMicrophone(Microphone, Protocol):
    """A microphone with a loudspeaker beside it that plays sweeps."""

    def sweep(self, seconds: float, report: Report) -> SweepEvidence:
        """Play a sweep of ``seconds`` and record it with its tail; raises `SourceError`."""
        ...


@runtime_checkable
class Uplink(Protocol):
    """A way out of the room."""

    def link(self) -> LinkEvidence:
        """Say which interface carries the traffic to the target; raises `SourceError`."""
        ...

    def route(self, report: Report) -> Captured:
        """Look the target up and connect to it.

        A step that fails is a problem beside the evidence, which names the step.
        """
        ...

    def traffic(self, seconds: float, report: Report) -> TrafficEvidence:
        """Watch what others send through the interface; raises `SourceError`."""
        ...

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds``; raises `SourceError` when it never began.

        An upload that breaks returns what was seen, with ``stopped="cut"``.
        """
        ...

    def ingest(self, report: Report) -> Captured:
        """Go to the server that takes the show, and stop before anything is published.

        A step that fails is a problem beside the evidence of the steps before it.
        """
        ...

    def broadcast(self, seconds: float, report: Report) -> Captured:
        """Publish the planned stream where that cannot go on air, for ``seconds``.

        Problem ``consent`` where it could, and nobody named the host; nothing was published then.
        """
        ...

    def sustain(self, seconds: float, report: Report) -> BroadcastEvidence:
        """Send at the planned rate for ``seconds``; raises `SourceError` when it never began."""
        ...


@runtime_checkable
class Host(Protocol):
    """The computer that studiocheck runs on."""

    def sample(self, seconds: float, report: Report) -> HostEvidence:
        """Watch the computer for ``seconds``; raises `SourceError`."""
        ...

    def clock(self, report: Report) -> ClockEvidence:
        """Say how far its clock is off; raises `SourceError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LampState:
    """What a lamp is set to.

    Parameters
    ----------
    on : bool
        Whether it shines.
    output : float or None
        On the lamp's own dimmer scale, 0…1: not light. Kept while the lamp is off; ``None`` where
        it has no dimmer or nothing tells.
    kelvin : float or None
        What its colour temperature is set to, K; ``None`` where nothing tells.
    verified : bool
        Whether the lamp itself said so. DMX goes one way: what was sent is all that is known.
    """

    on: bool
    output: float | None
    kelvin: float | None
    verified: bool


@runtime_checkable
class Lamp(Protocol):
    """A lamp that can be switched from here."""

    def state(self) -> LampState:
        """Return what it is set to; raises `SourceError` within bounded time."""
        ...

    def set(
        self, *, on: bool | None = None, output: float | None = None, kelvin: float | None = None
    ) -> LampState:
        """Change what is given, leave the rest, return what came of it; raises `SourceError`.

        What was found before the first change is remembered. An output of 0 is off.
        """
        ...

    def restore(self) -> None:
        """Put back what was found and let go of the lamp; nothing where nothing was changed.

        Raises `SourceError`, naming what to set by hand, when the lamp is not as it was.
        """
        ...


Device = Camera | Microphone | Uplink | Host
