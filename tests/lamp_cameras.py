"""Cameras that photograph the rooms of `lamp_scenes`: curves, noise, 8 bit, JPEG 4:2:0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.studio import LampRole
from studiocheck.measure.light.lamp_bases import LampBases, LampPictures, lamp_bases
from tests.lamp_scenes import HEIGHT, MARGIN, WIDTH, Array, Room

Picture = NDArray[np.uint8]
SCALE = 2
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def srgb(x: Array) -> Array:
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def bt709(x: Array) -> Array:
    return np.where(x < 0.018, 4.5 * x, 1.099 * np.maximum(x, 1e-9) ** 0.45 - 0.099)


def steep(power: float) -> Callable[[Array], Array]:
    def curve(x: Array) -> Array:
        v = srgb(x)
        return v**power / (v**power + (1 - v) ** power)

    return curve


def limited(x: Array) -> Array:
    return (16 + 219 * srgb(x)) / 255


@dataclass(frozen=True)
class Camera:
    """What a camera makes of linear light; ``local`` is local tone mapping, 0 is none.

    ``automatic`` is an exposure that keeps the picture's mean where it is.
    """

    curve: Callable[[Array], Array] = srgb
    saturation: float = 1.0
    local: float = 0.0
    automatic: bool = False
    automatic_white: bool = False
    noise: float = 0.012
    quality: int = 85

    def photograph(
        self,
        light: Array,
        rng: np.random.Generator,
        *,
        exposure: float = 1.0,
        moved_px: tuple[float, float] = (0.0, 0.0),
        frames: int = 1,
    ) -> list[Picture]:
        """Return BGR pictures of a light; ``moved_px`` is at 1920 px of width."""
        px = WIDTH * SCALE / 1920
        move = np.array(
            [
                [1 / SCALE, 0, MARGIN + moved_px[0] * px / SCALE],
                [0, 1 / SCALE, MARGIN + moved_px[1] * px / SCALE],
            ]
        )
        seen = exposure * cv2.warpAffine(
            light,
            move,
            (WIDTH * SCALE, HEIGHT * SCALE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        if self.local:
            around = cv2.GaussianBlur(seen @ LUMA, (0, 0), WIDTH * SCALE / 8)
            seen = seen * ((around / around.mean()) ** -self.local)[..., None]
        if self.automatic:
            seen = seen * (0.16 / max(float((seen @ LUMA).mean()), 1e-4))
        if self.automatic_white:
            mean = seen.mean(axis=(0, 1))
            seen = seen * (mean[1] / mean) ** 0.8
        return [self._developed(seen, rng) for _ in range(frames)]

    def _developed(self, light: Array, rng: np.random.Generator) -> Picture:
        sigma = self.noise * np.sqrt(np.clip(light, 0, 1)) + self.noise / 6
        noisy = light + sigma * rng.standard_normal(light.shape, np.float32)
        coded = self.curve(np.clip(noisy, 0, 1))
        if self.saturation != 1:
            grey = (coded @ LUMA)[..., None]
            coded = grey + self.saturation * (coded - grey)
        picture = np.rint(255 * np.clip(coded[..., ::-1], 0, 1)).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


CAMERAS: Mapping[str, Camera] = {
    "sRGB": Camera(),
    "BT.709": Camera(bt709),
    "gamma 1/1.8": Camera(lambda x: x ** (1 / 1.8)),
    "S-curve 1.35": Camera(steep(1.35)),
    "S-curve 1.7": Camera(steep(1.7)),
    "limited read as full": Camera(limited),
    "S-curve 1.35, saturation 1.25": Camera(steep(1.35), saturation=1.25),
    "local tone mapping 0.2": Camera(local=0.2),
    "local tone mapping 0.5": Camera(local=0.5),
}

LOCKED = Controls(
    found={"auto_exposure": 0, "exposure": 100, "gain": 1, "auto_white_balance": 0,
           "white_balance": 5500}
)  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    bases: LampBases
    evidence: LampsEvidence
    exposure: float


def exposure_for(room: Room) -> float:
    """Return the exposure at which the picture with all lamps on just does not clip."""
    light = room.light(dict.fromkeys(room.lamps, 1.0))
    return 0.8 / float(np.percentile(light.max(axis=2), 99.0))


def photographed(
    room: Room, camera: Camera, rng: np.random.Generator, exposure: float, frames: int = 1
) -> LampPictures:
    """Return the pictures of all states of a calibration."""

    def pictures(*on: str) -> list[Picture]:
        light = room.light(dict.fromkeys(on, 1.0))
        return camera.photograph(light, rng, exposure=exposure, frames=frames)

    everything = pictures(*room.lamps)
    return LampPictures(
        nothing=pictures(),
        alone={name: pictures(name) for name in room.lamps},
        everything=everything,
    )


def calibrate(
    room: Room, camera: Camera, rng: np.random.Generator, *, brighter: float = 1.0, frames: int = 6
) -> Calibration:
    """Calibrate the lamps of a room, as `calibrate lights` does."""
    exposure = brighter * exposure_for(room)
    states = photographed(room, camera, rng, exposure, frames)
    everything = states.everything
    bases = lamp_bases(
        states,
        {name: LampRole(kelvin=round(lamp.kelvin)) for name, lamp in room.lamps.items()},
    )
    height, width = everything[0].shape[:2]
    info = CameraInfo(
        device="test", name="test", backend="test", clock="file", width=width, height=height,
        pixel_format="BGR24",
    )  # fmt: skip
    evidence = LampsEvidence(
        taken="2026-01-01T00:00:00Z",
        by="test",
        camera=info,
        controls=LOCKED,
        lamps=bases.lamps,
        bases=bases.bases,
        ambient=bases.ambient,
        clear=bases.clear,
        linear=bases.response.linear,
        additivity_error=bases.response.error,
        srgb_error=bases.response.srgb_error,
        sigma=bases.everything.sigma,
        reference=everything[-1],
    )
    return Calibration(bases, evidence, exposure)
