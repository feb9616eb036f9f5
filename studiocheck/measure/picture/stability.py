"""How still the camera stands: shake and drift of the background."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.lucas_kanade import Stack, follow_step, laid_over
from studiocheck.measure.picture.still_background import (
    BORDER,
    TILE,
    best_samples,
    least_moving,
    no_texture,
    standing,
)

MOST_FRAMES = 75
"""So many frames, evenly spread, show any shake; more cost time and tell nothing new."""

_FEWEST_FRAMES = 10
_WIDTH_PX = 1920.0
_FINE_SIGMA, _COARSE_PX = 1.0, 17
"""The picture is looked at between these scales, grid px: below lies aliasing, above lies light
that changes (lamps, exposure, shadows of the presenter)."""

_COARSER, _COARSE_STEPS, _FINE_STEPS = 4, 8, 3
_MOST_ROUNDS, _SETTLED = 6, 0.25
"""Rounds of following and of telling background from the rest end when no position changes by
more than this, grid px; a camera that stands needs one."""

_FARTHEST = 8.0
"""A picture that moves farther than this, grid px (64 px at 1080p), is a moving shot."""

_ALIKE = 0.8
"""Least correlation of a frame's background with the mean of all, once it is laid over it."""

_FEWEST_BACKGROUND = 0.15
_TOO_UNSURE_PX = 1.0
_MEMORY_FRAMES = 4.0
"""An encoder's noise is alike in so many consecutive frames; they count as one observation."""

_FLOOR_PX, _DRIFT_FLOOR_PX, _GAIN = 0.05, 0.12, 0.01
"""Expanded errors on photographs of known shift, H.264 included: fixed, and as a share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How still a picture stood, px of a picture 1920 px wide; uncertainties expanded (k = 2).

    Parameters
    ----------
    shake_rms_px : float
        Root mean square distance of the picture from its even drift, both directions together.
    drift_px : float
        How far the even drift went from the first frame to the last.
    background : float
        Share of the picture that stood for the background, 0…1.
    frames : int
        How many frames were compared.
    """

    shake_rms_px: float
    shake_uncertainty_px: float
    drift_px: float
    drift_uncertainty_px: float
    background: float
    frames: int


def stability(
    grid: NDArray[np.uint8], captured_s: NDArray[np.float64], size: tuple[int, int] = (1920, 1080)
) -> Stability:
    """Measure how far the background of a clip moves.

    Each frame is laid over the mean of all by iterated least squares on luma gradients, with gain
    and offset of the light free. What does not move with the rest (a presenter) loses its weight.
    Two halves of the background, tiles in turn, are followed apart: what they have in common is
    movement, what they do not is noise.

    Parameters
    ----------
    grid : (n, 135, 240) uint8
        Luma averaged over blocks, only of frames that were looked at.
    captured_s : (n,) float64
        Their capture times, s.
    size : tuple of int
        Width and height of the picture itself, px.

    Returns
    -------
    Stability
        Shake and drift, px at a width of 1920.

    Raises
    ------
    Unmeasurable
        If the picture has too little texture, is a moving shot, or has no background.

    Notes
    -----
    **Source**: B. D. Lucas, T. Kanade, IJCAI 1981, in the inverse compositional form of S. Baker,
    I. Matthews, Int. J. Comput. Vis. 56 (2004) 221. Phase correlation is biased at odd sizes.

    Examples
    --------
    A picture that moves by one block (8 px) to and fro:

    >>> rng = np.random.default_rng(1)
    >>> scene = cv2.GaussianBlur(rng.uniform(0, 255, (135, 260)).astype(np.float32), (0, 0), 2)
    >>> scene = (127 + 4 * (scene - 127)).clip(0, 255).astype(np.uint8)
    >>> clip = np.stack([scene[:, 8 + i % 2 : 248 + i % 2] for i in range(40)])
    >>> round(stability(clip, np.arange(40) / 30).shake_rms_px, 1)
    4.0
    """
    if len(grid) < _FEWEST_FRAMES:
        raise _few(len(grid))
    rows = np.unique(np.linspace(0, len(grid) - 1, min(len(grid), MOST_FRAMES)).round().astype(int))
    pictures = _band(grid[rows])
    half_a, half_b, background = _positions(pictures)
    scale = _WIDTH_PX / size[0] * np.array([size[0] / grid.shape[2], size[1] / grid.shape[1]])
    return _summed_up(scale * half_a, scale * half_b, captured_s[rows], background)


def _band(grid: NDArray[np.uint8]) -> Stack:
    """Return the detail of each picture between two scales."""
    found = np.empty(grid.shape, np.float32)
    for i, picture in enumerate(grid):
        fine = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), _FINE_SIGMA)
        cv2.subtract(fine, cv2.blur(fine, (_COARSE_PX, _COARSE_PX)), dst=found[i])
    return found


