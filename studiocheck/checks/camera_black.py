"""`camera.black`: whether the picture is black."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.black import HOLD_S, dark_share_percent


def _assess(case: Case) -> Assessment:
    series = case.clip.series
    rows = series.watched
    return Assessment(
        measurements=[
            Measurement.of(
                "dark_share",
                dark_share_percent(series.grid[rows], series.captured_s[rows]),
                "%",
                Text(
                    f"luma below 10 %, held for {HOLD_S:g} s",
                    f"亮度低于 10%，持续 {HOLD_S:g} 秒",
                ),
                n=len(rows),
            )
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "ffmpeg blackdetect: 98 % of the picture below 10 % luma",
        "ffmpeg blackdetect：98% 的画面亮度低于 10%",
    )
    return {"dark_share": Default(Limit(maximum=98.0), source, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "take the lens cap off and switch the lights on; then see whether the camera is in standby",
        "取下镜头盖，打开灯光；仍黑屏就看摄像头是否在待机",
    )


CHECK = Check(
    id="camera.black",
    title=Text("Black picture", "黑屏"),
    about=Text(
        "Share of the picture that is dark in the darkest half second: a lens cap, lights that "
        "are off, or a source without signal.",
        "最暗的半秒内暗部占画面的比例：镜头盖没取、灯没开，或信号源没有输出。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a lit picture", verdict=Verdict.PASS, role="main"),
        Example(
            says="a lens cap",
            verdict=Verdict.FAIL,
            faults=("camera.main:black",),
            role="main",
        ),
        Example(
            says="a picture that goes black for the last second",
            verdict=Verdict.FAIL,
            faults=("camera.main:black@4s",),
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
