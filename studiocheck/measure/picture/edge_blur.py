"""How blurred the edges of a picture are: focus, in pixels of a 1080-line picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.burst import TILE_PX
from studiocheck.measure.picture.regions import cut_region

LINES = 1080
"""Blur is stated in px of a picture with so many lines, whatever size it comes in."""

_SMOOTH, _BLUR, _MORE_BLUR = 0.7, 1.5, 3.0
"""σ of the three looks at the picture, px: against noise, and blurred again on purpose."""

_OF_THE_GRADIENT = _SMOOTH**2 + 1 / 3 + 0.05
"""Variance that the look itself adds, px²: smoothing, central differences (1/3), and the mean
distance of the sampled maximum from the edge."""

_OF_HALVING = 1 / 16
"""Variance that averaging 2 × 2 px adds, in px² of the smaller picture."""

_STEP_TOLERANCE = 0.6
"""How far ln σ² of both re-blurs may differ at a clean step; beyond stand lines and texture."""

_LEAST_GRADIENT, _GRADIENT_NOISE, _NOISE_FACTOR = 6.0, 0.4, 5.0
"""DN/px: what counts as an edge; noise in a gradient per noise of a pixel; how far above it."""

_TILES_USED, _LEAST_TILES, _EDGES_PER_TILE, _LEAST_EDGES = 0.10, 12, 24, 40
_MOST_BLUR, _LEVELS = 2.2, 3
_SOFT_TEXTURE = 0.8
"""px of a smaller picture: texture that shows up only there is at least so soft."""

_RESAMPLES, _SEED = 200, 1
_METHOD, _METHOD_IN_TEXTURE = (0.10, 0.05), (0.15, 0.20)
"""Standard uncertainty of the method itself, of σ and in px: its spread over real scenes, which
`tests/unit/test_edge_blur.py` holds. Where clean steps are few, texture makes the rest look sharper
than they are."""

_STEPS_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class View:
    """A picture to look for edges in, and where.

    Parameters
    ----------
    luma : (height, width) uint8
        Luma on the full range.
    noise_dn : float
        Its noise, standard deviation, 8-bit DN.
    usable : (height // 32, width // 32) bool, optional
        Tiles that may be looked at; all of them when absent.
    """

    luma: NDArray[np.uint8]
    noise_dn: float
    usable: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class EdgeBlur:
    """Blur of the typical strong edge, σ in px of a 1080-line picture, k = 2 uncertainty."""

    sigma_px: float
    uncertainty_px: float
    edges: int
    tiles: int


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges found: variance of the blur in px² of the level, the tile, whether a clean step.

    ``textured`` says that most of what was found was no clean step.
    """

    variance: NDArray[np.float64]
    tile: NDArray[np.int64]
    clean: NDArray[np.bool_]
    textured: bool = False


def edge_blur(views: Sequence[View], region: Region | None = None) -> EdgeBlur:
    """Measure the blur of the strongest edges.

    An edge that is blurred again loses the more of its steepness the sharper it was; the loss
    tells its blur, whatever its contrast. Edges are taken from the tenth of the tiles with the
    steepest, the same number from each, and only where two re-blurs agree, which they do at a
    step and not in fine texture. What is softer than two pixels is measured in a smaller picture.

    Parameters
    ----------
    views : sequence of View
        Pictures of one size; tiles that are usable in several count in each.
    region : Region, optional
        Where to look, as shares of the picture.

    Returns
    -------
    EdgeBlur
        Median σ of a Gaussian blur, px at 1080 lines. The uncertainty (k = 2) joins a bootstrap
        over tiles with the spread of the method over scenes. A picture of nothing but texture
        looks sharper than it is, by a third at most.

    Raises
    ------
    Unmeasurable
        If nothing in the picture has contrast enough to be called an edge, at any scale.

    Notes
    -----
    **Source**: S. Zhuo, T. Sim, Defocus map estimation from a single image, Pattern Recognition
    44 (2011) 1852, eq. 3 to 5; bootstrap: JCGM 101:2008, 6.4.

    Examples
    --------
    >>> from math import erf
    >>> step = [128 + 80 * erf((x - 40.3 + 0.1 * y) / (2 * 2**0.5)) for y in range(96)
    ...         for x in range(96)]
    >>> picture = np.rint(np.array(step)).astype(np.uint8).reshape(96, 96)
    >>> picture = cv2.copyMakeBorder(picture, 0, 984, 0, 1824, cv2.BORDER_REFLECT)
    >>> round(edge_blur([View(picture, 0.0)]).sigma_px, 1)
    2.0
    """
    height, width = views[0].luma.shape
    scale = LINES / min(height, width)
    parts = [_cut(view, region) for view in views]
    skip = max(0, round(math.log2(1 / scale)))
    result: EdgeBlur | None = None
    for level in range(skip + _LEVELS + 1):
        if level >= skip:
            found = _pooled([_edges(part) for part in parts], coarse=level > skip)
            if len(found.variance) >= _LEAST_EDGES:
                here = _summary(found, level, scale)
                # what was too soft at the finer level is no sharper here
                if result is None or here.sigma_px > result.sigma_px:
                    result = here
                if result.sigma_px <= _MOST_BLUR * 2**level * scale:
                    return result
        parts = [_halved(part) for part in parts]
        if min(parts[0].luma.shape) < 2 * TILE_PX:
            break
    if result is None:
        raise Unmeasurable(
            Text(
                "too few edges: nothing here has contrast enough to judge the focus by",
                "边缘太少：画面中没有足够对比的景物可判断对焦",
            ),
            Text(
                "put something with print on it where the presenter stands, and check again",
                "在主播的位置放一件印有文字的物品，再检查一次",
            ),
        )
    return result


def _cut(view: View, region: Region | None) -> View:
    usable = np.ones([n // TILE_PX for n in view.luma.shape], np.bool_)
    if view.usable is not None:
        usable = view.usable
    if region is None:
        return View(view.luma, view.noise_dn, usable)
    luma = cut_region(view.luma, region, least_px=2 * TILE_PX)
    size = luma.shape[1] // TILE_PX, luma.shape[0] // TILE_PX
    part = cut_region(usable, region, least_px=1).astype(np.uint8)
    part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return View(luma, view.noise_dn, part.astype(np.bool_))


def _halved(view: View) -> View:
    height, width = view.luma.shape
    luma = cv2.resize(view.luma, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    rows, columns = luma.shape[0] // TILE_PX, luma.shape[1] // TILE_PX
    if not rows or not columns or view.usable is None:
        return View(np.asarray(luma, np.uint8), view.noise_dn / 2)
    share = cv2.resize(
        view.usable.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    return View(np.asarray(luma, np.uint8), view.noise_dn / 2, share.reshape(rows, columns) >= 0.5)


def _gradient(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    across = cv2.Scharr(picture, cv2.CV_32F, 1, 0, scale=1 / 32)
    down = cv2.Scharr(picture, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def _edges(view: View) -> _Edges:
    """Return the edges of one picture: at most so many a tile, of its steepest tiles."""
    usable = view.usable
    if usable is None or not usable.any():
        return _Edges(np.empty(0), np.empty(0, np.int64), np.empty(0, np.bool_))
    rows, columns = usable.shape
    part = view.luma[: rows * TILE_PX, : columns * TILE_PX]
    smooth = cv2.GaussianBlur(part.astype(np.float32), (0, 0), _SMOOTH)
    steep = _gradient(np.asarray(smooth, np.float32))
    by_tile = steep.reshape(rows, TILE_PX, columns, TILE_PX).max(axis=(1, 3))
    least = max(_LEAST_GRADIENT, _NOISE_FACTOR * _GRADIENT_NOISE * view.noise_dn)
    good = usable & (by_tile > least)
    wanted = max(_LEAST_TILES, round(_TILES_USED * usable.sum()))
    if good.sum() > wanted:
        good &= by_tile >= np.partition(by_tile[good], -wanted)[-wanted]
    threshold = np.where(good, np.maximum(least, by_tile / 2), np.inf).astype(np.float32)
    ridge = steep >= cv2.dilate(steep, np.ones((3, 3), np.uint8))
    ridge &= steep > threshold.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)
    y, x = np.nonzero(ridge)
    tile = (y // TILE_PX) * columns + x // TILE_PX
    keep = _strongest(tile, steep[y, x])
    y, x, tile = y[keep], x[keep], tile[keep]
    return _steps(np.asarray(smooth, np.float32), steep, (y, x), tile)


def _strongest(tile: NDArray[np.int64], strength: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the places of the strongest few of each tile."""
    order = np.lexsort((-strength, tile))
    ordered = tile[order]
    first = np.searchsorted(ordered, ordered)
    return np.asarray(order[np.arange(len(order)) - first < _EDGES_PER_TILE], np.int64)


def _steps(
    smooth: NDArray[np.float32],
    steep: NDArray[np.float32],
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    tile: NDArray[np.int64],
) -> _Edges:
    """Return the blur of edges; a clean step is one at which both re-blurs agree."""
    once = cv2.GaussianBlur(smooth, (0, 0), _BLUR)
    twice = cv2.GaussianBlur(once, (0, 0), math.sqrt(_MORE_BLUR**2 - _BLUR**2))
    variances = []
    for sigma, blurred in ((_BLUR, once), (_MORE_BLUR, twice)):
        left = _gradient(np.asarray(blurred, np.float32))[at].astype(np.float64)
        ratio = (steep[at] / np.maximum(left, 1e-3)) ** 2
        variances.append(sigma**2 / np.maximum(ratio - 1, 1e-3))
    clean = np.abs(np.log(variances[0] / variances[1])) < _STEP_TOLERANCE
    return _Edges(variances[0] - _OF_THE_GRADIENT, tile, clean)


def _pooled(found: Sequence[_Edges], *, coarse: bool) -> _Edges:
    """Return the clean steps of all views; every edge, where there are too few of them."""
    variance = np.concatenate([edges.variance for edges in found])
    tile = np.concatenate([edges.tile for edges in found])
    clean = np.concatenate([edges.clean for edges in found])
    if clean.sum() < _LEAST_EDGES:
        if coarse:
            variance = np.maximum(variance, _SOFT_TEXTURE**2)
        return _Edges(variance, tile, clean, textured=True)
    textured = bool(clean.mean() < _STEPS_SHARE)
    return _Edges(variance[clean], tile[clean], clean[clean], textured)


def _summary(edges: _Edges, level: int, scale: float) -> EdgeBlur:
    added = sum(_OF_HALVING * 4.0**-i for i in range(level))
    order = np.argsort(edges.variance)
    _, tile = np.unique(edges.tile[order], return_inverse=True)
    tiles = int(tile.max()) + 1
    drawn = np.random.default_rng(_SEED).multinomial(tiles, [1 / tiles] * tiles, _RESAMPLES)
    weight = np.cumsum(drawn[:, tile], axis=1)
    middle = (weight < weight[:, -1:] / 2).sum(axis=1)
    resampled = edges.variance[order][np.minimum(middle, len(order) - 1)]
    unit = 2**level * scale
    sigma = unit * math.sqrt(max(float(np.median(edges.variance)) - added, 0.0))
    spread = float(np.std(unit * np.sqrt(np.maximum(resampled - added, 0.0))))
    relative, absolute = _METHOD_IN_TEXTURE if edges.textured else _METHOD
    return EdgeBlur(
        sigma_px=sigma,
        uncertainty_px=2 * math.hypot(spread, relative * sigma, absolute * scale),
        edges=len(order),
        tiles=tiles,
    )
