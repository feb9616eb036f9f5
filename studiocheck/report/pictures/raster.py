"""Scales pictures down and packs them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def fitted(image: NDArray[np.uint8], width: int, *, averaged: bool = True) -> NDArray[np.uint8]:
    """Scale a picture down to a width; one that is narrower stays as it is.

    Parameters
    ----------
    image : (height, width[, 3]) uint8
        The picture.
    width : int
        At most so many px.
    averaged : bool
        Whether samples are averaged; else some of them are taken as they are, which keeps what is
        clipped.

    Returns
    -------
    (h, w[, 3]) uint8
        The picture, contiguous.
    """
    rows, columns = image.shape[:2]
    if columns <= width:
        return np.ascontiguousarray(image)
    size = (width, max(1, round(rows * width / columns)))
    how = cv2.INTER_AREA if averaged else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


def luma_of(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the luma of a (height, width, 3) BGR picture (ITU-R BT.601-7, 2.5.1)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def jpeg(image: NDArray[np.uint8], quality: int = 80) -> bytes:
    """Pack a picture as JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def png(image: NDArray[np.uint8]) -> bytes:
    """Pack a picture as PNG."""
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()
