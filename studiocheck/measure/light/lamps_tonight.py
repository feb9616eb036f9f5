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
from studiocheck.measure.light.lamp_bases import coarse_clear, mixture_bases
from studiocheck.measure.light.linear_light import LUMINANCE, linear_grid
from studiocheck.measure.light.unmixing import Unmixed, jackknife, unmix
from studiocheck.measure.picture.regions import cut_region

MIRED_PER_LOG_RB = 95.0
"""Slope of mired over ln(R/B), found alike on three cameras: methods-picture-and-light, 2."""

ON_FROM = 0.12
"""A lamp that gives less of its calibrated light is off."""

Array = NDArray[np.float64]


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
    """

    lamp: CalibratedLamp
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
        The gains without each part of the picture in turn, for `jackknife`.
    bases : (lamps, 90, 160, 3)
        Calibrated light of each lamp, linear RGB, laid on tonight's picture.
    light : (90, 160, 3)
        Tonight's picture in linear RGB.
    weights : (90, 160)
        0 where the lamps do not explain the picture, 1 where they do in full.
    stray_percent, stray_uncertainty : float, optional
        Light that none of the lamps gives and that was not there at calibration, % of all.
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
    bases: Array
    light: Array
    weights: Array
    condition: float
    sigma_ratio: float
    inliers: float
    stray_percent: float | None = None
    stray_uncertainty: float | None = None
    relative_only: Text | None = None
    doubt: Text | None = None

    def by_name(self, name: str) -> LampReading:
        """Return the reading of one lamp."""
        return next(reading for reading in self.readings if reading.lamp.name == name)


def light_tonight(
    stills: Sequence[NDArray[np.uint8]],
    calibrated: LampsEvidence,
    controls: Controls | None = None,  # noqa: ARG001 - see the brief
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
    bases = mixture_bases(calibrated.bases, calibrated.ambient)
    grid = linear_grid(stills, calibrated.linear)
    light = grid.light.astype(np.float64)
    found = unmix(light, grid.clear & coarse_clear(calibrated.clear), bases)
    count = len(calibrated.lamps)
    return LightTonight(
        readings=tuple(_reading(lamp, found, i) for i, lamp in enumerate(calibrated.lamps)),
        gains=found.gains[:count],
        left_out=found.left_out[:, :count],
        bases=bases[:count],
        light=light,
        weights=found.weights,
        condition=found.condition,
        sigma_ratio=found.sigma / calibrated.sigma,
        inliers=found.inliers,
    )


def _reading(lamp: CalibratedLamp, found: Unmixed, index: int) -> LampReading:
    output = float(found.gains[index] @ LUMINANCE)
    deviation = float(jackknife(found.left_out[:, index] @ LUMINANCE))
    ratios = _log_rb(found.left_out[:, index])
    shines = output >= ON_FROM
    return LampReading(
        lamp=lamp,
        on=shines,
        output_percent=100 * output,
        output_uncertainty=200 * deviation,
        drift_mired=MIRED_PER_LOG_RB * float(_log_rb(found.gains[index])) if shines else None,
        drift_uncertainty=2 * MIRED_PER_LOG_RB * float(jackknife(ratios)) if shines else None,
    )


def _log_rb(gains: Array) -> Array:
    return np.asarray(np.log(np.maximum(gains[..., 0], 1e-4) / np.maximum(gains[..., 2], 1e-4)))


@dataclass(frozen=True, slots=True)
class LampLight:
    """What each lamp gives in a region tonight.

    Parameters
    ----------
    mean : (lamps,)
        Mean luminance, 1 is full scale.
    left_out : (parts, lamps)
        The same without each part of the picture in turn.
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
    """

    def stops(values: Array) -> Array:
        over, under = values[..., list(above)].sum(-1), values[..., list(below)].sum(-1)
        return np.asarray(np.log2(np.maximum(over, 1e-9) / np.maximum(under, 1e-9)))

    value = float(stops(light.mean))
    deviation = float(jackknife(stops(light.left_out)))
    return value, deviation if math.isfinite(deviation) else math.inf
