"""Lays the light of calibrated lamps on the picture of a camera that was moved since."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.registration import REFERENCE_WIDTH, Registration, register
from studiocheck.measure.picture.similarity import Move, as_matrix

ALIGN_FROM_PX = 1.5
"""A picture that has moved by less, px at 1920 of width, is taken as it is."""

_DARK, _CLEAREST = 0.01, 0.4
"""Light below which edges are noise; share of the blocks that are asked."""

Plane = NDArray[np.float32]


def shift_seen(light: Plane, fitted: Plane) -> float:
    """Estimate from what is left over how far a picture has moved, px at 1920 of width.

    The median over blocks that show edges, so that people who moved do not count. A move of more
    than a cell is seen smaller than it is.

    Parameters
    ----------
    light, fitted : (rows, columns, 3) float32
        The picture and what the lamps make of it, linear RGB.

    Notes
    -----
    **Source**: B. Lucas, T. Kanade, IJCAI 1981: one step, along and across apart.

    Examples
    --------
    >>> x = np.linspace(0, 20, 160, dtype=np.float32)[None, :, None]
    >>> wave = lambda by: np.broadcast_to(0.3 + 0.2 * np.sin(x + by), (90, 160, 3))
    >>> f"{shift_seen(wave(20 / 159), wave(0.0)):.0f}"  # one cell
    '12'
    """
    plane = np.asarray(fitted @ LUMINANCE.astype(np.float32), np.float32)
    scale = np.asarray(1 / (plane + _DARK), np.float32)
    seen = np.asarray(light @ LUMINANCE.astype(np.float32), np.float32)
    left = (seen - plane) * scale
    found = []
    for axis in (0, 1):
        edge = np.asarray(np.gradient(plane, axis=axis), np.float32) * scale
        strength = _blocks(edge * edge)
        clear = strength >= np.quantile(strength, 1 - _CLEAREST)
        along = _blocks(edge * left)[clear] / np.maximum(strength[clear], 1e-9)
        found.append(float(np.median(along)))
    return float(math.hypot(*found) * REFERENCE_WIDTH / light.shape[1])


def _blocks(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, (16, 9), interpolation=cv2.INTER_AREA), np.float32)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A calibration laid on tonight's picture; ``doubt`` where that was not possible."""

    calibrated: LampsEvidence
    moved_px: float = 0.0
    doubt: Text | None = None


def aligned(calibrated: LampsEvidence, picture: NDArray[np.uint8]) -> Aligned:
    """Find where the set of a calibration lies in a picture and move its lamps' light there.

    Parameters
    ----------
    calibrated : LampsEvidence
        Its reference picture shows the set as it was.
    picture : (height, width, 3) uint8
        BGR, tonight.
    """
    try:
        found = register(_luma(calibrated.reference), _luma(picture))
    except Unmeasurable:  # it shows too little to be found again: all lamps may be off
        return Aligned(calibrated)
    if found is None:
        return Aligned(
            calibrated,
            doubt=Text(
                "the picture does not show the set that was calibrated: aim the camera as it was, "
                "or calibrate the lights again",
                "画面不是校准时的布景：请把摄像头对回原处，或重新做灯光校准",
            ),
        )
    moved = _moved_px(found)
    if moved < ALIGN_FROM_PX:
        return Aligned(calibrated, moved)
    return Aligned(_moved(calibrated, found.move), moved)


def _moved_px(found: Registration) -> float:
    """Return how far the corners of the picture have moved at most, about."""
    return float(found.shift_px + abs(found.zoom_percent) / 100 * REFERENCE_WIDTH / 2)


def _moved(calibrated: LampsEvidence, move: Move) -> LampsEvidence:
    rows, columns = calibrated.clear.shape
    matrix = as_matrix(move, columns, rows)

    def lay(plane: NDArray[np.floating]) -> Plane:
        laid = cv2.warpAffine(
            plane.astype(np.float32), matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(laid, np.float32)

    clear = cv2.warpAffine(calibrated.clear.astype(np.float32), matrix, (columns, rows))
    return replace(
        calibrated,
        bases=np.array([lay(basis) for basis in calibrated.bases], np.float16),
        ambient=lay(calibrated.ambient).astype(np.float16),
        clear=np.asarray(clear) > 0.999,
    )


def _luma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
