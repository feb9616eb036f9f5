"""Movement of many pictures against one, by least squares on luma gradients.

It follows small movements to a hundredth of a sample; which part of a picture may be followed,
and what the movement means, is said elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

Stack = NDArray[np.float32]

_ROUNDING = 0.05
_CAUCHY = 2.385
"""Spreads at which a sample's weight halves: 95 % efficient where all is noise."""

_NODES = np.arange(-2.0, 4.0)
_OTHERS = np.array([[other for other in _NODES if other != node] for node in _NODES])


def follow_step(
    laid: Stack, reference: Stack, marks: NDArray[np.int64], *, forgiving: bool = True
) -> NDArray[np.float64]:
    """Return how much farther each picture has moved from the reference.

    One weighted least-squares step for movement, gain and offset of the light; a few of them, each
    on pictures laid over anew, converge.

    Parameters
    ----------
    laid : (n, height, width) float32
        The pictures, moved back by what is known of their movement.
    reference : (height, width) float32
        What they are held against.
    marks : (k,) int64
        Samples to look at, indices into the flat picture.
    forgiving : bool
        Whether samples that are farther off than their fellows lose weight. Before the pictures
        lie nearly right, those are the very edges that show the movement.

    Returns
    -------
    (n, 2) float64
        Movement to the right and down, px.

    Notes
    -----
    **Source**: B. D. Lucas, T. Kanade, IJCAI 1981, with the reference's gradients as in S. Baker,
    I. Matthews, Int. J. Comput. Vis. 56 (2004) 221; weights by P. W. Holland, R. E. Welsch,
    Commun. Stat. A 6 (1977) 813 (Cauchy).

    Examples
    --------
    >>> y, x = np.mgrid[:40, :60].astype(np.float32)
    >>> def scene(x): return 50 * np.sin(x / 4) * np.sin(y / 5)
    >>> moved = follow_step(scene(x - 0.2)[None], scene(x), np.arange(400, 2000))
    >>> bool(np.allclose(moved, [[0.2, 0.0]], atol=0.01))
    True
    """
    flat = reference.ravel()[marks]
    along = [g.ravel()[marks] for g in gradients(reference)]
    columns = np.stack([*along, flat, np.ones_like(flat)], axis=1)
    products = (columns[:, :, None] * columns[:, None, :]).reshape(-1, 16)
    apart = laid.reshape(len(laid), -1)[:, marks] - flat
    weight = np.ones_like(apart)
    if forgiving:
        spread = 1.4826 * np.median(np.abs(apart[:, ::5]), axis=1) + _ROUNDING
        weight /= 1 + (apart / (_CAUCHY * spread[:, None])) ** 2
    normal = (weight @ products).reshape(-1, 4, 4).astype(np.float64)
    normal += 1e-6 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(4)
    right = ((weight * apart) @ columns).astype(np.float64)
    return np.asarray(-np.linalg.solve(normal, right[..., None])[:, :2, 0])


def gradients(picture: Stack) -> tuple[Stack, Stack]:
    """Return the slope of a picture to the right and down, per px."""
    x = cv2.Scharr(picture, cv2.CV_32F, 1, 0, scale=1 / 32)
    y = cv2.Scharr(picture, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def laid_over(pictures: Stack, at: NDArray[np.float64]) -> Stack:
    """Return pictures moved back by their positions.

    Parameters
    ----------
    pictures : (n, height, width) float32
        Smooth on the scale of a sample.
    at : (n, 2) float64
        How far each has moved to the right and down, px.

    Returns
    -------
    (n, height, width) float32
        Mirrored at the borders.

    Notes
    -----
    **Source**: Lagrange interpolation on six samples (T. I. Laakso et al., IEEE Signal Process.
    Mag. 13 (1996) 30).

    Examples
    --------
    >>> ramp = np.tile(np.arange(30, dtype=np.float32), (20, 1))
    >>> round(float(laid_over(ramp[None], np.array([[0.25, 0.0]]))[0, 10, 15]), 3)
    15.25
    """
    laid = np.empty_like(pictures)
    for i, (x, y) in enumerate(at):
        # cv2.warpAffine knows 32nds of a pixel only, 0.25 px at 1080p here
        cv2.sepFilter2D(pictures[i], cv2.CV_32F, _kernel(x), _kernel(y), dst=laid[i])
    return laid


def _kernel(shift: float) -> NDArray[np.float64]:
    """Return the taps of a shift: Lagrange's polynomial through the six samples around.

    It is exact where the picture is smooth; a windowed sinc is 5 % of the shift off there.
    """
    whole = math.floor(shift)
    reach = max(abs(whole - 2), abs(whole + 3))
    taps = np.zeros(2 * reach + 1)
    first = reach + whole - 2
    taps[first : first + 6] = ((shift - whole - _OTHERS) / (_NODES[:, None] - _OTHERS)).prod(axis=1)
    return taps
