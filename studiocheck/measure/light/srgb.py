"""The sRGB transfer curve and its primaries: from picture codes to linear light and XYZ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RGB_TO_XYZ: NDArray[np.float64] = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
"""Linear sRGB to CIE XYZ, white = 1 (IEC 61966-2-1:1999, 5.2)."""


def linear_from_srgb(code: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return linear light from sRGB values.

    Parameters
    ----------
    code : any shape, float
        Non-linear values, 0…1.

    Returns
    -------
    same shape, float64
        Linear values, 0…1, of full scale.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> round(float(linear_from_srgb(np.array(0.5))), 4)
    0.214
    """
    code = np.asarray(code, dtype=np.float64)
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return sRGB values from linear light, clipped to 0…1.

    Parameters
    ----------
    linear : any shape, float
        Linear values, full scale 1.

    Returns
    -------
    same shape, float64
        Non-linear values, 0…1.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> round(255 * float(srgb_from_linear(np.array(0.18))))
    118
    """
    linear = np.clip(np.asarray(linear, dtype=np.float64), 0.0, 1.0)
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055
    )  # fmt: skip


def linear_table() -> NDArray[np.float64]:
    """Return the linear value of each of the 256 8-bit codes.

    Returns
    -------
    (256,) float64
        Linear values, 0…1.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> table = linear_table()
    >>> float(table[0]), float(table[255])
    (0.0, 1.0)
    """
    return linear_from_srgb(np.arange(256) / 255.0)
