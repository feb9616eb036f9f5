"""Whether a camera is set as it was when the lamps were calibrated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from studiocheck.core.picture import Controls
from studiocheck.core.text import Text

_BRIGHTNESS = ("exposure", "gain", "hdr", "backlight_compensation")
_DRIVEN_BY = {"exposure": "auto_exposure", "gain": "auto_gain"}
_WORDS = {
    "auto_exposure": Text("automatic exposure", "自动曝光"),
    "auto_gain": Text("automatic gain", "自动增益"),
    "exposure": Text("exposure time", "曝光时间"),
    "gain": Text("gain", "增益"),
    "hdr": Text("HDR", "HDR"),
    "backlight_compensation": Text("backlight compensation", "背光补偿"),
}


@dataclass(frozen=True, slots=True)
class OtherSettings:
    """Why brightness, or colour, cannot be compared with the calibration; None where it can."""

    brightness: Text | None = None
    colour: Text | None = None


def other_settings(then: Controls | None, now: Controls | None) -> OtherSettings:
    """Compare how a camera is set with how it was set at the calibration.

    What a camera does not tell counts as unchanged.

    Parameters
    ----------
    then, now : Controls, optional
        At the calibration and tonight; what was held for the measurement counts.

    Notes
    -----
    **Source**: methods-picture-and-light, 3, condition 2: automatic exposure shifts all outputs.

    Examples
    --------
    >>> then, now = Controls(found={"gain": 10}), Controls(found={"gain": 20})
    >>> other_settings(then, now).brightness.en[:46]
    'the camera is set otherwise than at the calibr'
    """
    if now is None:
        return OtherSettings()
    before, here = _effective(then), _effective(now)
    return OtherSettings(_brightness(before, here, now), _colour(before, here))


def _effective(controls: Controls | None) -> dict[str, int]:
    return {} if controls is None else {**controls.found, **controls.held}


def _brightness(then: Mapping[str, int], here: Mapping[str, int], now: Controls) -> Text | None:
    for name in ("auto_exposure", "auto_gain"):
        if here.get(name) == 1:
            word = _WORDS[name]
            return Text(
                f"{word.en} is on, so brightness means nothing: set it by hand as at the "
                "calibration",
                f"{word.zh}已开启，亮度没有意义：请改为手动，恢复校准时的数值",
            )
    for name in _BRIGHTNESS:
        if name in then and name in here and then[name] != here[name]:
            word, old, new = _WORDS[name], _said(name, then[name]), _said(name, here[name])
            return Text(
                f"the camera is set otherwise than at the calibration: {word.en} was {old.en}, is "
                f"{new.en}; set it back",
                f"摄像头设置与校准时不同：{word.zh}原为 {old.zh}，现为 {new.zh}；请恢复",
            )
    for name in ("exposure", "gain"):
        driven = here.get(_DRIVEN_BY[name]) == 1
        if not driven and name in here and now.after.get(name, here[name]) != here[name]:
            word = _WORDS[name]
            return Text(
                f"the camera's {word.en} moved while it was watched: set it by hand",
                f"检查期间摄像头的{word.zh}在变化：请改为手动",
            )
    return None


def _said(name: str, value: int) -> Text:
    if name == "exposure":
        return Text(f"{value / 10:g} ms", f"{value / 10:g} 毫秒")
    if name in {"hdr", "backlight_compensation"} and value in {0, 1}:
        return Text("on", "开") if value else Text("off", "关")
    return Text(f"{value}", f"{value}")


def _colour(then: Mapping[str, int], here: Mapping[str, int]) -> Text | None:
    if here.get("auto_white_balance") == 1:
        return Text(
            "the white balance is automatic, so colours mean nothing: lock it",
            "白平衡为自动，颜色没有意义：请锁定白平衡",
        )
    was, is_now = then.get("white_balance"), here.get("white_balance")
    if was is not None and is_now is not None and was != is_now:
        return Text(
            f"the white balance was {was} K at the calibration and is {is_now} K: set it back",
            f"白平衡校准时为 {was} K，现为 {is_now} K：请恢复",
        )
    return None
