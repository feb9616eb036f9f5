"""Takes a clip from an open camera: a row for every frame, a few full frames, nothing else kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Camera, Frame, Report
from studiocheck.core.errors import Problem, SourceError
from studiocheck.core.evidence import CameraInfo, Captured, ClipEvidence, FrameSeries, Still
from studiocheck.measure.picture.frame_row import FrameReducer, FrameRow
from studiocheck.sources import camera_problems as problems

STALE_FRAMES = 4
"""How many frames a driver's queue holds from before the first read."""

NETWORK_SETTLE_S = 1.0
"""Opening a network stream buffers nearly a second, which then comes in a burst."""

_SLACK, _SLACK_S = 1.5, 2.0
_LEAST_FRAMES = 2


def settle_for(camera: CameraInfo) -> float:
    """Return how long what a camera sends after opening must be thrown away, s."""
    network = camera.clock in {"sender", "arrival"} and not camera.timeless
    return NETWORK_SETTLE_S if network else 0.0


def record_clip(
    camera: Camera,
    info: CameraInfo,
    seconds: float,
    report: Report,
    *,
    stills: int = 3,
    settle_s: float | None = None,
) -> Captured:
    """Record a clip from a camera that is open.

    Parameters
    ----------
    camera : Camera
        Open; it stays open.
    info : CameraInfo
        What `Camera.open` returned.
    seconds : float
        Length of the clip on the camera's own clock, s. A live camera is given half as much
        again, and two seconds, by the clock on the wall.
    report : callable
        Told the progress at every frame.
    stills : int
        How many full frames to keep: the first, the last, and between.
    settle_s : float, optional
        What to throw away at the start; by kind of camera when absent.

    Returns
    -------
    Captured
        The clip; with a problem beside it when the camera failed after two frames or more.

    Raises
    ------
    SourceError
        If the camera failed before.
    """
    reel = _Reel(seconds, stills)
    problem = None
    try:
        if camera.live:
            _settle(camera, info, settle_for(info) if settle_s is None else settle_s, report)
        _collect(camera, info, reel, report)
    except SourceError as error:
        if len(reel) < _LEAST_FRAMES:
            raise
        problem = Problem.of(error)
    return Captured(ClipEvidence(info, reel.series(), reel.finish()), problem)


def _settle(camera: Camera, info: CameraInfo, settle_s: float, report: Report) -> None:
    stale = STALE_FRAMES if info.clock == "device" else 0
    began_s = time.monotonic()
    while stale > 0 or time.monotonic() - began_s < settle_s:
        if camera.read() is None:
            break
        stale -= 1
        report(0.0)


def _collect(camera: Camera, info: CameraInfo, reel: _Reel, report: Report) -> None:
    limit_s = reel.seconds * _SLACK + _SLACK_S
    began_s = time.monotonic()
    while not reel.is_full:
        frame = camera.read()
        now_s = time.monotonic()
        if frame is None:
            break
        height, width = frame.luma.shape
        if (width, height) != (info.width, info.height):
            raise problems.changed_size(info.name, (info.width, info.height), (width, height))
        reel.add(frame, now_s)
        report(reel.share)
        if camera.live and now_s - began_s > limit_s:
            break
    if len(reel) == 0 or (camera.live and not info.timeless and len(reel) < _LEAST_FRAMES):
        raise problems.silent(info.name, limit_s)


@dataclass
class _Reel:
    """What is kept while frames come."""

    seconds: float
    wanted_stills: int
    _captured_s: list[float] = field(default_factory=list)
    _arrived_s: list[float] = field(default_factory=list)
    _sequence: list[int] = field(default_factory=list)
    _rows: list[FrameRow] = field(default_factory=list)
    _stills: list[Still] = field(default_factory=list)
    _last: Frame | None = None
    _reduce: FrameReducer = field(default_factory=FrameReducer)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def share(self) -> float:
        """How much of the window is there, 0…1."""
        if not self._captured_s or self.seconds <= 0:
            return 1.0
        return min(1.0, (self._captured_s[-1] - self._captured_s[0]) / self.seconds)

    @property
    def is_full(self) -> bool:
        """Whether the window is there."""
        return bool(self._captured_s) and self.share >= 1.0

    def add(self, frame: Frame, arrived_s: float) -> None:
        """Keep one frame's row, and its picture if one is due."""
        self._rows.append(self._reduce(frame.luma, limited=frame.limited))
        self._captured_s.append(frame.captured_s)
        self._arrived_s.append(arrived_s)
        self._sequence.append(frame.sequence)
        due = len(self._stills) / max(1, self.wanted_stills - 1)
        if len(self._stills) < self.wanted_stills and self.share >= due:
            self._keep(frame)
        self._last = frame

    def series(self) -> FrameSeries:
        """Return the rows as columns."""
        return FrameSeries(
            captured_s=np.array(self._captured_s, np.float64),
            arrived_s=np.array(self._arrived_s, np.float64),
            sequence=np.array(self._sequence, np.int64),
            motion=np.array([row.motion for row in self._rows], np.float32),
            identical=np.array([row.identical for row in self._rows], np.bool_),
            histogram=np.stack([row.histogram for row in self._rows]).astype(np.uint32),
        )

    def finish(self) -> tuple[Still, ...]:
        """Return the stills; the last frame is one of them however the clip ended."""
        last = len(self._rows) - 1
        if self._last is not None and self.wanted_stills > 0 and self._stills[-1].index != last:
            if len(self._stills) >= self.wanted_stills:
                self._stills.pop()
            self._keep(self._last)
        return tuple(self._stills)

    def _keep(self, frame: Frame) -> None:
        image: NDArray[np.uint8] = np.array(frame.bgr(), np.uint8, order="C")
        self._stills.append(Still(len(self._rows) - 1, image))
