"""Which blocks of two pictures, laid on each other, moved as one: the set, and not the people."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.picture.similarity import (
    BLOCKS,
    FINEST_PX,
    Matrix,
    Move,
    Plane,
    after,
    equations,
    solution,
)

GROUPS = (4, 3)
"""Columns and rows of the parts of the picture that are asked for their opinion, one by one."""

TOGETHER_PX = 0.3
"""Blocks that are no farther apart than this moved as one, px of the finest picture. Measured on
blocks that did: 0.05 px, a little more in noise."""

AT_REST, AT_REST_PX, FAR_PX = 1.5, 0.5, 320.0
"""How much more is believed of a camera that has not moved, by less than what; and from what
distance on half as much, px of the finest picture."""

ROUNDS = 6
_CORNER_PX = FINEST_PX / 2

GROUP_OF_BLOCK: NDArray[np.int64] = np.add.outer(
    np.arange(BLOCKS[1]) * GROUPS[1] // BLOCKS[1] * GROUPS[0],
    np.arange(BLOCKS[0]) * GROUPS[0] // BLOCKS[0],
).ravel()
_IN_PART = GROUP_OF_BLOCK[:, None] == np.arange(GROUPS[0] * GROUPS[1])


def worth(still: NDArray[np.bool_], move: Move) -> float:
    """Return how well a move explains two pictures, for choosing between moves.

    The set is wide and a presenter is not: agreement spread over the picture counts for more than
    as much of it in one place. A camera is more often knocked a little than far. And where much of
    the picture lies exactly where it lay, the camera has not moved, whoever else has.

    Parameters
    ----------
    still : (9, 16) bool
        Which blocks agree with the move.
    move : (4,) float64
        As in `similarity`.

    Returns
    -------
    float
        Larger is better.

    Notes
    -----
    **Source**: a rule of this program, tried on photographs and on the simulated studio.

    Examples
    --------
    >>> here, everywhere = np.zeros((9, 16), bool), np.zeros((9, 16), bool)
    >>> here[:3, :4], everywhere[::3, ::4] = True, True
    >>> stays = np.array([1.0, 0.0, 0.0, 0.0])
    >>> worth(here, stays) < worth(everywhere, stays)
    True
    """
    far_px = math.hypot(move[2], move[3], _CORNER_PX * (move[0] - 1), _CORNER_PX * move[1])
    likely = AT_REST if far_px < AT_REST_PX else 1 / (1 + far_px / FAR_PX)
    return float(_spread(still.reshape(1, -1))[0]) * likely


def _spread(still: NDArray[np.bool_]) -> Matrix:
    """Return for rows of blocks, (k, 144), how many there are, those of one part counting less."""
    return np.asarray(np.sqrt(still @ _IN_PART.astype(np.float64)).sum(axis=1))


def settle(
    looked: Plane, seen: Plane, move: Move, alike: NDArray[np.bool_]
) -> tuple[Move, NDArray[np.bool_]]:
    """Make a move exact on those blocks alone that moved as one.

    A presenter who has moved by a few px is still much like before, and would pull the move along.
    So the step that each part of the picture would take, and each pair and three of them together,
    is held against all blocks, and the one that most of the picture follows is taken.

    Parameters
    ----------
    looked, seen : (height, width) float32
        Reference and picture at the finest width, normalised.
    move : (4,) float64
        Exact to about a px.
    alike : (9, 16) bool
        Blocks that show the same in both.

    Returns
    -------
    move, still : (4,) float64, (9, 16) bool
        The move, and the blocks that it rests on.

    Notes
    -----
    **Source**: consensus (M. Fischler, R. Bolles, CACM 24 (1981) 381), with all samples tried.
    """
    weight = np.asarray(_grown(alike, looked.shape), np.float32)
    still = alike.ravel()
    for _ in range(ROUNDS):
        rates, misses = equations(looked, seen, move, weight)
        update, still = _followed(rates, misses, alike.ravel(), looked.shape)
        move = after(move, update)
        if np.abs(update[2:]).max() < 1e-3:
            break
    return move, still.reshape(alike.shape)


def _grown(blocks: NDArray[np.bool_], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    rows = np.arange(shape[0]) * BLOCKS[1] // shape[0]
    columns = np.arange(shape[1]) * BLOCKS[0] // shape[1]
    return blocks[np.ix_(rows, columns)]


def _followed(
    rates: Matrix, misses: Matrix, alike: NDArray[np.bool_], shape: tuple[int, ...]
) -> tuple[Matrix, NDArray[np.bool_]]:
    """Return the step that most of the picture follows, refitted on the blocks that follow it."""
    blocks = _Blocks(rates, misses, shape)
    steps = _steps(rates, misses, alike)
    follows = alike & (blocks.apart(steps) < TOGETHER_PX)
    chosen = int(np.argmax(_spread(follows)))
    best, still = steps[chosen], follows[chosen]
    for _ in range(2):
        refitted = solution(rates[still].sum(axis=0), misses[still].sum(axis=0))
        if refitted is None:
            break
        best = refitted
        still = alike & (blocks.apart(best[None])[0] < TOGETHER_PX)
    return best, still


def _steps(rates: Matrix, misses: Matrix, alike: NDArray[np.bool_]) -> Matrix:
    """Return the steps that parts of the picture would take, alone and together, (k, 4)."""
    by_part = [alike & _IN_PART[:, part] for part in range(_IN_PART.shape[1])]
    sums = [(rates[one].sum(axis=0), misses[one].sum(axis=0)) for one in by_part if one.any()]
    found = [np.zeros(4)]
    for size in (1, 2, 3, len(sums)):
        for some in itertools.combinations(sums, size):
            step = solution(np.sum([s[0] for s in some], axis=0), sum(s[1] for s in some))
            if step is not None:
                found.append(step)
    return np.array(found)


class _Blocks:
    """Where each block would go by itself, and how surely."""

    def __init__(self, rates: Matrix, misses: Matrix, shape: tuple[int, ...]) -> None:
        x = ((np.arange(BLOCKS[0]) + 0.5) / BLOCKS[0] - 0.5) * shape[1]
        y = ((np.arange(BLOCKS[1]) + 0.5) / BLOCKS[1] - 0.5) * shape[0]
        self._x, self._y = (each.ravel() for each in np.meshgrid(x, y))
        told = rates[:, 2:, 2:]
        self._own = -np.einsum("nij,nj->ni", np.linalg.pinv(told, rcond=0.02), misses[:, 2:])
        trace = np.trace(told, axis1=1, axis2=2)
        self._told = told / np.maximum(trace, 1e-9)[:, None, None]

    def apart(self, steps: Matrix) -> Matrix:
        """Return how far each block is from where each step takes it, px, (k, 144).

        Measured along what the block can tell: an upright edge says nothing of up and down.
        """
        a, b, right, down = (steps[:, i, None] for i in range(4))
        there = np.stack(
            [a * self._x - b * self._y + right, b * self._x + a * self._y + down], axis=-1
        )
        off = self._own - there
        square = np.einsum("kni,nij,knj->kn", off, self._told, off, optimize=True)
        return np.asarray(np.sqrt(np.maximum(square, 0)))
