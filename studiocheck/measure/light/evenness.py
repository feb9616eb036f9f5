"""How even the light on a surface is: linear luminance over the blocks of a region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import CLIPPED_DN, LUMINANCE, shrunk
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

BLOCKS = (16, 9)
"""Columns and rows into which a region is divided."""

_LOW_PERCENT, _HIGH_PERCENT = 5, 95
_FEWEST_BLOCKS = 12
_DARKEST = 0.002
"""Linear luminance of code 6 of 255: below it, noise and the camera's black decide."""

_CODED_STOPS = 0.02
"""What rounding and JPEG do to blocks and no repeat shows, k = 2: 95 % of the errors at quality 75
to 85 are below 0.015 stops."""

_CELLS = (4, 2, 1)
"""To each side of a block: fine ones find the edges of things, coarse ones overlook the pattern of
a cloth where the fine ones see nothing but edges."""

_EDGE_STOPS, _EDGE_CHROMATICITY = 0.4, 0.03
"""From one cell to the next: more is the edge of a thing, or of a hard shadow; light that falls off
by three stops over the region changes by a tenth of it."""


@dataclass(frozen=True, slots=True)
class Evenness:
    """How much brighter the light parts are than the dark, stops, with its expanded uncertainty.

    Parameters
    ----------
    stops, uncertainty_stops : float
        95th over 5th percentile, and its expanded uncertainty, None for a single picture.
    right_stops, down_stops : float
        By how much it gets brighter from left to right and from top to bottom, stops.
    share : float
        How much of the region was looked at, 0…1.
    n : int
        How many pictures.
    """

    stops: float
    uncertainty_stops: float | None
    right_stops: float
    down_stops: float
    share: float
    n: int

    @property
    def dark_side(self) -> Text:
        """Where it is darkest, as the picture shows it."""
        if abs(self.right_stops) >= abs(self.down_stops):
            return _SIDES["left" if self.right_stops > 0 else "right"]
        return _SIDES["top" if self.down_stops > 0 else "bottom"]


_SIDES = {
    "left": Text("left of the picture", "画面左侧"),
    "right": Text("right of the picture", "画面右侧"),
    "top": Text("top", "上方"),
    "bottom": Text("bottom", "下方"),
}


def evenness(
    stills: Sequence[NDArray[np.uint8]],
    region: Region,
    linear: NDArray[np.floating] | None = None,
    among: Sequence[NDArray[np.bool_]] | None = None,
) -> Evenness:
    """Measure how even the light on a plain surface is.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        The surface, or what it fills most of.
    linear : (256,) float, optional
        Linear light of each code; sRGB where the camera's own curve is not known.
    among : sequence of (9, 16) bool, optional
        Of each picture, the blocks that show the surface; all of them where it is left out.

    Returns
    -------
    Evenness
        Ratio of the 95th to the 5th percentile of luminance over 16 × 9 blocks, stops.

    Raises
    ------
    Unmeasurable
        If the region is too small, too dark, or clipped.

    Notes
    -----
    **Source**: practice of lighting green screens and cycloramas: f-stops between the brightest and
    the darkest place, as a spot meter reads them; the percentiles leave out a stand or a seam.

    Examples
    --------
    >>> from studiocheck.measure.light.srgb import srgb_from_linear
    >>> light = np.repeat(np.linspace(0.2, 0.4, 16), 20)  # a wall, twice as bright at one side
    >>> wall = np.rint(255 * srgb_from_linear(np.tile(light[None, :, None], (90, 1, 3))))
    >>> round(evenness([wall.astype(np.uint8)], (0, 0, 1, 1)).stops, 2)
    1.0
    """
    table = linear_table() if linear is None else linear
    taken = [
        _blocks(still, region, table, None if among is None else among[i])
        for i, still in enumerate(stills)
    ]
    stops = [_spread_stops(luminance[whole]) for luminance, whole in taken]
    right, down = np.mean([_slope_stops(luminance, whole) for luminance, whole in taken], axis=0)
    return Evenness(
        stops=float(np.mean(stops)),
        uncertainty_stops=_with_coding(expanded_from_repeat(stops)),
        right_stops=float(right),
        down_stops=float(down),
        share=float(np.mean([whole.mean() for _, whole in taken])),
        n=len(stops),
    )


