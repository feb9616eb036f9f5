"""What a picture shows block by block, and which blocks show the same in two of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.similarity import (
    BLOCKS,
    CONTRAST_DN,
    FINEST_PX,
    Move,
    Plane,
    block_means,
    lay,
)

LEAST_LIKENESS, LEAST_BLOCKS, LEAST_SHARE = 0.75, 8, 0.2
"""A block is the same from this correlation on; so many blocks, and so much of all that show
something, must be the same for two pictures to be of one set. Two unlike photographs, at their
best fit, agree in a tenth of their blocks at most (110 pairs)."""

_WIDTHS = (80, 160, 320, FINEST_PX)


def pyramid(luma: NDArray[np.uint8]) -> list[Plane]:
    """Return a picture from coarse to fine, averaged down from the whole.

    Parameters
    ----------
    luma : (height, width) uint8
        Luma on the full range.

    Returns
    -------
    list of (h, w) float32
        Luma, DN, at 80, 160, 320 and 640 px of width.

    Notes
    -----
    **Source**: area averages, which fold no detail over (P. Burt, E. Adelson, IEEE Trans. Commun.
    31 (1983) 532).

    Examples
    --------
    >>> [level.shape for level in pyramid(np.zeros((1080, 1920), np.uint8))]
    [(45, 80), (90, 160), (180, 320), (360, 640)]
    """
    height, width = luma.shape[:2]
    size = FINEST_PX, max(BLOCKS[1], round(FINEST_PX * height / width))
    finest = np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float32)
    levels = [finest]
    for across in reversed(_WIDTHS[:-1]):
        size = across, max(BLOCKS[1], round(across * height / width))
        level = cv2.resize(finest, size, interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(level, np.float32))
    return levels[::-1]


def outside(subject: Region | None, shape: tuple[int, ...]) -> Plane:
    """Return 1 where people are not, 0 where they are, (height, width)."""
    kept = np.ones(shape, np.float32)
    if subject is not None:
        x, y, w, h = subject
        rows = slice(round(y * shape[0]), round(min(y + h, 1.0) * shape[0]))
        kept[rows, round(x * shape[1]) : round(min(x + w, 1.0) * shape[1])] = 0
    return kept


def structured(luma: Plane) -> NDArray[np.bool_]:
    """Return which blocks show something, by their contrast, (9, 16)."""
    variance = block_means(luma * luma) - block_means(luma) ** 2
    return np.asarray(variance > CONTRAST_DN**2)


def alike_blocks(
    look: Plane, tonight: Plane, move: Move, wanted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which wanted blocks show the same in both pictures, once one is moved.

    Parameters
    ----------
    look, tonight : (height, width) float32
        Luma of reference and picture at the finest width, DN.
    move : (4,) float64
        As in `similarity`.
    wanted : (9, 16) bool
        Blocks that show something and are asked.

    Returns
    -------
    (9, 16) bool
        Where the correlation is at least `LEAST_LIKENESS`: brightness and contrast do not matter.

    Notes
    -----
    **Source**: zero-mean normalised cross-correlation (J. P. Lewis, Vision Interface 1995).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> look = rng.uniform(0, 255, (360, 640)).astype(np.float32)
    >>> stays, asked = np.array([1.0, 0.0, 0.0, 0.0]), np.ones((9, 16), bool)
    >>> int(alike_blocks(look, 0.3 * look + 20, stays, asked).sum())
    144
    """
    moved, inside = lay(tonight, move)
    mean_1, mean_2 = block_means(look), block_means(moved)
    power_1 = block_means(look * look) - mean_1**2
    power_2 = block_means(moved * moved) - mean_2**2
    both = block_means(look * moved) - mean_1 * mean_2
    likeness = both / np.sqrt(np.maximum(power_1, 1e-3) * np.maximum(power_2, 0.25))
    whole = block_means(inside) > 0.99
    return np.asarray(wanted & whole & (likeness > LEAST_LIKENESS))


def refuse_other_proportions(reference: NDArray[np.uint8], picture: NDArray[np.uint8]) -> None:
    """Raise `Unmeasurable` where one picture is wider, for its height, than the other."""
    (h1, w1), (h2, w2) = reference.shape[:2], picture.shape[:2]
    if abs(w1 * h2 / (w2 * h1) - 1) > 0.02:
        raise Unmeasurable(
            Text(
                f"the pictures have other proportions: {w1} × {h1} and {w2} × {h2}",
                f"两个画面的宽高比不同：{w1} × {h1} 与 {w2} × {h2}",
            ),
            Text(
                "set the camera to the format of the golden look, or store a new one",
                "把摄像头设回基准画面的格式，或重新保存基准画面",
            ),
        )


def refuse_empty(wanted: NDArray[np.bool_], tonight: Plane) -> None:
    """Raise `Unmeasurable` where either picture shows nothing that could be found again."""
    if wanted.sum() < LEAST_BLOCKS:
        raise Unmeasurable(
            Text(
                "the golden look shows too little that could be found again",
                "基准画面里可供对照的内容太少",
            ),
            Text(
                "store a new golden look that shows furniture, shelves or edges of the set",
                "请重新保存基准画面，画面中应有家具、置物架或布景边缘",
            ),
        )
    if tonight.std() < CONTRAST_DN:
        raise Unmeasurable(
            Text(
                "the picture shows nothing that could be compared: dark, or one plain surface",
                "画面中没有可对照的内容：太暗，或只有一片纯色",
            ),
            Text(
                "take the lens cap off, switch the lamps on, check the camera's signal",
                "取下镜头盖，打开灯光，检查摄像头信号",
            ),
        )
