"""The simulated set: wall, shelf, picture, table, goods, grey card and presenter, as layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.simulator.geometry import (
    Array,
    Box,
    Distance,
    View,
    blend,
    cylinder,
    enlarge,
    meet,
    step,
)
from studiocheck.simulator.light import DRESSED_WALL, Blocker, Lit, all_lamps, light_up
from studiocheck.simulator.models import Room
from studiocheck.simulator.people import Painted, back_and_front, shadows_of
from studiocheck.simulator.scene import Scene

WALL_Z, TABLE_Y, TABLE_BACK_Z = -1.8, 1.0, 0.2
CARD_LOW, CARD_HIGH, CARD_Z = (-0.62, 1.0), (-0.42, 1.17), 0.35
"""The grey card: corners (x, y) and depth, m. ``neutral_patch`` of a scene lies inside it."""

CARD_REFLECTANCE = 0.18
_GOODS_SHADOWS = (
    Blocker((0.52, 1.18, 0.35), (0.042, 0.11, 0.042)),
    Blocker((0.48, 1.04, 0.33), (0.12, 0.06, 0.06)),
)
_FLAT_CELLS, _BODY_CELLS = 160, 256
Colour = tuple[float, float, float]
Light = Callable[[Array, Array], dict[str, Lit]]
"""Points and normals → what every lamp gives there."""
Rectangle = tuple[float, float, float, float]
"""Left, bottom, width, height on an upright plane, m."""
Shape = Callable[[Array, Array, Rectangle], Array]
"""x, y and the rectangle around a shape → distance outside of it, m."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One surface in the picture: where it is, what it reflects, what each lamp gives it.

    ``cover`` and ``albedo`` are at full resolution, ``lit`` on a coarse grid of the same box.
    """

    box: Box
    cover: Array | None
    albedo: Array
    gloss: float
    lit: Mapping[str, Lit]


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything in view: what stands still, and the presenter, who does not.

    All layers are ordered from far to near; those of the presenter share one box.
    """

    view: View
    still: tuple[Layer, ...]
    presenter: tuple[Layer, ...]


def build_stage(scene: Scene, view: View) -> Stage:
    """Build the set of a scene as one camera sees it: geometry and light transport, no colours."""
    lamps = all_lamps(scene)
    people = shadows_of(scene.presenter) if scene.presenter.present else []

    def lit(points: Array, normals: Array) -> dict[str, Lit]:
        return light_up(points, normals, view.eye, lamps, people)

    def lit_beside_goods(points: Array, normals: Array) -> dict[str, Lit]:
        return light_up(points, normals, view.eye, lamps, [*people, *_GOODS_SHADOWS])

    whole = Box(0, 0, view.width, view.height)
    still = [
        _flat(view, whole, (2, WALL_Z), _wall_of(scene.room), lit_beside_goods),
        _table(view, lit_beside_goods),
        _card(view, lit),
        *_goods(view, lit),
    ]
    presenter = _presenter(scene, view, lit)
    return Stage(view, tuple(layer for layer in still if layer is not None), presenter)


def _presenter(scene: Scene, view: View, lit: Light) -> tuple[Layer, ...]:
    if not scene.presenter.present:
        return ()
    x, y, z = scene.presenter.at
    box = view.around((x - 0.3, 0.8), (x + 0.3, y + 1.66), z)
    table = max(0, round(view.row(TABLE_Y, TABLE_BACK_Z)))
    if box is None or box.top >= table:
        return ()
    box = Box(box.left, box.top, box.right, min(box.bottom, table))
    shine = scene.presenter.shine
    return tuple(
        _body(view, box, body, paint, shine, lit) for body, paint in back_and_front(scene.presenter)
    )


