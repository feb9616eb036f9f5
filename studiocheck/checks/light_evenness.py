"""`light.evenness`: how evenly the presenter is lit, from head to waist and side to side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, is_lit
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.light.evenness import Evenness, evenness, largest_surface
from studiocheck.measure.picture.face import subject_region

_METHOD = Text(
    "linear luminance, 95th over 5th percentile of 16 × 9 blocks, largest surface of the subject",
    "线性亮度，16×9 块的第 95 与第 5 百分位之比，取主体上最大的同一表面",
)
_NO_SUBJECT = Text(
    "no subject is declared and no face was found: `studiocheck calibrate regions` draws one",
    "没有写明主播区域（subject），也没有找到人脸：请用 `studiocheck calibrate regions` 标出",
)


def _assess(case: Case) -> Assessment:
    stills = [still.image for still in case.clip.stills]
    found = subject_region(stills, case.camera)
    if found is None:
        raise NotAsked(_NO_SUBJECT)
    curve = _camera_curve(case)
    surfaces = [largest_surface(still, found.region, curve) for still in stills]
    even = evenness(stills, found.region, curve, surfaces)
    return Assessment(
        measurements=[
            Measurement.of("evenness", even.stops, "stops", _METHOD, even.uncertainty_stops, even.n)
        ],
        note=_note(even, detected=found.how == "detected", calibrated=curve is not None),
        advice=_what_to_turn(even),
    )


def _camera_curve(case: Case) -> NDArray[np.float32] | None:
    """Return the camera's own tone curve where the lamps were calibrated."""
    if Lamps not in case.captured:
        return None
    try:
        return case.lamps.linear
    except Unmeasurable:  # a damaged record is a finding of `light.lamps`
        return None


def _note(even: Evenness, *, detected: bool, calibrated: bool) -> Text:
    share = f"{100 * even.share:.0f}"
    where = Text("below the face that was found", "人脸下方自动选取") if detected else None
    camera = (
        Text("the camera's own tone curve", "摄像头自身的亮度曲线")
        if calibrated
        else Text("taking the camera for sRGB", "假定摄像头为 sRGB 曲线")
    )
    parts = [
        Text(
            f"{share} % of the subject is one surface without an edge, and was compared",
            f"主体的 {share}% 是没有边缘的同一表面，以此比较",
        ),
        *([where] if where else []),
        camera,
    ]
    return Text("; ".join(p.en for p in parts), "；".join(p.zh for p in parts))


def _what_to_turn(even: Evenness) -> Text:
    side, stops = even.dark_side, max(abs(even.right_stops), abs(even.down_stops))
    if abs(even.down_stops) > abs(even.right_stops):
        return Text(
            f"towards the {side.en} the presenter is {stops:.1f} stops darker: move the key light "
            "back and tilt it there, or raise the fill",
            f"主播{side.zh}暗 {stops:.1f} 挡：主光退后并朝那里打，或调亮辅光",
        )
    return Text(
        f"towards the {side.en} the presenter is {stops:.1f} stops darker: raise the lamp there, "
        "most often the fill",
        f"主播在{side.zh}暗 {stops:.1f} 挡：调亮那一侧的灯，通常是辅光",
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    # a key that outshines the fill by more than a stop is meant to model
    more = max(0.0, targets.light.key_fill_stops - 1.0)
    return {
        "evenness": Default(
            Limit(maximum=2 + more, warn_maximum=1 + more),
            Text(
                "practice: within a stop from side to side; more where the key is meant to "
                "outshine the fill by more",
                "经验：两侧相差 1 挡以内；要求主辅光比更大时相应放宽",
            ),
            "stops",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "raise the lamp on the dark side, most often the fill, or move the key light back",
        "调亮暗侧的灯（通常是辅光），或把主光移远",
    )


CHECK = Check(
    id="light.evenness",
    title=Text("Even light", "光照均匀"),
    about=Text(
        "How many stops the light varies over the presenter: over the largest surface without an "
        "edge, because clothes and skin reflect differently whatever the light.",
        "主播身上光照相差多少挡：只比较没有边缘的最大表面，因为衣服和皮肤的反射率本来不同。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="a presenter in three-point light", verdict=Verdict.PASS, role="main"),
        Example(
            says="a fill light that was turned down",
            verdict=Verdict.MARGINAL,
            faults=("lamp.fill:output=30%",),
            role="main",
        ),
        Example(
            says="a key light that is off",
            verdict=Verdict.FAIL,
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
