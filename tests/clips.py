"""Clips made of pictures, as evidence: what a recorder would have kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.picture import CameraInfo, ClipEvidence, FrameSeries, Still
from studiocheck.core.studio import CameraRole, Targets
from studiocheck.measure.picture.burst import BurstBuilder
from studiocheck.measure.picture.frame_row import full_range_histogram, luma_grid

Picture = NDArray[np.uint8]


def clip_of(pictures: Sequence[Picture], fps: float = 30.0, **camera: object) -> ClipEvidence:
    """Return the clip of some BGR pictures; one alone is a single picture without time."""
    lumas = [
        np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) for picture in pictures
    ]
    height, width = lumas[0].shape
    n = len(pictures)
    grid = np.stack([luma_grid(luma) for luma in lumas])
    motion = np.full(n, np.nan, np.float32)
    motion[1:] = np.abs(np.diff(grid.astype(np.float32), axis=0)).mean(axis=(1, 2))
    burst = BurstBuilder(0)
    for luma in lumas[:8]:
        burst.add(luma, limited=False)
    info = CameraInfo(
        device="test", name="test", backend="test", clock="file", width=width, height=height,
        pixel_format="BGR24", nominal_fps=fps, timeless=n == 1,
    )  # fmt: skip
    chosen = sorted({0, n // 2, n - 1})
    return ClipEvidence(
        camera=replace(info, **camera),
        series=FrameSeries(
            captured_s=np.arange(n) / fps,
            arrived_s=np.arange(n) / fps,
            lag_s=np.zeros(n, np.float32),
            seen=np.ones(n, np.bool_),
            sequence=np.arange(n),
            motion=motion,
            identical=np.concatenate(
                [[False], np.diff(grid, axis=0).reshape(n - 1, -1).max(axis=1) == 0]
            )
            if n > 1
            else np.zeros(1, np.bool_),
            grid=grid,
        ),
        stills=tuple(Still(i, pictures[i]) for i in chosen),
        sampled=np.array(chosen, np.int64),
        histogram=np.stack([full_range_histogram(lumas[i], limited=False) for i in chosen]),
        torn_s=np.empty(0),
        burst=burst.build(),
    )


def case_of(
    clip: ClipEvidence, camera: CameraRole | None = None, targets: Targets | None = None
) -> Case:
    """Return the case of a camera that gave this clip."""
    return Case(
        role="main",
        binding=camera or CameraRole(device="test"),
        targets=targets or Targets(),
        captured={Clip: Captured(clip)},
    )
