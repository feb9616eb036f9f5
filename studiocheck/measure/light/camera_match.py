"""How differently two cameras render the same thing: exposure and colour, relative."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.ciede2000 import delta_e2000, lab_from_linear
from studiocheck.measure.light.neutral_patch import CHROMA_MIRED, card_blocks
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

Array = NDArray[np.float64]
Stills = Sequence[NDArray[np.uint8]]

TONE_SHARE = 0.13
"""Type B, k = 2: by so much of itself a difference of exposure is misread when a camera's curve
is that of ITU-R BT.709 and not sRGB (the ratio of their slopes at middle grey)."""

CODES_STOPS, CHROMA_DE = 0.01, 0.3
"""Type B, k = 2: 8-bit codes, and subsampled chroma."""

MIRED_PER_LOG = 95.0
"""Mired for each unit of ln(R/B): between 95 and 99 for the sensors that were tried."""

GREY = 0.18


@dataclass(frozen=True, slots=True)
class Colour:
    """Difference of colour once exposure is taken out; uncertainties are expanded (k = 2).

    ``mired`` is positive where this camera renders warmer than the reference.
    """

    de2000: float
    de2000_uncertainty: float
    mired: float
    mired_uncertainty: float


@dataclass(frozen=True, slots=True)
class Match:
    """Difference of a camera from a reference; positive ``stops`` is brighter."""

    stops: float
    stops_uncertainty: float
    colour: Colour
    n: int


def match_cards(stills: Stills, patch: Region, others: Stills, other_patch: Region) -> Match:
    """Compare how two cameras render one grey card.

    Parameters
    ----------
    stills, others : sequence of (height, width, 3) uint8
        BGR pictures on the full range, of the camera and of the reference.
    patch, other_patch : Region
        Where the same card is, shares of each picture.

    Returns
    -------
    Match
        Difference of linear luminance in stops; CIEDE2000 of the card at middle grey in both;
        colour shift in mired, as 95 times the difference of ln(R/B).

    Raises
    ------
    Unmeasurable
        If either patch is clipped, dark, uneven or too small.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999 (linear light), CIE 142-2001 (CIEDE2000); the slope of 95 mired
    was found on three spectral camera models.

    Examples
    --------
    >>> dim, grey = (np.full((90, 160, 3), code, np.uint8) for code in (86, 118))
    >>> found = match_cards([dim], (0, 0, 1, 1), [grey], (0, 0, 1, 1))
    >>> round(found.stops, 2), round(found.colour.de2000, 2), round(found.colour.mired, 1)
    (-0.96, 0.0, 0.0)
    """
    blocks, reference = card_blocks(stills, patch), card_blocks(others, other_patch)
    stops, stops_uncertainty = _difference(*(np.log2(_luminance(b)) for b in (blocks, reference)))
    mired, mired_uncertainty = _difference(
        *(MIRED_PER_LOG * np.log(b[..., 0] / b[..., 2]) for b in (blocks, reference))
    )
    lab, lab_reference = _lab_at_grey(blocks), _lab_at_grey(reference)
    return Match(
        stops=stops,
        stops_uncertainty=math.hypot(stops_uncertainty, TONE_SHARE * stops, CODES_STOPS),
        colour=Colour(
            de2000=float(delta_e2000(lab.mean(axis=(0, 1)), lab_reference.mean(axis=(0, 1)))),
            de2000_uncertainty=math.hypot(
                *(_difference(lab[..., i], lab_reference[..., i])[1] for i in (1, 2)), CHROMA_DE
            ),
            mired=mired,
            mired_uncertainty=math.hypot(mired_uncertainty, math.sqrt(2) * CHROMA_MIRED),
        ),
        n=len(stills),
    )


def match_regions(
    stills: Stills, region: Region, others: Stills, other_region: Region
) -> tuple[float, float | None]:
    """Compare how bright two cameras render the region that each declares for one thing.

    Parameters
    ----------
    stills, others : sequence of (height, width, 3) uint8
        BGR pictures on the full range, of the camera and of the reference.
    region, other_region : Region
        Shares of each picture.

    Returns
    -------
    stops, uncertainty : float, float or None
        Difference of the mean linear luminance; the uncertainty is that of the repeat alone,
        absent for a single still.

    Raises
    ------
    Unmeasurable
        If a region is too small, or black in either.

    Warnings
    --------
    The cameras see the thing from different places, before different backgrounds: this is an
    indication, not a measurement of the cameras.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> dim, grey = (np.full((90, 160, 3), code, np.uint8) for code in (86, 118))
    >>> round(match_regions([dim], (0, 0, 1, 1), [grey], (0, 0, 1, 1))[0], 2)
    -0.96
    """
    levels = [
        np.log2([_region_luminance(still, place) for still in pictures])
        for pictures, place in ((stills, region), (others, other_region))
    ]
    spreads = [expanded_from_repeat(level) for level in levels]
    known = [spread for spread in spreads if spread is not None]
    difference = float(levels[0].mean() - levels[1].mean())
    if len(known) < len(spreads):
        return difference, None
    return difference, math.hypot(*known, TONE_SHARE * difference, CODES_STOPS)


def _luminance(linear_rgb: Array) -> Array:
    return np.asarray(linear_rgb @ RGB_TO_XYZ[1])


def _lab_at_grey(blocks: Array) -> Array:
    return lab_from_linear(blocks * (GREY / _luminance(blocks))[..., None])


def _difference(values: Array, reference: Array) -> tuple[float, float]:
    """Return the difference of two means over (stills, blocks), and its expanded uncertainty."""
    spread = [
        expanded_from_repeat(each.mean(axis=axis)) or 0.0
        for each in (values, reference)
        for axis in (0, 1)
    ]
    return float(values.mean() - reference.mean()), math.hypot(*spread)


def _region_luminance(still: NDArray[np.uint8], region: Region) -> float:
    linear = linear_table()[cut_region(still, region)[..., ::-1]]
    level = float(_luminance(linear.mean(axis=(0, 1))))
    if level < linear_table()[12]:
        raise Unmeasurable(
            Text("the declared region is black in this picture", "声明的区域在画面中是黑的"),
            Text(
                "switch the lamps on and see that the region shows the presenter",
                "打开灯光，并确认该区域拍到的是主播",
            ),
        )
    return level
