"""`camera.frame_rate`: frames that come, and frames that are new, per second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.check import Assessment, Case, Check, Default, Example, Scope, exceeded
from studiocheck.core.evidence import Clip, ClipEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.frame_rate import FrameRate, frame_rate

_CAPTURE = Text("capture timestamps, least squares", "采集时间戳，最小二乘")
_ARRIVAL = Text("arrival times, ends of the window", "到达时间，取首尾两帧")


def _assess(case: Case) -> Assessment:
    clip = case.moving_clip
    series, arrival = clip.series, clip.camera.clock == "arrival"
    found = frame_rate(series.captured_s, series.sequence, series.identical, arrival=arrival)
    clock = _ARRIVAL if arrival else _CAPTURE
    new = Text("{clock}; no repeats", "{clock}；不计重复帧").fill(clock=clock)
    spread, n = found.uncertainty_fps, found.n
    return Assessment(
        measurements=[
            Measurement.of("frame_rate", found.delivered_fps, "fps", clock, spread, n),
            Measurement.of("unique_rate", found.unique_fps, "fps", new, spread, n),
        ],
        note=_note(clip, found),
    )


def _note(clip: ClipEvidence, found: FrameRate) -> Text:
    repeated = int(clip.series.identical[1:].sum())
    if found.missing is None:
        return Text(
            f"{found.n} frames, {repeated} repeated; the camera gives no timestamps, so only "
            "arrival here was timed and lost frames cannot be counted",
            f"共 {found.n} 帧，重复 {repeated} 帧；摄像头不提供时间戳，"
            "只能按到达时间计算，无法统计丢帧",
        )
    return Text(
        f"{found.n} frames, {found.missing} missing, {repeated} repeated",
        f"共 {found.n} 帧，缺 {found.missing} 帧，重复 {repeated} 帧",
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    nominal = targets.video.fps
    limit = Limit(minimum=0.95 * nominal, warn_minimum=0.99 * nominal)
    source = Text(
        "99 % of the planned rate, so that 29.97 passes for 30; fails below 95 %, "
        "where OBS's stats dock warns",
        "计划帧率的 99%（29.97 视同 30）；低于 95% 不通过，与 OBS 统计面板的警戒线一致",
    )
    default = Default(limit, source, "fps")
    return {"frame_rate": default, "unique_rate": default}


def _advice(measurements: Sequence[Measurement]) -> Text:
    slow = {m.name for m in measurements if exceeded(m)}
    if slow == {"unique_rate"}:
        return Text(
            "frames are repeated: set the capture card or camera to the same rate as its source, "
            "and stop whatever converts the rate",
            "画面有重复帧：把采集卡或摄像头的帧率设成与信号源一致，关掉帧率转换",
        )
    return Text(
        "turn off low-light mode (automatic frame rate) on the camera and give it more light; "
        "then plug it straight into a USB 3 port",
        "关闭摄像头的低光模式（自动帧率）并补光；再把它直接插到 USB 3 口",
    )


CHECK = Check(
    id="camera.frame_rate",
    title=Text("Frame rate", "帧率"),
    about=Text(
        "Frames delivered per second by the camera's own clock, and how many of them were new "
        "pictures. Dropped and repeated frames both lower what viewers see.",
        "按摄像头自身时钟计算的每秒送达帧数，以及其中真正的新画面。丢帧和重复帧都会让观众觉得卡。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a steady camera", verdict=Verdict.PASS, role="main"),
        Example(
            says="a camera that gives film rate",
            verdict=Verdict.FAIL,
            faults=("camera.main:fps=24",),
            role="main",
        ),
        Example(
            says="a capture card that repeats every fourth frame",
            verdict=Verdict.FAIL,
            faults=("camera.main:duplicate=25%",),
            role="main",
        ),
        Example(
            says="a camera on a bad cable",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:drop=3%",),
            role="main",
        ),
        Example(
            says="a camera that another program holds",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:busy",),
            role="main",
        ),
    ),
)
