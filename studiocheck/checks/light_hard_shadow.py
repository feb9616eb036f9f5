"""`light.hard_shadow`: how deep and how soft the shadows are that the lamps cast tonight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, is_lit
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

if TYPE_CHECKING:
    from studiocheck.measure.light.lamps_tonight import LightTonight
    from studiocheck.measure.light.penumbra import Shadow

_DEEP = 2.0
"""Light beside a shadow over light in it: less is no hard shadow, however sharp it is."""

_SOFT_PERCENT = 3.0
_MOST_DOUBTED = 0.2
_LEAST_CLEAR = 0.3

_DEPTH = Text(
    "light beside over light in the shadow, with tonight's outputs of the calibrated lamps",
    "影外与影内光量之比，按各灯今晚的输出",
)
_WIDTH = Text(
    "10–90 % penumbra in the ratio of lamp pictures, of the picture's width",
    "各灯画面之比中半影的 10–90% 宽度，占画面宽度",
)


def _assess(case: Case) -> Assessment:
    """Judge the worst edge: the narrowest of the shadows that are deep.

    The width is held against its limit only where the shadow is surely deep; where its depth is
    in doubt it is worth a look, no more.
    """
    lamps, clip = case.lamps, case.clip
    from studiocheck.measure.light.lamps_tonight import light_tonight  # noqa: PLC0415 - needs cv2
    from studiocheck.measure.light.penumbra import (  # noqa: PLC0415
        cast_shadows,
        shadow_planes,
    )

    tonight = light_tonight([still.image for still in clip.stills[-3:]], lamps, clip.controls)
    _refuse_doubts(tonight)
    bodies = [r for r in (case.camera.subject, case.camera.face) if r is not None]
    planes = shadow_planes(lamps, tonight, bodies)
    if planes.clear.mean() < _LEAST_CLEAR:
        raise Unmeasurable(
            Text(
                "too much of the picture moved or was clipped during the lamps' calibration",
                "灯光校准时画面中移动或过曝的部分太多",
            ),
            Text(
                "calibrate the lamps again with everybody still and nothing clipped",
                "请所有人保持不动、避免过曝，重新校准灯光",
            ),
        )
    shadows = cast_shadows(planes)
    if not shadows:
        return Assessment(
            note=Text(
                "no cast shadow of more than 1.4 : 1 with an edge below 12 % of the picture's "
                "width was found; what is softer is soft light",
                "没有发现明暗超过 1.4 : 1、边缘窄于画面宽度 12% 的投影；更宽的过渡属于柔光",
            )
        )
    return _judged(shadows[0])


def _refuse_doubts(tonight: LightTonight) -> None:
    if tonight.doubt is not None:
        raise Unmeasurable(tonight.doubt)
    if not any(reading.on for reading in tonight.readings):
        raise Unmeasurable(
            Text("no lamp is on", "没有一盏灯亮着"),
            Text("switch the lamps on, then check again", "开灯后重新检查"),
        )
    from studiocheck.measure.light.lamp_balance import blocking_doubt  # noqa: PLC0415 - needs cv2

    doubted = [
        reading
        for i, reading in enumerate(tonight.readings)
        if blocking_doubt(tonight, i) is not None
    ]
    if sum(reading.lamp.share for reading in doubted) > _MOST_DOUBTED:
        names = ", ".join(reading.lamp.name for reading in doubted)
        raise Unmeasurable(
            Text(
                f"it cannot be told how much {names} fills the shadows tonight",
                f"无法判断 {names} 今晚给阴影补了多少光",
            ),
            Text("see what light.lamps says of it", "先看 light.lamps 的说明"),
        )


def _judged(shadow: Shadow) -> Assessment:
    depth = Measurement.of("depth", shadow.depth, "", _DEPTH, shadow.depth_uncertainty, shadow.n)
    width = Measurement.of(
        "width", shadow.width_percent, "%", _WIDTH, shadow.width_uncertainty, shadow.n
    )
    if shadow.depth - shadow.depth_uncertainty > _DEEP:
        return Assessment(measurements=[width, depth], note=_where(shadow), advice=_touch(shadow))
    may_be_deep = shadow.depth + shadow.depth_uncertainty > _DEEP
    sharp = shadow.width_percent < _SOFT_PERCENT
    return Assessment(
        measurements=[depth],
        verdict=Verdict.MARGINAL if may_be_deep and sharp else Verdict.PASS,
        note=_where(shadow),
        advice=_touch(shadow),
    )


def _where(shadow: Shadow) -> Text:
    x, y, w, h = (round(100 * share) for share in shadow.region)
    width = f"{shadow.width_percent:.1f}"
    return Text(
        f"worst edge: shadow of {shadow.lamp}, {width} % wide, at {x} to {x + w} % from the left "
        f"and {y} to {y + h} % from the top",
        f"最明显的边缘：{shadow.lamp} 的投影，宽 {width}%，位于左起 {x}–{x + w}%、"
        f"上起 {y}–{y + h}%",
    )


def _touch(shadow: Shadow) -> Text:
    return Text(
        f"{shadow.lamp}: put the softbox on, use a larger one or bring it nearer; or move what "
        "casts the shadow away from what it falls on, or raise the other lamps",
        f"{shadow.lamp}：装上柔光箱，换大些或移近；或让遮挡物离开投影面，或调亮其他灯",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "width": Default(
            Limit(minimum=_SOFT_PERCENT),
            Text(
                "rule of thumb: an edge of less than 3 % of the picture reads as a line; judged "
                "where the shadow is deeper than 2 : 1",
                "经验值：边缘窄于画面宽度 3% 就像一条线；仅判断深于 2 : 1 的影子",
            ),
            "%",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "soften the lamp that casts it: softbox on, larger, nearer; or raise the fill",
        "把投影的那盏灯打柔：装柔光箱、换大的、移近；或调亮辅光",
    )


CHECK = Check(
    id="light.hard_shadow",
    title=Text("Hard shadows", "硬阴影"),
    about=Text(
        "How deep the shadows are that the lamps cast on the set tonight, and how wide their edge. "
        "Needs the lamps' calibration: one picture alone does not tell a shadow from a dark thing.",
        "各灯今晚在布景上的投影有多深、边缘有多宽。需要灯光校准：单凭一张画面分不清影子和深色物体。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="soft lamps that fill one another", verdict=Verdict.PASS, role="main"),
        Example(
            says="a back light whose shadow nothing fills",
            verdict=Verdict.FAIL,
            faults=("lamp.key:off",),
            role="main",
        ),
        Example(
            says="no lamp at all",
            verdict=Verdict.UNMEASURED,
            faults=("lamp.key:off", "lamp.fill:off", "lamp.back:off"),
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
