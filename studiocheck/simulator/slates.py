"""Pictures that come from a machine instead of a sensor: bars, a no-signal card, a plain colour."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

Slate = Literal["bars", "nosignal", "solid"]

_BARS_RGB = (
    (191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0),
    (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0),
)  # fmt: skip
"""75 % colour bars, as ITU-R BT.471 orders them."""


def slate(kind: Slate, width: int, height: int) -> NDArray[np.uint8]:
    """Return a slate, (height, width, 3) BGR; it has no noise."""
    if kind == "bars":
        bar = np.arange(width) * len(_BARS_RGB) // width
        row = np.array(_BARS_RGB, np.uint8)[bar][:, ::-1]
        return np.ascontiguousarray(np.broadcast_to(row, (height, width, 3)))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = (120, 40, 20) if kind == "nosignal" else (96, 112, 64)
    if kind == "nosignal":
        size = width / 640
        (text_width, text_height), _ = cv2.getTextSize("NO SIGNAL", 0, 2 * size, round(3 * size))
        place = ((width - text_width) // 2, (height + text_height) // 2)
        white = (235, 235, 235)
        cv2.putText(picture, "NO SIGNAL", place, 0, 2 * size, white, round(3 * size), cv2.LINE_AA)
    return picture
