"""Real photographs for tests: those that scikit-image and scikit-learn carry inside them."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_SKIMAGE = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png",
    "coffee.png", "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png",
    "microaneurysms.png", "moon.png", "motorcycle_left.png", "motorcycle_right.png", "page.png",
    "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
_SKLEARN = ("china.jpg", "flower.jpg")

DETAILED = (
    "astronaut", "brick", "camera", "chelsea", "china", "coffee", "flower", "grass", "gravel",
    "motorcycle_left", "rocket",
)  # fmt: skip
"""Those that are in focus at their own size."""


@cache
def photographs() -> dict[str, Picture]:
    """Return every photograph by name, (height, width, 3) BGR, at its own size."""
    files = [_inside("skimage") / "data" / name for name in _SKIMAGE]
    files += [_inside("sklearn") / "datasets" / "images" / name for name in _SKLEARN]
    found = {}
    for file in files:
        image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        found[file.name.partition(".")[0]] = np.asarray(image, np.uint8)
    return found


def _inside(package: str) -> Path:
    """Return a package's folder, without the seconds that importing it takes."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def spread_out(image: Picture, width: int = 1920, height: int = 1080) -> Picture:
    """Return a larger picture of the same sharpness: the photograph and its mirror images."""
    down, right = max(0, height - image.shape[0]), max(0, width - image.shape[1])
    while down or right:
        step = min(down, image.shape[0] - 1), min(right, image.shape[1] - 1)
        image = np.asarray(
            cv2.copyMakeBorder(image, 0, step[0], 0, step[1], cv2.BORDER_REFLECT_101), np.uint8
        )
        down, right = max(0, height - image.shape[0]), max(0, width - image.shape[1])
    return image[:height, :width]


def grey(image: Picture) -> Picture:
    """Return the luma of a BGR picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def through_jpeg(image: Picture, quality: int) -> Picture:
    """Return what JPEG leaves of a picture, BGR or grey."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    flag = cv2.IMREAD_COLOR if image.ndim == 3 else cv2.IMREAD_GRAYSCALE
    return np.asarray(cv2.imdecode(data, flag), np.uint8)


def noisy(image: Picture, sigma_dn: float, rng: np.random.Generator) -> Picture:
    """Return a picture with noise, rounded to whole DN."""
    grain = rng.standard_normal(image.shape, dtype=np.float32)
    return np.clip(np.rint(image + sigma_dn * grain), 0, 255).astype(np.uint8)
