"""The simulated presenter: a head, hair and a body of rounded shapes, and their colours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studiocheck.simulator.geometry import Array, Distance, blend, column, ellipsoid, in_rows, step
from studiocheck.simulator.light import Blocker
from studiocheck.simulator.models import Presenter

Painted = Callable[[Array], Array]
"""Points (rows, columns, 3) → reflectance, linear sRGB."""

_HAIR = (0.035, 0.022, 0.016)
_SKIN_TINT = np.array((1.18, 0.88, 0.70), np.float32)
"""Skin reflects more red than blue; scaled by the presenter's reflectance (ISO/TR 16066 means)."""

_BLUSH = np.array((0.0, 0.40, 0.15), np.float32)
"""What the reddest make-up takes away."""


def _head() -> Distance:
    skull = ellipsoid((0.0, 1.475, 0.0), (0.074, 0.105, 0.092))
    jaw = ellipsoid((0.0, 1.425, 0.014), (0.056, 0.072, 0.070))
    nose = ellipsoid((0.0, 1.455, 0.092), (0.011, 0.022, 0.015))
    return blend(0.012, blend(0.03, skull, jaw), nose)


def _neck() -> Distance:
    return ellipsoid((0.0, 1.345, -0.012), (0.043, 0.110, 0.044))


def _crown() -> Distance:
    return ellipsoid((0.0, 1.505, -0.026), (0.086, 0.098, 0.100))


def _long_hair() -> Distance:
    left = ellipsoid((-0.052, 1.385, -0.045), (0.058, 0.165, 0.055))
    right = ellipsoid((0.052, 1.385, -0.045), (0.058, 0.165, 0.055))
    return blend(0.04, left, right, ellipsoid((0.0, 1.49, -0.04), (0.092, 0.10, 0.08)))


def _shirt() -> Distance:
    torso = ellipsoid((0.0, 1.07, -0.02), (0.160, 0.27, 0.105))
    shoulders = ellipsoid((0.0, 1.235, -0.022), (0.185, 0.050, 0.066))
    arms = [ellipsoid((x, 1.03, 0.0), (0.050, 0.215, 0.056)) for x in (-0.198, 0.198)]
    return blend(0.05, blend(0.07, torso, shoulders), *arms)


def back_and_front(presenter: Presenter) -> list[tuple[Distance, Painted]]:
    """Return shape and colours of what hangs behind the presenter's shoulders, and of the rest.

    Two bodies, because one silhouette lies inside the other and both have to be sharp.
    """
    crown, shirt, hair = _crown(), _shirt(), _long_hair()
    skin = blend(0.02, _head(), _neck())
    whole = blend(0.008, skin, crown, shirt)

    def moved(shape: Distance) -> Distance:
        return lambda points: shape(points - column(presenter.at))

    def paint(points: Array) -> Array:
        p = np.asarray(points - np.array(presenter.at, np.float32), np.float32)
        rows = in_rows(p)
        near = [shape(rows).reshape(p.shape[:2]) for shape in (skin, crown, shirt)]
        return _paint(p, presenter, *near)

    def paint_hair(points: Array) -> Array:
        strands = 1 + 0.25 * np.sin(900 * points[..., 0] + 40 * points[..., 1])
        return np.asarray(np.array(_HAIR, np.float32) * strands[..., None], np.float32)

    return [(moved(hair), paint_hair), (moved(whole), paint)]


def shadows_of(presenter: Presenter) -> list[Blocker]:
    """Return ellipsoids that stand for the presenter where light is blocked."""
    x, y, z = presenter.at
    shapes = (
        ((0.0, 1.465, 0.0), (0.074, 0.110, 0.085)),
        ((0.0, 1.08, -0.02), (0.160, 0.25, 0.095)),
        ((0.0, 1.245, -0.022), (0.185, 0.048, 0.058)),
        ((-0.205, 1.07, 0.0), (0.046, 0.19, 0.05)),
        ((0.205, 1.07, 0.0), (0.046, 0.19, 0.05)),
    )
    return [Blocker((c[0] + x, c[1] + y, c[2] + z), r) for c, r in shapes]


def _paint(p: Array, presenter: Presenter, skin: Array, crown: Array, shirt: Array) -> Array:
    """Colour by what is nearest, then draw the face on what is turned to the camera."""
    edge = 0.002
    colour = np.empty((*p.shape[:-1], 3), np.float32)
    bare_skin = presenter.skin * _SKIN_TINT * (1 - presenter.blush * _BLUSH)
    colour[:] = bare_skin
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    fringe = 1.556 - 16.0 * (x - 0.012) ** 2 - y
    sides = np.maximum(z - 0.012, 1.40 - y)
    colour = _mix(
        colour,
        step(np.minimum(fringe, np.minimum(np.maximum(crown - skin, z), sides)), edge),
        _HAIR,
    )
    collar = np.abs(x) - 0.40 * (y - 1.165)  # an open collar: skin inside the V
    colour = _mix(colour, step(np.maximum(shirt - skin, -collar), edge), presenter.shirt)
    bare = np.asarray(np.maximum(shirt - skin, collar), np.float32)
    colour = _mix(colour, step(np.maximum(bare, y - 1.30), edge), bare_skin)
    front = z > 0.04
    for side in (-1.0, 1.0):
        eye = np.hypot((x - side * 0.031) / 0.0155, (y - 1.474) / 0.0065) - 1
        iris = np.hypot((x - side * 0.031) / 0.0062, (y - 1.474) / 0.0062) - 1
        brow = np.hypot(
            (x - side * 0.033) / 0.0200, (y - 1.4975 + 3.0 * (np.abs(x) - 0.033) ** 2) / 0.0034
        )
        colour = _mix(colour, front * step(eye, 0.12), (0.55, 0.52, 0.50))
        colour = _mix(colour, front * step(np.maximum(iris, eye), 0.15), (0.03, 0.02, 0.015))
        colour = _mix(colour, front * step(brow - 1, 0.5), _HAIR)
    smile = y - 1.411 - 10.0 * x * x
    lips = np.hypot(x / 0.025, smile / 0.0072) - 1
    colour = _mix(colour, front * step(lips, 0.2), (0.42, 0.13, 0.12))
    between = np.asarray(np.abs(smile) - 0.0004, np.float32)
    return _mix(colour, front * step(between, 0.001) * (lips < 0), (0.22, 0.06, 0.06))


def _mix(below: Array, cover: Array, colour: object) -> Array:
    over = np.asarray(colour, np.float32)
    return np.asarray(below + cover[..., None] * (over - below), np.float32)
