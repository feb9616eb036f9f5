"""Focus peaking: the edges that are in focus, marked on a dim grey picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.report.pictures.kinds import SHARP_PX
from studiocheck.report.pictures.raster import fitted, jpeg

_LINES = 1080
_REBLUR_PX = 1.0
_OF_THE_GRADIENT = 1 / 3 + 0.05
"""Variance that the look itself adds, px²: central differences, and the mean distance of the
sampled maximum from the edge."""

_SOBEL = 8
"""What the Sobel operator makes of one DN per px."""

_LEAST_GRADIENT, _GRADIENT_NOISE, _NOISE_FACTOR = 6.0, 0.43, 5.0
"""DN/px: what counts as an edge; noise in a gradient per noise of a pixel; how far above it."""

_COLOUR_BGR = (40, 255, 190)
_WIDTH = 480
_DIM = 0.55
_LEAST_MARK = 20
"""How much of a px of the small picture must be marked, of 255: a line of one px of the large."""


def focus_peaking(luma: NDArray[np.uint8], noise_dn: float = 0.0) -> bytes:
    """Draw the edges that are sharper than `SHARP_PX` over a dim grey picture.

    Parameters
    ----------
    luma : (height, width) uint8
        Luma at full size, of a single frame: a mean of frames blurs who moves.
    noise_dn : float
        Its noise, 8-bit DN, above which an edge has to stand: noise has sharp edges too.

    Returns
    -------
    bytes
        JPEG of at most 480 px width.
    """
    return jpeg(overlay(luma, noise_dn))


def overlay(luma: NDArray[np.uint8], noise_dn: float = 0.0) -> NDArray[np.uint8]:
    """Return the picture with the marks, (h, w, 3) uint8 BGR, at most 480 px wide."""
    grey = fitted(luma, _WIDTH)
    picture = np.repeat((grey * _DIM).astype(np.uint8)[..., np.newaxis], 3, axis=2)
    marks = cv2.resize(sharp_edges(luma, noise_dn), grey.shape[::-1], interpolation=cv2.INTER_AREA)
    picture[marks > _LEAST_MARK] = _COLOUR_BGR
    return picture


def sharp_edges(luma: NDArray[np.uint8], noise_dn: float = 0.0) -> NDArray[np.uint8]:
    """Return where edges are sharper than the limit.

    Parameters
    ----------
    luma : (height, width) uint8
        Luma at full size.
    noise_dn : float
        Its noise, 8-bit DN.

    Returns
    -------
    (height, width) uint8
        255 on edges that are in focus, 0 elsewhere.

    Notes
    -----
    **Source**: an edge loses the more gradient when it is blurred again the sharper it was: ratio
    R of the gradients before and after, blur² = 1 / (R² − 1) times the second blur squared
    (S. Zhuo, T. Sim, Pattern Recognition 44 (2011) 1852, eq. 3 to 5). Marks each edge by itself;
    `studiocheck.measure.picture.edge_blur` judges the typical one.
    """
    limit_px = SHARP_PX * min(luma.shape) / _LINES
    least = _SOBEL * max(_LEAST_GRADIENT, _NOISE_FACTOR * _GRADIENT_NOISE * noise_dn)
    across, down = _gradient(luma)
    at = np.flatnonzero(cv2.Canny(across, down, least, 2 * least, L2gradient=True))
    again = _gradient(np.asarray(cv2.GaussianBlur(luma, (0, 0), _REBLUR_PX), np.uint8))
    before, after = _squared(across, down, at), _squared(*again, at)
    sharp = before >= after * (1 + _REBLUR_PX**2 / (limit_px**2 + _OF_THE_GRADIENT))
    marked = np.zeros(luma.size, np.uint8)
    marked[at[sharp]] = 255
    return marked.reshape(luma.shape)


def _gradient(luma: NDArray[np.uint8]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    across, down = (cv2.Sobel(luma, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
    return np.asarray(across, np.int16), np.asarray(down, np.int16)


def _squared(
    across: NDArray[np.int16], down: NDArray[np.int16], at: NDArray[np.intp]
) -> NDArray[np.float32]:
    x, y = (part.ravel()[at].astype(np.float32) for part in (across, down))
    return np.asarray(x * x + y * y, np.float32)
