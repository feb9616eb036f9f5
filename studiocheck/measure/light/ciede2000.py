"""CIELAB from linear sRGB, and the colour difference CIEDE2000."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.srgb import RGB_TO_XYZ

Array = NDArray[np.float64]
_WHITE: Array = RGB_TO_XYZ.sum(axis=1)
_KNEE = (6 / 29) ** 3


def lab_from_linear(linear_rgb: NDArray[np.floating]) -> Array:
    """Return CIELAB of linear sRGB; white is that of sRGB, D65.

    Parameters
    ----------
    linear_rgb : (…, 3) float
        Linear values, full scale 1.

    Returns
    -------
    (…, 3) float64
        L*, a*, b*.

    Notes
    -----
    **Source**: CIE 15:2018, 8.2.1; IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> lab_from_linear(np.array([0.18, 0.18, 0.18])).round(2).tolist()
    [49.5, 0.0, 0.0]
    """
    ratio = np.asarray(linear_rgb, np.float64) @ RGB_TO_XYZ.T / _WHITE
    f = np.where(ratio > _KNEE, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def delta_e2000(lab_1: Array, lab_2: Array) -> Array:
    """Return the colour difference CIEDE2000, all parametric factors 1.

    Parameters
    ----------
    lab_1, lab_2 : (…, 3) float64
        CIELAB colours; they broadcast against each other.

    Returns
    -------
    (…,) float64
        ΔE00; about 1 is just seen.

    Warnings
    --------
    Meant for differences up to about 5; larger ones are large, not in proportion.

    Notes
    -----
    **Source**: CIE 142-2001; G. Sharma, W. Wu, E. N. Dalal, Color Res. Appl. 30 (2005) 21.

    Examples
    --------
    >>> pair = np.array([[50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485]])
    >>> round(float(delta_e2000(*pair)), 4)
    2.0425
    """
    lightness_1, chroma_1, hue_1 = _stretched(lab_1, lab_2)
    lightness_2, chroma_2, hue_2 = _stretched(lab_2, lab_1)
    coloured = chroma_1 * chroma_2 > 0
    turn = np.where(coloured, (hue_2 - hue_1 + 180) % 360 - 180, 0.0)
    # opposite hues: the paper takes +180, the remainder above gives −180
    turn = np.where(coloured & (hue_2 - hue_1 == 180), 180.0, turn)
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    lightness, chroma = (lightness_1 + lightness_2) / 2, (chroma_1 + chroma_2) / 2
    hue = _mean_hue(hue_1, hue_2, coloured)
    offset = (lightness - 50) ** 2
    d_l = (lightness_2 - lightness_1) / (1 + 0.015 * offset / np.sqrt(20 + offset))
    d_c = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    d_h = d_hue / (1 + 0.015 * chroma * _hue_weight(hue))
    blue = np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    return np.asarray(np.sqrt(d_l**2 + d_c**2 + d_h**2 - 2 * _saturated(chroma) * blue * d_c * d_h))


def _saturated(chroma: Array) -> Array:
    return np.asarray(np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))


def _stretched(lab: Array, other: Array) -> tuple[Array, Array, Array]:
    """Return lightness, chroma and hue (degrees) with a* stretched as near grey asks."""
    mean = (np.hypot(lab[..., 1], lab[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    a = lab[..., 1] * (1 + 0.5 * (1 - _saturated(mean)))
    b = lab[..., 2] + np.zeros_like(a)
    return lab[..., 0], np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360


def _mean_hue(hue_1: Array, hue_2: Array, coloured: NDArray[np.bool_]) -> Array:
    total = hue_1 + hue_2
    far = np.abs(hue_1 - hue_2) > 180
    turned = np.where(total < 360, total + 360, total - 360)
    return np.asarray(np.where(coloured, np.where(far, turned, total) / 2, total))


def _hue_weight(hue: Array) -> Array:
    radians = np.radians(hue)
    return np.asarray(
        1
        - 0.17 * np.cos(radians - np.radians(30))
        + 0.24 * np.cos(2 * radians)
        + 0.32 * np.cos(3 * radians + np.radians(6))
        - 0.20 * np.cos(4 * radians - np.radians(63))
    )
