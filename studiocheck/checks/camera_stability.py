"""`camera.stability`: whether the camera stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.stability import stability

_SHAKE = Text(
    "Lucas–Kanade on the background, at 1920 px of width",
    "背景 Lucas–Kanade 配准，按 1920 像素宽计",
)
_DRIFT = Text("straight line through the positions", "位置的直线拟合")


def _assess(case: Case) -> Assessment:
    clip = case.moving_clip
    series = clip.series
    rows = series.watched
    size = (clip.camera.width, clip.camera.height)
    found = stability(series.grid[rows], series.captured_s[rows], size)
    background = round(100 * found.background)
    return Assessment(
        measurements=[
            Measurement.of(
                "shake_rms",
                found.shake_rms_px,
                "px",
                _SHAKE,
                found.shake_uncertainty_px,
                found.frames,
            ),
            Measurement.of(
                "drift",
                found.drift_px,
                "px",
                _DRIFT,
                found.drift_uncertainty_px,
                found.frames,
            ),
        ],
        note=Text(
            f"{background} % of the picture served as background",
            f"以画面的 {background}% 作为背景参照",
        ),
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    limit = Limit(maximum=2.0, warn_maximum=0.5)
    shake = Text(
        "the camera stands on a tripod and does not shake; half a pixel is a rule of thumb",
        "摄像头应固定在三脚架上、不抖动；半个像素为经验值",
    )
    drift = Text(
        "rule of thumb: a head that sinks this far in a few seconds leaves the shot in a show",
        "经验值：几秒内移动这么多，一场直播下来会偏离构图",
    )
    return {"shake_rms": Default(limit, shake, "px"), "drift": Default(limit, drift, "px")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    moved = {m.name for m in measurements if exceeded(m)}
    if moved == {"drift"}:
        return Text(
            "the camera sinks or turns: tighten the tripod head and take the pull of the cable "
            "off it",
            "摄像头在缓慢下沉或转动：拧紧云台，并固定好线缆，别让它拉着摄像头",
        )
    return Text(
        "tighten the tripod and its head, keep fans and feet off it, and switch the lens's "
        "stabiliser off on a tripod",
        "拧紧三脚架和云台，避开风扇和走动；上三脚架时关闭镜头防抖",
    )


CHECK = Check(
    id="camera.stability",
    title=Text("Stability", "机位稳定"),
    about=Text(
        "How far the background moves: shake around its place and even drift over the clip, in "
        "pixels of a picture 1920 wide. Who moves before the camera does not count.",
        "背景移动了多少：来回抖动和缓慢漂移，按 1920 像素宽的画面计。主播的动作不算。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a camera on a tripod", verdict=Verdict.PASS, role="main"),
        Example(
            says="a tripod on a floor that people walk on",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:shake=1px",),
            role="main",
        ),
        Example(
            says="a camera held by hand",
            verdict=Verdict.FAIL,
            faults=("camera.main:shake=3px",),
            role="main",
        ),
        Example(
            says="a black picture shows no movement",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:black",),
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
