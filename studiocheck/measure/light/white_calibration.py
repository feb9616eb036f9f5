"""How a camera sees white light, from a card or a chart in light of a known colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import WhiteMethod
from studiocheck.core.text import Text
from studiocheck.measure.light.camera_white import CameraWhite
from studiocheck.measure.light.chart_finder import ChartReading
from studiocheck.measure.light.chart_response import fit_chart
from studiocheck.measure.light.colour_checker import NEUTRALS
from studiocheck.measure.light.neutral_patch import FARTHEST_DUV, not_neutral
from studiocheck.measure.light.srgb import srgb_from_linear

Array = NDArray[np.float64]

KNOWN_SHARE = 0.02
"""Of the known light, k = 2: a lamp's display or a meter of the trade (rule of thumb)."""

OTHER_LAMP_MIRED, OTHER_LAMP_DUV = 13.0, 0.006
"""Type B, k = 2: a sensor sees lamps of another kind of spectrum otherwise (four sensors; panels
with blue at 444…460 nm, halogen, daylight, a few tubes)."""

OVERDONE, OVERDONE_WITH_CURVE = 1.2, 1.1
"""By which contrast and saturation magnify that, where one light tells nothing of them."""

USUAL_DUV, USUAL_DUV_SPREAD, SENSOR_DUV = 0.001, 0.005, 0.008
"""A kelvin figure does not tell the tint of the light: what lamps for video have, and by how much
(k = 2) one is off that; and by how much (k = 2) a camera that nobody calibrated misreads it."""

FARTHEST_MIRED = 70.0
"""Beyond this from what was said, the light is not the one that was said."""

LEAST_APART_MIRED = 60.0
"""Between the two settings of a two-point calibration; 3200 and 5600 K are 134 apart."""

_METER_DUV, _SCALES = 0.001, (0.3, 2.5)
_PLAUSIBLE_SCALES = (0.4, 2.0)
_OF_CONTRAST, _STEEPNESS = 0.6, (0.85, 1.6)
"""Which part of overdone colour is laid to contrast, on a log scale, and how much at most."""

