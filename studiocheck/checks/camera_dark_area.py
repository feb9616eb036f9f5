"""`camera.dark_area`: how much of the picture is nearly black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.dark_area import dark_area

_METHOD = Text(
    "luma below 10 %, every sample of the sampled frames", "抽样帧的全部像素中亮度低于 10% 的"
)


def _assess(case: Case) -> Assessment:
    found = dark_area(case.clip.histogram)
    return Assessment(
        measurements=[
            Measurement.of(
                "dark_share", found.percent, "%", _METHOD, found.uncertainty_percent, found.n
            )
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "rule of thumb: beyond 40 % the picture looks underlit, beyond 60 % cheap",
        "经验值：超过 40% 显得灯光不足，超过 60% 显得廉价",
    )
    return {"dark_share": Default(Limit(maximum=60, warn_maximum=40), source, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "light the background or open the fill; a dark set that is meant so needs a higher limit "
        "in its profile",
        "给背景补光，或提高辅光；若本来就要暗调，请在配置中放宽限值",
    )


CHECK = Check(
    id="camera.dark_area",
    title=Text("Dark parts", "暗部面积"),
    about=Text(
        "Share of the picture below 10 % luma. Encoders starve dark parts, and viewers see blocks "
        "there.",
        "亮度低于 10% 的画面比例。编码器最先牺牲暗部，观众会在那里看到马赛克。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a lit set", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera stopped down by five stops",
            verdict=Verdict.FAIL,
            faults=("camera.main:exposure=-5stops",),
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