def _flat(
    view: View,
    box: Box,
    plane: tuple[int, float],
    paint: Callable[[Array, float], Array],
    lit: Light,
    gloss: float = 0.0,
) -> Layer:
    """Return a plane, given as (axis, place), that fills its box."""
    axis, place = plane
    normal = np.zeros(3, np.float32)
    normal[axis] = 1.0

    def points(columns: int, rows: int) -> Array:
        way = view.directions(box, columns, rows)
        depth = (place - view.eye[axis]) / np.minimum(way[..., axis], -1e-3)
        for i in range(3):
            way[..., i] = view.eye[i] + way[..., i] * depth
        return way

    coarse = points(*view.cells(box, _FLAT_CELLS))
    pixel_m = float((view.eye[2] - min(place, 0.0)) / view.focal_px) if axis == 2 else 0.002
    return Layer(
        box=box,
        cover=None,
        albedo=paint(points(*box.size), pixel_m),
        gloss=gloss,
        lit=lit(coarse, np.broadcast_to(normal, coarse.shape)),
    )


def _body(
    view: View, box: Box, body: Distance, paint: Painted, gloss: float, lit: Light
) -> Layer:  # fmt: skip
    columns, rows = view.cells(box, _BODY_CELLS)
    near = float(view.eye[2] - 0.75)
    hit = meet(view, view.directions(box, columns, rows), body, near, near + 1.2)
    return Layer(
        box=box,
        cover=step(enlarge(hit.outside_px, box), 1.5),
        albedo=paint(enlarge(hit.points, box)),
        gloss=gloss,
        lit=lit(hit.points, hit.normals),
    )


def _over(below: Array, cover: Array, colour: Colour | Array) -> Array:
    over = np.asarray(colour, np.float32)
    return np.asarray(below + cover[..., None] * (over - below), np.float32)


def _rectangle(x: Array, y: Array, at: Rectangle) -> Array:
    left, bottom, width, height = at
    outside_x = np.abs(x - left - width / 2) - width / 2
    outside_y = np.abs(y - bottom - height / 2) - height / 2
    return np.asarray(np.maximum(outside_x, outside_y), np.float32)


def _disc(x: Array, y: Array, at: Rectangle) -> Array:
    left, bottom, width, _ = at
    from_centre = np.hypot(x - left - width / 2, y - bottom - width / 2)
    return np.asarray(from_centre - width / 2, np.float32)


def _draw(
    picture: Array, p: Array, pixel_m: float, shape: Shape, at: Rectangle, colour: Colour
) -> None:
    """Draw a shape on an upright plane, looking only at the part of the picture around it."""
    left, bottom, width, height = at
    columns = np.nonzero(np.abs(p[0, :, 0] - left - width / 2) < width / 2 + pixel_m)[0]
    rows = np.nonzero(np.abs(p[:, 0, 1] - bottom - height / 2) < height / 2 + pixel_m)[0]
    if not len(columns) or not len(rows):
        return
    here = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    cover = step(shape(p[here][..., 0], p[here][..., 1], at), pixel_m)
    picture[here] = _over(picture[here], cover, colour)


_OAK: Colour = (0.36, 0.20, 0.10)
_ON_THE_WALL: tuple[tuple[Shape, Rectangle, Colour], ...] = (
    (_disc, (-0.80, 0.75, 1.60, 1.60), (0.40, 0.35, 0.29)),
    (_rectangle, (-1.52, 1.22, 0.05, 0.24), (0.45, 0.12, 0.08)),
    (_rectangle, (-1.46, 1.22, 0.04, 0.21), (0.55, 0.50, 0.40)),
    (_rectangle, (-1.41, 1.22, 0.06, 0.26), (0.08, 0.20, 0.26)),
    (_rectangle, (-1.34, 1.22, 0.04, 0.19), (0.50, 0.30, 0.08)),
    (_disc, (-1.06, 1.22, 0.18, 0.18), (0.50, 0.46, 0.40)),
    (_rectangle, (-1.58, 1.185, 0.80, 0.035), _OAK),
    (_rectangle, (-1.40, 1.72, 0.16, 0.16), (0.55, 0.52, 0.46)),
    (_rectangle, (-1.12, 1.72, 0.12, 0.22), (0.10, 0.24, 0.16)),
    (_rectangle, (-1.58, 1.685, 0.80, 0.035), _OAK),
    (_rectangle, (0.92, 1.20, 0.60, 0.80), _OAK),
    (_rectangle, (0.95, 1.23, 0.54, 0.74), (0.60, 0.58, 0.53)),
    (_rectangle, (1.02, 1.30, 0.40, 0.60), (0.50, 0.33, 0.20)),
    (_disc, (1.11, 1.57, 0.22, 0.22), (0.55, 0.16, 0.08)),
    (_rectangle, (1.02, 1.30, 0.40, 0.20), (0.07, 0.17, 0.20)),
)
"""A light disc behind the presenter, two shelves and what stands on them, a framed picture."""


