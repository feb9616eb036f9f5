"""Spectra of lamps, pigments and a camera, in 10 nm steps; nothing of the product's simulator."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import xyz_to_uv

Array = NDArray[np.float64]
NM: Array = np.arange(400.0, 701.0, 10.0)
BANDS = 6
"""Pigments are given in six overlapping bands from blue to red."""


def _bump(centre: float, left: float, right: float | None = None) -> Array:
    width = np.where(centre > NM, left, left if right is None else right)
    return np.asarray(np.exp(-0.5 * ((NM - centre) / width) ** 2))


_BANDS_NM = np.array([_bump(c, 26.0) for c in np.linspace(415, 685, BANDS)])
_BANDS_NM /= _BANDS_NM.sum(axis=0)

# C. Wyman, P.-P. Sloan, P. Shirley, JCGT 2 (2013) 1: sums of Gaussians for CIE 1931
_CMF: Array = np.array(
    [
        1.056 * _bump(599.8, 37.9, 31.0) + 0.362 * _bump(442.0, 16.0, 26.7)
        - 0.065 * _bump(501.1, 20.4, 26.2),
        0.821 * _bump(568.8, 46.9, 40.5) + 0.286 * _bump(530.9, 16.3, 31.1),
        1.217 * _bump(437.0, 11.8, 36.0) + 0.681 * _bump(459.0, 26.0, 13.8),
    ]
).T  # fmt: skip
_SENSOR: Array = np.array(
    [
        _bump(600, 32, 38) + 0.10 * _bump(540, 30) + 0.05 * _bump(450, 20),
        _bump(535, 42, 40) + 0.06 * _bump(610, 30),
        _bump(460, 28, 30) + 0.08 * _bump(540, 25),
    ]
).T
_WARM = 0.22 * _bump(452, 10) + _bump(605, 62, 58)
_COOL = 1.5 * _bump(450, 10) + _bump(556, 55, 66)
_TO_SRGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
_D65 = np.array([0.95047, 1.0, 1.08883])


def _unit(spectrum: Array) -> Array:
    return np.asarray(spectrum / (spectrum @ _CMF[:, 1]))


def daylight(kelvin: float) -> Array:
    """Return a black body's light of unit luminance."""
    metres = NM * 1e-9
    return _unit(1e-30 / metres**5 / np.expm1(1.4388e-2 / (metres * kelvin)))


@lru_cache(maxsize=1)
def _mixtures() -> tuple[Array, Array]:
    share = np.linspace(-0.1, 1.1, 61)
    mired = [true_mired(s * _unit(_COOL) + (1 - s) * _unit(_WARM)) for s in share]
    return np.array(mired)[::-1], share[::-1]


def lamp_light(kelvin: float) -> Array:
    """Return a bi-colour LED panel's light at a colour temperature, of unit luminance."""
    share = float(np.interp(1e6 / kelvin, *_mixtures()))
    return _unit(share * _unit(_COOL) + (1 - share) * _unit(_WARM))


def true_mired(spectrum: Array) -> float:
    """Return the mired of a light."""
    return 1e6 / cct_and_duv(xyz_to_uv(spectrum @ _CMF))[0]


@lru_cache(maxsize=1)
def _developed() -> Array:
    """Return what turns raw values into linear sRGB: white balance at 5500 K, fitted matrix."""
    white = lamp_light(5500.0)
    gains = 1 / (white @ _SENSOR)
    patches = np.clip(np.random.default_rng(1).beta(1.2, 1.6, (200, BANDS)), 0.02, 0.95)
    lit = np.vstack([patches @ _BANDS_NM * white, *[white] * 200])
    wanted = (lit @ _CMF) * (_D65 / (white @ _CMF)) @ _TO_SRGB.T
    matrix, *_ = np.linalg.lstsq(lit @ _SENSOR * gains, wanted, rcond=None)
    return np.asarray(gains[:, None] * matrix)


def seen_by_camera(spectrum: Array) -> Array:
    """Return the linear sRGB of every band of a pigment in some light, (bands, 3)."""
    return np.asarray((_BANDS_NM * spectrum) @ _SENSOR @ _developed())
