"""What the tests call inside the guest: the sources' own functions, their answers as JSON data."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

import cv2  # noqa: F401 - loaded before the fork
import numpy as np

from studiocheck.core.studio import CameraRole
from studiocheck.sources.cameras import local_cameras
from studiocheck.sources.cameras import roles as cameras
from studiocheck.sources.cameras.holders import holders_of
from studiocheck.sources.capture import recorder


def plugged() -> list[dict[str, Any]]:
    """List the cameras, as the sources find them."""
    return [dataclasses.asdict(camera) for camera in local_cameras.local_cameras()]


def nodes() -> dict[str, str]:
    """Return all video nodes of the kernel and their names, cameras or not."""
    found = {}
    for node in sorted(Path("/sys/class/video4linux").glob("video*")):
        with contextlib.suppress(OSError):  # it is just leaving
            found[f"/dev/{node.name}"] = (node / "name").read_text().strip()
    return found


def holders(path: str) -> tuple[str, ...]:
    """Name the programs that have a node open."""
    return holders_of(path)


def identity(device: str) -> str:
    """Return what `resolved_identity` says."""
    return cameras.resolved_identity(device)


def clip(seconds: float, **role: Any) -> dict[str, Any]:
    """Record a clip from a camera; raises what the sources raise.

    The pictures stay here: only numbers travel.
    """
    began_s = time.monotonic()
    camera = cameras.camera_for(CameraRole(**role))
    try:
        info = camera.open()
        opened_s = time.monotonic() - began_s
        captured = recorder.record_clip(camera, info, seconds, lambda _share: None)
    finally:
        closing_s = time.monotonic()
        camera.close()
    taken: Any = captured.evidence
    series = taken.series
    return {
        "camera": dataclasses.asdict(info),
        "problem": captured.problem and captured.problem.code,
        "problem_en": captured.problem and captured.problem.message.en,
        "opened_s": opened_s,
        "closed_s": time.monotonic() - closing_s,
        "captured_s": series.captured_s.tolist(),
        "sequence": series.sequence.tolist(),
        "seen": series.seen.tolist(),
        "lag_s": series.lag_s.tolist(),
        "identical": series.identical.tolist(),
        "torn_s": taken.torn_s.tolist(),
        "luma": [float(np.mean(grid)) for grid in series.grid],
        "controls": taken.controls and _plain(taken.controls),
    }


def _plain(controls: Any) -> dict[str, Any]:
    return {
        "found": dict(controls.found),
        "held": dict(controls.held),
        "refused": list(controls.refused),
        "after": dict(controls.after),
    }
