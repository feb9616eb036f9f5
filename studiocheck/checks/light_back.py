"""`light.back`: how the back light stands to the key, and how the subject stands out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded, is_lit
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined

if TYPE_CHECKING:
    from studiocheck.measure.light.lamps_tonight import LightTonight

_LAMP_BY_LAMP = Text(
    "back light where it strikes against key, per reflectance, calibrated lamps taken apart",
    "分离各灯后，轮廓光打到之处与主光相比（已扣除反射率）",
)
_BESIDE = Text(
    "linear light of the subject against the background beside it",
    "主体与两侧背景的线性光之比",
)


def _assess(case: Case) -> Assessment:
    """Judge both; a back light that is off fails, and its ratio is not a number."""
    apart = _separation(case)
    try:
        rim = _rim(case)
    except NotAsked as never:
        if not apart.measurements:
            raise
        rim = Assessment(note=never.reason)
    except Unmeasurable as unknown:
        if not apart.measurements:
            raise
        rim = Assessment(verdict=Verdict.UNMEASURED, note=unknown.reason, advice=unknown.advice)
    said = [one.note for one in (rim, apart) if one.note is not None]
    return Assessment(
        measurements=[*rim.measurements, *apart.measurements],
        verdict=rim.verdict,
        note=joined(said) if said else None,
        advice=rim.advice,
    )


def _rim(case: Case) -> Assessment:
    lamps = case.lamps
    from studiocheck.measure.light.lamp_balance import (  # noqa: PLC0415 - needs cv2
        back_over_key,
        lamps_of,
        rim_region,
        shining,
    )
    from studiocheck.measure.light.lamps_tonight import light_tonight  # noqa: PLC0415

    clip = case.clip
    tonight = light_tonight([still.image for still in clip.stills[-3:]], lamps, clip.controls)
    if not lamps_of(tonight, "back") or not lamps_of(tonight, "key"):
        raise NotAsked(
            Text(
                'no calibrated lamp is said to be the back light: write kind = "back" under '
                "[lamps.…] in studio.toml, then calibrate again",
                '已校准的灯里没有写明轮廓光：请在 studio.toml 的 [lamps.…] 下写 kind = "back"，'
                "再重新校准",
            )
        )
    key, back = shining(tonight, "key"), shining(tonight, "back")
    if not key:
        raise Unmeasurable(
            Text("the key light is off: there is nothing to compare with", "主光没亮：无从比较"),
            Text("switch the key light on first", "先打开主光"),
        )
    if not back:
        return _off(", ".join(lamp.name for lamp in lamps.lamps if lamp.kind == "back"))
    found = back_over_key(tonight, rim_region(case.camera.subject, case.camera.face))
    measured = Measurement.of(
        "back_key", found.stops, "stops", _LAMP_BY_LAMP, found.uncertainty, len(clip.stills)
    )
    return Assessment(
        measurements=[measured],
        note=tonight.relative_only,
        advice=_what_to_turn(case, tonight, lamps),
    )


def _what_to_turn(case: Case, tonight: LightTonight, lamps: LampsEvidence) -> Text | None:
    from studiocheck.measure.light.dimmer_plan import dimmer_plan  # noqa: PLC0415 - needs cv2
    from studiocheck.measure.light.dimmers import dimmer_advice  # noqa: PLC0415

    try:
        plan = dimmer_plan(tonight, lamps.linear, case.camera, case.targets.light)
    except Unmeasurable:
        return None
    return dimmer_advice(plan)


def _off(names: str) -> Assessment:
    return Assessment(
        verdict=Verdict.FAIL,
        note=Text(f"the back light ({names}) is off", f"轮廓光（{names}）没亮"),
        advice=Text(
            f"switch {names} on: plug, switch, dimmer, breaker",
            f"打开 {names}：查插头、开关、调光、空开",
        ),
    )


def _separation(case: Case) -> Assessment:
    face, subject = case.camera.face, case.camera.subject
    region = face or subject
    if region is None:
        return Assessment()
    from studiocheck.measure.light.separation import separation  # noqa: PLC0415 - needs cv2

    stills = [still.image for still in case.clip.stills]
    try:
        found = separation(stills, region, is_face=face is not None)
    except Unmeasurable as unknown:
        return Assessment(note=unknown.reason)
    side = {"left": Text("left", "左"), "right": Text("right", "右")}[found.side]
    return Assessment(
        measurements=[
            Measurement.of("separation", found.stops, "stops", _BESIDE, found.uncertainty, found.n)
        ],
        note=Text(f"stands out least on the picture's {side.en}", f"画面{side.zh}侧与背景最接近"),
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    target = targets.light.back_key_stops
    ratio = Limit(
        minimum=target - 2, maximum=target + 2, warn_minimum=target - 1, warn_maximum=target + 1
    )
    return {
        "back_key": Default(
            ratio,
            Text(
                "practice: a back light between half and all of the key; a stop around the plan "
                "still reads as a rim",
                "经验：轮廓光为主光的一半到相当；偏离计划一挡以内仍有轮廓",
            ),
            "stops",
        ),
        "separation": Default(
            Limit(warn_minimum=0.5),
            Text(
                "rule of thumb: under half a stop a subject stands out by colour alone",
                "经验值：不足半挡时，主体只能靠颜色与背景区分",
            ),
            "stops",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    side = next((exceeded(m) for m in measurements if m.name == "back_key"), "")
    if side == "high":
        return Text("lower the back light, or move it away", "调暗轮廓光，或移远")
    if side == "low":
        return Text(
            "raise the back light and see that it strikes hair and shoulders",
            "调亮轮廓光，并确认它打在头发和肩上",
        )
    return Text(
        "the subject sinks into the background: raise the back light, or dim the background light",
        "主体与背景混在一起：调亮轮廓光，或调暗背景光",
    )


CHECK = Check(
    id="light.back",
    title=Text("Back light", "轮廓光"),
    about=Text(
        "By how many stops the back light outshines the key where it strikes, from the lamps' "
        "calibration; and by how many the presenter stands out from the background beside.",
        "轮廓光打到之处比主光亮多少挡（由灯光校准得出），以及主播与两侧背景相差多少挡。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="a rim that stands to the key", verdict=Verdict.PASS, role="main"),
        Example(
            says="a back light that has faded",
            verdict=Verdict.MARGINAL,
            faults=("lamp.back:output=40%",),
            role="main",
        ),
        Example(
            says="a back light that is off",
            verdict=Verdict.FAIL,
            faults=("lamp.back:off",),
            role="main",
        ),
        Example(
            says="a key that is off",
            verdict=Verdict.UNMEASURED,
            faults=("lamp.key:off",),
            role="main",
        ),
        Example(
            says="a camera that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            role="main",
        ),
    ),
)
