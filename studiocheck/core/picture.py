"""Picture evidence: what a camera gave or once gave, immutable, before anybody judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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
class MeanFrameEvidence:
    """The mean of all frames over some seconds: noise and the flicker of the mains average out.

    Parameters
    ----------
    mean : (height, width, 3) uint16
        BGR codes on the full range, times 256.
    n : int
        How many frames.
    seconds : float
        From the first to the last, s of the camera's clock.
    swing : float
        Largest difference of a frame's mean luma from the mean of all, as a share of it.
    """

    camera: CameraInfo
    mean: NDArray[np.uint16]
    n: int
    seconds: float
    swing: float
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
