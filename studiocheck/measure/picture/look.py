"""Tonight's picture against the golden look: framing, exposure and colour of what stands still."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.light.ciede2000 import delta_e2000, lab_from_linear
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.registration import Registration, register
from studiocheck.measure.picture.similarity import Plane, lay
from studiocheck.measure.picture.still_blocks import GROUPS
from studiocheck.measure.repeat import coverage_factor

Image = NDArray[np.uint8]
Array = NDArray[np.float64]

CELLS = (80, 45)
"""Columns and rows of the cells whose light is compared."""

BRIGHTEST_DN, DARKEST_DN = 250, 12
"""A cell with a px above the one is clipped somewhere; one whose mean lies below the other is
buried in the toe of the tone curve."""

STATIC_STOPS = 0.25
"""Half width of the band around the commonest change in which a cell counts as standing still."""

LEAST_CELLS = 0.03
"""Share of all cells that light must be compared on."""

TONE_SHARE = 0.13
"""Type B, k = 2: by so much of itself a change of exposure is misread when the camera's curve is
that of ITU-R BT.709 and not sRGB (the ratio of their slopes at middle grey)."""

CODES_STOPS, CHROMA_DE = 0.015, 0.4
"""Type B, k = 2: 8-bit codes, resampling and subsampled chroma."""

CAST_STOPS, CAST_SHARE = 0.02, 0.1
"""Type B, k = 2, found in tests on photographs: a cast changes coloured things by other amounts
than grey ones: by so many stops for each unit of ΔE, and by such a share of the ΔE itself."""

_FINE = 4
_GROUP_OF_CELL = np.add.outer(
    np.arange(CELLS[1]) * GROUPS[1] // CELLS[1] * GROUPS[0],
    np.arange(CELLS[0]) * GROUPS[0] // CELLS[0],
).ravel()


@dataclass(frozen=True, slots=True)
class Light:
    """Change of light on what stands still; uncertainties are expanded (k = 2).

    Parameters
    ----------
    exposure_stops : float
        How much brighter than the look, stops.
    colour_de2000 : float
        CIEDE2000 once the exposure is taken out.
    warmer_mired : float
        The same as 95 ln(R/B), mired; positive is warmer. Says the direction, not the lamps.
    coverage : float
        Share of the picture that was compared, 0…1.
    """

    exposure_stops: float
    exposure_uncertainty_stops: float
    colour_de2000: float
    colour_uncertainty_de2000: float
    warmer_mired: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Change:
    """What changed since the look; ``light`` is absent where too little could be compared."""

    framing: Registration
    light: Light | None


def compare(look: Image, still: Image, subject: Region | None = None) -> Change | None:
    """Compare a picture with the golden look of its camera.

    Parameters
    ----------
    look, still : (height, width, 3) uint8
        BGR pictures on the full range.
    subject : Region, optional
        Where the presenter is, left out of the search for the set.

    Returns
    -------
    Change or None
        ``None`` when the picture shows something else.

    Raises
    ------
    Unmeasurable
        If one of the pictures shows nothing that could be found again.

    Notes
    -----
    **Source**: framing by `registration.register`; light as the commonest ratio of linear
    luminance (IEC 61966-2-1:1999) over cells of the aligned pictures, weighted after J. Tukey
    (biweight) around it, colour as the median CIEDE2000 of those cells; uncertainty by the
    delete-a-group jackknife over twelve parts of the picture, by the disagreement of the darker
    and the brighter half, and by the unknown tone curve.

    Examples
    --------
    >>> noise = np.random.default_rng(1).uniform(60, 140, (45, 80, 3)).astype(np.float32)
    >>> wall = cv2.resize(noise, (640, 360), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    >>> change = compare(wall, wall)
    >>> change.light.exposure_stops, change.light.colour_de2000
    (0.0, 0.0)
    """
    framing = register(_luma(look), _luma(still), subject)
    if framing is None:
        return None
    return Change(framing, _light(look, still, framing))


def _luma(image: Image) -> Image:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


# ---------------------------------------------------------------- light


def _light(look: Image, still: Image, framing: Registration) -> Light | None:
    before, usable_before = _fine(look)
    after, usable_after = _fine(still)
    after, inside = lay(after, framing.move)
    usable_after, _ = lay(usable_after, framing.move)
    usable = (_cells(usable_before * usable_after * inside) > 0.999).ravel()
    light = np.stack([_cells(before).reshape(-1, 3), _cells(after).reshape(-1, 3)])
    toe = linear_table()[DARKEST_DN]
    usable &= (light[:, :, 1] > toe).all(axis=0) & (light.max(axis=2) > 2 * toe).all(axis=0)
    if usable.mean() < LEAST_CELLS:
        return None
    light, group = np.maximum(light[:, usable], 1e-4), _GROUP_OF_CELL[usable]
    luminance = light @ RGB_TO_XYZ[1]
    stops = np.log2(luminance[1] / luminance[0])
    exposure, weight = _commonest(stops)
    weighed = weight > 0
    if weighed.sum() < LEAST_CELLS * len(_GROUP_OF_CELL):
        return None
    light, stops, group = light[:, weighed], stops[weighed], group[weighed]
    chroma = _chroma_difference(light)
    red_blue = np.log(light[:, :, 0] / light[:, :, 2])
    colour = float(np.median(chroma))
    return Light(
        exposure_stops=exposure,
        exposure_uncertainty_stops=math.hypot(
            _jackknife(stops, group, lambda part: _commonest(part)[0]),
            _halves(stops, luminance[0][weighed]),
            TONE_SHARE * exposure,
            CAST_STOPS * colour,
            CODES_STOPS,
        ),
        colour_de2000=colour,
        colour_uncertainty_de2000=math.hypot(
            _jackknife(chroma, group, lambda part: float(np.median(part))),
            CAST_SHARE * colour,
            CHROMA_DE,
        ),
        warmer_mired=95 * float(np.median(red_blue[1] - red_blue[0])),
        coverage=float(weighed.sum() / len(_GROUP_OF_CELL)),
    )


def _fine(image: Image) -> tuple[Plane, Plane]:
    """Return linear RGB averaged over small px, and 1 where none of them is clipped."""
    size = CELLS[0] * _FINE, CELLS[1] * _FINE
    table = linear_table().astype(np.float32)
    linear = cv2.resize(cv2.LUT(image, table), size, interpolation=cv2.INTER_AREA)[..., ::-1]
    blue, green, red = cv2.split(image)
    _, clipped = cv2.threshold(
        cv2.max(blue, cv2.max(green, red)), BRIGHTEST_DN - 1, 255, cv2.THRESH_BINARY
    )
    whole = cv2.resize(clipped.astype(np.float32), size, interpolation=cv2.INTER_AREA) < 0.5
    return np.ascontiguousarray(linear, np.float32), whole.astype(np.float32)


def _cells(plane: Plane) -> Array:
    return np.asarray(cv2.resize(plane, CELLS, interpolation=cv2.INTER_AREA), np.float64)


def _commonest(stops: Array) -> tuple[float, Array]:
    """Return the commonest of some changes, and the weight with which each stands for it.

    People, their shadows and what they carry change differently from place to place; the set
    changes by the same everywhere.
    """
    ordered = np.sort(stops)
    share = max(2, len(ordered) // 4)  # the closest quarter lies where most of them are
    widths = ordered[share - 1 :] - ordered[: len(ordered) - share + 1]
    first = int(np.argmin(widths))
    centre = float(np.median(ordered[first : first + share]))
    weight = np.zeros_like(stops)
    for _ in range(8):
        weight = np.maximum(1 - ((stops - centre) / STATIC_STOPS) ** 2, 0) ** 2
        centre = float((weight * stops).sum() / weight.sum())
    return centre, weight


def _chroma_difference(light: Array) -> Array:
    """Return CIEDE2000 of cells, brought to one luminance each, (cells,)."""
    luminance = light @ RGB_TO_XYZ[1]
    same = light * (np.sqrt(luminance[0] * luminance[1]) / luminance)[..., None]
    # a dark cell is judged as if it were middle grey at the darkest: its noise is not its colour
    lift = np.maximum(0.18 / np.sqrt(luminance[0] * luminance[1]), 1.0)[:, None]
    return delta_e2000(lab_from_linear(same[0] * lift), lab_from_linear(same[1] * lift))


def _halves(stops: Array, luminance: Array) -> float:
    """Return half of what the darker and the brighter half of the picture disagree by, stops."""
    bright = luminance > np.median(luminance)
    if not bright.any() or bright.all():
        return 0.0
    return abs(float(np.median(stops[bright]) - np.median(stops[~bright]))) / 2


def _jackknife(values: Array, group: NDArray[np.int64], of: Callable[[Array], float]) -> float:
    """Return the expanded uncertainty of a statistic, leaving out one part of the picture each."""
    parts = np.unique(group)
    if len(parts) < 3:
        return float(np.ptp(values))
    found = np.array([of(values[group != part]) for part in parts])
    count = len(found)
    variance = (count - 1) / count * ((found - found.mean()) ** 2).sum()
    return coverage_factor(count - 1) * math.sqrt(float(variance))
