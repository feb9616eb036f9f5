"""Where one picture of a set lies on another of the same set, and whether it is the same set."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.likeness import (
    LEAST_BLOCKS,
    LEAST_SHARE,
    alike_blocks,
    outside,
    pyramid,
    refuse_empty,
    refuse_other_proportions,
    structured,
)
from studiocheck.measure.picture.similarity import (
    FINEST_PX,
    NO_MOVE,
    Matrix,
    Move,
    Plane,
    about_centre,
    after,
    block_means,
    equations,
    normalised,
    refined,
    solution,
)
from studiocheck.measure.picture.still_blocks import GROUP_OF_BLOCK, settle, worth
from studiocheck.measure.repeat import coverage_factor

REFERENCE_WIDTH = 1920
"""Shifts are told in px of a picture this wide."""

PLENTY = 0.6
"""A move that so much of what shows something follows need not be beaten by another."""

RESAMPLING_PX = 0.12
"""Type B, k = 2: 4 % of a px of the finest picture, to which both were reduced (found in tests)."""

_SIFT_FEATURES, _SIFT_RATIO, _CONSENSUS_PX, _CONSENSUSES = 1500, 0.8, 3.0, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Where a picture lies on a reference; uncertainties are expanded (k = 2).

    Parameters
    ----------
    move : (4,) float64
        The move from reference to picture, as in `similarity`.
    right_px, down_px : float
        How far what stands in the middle of the reference has moved, px at 1920 of width.
    shift_px : float
        Root-mean-square displacement over the picture once the zoom is taken out, px at 1920 of
        width: shift and roll together.
    zoom_percent : float
        How much larger things are than in the reference, %.
    roll_degrees : float
        How far the picture has turned clockwise, degrees.
    coverage : float
        Share of the blocks that show something and agree, 0…1.
    n : int
        How many blocks agree.
    """

    move: Move
    right_px: float
    down_px: float
    shift_px: float
    shift_uncertainty_px: float | None
    zoom_percent: float
    zoom_uncertainty_percent: float | None
    roll_degrees: float
    coverage: float
    n: int


def register(
    reference: NDArray[np.uint8], picture: NDArray[np.uint8], subject: Region | None = None
) -> Registration | None:
    """Find shift, zoom and roll between two pictures of one set.

    The background decides: people who have moved, other clothes and other light do not matter as
    long as enough of the set can be seen in both.

    Parameters
    ----------
    reference, picture : (height, width) uint8
        Luma on the full range. Sizes may differ, proportions may not.
    subject : Region, optional
        Where people are, left out if there is enough beside it.

    Returns
    -------
    Registration or None
        ``None`` when both pictures show something, and not the same.

    Raises
    ------
    Unmeasurable
        If one of them shows nothing that could be found again, or their proportions differ.

    Notes
    -----
    **Source**: first guesses from no move at all and from features (D. Lowe, IJCV 60 (2004) 91)
    in consensus (M. Fischler, R. Bolles, CACM 24 (1981) 381), each made exact by
    `similarity.refined`; uncertainty by the delete-a-group jackknife over twelve parts of the
    picture (J. Shao, D. Tu, The Jackknife and Bootstrap, 1995, 2.3).

    Examples
    --------
    >>> noise = np.random.default_rng(1).uniform(0, 255, (45, 80)).astype(np.float32)
    >>> wall = cv2.resize(noise, (640, 360), interpolation=cv2.INTER_CUBIC)
    >>> wall = np.clip(wall, 0, 255).astype(np.uint8)
    >>> moved = np.roll(wall, 4, axis=1)  # 4 of 640 px are 12 of 1920
    >>> f"{register(wall, moved).right_px:.1f}"
    '12.0'
    """
    refuse_other_proportions(reference, picture)
    look, tonight = pyramid(reference), pyramid(picture)
    kept = outside(subject, look[-1].shape)
    wanted = structured(look[-1]) & (block_means(kept) > 0.5)
    if wanted.sum() < 2 * LEAST_BLOCKS:
        kept, wanted = np.ones_like(kept), structured(look[-1])
    refuse_empty(wanted, tonight[-1])
    found = _best_move(look, tonight, kept, wanted)
    if found is None:
        return None
    move, still = found
    return _registration(look[-1], tonight[-1], move, still, still.sum() / wanted.sum())


def _best_move(
    look: list[Plane], tonight: list[Plane], kept: Plane, wanted: NDArray[np.bool_]
) -> tuple[Move, NDArray[np.bool_]] | None:
    """Return the move that explains most of the picture, and the blocks that it rests on."""
    looks, tonights = [normalised(p) for p in look], [normalised(p) for p in tonight]
    best, most = None, -1.0
    tried: list[Move] = []
    for start, level in _guesses(looks[-1], tonights[-1]):
        # a start that is exact already may be drawn away from by who has moved a little
        for levels in (slice(0, 0), slice(level, -1)):
            move = refined(looks[levels], tonights[levels], start, kept)
            if move is None or any(_is_near(move, other) for other in tried):
                continue
            tried.append(move)
            alike = alike_blocks(look[-1], tonight[-1], move, wanted)
            if alike.sum() < max(LEAST_BLOCKS, LEAST_SHARE * wanted.sum()):
                continue
            settled, still = settle(looks[-1], tonights[-1], move, alike)
            if still.sum() >= LEAST_BLOCKS and worth(still, settled) > most:
                best, most = (settled, still), worth(still, settled)
                if still.sum() > PLENTY * wanted.sum():
                    return best
    return best


