"""False colour of light: by how many stops each part of the picture differs from the subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import CameraRole, Region
from studiocheck.measure.light.linear_light import CLIPPED_DN, LUMINANCE
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.picture.regions import cut_region
from studiocheck.report.pictures.outlines import Frame, box_of, outline
from studiocheck.report.pictures.raster import fitted, jpeg
from studiocheck.report.pictures.svg import STAGE, Anchor, Drawing

BANDS: tuple[tuple[int, str], ...] = (
    (-4, "#41207a"), (-3, "#2b3fae"), (-2, "#2a7fce"), (-1, "#7cc0e8"),
    (0, "#8f8f8f"),
    (1, "#f3e08a"), (2, "#f2a134"), (3, "#d9482b"),
)  # fmt: skip
"""Stops and their colour, each from half a stop below to half a stop above; blue against yellow
and red is told apart by any eye."""

BELOW, ABOVE = "#000000", "#ffffff"
GREY = 0.18
"""Reflectance of middle grey, the zero where no subject is declared."""

_WIDTH = 480
_TEXTURE = 0.16
"""How much lighter and darker a band gets over its one stop, so that shapes stay visible."""

_DARKEST = 1e-5


@dataclass(frozen=True, slots=True)
class Spot:
    """A declared part of the picture, whose mean is written on it: within it or beside it."""

    region: Region
    is_zero: bool = False
    anchor: Anchor = "middle"


def light_stops(
    image: NDArray[np.uint8],
    camera: CameraRole | None,
    linear: NDArray[np.floating] | None = None,
    face: Region | None = None,
) -> bytes:
    """Paint a picture by its light in stops against the subject, or against middle grey.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture on the full range.
    camera : CameraRole, optional
        Says where subject, product and background are.
    linear : (256,) float, optional
        The camera's tone curve where it is calibrated; sRGB else.
    face : Region, optional
        Where the face is.

    Returns
    -------
    bytes
        SVG with a scale below. Declared parts are outlined and bear their mean.
    """
    small = fitted(image, _WIDTH)
    light = luminance(small, linear)
    spots = spots_of(camera, face)
    zero = next((_mean(light, spot.region) for spot in spots if spot.is_zero), None) or GREY
    stops = np.log2(np.maximum(light, _DARKEST) / zero)
    rows, columns = small.shape[:2]
    frame: Frame = (0.0, 0.0, 480.0, 480.0 * rows / columns)
    drawing = Drawing(frame[2], frame[3] + 46, STAGE)
    drawing.image(*frame, "jpeg", jpeg(paint_stops(stops, small.max(axis=2) >= CLIPPED_DN), 84))
    for spot in spots:
        value = _mean(light, spot.region)
        if value is not None:
            _mark(drawing, spot, float(np.log2(max(value, _DARKEST) / zero)), frame)
    _scale(drawing, frame[3] + 6)
    return drawing.done()


def luminance(
    image: NDArray[np.uint8], linear: NDArray[np.floating] | None = None
) -> NDArray[np.float32]:
    """Return linear luminance, 1 is full scale, (rows, columns).

    Examples
    --------
    >>> round(float(luminance(np.full((2, 2, 3), 118, np.uint8))[0, 0]), 3)
    0.181
    """
    table = (linear_table() if linear is None else linear).astype(np.float32)
    return np.asarray(cv2.LUT(image, table) @ LUMINANCE[::-1].astype(np.float32), np.float32)


def paint_stops(
    stops: NDArray[np.floating], clipped: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Return stops in the colours of `BANDS`, (rows, columns, 3) BGR; what is clipped is white."""
    first, last = BANDS[0][0], BANDS[-1][0]
    band = np.clip(np.rint(stops), first - 1, last + 1).astype(np.intp) - (first - 1)
    colours = np.array([_bgr(c) for c in (BELOW, *(c for _, c in BANDS), ABOVE)], np.float32)
    shade = 1 + _TEXTURE * (stops - np.rint(stops))
    painted = colours[band] * shade[..., np.newaxis]
    if clipped is not None:
        painted[clipped] = _bgr(ABOVE)
    return np.asarray(np.clip(np.rint(painted), 0, 255), np.uint8)


def spots_of(camera: CameraRole | None, face: Region | None = None) -> Sequence[Spot]:
    """Return the parts whose light is written on the picture; of a face its two halves.

    The zero is the first that there is of subject, face and product.
    """
    declared = (None,) * 4 if camera is None else (
        camera.subject, camera.product, camera.background, camera.green_screen
    )  # fmt: skip
    subject, product, *behind = declared
    zero = subject or face or product
    spots = [Spot(zero, is_zero=True)] if zero is not None else []
    if face is not None:
        x, y, width, height = face
        half = width / 2
        spots.append(Spot((x, y, half, height), anchor="end"))
        spots.append(Spot((x + half, y, half, height), anchor="start"))
    others = [region for region in (product, *behind) if region is not None and region != zero]
    return [*spots, *map(Spot, others)]


def _mean(light: NDArray[np.float32], region: Region) -> float | None:
    """Return the mean light of a region; nothing of one that is too small to be seen here."""
    try:
        return max(float(cut_region(light, region, least_px=2).mean()), _DARKEST)
    except Unmeasurable:
        return None


def _mark(drawing: Drawing, spot: Spot, stops: float, frame: Frame) -> None:
    outline(drawing, box_of(spot.region, frame), dash="" if spot.is_zero else "4 4")
    x, y, width, height = spot.region
    places = {"end": x - 0.01, "middle": x + width / 2, "start": x + width + 0.01}
    low = min(frame[3] * (y + height), frame[3]) - 7 if spot.anchor == "middle" else 0.0
    middle = frame[3] * (y + height / 2) + 6
    said = "0" if spot.is_zero else f"{stops:+.1f}"
    drawing.text(
        frame[2] * places[spot.anchor], low or middle, said, anchor=spot.anchor, look="tag"
    )


def _scale(drawing: Drawing, y: float) -> None:
    """Draw the bands with their stops."""
    shown = [("<", BELOW), *((f"{s:+d}" if s else "0", c) for s, c in BANDS), (">", ABOVE)]
    step = (_WIDTH - 84) / len(shown)
    for number, (said, colour) in enumerate(shown):
        x = 8 + number * step
        drawing.rect(x, y, step - 2, 14, "rail")
        drawing.rect(x + 1, y + 1, step - 4, 12, colour)
        drawing.text(x + step / 2 - 1, y + 33, said, anchor="middle")
    drawing.text(_WIDTH - 6, y + 33, "stops 挡", anchor="end", look="small")


def _bgr(colour: str) -> tuple[int, int, int]:
    number = int(colour[1:], 16)
    return number & 255, number >> 8 & 255, number >> 16
