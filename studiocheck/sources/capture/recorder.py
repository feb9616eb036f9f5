"""Takes a clip from an open camera: a row for every frame, a few full frames, nothing else kept."""

from __future__ import annotations

import time

from studiocheck.core.capture import Camera, Frame, Report
from studiocheck.core.errors import Problem, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.core.picture import CameraInfo
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.capture.reel import Reel

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
    reel = Reel(seconds, stills)
    problem = None
    try:
        if camera.live:
            _settle(camera, info, settle_for(info) if settle_s is None else settle_s, report)
        _collect(camera, info, reel, report)
    except SourceError as error:
        if len(reel) < _LEAST_FRAMES:
            raise
        problem = Problem.of(error)
    return Captured(reel.develop(info, camera.controls()), problem)


def _settle(camera: Camera, info: CameraInfo, settle_s: float, report: Report) -> None:
    stale = STALE_FRAMES if info.clock == "device" else 0
    began_s = time.monotonic()
    # by arrival: a slow computer must not throw away the good frames that waited for it
    while stale > 0 or settle_s > 0:
        frame = camera.read()
        if frame is None or (stale <= 0 and _arrival_s(frame) - began_s >= settle_s):
            break
        stale -= 1
        report(0.0)


def _collect(camera: Camera, info: CameraInfo, reel: Reel, report: Report) -> None:
    limit_s = reel.seconds * _SLACK + _SLACK_S
    began_s = time.monotonic()
    while not reel.is_full:
        frame = camera.read()
        if frame is None:
            break
        if frame.state == "whole" and frame.size != (info.width, info.height):
            raise problems.changed_size(info.name, (info.width, info.height), frame.size)
        reel.add(frame)
        report(reel.share)
        if camera.live and _arrival_s(frame) - began_s > limit_s:
            break
    if len(reel) == 0 or (camera.live and not info.timeless and len(reel) < _LEAST_FRAMES):
        if reel.torn:
            raise problems.broken_frames(info.name, limit_s)
        raise problems.silent(info.name, limit_s)


def _arrival_s(frame: Frame) -> float:
    return time.monotonic() if frame.arrived_s is None else frame.arrived_s