def _positions(pictures: Stack) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return where two halves of the background are in each frame, (n, 2) grid px each."""
    likely = least_moving(pictures)
    at = _found_roughly(pictures, likely)
    if float(np.ptp(at, axis=0).max()) > _FARTHEST:
        raise _moving()
    reference = pictures[len(pictures) // 2]
    marks = best_samples(reference, likely)
    for _ in range(_MOST_ROUNDS):
        before = at
        for _ in range(_FINE_STEPS):
            at = at + follow_step(laid_over(pictures, at), reference, marks)
        laid = laid_over(pictures, at)
        reference = np.asarray(laid.mean(axis=0), np.float32)
        still = standing(laid, reference, likely)
        marks = best_samples(reference, still)
        if float(np.abs(at - before - (at - before).mean(axis=0)).max()) < _SETTLED:
            break
    background = float(still[BORDER:-BORDER, BORDER:-BORDER].mean())
    if background < _FEWEST_BACKGROUND:
        raise _no_background()
    at = at + follow_step(laid, reference, marks)
    laid = laid_over(pictures, at)
    if float(np.percentile(_likeness(laid, reference, marks), 10)) < _ALIKE:
        raise _no_background()
    tile = marks // pictures.shape[2] // TILE + marks % pictures.shape[2] // TILE
    half_a, half_b = (at + follow_step(laid, reference, marks[tile % 2 == i]) for i in (0, 1))
    return half_a, half_b, background


def _found_roughly(pictures: Stack, likely: Stack) -> NDArray[np.float64]:
    """Return positions from the coarse picture, where a large movement is a small one."""
    size = pictures.shape[2] // _COARSER, pictures.shape[1] // _COARSER
    small = np.stack([cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in pictures])
    reference = small[len(small) // 2]
    where = cv2.resize(likely, size, interpolation=cv2.INTER_NEAREST)
    marks = best_samples(reference, np.asarray(where, np.float32), border=1)
    at = np.zeros((len(pictures), 2))
    for _ in range(_COARSE_STEPS):
        at = at + follow_step(laid_over(small, at), reference, marks, forgiving=False)
    return at * _COARSER


def _likeness(laid: Stack, reference: Stack, marks: NDArray[np.int64]) -> NDArray[np.float64]:
    a, b = laid.reshape(len(laid), -1)[:, marks], reference.ravel()[marks]
    return np.asarray((a @ b) / np.sqrt((a * a).sum(axis=1) * float(b @ b) + 1e-9), np.float64)


def _summed_up(
    half_a: NDArray[np.float64],
    half_b: NDArray[np.float64],
    captured_s: NDArray[np.float64],
    background: float,
) -> Stability:
    frames = len(captured_s)
    line = np.stack([np.ones(frames), captured_s - captured_s.mean()], axis=1)
    onto = line @ np.linalg.pinv(line)
    shake_a, shake_b = half_a - onto @ half_a, half_b - onto @ half_b
    trend = onto @ ((half_a + half_b) / 2)
    # what is independent in the halves cancels in their product
    square = float((shake_a * shake_b).sum() / frames)
    noise = ((shake_a - shake_b) ** 2).mean(axis=0) / 2
    observations = frames / _MEMORY_FRAMES
    spread = math.sqrt(
        (float((noise**2).sum()) + 2 * max(square, 0.0) * float(noise.max())) / observations
    )
    shake = math.sqrt(max(square, 0.0))
    unsure = math.sqrt(shake**2 + 2 * spread) - shake
    drift = float(np.hypot(*(trend[-1] - trend[0])))
    slope = math.sqrt(12 * float(noise.sum()) / 2 / observations)
    if max(unsure, slope) > _TOO_UNSURE_PX + shake / 2:
        raise no_texture()
    return Stability(
        shake_rms_px=shake,
        shake_uncertainty_px=math.hypot(unsure, _FLOOR_PX + _GAIN * shake),
        drift_px=drift,
        drift_uncertainty_px=math.hypot(2 * slope, _DRIFT_FLOOR_PX + _GAIN * drift),
        background=background,
        frames=frames,
    )


def _few(frames: int) -> Unmeasurable:
    return Unmeasurable(
        Text(
            f"only {frames} frames could be looked at, too few to tell whether the camera moves",
            f"只看到 {frames} 帧，不足以判断摄像头是否晃动",
        ),
        Text("capture for longer", "延长采集时间"),
    )


def _moving() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the whole picture moves: a pan, a zoom or a moving shot",
            "整个画面在移动：正在摇摄、变焦或移动机位",
        ),
        Text("hold the shot and check again", "固定机位后再检查一次"),
    )


def _no_background() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "too little of the picture stands still to serve as background",
            "画面中静止的部分太少，找不到可参照的背景",
        ),
        Text(
            "let the presenter stand still, or show more of the set, and check again",
            "请主播站定，或多拍一些背景，再检查一次",
        ),
    )
