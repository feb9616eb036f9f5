"""How good a lamp calibration is, and what most likely spoilt it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.text import Text
from studiocheck.measure.light.changed_pictures import added_up
from studiocheck.measure.light.colour_slope import colour_slope
from studiocheck.measure.light.lamp_bases import LampBases, LampPictures, coarse_light
from studiocheck.measure.light.linear_light import LUMINANCE

GOOD_PERCENT, USABLE_PERCENT = 2.0, 3.0
"""Additivity error up to which a calibration is good, and up to which it may be used."""

_BLACK_SHARE, _COUNTED_SHARE, _SAME_LIGHT = 0.003, 0.05, 0.9995
_MISSING = 0.25

_OUTPUT_OFF, _TINTED = (0.08, 0.18), (0.08, 0.12)
"""By how much a lamp may give another output, and another ln(R/B), with all on than alone: for a
good calibration, and for one that may be used. 0.1 of ln(R/B) is 10 mired."""

_MENDED_BY_EXPOSURES, _MENDED_BY_WHITES = 0.8, 0.92
"""To what share of itself what does not add up falls, where that was the cause; what differs from
place to place falls to 0.95 and 0.98."""

Word = Literal["good", "usable", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationGrade:
    """What a lamp calibration is worth.

    Parameters
    ----------
    word : str
        ``good``, ``usable`` (outputs hold, colours are doubted) or ``refused``.
    error_percent : float
        Root mean square of what does not add up, % of the light.
    cause, advice : Text, optional
        What most likely spoilt it and what to do; None where it is good.
    lamps : mapping
        What is to be said of single lamps, by name: lights nothing that stands still, shines like
        another, is black alone.
    """

    word: Word
    error_percent: float
    cause: Text | None = None
    advice: Text | None = None
    lamps: Mapping[str, Text] = field(default_factory=dict)


def grade(bases: LampBases, pictures: LampPictures) -> CalibrationGrade:
    """Grade a calibration by how well the light of its lamps adds up.

    Parameters
    ----------
    bases : LampBases
        As `lamp_bases` returns.
    pictures : LampPictures
        That they were made from: why a bad calibration is bad is found in them.

    Notes
    -----
    **Source**: additivity of light (Grassmann's laws, CIE 15:2018); the bounds as
    methods-picture-and-light, 3. The cause is what makes the light add up once it is undone: a
    gain for each picture, as exposure is, or for each of its channels, as white balance is; a lamp
    that gives nearly nothing with all on is a wrong list of lamps.
    """
    percent = 100 * bases.response.error
    again = _all_on(bases)
    word = _word(percent, again)
    said: tuple[Text | None, Text | None] = (None, None)
    if word != "good":
        said = _cause(bases, again, pictures)
    elif _boosted(bases):
        word, said = "usable", _BOOSTED
    return CalibrationGrade(
        word=word, error_percent=percent, cause=said[0], advice=said[1], lamps=_remarks(bases)
    )


@dataclass(frozen=True, slots=True)
class _AllOn:
    """What each lamp gives in the picture with all on, as a multiple of what it gave alone.

    Without automatics this is 1 of every colour. The additivity error alone does not see
    automatics: a bent tone curve adds their pictures up.
    """

    outputs: NDArray[np.float64]
    tints: NDArray[np.float64]
    counted: NDArray[np.bool_]

    @property
    def most_off(self) -> float:
        return float(np.abs(self.outputs - 1)[self.counted].max(initial=0.0))

    @property
    def most_tinted(self) -> float:
        return float(np.abs(self.tints)[self.counted].max(initial=0.0))


def _all_on(bases: LampBases) -> _AllOn:
    gains = np.maximum(bases.everything.gains[: len(bases.lamps)], 1e-3)
    return _AllOn(
        outputs=np.asarray(gains @ LUMINANCE),
        tints=np.log(gains[:, 0] / gains[:, 2]),
        counted=np.array([lamp.share > _COUNTED_SHARE for lamp in bases.lamps]),
    )


def _word(percent: float, again: _AllOn) -> Word:
    if (
        percent > USABLE_PERCENT
        or again.most_off > _OUTPUT_OFF[1]
        or again.most_tinted > _TINTED[1]
        or not again.counted.any()
    ):
        return "refused"
    is_good = (
        percent <= GOOD_PERCENT
        and again.most_off <= _OUTPUT_OFF[0]
        and again.most_tinted <= _TINTED[0]
    )
    return "good" if is_good else "usable"


def _remarks(bases: LampBases) -> dict[str, Text]:
    """Return what is to be said of single lamps."""
    found = {}
    flat = np.array([coarse_light(basis).ravel() for basis in bases.bases])
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    alike = flat @ flat.T - 2 * np.eye(len(flat))
    for i, lamp in enumerate(bases.lamps):
        if lamp.share < _BLACK_SHARE:
            found[lamp.name] = Text(
                "its picture shows no light of its own: was it off, or on with all others off?",
                "单独点亮时没有它的光：当时是否没开，或“全部关”时还亮着？",
            )
        elif len(flat) > 1 and alike[i].max() > _SAME_LIGHT:
            other = bases.lamps[int(alike[i].argmax())].name
            found[lamp.name] = Text(
                f"shines just like {other}: were both on, or is it one lamp under two names?",
                f"与 {other} 的光完全一样：当时是否两盏都亮着，或同一盏灯用了两个名字？",
            )
        elif not lamp.witnessed:
            found[lamp.name] = Text(
                "lights only what moves: put a white card into its light",
                "只照到会动的东西：请在它的光里放一张白卡",
            )
    return found


def _cause(bases: LampBases, again: _AllOn, pictures: LampPictures) -> tuple[Text, Text]:
    """Return what most likely keeps the light from adding up, and what to do."""
    outputs = again.outputs[again.counted] if again.counted.any() else again.outputs
    if outputs.max() < 1 - _OUTPUT_OFF[0] / 2:
        return _EXPOSURE
    missing = [
        lamp.name
        for lamp, output in zip(bases.lamps, again.outputs, strict=True)
        if output < _MISSING or lamp.share < _BLACK_SHARE
    ]
    if missing:
        return _wrong_states(missing)
    added = added_up(pictures.everything, list(pictures.alone.values()), pictures.nothing)
    if added.with_exposures < _MENDED_BY_EXPOSURES * added.as_they_are:
        return _EXPOSURE
    if added.with_whites < _MENDED_BY_WHITES * added.with_exposures:
        return _WHITE
    return _UNEVEN


def _boosted(bases: LampBases) -> bool:
    coarse = np.array([coarse_light(basis) for basis in bases.bases])
    slope = colour_slope(coarse, bases.lamps)
    return slope is not None and slope.is_off


def _wrong_states(missing: list[str]) -> tuple[Text, Text]:
    return (
        Text(
            f"the pictures do not hold the lamps that they should: look at {', '.join(missing)}",
            f"各张画面中点亮的灯与说好的不符：请看 {'、'.join(missing)}",
        ),
        Text(
            "take the pictures again: first all off, then each lamp alone, then all on",
            "重新拍摄：先全部关，再逐盏单独亮，最后全部开",
        ),
    )


_EXPOSURE = (
    Text(
        "the exposure changed from picture to picture: automatic exposure or gain",
        "各张画面的曝光不同：自动曝光或自动增益未关",
    ),
    Text(
        "set exposure, gain and ISO by hand (if they are: switch HDR and backlight compensation "
        "off), leave iris and dimmers alone, then calibrate again",
        "把曝光、增益（ISO）改为手动（若已是手动：关闭 HDR 和背光补偿），不要动光圈和调光，"
        "再重新校准",
    ),
)
_WHITE = (
    Text(
        "colours changed from picture to picture: automatic white balance",
        "各张画面之间颜色在变：自动白平衡未关",
    ),
    Text("lock the white balance, then calibrate again", "锁定白平衡，再重新校准"),
)
_BOOSTED = (
    Text(
        "the camera shows the lamps' colours otherwise than their kelvins: saturation turned up or "
        "down, or a kelvin in studio.toml that is not what the lamp shows",
        "摄像头里各灯的色差与所写色温不符：饱和度被调过，"
        "或 studio.toml 中的 kelvin 与灯上显示的不同",
    ),
    Text(
        "set the camera's saturation to normal and look at the kelvins, then calibrate again",
        "把摄像头饱和度调回标准，核对各灯的 kelvin，再重新校准",
    ),
)
_UNEVEN = (
    Text(
        "the light does not add up from place to place: HDR, local tone mapping, or something "
        "that moved",
        "画面各处的光叠加不一致：HDR、局部色调映射，或有东西移动了",
    ),
    Text(
        "switch off HDR, WDR, backlight compensation and 'active' contrast in the camera, keep "
        "the set still, then calibrate again",
        "在摄像头中关闭 HDR、宽动态、背光补偿和动态对比度，保持布景不动，再重新校准",
    ),
)
