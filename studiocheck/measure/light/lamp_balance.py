"""How calibrated lamps of different kinds stand to one another on the subject tonight, in stops."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import LampKind, Region
from studiocheck.core.text import Text
from studiocheck.measure.light.lamps_tonight import LightTonight, lamp_light, stops_between
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.unmixing import jackknife
from studiocheck.measure.picture.regions import cut_region

_WHOLE: Region = (0.0, 0.0, 1.0, 1.0)

_UNSTRUCK_STOPS = -6.0
"""A back light that is weaker than this everywhere on the subject strikes nothing of it there."""

_STEPS_STOPS = 0.02
"""Type B, k = 2: 8-bit codes, and noise that one still shares with itself."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Balance:
    """By how much some light outshines other light, stops; the uncertainty is expanded (k = 2)."""

    stops: float
    uncertainty: float


def lamps_of(tonight: LightTonight, kind: LampKind) -> tuple[int, ...]:
    """Return the positions of all calibrated lamps of a kind."""
    return tuple(i for i, reading in enumerate(tonight.readings) if reading.lamp.kind == kind)


def shining(tonight: LightTonight, kind: LampKind) -> tuple[int, ...]:
    """Return the positions of the lamps of a kind that shine tonight.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart.
    kind : str
        What the lamps are for.

    Raises
    ------
    Unmeasurable
        If that cannot be told, of one of them or of any.

    Notes
    -----
    **Source**: `studiocheck.measure.light.lamps_tonight.LampReading`.
    """
    if tonight.doubt is not None:
        raise Unmeasurable(tonight.doubt)
    positions = lamps_of(tonight, kind)
    for position in positions:
        doubt = blocking_doubt(tonight, position)
        if doubt is not None:
            raise Unmeasurable(
                Text("{name}: {doubt}", "{name}：{doubt}").fill(
                    name=tonight.readings[position].lamp.name, doubt=doubt
                ),
                Text(
                    "see what light.lamps says of it: the ratio needs this lamp",
                    "先看 light.lamps 的说明：没有这盏灯就算不出光比",
                ),
            )
    return tuple(i for i in positions if tonight.readings[i].on)


def blocking_doubt(tonight: LightTonight, position: int) -> Text | None:
    """Return why a lamp cannot be compared with others, or None.

    A camera that is set otherwise leaves outputs unknown and ratios as they are.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart.
    position : int
        Of the lamp.

    Notes
    -----
    **Source**: a common factor cancels in a ratio.
    """
    reading = tonight.readings[position]
    if reading.doubt is not None and reading.doubt != tonight.relative_only:
        return reading.doubt
    if reading.on is None or not reading.lamp.witnessed:
        return Text("whether it shines cannot be told", "无法判断它是否亮着")
    return None


def rim_region(subject: Region | None, face: Region | None) -> Region | None:
    """Return where a back light strikes: the subject, or head and shoulders around the face.

    Parameters
    ----------
    subject, face : Region, optional
        As declared, shares of the picture.

    Notes
    -----
    **Source**: shoulders are three faces wide (proportions in figure drawing).

    Examples
    --------
    >>> rim_region(None, (0.45, 0.25, 0.1, 0.2))
    (0.35, 0.15, 0.3, 0.6)
    """
    if subject is not None or face is None:
        return subject
    x, y, w, h = face
    left, top = max(x - w, 0.0), max(y - h / 2, 0.0)
    right, bottom = min(x + 2 * w, 1.0), min(y + 2.5 * h, 1.0)
    return (
        round(left, 4),
        round(top, 4),
        round(right - left, 4),
        round(bottom - top, 4),
    )


