"""From the light of one picture to the dimmers that are to be turned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import CameraRole, LampKind, Light, Region
from studiocheck.core.text import Text
from studiocheck.measure.light.dimmers import (
    LEAST_STOPS,
    MOST_STOPS,
    DimmerPlan,
    Lamps,
    Turn,
    Wanted,
    turns,
)
from studiocheck.measure.light.lamp_balance import (
    back_over_key,
    key_over_fill,
    rim_region,
    shining,
)
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight, lamp_light
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.picture.regions import cut_region

_LEVEL_TOLERANCE = 10.0
"""% of full range: `camera.brightness` does not ask for more."""

_LUMA_OF_RGB = (0.299, 0.587, 0.114)
"""ITU-R BT.601-7, 2.5.1: what `camera.brightness` calls luma."""


def dimmer_plan(
    tonight: LightTonight,
    linear: NDArray[np.floating],
    camera: CameraRole,
    targets: Light,
    *,
    tolerance_stops: float = 0.5,
) -> DimmerPlan:
    """Return which dimmers to turn so that the profile's light is reached.

    A ratio within the tolerance is kept. The level of the subject is reached as well where it is
    off by more than 10 % of full range and the camera is set as at calibration.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart.
    linear : (256,) float
        The camera's tone curve.
    camera : CameraRole
        Says where face and subject are; the whole picture otherwise, whose level is left alone.
    targets : Light
        What the profile wants.
    tolerance_stops : float
        Of either ratio.

    Returns
    -------
    DimmerPlan
        Without steps where nothing is to be turned.

    Raises
    ------
    Unmeasurable
        If no key or no fill shines, or one cannot be told: what it would give is not known.

    Notes
    -----
    **Source**: as `turns` says; light is taken to be in proportion to the dimmer's percentage.
    """
    level_region = camera.subject or camera.face
    light = lamp_light(tonight, level_region)
    kinds: dict[LampKind, Lamps] = {}
    where = _positions(tonight)
    for kind, positions in where.items():
        kinds[kind] = Lamps(
            light=float(light.mean[list(positions)].sum()),
            room_stops=min((_room(tonight, i) for i in positions), default=math.inf),
        )
    rest = max(
        _luminance(tonight, level_region) - sum(lamps.light for lamps in kinds.values()), 0.0
    )
    found = turns(
        kinds["key"],
        kinds["fill"],
        kinds["back"],
        rest,
        _wanted(tonight, linear, camera, targets, tolerance_stops),
    )
    by_kind: dict[LampKind, float] = {"key": found.key, "fill": found.fill, "back": found.back}
    steps = [
        _turn(tonight, i, stops)
        for kind, stops in by_kind.items()
        for i in where[kind]
        if abs(stops) >= LEAST_STOPS
    ]
    steps.sort(key=lambda step: -abs(step.stops))
    return DimmerPlan(tuple(steps), found.missing, found.back_missing)


def restoring_plan(tonight: LightTonight, lamps: Sequence[LampReading]) -> DimmerPlan:
    """Return how to bring lamps back to the light of the day of calibration.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart.
    lamps : sequence of LampReading
        Those that are to be brought back; one that is off or in doubt is left out.

    Notes
    -----
    **Source**: a stop is a factor of two.
    """
    steps = [
        _turn(tonight, i, -math.log2(reading.output_percent / 100))
        for i, reading in enumerate(tonight.readings)
        if reading in lamps and reading.on and reading.doubt is None and reading.output_percent
    ]
    return DimmerPlan(tuple(sorted(steps, key=lambda step: -abs(step.stops))))


def _positions(tonight: LightTonight) -> dict[LampKind, tuple[int, ...]]:
    """Return the lamps that can be turned; key and fill have to be there."""
    found: dict[LampKind, tuple[int, ...]] = {
        "key": shining(tonight, "key"),
        "fill": shining(tonight, "fill"),
    }
    if not all(found.values()):
        raise Unmeasurable(
            Text("a key or fill light is off", "有主光或辅光没亮"),
            Text("switch every lamp on first", "先把所有灯打开"),
        )
    try:
        found["back"] = shining(tonight, "back")
    except Unmeasurable:
        found["back"] = ()
    return found


def _wanted(
    tonight: LightTonight,
    linear: NDArray[np.floating],
    camera: CameraRole,
    targets: Light,
    tolerance: float,
) -> Wanted:
    def change(target: float, stops: float) -> float:
        return target - stops if abs(target - stops) > tolerance else 0.0

    has_rim = bool(_positions(tonight)["back"])
    level, region = None, camera.subject or camera.face
    if region is not None and tonight.relative_only is None:
        stops, luma = level_change(tonight, linear, region, targets.subject_luma)
        level = stops if abs(luma - targets.subject_luma) > _LEVEL_TOLERANCE else None
    return Wanted(
        key_fill=change(
            targets.key_fill_stops, key_over_fill(tonight, camera.face or camera.subject).stops
        ),
        back_key=change(
            targets.back_key_stops,
            back_over_key(tonight, rim_region(camera.subject, camera.face)).stops,
        )
        if has_rim
        else None,
        level=level,
    )


def level_change(
    tonight: LightTonight, linear: NDArray[np.floating], region: Region, luma_percent: float
) -> tuple[float, float]:
    """Return by how many stops the light on a region has to rise to bring it to a luma.

    Parameters
    ----------
    tonight : LightTonight
        Holds the picture in linear light.
    linear : (256,) float
        The camera's tone curve.
    region : Region
        Shares of the picture.
    luma_percent : float
        Mean luma wanted, % of full range.

    Returns
    -------
    stops, luma_percent : float
        The change, within ±6 stops; and the mean luma now, % of full range.

    Notes
    -----
    **Source**: ITU-R BT.601-7, 2.5.1 (luma), bisection.
    """
    light = cut_region(tonight.light, region, least_px=1).astype(np.float64)
    curve = np.maximum.accumulate(np.asarray(linear, np.float64))

    def luma(stops: float) -> float:
        codes = np.interp(light * 2**stops, curve, np.arange(256))
        return float((codes @ np.array(_LUMA_OF_RGB)).mean()) / 2.55

    low, high = -MOST_STOPS, MOST_STOPS
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if luma(middle) < luma_percent else (low, middle)
    return (low + high) / 2, luma(0.0)


def _luminance(tonight: LightTonight, region: Region | None) -> float:
    part = tonight.light if region is None else cut_region(tonight.light, region, least_px=1)
    return float((part @ LUMINANCE).mean())


def _opened(tonight: LightTonight, position: int) -> float | None:
    """Return what share of its full light a lamp gives, where that is known."""
    reading = tonight.readings[position]
    if (
        reading.lamp.output is None
        or reading.output_percent is None
        or tonight.relative_only is not None
    ):
        return None
    return reading.lamp.output * reading.output_percent / 100


def _room(tonight: LightTonight, position: int) -> float:
    opened = _opened(tonight, position)
    return math.inf if not opened else max(-math.log2(opened), 0.0)


def _turn(tonight: LightTonight, position: int, stops: float) -> Turn:
    opened = _opened(tonight, position)
    return Turn(
        lamp=tonight.readings[position].lamp.name,
        stops=stops,
        opened_from=opened,
        opened_to=None if opened is None else min(opened * 2**stops, 1.0),
    )
