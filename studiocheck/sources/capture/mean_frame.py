"""Averages every frame of an open camera over some seconds, once its picture has become steady."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Camera, Frame, Report
from studiocheck.core.evidence import Captured
from studiocheck.core.picture import CameraInfo, MeanFrameEvidence
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.capture.recorder import STALE_FRAMES, settle_for

STEADY_S, LONGEST_FADE_S = 0.4, 8.0
"""The picture is steady when two stretches of so many seconds are equally bright; lamps that fade
longer than that are measured as they are, and `MeanFrameEvidence.swing` tells."""

_LATENCY_S = 1.0
"""How far behind the room a network camera may be, beyond what it sends in a burst at first."""

_ALIKE, _ALIKE_DN = 0.01, 0.3
_SLACK, _SLACK_S = 2.0, 3.0
_LUMA_BGR: Final = np.array([0.114, 0.587, 0.299])


@dataclass
class _Sum:
    """The sum of all frames so far."""

    size: tuple[int, int]
    total: NDArray[np.float32] | None = None
    lumas: list[float] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)

    def add(self, picture: NDArray[np.uint8], captured_s: float) -> None:
        if self.total is None:
            self.total = np.zeros(picture.shape, np.float32)
        cv2.accumulate(picture, self.total)  # exact: 65 000 frames stay below 2 ** 24
        self.lumas.append(_brightness(picture))
        self.times_s.append(captured_s)

    @property
    def seconds(self) -> float:
        return self.times_s[-1] - self.times_s[0] if self.times_s else 0.0

    def mean(self) -> NDArray[np.uint16]:
        assert self.total is not None  # noqa: S101 - for the type checker
        self.total *= np.float32(256 / len(self.lumas))
        return np.rint(self.total).astype(np.uint16)

    def swing(self) -> float:
        lumas = np.array(self.lumas)
        middle = float(lumas.mean())
        return float(np.abs(lumas - middle).max()) / middle if middle > 0 else 0.0


def record_mean(camera: Camera, info: CameraInfo, seconds: float, report: Report) -> Captured:
    """Average all frames of a camera that is open.

    Parameters
    ----------
    camera : Camera
        Open; it stays open.
    info : CameraInfo
        What `Camera.open` returned.
    seconds : float
        For how long, s of the camera's own clock. A file ends earlier where it has no more.
    report : callable
        Told the progress at every frame.

    Returns
    -------
    Captured
        A `MeanFrameEvidence`.

    Raises
    ------
    SourceError
        If the camera fails meanwhile, or nothing whole comes.
    """
    if info.clock != "file" and not info.timeless:
        _wait_until_steady(camera, info, report)
    found = _collect(camera, info, seconds, report)
    return Captured(
        MeanFrameEvidence(
            camera=info,
            mean=found.mean(),
            n=len(found.lumas),
            seconds=found.seconds,
            swing=found.swing(),
            controls=camera.controls(),
        )
    )


def _wait_until_steady(camera: Camera, info: CameraInfo, report: Report) -> None:
    """Throw away what waited in queues, then what comes while lamps still fade."""
    began_s, first_s = time.monotonic(), None
    stale = STALE_FRAMES if info.clock == "device" else 0
    settle_s = settle_for(info) + _LATENCY_S if settle_for(info) else 0.0
    stretch: list[float] = []
    before: float | None = None
    ends_s = 0.0
    while (frame := camera.read()) is not None:
        report(0.0)
        stale -= 1
        if stale >= 0 or time.monotonic() - began_s < settle_s:
            continue
        if first_s is None:
            first_s, ends_s = frame.captured_s, frame.captured_s + STEADY_S
        elapsed_s = frame.captured_s - first_s
        if elapsed_s > LONGEST_FADE_S or time.monotonic() - began_s > settle_s + LONGEST_FADE_S:
            return
        picture = _picture(frame, info)
        if picture is not None:
            stretch.append(_brightness(picture))
        if frame.captured_s >= ends_s and stretch:
            now = float(np.mean(stretch))
            if before is not None and abs(now - before) <= max(_ALIKE_DN, _ALIKE * before):
                return
            before, stretch, ends_s = now, [], frame.captured_s + STEADY_S


def _collect(camera: Camera, info: CameraInfo, seconds: float, report: Report) -> _Sum:
    found = _Sum((info.width, info.height))
    began_s, limit_s = time.monotonic(), seconds * _SLACK + _SLACK_S
    while (frame := camera.read()) is not None:
        picture = _picture(frame, info)
        if picture is not None:
            found.add(picture, frame.captured_s)
        report(min(1.0, found.seconds / seconds) if seconds > 0 else 0.0)
        if info.timeless or found.seconds >= seconds:
            break
        if camera.live and time.monotonic() - began_s > limit_s:
            break
    if not found.lumas:
        raise problems.silent(info.name, limit_s)
    return found


def _picture(frame: Frame, info: CameraInfo) -> NDArray[np.uint8] | None:
    if frame.state != "whole":
        return None
    if frame.size != (info.width, info.height):
        raise problems.changed_size(info.name, (info.width, info.height), frame.size)
    with contextlib.suppress(problems.Undecodable):
        return frame.bgr()
    return None


def _brightness(picture: NDArray[np.uint8]) -> float:
    """Mean luma (BT.601) of a picture, 8-bit DN."""
    return float(np.dot(cv2.mean(picture)[:3], _LUMA_BGR))
