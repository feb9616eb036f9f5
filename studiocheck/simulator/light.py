"""Light of the simulated set: area lamps, soft shadows, ambient light, and their colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.planckian_locus import white_xyz
from studiocheck.measure.light.srgb import RGB_TO_XYZ
from studiocheck.simulator.geometry import Array, column, in_rows, length, product
from studiocheck.simulator.models import Lamp, Room
from studiocheck.simulator.scene import Scene

AMBIENT, WINDOW, BOUNCE = "ambient", "window", "bounce"
WINDOW_LAMP = Lamp(at=(2.4, 1.7, 1.0), aim=(0.0, 1.3, 0.0), size_m=1.1, intensity=3.6)
DRESSED_WALL = (0.18, 0.24, 0.26)
"""Reflectance of the wall that is hung with shelves and pictures, linear sRGB."""

_SAMPLES = 4
_SHININESS = 40


@dataclass(frozen=True, slots=True)
class Blocker:
    """An ellipsoid that casts a shadow."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lit:
    """What one lamp of unit output gives at some points: irradiance and highlight, relative."""

    diffuse: Array
    highlight: Array


def light_colour(cct_kelvin: float) -> NDArray[np.float64]:
    """Return light of a colour temperature and unit luminance in linear sRGB, (3,)."""
    return np.asarray(np.linalg.solve(RGB_TO_XYZ, white_xyz(cct_kelvin)))


def all_lamps(scene: Scene) -> dict[str, Lamp]:
    """Return everything that may shine in a scene, the window only where it ever does."""
    lamps = dict(scene.lamps)
    if scene.room.window > 0 or any(fault.device == "stray" for fault in scene.faults):
        lamps[WINDOW] = WINDOW_LAMP
    return lamps


def sources(lamps: Mapping[str, Lamp], room: Room) -> dict[str, NDArray[np.float64]]:
    """Return the colour of every source as it burns now, scaled by its output."""
    found = {name: lamp.output * light_colour(lamp.cct_kelvin) for name, lamp in lamps.items()}
    found[AMBIENT] = room.ambient * light_colour(room.ambient_cct_kelvin)
    if room.window > 0:
        found[WINDOW] = room.window * light_colour(room.window_cct_kelvin)
    if room.bounce > 0:
        found[BOUNCE] = room.bounce * np.array(room.wall or DRESSED_WALL)
    return found


def light_up(
    points: Array,
    normals: Array,
    eye: Array,
    lamps: Mapping[str, Lamp],
    blockers: Sequence[Blocker],
) -> dict[str, Lit]:
    """Return what each lamp of full output and the room give at some points, (…, 3) each.

    Lambert's cosine law and the inverse square over samples of each lamp's face; a sample that an
    ellipsoid hides gives nothing, which makes soft shadows. Highlights are Blinn's.
    """
    at, facing = in_rows(points), in_rows(normals)
    to_eye = column(eye) - at
    to_eye /= length(to_eye)
    seen = [_as_seen(blocker, at + 2e-3 * facing) for blocker in blockers]
    found = {name: _lit_by(lamp, at, facing, to_eye, seen) for name, lamp in lamps.items()}
    shape = points.shape[:-1]
    found = {n: Lit(x.diffuse.reshape(shape), x.highlight.reshape(shape)) for n, x in found.items()}
    from_above = (0.7 + 0.3 * normals[..., 1]).astype(np.float32)
    found[AMBIENT] = Lit(from_above, np.zeros_like(from_above))
    # of a wide wall behind, that part fills what a surface sees
    from_behind = (0.5 - 0.5 * normals[..., 2]).astype(np.float32)
    found[BOUNCE] = Lit(from_behind, np.zeros_like(from_behind))
    return found


def _samples(lamp: Lamp) -> tuple[Array, list[Array]]:
    """Return a lamp's axis and the places on its face that stand for all of it."""
    place = np.array(lamp.at, np.float32)
    axis = np.array(lamp.aim, np.float32) - place
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, np.array([0.0, 1.0, 0.0], np.float32))
    across /= np.linalg.norm(across)
    up = np.cross(across, axis)
    grid = ((np.arange(_SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES - 0.5) * lamp.size_m
    return axis, [place + a * across + b * up for a in grid for b in grid]


def _lit_by(
    lamp: Lamp, points: Array, normals: Array, to_eye: Array, blockers: Sequence[_Seen]
) -> Lit:
    """Return what a lamp gives; all points and directions are (3, n)."""
    diffuse = np.zeros(points.shape[1], np.float32)
    highlight = np.zeros_like(diffuse)
    axis, places = _samples(lamp)
    for place in places:
        ray = column(place) - points
        far = length(ray)
        ray /= far
        cosine = np.maximum(product(normals, ray), 0.0)
        given = np.maximum(-product(axis, ray), 0.0) ** lamp.beam / far**2
        given *= lamp.intensity / len(places) * (cosine > 0)
        for blocker in blockers:
            given *= ~blocker.hides(ray, far)
        diffuse += given * cosine
        half = ray + to_eye
        half /= length(half)
        highlight += given * np.maximum(product(normals, half), 0.0) ** _SHININESS
    return Lit(diffuse, highlight)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A blocker as some points see it, scaled so that it is a unit sphere."""

    inverse_radii: Array
    start: Array
    excess: Array

    def hides(self, ray: Array, far: Array) -> NDArray[np.bool_]:
        way = ray * self.inverse_radii
        a, b = product(way, way), product(self.start, way)
        root = b * b - a * self.excess
        entry = -b - np.sqrt(np.maximum(root, 0.0))
        return np.asarray((root > 0) & (entry > 1e-4 * a) & (entry < far * a))


def _as_seen(blocker: Blocker, points: Array) -> _Seen:
    inverse = column(1 / np.array(blocker.radii))
    start = (points - column(blocker.centre)) * inverse
    return _Seen(inverse, start, product(start, start) - 1.0)
