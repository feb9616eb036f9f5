"""Outlines of parts of a picture, drawn so that they are seen on any ground."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.report.pictures.svg import Drawing

Frame = tuple[float, float, float, float]
"""Where a picture lies in a drawing: x, y, width, height."""

_MOST_POINTS = 60
_CLOSE = 0.004
"""Of the picture's width: details of an outline that are smaller are left out."""


def paths_of(mask: NDArray[np.bool_], frame: Frame, most: int = 12) -> list[str]:
    """Return the outlines of the parts of a mask, the largest first, as paths of a drawing.

    Parameters
    ----------
    mask : (rows, columns) bool
        What is to be outlined, of a picture of any size.
    frame : Frame
        Where that picture lies in the drawing.
    most : int
        At most so many parts.

    Examples
    --------
    >>> spot = np.zeros((90, 160), np.bool_)
    >>> spot[30:60, 40:80] = True
    >>> paths_of(spot, (0, 0, 320, 180))
    ['M81.0 61.0 L81.0 119.0 159.0 119.0 159.0 61.0 Z']
    """
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = sorted(found, key=cv2.contourArea, reverse=True)[:most]
    rows, columns = mask.shape
    x, y, width, height = frame
    paths = []
    for contour in largest:
        smooth = _simplified(contour, _CLOSE * columns)
        across = x + (smooth[:, 0] + 0.5) * width / columns
        down = y + (smooth[:, 1] + 0.5) * height / rows
        points = " ".join(f"{a:.1f} {b:.1f}" for a, b in zip(across[1:], down[1:], strict=True))
        head = f"M{across[0]:.1f} {down[0]:.1f}"
        paths.append(f"{head} L{points} Z" if points else f"{head} h0.1 Z")
    return paths


def _simplified(contour: NDArray[Any], close_px: float) -> NDArray[np.float64]:
    points = cv2.approxPolyDP(contour, close_px, closed=True)
    while len(points) > _MOST_POINTS:
        close_px *= 1.5
        points = cv2.approxPolyDP(contour, close_px, closed=True)
    return np.asarray(points.reshape(-1, 2), np.float64)


def box_of(region: Region, frame: Frame) -> str:
    """Return the outline of a declared region as a path of a drawing; what lies outside is cut."""
    x, y, width, height = frame
    left, top = x + region[0] * width, y + region[1] * height
    right = x + min(region[0] + region[2], 1.0) * width
    bottom = y + min(region[1] + region[3], 1.0) * height
    return f"M{left:.1f} {top:.1f} H{right:.1f} V{bottom:.1f} H{left:.1f} Z"


def ring_of(region: Region, frame: Frame) -> str:
    """Return a ring around a small part of a picture, never too small to be seen."""
    x, y, width, height = frame
    across, down = max(0.75 * region[2] * width, 8), max(0.75 * region[3] * height, 8)
    left = x + (region[0] + region[2] / 2) * width - across
    middle = y + (region[1] + region[3] / 2) * height
    half = f"a{across:.1f} {down:.1f} 0 1 0"
    return f"M{left:.1f} {middle:.1f} {half} {2 * across:.1f} 0 {half} {-2 * across:.1f} 0 Z"


def outline(drawing: Drawing, path: str, look: str = "over", *, dash: str = "") -> None:
    """Draw along a path in a light colour on a dark edge."""
    drawing.stroke(path, "under", 5)
    drawing.stroke(path, look, 2.2, dash)
