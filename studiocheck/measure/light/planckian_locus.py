"""Colours of the radiators that white light is named after: Planck's and daylight."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

_C2 = 1.4388e-2
"""Second radiation constant, m·K, as CIE 15 fixes it for colorimetry."""


@lru_cache(maxsize=1)
def colour_matching_functions() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the CIE 1931 2° standard observer at 5 nm.

    Returns
    -------
    wavelengths : (95,) float64
        360…830 nm, m.
    functions : (95, 3) float64
        x̄, ȳ, z̄, relative.

    Notes
    -----
    **Source**: ISO/CIE 11664-1:2019, table 1, every fifth row.

    Examples
    --------
    >>> _, xyz = colour_matching_functions()
    >>> [round(float(total), 1) for total in xyz.sum(axis=0)]  # equal-energy white
    [21.4, 21.4, 21.4]
    """
    file = resources.files(__package__) / "data" / "cie1931_2deg_5nm.csv"
    rows = np.array(
        [[float(cell) for cell in line.split(",")] for line in file.read_text("utf-8").splitlines()]
    )
    return rows[:, 0] * 1e-9, rows[:, 1:]


def planckian_uv(cct_kelvin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chromaticity of a black body, integrated from Planck's law.

    Parameters
    ----------
    cct_kelvin : (n,) float64
        Temperatures, K, 1000…50 000.

    Returns
    -------
    (n, 2) float64
        CIE 1960 (u, v).

    Notes
    -----
    **Source**: CIE 15:2018, 3 and 9.5, c₂ = 1.4388·10⁻² m·K.

    Examples
    --------
    >>> planckian_uv(np.array([5000.0])).round(4).tolist()  # Wyszecki & Stiles, table 1(3.11)
    [[0.2114, 0.3231]]
    """
    wavelength, observer = colour_matching_functions()
    exponent = _C2 / np.multiply.outer(np.asarray(cct_kelvin, np.float64), wavelength)
    # c1 cancels; scaled by the peak of visible light so that cold bodies do not underflow
    radiance = np.exp(exponent.min(axis=1, keepdims=True) - exponent) / wavelength**5
    radiance /= -np.expm1(-exponent)
    return xyz_to_uv(radiance @ observer)


def xyz_to_uv(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE 1960 (u, v) of tristimulus values, (…, 3) → (…, 2).

    Parameters
    ----------
    xyz : (…, 3) float64
        Tristimulus values, any scale.

    Returns
    -------
    (…, 2) float64
        CIE 1960 UCS coordinates.

    Notes
    -----
    **Source**: CIE 15:2018, 9.5 (u = u′, v = 2v′/3).

    Examples
    --------
    >>> xyz_to_uv(np.array([1.0, 1.0, 1.0])).round(4).tolist()
    [0.2105, 0.3158]
    """
    x, y, z = np.moveaxis(xyz, -1, 0)
    scale = x + 15 * y + 3 * z
    return np.stack([4 * x / scale, 6 * y / scale], axis=-1)


def uv_to_xyz(uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return tristimulus values of unit luminance for CIE 1960 (u, v).

    Parameters
    ----------
    uv : (2,) float64
        CIE 1960 UCS coordinates.

    Returns
    -------
    (3,) float64
        X, Y = 1, Z.

    Notes
    -----
    **Source**: CIE 15:2018, 9.5, solved for X and Z.

    Examples
    --------
    >>> uv_to_xyz(np.array([4 / 19, 6 / 19])).round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    u, v = uv
    return np.array([1.5 * u / v, 1.0, (4 - u - 10 * v) / (2 * v)])


def daylight_xyz(cct_kelvin: float) -> NDArray[np.float64]:
    """Return tristimulus values, Y = 1, of the phase of daylight of a colour temperature.

    Parameters
    ----------
    cct_kelvin : float
        Correlated colour temperature, K, 4000…25 000.

    Returns
    -------
    (3,) float64
        X, Y = 1, Z.

    Notes
    -----
    **Source**: CIE 15:2018, 4.1.2 (equations 4.8 to 4.10).

    Examples
    --------
    >>> d65 = daylight_xyz(6504.0)  # x = 0.3127, y = 0.3290
    >>> (d65 / d65.sum()).round(4).tolist()
    [0.3127, 0.3291, 0.3582]
    """
    r = 1000.0 / cct_kelvin
    x = (
        ((-4.6070 * r + 2.9678) * r + 0.09911) * r + 0.244063
        if cct_kelvin <= 7000
        else ((-2.0064 * r + 1.9018) * r + 0.24748) * r + 0.237040
    )
    y = (-3.0 * x + 2.870) * x - 0.275
    return np.array([x / y, 1.0, (1 - x - y) / y])


def white_xyz(cct_kelvin: float) -> NDArray[np.float64]:
    """Return the white that a camera or lamp setting in kelvin means, Y = 1.

    Planck's radiator below 4000 K, daylight above 5000 K, a mix in proportion between.

    Parameters
    ----------
    cct_kelvin : float
        The setting, K, 1500…20 000.

    Returns
    -------
    (3,) float64
        X, Y = 1, Z.

    Notes
    -----
    **Source**: ANSI/IES TM-30-20, 3.3 (reference illuminant).

    Examples
    --------
    >>> bool(np.allclose(white_xyz(5500.0), daylight_xyz(5500.0)))
    True
    """
    daylight_share = min(max((cct_kelvin - 4000) / 1000, 0.0), 1.0)
    white = np.zeros(3)
    if daylight_share > 0:
        white += daylight_share * daylight_xyz(cct_kelvin)
    if daylight_share < 1:
        white += (1 - daylight_share) * uv_to_xyz(planckian_uv(np.array([cct_kelvin]))[0])
    return white
