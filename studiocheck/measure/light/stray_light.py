"""Light in a picture that none of the calibrated lamps gives and that was not there before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.unmixing import jackknife

MORE_THAN_BEFORE, LEAST_PERCENT = 1.7, 2.5
"""Somewhere more than so many times the room's own light at calibration, and at least so much of
all light more: that is another light, not the old one a little brighter."""

_ABSORBED, _ABSORBED_SPREAD = 1.6, 0.7
"""What is found of a light that comes from one side is less than there is, because the rest
passes for lamps: in rendered rooms by this factor, give or take so much of it (k = 2)."""

Array = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stray:
    """Stray light; uncertainties are expanded (k = 2).

    Parameters
    ----------
    percent, uncertainty : float
        Of all light in the picture.
    gain : Array
        The room's own light as a multiple of what it was, linear RGB.
    foreign : bool
        Whether it must be another light than the one that was there.
    """

    percent: float
    uncertainty: float
    gain: Array
    foreign: bool


def stray_light(light: Plane, gains: Array, may_be: Array, bases: Plane, ambient: Plane) -> Stray:
    """Compare what no lamp gives with what no lamp gave at the calibration.

    Parameters
    ----------
    light : (rows, columns, 3) float32
        Tonight's picture, linear RGB.
    gains, may_be : (2, 3) and (n, 2, 3)
        Of the bases of the room's own light; and as they might have been, for `jackknife`.
    bases : (2, rows, columns, 3) float32
        The room's own light, fading to either side.
    ambient : (rows, columns, 3) float32
        What it was at the calibration.

    Notes
    -----
    **Source**: methods-picture-and-light, 3 (ambient split in two columns, its gain as a sign).

    Examples
    --------
    >>> room = np.full((90, 160, 3), 0.05, np.float32)
    >>> half = np.array([room / 2, room / 2])
    >>> gains = np.full((2, 3), 3.0)
    >>> found = stray_light(room * 10, gains, np.array([gains, gains]), half, room)
    >>> f"{found.percent:.0f} {found.foreign}"  # 20 % more than there was, times 1.6
    '32 True'
    """
    total = max(float((light @ LUMINANCE).mean()), 1e-6)
    then = float((ambient @ LUMINANCE).mean())
    mean = bases.mean(axis=(1, 2), dtype=np.float64)
    more = 100 * (float((gains * mean).sum(axis=0) @ LUMINANCE) - then) / total
    spread = 200 * float(jackknife((may_be * mean).sum(axis=1) @ LUMINANCE)) / total
    whole = ambient.mean(axis=(0, 1), dtype=np.float64)
    sides = gains @ LUMINANCE * (mean.sum(axis=0) @ LUMINANCE)
    foreign = more > LEAST_PERCENT and float(sides.max()) > MORE_THAN_BEFORE * then
    if foreign:
        more, spread = _ABSORBED * more, max(spread, _ABSORBED_SPREAD * _ABSORBED * more)
    return Stray(
        percent=min(max(more, 0.0), 100.0),
        uncertainty=min(spread, 100.0),
        gain=np.asarray((gains * mean).sum(axis=0) / np.maximum(whole, 1e-6)),
        foreign=bool(foreign),
    )