def _wall_of(room: Room) -> Callable[[Array, float], Array]:
    plain = room.wall
    if plain is None:
        return _wall
    return lambda p, _: np.full((*p.shape[:2], 3), plain, np.float32)


def _wall(p: Array, pixel_m: float) -> Array:
    wall = np.empty((*p.shape[:2], 3), np.float32)
    wall[:] = DRESSED_WALL
    for shape, at, colour in _ON_THE_WALL:
        _draw(wall, p, pixel_m, shape, at, colour)
    return wall


def _table(view: View, lit: Light) -> Layer | None:
    top = max(0, round(view.row(TABLE_Y, TABLE_BACK_Z)))
    if top >= view.height:
        return None
    return _flat(view, Box(0, top, view.width, view.height), (1, TABLE_Y), _wood, lit, 0.02)


def _wood(p: Array, _: float) -> Array:
    grain = np.sin(55 * p[..., 2] + 1.3 * np.sin(7 * p[..., 0]) + 0.6 * np.sin(23 * p[..., 0]))
    wood: NDArray[np.float32] = np.array((0.25, 0.155, 0.09), np.float32)
    return np.asarray(wood * (1 + 0.07 * grain[..., None]), np.float32)


def _card(view: View, lit: Light) -> Layer | None:
    box = view.around(CARD_LOW, CARD_HIGH, CARD_Z)
    if box is None:
        return None

    def paint(p: Array, pixel_m: float) -> Array:
        card = np.full((*p.shape[:2], 3), 0.03, np.float32)
        width, height = CARD_HIGH[0] - CARD_LOW[0] - 0.012, CARD_HIGH[1] - CARD_LOW[1] - 0.012
        inner = (CARD_LOW[0] + 0.006, CARD_LOW[1] + 0.006, width, height)
        _draw(card, p, pixel_m, _rectangle, inner, (CARD_REFLECTANCE,) * 3)
        return card

    return _flat(view, box, (2, CARD_Z), paint, lit)


def _goods(view: View, lit: Light) -> list[Layer]:
    """Return the goods on sale: a bottle with its cap and a jar on a plinth."""
    plinth = view.around((0.35, TABLE_Y), (0.61, 1.09), 0.35)
    layers = []
    if plinth is not None:
        stone: Colour = (0.55, 0.53, 0.50)
        layers.append(
            _flat(
                view,
                plinth,
                (2, 0.35),
                lambda p, _: np.full((*p.shape[:2], 3), stone, np.float32),
                lit,
            )
        )
    bottle = cylinder((0.52, 1.17, 0.35), 0.042, 0.08, 0.012)
    cap = cylinder((0.52, 1.275, 0.35), 0.018, 0.03, 0.004)
    jar = cylinder((0.42, 1.128, 0.36), 0.042, 0.038, 0.010)
    box = view.around((0.36, 1.02), (0.58, 1.32), 0.40)
    if box is not None:
        layers.append(_body(view, box, blend(0.004, bottle, cap, jar), _goods_colours, 0.25, lit))
    return layers


def _goods_colours(p: Array) -> Array:
    colours = np.empty((*p.shape[:2], 3), np.float32)
    colours[:] = (0.62, 0.34, 0.26)
    colours = _over(colours, step(p[..., 0] - 0.468, 0.002), (0.60, 0.55, 0.46))
    lid = step(np.maximum(p[..., 0] - 0.468, 1.14 - p[..., 1]), 0.002)
    colours = _over(colours, lid, (0.30, 0.18, 0.08))
    colours = _over(colours, step(1.247 - p[..., 1], 0.002), (0.45, 0.28, 0.10))
    label = np.maximum(np.abs(p[..., 1] - 1.165) - 0.032, np.abs(p[..., 0] - 0.52) - 0.027)
    return _over(colours, step(label, 0.002), (0.66, 0.63, 0.58))
