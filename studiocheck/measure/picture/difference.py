"""The golden look and tonight's picture side by side, and where they differ, for a person."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.studio import Region
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.registration import register
from studiocheck.measure.picture.similarity import Plane, lay

Image = NDArray[np.uint8]
P = TypeVar("P", np.uint8, np.float32)


def difference_picture(look: Image, still: Image, subject: Region | None = None) -> Image | None:
    """Return what a person compares: the look, tonight laid on it, and where they differ.

    Parameters
    ----------
    look, still : (height, width, 3) uint8
        BGR pictures on the full range.
    subject : Region, optional
        Where the presenter is, left out of the search for the set.

    Returns
    -------
    (360, 1928, 3) uint8 or None
        Three pictures side by side, at 16:9 each 640 px wide; in the third the look is grey, and
        what differs once exposure is taken out is red. ``None`` when the picture shows something
        else.

    Raises
    ------
    Unmeasurable
        If one of the pictures shows nothing that could be found again.

    Notes
    -----
    **Source**: difference of locally normalised luma (`similarity.normalised`).

    Examples
    --------
    >>> noise = np.random.default_rng(1).uniform(60, 140, (45, 80, 3)).astype(np.float32)
    >>> wall = cv2.resize(noise, (640, 360), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    >>> difference_picture(wall, wall).shape
    (360, 1928, 3)
    """
    framing = register(_grey(look), _grey(still), subject)
    if framing is None:
        return None
    size = 640, round(640 * look.shape[0] / look.shape[1])
    before = cv2.resize(look, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    tonight = cv2.resize(still, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    after, inside = lay(tonight, framing.move)
    differs = _differs(before, after)
    grey = np.repeat(_grey(before)[..., None] * 0.6 + 60, 3, axis=2)
    red = np.array([40.0, 40.0, 230.0], np.float32)
    shown = grey + np.asarray(differs * inside)[..., None] * (red - grey)
    gap = np.full((size[1], 4, 3), 255, np.float32)
    row = np.concatenate([before, gap, after * inside[..., None], gap, shown], axis=1)
    return np.asarray(np.clip(row, 0, 255), np.uint8)


def _grey(image: NDArray[P]) -> NDArray[P]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), image.dtype)


def _differs(before: Plane, after: Plane) -> Plane:
    """Return 0…1: how much luma differs once tonight is as bright as the look was."""
    one, other = (
        cv2.GaussianBlur(_grey(before), (0, 0), 2),
        cv2.GaussianBlur(_grey(after), (0, 0), 2),
    )
    gain = float(np.median((one + 4) / (other + 4)))
    return np.asarray(np.clip((np.abs(one - gain * other) - 8) / 32, 0, 1), np.float32)
