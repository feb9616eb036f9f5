"""False colour: bands of luma in colours that a camera operator knows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.picture.clipping import BLACK_CODE, WHITE_CODE
from studiocheck.report.pictures.raster import fitted, jpeg, luma_of
from studiocheck.report.pictures.svg import SCREEN, Drawing


@dataclass(frozen=True, slots=True)
class Band:
    """Luma from ``from_percent`` up to the next band; without a colour it stays grey."""

    from_percent: float
    colour: str | None


BANDS = (
    Band(0, "#7a2bd0"),  # crushed: nothing is left to be seen
    Band(2, "#2166d1"),  # dark: below the 10 % that `camera.dark_area` counts
    Band(10, None),
    Band(40, "#2fa84f"),  # a grey card of 18 % gives 41 % (ITU-R BT.709-6, 1.2)
    Band(45, None),
    Band(50, "#f59bb6"),  # a face in good light: the middle of what `camera.brightness` passes
    Band(60, None),
    Band(90, "#f7d417"),  # nearly burnt out
    Band(98, "#e0241b"),  # clipped
)
"""The usual camera convention; the limits are ours and stand under the picture."""

_WIDTH = 480


def false_colour(image: NDArray[np.uint8]) -> bytes:
    """Paint a picture by its luma, in the colours of `BANDS`.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture on the full range.

    Returns
    -------
    bytes
        SVG with a scale below. What is clipped or crushed is read from single samples, never from
        averages; any one colour that is clipped counts.
    """
    painted = paint(image)
    rows, columns = painted.shape[:2]
    width, height = 480.0, 480.0 * rows / columns
    drawing = Drawing(width, height + 34, SCREEN)
    drawing.image(0, 0, width, height, "jpeg", jpeg(painted, 80))
    _scale(drawing, height + 5, width)
    return drawing.done()


def paint(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the painted picture, (h, w, 3) uint8 BGR, at most 480 px wide."""
    picked = fitted(image, _WIDTH, averaged=False)
    luma = luma_of(fitted(image, _WIDTH))
    painted = np.asarray(cv2.applyColorMap(luma, _table()), np.uint8)
    painted[luma_of(picked) <= BLACK_CODE] = _bgr(BANDS[0].colour)
    painted[picked.max(axis=2) >= WHITE_CODE] = _bgr(BANDS[-1].colour)
    return painted


def _table() -> NDArray[np.uint8]:
    table = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis, np.newaxis], 3, axis=2)
    percent = np.arange(256) / 2.55
    for band in BANDS:
        if band.colour:
            following = [b.from_percent for b in BANDS if b.from_percent > band.from_percent]
            upper = min(following, default=101.0)
            table[(percent >= band.from_percent) & (percent < upper), 0] = _bgr(band.colour)
    return table


def _bgr(colour: str | None) -> tuple[int, int, int]:
    number = int((colour or "#000000")[1:], 16)
    return number & 255, number >> 8 & 255, number >> 16


def _scale(drawing: Drawing, y: float, width: float) -> None:
    """Draw the bands, equally wide, with the luma at which each begins."""
    left, step = 10.0, (width - 40) / len(BANDS)
    edges = [*(band.from_percent for band in BANDS), 100]
    for number, band in enumerate(BANDS):
        middle = (edges[number] + edges[number + 1]) / 2
        grey = "#" + f"{round(middle * 2.55):02x}" * 3
        drawing.rect(left + number * step, y, step - 1, 10, band.colour or grey)
    for number, edge in enumerate(edges):
        drawing.text(left + number * step, y + 25, f"{edge:g}", anchor="middle")
    drawing.text(width - 3, y + 25, "%", anchor="end")
