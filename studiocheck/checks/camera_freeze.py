"""`camera.freeze`: how long the picture stood still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.freeze import longest_still


def _assess(case: Case) -> Assessment:
    series = case.moving_clip.series
    seen = series.seen
    found = longest_still(series.captured_s[seen], series.motion[seen], series.identical[seen])
    still = int(found.still.sum())
    return Assessment(
        measurements=[
            Measurement.of(
                "longest_still",
                found.longest_s,
                "s",
                Text(
                    f"luma change below {found.threshold_dn:.2f} DN, the sensor's noise, "
                    "at 240 × 135",
                    f"240 × 135 缩略图上亮度变化低于 {found.threshold_dn:.2f} DN（传感器噪点）",
                ),
                uncertainty=found.uncertainty_s,
                n=len(found.still),
            )
        ],
        note=Text(
            f"{still} of {len(found.still)} frames showed nothing new",
            f"{len(found.still)} 帧中有 {still} 帧没有变化",
        ),
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "ffmpeg freezedetect calls 2 s a freeze; half a second is seen by viewers (practice)",
        "ffmpeg freezedetect 以 2 秒为冻结；半秒观众就能看出（经验）",
    )
    return {"longest_still": Default(Limit(maximum=2.0, warn_maximum=0.5), source, "s")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "wave a hand before the lens and check again; if the picture still stands, restart the "
        "camera or replug its cable",
        "在镜头前挥手再检查一次；若画面仍不动，就重启摄像头或重新插线",
    )


CHECK = Check(
    id="camera.freeze",
    title=Text("Frozen picture", "画面冻结"),
    about=Text(
        "The longest time without a new picture. A live sensor always has noise; a frozen one "
        "repeats itself exactly, though frames keep coming.",
        "最长多久没有新画面。正常画面总有噪点；冻结的画面一模一样，虽然仍有帧送来。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a live picture", verdict=Verdict.PASS, role="main"),
        Example(
            says="a picture that stands from the second second on",
            verdict=Verdict.FAIL,
            faults=("camera.main:freeze@1s",),
            role="main",
        ),
        Example(
            says="a picture that stands at the very end",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:freeze@4s",),
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
