"""`light.key_fill`: how key stands to fill on the subject, lamp by lamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded, is_lit
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Region, Targets
from studiocheck.core.text import Text, joined

if TYPE_CHECKING:
    from studiocheck.measure.light.lamps_tonight import LightTonight

_LAMP_BY_LAMP = Text(
    "light of the calibrated lamps on the subject, taken apart",
    "把已校准的各灯在主体上的光分离后相比",
)
_HALVES = Text(
    "halves of the face, linear light: not key to fill, rises with it",
    "面部左右两半的线性光之比：不是光比，但随光比增大",
)


def _assess(case: Case) -> Assessment:
    """Judge the ratio; without calibration, mildly, the contrast of the face.

    A key or a fill that is off fails: whatever is planned, a ratio without one side of it is
    beyond it, and that is known without a number. With both off nothing is known.
    """
    try:
        lamps = case.lamps
    except NotAsked as never:
        return _by_the_face(case, never)
    from studiocheck.measure.light.lamp_balance import (  # noqa: PLC0415 - needs cv2
        key_over_fill,
        lamps_of,
        shining,
    )
    from studiocheck.measure.light.lamps_tonight import light_tonight  # noqa: PLC0415

    clip, region = case.clip, case.camera.face or case.camera.subject
    tonight = light_tonight([still.image for still in clip.stills[-3:]], lamps, clip.controls)
    if not lamps_of(tonight, "key") or not lamps_of(tonight, "fill"):
        return _by_the_face(case, _no_pair())
    key, fill = shining(tonight, "key"), shining(tonight, "fill")
    if not key or not fill:
        return _one_is_off(lamps, key_is_on=bool(key), fill_is_on=bool(fill))
    found = key_over_fill(tonight, region)
    return Assessment(
        measurements=[
            Measurement.of(
                "key_fill", found.stops, "stops", _LAMP_BY_LAMP, found.uncertainty, len(clip.stills)
            )
        ],
        note=_note(region, tonight.relative_only),
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


def _one_is_off(lamps: LampsEvidence, *, key_is_on: bool, fill_is_on: bool) -> Assessment:
    if not key_is_on and not fill_is_on:
        raise Unmeasurable(
            Text("neither key nor fill is on", "主光和辅光都没亮"),
            Text(
                "switch the lamps on: plug, switch, dimmer, breaker",
                "开灯：查插头、开关、调光、空开",
            ),
        )
    kind = Text("fill", "辅光") if key_is_on else Text("key", "主光")
    names = ", ".join(lamp.name for lamp in lamps.lamps if lamp.kind == kind.en)
    return Assessment(
        verdict=Verdict.FAIL,
        note=Text(
            f"the {kind.en} light ({names}) is off: there is no ratio",
            f"{kind.zh}（{names}）没亮：谈不上光比",
        ),
        advice=Text(
            f"switch {names} on: plug, switch, dimmer, breaker",
            f"打开 {names}：查插头、开关、调光、空开",
        ),
    )


def _by_the_face(case: Case, otherwise: NotAsked) -> Assessment:
    """Return the contrast of the face; raises ``otherwise`` where no face is declared."""
    region = case.camera.face or case.camera.subject
    if region is None:
        raise otherwise
    from studiocheck.measure.light.face_contrast import face_contrast  # noqa: PLC0415 - needs cv2

    clip = case.clip
    found = face_contrast([still.image for still in clip.stills], region)
    side = {"left": Text("left", "左"), "right": Text("right", "右")}[found.brighter]
    return Assessment(
        measurements=[
            Measurement.of(
                "face_contrast", found.stops, "stops", _HALVES, found.uncertainty, found.n
            )
        ],
        note=joined(
            [
                Text(
                    f"face contrast, not key : fill: the picture's {side.en} half is brighter",
                    f"这是面部明暗比，不是光比：画面{side.zh}半边脸更亮",
                ),
                otherwise.reason,
            ]
        ),
    )


def _no_pair() -> NotAsked:
    return NotAsked(
        Text(
            'the calibrated lamps are not said to be key and fill: write kind = "key" and '
            'kind = "fill" under [lamps.…] in studio.toml, then calibrate again',
            '已校准的灯里没有写明主光和辅光：请在 studio.toml 的 [lamps.…] 下写 kind = "key"、'
            'kind = "fill"，再重新校准',
        )
    )


def _note(region: Region | None, relative_only: Text | None) -> Text | None:
    said = []
    if region is None:
        said.append(
            Text(
                "studio.toml names no face or subject region: the whole picture was compared",
                "studio.toml 没有写明 face 或 subject 区域，按整幅画面比较",
            )
        )
    if relative_only is not None:
        said.append(relative_only)
    return joined(said) if said else None


def _defaults(targets: Targets) -> Mapping[str, Default]:
    target = targets.light.key_fill_stops
    ratio = Limit(
        minimum=target - 0.75,
        maximum=target + 1.5,
        warn_minimum=target - 0.5,
        warn_maximum=target + 0.5,
    )
    return {
        "key_fill": Default(
            ratio,
            Text(
                "practice: 2:1 (1 stop) for commerce, 4:1 for drama; half a stop around the plan "
                "is not seen",
                "经验：带货 2:1（1 挡），戏剧 4:1；偏离计划半挡以内看不出来",
            ),
            "stops",
        ),
        "face_contrast": Default(
            Limit(warn_maximum=max(1.0, target)),
            Text(
                "practice: a face of more than 2:1 is contrasty; advisory, no calibration",
                "经验：面部超过 2:1 即偏硬朗；未校准，仅供参考",
            ),
            "stops",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    if any(exceeded(m) == "low" for m in measurements):
        return Text(
            "too flat: lower the fill, or move it further away; then raise the key",
            "光太平：调暗辅光或移远，再调亮主光",
        )
    return Text(
        "too contrasty: raise the fill or bring it nearer, or put a white reflector on the dark "
        "side",
        "反差太大：调亮辅光或移近，或在暗面加白色反光板",
    )


CHECK = Check(
    id="light.key_fill",
    title=Text("Key to fill", "主辅光比"),
    about=Text(
        "By how many stops the key light outshines the fill on the presenter, from the lamps' "
        "calibration; without it only how much one half of the face is brighter than the other.",
        "主光比辅光在主播身上亮多少挡，由灯光校准得出；未校准时只能看面部左右两半的明暗比。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="key one stop above fill", verdict=Verdict.PASS, role="main"),
        Example(
            says="a fill that has faded",
            verdict=Verdict.MARGINAL,
            faults=("lamp.fill:output=60%",),
            role="main",
        ),
        Example(
            says="a key that is weaker than the fill",
            verdict=Verdict.FAIL,
            faults=("lamp.key:output=40%",),
            role="main",
        ),
        Example(
            says="a fill that is off",
            verdict=Verdict.FAIL,
            faults=("lamp.fill:off",),
            role="main",
        ),
        Example(
            says="two panels that nobody has called key or fill",
            verdict=Verdict.PASS,
            role="main",
            scene="two-panels",
        ),
        Example(
            says="neither key nor fill",
            verdict=Verdict.UNMEASURED,
            faults=("lamp.key:off", "lamp.fill:off"),
            role="main",
        ),
    ),
)
