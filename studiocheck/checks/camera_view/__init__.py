"""`camera.view`: tonight's picture against the golden look: framing, exposure, colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.checks.camera_view.advice import FAIL, WARN, what_to_touch
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip, Golden
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import LookEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined

if TYPE_CHECKING:
    from studiocheck.measure.picture.look import Change

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
_NO_LIGHT = Text(
    "so much brighter or darker than the golden look that their light cannot be compared",
    "画面比基准画面亮得太多或暗得太多，无法比较曝光和颜色",
)
_LAMPS_FIRST = Text(
    "check the lamps first, then set the exposure as it was",
    "先检查灯光，再把曝光恢复原样",
)
_ANOTHER_SET = Text(
    "the picture does not show the set of the golden look", "画面与基准画面不是同一布景"
)


def _assess(case: Case) -> Assessment:
    from studiocheck.measure.picture.look import compare  # noqa: PLC0415 - needs cv2

    look = case.golden
    change = compare(look.image, case.clip.stills[-1].image, case.camera.subject)
    if change is None:
        return _something_else(look)
    advice = what_to_touch(change)
    if change.light is None:
        return Assessment(
            measurements=_framing(change),
            verdict=Verdict.FAIL,
            note=joined([_NO_LIGHT, _which(look)]),
            advice=joined([*advice, _LAMPS_FIRST]),
        )
    return Assessment(
        measurements=[*_framing(change), *_light(change)],
        note=joined([_compared(change), _which(look)]),
        advice=joined(advice) if advice else None,
    )


def _something_else(look: LookEvidence) -> Assessment:
    return Assessment(
        verdict=Verdict.FAIL,
        note=joined([_ANOTHER_SET, _which(look)]),
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
    warn, fail = WARN[name], FAIL[name]
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
