"""The 24 patches of the ColorChecker Classic: their colours, and whether a picture shows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.chromatic_adaptation import bradford
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table

Array = NDArray[np.float64]

ROWS, COLUMNS = 4, 6
NEUTRALS = slice(18, 24)
"""The last row: from white to black."""

PATCHES_LAB_D50: Array = np.array(
    [
        (37.99, 13.56, 14.06), (65.71, 18.13, 17.81), (49.93, -4.88, -21.93),
        (43.14, -13.10, 21.91), (55.11, 8.84, -25.40), (70.72, -33.40, -0.20),
        (62.66, 36.07, 57.10), (40.02, 10.41, -45.96), (51.12, 48.24, 16.25),
        (30.33, 22.98, -21.59), (72.53, -23.71, 57.26), (71.94, 19.36, 67.86),
        (28.78, 14.18, -50.30), (55.26, -38.34, 31.37), (42.10, 53.38, 28.19),
        (81.73, 4.04, 79.82), (51.94, 49.99, -14.57), (51.04, -28.63, -28.64),
        (96.54, -0.43, 1.19), (81.26, -0.64, -0.34), (66.77, -0.73, -0.50),
        (50.87, -0.15, -0.27), (35.66, -0.42, -1.23), (20.46, -0.08, -0.97),
    ]
)  # fmt: skip
"""CIE L*a*b*, illuminant D50, 2°, charts made before November 2014: the maker's data sheet. Later
charts differ by less than 3 units, and their neutrals by less than 1."""

_D50 = np.array([0.9642, 1.0, 0.8251])
_LEAST_LIKENESS = 0.85
_LARGEST_CAST = 0.12
"""Of ln(R/G) and ln(B/G) along the greys; more is another row of colours."""


def patch_xyz(white_xyz: Array) -> Array:
    """Return the colours of the patches in a light.

    Parameters
    ----------
    white_xyz : (3,) float64
        The light, as reflected by a perfect white.

    Returns
    -------
    (24, 3) float64
        CIE XYZ in row order, dark skin first, on the scale of the light.

    Notes
    -----
    **Source**: CIE 15:2018, 8.2.1 (L*a*b* inverted); Bradford adaptation from D50.

    Examples
    --------
    >>> patch_xyz(np.array([0.9642, 1.0, 0.8251]))[[18, 21, 23], 1].round(3).tolist()
    [0.913, 0.192, 0.031]
    """
    lightness, a, b = PATCHES_LAB_D50.T
    middle = (lightness + 16) / 116
    cube = np.stack([middle + a / 500, middle, middle - b / 200], axis=1)
    toe = 3 * (6 / 29) ** 2 * (cube - 4 / 29)
    in_d50 = _D50 * np.where(cube > 6 / 29, cube**3, toe)
    return np.asarray(in_d50 @ bradford(_D50, white_xyz).T * white_xyz[1])


def likeness(codes: Array) -> float:
    """Return how much 24 colours are those of the chart, in any white light and exposure.

    Parameters
    ----------
    codes : (24, 3) float64
        RGB codes 0…255 in the order of the chart.

    Returns
    -------
    float
        Correlation of log luminance and log chroma with the chart's, −1…1; −1 where the greys do
        not get darker or are not of one colour.

    Notes
    -----
    **Source**: rule of thumb: 0.85 parts the chart from anything else in rendered pictures.

    Examples
    --------
    >>> from studiocheck.measure.light.srgb import srgb_from_linear
    >>> light = np.array([0.9505, 1.0, 1.0891])
    >>> codes = 255 * srgb_from_linear(patch_xyz(light) @ np.linalg.inv(RGB_TO_XYZ).T)
    >>> likeness(codes) > 0.99, likeness(codes[::-1])
    (True, -1.0)
    """
    seen = _linear(codes)
    wanted = np.maximum(patch_xyz(RGB_TO_XYZ.sum(axis=1)) @ np.linalg.inv(RGB_TO_XYZ).T, 1e-3)
    greys = np.log(seen[NEUTRALS])
    if (np.diff(greys[:, 1]) > -0.15).any():  # each step of the chart is at least twice that
        return -1.0
    # the black patch shows flare and the toe of the curve rather than its own colour
    colour = greys[:5, [0, 2]] - greys[:5, 1:2]
    if colour.std(axis=0).max() > _LARGEST_CAST:
        return -1.0
    pairs = [
        (np.log(each[:, 1]), *np.log(each[:, [0, 2]] / each[:, 1:2]).T) for each in (seen, wanted)
    ]
    return float(min(np.corrcoef(one, other)[0, 1] for one, other in zip(*pairs, strict=True)))


def is_chart(codes: Array) -> bool:
    """Return whether 24 colours are those of the chart."""
    return likeness(codes) >= _LEAST_LIKENESS


def _linear(codes: Array) -> Array:
    return np.maximum(np.interp(codes, np.arange(256), linear_table()), 1e-3)
