"""Rooms lit by area lamps, rendered apart from the product's own simulator, one lamp at a time.

Another geometry (a curtain with folds, a side board, balls and boxes on a counter, sitters made of
ellipsoids), other materials (pigments of six bands) and spectra. Light adds, so what each lamp
gives is computed once, and any state of the lamps is a weighted sum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.lamp_spectra import BANDS, daylight, lamp_light, seen_by_camera

Array = NDArray[np.float32]
WIDTH, HEIGHT, MARGIN = 480, 270, 16
_EYE = np.array([0.0, 1.35, 2.5], np.float32)
_FOCAL = 0.5 * WIDTH / math.tan(math.radians(24))
_SAMPLES = 3
_WALL_Z, _COUNTER_Y = -1.7, 0.95
_ORDER = ("key", "fill", "back", "background", "hair", "table")


@dataclass(frozen=True)
class Lamp:
    """An area lamp; ``strength`` is relative, ``kelvin`` as it burns at calibration."""

    at: tuple[float, float, float]
    aim: tuple[float, float, float]
    size_m: float
    strength: float
    beam: float = 1.0
    kelvin: float = 5500.0


@dataclass(frozen=True)
class Sitter:
    """Who sits there; ``shirt`` and ``skin`` choose pigments."""

    x_m: float = 0.0
    z_m: float = 0.0
    shirt: int = 0
    skin: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class Setup:
    """Everything of a room that stands still, reproducible by its number."""

    number: int
    lamps: int = 3
    counter: bool = True
    fill_at_key: bool = False

    def rng(self) -> np.random.Generator:
        return np.random.default_rng([77, self.number])


@lru_cache(maxsize=64)
def lamps_of(setup: Setup) -> dict[str, Lamp]:
    """Return two to six lamps of a usual kind, each a little elsewhere in each room."""
    rng = setup.rng()
    side = -1.0 if rng.random() < 0.5 else 1.0
    head = (0.0, 1.3, 0.0)
    usual = {
        "key": Lamp((1.25 * side, 1.95, 1.2), head, 0.6, 2.6),
        "fill": Lamp((-1.5 * side, 1.55, 1.4), head, 0.8, 1.4),
        "back": Lamp((-0.8 * side, 2.2, -1.1), (0.0, 1.2, 0.1), 0.3, 2.4, 4.0),
        "background": Lamp((0.9 * side, 0.5, -1.0), (-0.2 * side, 1.5, _WALL_Z), 0.3, 0.5, 2.0),
        "hair": Lamp((1.1 * side, 2.3, -0.9), (0.1, 1.1, 0.4), 0.3, 2.0, 4.0),
        "table": Lamp((0.4 * side, 2.1, 0.9), (0.3 * side, _COUNTER_Y, 0.5), 0.25, 0.9, 6.0),
    }
    found = {}
    for name in _ORDER[: setup.lamps]:
        lamp = usual[name]
        x, y, z = np.array(lamp.at) + rng.uniform(-0.15, 0.15, 3) * [1, 1, 0.7]
        found[name] = replace(
            lamp,
            at=(float(x), float(y), float(z)),
            size_m=lamp.size_m * float(rng.uniform(0.7, 1.3)),
            strength=lamp.strength * float(rng.uniform(0.75, 1.3)),
            kelvin=float(rng.choice([5500.0, 5500.0, 5000.0, 4300.0])),
        )
    if setup.fill_at_key:
        key = found["key"]
        found["fill"] = replace(key, at=(key.at[0] + 0.15, *key.at[1:]), strength=key.strength / 2)
    return found


WINDOW = Lamp((2.1, 1.8, 0.9), (-0.2, 1.2, -0.3), 1.1, 2.6)


@dataclass(frozen=True)
class _Ball:
    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    pigment: int
    gloss: float = 0.02


@dataclass(frozen=True)
class _Surface:
    points: Array
    normals: Array
    pigments: Array
    gloss: Array
    sitter: NDArray[np.bool_]


class Room:
    """A room with a sitter, or none: what each lamp gives at each point of the picture."""

    def __init__(self, setup: Setup, sitter: Sitter | None) -> None:
        self.setup, self.lamps = setup, lamps_of(setup)
        balls = [*_decor(setup), *_body(sitter)]
        self._surface = _seen(setup, balls, len(_body(sitter)))
        shining = {**self.lamps, "window": WINDOW}
        self._given = {name: _given(lamp, self._surface, balls) for name, lamp in shining.items()}
        self._sky = (0.6 + 0.4 * self._surface.normals[..., 1])[..., None]

    @property
    def sitter(self) -> NDArray[np.bool_]:
        """Where the sitter is, without the margin."""
        return self._surface.sitter[MARGIN:-MARGIN, MARGIN:-MARGIN]

    def light(
        self,
        outputs: Mapping[str, float],
        kelvins: Mapping[str, float] | None = None,
        *,
        ambient: float = 1.0,
        window: float = 0.0,
    ) -> Array:
        """Return what the camera sees in linear light, with a margin; ``window`` is of the key."""
        kelvins = kelvins or {}
        found = self._lit(self._sky * 0.035 * ambient, 0 * self._sky, daylight(3900.0))
        for name, lamp in self.lamps.items():
            if outputs.get(name, 0.0) > 0:
                diffuse, gloss = self._given[name]
                light = outputs[name] * lamp_light(kelvins.get(name, lamp.kelvin))
                found += self._lit(diffuse, gloss, light)
        if window > 0:
            found += self._lit(*self._given["window"], window * daylight(6500.0))
        return np.maximum(found, 0)

    def _lit(self, diffuse: Array, gloss: Array, spectrum: NDArray[np.float64]) -> Array:
        by_band = seen_by_camera(spectrum).astype(np.float32)
        white = by_band.sum(axis=0)
        lit = self._surface.pigments @ by_band * diffuse
        return np.asarray(lit + self._surface.gloss[..., None] * gloss * white, np.float32)


@lru_cache(maxsize=8)
def pigments(number: int) -> Array:
    """Return sixteen pigments, (16, bands); 0 and 1 are skins, 2 hair, the last a neutral white."""
    rng = np.random.default_rng([5, number])
    colours = np.clip(rng.beta(1.2, 2.2, (16, BANDS)), 0.02, 0.9)
    colours = 0.5 * colours + 0.5 * np.roll(colours, 1, axis=1)
    colours[0] = [0.16, 0.18, 0.24, 0.34, 0.46, 0.52]
    colours[1] = [0.05, 0.06, 0.09, 0.13, 0.19, 0.23]
    colours[2] = 0.04
    colours[15] = 0.8
    return np.asarray(colours, np.float32)


def _decor(setup: Setup) -> list[_Ball]:
    if not setup.counter:
        return []
    rng = np.random.default_rng([9, setup.number])
    balls = []
    for _ in range(5):
        x = float(rng.choice([-1, 1]) * rng.uniform(0.35, 0.85))
        r = float(rng.uniform(0.03, 0.08))
        tall = float(rng.uniform(1.0, 2.0))
        at = (x, _COUNTER_Y + r * tall, float(rng.uniform(0.25, 0.6)))
        balls.append(_Ball(at, (r, r * tall, r), int(rng.integers(3, 16)), 0.08))
    return balls


def _body(sitter: Sitter | None) -> list[_Ball]:
    if sitter is None:
        return []
    s, x, z = sitter.scale, sitter.x_m, sitter.z_m
    shirt = 3 + sitter.shirt % 13
    return [
        _Ball((x, 1.37, z), (0.08 * s, 0.115 * s, 0.1 * s), sitter.skin, 0.04),
        _Ball((x, 1.42, z - 0.025), (0.092 * s, 0.1 * s, 0.1 * s), 2, 0.05),
        _Ball((x, 1.2, z - 0.01), (0.055 * s, 0.1, 0.055 * s), sitter.skin, 0.04),
        _Ball((x, 0.88, z - 0.03), (0.21 * s, 0.31, 0.13 * s), shirt, 0.01),
        _Ball((x - 0.22 * s, 0.92, z), (0.06 * s, 0.23, 0.07), shirt, 0.01),
        _Ball((x + 0.22 * s, 0.92, z), (0.06 * s, 0.23, 0.07), shirt, 0.01),
    ]


def _rays() -> Array:
    x, y = np.meshgrid(
        np.arange(WIDTH + 2 * MARGIN) - MARGIN + 0.5 - WIDTH / 2,
        np.arange(HEIGHT + 2 * MARGIN) - MARGIN + 0.5 - HEIGHT / 2,
    )
    way = np.stack([x, -y, np.full_like(x, -_FOCAL)], -1)
    return np.asarray(way / np.linalg.norm(way, axis=-1, keepdims=True), np.float32)


def _seen(setup: Setup, balls: Sequence[_Ball], of_sitter: int) -> _Surface:
    rng = np.random.default_rng([3, setup.number])
    way = _rays()
    rows = _rows(way)
    table = pigments(setup.number)
    far = ((_WALL_Z - _EYE[2]) / way[..., 2]).astype(np.float32)
    points = _EYE + way * far[..., None]
    normals, colours = _wall(points, table, rng)
    gloss = np.zeros(far.shape, np.float32)
    sitter = np.zeros(far.shape, np.bool_)
    if setup.counter:
        down = (_COUNTER_Y - _EYE[1]) / np.minimum(way[..., 1], -1e-4)
        there = _EYE + way * down[..., None]
        on = (down < far) & (there[..., 2] > 0.15) & (there[..., 2] < 0.95)
        far, points = np.where(on, down, far), np.where(on[..., None], there, points)
        normals[on] = (0, 1, 0)
        grain = 1 + 0.15 * np.sin(40 * there[..., 0] + 9 * np.sin(11 * there[..., 2]))
        colours = np.where(on[..., None], table[rng.integers(3, 15)] * grain[..., None], colours)
        gloss[on] = 0.03
    for i, ball in enumerate(balls):
        hit = _hit(ball, _EYE[:, None], rows).reshape(far.shape)
        on = hit < far
        far = np.where(on, hit, far)
        there = _EYE + way * np.where(on, hit, 1.0)[..., None]
        out = (there - np.array(ball.centre)) / np.square(ball.radii)
        out /= np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9
        points = np.where(on[..., None], there, points)
        normals = np.where(on[..., None], out, normals)
        colours = np.where(on[..., None], table[ball.pigment], colours)
        gloss[on] = ball.gloss
        sitter = np.where(on, i >= len(balls) - of_sitter, sitter)
    return _Surface(*(np.asarray(a, np.float32) for a in (points, normals, colours, gloss)), sitter)


def _wall(points: Array, table: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return normals and pigments of a wall with a curtain, boards and pictures."""
    x, y = points[..., 0], points[..., 1]
    base = 0.6 * table[rng.integers(3, 15)] + 0.15
    colours = np.broadcast_to(base, (*x.shape, BANDS)).copy()
    normals = np.zeros((*x.shape, 3), np.float32)
    normals[..., 2] = 1
    edge, side = rng.uniform(0.6, 1.0), rng.choice([-1.0, 1.0])
    curtain = side * x > edge
    bend = 0.6 * np.cos(2 * np.pi * x / 0.16)
    folded = np.stack([bend, 0 * bend, np.ones_like(bend)], -1)
    folded /= np.linalg.norm(folded, axis=-1, keepdims=True)
    normals = np.where(curtain[..., None], folded, normals)
    colours[curtain] = table[rng.integers(3, 16)]
    for _ in range(7):
        left, low = rng.uniform(-1.7, 1.3), rng.uniform(0.7, 1.9)
        wide, tall = rng.uniform(0.1, 0.5, 2)
        on = (x > left) & (x < left + wide) & (y > low) & (y < low + tall) & ~curtain
        colours[on] = table[rng.integers(3, 16)]
        inner = on & (x > left + 0.03) & (x < left + wide - 0.03) & (y > low + 0.03)
        colours[inner & (y < low + tall - 0.03)] = table[rng.integers(3, 16)]
    return normals, colours