def key_over_fill(tonight: LightTonight, region: Region | None) -> Balance:
    """Measure key : fill, each from its own light on the subject.

    Several lamps of one kind add up. Reflectance cancels, and a common factor such as the camera's
    exposure as well.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart, with at least one lamp of either kind that shines.
    region : Region, optional
        Where the subject is, shares of the picture; the whole picture otherwise.

    Returns
    -------
    Balance
        log2 of mean luminance over mean luminance.

    Raises
    ------
    Unmeasurable
        If a lamp of either kind cannot be told.

    Warnings
    --------
    The lamps' light was laid on what stood in the region at calibration. Calibrated with nobody
    there, this is the ratio on what stands behind.

    Notes
    -----
    **Source**: lighting ratio as key to fill, metered lamp by lamp (B. Brown, Cinematography:
    Theory and Practice, 3rd ed. 2016, ch. 8).
    """
    light = lamp_light(tonight, region)
    key, fill = shining(tonight, "key"), shining(tonight, "fill")
    stops, deviation = stops_between(light, key, fill)
    return _balance(stops, deviation)


def back_over_key(tonight: LightTonight, region: Region | None) -> Balance:
    """Measure back : key, the back light where it strikes and the key over all of the subject.

    A back light is a rim: averaged over the subject it is nothing. So its light is averaged with
    itself as the weight. Hair is darker than a face: so each is taken per reflectance, for which
    the light of key and fill at calibration stands, which reach all that the camera sees.

    Parameters
    ----------
    tonight : LightTonight
        The light taken apart, with at least one back light and one key that shine.
    region : Region, optional
        Where head and shoulders are, shares of the picture; the whole picture otherwise, and
        where the back light strikes nothing in it.

    Returns
    -------
    Balance
        log2 of (Σ b·b / Σ b·r) over (Σ k / Σ r), with the luminance b of back lights, k of keys
        and r of keys and fills at calibration, over the cells of the region.

    Raises
    ------
    Unmeasurable
        If a lamp of either kind cannot be told.

    Warnings
    --------
    A lamp that strikes at a grazing angle lights less than it would a meter that is held to it.

    Notes
    -----
    **Source**: back light metered against key (B. Brown 2016, ch. 8), with the camera as the
    meter.
    """
    back, key = shining(tonight, "back"), shining(tonight, "key")
    everywhere = _back_stops(tonight, _WHOLE, back, key)
    value = everywhere
    if region is not None:
        here = _back_stops(tonight, region, back, key)
        value = here if here[0] > _UNSTRUCK_STOPS else everywhere
    deviation = float(jackknife(value[1:]))
    return _balance(float(value[0]), deviation)


def _back_stops(
    tonight: LightTonight, region: Region, back: tuple[int, ...], key: tuple[int, ...]
) -> Array:
    """Return back : key in stops, first of the whole picture's gains, then without each part."""
    part = cut_region(np.moveaxis(tonight.bases, 0, -1), region, least_px=1)
    part = np.moveaxis(part, -1, 0)
    frontal = [*lamps_of(tonight, "key"), *lamps_of(tonight, "fill")]
    reflecting = (part[frontal] @ LUMINANCE).sum(axis=0)

    def light(gains: Array, lamps: tuple[int, ...]) -> Array:
        return np.asarray(sum(part[i] @ (gains[i] * LUMINANCE) for i in lamps))

    def stops(gains: Array) -> float:
        rim, front = light(gains, back), light(gains, key)
        struck = float((rim * rim).sum()) / max(float((rim * reflecting).sum()), 1e-12)
        faced = float(front.sum()) / max(float(reflecting.sum()), 1e-12)
        return math.log2(max(struck, 1e-6) / max(faced, 1e-6))

    return np.array([stops(gains) for gains in (tonight.gains, *tonight.left_out)])


def _balance(stops: float, deviation: float) -> Balance:
    if not math.isfinite(deviation):
        raise Unmeasurable(
            Text(
                "the lamps' light is too much alike in this picture to be told apart",
                "画面中这些灯的光太相似，无法区分",
            ),
            Text(
                "place the lamps further apart, or put a white card into the light of one",
                "把灯拉开些，或在其中一盏的光里放一张白卡",
            ),
        )
    return Balance(stops, math.hypot(2 * deviation, _STEPS_STOPS))
