"""What is kept of a clip while its frames come: numbers of all of them, pictures of a few."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.core.picture import Burst, CameraInfo, ClipEvidence, Controls, FrameSeries, Still
from studiocheck.measure.picture.burst import BurstBuilder
from studiocheck.measure.picture.frame_row import THUMBNAIL, FrameReducer, full_range_histogram
from studiocheck.sources.cameras import camera_problems as problems

SAMPLE_S = 0.5
"""How often a frame is counted in full, s of the camera's clock."""

BURST_FRAMES, BURST_AT = 8, 0.4
"""How many consecutive frames are looked at in full, and where in the window they begin."""

MOST_GRIDS = 1800
"""Of how many frames the grid is kept: a minute at 30 frames a second, 58 MB."""

_NO_GRID = np.zeros(THUMBNAIL[::-1], np.uint8)


@dataclass(slots=True)
class _Row:
    captured_s: float
    arrived_s: float
    lag_s: float
    sequence: int
    seen: bool
    motion: float = float("nan")
    identical: bool = False


@dataclass(slots=True)
class _Kept:
    """A frame of which the whole picture is wanted: made when it is asked for, and only once."""

    index: int
    frame: Frame | None
    made: Still | None = None

    def still(self) -> Still | None:
        frame, self.frame = self.frame, None
        if frame is not None:
            with contextlib.suppress(problems.Undecodable):
                self.made = Still(self.index, np.ascontiguousarray(frame.bgr(), np.uint8))
        return self.made


@dataclass(slots=True)
class _Burst:
    """Consecutive frames that are to be looked at in full."""

    index: int
    builder: BurstBuilder
    waiting: list[Frame] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.builder) + len(self.waiting)

    def add(self, frame: Frame) -> None:
        self.waiting.append(frame)
        if frame.payload is None:
            self.look()

    def look(self) -> None:
        waiting, self.waiting = self.waiting, []
        for frame in waiting:
            self.builder.add(frame.luma(), limited=frame.limited)


@dataclass
class Reel:
    """What is kept while frames come.

    Parameters
    ----------
    seconds : float
        Length of the window on the camera's clock, s.
    wanted_stills : int
        How many full frames to keep: the first, the last, and between.
    """

    seconds: float
    wanted_stills: int
    _rows: list[_Row] = field(default_factory=list)
    _grids: list[NDArray[np.uint8]] = field(default_factory=list)
    _torn_s: list[float] = field(default_factory=list)
    _sampled: list[int] = field(default_factory=list)
    _histograms: list[NDArray[np.uint32]] = field(default_factory=list)
    _kept: list[_Kept] = field(default_factory=list)
    _worst: tuple[float, _Kept] | None = None
    _last: _Kept | None = None
    _burst: _Burst | None = None
    _reduce: FrameReducer = field(default_factory=FrameReducer)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def torn(self) -> int:
        """How many frames came without a whole picture."""
        return len(self._torn_s)

    @property
    def share(self) -> float:
        """How much of the window is there, 0…1."""
        if not self._rows or self.seconds <= 0:
            return 1.0
        passed_s = self._rows[-1].captured_s - self._rows[0].captured_s
        return min(1.0, passed_s / self.seconds)

    @property
    def is_full(self) -> bool:
        """Whether the window is there; the rounding of a clock's numbers does not lengthen it."""
        return bool(self._rows) and self.share >= 1.0 - 1e-6

    def add(self, frame: Frame) -> None:
        """Keep what there is to keep of one frame."""
        if frame.state == "torn":
            self._torn_s.append(frame.captured_s)
            return
        now_s = time.monotonic()
        arrived_s = now_s if frame.arrived_s is None else frame.arrived_s
        row = _Row(
            captured_s=frame.captured_s,
            arrived_s=arrived_s,
            lag_s=now_s - arrived_s,
            sequence=frame.sequence,
            seen=frame.state == "whole",
        )
        try:
            reduced = self._reduce(frame) if row.seen else None
        except problems.Undecodable:
            self._torn_s.append(frame.captured_s)
            return
        self._rows.append(row)
        if reduced is not None:
            row.motion, row.identical = reduced.motion, reduced.identical
        if len(self._grids) < MOST_GRIDS:
            self._grids.append(_NO_GRID if reduced is None else reduced.grid)
        if reduced is not None:
            self._look(frame)

    def _look(self, frame: Frame) -> None:
        index = len(self._rows) - 1
        self._last = _Kept(index, frame)
        if not self._sampled or self._since(self._sampled[-1]) >= SAMPLE_S:
            self._sample(self._last, frame)
        due = len(self._kept) / max(1, self.wanted_stills - 1)
        if len(self._kept) < self.wanted_stills and self.share >= due:
            self._kept.append(self._last)
            if frame.payload is None:
                self._last.still()
        if self.share >= BURST_AT:
            self._look_in_full(index, frame)

    def _look_in_full(self, index: int, frame: Frame) -> None:
        burst = self._burst
        if burst is not None and len(burst) == BURST_FRAMES:
            return
        if burst is None or index != burst.index + len(burst):
            # an unseen frame between two would count as noise what moved meanwhile
            self._burst = burst = _Burst(index, BurstBuilder(index))
        burst.add(frame)

    def develop(self, info: CameraInfo, controls: Controls | None) -> ClipEvidence:
        """Return the evidence; the last frame is one of the stills however the clip ended.

        Frames that are not decoded yet were kept as they came, and are looked at in full only now:
        eight cameras that do it at the same moment would fall behind.
        """
        last = self._last
        if last is not None and self.wanted_stills > 0 and last not in self._kept[-1:]:
            self._kept[self.wanted_stills - 1 :] = [last]
        stills = [still for still in (kept.still() for kept in self._kept) if still is not None]
        return ClipEvidence(
            camera=info,
            series=self._series(),
            stills=tuple(stills),
            sampled=np.array(self._sampled, np.int64),
            histogram=np.array(self._histograms, np.uint32).reshape(-1, 256),
            torn_s=np.array(self._torn_s, np.float64),
            burst=self._developed_burst(),
            worst=self._worst[1].still() if self._worst is not None else None,
            controls=controls,
        )

    def _series(self) -> FrameSeries:
        rows = self._rows
        return FrameSeries(
            captured_s=np.array([row.captured_s for row in rows], np.float64),
            arrived_s=np.array([row.arrived_s for row in rows], np.float64),
            lag_s=np.array([row.lag_s for row in rows], np.float32),
            seen=np.array([row.seen for row in rows], np.bool_),
            sequence=np.array([row.sequence for row in rows], np.int64),
            motion=np.array([row.motion for row in rows], np.float32),
            identical=np.array([row.identical for row in rows], np.bool_),
            grid=np.stack(self._grids),
        )

    def _since(self, index: int) -> float:
        return self._rows[-1].captured_s - self._rows[index].captured_s

    def _sample(self, kept: _Kept, frame: Frame) -> None:
        histogram = full_range_histogram(frame.luma(), limited=frame.limited)
        self._sampled.append(kept.index)
        self._histograms.append(histogram)
        usual = np.median(np.stack(self._histograms), axis=0)
        apart = float(np.abs(np.cumsum(histogram) - np.cumsum(usual)).sum())
        if self._worst is None or apart > self._worst[0]:
            self._worst = apart, kept

    def _developed_burst(self) -> Burst | None:
        if self._burst is None:
            return None
        with contextlib.suppress(problems.Undecodable):
            self._burst.look()
        return self._burst.builder.build()
