"""A move of one picture over another (shift, zoom, roll), made exact from a first guess.

A move is (a, b, x, y): it takes a point p of the reference, seen from the middle of the picture,
to (a −b; b a) p + (x, y), in px of a picture that is `FINEST_PX` wide. Where the first guess comes
from, and whether to believe the result, is decided in `registration`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

Plane = NDArray[np.float32]
Matrix = NDArray[np.float64]
Move = NDArray[np.float64]

FINEST_PX = 640
"""Width of the finest picture that is looked at."""

BLOCKS = (16, 9)
"""Columns and rows of the blocks that a picture is cut into."""

CONTRAST_DN = 4.0
"""Luma contrast below which there is only noise, once averaged to the finest width."""

NO_MOVE: Move = np.array([1.0, 0.0, 0.0, 0.0])
_STEPS, _CLOSE_PX, _LOCAL_PX, _SOFT = 12, 0.01, 6.0, 0.5
_SMALLEST, _LARGEST = 0.5, 2.0


def normalised(luma: Plane) -> Plane:
    """Take brightness and contrast out of a picture, locally: what is left knows no exposure.

    Parameters
    ----------
    luma : (height, width) float32
        Luma, 8-bit DN.

    Returns
    -------
    (height, width) float32
        About −2…2, 0 where there is nothing but noise.

    Notes
    -----
    **Source**: divisive normalisation (K. Jarrett et al., ICCV 2009, 2.1).

    Examples
    --------
    >>> steps = np.repeat(np.float32([[50, 100]]), 20, axis=1).repeat(20, axis=0)
    >>> bool(np.allclose(normalised(steps), normalised(steps + 80), atol=1e-4))
    True
    """
    apart = luma - cv2.GaussianBlur(luma, (0, 0), _LOCAL_PX)
    power = cv2.GaussianBlur(apart * apart, (0, 0), _LOCAL_PX)
    return np.asarray(apart / np.sqrt(power + CONTRAST_DN**2), np.float32)


def block_means(plane: Plane) -> Plane:
    """Return the mean of each of the blocks of a picture.

    Parameters
    ----------
    plane : (height, width) float32
        Any quantity.

    Returns
    -------
    (9, 16) float32
        Same unit.

    Notes
    -----
    **Source**: `BLOCKS`.

    Examples
    --------
    >>> block_means(np.ones((90, 160), np.float32)).shape
    (9, 16)
    """
    return np.asarray(cv2.resize(plane, BLOCKS, interpolation=cv2.INTER_AREA), np.float32)


def about_centre(matrix: Matrix, shape: tuple[int, ...]) -> Move:
    """Return the move that a (2, 3) matrix of px is, for pictures of the finest width."""
    centre = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    shift = matrix[:, :2] @ centre + matrix[:, 2] - centre
    return np.array([matrix[0, 0], matrix[1, 0], *shift])


def as_matrix(move: Move, width: int, height: int) -> Matrix:
    """Return what takes px of the reference to px of the picture at a size, (2, 3).

    Examples
    --------
    >>> as_matrix(np.array([1.0, 0.0, 2.0, 0.0]), 1920, 1080).tolist()
    [[1.0, -0.0, 6.0], [0.0, 1.0, 0.0]]
    """
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    turn = np.array([[move[0], -move[1]], [move[1], move[0]]])
    shift = move[2:] * (width / FINEST_PX)
    return np.column_stack([turn, centre + shift - turn @ centre])


def lay(picture: Plane, move: Move) -> tuple[Plane, Plane]:
    """Lay a picture on the reference.

    Parameters
    ----------
    picture : (height, width) or (height, width, 3) float32
        What was moved.
    move : (4,) float64
        How.

    Returns
    -------
    picture, inside : float32
        As the reference would show it; 1 where there is some of it, (height, width).
    """
    height, width = picture.shape[:2]
    matrix = as_matrix(move, width, height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    there = np.ones((height, width), np.float32)
    inside = cv2.warpAffine(there, matrix, (width, height), flags=flags)
    return np.asarray(laid, np.float32), (inside > 0.999).astype(np.float32)


def refined(looks: list[Plane], tonights: list[Plane], move: Move, kept: Plane) -> Move | None:
    """Make a move exact.

    Parameters
    ----------
    looks, tonights : list of (h, w) float32
        Reference and picture, normalised, from coarse to fine.
    move : (4,) float64
        A first guess, within a few px of the coarsest pictures.
    kept : (h, w) float32
        Weight of each px, at any size.

    Returns
    -------
    (4,) float64 or None
        ``None`` when nothing in the pictures holds the move.

    Notes
    -----
    **Source**: efficient second-order minimisation (S. Benhimane, E. Malis, IROS 2004) with the
    weights of S. Geman and D. McClure, Bull. Int. Stat. Inst. 52 (1987) 5.
    """
    for look, tonight in zip(looks, tonights, strict=True):
        weight = cv2.resize(kept, look.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for _ in range(_STEPS):
            rates, misses = equations(look, tonight, move, np.asarray(weight, np.float32))
            update = solution(rates.sum(axis=0), misses.sum(axis=0))
            if update is None:
                return None
            move = after(move, update)
            if not _SMALLEST < math.hypot(move[0], move[1]) < _LARGEST:
                return None
            if np.abs(update[2:]).max() < _CLOSE_PX:
                break
    return move


def after(move: Move, update: Matrix) -> Move:
    """Return the move that first makes a small one, (a − 1, b, x, y), on the reference."""
    turn = np.array([[move[0], -move[1]], [move[1], move[0]]])
    first = turn @ np.array([1 + update[0], update[1]])
    return np.array([*first, *(turn @ update[2:] + move[2:])])


def solution(rates: Matrix, misses: Matrix) -> Matrix | None:
    """Return the step that normal equations ask for; None when they do not hold it."""
    scale = np.sqrt(np.maximum(np.diag(rates), 1e-12))
    scaled = rates / np.outer(scale, scale)
    if np.linalg.cond(scaled) > 1e6:
        return None
    return np.asarray(-np.linalg.solve(scaled, misses / scale) / scale)


def equations(look: Plane, tonight: Plane, move: Move, weight: Plane) -> tuple[Matrix, Matrix]:
    """Return the normal equations of the next step, block by block, (144, 4, 4) and (144, 4)."""
    moved, inside = lay(tonight, move)
    miss = moved - look
    weight = weight * inside / (1.0 + (miss / _SOFT) ** 2) ** 2
    # the slope of the mean of both, per px: second-order without second derivatives
    slope_x = cv2.Scharr(look + moved, cv2.CV_32F, 1, 0) / 64
    slope_y = cv2.Scharr(look + moved, cv2.CV_32F, 0, 1) / 64
    height, width = look.shape
    x = np.arange(width, dtype=np.float32)[None, :] - (width - 1) / 2
    y = np.arange(height, dtype=np.float32)[:, None] - (height - 1) / 2
    px = width / FINEST_PX
    rates = (slope_x * x + slope_y * y, slope_y * x - slope_x * y, slope_x * px, slope_y * px)
    pixels = look.size / (BLOCKS[0] * BLOCKS[1])
    square = np.empty((BLOCKS[1], BLOCKS[0], 4, 4))
    right = np.empty((BLOCKS[1], BLOCKS[0], 4))
    for i in range(4):
        weighed = np.asarray(weight * rates[i], np.float32)
        right[..., i] = pixels * block_means(weighed * miss)
        for j in range(i, 4):
            mean = block_means(np.asarray(weighed * rates[j], np.float32))
            square[..., i, j] = square[..., j, i] = pixels * mean
    return square.reshape(-1, 4, 4), right.reshape(-1, 4)
