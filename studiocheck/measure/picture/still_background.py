"""Which parts of a clip are its background: what moves least, and shows a movement best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.lucas_kanade import Stack, gradients

BORDER = 8
"""Grid px beside the edge that are left out: they leave the picture when it moves."""

_MARKS = 6000
TILE = 15
_SHARE_OF_EDGES = 0.3
"""Of the edges in the direction that has least of them, so many must be on the background."""

_LEAST_SLOPE = 0.3
"""Root mean square gradient of the best samples in the direction that has least of it, DN/px;
below is only noise."""

_MASK_SPREADS = 3.0


def least_moving(pictures: Stack) -> Stack:
    """Return 1 on the tiles that move least, 0 elsewhere: there is the background.

    Whoever moves before a camera that shakes does not cancel its shaking. An edge does not show
    that it moves along itself, so tiles are taken until they have edges of all directions.

    Parameters
    ----------
    pictures : (n, 135, 240) float32
        Detail of each picture, DN.

    Raises
    ------
    Unmeasurable
        If nothing has texture enough.

    Notes
    -----
    **Source**: least eigenvalue of the structure tensor (J. Shi, C. Tomasi, CVPR 1994).
    """
    x, y = gradients(pictures[len(pictures) // 2])
    xx, yy, xy = _tile_means(x * x), _tile_means(y * y), _tile_means(x * y)
    texture = xx + yy
    usable = texture > max(_LEAST_SLOPE**2 / 4, float(np.percentile(texture, 25)))
    if not usable.any():
        raise no_texture()
    moved = np.where(usable, _tile_means(pictures.var(axis=0)) / np.maximum(texture, 1e-6), np.inf)
    order = np.argsort(moved.ravel())[: int(usable.sum())]
    xx, yy, xy = (np.cumsum(part.ravel()[order]) for part in (xx, yy, xy))
    weakest = (xx + yy - np.hypot(xx - yy, 2 * xy)) / 2
    enough = int(np.argmax(weakest >= _SHARE_OF_EDGES * weakest[-1]))
    least = np.zeros(moved.size, np.float32)
    least[order[: max(enough, len(order) // 4) + 1]] = 1
    return np.kron(least.reshape(moved.shape), np.ones((TILE, TILE), np.float32))


def _tile_means(picture: Stack) -> Stack:
    rows, columns = (side // TILE for side in picture.shape)
    return np.asarray(picture.reshape(rows, TILE, columns, TILE).mean(axis=(1, 3)), np.float32)


def best_samples(reference: Stack, still: Stack, border: int = BORDER) -> NDArray[np.int64]:
    """Return the samples that show a movement best, as indices into the flat picture.

    Parameters
    ----------
    reference : (rows, columns) float32
        Detail of the picture that others are laid over, DN.
    still : (rows, columns) float32
        1 where the background is.
    border : int
        Samples beside the edge that are left out.

    Raises
    ------
    Unmeasurable
        If edges of one direction alone are left.

    Notes
    -----
    **Source**: as `least_moving`.
    """
    slope = _slope(reference) * still
    inside = np.zeros_like(slope)
    inside[border:-border, border:-border] = 1
    slope = (slope * inside).ravel()
    most = min(_MARKS, len(slope) // 3)
    marks = np.argpartition(slope, -most)[-most:]
    marks = np.sort(marks[slope[marks] > 0])
    along = np.stack([g.ravel()[marks] for g in gradients(reference)])
    # edges of one direction alone show no movement along themselves
    weakest = float(np.linalg.eigvalsh(along @ along.T)[0])
    if weakest < _LEAST_SLOPE**2 * most:
        raise no_texture()
    return marks


def _slope(picture: Stack) -> Stack:
    return np.asarray(np.hypot(*gradients(picture)), np.float32)


def standing(laid: Stack, reference: Stack, likely: Stack) -> Stack:
    """Return 1 where the picture stands once the camera's movement is taken out, 0 elsewhere.

    Parameters
    ----------
    laid : (n, rows, columns) float32
        The pictures, each laid over the reference.
    reference : (rows, columns) float32
        Their mean.
    likely : (rows, columns) float32
        1 where the background probably is.

    Notes
    -----
    **Source**: median absolute deviation as a scale of outliers (P. Huber, Robust Statistics).

    Examples
    --------
    >>> wall = np.tile(np.sin(np.arange(60.0)), (45, 1)).astype(np.float32) * 20
    >>> laid = np.stack([wall, wall + 1, wall - 1])
    >>> laid[1, 20:30, 20:40] += 30
    >>> found = standing(laid, wall, np.ones_like(wall))
    >>> found[24, 30].item(), found[5, 5].item()
    (0.0, 1.0)
    """
    change = np.sqrt(np.mean((laid - reference) ** 2, axis=0))
    # an edge changes a little wherever it lies over another
    usual = change / (0.5 + 0.1 * _slope(reference))
    limit = _MASK_SPREADS * float(np.median(usual[likely > 0]))
    still = (usual < limit).astype(np.uint8)
    return cv2.erode(still, np.ones((5, 5), np.uint8)).astype(np.float32)


def no_texture() -> Unmeasurable:
    """Say that nothing in the background would show a movement."""
    return Unmeasurable(
        Text(
            "the background is too dark or too plain to show whether the camera moves",
            "背景太暗或太单调，看不出摄像头是否晃动",
        ),
        Text(
            "light the set, or put something with edges in the background",
            "打亮现场，或在背景中放一件有轮廓的物品",
        ),
    )
