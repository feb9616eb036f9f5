"""When the light of a lamp cannot be told, and how that is said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import CalibratedLamp
from studiocheck.core.text import Text
from studiocheck.measure.light.colour_slope import ColourSlope
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.stray_light import Stray

OUTPUT_DOUBTED_PERCENT, DRIFT_DOUBTED_MIRED = 6.0, 20.0
"""Expanded uncertainties (k = 2) above which a number is not worth saying; of a drift only where
it is not plainly there all the same."""

LARGEST_RESIDUAL, LARGEST_CONDITION, LEAST_INLIERS = 1.5, 25.0, 0.75
LARGEST_ADDITIVITY_ERROR, LEAST_SHARE = 0.03, 0.1
_ALIKE = 0.985
_LEAST_CELLS = 600
"""Of 14 400: fewer are too small a part of the picture."""

_SAME_OUTPUT, _OTHER_OUTPUT = 4.0, 8.0
_SAME_DRIFT, _OTHER_DRIFT = 5.0, 8.0

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """All that is known of the lamps of one picture; arrays have one value a lamp, k = 2.

    ``share`` is what each gives of tonight's light, ``alike`` how alike the light of two lamps is.
    """

    lamps: tuple[CalibratedLamp, ...]
    output_percent: Array
    output_uncertainty: Array
    drift_mired: Array
    drift_uncertainty: Array
    share: Array
    alike: Array
    additivity_error: float
    slope: ColourSlope | None
    condition: float
    sigma_ratio: float
    inliers: float
    cells: int
    stray: Stray


def picture_doubt(solution: Solution) -> Text | None:
    """Return why nothing can be told of any lamp, or None."""
    if solution.cells < _LEAST_CELLS:
        return Text(
            "too little of the picture is lit without clipping: close the iris",
            "画面中既被照亮又不过曝的部分太少：请收小光圈",
        )
    if solution.stray.foreign:
        return Text(
            "there is light that was not there at the calibration: close the blinds, switch off "
            "the room's own lights; if they are, a lamp or its barn doors were moved",
            "有校准时没有的光：请拉上窗帘，关掉室内照明；若已如此，则是灯或挡光板被动过",
        )
    if solution.sigma_ratio > LARGEST_RESIDUAL:
        return Text(
            "the picture is not made of the calibrated lamps' light: look for another lamp, "
            "daylight, a lamp or barn door that was moved, or HDR in the camera",
            "画面无法由已校准的灯解释：请检查是否有别的灯、日光、灯或挡光板被移动，"
            "或摄像头开了 HDR",
        )
    if solution.inliers < LEAST_INLIERS:
        return Text(
            "too much of the picture is not as at the calibration: clear the set, or calibrate "
            "the lights again",
            "画面与校准时差别太大：请清理布景，或重新做灯光校准",
        )
    return None


def lamp_doubt(solution: Solution, index: int) -> Text | None:
    """Return why the output of one lamp cannot be told, or None."""
    lamp = solution.lamps[index]
    if not lamp.witnessed:
        return Text(
            "it lights only what moves: put a white card where its light falls and calibrate again",
            "它只照到会动的东西：请在它的光里放一张白卡，再重新校准",
        )
    if solution.condition > LARGEST_CONDITION and (other := _like(solution, index)):
        return Text(
            f"its light falls like that of {other}: move one of the two further away, calibrate "
            "again",
            f"它的光与 {other} 几乎一样：请把其中一盏移远，再重新校准",
        )
    turned_up = max(float(solution.output_percent[index]) / 100, 1.0)
    if solution.output_uncertainty[index] > OUTPUT_DOUBTED_PERCENT * turned_up:
        return Text(
            f"uncertain by {solution.output_uncertainty[index]:.0f} points: it lights too little "
            "that is as it was at the calibration",
            f"误差达 {solution.output_uncertainty[index]:.0f} 个百分点：它照到的不变之物太少",
        )
    return None


def _like(solution: Solution, index: int) -> str | None:
    """Return the lamp that one is most easily taken for; None where others are alike."""
    alike = solution.alike
    if alike.max() > _ALIKE and alike[index].max() < _ALIKE:
        return None
    return solution.lamps[int(alike[index].argmax())].name if len(alike) > 1 else None


def colour_doubt(solution: Solution, index: int) -> Text | None:
    """Return why the colour of one lamp cannot be told, or None."""
    if solution.additivity_error > LARGEST_ADDITIVITY_ERROR:
        percent = 100 * solution.additivity_error
        return Text(
            f"the calibration adds up to {percent:.1f} % only: calibrate again without HDR and "
            "automatics",
            f"校准的叠加误差为 {percent:.1f}%：请关闭 HDR 和自动项后重新校准",
        )
    if solution.slope is not None and solution.slope.is_off:
        boost = f"{solution.slope.boost:.1f}"
        return Text(
            f"the camera shows the lamps' colours {boost} times as far apart as their kelvins: "
            "set its saturation to normal (or correct the kelvins) and calibrate again",
            f"摄像头里各灯的色差是标称色温差的 {boost} 倍：请把饱和度调回标准"
            "（或更正所写的 kelvin）后重新校准",
        )
    if solution.share[index] < LEAST_SHARE:
        return Text(
            f"it gives {100 * solution.share[index]:.0f} % of the light, too little for its colour",
            f"它只占全部光的 {100 * solution.share[index]:.0f}%，无法判断颜色",
        )
    half_drift = abs(solution.drift_mired[index]) / 2
    if solution.drift_uncertainty[index] > max(DRIFT_DOUBTED_MIRED, half_drift):
        return Text(
            f"uncertain by {solution.drift_uncertainty[index]:.0f} mired",
            f"误差达 {solution.drift_uncertainty[index]:.0f} 微倒度",
        )
    return None


def scaled_alike(solution: Solution) -> Text | None:
    """Return that everything changed by one factor, which lamps do not, or None."""
    shining = solution.output_percent > 15
    outputs = solution.output_percent[shining]
    if len(outputs) < 2 or np.ptp(outputs) > 2 * _SAME_OUTPUT:
        return None
    all_percent = float(np.median(outputs))
    room = 100 * float(solution.stray.gain @ LUMINANCE)
    if abs(all_percent - 100) < _OTHER_OUTPUT or abs(room / all_percent - 1) > 0.15:
        return None
    return Text(
        f"all lamps and the room's own light are at {all_percent:.0f} % alike: rather the camera "
        "is set otherwise; put exposure, gain and iris back",
        f"所有灯和环境光都同样变为 {all_percent:.0f}%：更像是摄像头变了，请恢复曝光、增益和光圈",
    )


def tinted_alike(solution: Solution) -> Text | None:
    """Return that everything changed its colour alike, which lamps do not, or None."""
    told = (solution.output_percent > 15) & (solution.share > LEAST_SHARE)
    drifts = solution.drift_mired[told]
    if len(drifts) < 2 or np.ptp(drifts) > 2 * _SAME_DRIFT:
        return None
    all_mired = float(np.median(drifts))
    red, _, blue = np.maximum(solution.stray.gain, 1e-4)
    if abs(all_mired) < _OTHER_DRIFT or abs(95 * np.log(red / blue) - all_mired) > 15:
        return None
    return Text(
        "all lamps and the room's own light changed colour alike: rather the camera's white "
        "balance; set it back",
        "所有灯和环境光的颜色同样变化：更像是摄像头白平衡变了，请恢复",
    )
