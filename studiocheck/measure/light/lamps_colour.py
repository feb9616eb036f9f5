"""The colour of the light on the subject, mixed from lamps whose own colour is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.colour_slope import MIRED_PER_LOG_RB
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight, lamp_light
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.mired import half_width_facing
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import white_xyz, xyz_to_uv
from studiocheck.measure.picture.regions import cut_region

Array = NDArray[np.float64]

DISPLAY_SHARE = 0.03
"""Of the mix, k = 2: what lamps show of their colour, all of one make (rule of thumb)."""

LEAST_SHARE = 0.05
"""A lamp that gives less of the light need not be known."""

UNKNOWN_MIRED = 60.0
"""How far light of unknown colour may be from the rest: tungsten among daylight is 130."""

MOST_STRAY_PERCENT = 30.0


@dataclass(frozen=True, slots=True)
class LampColour:
    """What one lamp gives on the subject, share of the lamps' light, and its colour now, mired."""

    name: str
    share: float
    mired: float
    mired_uncertainty: float

    @property
    def kelvin(self) -> float:
        """Its colour now, K."""
        return 1e6 / self.mired


@dataclass(frozen=True, slots=True)
class MixedLight:
    """The colour of the light; the uncertainty is expanded (k = 2)."""

    mired: float
    mired_uncertainty: float
    lamps: tuple[LampColour, ...]

    @property
    def cct_kelvin(self) -> float:
        """Correlated colour temperature, K."""
        return 1e6 / self.mired

    def kelvin_uncertainty(self, target_kelvin: float) -> float:
        """Return the mired interval as a half-width in kelvin, on the side of a target."""
        return half_width_facing(self.mired, self.mired_uncertainty, target_kelvin)


def light_of_lamps(
    tonight: LightTonight, calibrated: LampsEvidence, region: Region | None
) -> MixedLight:
    """Return the colour of the light that the calibrated lamps give on the subject tonight.

    Each lamp counts as it was set at calibration, shifted by its measured drift, as much as it
    gives in the region; what shone with all lamps off counts as much warmer or colder as the
    camera saw it then.

    Parameters
    ----------
    tonight : LightTonight
        The picture taken apart, white balance as at calibration.
    calibrated : LampsEvidence
        Of this camera, with the kelvin that the lamps were set to.
    region : Region, optional
        Where the subject is; the whole picture without.

    Returns
    -------
    MixedLight
        Colour temperature of the mix; its tint is not known, lamps do not show it.

    Raises
    ------
    Unmeasurable
        If a lamp that matters cannot be told, or nobody said what colour it was set to.

    Notes
    -----
    **Source**: CIE 15:2018, 7.1 (tristimulus values of lights add).
    """
    if tonight.doubt is not None:
        raise Unmeasurable(tonight.doubt)
    _refuse_stray(tonight)
    shares = _shares(tonight, region)
    found = _known_colours(tonight.readings, shares)
    known = sum(lamp.share for lamp in found)
    mired = _mix([(lamp.share, lamp.mired) for lamp in found])
    ambient_share, ambient_mired = _ambient(calibrated, tonight, region)
    if ambient_share > 0.005:
        lamps = [(lamp.share * (1 - ambient_share), lamp.mired) for lamp in found]
        mired = _mix([*lamps, (ambient_share * known, ambient_mired)])
    unknown = 1 - known + (tonight.stray_percent or 0.0) / 100
    return MixedLight(
        mired=mired,
        mired_uncertainty=math.hypot(
            DISPLAY_SHARE * mired,
            *(lamp.share / known * lamp.mired_uncertainty for lamp in found),
            UNKNOWN_MIRED * unknown,
            0.3 * ambient_share * (ambient_mired - mired),
        ),
        lamps=found,
    )


def _shares(tonight: LightTonight, region: Region | None) -> list[float]:
    """Return what each lamp gives in the region, share of all that lamps give there."""
    light = np.maximum(lamp_light(tonight, region).mean, 0.0)
    if light.sum() < 1e-3:
        raise Unmeasurable(
            Text("no calibrated lamp shines on the subject", "没有已校准的灯照在主体上"),
            Text("switch the lamps on", "请打开灯"),
        )
    return [float(each) for each in light / light.sum()]


