"""What to do about a camera that no longer shows the golden look, as a technician would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studiocheck.core.text import Text

if TYPE_CHECKING:
    from studiocheck.measure.picture.look import Change

WARN = {"shift": 8.0, "zoom_change": 1.0, "exposure_change": 0.3, "colour_change": 3.0}
FAIL = {"shift": 40.0, "zoom_change": 5.0, "exposure_change": 0.7, "colour_change": 6.0}
"""By how much tonight may differ before it is worth a look, and before it is another picture."""


def what_to_touch(change: Change) -> list[Text]:
    """Return what to do, in the order in which a technician would."""
    steps = [*_turn(change), *_zoom(change)]
    if change.light is not None:
        steps += [*_expose(change.light.exposure_stops), *_balance(change)]
    return steps


def _turn(change: Change) -> list[Text]:
    found = change.framing
    if found.shift_px <= WARN["shift"]:
        return []
    steps = []
    across, up = round(abs(found.right_px)), round(abs(found.down_px))
    # what stands still has moved to the right: the camera has been turned to the left
    if across > WARN["shift"] / 2:
        side = Text("right", "右") if found.right_px > 0 else Text("left", "左")
        steps.append(
            _a_little(
                "turn the camera {a}to the {s} ({n} px)",
                "把摄像头{a}向{s}转（{n} 像素）",
                side,
                across,
            )
        )
    if up > WARN["shift"] / 2:
        side = Text("down", "下") if found.down_px > 0 else Text("up", "上")
        steps.append(_a_little("tilt it {a}{s} ({n} px)", "{a}向{s}俯仰（{n} 像素）", side, up))
    if abs(found.roll_degrees) > 0.4:
        side = (
            Text("clockwise", "顺时针")
            if found.roll_degrees > 0
            else Text("anticlockwise", "逆时针")
        )
        degrees = f"{abs(found.roll_degrees):.1f}"
        steps.append(
            Text(
                f"level it: the picture has turned {degrees}° {side.en}",
                f"校正水平：画面{side.zh}转了 {degrees}°",
            )
        )
    return steps


def _a_little(en: str, zh: str, side: Text, px: int) -> Text:
    little = Text("a little ", "稍微") if px <= FAIL["shift"] else None
    a_en, a_zh = (little.en, little.zh) if little else ("", "")
    return Text(en.format(a=a_en, s=side.en, n=px), zh.format(a=a_zh, s=side.zh, n=px))


def _zoom(change: Change) -> list[Text]:
    percent = change.framing.zoom_percent
    if abs(percent) <= WARN["zoom_change"]:
        return []
    size = f"{abs(percent):.1f}"
    if percent > 0:
        return [
            Text(
                f"zoom out or move the camera back (the picture is {size} % too large)",
                f"拉远变焦或把摄像头后移（画面大了 {size}%）",
            )
        ]
    return [
        Text(
            f"zoom in or move the camera closer (the picture is {size} % too small)",
            f"推近变焦或把摄像头前移（画面小了 {size}%）",
        )
    ]


def _expose(stops: float) -> list[Text]:
    if abs(stops) <= WARN["exposure_change"]:
        return []
    size = f"{abs(stops):.1f}"
    if stops > 0:
        return [
            Text(
                f"{size} stops too bright: see whether a lamp was turned up, then close the iris "
                "or lower the gain",
                f"亮了 {size} 档：先看是否有灯被调亮，再收光圈或降增益",
            )
        ]
    return [
        Text(
            f"{size} stops too dark: see whether every lamp is on, then open the iris",
            f"暗了 {size} 档：先看灯是否都亮，再开大光圈",
        )
    ]


def _balance(change: Change) -> list[Text]:
    light = change.light
    if light is None or light.colour_de2000 <= WARN["colour_change"]:
        return []
    if abs(light.warmer_mired) < 5:
        return [
            Text(
                "the colour has changed: compare the white balance and the lamps' tint with that "
                "evening",
                "颜色变了：对照当晚核对白平衡和灯的色调",
            )
        ]
    way = Text("warmer", "偏暖") if light.warmer_mired > 0 else Text("colder", "偏冷")
    size = round(abs(light.warmer_mired))
    return [
        Text(
            f"the picture is {way.en} (about {size} mired): lock the white balance at the value of "
            "that evening, then compare the lamps' kelvin",
            f"画面{way.zh}（约 {size} 微倒度）：把白平衡锁定回当晚的数值，再核对各灯色温",
        )
    ]
