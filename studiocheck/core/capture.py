"""What the engine expects of a device, real or simulated: the seam between logic and hardware.

``sources/`` and ``simulator/`` both speak these protocols; neither knows the other. Objects that
implement them are made in the main process (cheap, picklable, nothing opened) and opened in a
killable child.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.evidence import (
    CameraInfo,
    HostEvidence,
    LinkEvidence,
    MicrophoneInfo,
    TakeEvidence,
    UploadEvidence,
)

Report = Callable[[float], None]
"""Told how far a capture is, as a share of 1. Also the sign of life that a watchdog waits for.

It raises `Enough` when nobody needs the rest of an open-ended watch.
"""


class Enough(Exception):
    """What has been watched so far is enough: return it."""


@dataclass(slots=True)
class Frame:
    """One frame as the device gave it.

    Parameters
    ----------
    luma : (height, width) uint8
        May be a view into the decoder's memory: copy it to keep it.
    limited : bool
        Whether luma uses 16…235 (studio range) instead of 0…255.
    bgr : callable
        Makes the (height, width, 3) uint8 BGR picture; called only for the few that are kept.
    captured_s : float
        On the clock that `CameraInfo.clock` names, s.
    sequence : int
        The driver's frame number, −1 where there is none.
    """

    luma: NDArray[np.uint8]
    limited: bool
    bgr: Callable[[], NDArray[np.uint8]]
    captured_s: float
    sequence: int = -1


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
class Uplink(Protocol):
    """A way out of the room."""

    def link(self) -> LinkEvidence:
        """Say which interface carries the traffic to the target; raises `SourceError`."""
        ...

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds``; raises `SourceError` when it never began.

        An upload that breaks returns what was seen, with ``stopped="cut"``.
        """
        ...


@runtime_checkable
class Host(Protocol):
    """The computer that studiocheck runs on."""

    def sample(self, seconds: float, report: Report) -> HostEvidence:
        """Watch the computer for ``seconds``; raises `SourceError`."""
        ...


Device = Camera | Microphone | Uplink | Host
