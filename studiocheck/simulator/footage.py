"""What a simulated camera's picture is made of while nothing about the scene changes."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.simulator.geometry import EYE_DISTANCE_M
from studiocheck.simulator.light import sources
from studiocheck.simulator.models import CameraModel
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.sensor import Exposed, Noise, Picture, aside, expose, pose
from studiocheck.simulator.slates import slate
from studiocheck.simulator.stage import Stage

FLICKER_HZ = 100.0
"""Lamps on 50 Hz mains give light at twice that."""

READOUT_S = 0.016
"""From the first row of a picture to the last (rolling shutter)."""

_SWAY = ((0.243, 1.0, 0.0), (0.588, 0.35, 1.0))
_SHAKE_HZ = (2.3, 3.7, 5.3, 8.9)


class Footage:
    """Pictures of one camera between two changes of the scene."""

    def __init__(self, scene: Scene, role: str, stage: Stage, noise: Noise) -> None:
        self._model: CameraModel = scene.cameras[role]
        self._view, self._noise = stage.view, noise
        self._sway_px = scene.presenter.sway_m * stage.view.focal_px / EYE_DISTANCE_M
        self._slate: Picture | None = None
        self._bright: Exposed | None = None
        if self._model.slate:
            self._slate = slate(self._model.slate, stage.view.width, stage.view.height)
            return
        self._exposed = self._expose(scene, stage, swing=0.0)
        if any(lamp.flicker > 0 for lamp in scene.lamps.values()) and not self._model.black:
            self._exposed = self._expose(scene, stage, swing=-1.0)
            self._bright = self._expose(scene, stage, swing=1.0)

    def _expose(self, scene: Scene, stage: Stage, swing: float) -> Exposed:
        """Return the picture at one point of the lamps' flicker, −1…1."""
        lamps = {
            name: replace(lamp, output=lamp.output * (1 + swing * lamp.flicker))
            for name, lamp in scene.lamps.items()
        }
        shining = sources(lamps, scene.room)
        if self._model.black:
            shining = {name: 0 * colour for name, colour in shining.items()}
        return expose(stage, shining, self._model)

    def picture(self, time_s: float) -> Picture:
        """Return the BGR picture taken at a time."""
        if self._slate is not None:
            return self._slate
        sway = self._sway_px * sum(a * math.sin(math.tau * f * time_s + p) for f, a, p in _SWAY)
        picture = pose(self._exposed, sway)
        if self._bright is not None:
            picture = self._flickering(picture, pose(self._bright, sway), time_s)
        if self._model.shake_px > 0:
            picture = self._shaken(picture, time_s)
        elif self._model.moved_px:
            picture = aside(picture, self._model.moved_px * self._view.width / 1920)
        picture = self._noise.over(picture)
        return _through_720p(picture) if self._model.upscaled else picture

    def _flickering(self, dim: Picture, bright: Picture, time_s: float) -> Picture:
        height, width = dim.shape[:2]
        row_time_s = time_s + READOUT_S * np.arange(height) / height
        share = 0.5 + 0.5 * np.sin(math.tau * FLICKER_HZ * row_time_s)
        weight = np.repeat(share.astype(np.float32)[:, None], width, axis=1)
        return np.asarray(cv2.blendLinear(bright, dim, weight, 1 - weight), np.uint8)

    def _shaken(self, picture: Picture, time_s: float) -> Picture:
        """Move the whole picture; ``shake_px`` is the rms distance, at 1920 px of width."""
        scale = self._view.width / 1920
        shift = shake(time_s, self._model.shake_px * scale)
        shift[0] += self._model.moved_px * scale
        move = np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
        size = (self._view.width, self._view.height)
        return np.asarray(
            cv2.warpAffine(picture, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8
        )


def _through_720p(picture: Picture) -> Picture:
    """Return what a capture card makes of a 720p signal when it is asked for more."""
    small = cv2.resize(picture, (1280, 720), interpolation=cv2.INTER_AREA)
    height, width = picture.shape[:2]
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def shake(time_s: float, rms_px: float) -> NDArray[np.float64]:
    """Return the displacement (x, y) of a camera that is not held still, px."""
    amplitude = rms_px / math.sqrt(len(_SHAKE_HZ))
    turns = np.multiply.outer((0.0, 0.31), np.arange(1.0, 5.0)) + np.array(_SHAKE_HZ) * time_s
    return np.asarray(amplitude * np.sin(math.tau * turns).sum(axis=1))
