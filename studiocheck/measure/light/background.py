"""What a background looks like: its luma, its colour in CIELAB, and how even it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.light.ciede2000 import lab_from_linear
from studiocheck.measure.light.evenness import BLOCKS
from studiocheck.measure.light.linear_light import shrunk
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.picture.brightness import region_luma
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

_LEAST_CHROMA = 3.0
"""Below it a surface is grey to the eye, and its hue is whatever the noise makes it."""


@dataclass(frozen=True, slots=True)
class Background:
    """Luma, % of full range; chroma C*ab; hue h_ab, −180…180°, None where there is hardly a colour.

    Each with its expanded uncertainty, None for a single picture.
    """

    luma_percent: float
    luma_uncertainty: float | None
    chroma: float
    chroma_uncertainty: float | None
    hue_degrees: float | None
    hue_uncertainty: float | None
    n: int


def background(stills: Sequence[NDArray[np.uint8]], region: Region) -> Background:
    """Measure how bright a background is and what colour it has.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        The background, or what it fills most of.

    Returns
    -------
    Background
        Luma is the mean of the region; the colour is the median over 16 × 9 blocks, so that a
        vase or a logo does not tint the wall.

    Raises
    ------
    Unmeasurable
        If the region is too small.

    Notes
    -----
    **Source**: CIE 15:2004, 8.2.1 (CIELAB, chroma, hue angle), white is that of sRGB: what the
    camera shows as neutral is neutral.

    Examples
    --------
    >>> pink = np.full((90, 160, 3), (203, 192, 255), np.uint8)  # "pink" of the web, as BGR
    >>> found = background([pink], (0, 0, 1, 1))
    >>> round(found.luma_percent), round(found.chroma), round(found.hue_degrees)
    (83, 24, 8)
    """
    luma = region_luma(stills, region)
    colours = np.array([_median_ab(still, region) for still in stills])
    a, b = colours.mean(axis=0)
    chromas = np.hypot(colours[:, 0], colours[:, 1])
    chroma = math.hypot(a, b)
    hue = math.degrees(math.atan2(b, a))
    turned = (np.degrees(np.arctan2(colours[:, 1], colours[:, 0])) - hue + 180) % 360 - 180
    coloured = chroma >= _LEAST_CHROMA
    return Background(
        luma_percent=luma.percent,
        luma_uncertainty=luma.uncertainty_percent,
        chroma=chroma,
        chroma_uncertainty=expanded_from_repeat(chromas),
        hue_degrees=hue if coloured else None,
        hue_uncertainty=expanded_from_repeat(turned) if coloured else None,
        n=len(stills),
    )


def _median_ab(still: NDArray[np.uint8], region: Region) -> NDArray[np.float64]:
    part = np.ascontiguousarray(cut_region(still, region, least_px=BLOCKS[0]))
    light = shrunk([part], linear_table().astype(np.float32), BLOCKS)[..., ::-1]
    lab = lab_from_linear(light.reshape(-1, 3).astype(np.float64))
    return np.asarray(np.median(lab[:, 1:], axis=0), np.float64)
