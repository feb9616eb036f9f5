"""How far the subject stands out from what is behind, in light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

_TONE_SHARE = 0.13
"""Type B, k = 2: of the difference itself, when the camera's curve is that of ITU-R BT.709."""

_CODES_STOPS = 0.02
_HEAD = 0.45
"""Of the subject's height: head and shoulders, which stand before the background."""

_GAP, _BESIDE = 0.15, 0.6
"""Of the region's width: what is left out beside it (hair, shoulders), and how wide a strip of
background counts."""

_LEAST_STRIP = 0.02
"""Of the picture's width: a narrower strip beside the subject says nothing."""

_BLACK = 1e-4
_CORE = 0.25
"""Of the region's width, on either side of its middle: where only the subject is, however wide the
region was drawn."""

_BLOCKS = (8, 24)
"""Columns and rows in which half a core is averaged: noise has no say in them."""


@dataclass(frozen=True, slots=True)
class Separation:
    """Difference of light on the side that stands out less, stops.

    ``side`` is ``left`` or ``right`` of the picture; ``subject_brighter`` says which way; the
    expanded uncertainty is absent for a single picture.
    """

    stops: float
    uncertainty: float | None
    side: str
    subject_brighter: bool
    n: int


def separation(
    stills: Sequence[NDArray[np.uint8]], region: Region, *, is_face: bool = False
) -> Separation:
    """Compare the middle of the subject, half by half, with the background beside it.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        Where the subject is, shares of the picture; its upper part counts.
    is_face : bool
        Whether the region is that of the face and counts in full.

    Returns
    -------
    Separation
        Median over places of |log2| of linear luminance over that of the strip beside it: a dark
        hair and a bright face both stand out. Of both sides the one with less.

    Raises
    ------
    Unmeasurable
        If the region is too small, or leaves no background on either side.

    Warnings
    --------
    A subject may stand out by colour alone: a small value asks for a look.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2 (linear light).

    Examples
    --------
    >>> picture = np.full((100, 200, 3), 86, np.uint8)
    >>> picture[20:, 80:120] = 118
    >>> round(separation([picture, picture], (0.4, 0.2, 0.2, 0.8)).stops, 2)
    0.96
    """
    x, y, w, h = region
    height = h if is_face else _HEAD * h
    middle, core = x + w / 2, _CORE * w
    sides = {
        "left": ((middle - core, y, core, height), (x - (_GAP + _BESIDE) * w, x - _GAP * w)),
        "right": ((middle, y, core, height), (x + w + _GAP * w, x + w + (_GAP + _BESIDE) * w)),
    }
    found = {
        side: np.array([_stops(still, inner, beside) for still in stills])
        for side, (inner, (left, right)) in sides.items()
        if (beside := _strip(left, right, y, height)) is not None
    }
    if not found:
        raise Unmeasurable(
            Text("there is no background beside the subject", "主播两侧没有背景可比"),
            Text(
                "draw the subject region in studio.toml closer around the presenter",
                "请在 studio.toml 中把 subject 画得更贴近主播",
            ),
        )
    side = min(found, key=lambda name: float(np.abs(found[name]).mean()))
    sizes = np.abs(found[side])
    value, repeat = float(sizes.mean()), expanded_from_repeat(sizes)
    spread = None if repeat is None else math.hypot(repeat, _TONE_SHARE * value, _CODES_STOPS)
    return Separation(value, spread, side, float(found[side].mean()) >= 0, len(stills))


def _strip(left: float, right: float, top: float, height: float) -> Region | None:
    left, right = max(left, 0.0), min(right, 1.0)
    return (left, top, right - left, height) if right - left >= _LEAST_STRIP else None


def _stops(still: NDArray[np.uint8], inner: Region, beside: Region) -> float:
    """Return how far the subject stands out, below 0 where it is darker."""
    places = cv2.resize(_luminance(still, inner), _BLOCKS, interpolation=cv2.INTER_AREA)
    background = max(float(np.median(_luminance(still, beside))), _BLACK)
    stops = np.log2(np.maximum(places, _BLACK) / background)
    return math.copysign(float(np.median(np.abs(stops))), float(np.median(stops)))


def _luminance(still: NDArray[np.uint8], region: Region) -> NDArray[np.float64]:
    part = cut_region(still, region)[..., ::-1]
    return np.asarray(linear_table()[part] @ LUMINANCE)
