"""Light of the simulated set: area lamps, soft shadows, ambient light, and their colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.planckian_locus import white_xyz
from studiocheck.measure.light.srgb import RGB_TO_XYZ
from studiocheck.simulator.geometry import Array
from studiocheck.simulator.scene import Lamp, Room

AMBIENT, WINDOW = "ambient", "window"
_WINDOW = Lamp(at=(2.4, 1.7, 1.0), aim=(0.0, 1.3, 0.0), size_m=1.1, intensity=3.6)
_SAMPLES = 5
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


def sources(lamps: Mapping[str, Lamp], room: Room) -> dict[str, NDArray[np.float64]]:
    """Return the colour of every source as it burns now, scaled by its output."""
    found = {name: lamp.output * light_colour(lamp.cct_kelvin) for name, lamp in lamps.items()}
    found[AMBIENT] = room.ambient * light_colour(room.ambient_cct_kelvin)
    if room.window > 0:
        found[WINDOW] = room.window * light_colour(room.window_cct_kelvin)
    return found


def light_up(
    points: Array,
    normals: Array,
    eye: Array,
    lamps: Mapping[str, Lamp],
    blockers: Sequence[Blocker],
) -> dict[str, Lit]:
    """Return what each lamp of full output, the window and the room give at some points.

    Lambert's cosine law and the inverse square over samples of each lamp's face; a sample that an
    ellipsoid hides gives nothing, which makes soft shadows. Highlights are Blinn's.
    """
    found = {name: _lit_by(lamp, points, normals, eye, blockers) for name, lamp in lamps.items()}
    found[WINDOW] = _lit_by(_WINDOW, points, normals, eye, blockers)
    from_above = (0.7 + 0.3 * normals[..., 1]).astype(np.float32)
    found[AMBIENT] = Lit(from_above, np.zeros_like(from_above))
    return found


def _lit_by(
    lamp: Lamp, points: Array, normals: Array, eye: Array, blockers: Sequence[Blocker]
) -> Lit:
    place = np.array(lamp.at, np.float32)
    axis = np.array(lamp.aim, np.float32) - place
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, [0.0, 1.0, 0.0]).astype(np.float32)
    across /= np.linalg.norm(across)
    up = np.cross(across, axis)
    to_eye = eye - points
    to_eye /= np.sqrt((to_eye * to_eye).sum(axis=-1, keepdims=True))
    diffuse = np.zeros(points.shape[:-1], np.float32)
    highlight = np.zeros_like(diffuse)
    grid = ((np.arange(_SAMPLES) + 0.5) / _SAMPLES - 0.5) * lamp.size_m
    for a in grid:
        for b in grid:
            ray = (place + a * across + b * up).astype(np.float32) - points
            squared = (ray * ray).sum(axis=-1)
            far = np.sqrt(squared)
            ray /= far[..., None]
            cosine = np.maximum((normals * ray).sum(axis=-1), 0.0)
            given = np.maximum(-(ray @ axis), 0.0) ** lamp.beam / squared
            given *= lamp.intensity / _SAMPLES**2
            for blocker in blockers:
                given *= ~_hidden(points + 2e-3 * normals, ray, far, blocker)
            diffuse += given * cosine
            half = ray + to_eye
            half /= np.sqrt((half * half).sum(axis=-1, keepdims=True))
            gloss = np.maximum((normals * half).sum(axis=-1), 0.0) ** _SHININESS
            highlight += given * gloss * (cosine > 0)
    return Lit(diffuse, highlight)


def _hidden(points: Array, ray: Array, far: Array, blocker: Blocker) -> NDArray[np.bool_]:
    radii = np.array(blocker.radii, np.float32)
    start = (points - np.array(blocker.centre, np.float32)) / radii
    way = ray / radii
    a = (way * way).sum(axis=-1)
    b = (start * way).sum(axis=-1)
    c = (start * start).sum(axis=-1) - 1.0
    root = b * b - a * c
    entry = (-b - np.sqrt(np.maximum(root, 0.0))) / a
    return np.asarray((root > 0) & (entry > 1e-4) & (entry < far))
