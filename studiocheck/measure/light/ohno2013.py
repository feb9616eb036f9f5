"""Correlated colour temperature and Duv of a chromaticity."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.light.planckian_locus import planckian_uv

LOWEST_KELVIN, HIGHEST_KELVIN = 1500.0, 20_000.0
FARTHEST_DUV = 0.05
"""Beyond this distance from the locus no colour temperature is defined (CIE 15:2018, 9.5)."""


@lru_cache(maxsize=1)
def _coarse() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    # a margin at both ends, so that the ends themselves are found between two rows
    kelvin = np.geomspace(0.95 * LOWEST_KELVIN, 1.05 * HIGHEST_KELVIN, 270)
    return kelvin, planckian_uv(kelvin)


def cct_and_duv(uv: NDArray[np.float64]) -> tuple[float, float]:
    """Return correlated colour temperature and Duv of a chromaticity.

    The nearest of a table of Planckian colours in steps of 1 % is found, the table is expanded
    around it in steps of 0.05 %, and the triangle of the nearest rows gives the foot of the
    perpendicular.

    Parameters
    ----------
    uv : (2,) float64
        CIE 1960 (u, v).

    Returns
    -------
    cct_kelvin : float
        Correlated colour temperature, K.
    duv : float
        Distance from the Planckian locus, positive above it (green).

    Raises
    ------
    Unmeasurable
        If the chromaticity is farther than 0.05 from the locus, or outside 1500…20 000 K.

    Warnings
    --------
    Light of a large Duv is not white, whatever its colour temperature.

    Notes
    -----
    **Source**: Y. Ohno, "Practical use and calculation of CCT and Duv", LEUKOS 10 (2013) 47–55,
    triangular solution with an expanded table, so that its correction factor is not needed.

    Examples
    --------
    Illuminant A, x = 0.44758, y = 0.40745, is 2855.5 K on c₂ = 1.4388·10⁻² m·K:

    >>> cct, duv = cct_and_duv(np.array([0.25597, 0.34953]))
    >>> round(cct), round(abs(duv), 4)
    (2856, 0.0)
    """
    kelvin, locus = _coarse()
    nearest = int(np.argmin(np.hypot(*(locus - uv).T)))
    if nearest in {0, len(kelvin) - 1}:
        raise _no_white()
    fine = np.linspace(kelvin[nearest - 1], kelvin[nearest + 1], 41)
    cct, duv = _triangle(fine, planckian_uv(fine), uv)
    if abs(duv) > FARTHEST_DUV or not LOWEST_KELVIN <= cct <= HIGHEST_KELVIN:
        raise _no_white()
    return cct, duv


def _triangle(
    kelvin: NDArray[np.float64], locus: NDArray[np.float64], uv: NDArray[np.float64]
) -> tuple[float, float]:
    distance = np.hypot(*(locus - uv).T)
    middle = int(np.clip(np.argmin(distance), 1, len(kelvin) - 2))
    before, after = middle - 1, middle + 1
    chord = locus[after] - locus[before]
    length = float(np.hypot(*chord))
    along = (distance[before] ** 2 - distance[after] ** 2 + length**2) / (2 * length)
    foot = locus[before] + chord * along / length
    height = np.sqrt(max(float(distance[before] ** 2 - along**2), 0.0))
    cct = kelvin[before] + (kelvin[after] - kelvin[before]) * along / length
    return float(cct), float(np.copysign(height, uv[1] - foot[1]))


def _no_white() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the colour is too far from any white light to have a colour temperature",
            "颜色偏离白光太远，没有色温可言",
        ),
        Text(
            "put a neutral grey or white card where neutral_patch is declared",
            "请在 neutral_patch 写明的位置放一张中性灰卡或白卡",
        ),
    )
