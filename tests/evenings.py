"""One set photographed on two evenings: a photograph as background, people before it, a camera."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.srgb import linear_table, srgb_from_linear
from tests.photographs import DETAILED, photographs, through_jpeg

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, MARGIN = 1280, 720, 160
LUMINANCE_BGR = np.array([0.0722, 0.7152, 0.2126])


@dataclass(frozen=True, kw_only=True)
class Evening:
    """How a picture was taken; shifts are px at 1920 of width."""

    right_px: float = 0.0
    down_px: float = 0.0
    zoom_percent: float = 0.0
    roll_degrees: float = 0.0
    stops: float = 0.0
    cast_bgr: tuple[float, float, float] = (1.0, 1.0, 1.0)
    noise_dn: float = 1.0
    jpeg: int = 0
    person_at: float | None = None
    shirt_bgr: tuple[int, int, int] = (160, 90, 60)
    pattern: str = "coffee"


def wall(name: str) -> Picture:
    """A photograph, larger than the picture, so that the camera can be turned."""
    image = photographs()[name]
    height, width = image.shape[:2]
    size = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    kept = (
        min(width, round(height * size[0] / size[1])),
        min(height, round(width * size[1] / size[0])),
    )
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    cut = np.ascontiguousarray(image[top : top + kept[1], left : left + kept[0]])
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def shot(name: str, how: Evening, rng: np.random.Generator) -> Picture:
    """Take the picture: geometry in the set, people before it, then light, curve, noise, JPEG."""
    angle, scale = math.radians(how.roll_degrees), 1 + how.zoom_percent / 100
    turn = scale * np.array(
        [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    )
    centre = np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    shift = np.array([how.right_px, how.down_px]) * WIDTH / 1920
    matrix = np.column_stack([turn, centre + shift - turn @ (centre + MARGIN)])
    seen = cv2.warpAffine(
        wall(name), matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    if how.person_at is not None:
        seen = with_person(np.asarray(seen, np.uint8), how)
    light = linear_table()[:, None] * 2.0**how.stops * np.array(how.cast_bgr)
    curves = 255 * srgb_from_linear(light)  # of all codes there are, not of all pixels
    code = np.stack([curves[seen[..., c], c] for c in range(3)], axis=-1)
    code += rng.normal(0, how.noise_dn, code.shape)
    picture = np.clip(np.rint(code), 0, 255).astype(np.uint8)
    return through_jpeg(picture, how.jpeg) if how.jpeg else picture


def with_person(seen: Picture, how: Evening) -> Picture:
    x = round((how.person_at or 0.0) * WIDTH)
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.ellipse(cover, (x, 220), (63, 87), 0, 0, 360, 1, -1)
    cv2.ellipse(cover, (x, 600), (173, 280), 0, 0, 360, 1, -1)
    cover = cv2.GaussianBlur(cover, (0, 0), 1.0)[..., None]
    cloth = cv2.resize(photographs()[how.pattern], (WIDTH, HEIGHT)).astype(np.float32)
    person = 0.5 * np.roll(cloth, x, axis=1) + 0.5 * np.array(how.shirt_bgr)
    return np.asarray(seen * (1 - cover) + person * cover, np.uint8)


def cast(rng: np.random.Generator, strength: float) -> tuple[float, float, float]:
    """A colour cast that leaves the luminance of grey alone."""
    gains = np.exp(rng.uniform(-strength, strength, 3))
    blue, green, red = gains / (gains @ LUMINANCE_BGR)
    return float(blue), float(green), float(red)


def two_evenings(rng: np.random.Generator, tonight: Evening) -> tuple[Evening, Evening]:
    """The good evening and tonight: people elsewhere in other clothes, other noise, other JPEG."""

    def peopled(how: Evening) -> Evening:
        return replace(
            how,
            person_at=None if rng.random() < 0.2 else float(rng.uniform(0.3, 0.7)),
            shirt_bgr=tuple(int(c) for c in rng.integers(0, 256, 3)),
            pattern=str(rng.choice(DETAILED)),
            noise_dn=float(rng.uniform(0.5, 4)),
            jpeg=int(rng.choice([0, 85])),
        )

    return peopled(Evening(stops=-0.7)), peopled(replace(tonight, stops=tonight.stops - 0.7))
