"""What each calibrated lamp gives tonight, from the camera's own picture, and what is none's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import CalibratedLamp, LampsEvidence
from studiocheck.core.picture import Controls
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.camera_settings import other_settings
from studiocheck.measure.light.lamp_alignment import ALIGN_FROM_PX, aligned, shift_seen
from studiocheck.measure.light.lamp_bases import coarse_light
from studiocheck.measure.light.lamp_doubts import (
    LARGEST_RESIDUAL,
    LEAST_INLIERS,
    Solution,
    colour_doubt,
    lamp_doubt,
    picture_doubt,
    scaled_alike,
    tinted_alike,
)
from studiocheck.measure.light.lamp_solution import Solved, solution_of, taken_apart
from studiocheck.measure.light.linear_light import LUMINANCE, linear_grid
from studiocheck.measure.light.stray_light import stray_light
from studiocheck.measure.light.unmixing import jackknife
from studiocheck.measure.picture.regions import cut_region

ON_FROM = 0.12
"""A lamp that gives less of its calibrated light is off."""

Array = NDArray[np.float64]
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class LampReading:
    """One lamp tonight; uncertainties are expanded (k = 2).

    Parameters
    ----------
    output_percent, output_uncertainty : float, optional
        Light that it gives, % of the calibrated, and its uncertainty; None where nobody can tell.
    drift_mired, drift_uncertainty : float, optional
        How far its colour has moved, mired; positive is warmer.
    on : bool, optional
        Whether it shines.
    doubt, colour_doubt : Text, optional
        Why its light, or its colour, cannot be told.
    share : float
        What it gives of all the light in the picture tonight, 0…1.
    """

    lamp: CalibratedLamp
    share: float = 0.0
    on: bool | None = None
    output_percent: float | None = None
    output_uncertainty: float | None = None
    drift_mired: float | None = None
    drift_uncertainty: float | None = None
    doubt: Text | None = None
    colour_doubt: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LightTonight:
    """The light of one picture, lamp by lamp.

    Parameters
    ----------
    readings : tuple of LampReading
        In the order of calibration.
    gains : (lamps, 3)
        Linear RGB gain of each lamp, 1 as calibrated.
    left_out : (parts, lamps, 3)
        The gains as they might have been, so that `jackknife` of any statistic of them gives its
        standard deviation.
    bases : (lamps, 90, 160, 3)
        Calibrated light of each lamp, linear RGB, laid on tonight's picture.
    light : (90, 160, 3)
        Tonight's picture in linear RGB.
    weights : (90, 160)
        0 where the lamps do not explain the picture, 1 where they do in full.
    stray_percent, stray_uncertainty : float, optional
        Light that none of the lamps gives and that was not there at calibration, % of all.
    stray_is_foreign : bool
        Whether it must come from somewhere else than the room's own light did at calibration.
    relative_only : Text, optional
        Why outputs can be compared with one another only: the camera is set otherwise.
    doubt : Text, optional
        Why nothing can be told at all.
    condition, sigma_ratio, inliers : float
        Of the solution: how alike the lamps are; what is left over, as a multiple of what was at
        calibration; which share of the picture the lamps explain.
    """

    readings: tuple[LampReading, ...]
    gains: Array
    left_out: Array
    bases: Plane
    light: Plane
    weights: Plane
    condition: float
    sigma_ratio: float
    inliers: float
    stray_percent: float | None = None
    stray_uncertainty: float | None = None
    stray_is_foreign: bool = False
    relative_only: Text | None = None
    doubt: Text | None = None

    def by_name(self, name: str) -> LampReading:
        """Return the reading of one lamp."""
        return next(reading for reading in self.readings if reading.lamp.name == name)


def light_tonight(
    stills: Sequence[NDArray[np.uint8]],
    calibrated: LampsEvidence,
    controls: Controls | None = None,
) -> LightTonight:
    """Take the light of tonight's picture apart into the calibrated lamps.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    calibrated : LampsEvidence
        Of this camera.
    controls : Controls, optional
        How the camera is set tonight.

    Notes
    -----
    **Source**: as `unmix` and `camera_response` say.
    """
    settings = other_settings(calibrated.controls, controls)
    grid = linear_grid(stills, calibrated.linear)
    solved = taken_apart(grid, calibrated)
    wrong_set = None
    if _may_have_moved(solved):
        laid = aligned(calibrated, stills[-1])
        wrong_set = laid.doubt
        if laid.calibrated is not calibrated:
            solved = taken_apart(grid, laid.calibrated)
    return _told(solved, settings.brightness, settings.colour, wrong_set)


def _may_have_moved(solved: Solved) -> bool:
    found = solved.found
    if solved.sigma_ratio > LARGEST_RESIDUAL or found.inliers < LEAST_INLIERS:
        return True
    fitted = np.einsum("lc,lyxc->yxc", found.gains.astype(np.float32), solved.bases)
    return shift_seen(solved.grid.light, fitted) > ALIGN_FROM_PX


def _told(
    solved: Solved, relative_only: Text | None, other_colour: Text | None, wrong_set: Text | None
) -> LightTonight:
    calibrated, found = solved.calibrated, solved.found
    count = len(calibrated.lamps)
    stray = stray_light(
        solved.grid.light,
        found.gains[count:],
        solved.gains_as_may_be[:, count:],
        solved.bases[count:],
        coarse_light(calibrated.ambient),
    )
    solution = solution_of(solved, stray)
    doubt = wrong_set or picture_doubt(solution)
    relative_only = relative_only or scaled_alike(solution)
    other_colour = other_colour or tinted_alike(solution)
    return LightTonight(
        readings=tuple(
            _reading(solution, i, doubt or relative_only, doubt or other_colour)
            for i in range(count)
        ),
        gains=found.gains[:count],
        left_out=solved.gains_as_may_be[:, :count],
        bases=solved.bases[:count],
        light=solved.grid.light,
        weights=found.weights,
        condition=found.condition,
        sigma_ratio=solved.sigma_ratio,
        inliers=found.inliers,
        stray_percent=stray.percent,
        stray_uncertainty=stray.uncertainty,
        stray_is_foreign=stray.foreign,
        relative_only=relative_only,
        doubt=doubt,
    )


def _reading(
    solution: Solution, index: int, doubt: Text | None, other_colour: Text | None
) -> LampReading:
    lamp = solution.lamps[index]
    doubt = doubt or lamp_doubt(solution, index)
    output = float(solution.output_percent[index])
    uncertainty = float(solution.output_uncertainty[index])
    on = _shines(output, uncertainty, sure=doubt is None, witnessed=lamp.witnessed)
    if on is False or output < 100 * ON_FROM:
        return LampReading(
            lamp=lamp,
            share=float(solution.share[index]),
            on=on,
            output_percent=output,
            output_uncertainty=uncertainty,
            doubt=doubt,
        )
    return LampReading(
        lamp=lamp,
        share=float(solution.share[index]),
        on=on,
        output_percent=output,
        output_uncertainty=uncertainty,
        drift_mired=float(solution.drift_mired[index]),
        drift_uncertainty=float(solution.drift_uncertainty[index]),
        doubt=doubt,
        colour_doubt=other_colour or colour_doubt(solution, index),
    )


def _shines(output: float, uncertainty: float, *, sure: bool, witnessed: bool) -> bool | None:
    """Return whether a lamp shines; of a doubted one only what is far beyond doubt."""
    if sure:
        return output >= 100 * ON_FROM
    if not witnessed or abs(output - 100 * ON_FROM) < 2 * uncertainty:
        return None
    return output >= 100 * ON_FROM


@dataclass(frozen=True, slots=True)
class LampLight:
    """What each lamp gives in a region tonight.

    Parameters
    ----------
    mean : (lamps,)
        Mean luminance, 1 is full scale.
    left_out : (parts, lamps)
        The same as it might have been, for `jackknife`.
    """

    mean: Array
    left_out: Array


def lamp_light(tonight: LightTonight, region: Region | None = None) -> LampLight:
    """Return what each lamp gives in a region of the picture, or in all of it.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart.
    region : Region, optional
        Shares of the picture.
    """
    planes = np.moveaxis(tonight.bases, 0, -1)
    part = planes if region is None else cut_region(planes, region, least_px=1)
    calibrated = part.mean(axis=(0, 1)).T * LUMINANCE
    return LampLight(
        mean=(tonight.gains * calibrated).sum(axis=-1),
        left_out=(tonight.left_out * calibrated).sum(axis=-1),
    )


def stops_between(
    light: LampLight, above: Sequence[int], below: Sequence[int]
) -> tuple[float, float]:
    """Return by how much some lamps outshine others, stops, and its standard deviation.

    Parameters
    ----------
    light : LampLight
        Where it is compared.
    above, below : sequence of int
        Positions of the lamps on either side.

    Examples
    --------
    >>> light = LampLight(np.array([0.2, 0.1]), np.array([[0.2, 0.1], [0.2, 0.1]]))
    >>> stops_between(light, [0], [1])
    (1.0, 0.0)
    """

    def stops(values: Array) -> Array:
        over, under = values[..., list(above)].sum(-1), values[..., list(below)].sum(-1)
        return np.asarray(np.log2(np.maximum(over, 1e-9) / np.maximum(under, 1e-9)))

    value = float(stops(light.mean))
    deviation = float(jackknife(stops(light.left_out)))
    return value, deviation if math.isfinite(deviation) else math.inf
