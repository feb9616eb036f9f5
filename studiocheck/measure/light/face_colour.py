"""How much warmer the light on one half of a face is than on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import CLIPPED_DN
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.picture.regions import cut_region

_MIRED_PER_LOG = 95.0
_HALVES = ((0.17, 0.25, 0.22, 0.5), (0.61, 0.25, 0.22, 0.5))
"""Of a face: its left and right cheek with temple, without hair and chin."""

_DARKEST_DN = 25


def warmer_left_mired(stills: Sequence[NDArray[np.uint8]], face: Region) -> float:
    """Compare the colour of the light on both halves of a face; its skin is the same on both.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    face : Region
        Where the face is, shares of the picture.

    Returns
    -------
    float
        By how much the left half of the picture is warmer, mired; a rough figure, as the camera's
        tone curve is not known.

    Raises
    ------
    Unmeasurable
        If a half is clipped, dark or too small.

    Notes
    -----
    **Source**: reflectance cancels in the ratio of two lights on one surface; 95 mired for each
    unit of ln(R/B) (methods-picture-and-light, 2). On spectral renders of
    13 skins, contrasts up to 2.5 stops and 15 tone curves one light alone made up to 26 mired, by
    the bend of a tone curve; 3200 K beside 7500 K made 45 and more. A filmic curve hides a part.

    Examples
    --------
    >>> face = np.full((100, 100, 3), (90, 120, 160), np.uint8)
    >>> face[:, 50:] = (120, 120, 130)
    >>> round(warmer_left_mired([face], (0.0, 0.0, 1.0, 1.0)))
    101
    """
    x, y, w, h = face
    logs = []
    for part in _HALVES:
        place = (x + part[0] * w, y + part[1] * h, part[2] * w, part[3] * h)
        patches = [cut_region(still, place, least_px=8).reshape(-1, 3) for still in stills]
        codes = np.median(np.concatenate(patches), axis=0)
        if codes.max() >= CLIPPED_DN or codes.min() < _DARKEST_DN:
            raise Unmeasurable(
                Text("half of the face is clipped or dark", "半边脸过曝或太暗"),
                Text("set the exposure by the face", "请按脸部设定曝光"),
            )
        blue, _, red = linear_table()[codes.round().astype(int)]
        logs.append(float(np.log(red / blue)))
    return _MIRED_PER_LOG * (logs[0] - logs[1])
