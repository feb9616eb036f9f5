"""Whether a camera shows the colours of lamps as far apart as they are."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import CalibratedLamp
from studiocheck.measure.light.lamp_cells import as_displayed, as_sensed

MIRED_PER_LOG_RB = 95.0
"""Slope of mired over ln(R/B), found alike on three cameras: methods-picture-and-light, 2."""

_LEAST_APART_MIRED = 10.0
_DISPLAY_SHARE, _PIGMENTS = 0.03, 0.2
"""k = 2: of a kelvin that a lamp's display shows; and of the slope, because surfaces answer two
lights each in its own way (rendered rooms: 0.81 to 1.19 times the true one)."""

_DARK, _LEAST_CELLS = 0.01, 75
"""Of every second cell along and across, those that both lamps light in all channels."""


@dataclass(frozen=True, slots=True)
class ColourSlope:
    """How many times as far apart as they are a camera shows colours, and how sure that is.

    Parameters
    ----------
    boost : float
        1 for a camera that is sRGB.
    uncertainty : float
        Share by which that may be wrong (k = 2).
    """

    boost: float
    uncertainty: float

    @property
    def is_off(self) -> bool:
        """Whether a camera that is sRGB shows them otherwise, beyond doubt."""
        return abs(math.log(self.boost)) > self.uncertainty


def colour_slope(
    bases: NDArray[np.floating], lamps: Sequence[CalibratedLamp]
) -> ColourSlope | None:
    """Compare what lamps of different kelvin look like with what they were set to.

    Boosted saturation keeps light of one colour additive, so lamps that are all alike never show
    it; two of different colour do, because everybody knows by how many mired they differ.

    Parameters
    ----------
    bases : (lamps, rows, columns, 3) float
        Linear RGB light of each lamp alone.
    lamps : sequence of CalibratedLamp
        With the kelvin that they were set to.

    Returns
    -------
    ColourSlope or None
        None where no two lamps are declared with different kelvins and light the same things.

    Notes
    -----
    **Source**: ln(R/B) of white light is nearly linear in its mired: methods-picture-and-light, 2.

    Examples
    --------
    >>> lamp = lambda kelvin: CalibratedLamp(name="x", kind="key", share=0.5, kelvin=kelvin)
    >>> white = np.full((90, 160, 3), 0.2)
    >>> warm = white * [np.exp(1.5 * 150 / 95), 1, 1]  # 150 mired, half more than that
    >>> found = colour_slope(np.array([warm, white]), [lamp(4000.0), lamp(10_000.0)])
    >>> round(found.boost, 3), found.is_off
    (1.5, True)
    """
    known = [(n, 1e6 / lamp.kelvin) for n, lamp in enumerate(lamps) if lamp.kelvin is not None]
    pairs = sorted(itertools.combinations(known, 2), key=_displays)
    # the surest pair of those that light the same things
    return next((found for pair in pairs if (found := _of_two(bases, pair)) is not None), None)


_Pair = tuple[tuple[int, float], tuple[int, float]]
"""Place and mired of two lamps."""


def _displays(pair: _Pair) -> float:
    """Return by what share the distance of two lamps may be wrong, as their displays are."""
    (_, one), (_, other) = pair
    return _DISPLAY_SHARE * math.hypot(one, other) / max(abs(one - other), 1e-6)


def _of_two(bases: NDArray[np.floating], pair: _Pair) -> ColourSlope | None:
    (a, mired), (b, other_mired) = pair
    apart = mired - other_mired
    if abs(apart) < _LEAST_APART_MIRED:
        return None
    two = bases[[a, b], ::2, ::2]
    lit = two.min(axis=(0, 3)) > _DARK
    if lit.sum() < _LEAST_CELLS:
        return None
    one, other = np.maximum(as_sensed(two[:, lit]), _DARK)
    ratio = one / other
    red, _, blue = as_displayed(np.median(ratio / ratio[:, 1:2], axis=0))
    seen = MIRED_PER_LOG_RB * math.log(max(red, 1e-3) / max(blue, 1e-3))
    if seen * apart <= 0:
        return None
    return ColourSlope(seen / apart, math.hypot(_displays(pair), _PIGMENTS))
