"""`camera.view`: tonight's picture against the golden look: framing, exposure, colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip, Golden
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import LookEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined

if TYPE_CHECKING:
    from studiocheck.measure.picture.look import Change

_WARN = {"shift": 8.0, "zoom_change": 1.0, "exposure_change": 0.3, "colour_change": 3.0}
_FAIL = {"shift": 40.0, "zoom_change": 5.0, "exposure_change": 0.7, "colour_change": 6.0}
_FRAMING = Text(
    "static background aligned with the golden look, px at 1920 of width",
    "静止背景与基准画面对齐，按 1920 宽计",
)
_LIGHT = Text(
    "linear light of the static background against the golden look",
    "静止背景的线性光与基准画面之比",
)
_COLOUR = Text(
    "CIEDE2000 of the static background, exposure taken out",
    "静止背景的 CIEDE2000 色差（已扣除曝光）",
)


def _assess(case: Case) -> Assessment:
    from studiocheck.measure.picture.look import compare  # noqa: PLC0415 - needs cv2

    look = case.golden
    change = compare(look.image, case.clip.stills[-1].image, case.camera.subject)
    if change is None:
        return _something_else(look)
    advice = _what_to_touch(change)
    if change.light is None:
        return Assessment(
            measurements=_framing(change),
            verdict=Verdict.FAIL,
            note=_joined(
                Text(
                    "so much brighter or darker than the golden look that their light cannot be "
                    "compared",
                    "画面比基准画面亮得太多或暗得太多，无法比较曝光和颜色",
                ),
                _which(look),
            ),
            advice=_joined(
                *advice,
                Text(
                    "check the lamps first, then set the exposure as it was",
                    "先检查灯光，再把曝光恢复原样",
                ),
            ),
        )
    return Assessment(
        measurements=[*_framing(change), *_light(change)],
        note=_joined(_compared(change), _which(look)),
        advice=_joined(*advice) if advice else None,
    )


def _something_else(look: LookEvidence) -> Assessment:
    return Assessment(
        verdict=Verdict.FAIL,
        note=_joined(
            Text(
                "the picture does not show the set of the golden look", "画面与基准画面不是同一布景"
            ),
            _which(look),
        ),
        advice=Text(
            "see what the camera points at and whether the right camera is on this input; if the "
            "set was changed on purpose, store a new golden look",
            "查看摄像头对着哪里、此输入是否接对了摄像头；若有意换了布景，请重新保存基准画面",
        ),
    )


def _framing(change: Change) -> list[Measurement]:
    found = change.framing
    return [
        Measurement.of(
            "shift", found.shift_px, "px", _FRAMING, found.shift_uncertainty_px, found.n
        ),
        Measurement.of(
            "zoom_change",
            found.zoom_percent,
            "%",
            _FRAMING,
            found.zoom_uncertainty_percent,
            found.n,
        ),
    ]


def _light(change: Change) -> list[Measurement]:
    found = change.light
    if found is None:
        return []
    return [
        Measurement.of(
            "exposure_change",
            found.exposure_stops,
            "stops",
            _LIGHT,
            found.exposure_uncertainty_stops,
        ),
        Measurement.of(
            "colour_change", found.colour_de2000, "", _COLOUR, found.colour_uncertainty_de2000
        ),
    ]


def _compared(change: Change) -> Text:
    framing = round(100 * change.framing.coverage)
    light = round(100 * change.light.coverage) if change.light else 0
    return Text(
        f"{framing} % of the set's details found again, light compared on {light} % of the picture",
        f"找回 {framing}% 的布景细节，在 {light}% 的画面上比较了光线",
    )


def _which(look: LookEvidence) -> Text:
    day = look.taken[:10]
    if look.age_days > look.lasts_days:
        return Text(
            f"golden look of {day}, {look.age_days:.0f} days old: on a good evening store a new "
            "one with `studiocheck calibrate camera`",
            f"基准画面摄于 {day}，已过 {look.age_days:.0f} 天：状态良好时请用 "
            "`studiocheck calibrate camera` 重新保存",
        )
    return Text(f"golden look of {day} by {look.by}", f"基准画面摄于 {day}，由 {look.by} 保存")


def _joined(*parts: Text) -> Text:
    return joined(parts)


# ---------------------------------------------------------------- what to touch


def _what_to_touch(change: Change) -> list[Text]:
    """Return what to do, in the order in which a technician would."""
    steps = [*_turn(change), *_zoom(change)]
    if change.light is not None:
        steps += [*_expose(change.light.exposure_stops), *_balance(change)]
    return steps


def _turn(change: Change) -> list[Text]:
    found = change.framing
    if found.shift_px <= _WARN["shift"]:
        return []
    steps = []
    across, up = round(abs(found.right_px)), round(abs(found.down_px))
    # what stands still has moved to the right: the camera has been turned to the left
    if across > _WARN["shift"] / 2:
        side = Text("right", "右") if found.right_px > 0 else Text("left", "左")
        steps.append(
            _a_little(
                "turn the camera {a}to the {s} ({n} px)",
                "把摄像头{a}向{s}转（{n} 像素）",
                side,
                across,
            )
        )
    if up > _WARN["shift"] / 2:
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
    little = Text("a little ", "稍微") if px <= _FAIL["shift"] else None
    a_en, a_zh = (little.en, little.zh) if little else ("", "")
    return Text(en.format(a=a_en, s=side.en, n=px), zh.format(a=a_zh, s=side.zh, n=px))


def _zoom(change: Change) -> list[Text]:
    percent = change.framing.zoom_percent
    if abs(percent) <= _WARN["zoom_change"]:
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
    if abs(stops) <= _WARN["exposure_change"]:
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
    if light is None or light.colour_de2000 <= _WARN["colour_change"]:
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


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: up to the first nobody notices, beyond the second it is another picture",
        "经验值：前者以内无人察觉，超过后者就是另一幅画面",
    )
    units = {"shift": "px", "zoom_change": "%", "exposure_change": "stops", "colour_change": ""}
    return {
        name: Default(
            _limit(name, both_ways=name in {"zoom_change", "exposure_change"}), rule, unit
        )
        for name, unit in units.items()
    }


def _limit(name: str, *, both_ways: bool) -> Limit:
    warn, fail = _WARN[name], _FAIL[name]
    if both_ways:
        return Limit(minimum=-fail, warn_minimum=-warn, warn_maximum=warn, maximum=fail)
    return Limit(maximum=fail, warn_maximum=warn)


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "lay tonight's picture beside the golden look and set the camera back to it",
        "把当前画面与基准画面对照，将摄像头恢复原样",
    )


CHECK = Check(
    id="camera.view",
    title=Text("View as on a good evening", "与基准画面一致"),
    about=Text(
        "Tonight's picture against the golden look that was stored on a good evening: how far the "
        "camera was turned or zoomed, how exposure and colour of the set have changed. Presenters "
        "and what they wear do not matter.",
        "把当前画面与状态良好时保存的基准画面对照：机位转动、变焦，以及布景的曝光和颜色变化；"
        "与主播及服装无关。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Golden()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="as on the good evening", verdict=Verdict.PASS, role="main"),
        Example(
            says="a tripod that was brushed",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:moved=20px",),
            role="main",
        ),
        Example(
            says="a tripod that was knocked",
            verdict=Verdict.FAIL,
            faults=("camera.main:moved=90px",),
            role="main",
        ),
        Example(
            says="an iris that was closed",
            verdict=Verdict.FAIL,
            faults=("camera.main:exposure=-1stop",),
            role="main",
        ),
        Example(
            says="a white balance that was moved",
            verdict=Verdict.FAIL,
            faults=("camera.main:wb=4300K",),
            role="main",
        ),
        Example(
            says="colour bars",
            verdict=Verdict.FAIL,
            faults=("camera.main:slate=bars",),
            role="main",
        ),
        Example(
            says="a black picture",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:black",),
            role="main",
        ),
    ),
)
