"""One picture taken apart, and all that is known of its lamps before anybody doubts it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import LampsEvidence
from studiocheck.measure.light.colour_slope import MIRED_PER_LOG_RB, colour_slope
from studiocheck.measure.light.lamp_bases import coarse_clear, mixture_bases
from studiocheck.measure.light.lamp_doubts import Solution
from studiocheck.measure.light.lamp_spread import possible_gains
from studiocheck.measure.light.linear_light import LUMINANCE, LinearGrid
from studiocheck.measure.light.stray_light import Stray
from studiocheck.measure.light.unmixing import Unmixed, jackknife, unmix

_QUIETEST_CALIBRATION = 0.75
"""A calibration that fits its own lamps better than this, in units of the expected noise, says
little of evenings on which the lamps have other colours."""

_SLOPE, _CHROMA_MIRED = 0.4, 2.4
"""Type B, k = 2: of a drift, for a camera's slope and saturation, which lamps of one colour do not
tell (what a saturation of 0.7 to 1.6 leaves of additivity is within its noise, and no residual
finds it); and for 8-bit subsampled chroma."""

Array = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Solved:
    """A picture taken apart, with what it was taken apart into."""

    calibrated: LampsEvidence
    grid: LinearGrid
    bases: Plane
    found: Unmixed
    gains_as_may_be: Array

    @property
    def sigma_ratio(self) -> float:
        """What is left over, as a multiple of what was left over at the calibration."""
        return self.found.sigma / max(self.calibrated.sigma, _QUIETEST_CALIBRATION)


def taken_apart(grid: LinearGrid, calibrated: LampsEvidence) -> Solved:
    """Take a picture apart into the lamps of a calibration.

    Parameters
    ----------
    grid : LinearGrid
        Tonight's picture, on the coarse grid.
    calibrated : LampsEvidence
        Laid on it.
    """
    bases = mixture_bases(calibrated.bases, calibrated.ambient)
    found = unmix(grid.light, grid.clear & coarse_clear(calibrated.clear), bases)
    return Solved(
        calibrated, grid, bases, found, possible_gains(found, calibrated.additivity_error)
    )


def solution_of(solved: Solved, stray: Stray) -> Solution:
    """Return outputs and drifts of the lamps and of the room's own light, with their spread."""
    calibrated, found = solved.calibrated, solved.found
    count = len(calibrated.lamps)
    gains, may_be = found.gains[:count], solved.gains_as_may_be[:, :count]
    drift = MIRED_PER_LOG_RB * _log_rb(gains)
    spread = 2 * jackknife(MIRED_PER_LOG_RB * _log_rb(may_be))
    light = (solved.bases[:count] * gains[:, None, None].astype(np.float32)).mean(axis=(1, 2))
    total = float((solved.grid.light @ LUMINANCE).mean())
    return Solution(
        lamps=calibrated.lamps,
        output_percent=100 * gains @ LUMINANCE,
        output_uncertainty=200 * jackknife(may_be @ LUMINANCE),
        drift_mired=drift,
        drift_uncertainty=np.sqrt(spread**2 + (_SLOPE * drift) ** 2 + _CHROMA_MIRED**2),
        share=light @ LUMINANCE / max(total, 1e-9),
        alike=_alike(solved.bases[:count]),
        additivity_error=calibrated.additivity_error,
        slope=colour_slope(solved.bases[:count], calibrated.lamps),
        condition=found.condition,
        sigma_ratio=solved.sigma_ratio,
        inliers=found.inliers,
        cells=found.cells,
        stray=stray,
    )


def _alike(bases: Plane) -> Array:
    """Return how alike the light of every two lamps is, 0…1, and 0 of each with itself."""
    flat = bases.reshape(len(bases), -1)
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    found = (flat @ flat.T).astype(np.float64)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def _log_rb(gains: Array) -> Array:
    return np.asarray(np.log(np.maximum(gains[..., 0], 1e-4) / np.maximum(gains[..., 2], 1e-4)))
