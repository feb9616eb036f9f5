"""What the webcams see: the simulated studio, rendered once and kept in the formats they offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.scene import load_scene
from tests.hardware.webcam.descriptors import PixelFormat, Size

Light = Literal["lit", "dark", "black"]
_GAIN: dict[Light, float] = {"lit": 1.0, "dark": 0.12, "black": 0.0}
_COUNT = 10
"""Pictures that follow one another: enough that none equals the one before."""


@dataclass
class Pictures:
    """Pictures of the studio, encoded when they are first asked for."""

    _scene: list[NDArray[np.uint8]] = field(default_factory=list)
    _encoded: dict[tuple[PixelFormat, Size, Light, int], bytes] = field(default_factory=dict)

    def prepare(self) -> None:
        """Render the studio: takes seconds, and no kernel waits for an answer meanwhile."""
        camera = SimulatedCamera(load_scene(), "main", 1280, 720, 30.0)
        camera.open()
        for _ in range(_COUNT):
            frame = camera.read()
            assert frame is not None
            self._scene.append(frame.bgr())

    def encode(self, pixel_format: PixelFormat, size: Size, light: Light) -> None:
        """Encode one series before it is streamed."""
        for number in range(_COUNT):
            self.one(pixel_format, size, light, number)

    def one(self, pixel_format: PixelFormat, size: Size, light: Light, number: int) -> bytes:
        """Return the n-th picture, as the camera sends it."""
        key = (pixel_format, size, light, number % _COUNT)
        if key not in self._encoded:
            picture = cv2.resize(self._scene[key[3]], (size.width, size.height))
            picture = cv2.convertScaleAbs(picture, alpha=_GAIN[light])
            encode = _jpeg if pixel_format == "MJPG" else _yuyv
            self._encoded[key] = encode(np.asarray(picture, np.uint8))
        return self._encoded[key]


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def _yuyv(picture: NDArray[np.uint8]) -> bytes:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_YUY2), np.uint8).tobytes()