def _blocks(
    still: NDArray[np.uint8],
    region: Region,
    table: NDArray[np.floating],
    surface: NDArray[np.bool_] | None,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return luminance over blocks, and which of them lie in the surface and are not clipped."""
    part = np.ascontiguousarray(cut_region(still, region, least_px=BLOCKS[0]))
    light = shrunk([part], np.asarray(table, np.float32), BLOCKS)
    # a surface is clipped where its own light is, not where a lamp or a white logo stands
    clipped = blocks_within(part.max(axis=2) >= CLIPPED_DN, 0.5)
    if surface is not None:
        clipped &= surface
    if clipped.mean() > 0.1:
        raise Unmeasurable(
            Text(
                f"{100 * clipped.mean():.0f} % of the region is clipped: how bright it is there "
                "cannot be known",
                f"该区域有 {100 * clipped.mean():.0f}% 过曝，无法得知其真实亮度",
            ),
            Text(
                "close the iris or dim the lamp on it by one stop, then measure again",
                "收光圈或把照它的灯调暗 1 挡后重测",
            ),
        )
    whole = ~clipped if surface is None else surface & ~clipped
    return light[..., ::-1].astype(np.float64) @ LUMINANCE, whole


def blocks_within(mask: NDArray[np.bool_], least_share: float = 0.98) -> NDArray[np.bool_]:
    """Return the blocks of which more than a share is set, (9, 16) bool."""
    shares = cv2.resize(mask.astype(np.float32), BLOCKS, interpolation=cv2.INTER_AREA)
    return np.asarray(shares > least_share)


def largest_surface(
    still: NDArray[np.uint8], region: Region, linear: NDArray[np.floating] | None = None
) -> NDArray[np.bool_]:
    """Find the largest thing in a region that has no edge in it: a shirt, a wall, a cheek.

    Its reflectance is taken to be the same all over, so that what varies is the light; the next
    thing has another, and to compare them would measure the clothes.

    Parameters
    ----------
    still : (height, width, 3) uint8
        BGR picture on the full range.
    region : Region
        Where to look.
    linear : (256,) float, optional
        Linear light of each code; sRGB where the camera's own curve is not known.

    Returns
    -------
    (9, 16) bool
        Blocks that lie in it.

    Notes
    -----
    **Source**: own; the assumption is that of Land and McCann, *Lightness and retinex theory*,
    J. Opt. Soc. Am. 61 (1971): light changes slowly, reflectance at edges.

    Examples
    --------
    >>> shirt = np.full((90, 160, 3), 150, np.uint8)
    >>> shirt[:, 100:] = 30  # and a dark jacket, the block beside which is left out
    >>> int(largest_surface(shirt, (0, 0, 1, 1)).sum())
    81
    """
    table = linear_table() if linear is None else linear
    part = np.ascontiguousarray(cut_region(still, region, least_px=BLOCKS[0]))
    fine = shrunk(
        [part], np.asarray(table, np.float32), (_CELLS[0] * BLOCKS[0], _CELLS[0] * BLOCKS[1])
    )
    surface = np.zeros(BLOCKS[::-1], np.bool_)
    for cells in _CELLS:
        size = cells * BLOCKS[0], cells * BLOCKS[1]
        light = np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.float32)
        surface = _without_edges(np.maximum(light, _DARKEST / 4))
        if int(surface.sum()) >= _FEWEST_BLOCKS:
            break
    return surface


def _without_edges(light: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return the blocks within the largest part of a grid in which no two neighbours differ."""
    stops = np.log2(light[..., ::-1] @ LUMINANCE.astype(np.float32))
    colour = light / light.sum(axis=2, keepdims=True)
    edges = np.zeros(stops.shape, np.bool_)
    for axis in (0, 1):
        step = np.abs(np.diff(stops, axis=axis)) > _EDGE_STOPS
        step |= np.linalg.norm(np.diff(colour, axis=axis), axis=2) > _EDGE_CHROMATICITY
        edges |= np.pad(step, [(0, 1), (0, 0)] if axis == 0 else [(0, 0), (0, 1)])
    count, labels, sizes, _ = cv2.connectedComponentsWithStats(
        (~edges).astype(np.uint8), connectivity=4
    )
    if count < 2:
        return np.zeros(BLOCKS[::-1], np.bool_)
    return blocks_within(labels == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA])), 0.9)


def _spread_stops(luminance: NDArray[np.float64]) -> float:
    if len(luminance) < _FEWEST_BLOCKS:
        raise Unmeasurable(
            Text(
                f"only {len(luminance)} of {BLOCKS[0] * BLOCKS[1]} blocks of the region show the "
                "surface",
                f"区域的 {BLOCKS[0] * BLOCKS[1]} 块中只有 {len(luminance)} 块是该表面",
            ),
            Text("draw the region where nothing stands before it", "请把区域画在没有遮挡的地方"),
        )
    dark, bright = np.percentile(luminance, [_LOW_PERCENT, _HIGH_PERCENT])
    if dark < _DARKEST:
        raise Unmeasurable(
            Text("part of the region is too dark to compare", "区域有一部分太暗，无法比较"),
            Text(
                "switch on the lamp that lights it, or open the iris", "打开照亮它的灯，或开大光圈"
            ),
        )
    return float(np.log2(bright / dark))


def _with_coding(repeat_stops: float | None) -> float | None:
    return None if repeat_stops is None else math.hypot(repeat_stops, _CODED_STOPS)


def _slope_stops(luminance: NDArray[np.float64], whole: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return by how much a plane through the blocks rises over the region, right and down."""
    row, column = np.nonzero(whole)
    places = np.column_stack([column / BLOCKS[0], row / BLOCKS[1], np.ones(len(row))])
    plane, *_ = np.linalg.lstsq(places, np.log2(luminance[whole]), rcond=None)
    return np.asarray(plane[:2], np.float64)
