"""The tone curve of a camera, found from lamps alone: light adds, codes do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import Pictures, clear_cells, shrunk
from studiocheck.measure.light.srgb import linear_table

_KNOTS = np.array([0, 0.04, 0.1, 0.2, 0.32, 0.45, 0.58, 0.7, 0.82, 0.92, 1.0])
_GAUGE = 7
"""Knot at which the correction is held at 1: a common factor of all light cannot be known."""

_SMOOTHNESS, _TOWARDS_SRGB = 3e-2, 1e-3
_RELATIVE, _ABSOLUTE = 0.02, 0.002
"""How well a cell's light is known: a share of it, and of full scale."""

_LEAST_LIT = 0.05


@dataclass(frozen=True, slots=True)
class CameraResponse:
    """A camera's tone curve and how well light adds through it.

    Parameters
    ----------
    linear : (256,) float32
        Linear light of each code, 1 at code 255.
    srgb_error, error : float
        Root mean square of what does not add up, as a share of the light: taking the camera for
        sRGB, and with this curve.
    """

    linear: NDArray[np.float32]
    srgb_error: float
    error: float


@dataclass(frozen=True, slots=True)
class TonePlanes:
    """Pictures of one light as each basis curve sees them, and the cells without clipping."""

    values: NDArray[np.float64]
    clear: NDArray[np.bool_]


def camera_response(
    everything: Pictures, alone: Sequence[Pictures], nothing: Pictures
) -> CameraResponse:
    """Find the tone curve through which the light of lamps adds up.

    With the true curve g, g(all on) = Σ g(lamp alone) − (lamps − 1) · g(all off) in every place of
    the picture. The curve is sRGB times a smooth correction, linear in its knots, so one ridge
    regression finds it.

    Parameters
    ----------
    everything, nothing : Pictures
        With all lamps on, and with all off.
    alone : sequence of Pictures
        Of each lamp alone, at least two lamps.

    Returns
    -------
    CameraResponse
        The curve, and what does not add up.

    Raises
    ------
    Unmeasurable
        If too little of the picture is lit without clipping.

    Notes
    -----
    **Source**: additivity of light (Grassmann's laws, CIE 15:2018); as a calibration of cameras:
    P. E. Debevec, J. Malik, SIGGRAPH 1997, with lamps in place of exposures.
    """
    full, off = tone_planes(everything), tone_planes(nothing)
    lamps = [tone_planes(one) for one in alone]
    clear = np.all([state.clear for state in (full, off, *lamps)], axis=0)
    missing = full.values - sum(lamp.values for lamp in lamps) + (len(lamps) - 1) * off.values
    light = full.values.sum(axis=0)
    lit = clear & (light.max(axis=2) > 2 * _ABSOLUTE)
    if lit.mean() < _LEAST_LIT:
        raise _too_little()
    weighted = missing / np.hypot(_RELATIVE * light, _ABSOLUTE)
    rows = weighted[:, lit].reshape(len(_KNOTS), -1).T
    correction = correction_of(rows)
    curve = np.maximum.accumulate((correction[:, None] * _basis()).sum(axis=0))
    return CameraResponse(
        linear=(curve / curve[-1]).astype(np.float32),
        srgb_error=_RELATIVE * _rms(rows @ np.ones(len(_KNOTS))),
        error=_RELATIVE * _rms(rows @ correction),
    )


def correction_of(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correction of sRGB, one factor a knot, with which least is missing.

    Parameters
    ----------
    rows : (n, knots) float64
        What is missing at each cell through each basis curve, in units of its uncertainty.
    """
    knots = len(_KNOTS)
    bend = np.diff(np.eye(knots), 2, axis=0)
    normal = rows.T @ rows / len(rows) + _SMOOTHNESS * bend.T @ bend
    normal += _TOWARDS_SRGB * np.eye(knots)
    wanted = np.full(knots, _TOWARDS_SRGB)
    normal[_GAUGE, _GAUGE] += 10
    wanted[_GAUGE] += 10
    return np.asarray(np.linalg.solve(normal, wanted))


def _basis() -> NDArray[np.float64]:
    code = np.arange(256) / 255
    hats = np.array([np.interp(code, _KNOTS, hat) for hat in np.eye(len(_KNOTS))])
    return np.asarray(linear_table()[None] * hats)


def tone_planes(pictures: Pictures) -> TonePlanes:
    """Return pictures of one light as each basis curve sees them."""
    values = [shrunk(pictures, table.astype(np.float32)) for table in _basis()]
    return TonePlanes(np.array(values, np.float64), clear_cells(pictures))


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _too_little() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "too little of the picture is lit without clipping", "画面中既被照亮又不过曝的部分太少"
        ),
        Text(
            "close the iris until nothing clips with all lamps on, then calibrate again",
            "全部灯打开时收小光圈直到没有过曝，再重新校准",
        ),
    )