def _is_near(move: Move, other: Move) -> bool:
    """Whether two moves are the same to half a px all over the picture."""
    return bool(np.abs((move - other) * [FINEST_PX / 2, FINEST_PX / 2, 1, 1]).max() < 0.5)


def _guesses(look: Plane, tonight: Plane) -> Iterator[tuple[Move, int]]:
    """Yield first guesses, each with the pyramid level that it is good enough for."""
    yield NO_MOVE, 0
    sift = cv2.SIFT.create(_SIFT_FEATURES, contrastThreshold=0.02)
    points_1, words_1 = sift.detectAndCompute(_as_picture(look), None)
    points_2, words_2 = sift.detectAndCompute(_as_picture(tonight), None)
    if min(len(points_1), len(points_2)) < 2:
        return
    pairs = [
        (points_1[one.queryIdx].pt, points_2[one.trainIdx].pt)
        for one, *other in cv2.BFMatcher().knnMatch(words_1, words_2, k=2)
        if other and one.distance < _SIFT_RATIO * other[0].distance
    ]
    cv2.setRNGSeed(0)
    for _ in range(_CONSENSUSES):  # what moved with the presenter may be the first to agree
        if len(pairs) < 4:
            return
        found = _consensus(*(np.array(side, np.float64) for side in zip(*pairs, strict=True)))
        if found is None:
            return
        matrix, agree = found
        yield about_centre(matrix, look.shape), 1
        pairs = [pair for pair, in_it in zip(pairs, agree, strict=True) if not in_it]


def _as_picture(plane: Plane) -> NDArray[np.uint8]:
    return np.clip(128 + 48 * plane, 0, 255).astype(np.uint8)


def _consensus(here: Matrix, there: Matrix) -> tuple[Matrix, NDArray[np.bool_]] | None:
    """Return the (2, 3) matrix that most points agree on, and which do; None for too few."""
    fit: tuple[object, object] = cv2.estimateAffinePartial2D(
        here, there, method=cv2.RANSAC, ransacReprojThreshold=_CONSENSUS_PX
    )
    matrix, agree = fit
    if matrix is None or np.count_nonzero(agree) < 4:  # type: ignore[call-overload]
        return None
    return np.asarray(matrix, np.float64), np.asarray(agree, np.bool_).ravel()


# ---------------------------------------------------------------- what is told


def _registration(
    look: Plane, tonight: Plane, move: Move, still: NDArray[np.bool_], coverage: float
) -> Registration:
    """Ask the parts of what stands still how much they disagree."""
    rates, misses = equations(
        normalised(look), normalised(tonight), move, np.ones(look.shape, np.float32)
    )
    rates, misses = rates * still.ravel()[:, None, None], misses * still.ravel()[:, None]
    told = _told(move, look.shape)
    spread = np.array([_told(after(move, u), look.shape) for u in _left_out(rates, misses)])
    radius = _rms_radius(look.shape)
    return Registration(
        move=move,
        right_px=told[0],
        down_px=told[1],
        shift_px=math.hypot(*told[:3]),
        shift_uncertainty_px=_expanded(spread[:, :3], RESAMPLING_PX),
        zoom_percent=told[3],
        zoom_uncertainty_percent=_expanded(spread[:, 3:], 100 * RESAMPLING_PX / radius),
        roll_degrees=math.degrees(math.atan2(move[1], move[0])),
        coverage=float(coverage),
        n=int(still.sum()),
    )


def _rms_radius(shape: tuple[int, ...]) -> float:
    """Return the rms distance of a picture's points from its middle, px at 1920 of width."""
    return math.hypot(shape[0], shape[1]) / math.sqrt(12) * REFERENCE_WIDTH / FINEST_PX


def _told(move: Move, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Return shift right and down and rms displacement by roll, px at 1920; zoom, %."""
    px = REFERENCE_WIDTH / FINEST_PX
    roll = 2 * math.sin(math.atan2(move[1], move[0]) / 2) * _rms_radius(shape)
    zoom = 100 * (math.hypot(move[0], move[1]) - 1)
    return float(move[2] * px), float(move[3] * px), roll, zoom


def _left_out(rates: Matrix, misses: Matrix) -> list[Matrix]:
    """Return the next step without each part of the picture that has a say."""
    found = []
    for part in np.unique(GROUP_OF_BLOCK[np.trace(rates, axis1=1, axis2=2) > 0]):
        others = part != GROUP_OF_BLOCK
        update = solution(rates[others].sum(axis=0), misses[others].sum(axis=0))
        if update is not None:
            found.append(update)
    return found


def _expanded(left_out: Matrix, resolution: float) -> float | None:
    """Return the expanded uncertainty of a length from its delete-a-group values, (g, d)."""
    count = len(left_out)
    if count < 3:
        return None
    variance = (count - 1) / count * ((left_out - left_out.mean(axis=0)) ** 2).sum()
    return math.hypot(coverage_factor(count - 1) * math.sqrt(float(variance)), resolution)
