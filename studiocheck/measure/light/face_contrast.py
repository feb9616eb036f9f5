"""How much brighter one half of a face is than the other: what can be said without calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import CLIPPED_DN, LUMINANCE
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

_FROM_CENTRE, _HALF_PATCH = 0.45, 0.2
"""Of the half width: where the two patches lie, and half their width."""

_UP, _DOWN = 0.25, 0.75
"""Of the height: the patches leave hair and chin out."""

_DARKEST_DN = 12
_MOST_CLIPPED = 0.4
"""Of a patch: the median of fewer is not touched by it."""

_TONE_SHARE = 0.13
"""Type B, k = 2: of the contrast itself, when the camera's curve is that of ITU-R BT.709."""

_CODES_STOPS = 0.02


@dataclass(frozen=True, slots=True)
class FaceContrast:
    """Brighter over darker half, stops; expanded uncertainty, None for a single picture."""

    stops: float
    uncertainty: float | None
    brighter: str
    n: int


def face_contrast(stills: Sequence[NDArray[np.uint8]], region: Region) -> FaceContrast:
    """Compare the left and the right half of a face.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        Where the face is, shares of the picture.

    Returns
    -------
    FaceContrast
        log2 of the medians of linear luminance in two patches at ±0.45 of the half width, ≥ 0;
        ``brighter`` is ``left`` or ``right`` of the picture.

    Raises
    ------
    Unmeasurable
        If a half is clipped, black or too small.

    Warnings
    --------
    Not key : fill. It rises with it and is compressed, because both lamps light both halves: true
    ratios of 1, 2, 4, 8 gave 0.95, 1.56, 2.39, 3.83 on a rendered face, ±10 %
    (methods-picture-and-light, 3).

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2 (linear light); median of patches against hair and shine.

    Examples
    --------
    >>> face = np.full((100, 100, 3), 118, np.uint8)
    >>> face[:, 50:] = 86
    >>> found = face_contrast([face, face], (0, 0, 1, 1))
    >>> round(found.stops, 2), found.brighter
    (0.96, 'left')
    """
    levels = [_halves(cut_region(still, region, least_px=16)) for still in stills]
    stops = np.log2([left / right for left, right in levels])
    value = float(stops.mean())
    repeat = expanded_from_repeat(stops)
    spread = None if repeat is None else math.hypot(repeat, _TONE_SHARE * value, _CODES_STOPS)
    return FaceContrast(abs(value), spread, "left" if value >= 0 else "right", len(levels))


def _halves(face: NDArray[np.uint8]) -> tuple[float, float]:
    height, width = face.shape[:2]
    rows = slice(round(_UP * height), round(_DOWN * height))

    def level(side: float) -> float:
        centre = 0.5 + 0.5 * side * _FROM_CENTRE
        left, right = (round((centre + 0.5 * way * _HALF_PATCH) * width) for way in (-1, 1))
        patch = face[rows, left:right]
        if (patch.max(axis=2) >= CLIPPED_DN).mean() > _MOST_CLIPPED:
            raise Unmeasurable(
                Text("one half of the face is clipped", "半边脸已过曝"),
                Text("close the iris until no half is white", "收小光圈，直到两边都不过曝"),
            )
        light = float(np.median(linear_table()[patch[..., ::-1]] @ LUMINANCE))
        if light < linear_table()[_DARKEST_DN]:
            raise Unmeasurable(
                Text("one half of the face is black", "半边脸是黑的"),
                Text("see whether the lamps are on", "先看灯是否亮着"),
            )
        return light

    return level(-1), level(1)
