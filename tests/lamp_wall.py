"""A wall in the light of a few lamps, rendered by formula, with shadows whose penumbra is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import CameraInfo
from studiocheck.core.studio import LampRole
from studiocheck.measure.light.lamp_bases import LampPictures, lamp_bases
from studiocheck.measure.light.srgb import srgb_from_linear

Picture = NDArray[np.uint8]
_WIDTH, _HEIGHT = 960, 540
WALL_M = 2.0
"""Width of the wall in the picture."""


@dataclass(frozen=True)
class Edge:
    """A straight edge before the wall, which hides what lies to one side of it from a lamp."""

    gap_m: float
    angle_degrees: float = 90.0
    at_m: float = 0.0

    def penumbra_m(self, lamp: WallLamp) -> float:
        """Whole width of the penumbra on the wall, by similar triangles."""
        return lamp.size_m * self.gap_m / (lamp.at[2] - self.gap_m)

    def width_percent(self, lamp: WallLamp) -> float:
        """10–90 % width of the penumbra, % of the picture's width."""
        share = 0.687 if lamp.round else 0.8
        return 100 * share * self.penumbra_m(lamp) / WALL_M


@dataclass(frozen=True)
class WallLamp:
    """A square lamp, turned as its edge is, or a round one; x, y and distance to the wall, m."""

    at: tuple[float, float, float]
    power: float = 1.0
    size_m: float = 0.4
    round: bool = False
    edge: Edge | None = None
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Wall:
    """The scene and the camera that looks at it."""

    lamps: Mapping[str, WallLamp]
    ambient: float = 0.01
    exposure: float = 0.5
    contrast: float = 1.0
    noise_dn: float = 1.5
    jpeg: bool = False
    seed: int = 1
    outputs: Mapping[str, float] = field(default_factory=dict)

    def reflectance(self) -> NDArray[np.float64]:
        """Posters and stripes: a wall whose reflectance has hard edges of its own."""
        rng = np.random.default_rng(self.seed)
        wall = np.full((_HEIGHT, _WIDTH, 3), (0.4, 0.44, 0.42))
        for _ in range(14):
            x, y = rng.integers(0, _WIDTH), rng.integers(0, _HEIGHT)
            w, h = rng.integers(40, 220, 2)
            wall[y : y + h, x : x + w] = rng.uniform(0.12, 0.75, 3)
        return wall

    def irradiance(self, name: str) -> NDArray[np.float64]:
        """Light of one lamp on the wall, Lambert and inverse square, with its shadow."""
        lamp = self.lamps[name]
        scale = WALL_M / _WIDTH
        x, y = np.meshgrid(
            (np.arange(_WIDTH) + 0.5 - _WIDTH / 2) * scale,
            (_HEIGHT / 2 - np.arange(_HEIGHT) - 0.5) * scale,
        )
        away = (lamp.at[0] - x) ** 2 + (lamp.at[1] - y) ** 2 + lamp.at[2] ** 2
        light = lamp.power * lamp.at[2] ** 2 * lamp.at[2] / away**1.5
        if lamp.edge is None:
            return np.asarray(light)
        return np.asarray(light * _unblocked(lamp, lamp.edge, x, y))

    def light(self, shining: Mapping[str, float]) -> NDArray[np.float64]:
        """Linear light at the camera with some lamps at some output."""
        total = np.full((_HEIGHT, _WIDTH, 3), self.ambient)
        for name, output in shining.items():
            colour = output * np.array(self.lamps[name].colour)
            total += self.irradiance(name)[..., None] * colour
        return np.asarray(self.exposure * total * self.reflectance())

    def pictures(
        self, shining: Mapping[str, float], frames: int = 4, seed: int = 0
    ) -> list[Picture]:
        """What the camera delivers, BGR."""
        rng = np.random.default_rng((self.seed, seed, len(shining)))
        value = srgb_from_linear(self.light(shining))
        steep = value**self.contrast
        value = 255 * steep / (steep + (1 - value) ** self.contrast)
        found = []
        for _ in range(frames):
            noisy = value[..., ::-1] + self.noise_dn * rng.standard_normal(value.shape)
            codes = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
            if self.jpeg:
                codes = cv2.imdecode(cv2.imencode(".jpg", codes, [1, 90])[1], cv2.IMREAD_COLOR)
            found.append(np.ascontiguousarray(codes))
        return found

    def calibrated(self, roles: Mapping[str, LampRole] | None = None) -> LampsEvidence:
        """What calibrating the lamps in this scene stores."""
        names = list(self.lamps)
        everything = self.pictures(dict.fromkeys(names, 1.0), seed=1)
        found = lamp_bases(
            LampPictures(
                nothing=self.pictures({}, seed=2),
                alone={n: self.pictures({n: 1.0}, seed=3 + i) for i, n in enumerate(names)},
                everything=everything,
            ),
            roles or {n: LampRole(output=self.outputs.get(n)) for n in names},
        )
        return LampsEvidence(
            taken="2026-01-01T00:00:00Z",
            by="test",
            camera=CameraInfo(
                device="test", name="test", backend="test", clock="simulated",
                width=_WIDTH, height=_HEIGHT, pixel_format="BGR24", nominal_fps=30.0,
            ),
            controls=None,
            lamps=found.lamps,
            bases=found.bases,
            ambient=found.ambient,
            clear=found.clear,
            linear=found.response.linear,
            additivity_error=found.response.error,
            srgb_error=found.response.srgb_error,
            sigma=found.everything.sigma,
            reference=everything[-1],
        )  # fmt: skip


def _unblocked(
    lamp: WallLamp, edge: Edge, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of the lamp's face that a place on the wall sees past the edge."""
    turn = np.radians(edge.angle_degrees)
    across = np.array([np.sin(turn), np.cos(turn)])
    u = across[0] * x + across[1] * y
    lamp_u = across[0] * lamp.at[0] + across[1] * lamp.at[1]
    # the edge stands where its shadow's middle falls on the wall at at_m
    edge_u = edge.at_m + (lamp_u - edge.at_m) * edge.gap_m / lamp.at[2]
    hidden_to = (edge_u - u) * lamp.at[2] / edge.gap_m + u - lamp_u
    t = np.clip(2 * hidden_to / lamp.size_m, -1, 1)
    if lamp.round:
        return np.asarray(0.5 - (t * np.sqrt(1 - t**2) + np.arcsin(t)) / np.pi)
    return np.asarray((1 - t) / 2)
