"""Shapes of the simulated set as a camera sees them: rays, signed distances, silhouettes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Distance = Callable[[Array], Array]
"""Points (3, n) → signed distance to a surface, m, negative inside."""

_STEPS = 32
EYE_HEIGHT_M, EYE_DISTANCE_M, HALF_VIEW_DEGREES = 1.3, 2.2, 23.0


def in_rows(points: Array) -> Array:
    """Return points (…, 3) as rows of x, y, z, (3, n): arithmetic on rows is many times faster."""
    return np.ascontiguousarray(points.reshape(-1, 3).T)


def column(vector: NDArray[np.floating] | Sequence[float]) -> Array:
    """Return one vector (3,) so that it applies to all points of some rows, (3, 1)."""
    return np.asarray(vector, np.float32)[:, np.newaxis]


def product(a: Array, b: Array) -> Array:
    """Return the scalar product of rows."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2], np.float32)


def length(rows: Array) -> Array:
    """Return the length of each vector of some rows."""
    return np.asarray(np.sqrt(product(rows, rows)), np.float32)


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the picture, px, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        return self.right - self.left, self.bottom - self.top

    @property
    def index(self) -> tuple[slice, slice]:
        """The same, as an index of a picture."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class View:
    """A level camera that looks along −z; ``width`` and ``height`` are px."""

    width: int
    height: int
    pan_m: float = 0.0
    zoom: float = 1.0

    @property
    def eye(self) -> Array:
        """Where the lens is, m."""
        return np.array([self.pan_m, EYE_HEIGHT_M, EYE_DISTANCE_M], np.float32)

    @property
    def focal_px(self) -> float:
        """Focal length, px."""
        return self.zoom * 0.5 * self.width / math.tan(math.radians(HALF_VIEW_DEGREES))

    def directions(self, box: Box, columns: int, rows: int) -> Array:
        """Return rays of z = −1 through the cells of a grid over a box, (rows, columns, 3)."""
        width, height = box.size
        x = box.left + (np.arange(columns, dtype=np.float32) + 0.5) * width / columns
        y = box.top + (np.arange(rows, dtype=np.float32) + 0.5) * height / rows
        out = np.empty((rows, columns, 3), np.float32)
        out[..., 0] = (x - self.width / 2) / self.focal_px
        out[..., 1] = -(y[:, None] - self.height / 2) / self.focal_px
        out[..., 2] = -1.0
        return out

    def cells(self, box: Box, across: int) -> tuple[int, int]:
        """Return columns and rows of a grid with ``across`` cells to the whole picture's width."""
        width, height = box.size
        scale = min(1.0, across / self.width)
        return max(4, round(width * scale)), max(4, round(height * scale))

    def row(self, y_m: float, z_m: float) -> float:
        """Return the picture row of a height at a depth, px."""
        return self.height / 2 - (y_m - EYE_HEIGHT_M) / (EYE_DISTANCE_M - z_m) * self.focal_px

    def column(self, x_m: float, z_m: float) -> float:
        """Return the picture column of a place at a depth, px."""
        return self.width / 2 + (x_m - self.pan_m) / (EYE_DISTANCE_M - z_m) * self.focal_px

    def around(self, low: tuple[float, float], high: tuple[float, float], z_m: float) -> Box | None:
        """Return the box around a rectangle (x, y) at a depth, cut to the picture."""
        left, right = self.column(low[0], z_m), self.column(high[0], z_m)
        top, bottom = self.row(high[1], z_m), self.row(low[1], z_m)
        box = Box(
            max(0, math.floor(left) - 1),
            max(0, math.floor(top) - 1),
            min(self.width, math.ceil(right) + 1),
            min(self.height, math.ceil(bottom) + 1),
        )
        return box if min(box.size) > 0 else None


def enlarge(coarse: Array, box: Box) -> Array:
    """Return a coarse grid of a box at full resolution."""
    return np.asarray(cv2.resize(coarse, box.size, interpolation=cv2.INTER_LINEAR), np.float32)


def step(edge: Array, width: float | Array) -> Array:
    """Return coverage 1 where ``edge`` is negative, 0 where positive, soft over ``width``."""
    return np.asarray(np.clip(0.5 - edge / width, 0.0, 1.0), np.float32)


def ellipsoid(centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Distance:
    """Return the distance to an ellipsoid, to first order (I. Quilez' bound)."""
    c, r = column(centre), column(radii)

    def distance(points: Array) -> Array:
        scaled = (points - c) / r
        k0 = length(scaled)
        k1 = np.maximum(length(scaled / r), 1e-6)
        return np.asarray(k0 * (k0 - 1.0) / k1, np.float32)

    return distance


def cylinder(
    centre: tuple[float, float, float], radius: float, half_height: float, edge: float
) -> Distance:
    """Return the distance to an upright cylinder with rounded edges."""
    c = column(centre)

    def distance(points: Array) -> Array:
        x, y, z = points - c
        out = np.hypot(x, z) - (radius - edge)
        up = np.abs(y) - (half_height - edge)
        outside = np.hypot(np.maximum(out, 0), np.maximum(up, 0))
        return np.asarray(outside + np.minimum(np.maximum(out, up), 0) - edge, np.float32)

    return distance


def blend(blend_m: float, *shapes: Distance) -> Distance:
    """Return the union of shapes, their seams rounded over ``blend_m``."""

    def distance(points: Array) -> Array:
        d = shapes[0](points)
        for shape in shapes[1:]:
            other = shape(points)
            h = np.maximum(blend_m - np.abs(d - other), 0.0) / blend_m
            d = np.minimum(d, other) - h * h * (blend_m / 4)
        return d

    return distance


@dataclass(frozen=True, slots=True)
class Hit:
    """Where rays meet a body: points and normals (rows, columns, 3), silhouette distance, px."""

    points: Array
    normals: Array
    outside_px: Array


def meet(view: View, directions: Array, body: Distance, near_m: float, far_m: float) -> Hit:
    """Find where rays meet a body by sphere tracing; rays that miss give their nearest approach.

    So shading has values beyond the silhouette, and enlarging it leaves no dark seam.
    """
    rays, eye = in_rows(directions), column(view.eye)
    stride = length(rays)
    depth = np.full(stride.shape, near_m, np.float32)
    nearest, nearest_depth = np.full_like(depth, np.inf), depth.copy()
    for _ in range(_STEPS):
        d = body(eye + rays * depth)
        closer = d < nearest
        nearest = np.where(closer, d, nearest)
        nearest_depth = np.where(closer, depth, nearest_depth)
        depth = np.minimum(depth + np.maximum(d, 1e-4) / stride, far_m)
    inside = nearest
    for ahead in (0.004, 0.01, 0.02, 0.04):  # how deep a ray goes in: the silhouette's other side
        inside = np.minimum(inside, body(eye + rays * (nearest_depth + ahead)))
    points = eye + rays * nearest_depth
    outside_px = inside / nearest_depth * view.focal_px
    shape = directions.shape
    return Hit(
        np.ascontiguousarray(points.T).reshape(shape),
        np.ascontiguousarray(_normals(body, points).T).reshape(shape),
        outside_px.reshape(shape[:2]),
    )


def _normals(body: Distance, points: Array, h: float = 2e-3) -> Array:
    """Return the directions in which the distance grows, (3, n)."""
    aside = [column(axis) for axis in h * np.eye(3)]
    slope = np.stack([body(points + a) - body(points - a) for a in aside])
    return np.asarray(slope / np.maximum(length(slope), 1e-9), np.float32)
