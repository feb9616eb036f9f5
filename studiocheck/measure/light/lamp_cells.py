"""The cells of a picture that is taken apart, as the sensor saw them and as sure as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARTS = (3, 4)
"""Rows and columns of the parts of a picture that are left out in turn."""

_READ_NOISE, _SHOT_NOISE, _MODEL = 0.0012, 0.004, 0.03
"""Standard deviation of a cell: a floor, a root of the light, and a share of it (what the model
leaves out: inter-reflection, JPEG, small movements)."""

_SPARSE = 4
"""Who only looks for what stands in the way looks at every fourth cell."""

_TO_SENSOR = np.array([[0.81, 0.15, 0.04], [0.05, 0.87, 0.08], [0.01, 0.13, 0.86]])
_FROM_SENSOR = np.linalg.inv(_TO_SENSOR)
"""A third of the way back from linear sRGB to what a sensor saw before its colour matrix. There a
lamp that changes its colour changes all surfaces more nearly alike: on a yellow curtain, whose
blue is a small difference of large values, blue of sRGB moves by twice what it does on white."""

Array = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cells:
    """The usable cells, part after part, in units of their expected noise: (3, bases, n), (3, n).

    ``scale`` is one over that noise; ``starts`` is where each part begins.
    """

    bases: Plane
    seen: Plane
    scale: Plane
    starts: NDArray[np.intp]

    def sparse(self) -> Cells:
        """Return every fourth of them."""
        thin = slice(None, None, _SPARSE)
        bases = np.ascontiguousarray(self.bases[..., thin])
        return Cells(bases, self.seen[:, thin], self.scale[:, thin], self.starts)

    def misfit(self, gains: Array) -> Plane:
        """Return the root mean square over the channels of what is left of each cell, (n,)."""
        fitted = gains.T[:, None].astype(np.float32) @ self.bases
        left = self.seen - fitted[:, 0]
        return np.asarray(np.sqrt((left * left).mean(axis=0)))

    def normal(self, weights: Plane, part: slice = slice(None)) -> tuple[Array, Array]:
        """Return the normal equations of some cells, (3, bases, bases) and (3, bases)."""
        bases = self.bases[..., part]
        weighted = bases * weights[part]
        matrix = weighted @ bases.transpose(0, 2, 1)
        right = weighted @ self.seen[:, part, None]
        return matrix.astype(np.float64), right[..., 0].astype(np.float64)

    def by_part(self, weights: Plane, gains: Array) -> tuple[Array, Array, Array]:
        """Return the normal equations of each part, and what a bent curve adds on their right."""
        bent = self._bent(gains)
        normal, right, bend = [], [], []
        for begin, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            part = slice(begin, end)
            matrix, side = self.normal(weights, part)
            normal.append(matrix)
            right.append(side)
            weighted = self.bases[..., part] * weights[part]
            bend.append((weighted @ bent[:, part, None])[..., 0])
        return np.array(normal), np.array(right), np.array(bend, np.float64)

    def _bent(self, gains: Array) -> Plane:
        """Return by what a power of the tone curve makes picture and mixture differ, (3, n)."""
        dark = -np.log(self.scale)
        mixture = self.bases * (np.log(np.maximum(self.bases, 1e-3)) + dark[:, None])
        fitted = gains.T[:, None].astype(np.float32) @ mixture
        whole = self.seen * (np.log(np.maximum(self.seen, 1e-3)) + dark)
        return np.asarray(whole - fitted[:, 0])


def usable_order(usable: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the positions of the cells of a picture that count, one part after the other."""
    order = np.argsort(_part_of(*usable.shape), kind="stable")
    return np.asarray(order[usable.ravel()[order]])


def cells_of(light: Plane, bases: Plane, order: NDArray[np.intp]) -> Cells:
    """Return the cells of a picture and of its bases, as the sensor saw them.

    Parameters
    ----------
    light : (rows, columns, 3) float
        Linear RGB.
    bases : (bases, rows, columns, 3) float
        The same of each basis.
    order : (n,) int
        As `usable_order` returns.
    """
    count, rows, columns, _ = bases.shape
    matrix = _TO_SENSOR.astype(np.float32)
    seen = np.maximum(matrix @ light.reshape(-1, 3)[order].T.astype(np.float32), 0)
    planes = bases.reshape(count, -1, 3)[:, order].transpose(2, 0, 1).astype(np.float32)
    mine = (matrix @ planes.reshape(3, -1)).reshape(planes.shape)
    variance = _READ_NOISE**2 + _SHOT_NOISE**2 * seen + (_MODEL * seen) ** 2
    scale = np.asarray(1 / np.sqrt(variance), np.float32)
    starts = np.searchsorted(_part_of(rows, columns)[order], np.arange(PARTS[0] * PARTS[1] + 1))
    return Cells(mine * scale[:, None], seen * scale, scale, starts)


def as_sensed(light: NDArray[np.floating]) -> Plane:
    """Return linear sRGB light, (…, 3), near to what the sensor saw."""
    return np.asarray(light @ _TO_SENSOR.T, np.float32)


def as_displayed(gains: Array) -> Array:
    """Return gains of linear sRGB, on white, from those that the sensor saw, (…, 3).

    Examples
    --------
    >>> as_displayed(np.array([0.5, 0.5, 0.5])).round(3).tolist()
    [0.5, 0.5, 0.5]
    """
    return np.asarray(gains @ _FROM_SENSOR.T)


def _part_of(rows: int, columns: int) -> NDArray[np.intp]:
    down = np.arange(rows) * PARTS[0] // rows
    across = np.arange(columns) * PARTS[1] // columns
    return (down[:, None] * PARTS[1] + across).ravel()