def _rows(vectors: Array) -> Array:
    """Return vectors (…, 3) as rows of x, y and z, (3, n), with which arithmetic is fast."""
    return np.ascontiguousarray(vectors.reshape(-1, 3).T)


def _dot(a: Array, b: Array) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _hit(ball: _Ball, origin: Array, way: Array) -> Array:
    """Return the distance to an ellipsoid along rays (3, n), infinite where they miss."""
    centre, radii = (np.array(v, np.float32)[:, None] for v in (ball.centre, ball.radii))
    o, d = (origin - centre) / radii, way / radii
    a, b, c = _dot(d, d), _dot(o, d), _dot(o, o) - 1
    inside = b * b - a * c
    near = (-b - np.sqrt(np.maximum(inside, 0))) / a
    return np.where((inside > 0) & (near > 1e-3), near, np.inf).astype(np.float32)


def _given(lamp: Lamp, surface: _Surface, balls: Sequence[_Ball]) -> tuple[Array, Array]:
    """Return diffuse light and highlight of a lamp of full output, (rows, columns, 1) each.

    On every second point: what lies between is interpolated, which is as linear as light itself.
    """
    points, normals = _rows(surface.points[::2, ::2]), _rows(surface.normals[::2, ::2])
    place, aim = np.array(lamp.at, np.float32), np.array(lamp.aim, np.float32)
    axis = (aim - place) / np.linalg.norm(aim - place)
    across = np.cross(axis, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    up = np.cross(across, axis)
    to_eye = _EYE[:, None] - points
    to_eye /= np.sqrt(_dot(to_eye, to_eye))
    diffuse = np.zeros(points.shape[1], np.float32)
    gloss = np.zeros_like(diffuse)
    grid = (np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5
    for a in grid:
        for b in grid:
            at = (place + lamp.size_m * (a * across + b * up)).astype(np.float32)
            way = at[:, None] - points
            far = np.sqrt(_dot(way, way))
            way /= far
            cosine = np.maximum(_dot(way, normals), 0)
            given = np.maximum(-_dot(way, axis), 0) ** lamp.beam / far**2 / _SAMPLES**2
            lit = np.flatnonzero((cosine > 0) & (given > 1e-5))
            free = np.ones(len(lit), np.bool_)
            there, facing = way[:, lit], normals[:, lit]
            start = points[:, lit] + 3e-3 * facing
            for ball in balls:
                free &= _hit(ball, start, there) > far[lit]
            light = lamp.strength * given[lit] * free
            diffuse[lit] += light * cosine[lit]
            half = there + to_eye[:, lit]
            half /= np.sqrt(_dot(half, half))
            gloss[lit] += light * np.maximum(_dot(half, facing), 0) ** 30
    diffuse += 0.05 * diffuse.mean()  # the room's own light: a little of everything, everywhere
    shape = surface.points.shape[:2]
    return _enlarged(diffuse, shape), _enlarged(gloss, shape)


def _enlarged(light: Array, shape: tuple[int, int]) -> Array:
    coarse = light.reshape(-(-shape[0] // 2), -1)
    move = np.array([[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    size = (shape[1], shape[0])
    return np.asarray(
        cv2.warpAffine(coarse, move, size, borderMode=cv2.BORDER_REPLICATE), np.float32
    )[..., None]