def _known_colours(
    readings: Sequence[LampReading], shares: Sequence[float]
) -> tuple[LampColour, ...]:
    """Return the lamps that matter, with their colours."""
    found, undeclared = [], []
    for reading, share in zip(readings, shares, strict=True):
        matters = share >= LEAST_SHARE
        if reading.on is None and (matters or reading.lamp.share >= LEAST_SHARE):
            raise _cannot_tell(reading, reading.doubt)
        if not reading.on or not matters:
            continue
        if reading.lamp.kelvin is None:
            undeclared.append(reading.lamp.name)
            continue
        drift, spread = reading.drift_mired, reading.drift_uncertainty
        if reading.colour_doubt is not None or drift is None or spread is None:
            raise _cannot_tell(reading, reading.colour_doubt)
        mired = 1e6 / reading.lamp.kelvin + drift
        found.append(LampColour(reading.lamp.name, share, max(mired, 50.0), spread))
    if undeclared:
        raise _undeclared(undeclared)
    if not found:
        raise Unmeasurable(
            Text("no calibrated lamp shines on the subject", "没有已校准的灯照在主体上"),
            Text("switch the lamps on", "请打开灯"),
        )
    return tuple(found)


def _mix(parts: Sequence[tuple[float, float]]) -> float:
    """Return the mired of lights of some luminance and mired together."""
    xyz = sum((share * white_xyz(1e6 / mired) for share, mired in parts), np.zeros(3))
    return 1e6 / cct_and_duv(xyz_to_uv(xyz))[0]


def _ambient(
    calibrated: LampsEvidence, tonight: LightTonight, region: Region | None
) -> tuple[float, float]:
    """Return the share of the light of no lamp in the region, and its mired."""

    def of(light: NDArray[np.floating]) -> Array:
        part = light if region is None else cut_region(light, region, least_px=1)
        return np.asarray(part.reshape(-1, 3).astype(np.float64).mean(axis=0))

    ambient, each = of(calibrated.ambient), [of(basis) for basis in calibrated.bases]
    named = [
        (light, 1e6 / lamp.kelvin)
        for light, lamp in zip(each, calibrated.lamps, strict=True)
        if lamp.kelvin is not None and light @ LUMINANCE > 0
    ]
    lamps = sum((light for light, _ in named), np.zeros(3))
    now = float(np.maximum(lamp_light(tonight, region).mean, 0.0).sum())
    share = float(ambient @ LUMINANCE) / max(float(ambient @ LUMINANCE) + now, 1e-9)
    if min(ambient.min(), lamps.min()) <= 1e-5:
        return 0.0, 1e6 / 5500
    whole = _mix([(float(light @ LUMINANCE), mired) for light, mired in named])
    warmer = MIRED_PER_LOG_RB * math.log(ambient[0] / ambient[2] * lamps[2] / lamps[0])
    return share, min(max(whole + warmer, 60.0), 600.0)


def _refuse_stray(tonight: LightTonight) -> None:
    if (tonight.stray_percent or 0.0) > MOST_STRAY_PERCENT:
        raise Unmeasurable(
            Text(
                f"{tonight.stray_percent:.0f} % of the light is from none of the lamps, and its "
                "colour is not known",
                f"{tonight.stray_percent:.0f}% 的光不来自任何一盏灯，颜色未知",
            ),
            Text(
                "close the blinds and switch off room lights, or put a grey card into the picture",
                "拉上窗帘、关掉室内照明，或在画面中放一张灰卡",
            ),
        )


def _cannot_tell(reading: LampReading, why: Text | None) -> Unmeasurable:
    name = reading.lamp.name
    because = why or Text("its colour cannot be told", "看不出它的颜色")
    return Unmeasurable(
        Text(f"{name}: {because.en}", f"{name}：{because.zh}"),
        Text(
            "put a grey card where neutral_patch is declared and check again",
            "请在 neutral_patch 处放一张灰卡，再检查一次",
        ),
    )


def _undeclared(names: Sequence[str]) -> Unmeasurable:
    first = names[0]
    return Unmeasurable(
        Text(
            f"nobody said what colour {', '.join(names)} was set to when calibrated",
            f"校准时没有写明这些灯的色温：{'、'.join(names)}",
        ),
        Text(
            f"write kelvin = 5500 (what its display shows) under [lamps.{first}] in studio.toml "
            "and calibrate the lights again, or put a grey card into the picture",
            f"请在 studio.toml 的 [lamps.{first}] 下写明 kelvin = 5500（灯上显示的数值）并重新校准"
            "灯光，或在画面中放一张灰卡",
        ),
    )
