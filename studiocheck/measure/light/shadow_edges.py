"""Edges in the light of one lamp over all other light: where they run, how deep, how wide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.light.linear_light import FINE
from studiocheck.measure.light.shadow_profiles import (
    FINEST,
    Crossed,
    Floats,
    Places,
    Profiles,
    blurred,
    profiles,
    sampled,
)
from studiocheck.measure.opencv import cv2

_SCALES = (FINEST, 2.5, 6.0)
"""Blurs at which edges are looked for, cells: a hard edge shows at the finest, one that falls in
steps (a lamp of several emitters) or a soft one at a coarser."""

_FAINTEST_STEP = 0.2
"""Stops at calibration: edges that were fainter are not followed."""

_UNLIKE = 0.35
"""Of its logarithm: so much may the depth differ along an edge, typically. Outlines of bodies
pass before all kinds of background."""

_LEAST_POINTS = 12
"""Cells along an edge: 2.5 % of the picture's width. Less is a contact shadow or a coincidence."""

_TILE = 32
"""Cells: one shadow is soft at one end and hard where it touches what casts it, so its edge is
judged in parts."""

_MOST_OF_A_PART = 48

_GRID = np.array(FINE)

_OTHER_STEPS = 0.3
"""Of the edge's own logarithm: by more than this no other light may step along with it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One part of an edge: medians along it; spreads are expanded (k = 2), widths in cells."""

    region: Region
    depth: float
    depth_spread: float
    width_cells: float
    width_spread: float
    n: int


def edges_of(crossed: Crossed, shallowest: float) -> list[Edge]:
    """Return the edges at which one lamp's light is blocked.

    Where they run and how wide they are stands in the light at calibration, when every lamp was
    on; how deep they are, in tonight's.

    Parameters
    ----------
    crossed : Crossed
        The lamp's light and all other light.
    shallowest : float
        Least ratio of tonight's light across an edge, above 1.

    Returns
    -------
    list of Edge
        Only those along which no other source steps in any colour: elsewhere one surface ends
        and another begins.

    Notes
    -----
    **Source**: edges as maxima of the gradient along itself (J. Canny, IEEE PAMI 8 (1986) 679),
    at several scales.

    Examples
    --------
    >>> lamp = np.full((270, 480), 0.3, np.float32)
    >>> lamp[:, 190:211] = np.linspace(0.3, 0, 21)
    >>> lamp[:, 211:] = 0
    >>> other = np.full_like(lamp, 0.1)
    >>> found = edges_of(Crossed(lamp, other, lamp, other, [], other > 0), 1.4)
    >>> {round(edge.depth, 1) for edge in found}, abs(found[0].width_cells / 16 - 1) < 0.1
    ({4.0}, True)
    """
    found: list[Edge] = []
    for scale in _SCALES:
        places = _places(crossed, scale)
        if places is None:
            continue
        read = profiles(crossed, places, scale)
        for part in np.split(np.arange(len(places.part)), np.flatnonzero(np.diff(places.part)) + 1):
            edge = _measured(read, places.points, part, scale)
            if edge is not None and edge.depth >= shallowest:
                found.append(edge)
    return found


def _places(crossed: Crossed, scale: float) -> Places | None:
    """Return the crests of the gradient, part by part."""
    steps = np.log2(1 + blurred(crossed.light, scale) / blurred(crossed.other, scale))
    across = cv2.Sobel(steps, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(steps, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = np.hypot(across, down)
    least = _FAINTEST_STEP / (6 * scale)
    rows, columns = np.nonzero((slope > least) & crossed.usable)
    if not len(rows):
        return None
    ways = np.stack([across[rows, columns], down[rows, columns]], 1) / slope[rows, columns, None]
    points = np.stack([columns, rows], 1).astype(np.float64)
    here = slope[rows, columns]
    crest = (here >= sampled(slope, points + ways)) & (here > sampled(slope, points - ways))
    points, ways = points[crest], ways[crest].astype(np.float64)
    chosen, part = _in_parts(points.astype(int), slope.shape)
    return Places(points[chosen], ways[chosen], part) if len(chosen) else None


def _in_parts(
    at: NDArray[np.int64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which places lie on edges that are long enough, and the part of each."""
    mask = np.zeros(shape, np.uint8)
    mask[at[:, 1], at[:, 0]] = 1
    _, labels = cv2.connectedComponents(cv2.dilate(mask, np.ones((3, 3), np.uint8)))
    tiles = (at[:, 1] // _TILE) * 64 + at[:, 0] // _TILE
    keys = labels[at[:, 1], at[:, 0]].astype(np.int64) * 4096 + tiles
    order = np.argsort(keys, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(keys[order])) + 1)
    kept = [p[:: -(-len(p) // _MOST_OF_A_PART)] for p in parts if len(p) >= _LEAST_POINTS]
    if not kept:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(kept), np.repeat(np.arange(len(kept)), [len(p) for p in kept])


def _measured(read: Profiles, points: Floats, part: NDArray[np.int64], scale: float) -> Edge | None:
    good = part[read.good[part]]
    if len(good) < max(_LEAST_POINTS / 2, 0.5 * len(part)):
        return None
    depths, widths = read.depth[good], read.width[good]
    depth = float(np.median(depths))
    if float(np.median(np.abs(np.log(depths / depth)))) > _UNLIKE * np.log(depth):
        return None
    others = np.abs(np.median(read.steps[good], axis=0)).min(axis=-1)
    if others.max(initial=0.0) > _OTHER_STEPS * float(np.median(np.log(read.ratio[good]))):
        return None
    low, high = points[part].min(axis=0) / _GRID, (points[part].max(axis=0) + 1) / _GRID
    # neighbours along an edge saw the same noise
    spread = 2 * 1.2533 / np.sqrt(max(len(good) / (2 * scale), 2.0))
    return Edge(
        region=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        depth=depth,
        depth_spread=float(spread * np.std(depths)),
        width_cells=float(np.median(widths)),
        width_spread=float(spread * np.std(widths)),
        n=len(good),
    )
