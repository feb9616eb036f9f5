"""What `light.colour_temperature` says: on what a number rests, and which lamp to set to what."""

from __future__ import annotations

from collections.abc import Sequence

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import WhiteEvidence
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.lamps_colour import LampColour
from studiocheck.measure.light.white_lock import WhiteLock

_TELLING_MIRED = 8.0
"""A lamp is named from this on: 240 K at 5500 K."""

_TWO_SETTINGS = Text(
    "calibrate again with two lamp settings: "
    "`studiocheck calibrate camera --white two-point --kelvin 3200,5600`",
    "请用两档色温重新校准：`studiocheck calibrate camera --white two-point --kelvin 3200,5600`",
)
PLANNED = Text("the planned kelvin", "计划色温")
ONE_KELVIN = Text(
    "set every lamp to the same kelvin, close the blinds, and switch off room lights",
    "把每盏灯调到同一色温，拉上窗帘，关掉室内照明",
)


def what_to_set(lamps: Sequence[LampColour], seen_kelvin: float, planned: float) -> Text | None:
    """Return which lamps to set to what, the one that matters most first."""
    target = 1e6 / planned
    off = [
        lamp
        for lamp in lamps
        if abs(lamp.mired - target) > max(_TELLING_MIRED, lamp.mired_uncertainty)
    ]
    off.sort(key=lambda lamp: -lamp.share * abs(lamp.mired - target))
    steps = [_step(lamp, planned) for lamp in off]
    if not steps and abs(seen_kelvin - planned) > 300:
        steps = [_all_lamps(seen_kelvin, planned)]
    return joined(steps) if steps else None


def _step(lamp: LampColour, planned: float) -> Text:
    by = _round_kelvin(lamp.kelvin - planned)
    way = Text("too warm", "偏暖") if lamp.kelvin < planned else Text("too cold", "偏冷")
    return Text(
        f"{lamp.name}: {by} K {way.en}, set it to {planned:.0f} K",
        f"{lamp.name}：{way.zh} {by} K，请调到 {planned:.0f} K",
    )


def _all_lamps(kelvin: float, planned: float) -> Text:
    by, to = _round_kelvin(kelvin - planned), Text(f"{planned:.0f} K", f"{planned:.0f} K")
    if kelvin < planned:
        do = against_warm(to)
        return Text(f"the light is {by} K too warm: {do.en}", f"光偏暖 {by} K：{do.zh}")
    do = against_cold(to)
    return Text(f"the light is {by} K too cold: {do.en}", f"光偏冷 {by} K：{do.zh}")


def against_warm(to: Text) -> Text:
    """Return what to do where all light is too warm."""
    return Text(
        f"set every lamp to {to.en}, the key light first, and switch off room lights",
        f"把每盏灯调到 {to.zh}，先调主光，并关掉室内照明",
    )


def against_cold(to: Text) -> Text:
    """Return what to do where all light is too cold."""
    return Text(
        f"set every lamp to {to.en}, the key light first, and close the blinds; then look whether "
        "the camera's white balance was moved",
        f"把每盏灯调到 {to.zh}，先调主光，并拉上窗帘；再看摄像头白平衡是否被动过",
    )


def _round_kelvin(difference: float) -> int:
    return max(50, round(abs(difference) / 50) * 50)


def no_reference() -> Unmeasurable:
    """Say that nothing neutral is declared."""
    return Unmeasurable(
        Text(
            "no neutral reference is declared, and a picture alone does not tell the light",
            "没有写明灰卡位置（neutral_patch）：仅凭画面无法判断光的颜色",
        ),
        Text(
            "put a grey card in the presenter's light and declare neutral_patch in studio.toml; "
            "or calibrate the lamps with `studiocheck calibrate lights`",
            "在主播的位置放一张灰卡，并在 studio.toml 中写明 neutral_patch；"
            "或用 `studiocheck calibrate lights` 校准灯光",
        ),
    )


def which(white: WhiteEvidence) -> Text:
    """Say which calibration a number rests on."""
    day = white.taken[:10]
    if white.age_days > white.lasts_days:
        return Text(
            f"white calibration of {day}, {white.age_days:.0f} days old: repeat it with "
            "`studiocheck calibrate camera --white`",
            f"白平衡校准于 {day}，已过 {white.age_days:.0f} 天：请用 "
            "`studiocheck calibrate camera --white` 重做",
        )
    way = {
        "card": Text("grey card", "灰卡"),
        "chart": Text("colour chart", "色卡"),
        "two-point": Text("two lamp settings", "两档色温"),
    }[white.method]
    return Text(
        f"camera calibrated on {day} by {white.by} ({way.en})",
        f"摄像头于 {day} 由 {white.by} 校准（{way.zh}）",
    )


def only_the_way(white: WhiteEvidence) -> Text:
    """Say that the light is far from the known one: its direction is sure, its number is not."""
    known = " / ".join(f"{kelvin:.0f} K" for kelvin in white.known_kelvin)
    return Text(
        f"far from the light of that calibration ({known}): which way it is off is sure, not how "
        f"far; {_TWO_SETTINGS.en}",
        f"与校准时的光（{known}）相差很远：偏向可信，数值不可信；{_TWO_SETTINGS.zh}",
    )


def mixed_on_the_face(warmer_left_mired: float) -> Text:
    """Say that two kinds of light fall on the face."""
    size = round(abs(warmer_left_mired), -1)
    side = Text("left", "左") if warmer_left_mired > 0 else Text("right", "右")
    return Text(
        f"mixed light on the face: its {side.en} half is about {size:.0f} mired warmer",
        f"脸上是混合光：画面{side.zh}侧半边脸约暖 {size:.0f} 微倒度",
    )


def undecided() -> Unmeasurable:
    """Say that an interval is so wide that it says nothing."""
    return Unmeasurable(
        Text(
            "the light is too far from what the camera's white is known for to tell its kelvin",
            "此光与摄像头已知的白光相差太远，无法判断色温",
        ),
        _TWO_SETTINGS,
    )


def noted(first: Text, lock: WhiteLock, *more: Text) -> Text:
    """Join what a number rests on with what the camera does not say of its lock."""
    silent = Text("it does not report whether it is locked", "它不报告白平衡是否锁定")
    return joined([first, *(() if lock.told else (silent,)), *more])