_GREY = 20
"""Neutral 6.5 of the chart, as bright as a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WhiteFit:
    """What a calibration of white found; as in `WhiteEvidence`."""

    method: WhiteMethod
    camera: CameraWhite
    known_kelvin: tuple[float, ...]
    offset_mired: float
    mired_uncertainty: float
    duv_uncertainty: float
    level_dn: float
    duv_offset: float = 0.0


def white_from_card(
    codes: Array, kelvin: float, camera: CameraWhite, duv: float | None = None
) -> WhiteFit:
    """Return how far off a camera sees the light on a card.

    Parameters
    ----------
    codes : (3,) float64
        Mean RGB codes of the card.
    kelvin : float
        Of the light on it, K.
    camera : CameraWhite
        What is known of the camera: its lock, and its tone curve where lamps told it.
    duv : float, optional
        Of the light on it, where a meter tells it.

    Raises
    ------
    Unmeasurable
        If what is seen is no white light, or not nearly the light that was said.

    Notes
    -----
    **Source**: CIE 15:2018, 9.5; one point fixes an offset in mired.

    Examples
    --------
    >>> fit = white_from_card(np.full(3, 128.0), 5400, CameraWhite(locked_kelvin=5500))
    >>> round(fit.offset_mired, 1), round(fit.mired_uncertainty, 1)
    (3.3, 16.0)
    """
    mired, seen_duv = camera.seen(codes)
    offset = _plausible(1e6 / kelvin - mired, kelvin)
    tint = _tint(seen_duv, duv)
    overdone = OVERDONE if camera.linear is None else OVERDONE_WITH_CURVE
    return WhiteFit(
        method="card",
        camera=camera,
        known_kelvin=(kelvin,),
        offset_mired=offset,
        duv_offset=tint[0],
        mired_uncertainty=math.hypot(KNOWN_SHARE * 1e6 / kelvin, overdone * OTHER_LAMP_MIRED),
        duv_uncertainty=math.hypot(overdone * OTHER_LAMP_DUV, tint[1]),
        level_dn=float(codes[1]),
    )


def white_from_two(
    codes: Sequence[Array], kelvin: tuple[float, float], camera: CameraWhite
) -> WhiteFit:
    """Return how a camera sees light between two known settings of a lamp.

    Two settings fix an offset, and by how much contrast and saturation overdo ln(R/G) and ln(B/G).
    Without a known tone curve, that of a camera of such contrast is supposed.

    Parameters
    ----------
    codes : two of (3,) float64
        Mean RGB codes of the card in each light.
    kelvin : two of float
        What the lamp was set to, K.
    camera : CameraWhite
        As for `white_from_card`.

    Raises
    ------
    Unmeasurable
        If the settings are too close, or hardly seen to differ.

    Notes
    -----
    **Source**: two-point calibration in mired; methods-picture-and-light, 2.

    Examples
    --------
    A camera of more contrast than sRGB sees 3200 K farther from its lock than it is:

    >>> fit = white_from_two(
    ...     [np.array([170.0, 122.0, 72.0]), np.array([126.0, 122.0, 129.0])], (3200, 5600),
    ...     CameraWhite(locked_kelvin=5500))
    >>> round(fit.camera.colour_scale, 2)
    0.89
    """
    if abs(1e6 / kelvin[0] - 1e6 / kelvin[1]) < LEAST_APART_MIRED:
        raise _too_close(kelvin)
    apart = 1e6 / kelvin[0] - 1e6 / kelvin[1]
    scale = _scale_between(codes, apart, camera)
    if camera.linear is None:
        camera = replace(camera, linear=_supposed_curve(scale))
        scale = _scale_between(codes, apart, camera)
    scaled = replace(camera, colour_scale=scale)
    offset = _plausible(1e6 / kelvin[0] - scaled.seen(codes[0])[0], kelvin[0])
    tint = _tint(float(np.mean([scaled.seen(each)[1] for each in codes])), None)
    middle = float(np.mean([1e6 / each for each in kelvin]))
    return WhiteFit(
        method="two-point",
        camera=scaled,
        known_kelvin=kelvin,
        offset_mired=offset,
        mired_uncertainty=math.hypot(KNOWN_SHARE * middle, OTHER_LAMP_MIRED),
        duv_offset=tint[0],
        duv_uncertainty=math.hypot(OTHER_LAMP_DUV, tint[1]),
        level_dn=float(np.mean([each[1] for each in codes])),
    )


def white_from_chart(
    chart: ChartReading, kelvin: float, locked_kelvin: float, duv: float | None = None
) -> WhiteFit:
    """Return tone curve, colour matrix and white of a camera from a ColorChecker.

    Parameters
    ----------
    chart : ChartReading
        The chart in light of a known colour.
    kelvin, duv : float
        Of that light, K; Duv where a meter tells it.
    locked_kelvin : float
        What the camera's white balance is locked to, K.

    Raises
    ------
    Unmeasurable
        If the chart is clipped or dark, or does not look like one through any camera.

    Notes
    -----
    **Source**: `chart_response.fit_chart`; the white is fixed on the greys.
    """
    fit = fit_chart(chart.codes, kelvin, locked_kelvin)
    camera = CameraWhite(
        locked_kelvin=locked_kelvin,
        linear=fit.linear,
        matrix=fit.matrix,
        saturation=fit.saturation,
    )
    greys = [camera.seen(codes) for codes in chart.codes[NEUTRALS][1:4]]
    mired, seen_duv = np.mean(greys, axis=0).tolist()
    tint = _tint(seen_duv, duv)
    return WhiteFit(
        method="chart",
        camera=camera,
        known_kelvin=(kelvin,),
        offset_mired=_plausible(1e6 / kelvin - mired, kelvin),
        duv_offset=tint[0],
        mired_uncertainty=math.hypot(
            KNOWN_SHARE * 1e6 / kelvin, OTHER_LAMP_MIRED, 2 * np.std(greys, axis=0)[0]
        ),
        duv_uncertainty=math.hypot(OTHER_LAMP_DUV, tint[1]),
        level_dn=float(chart.codes[_GREY, 1]),
    )


def _scale_between(codes: Sequence[Array], apart_mired: float, camera: CameraWhite) -> float:
    """Return the colour scale at which two cards are as far apart as they are said to be."""
    sign = math.copysign(1.0, apart_mired)

    def too_wide(scale: float) -> bool:
        trial = replace(camera, colour_scale=scale)
        try:
            first, second = (trial.seen(each)[0] for each in codes)
        except Unmeasurable:  # so far from white that it has no colour temperature
            return True
        return sign * (first - second) > abs(apart_mired)

    low, high = _SCALES
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if too_wide(middle) else (middle, high)
    if not _PLAUSIBLE_SCALES[0] < low < _PLAUSIBLE_SCALES[1]:
        raise _hardly_differ()
    return low


def _supposed_curve(scale: float) -> Array:
    """Return sRGB, steeper about the middle: contrast overdoes colour oftener than saturation."""
    steep = min(max(scale**-_OF_CONTRAST, _STEEPNESS[0]), _STEEPNESS[1])
    light = np.linspace(0.0, 1.0, 4096)
    code = srgb_from_linear(light)
    code = code**steep / (code**steep + (1 - code) ** steep)
    return np.interp(np.arange(256) / 255, code, light)


def _tint(seen_duv: float, told_duv: float | None) -> tuple[float, float]:
    """Return what to add to the Duv that is seen; told by no meter, lamps usually have little."""
    if abs(seen_duv) > FARTHEST_DUV:
        raise not_neutral()
    if told_duv is not None:
        return told_duv - seen_duv, _METER_DUV
    usual, sensor = USUAL_DUV_SPREAD**-2, SENSOR_DUV**-2
    return (USUAL_DUV - seen_duv) * usual / (usual + sensor), (usual + sensor) ** -0.5


def _plausible(offset_mired: float, kelvin: float) -> float:
    if abs(offset_mired) <= FARTHEST_MIRED:
        return offset_mired
    way = Text("warmer", "偏暖") if offset_mired < 0 else Text("colder", "偏冷")
    raise Unmeasurable(
        Text(
            f"the picture looks {abs(offset_mired):.0f} mired {way.en} than {kelvin:.0f} K",
            f"画面比 {kelvin:.0f} K {way.zh} {abs(offset_mired):.0f} 微倒度",
        ),
        Text(
            "see that only that lamp shines on the card, and that white_balance in studio.toml is "
            "what the camera is locked to",
            "请确认只有这盏灯照着灰卡，并且 studio.toml 中的 white_balance 与摄像头锁定的数值一致",
        ),
    )


def _too_close(kelvin: tuple[float, float]) -> Unmeasurable:
    return Unmeasurable(
        Text(
            f"{kelvin[0]:.0f} K and {kelvin[1]:.0f} K are too close to calibrate by",
            f"{kelvin[0]:.0f} K 与 {kelvin[1]:.0f} K 相差太小，无法校准",
        ),
        Text("take 3200 K and 5600 K", "请用 3200 K 和 5600 K"),
    )


def _hardly_differ() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the two pictures do not differ as light of these two settings does",
            "两幅画面的差别与这两个色温不符",
        ),
        Text(
            "see that the white balance is locked, that the first picture is in the first light "
            "and the second in the second, and that no other lamp shines on the card",
            "请确认白平衡已锁定、两幅画面与色温的先后一致，且没有别的灯照着灰卡",
        ),
    )
