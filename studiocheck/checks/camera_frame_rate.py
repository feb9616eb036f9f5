"""`camera.frame_rate`: frames that come, and frames that are new, per second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.picture.brightness import luma_percentiles
from studiocheck.measure.picture.frame_rate import FrameRate, frame_rate
from studiocheck.measure.picture.freeze import frozen_rows

_CAPTURE = Text("capture timestamps, least squares", "采集时间戳，最小二乘")
_ARRIVAL = Text("arrival times, ends of the window", "到达时间，取首尾两帧")
_GREEN = 0.99
_MORE_LIGHT = Text(
    "give the set more light; then turn off the camera's low-light mode (exposure priority, "
    "automatic frame rate) and set its exposure by hand",
    "先给现场补光；再关闭摄像头的低光模式（曝光优先、自动帧率），手动设定曝光",
)
_LOST = Text(
    "frames get lost on the way: plug the camera straight into a USB 3 port of its own, away from "
    "other cameras; then try a shorter cable",
    "传输途中丢帧：把摄像头直接插到单独的 USB 3 口，不与其他摄像头共用集线器；再换短线试试",
)
_FROZEN = Text(
    "wave a hand before the lens; if the picture stands, restart the camera or replug its cable",
    "在镜头前挥手；若画面不动，就重启摄像头或重新插线",
)


_DARK_PERCENT = 25.0
"""Median luma below which a picture is dark enough for a camera to lengthen its exposure."""


def _assess(case: Case) -> Assessment:
    clip = case.moving_clip
    series, arrival = clip.series, clip.camera.clock == "arrival"
    found = frame_rate(
        series.captured_s, series.sequence, series.identical, seen=series.seen, arrival=arrival
    )
    clock = _ARRIVAL if arrival else _CAPTURE
    new = Text("{clock}; no repeats", "{clock}；不计重复帧").fill(clock=clock)
    slow = found.delivered_fps < _GREEN * case.targets.video.fps
    dark = _exposure_lengthened(clip, case.targets.video.fps) if slow else None
    frozen = int(frozen_rows(series.captured_s, series.identical, series.seen).sum())
    said = [_counted(clip, found)]
    if slow:
        said.insert(0, _expected(case.targets.video.fps, found.delivered_fps))
    if dark is not None:
        said.append(dark)
    if frozen:
        said.append(
            Text(
                f"{frozen} of the repeats are a picture that stood: see camera.freeze",
                f"其中 {frozen} 帧是画面静止：见 camera.freeze",
            )
        )
    return Assessment(
        measurements=[
            Measurement.of(
                "frame_rate", found.delivered_fps, "fps", clock, found.uncertainty_fps, found.n
            ),
            Measurement.of(
                "unique_rate", found.unique_fps, "fps", new, found.unique_uncertainty_fps, found.n
            ),
        ],
        note=joined(said),
        advice=_advised(found, case.targets.video.fps, dark=dark is not None, frozen=frozen > 0),
    )


def _advised(found: FrameRate, nominal_fps: float, *, dark: bool, frozen: bool) -> Text | None:
    """Return what to touch where more is known than that the rate is low."""
    slow = found.delivered_fps < _GREEN * nominal_fps
    if dark:
        return _MORE_LIGHT
    if frozen and not slow:
        return _FROZEN
    if slow and found.missing and _sensor_fps(found, found.missing) >= _GREEN * nominal_fps:
        return _LOST
    return None


def _sensor_fps(found: FrameRate, missing: int) -> float:
    """Return the rate of the camera's clock, as if nothing had been lost."""
    return found.delivered_fps * (found.n - 1 + missing) / (found.n - 1)


def _expected(nominal_fps: float, delivered_fps: float) -> Text:
    return Text(
        f"expected {nominal_fps:g} fps, delivered {delivered_fps:.4g}",
        f"计划 {nominal_fps:g} fps，实际 {delivered_fps:.4g} fps",
    )


def _exposure_lengthened(clip: ClipEvidence, nominal_fps: float) -> Text | None:
    """Return the cause of a low rate, where the camera's settings and picture show it."""
    if clip.controls is None:
        return None
    now = {**clip.controls.found, **clip.controls.held, **clip.controls.after}
    if not now.get("auto_exposure_priority"):
        return None
    exposure_s = now.get("exposure", 0) / 1e4
    if exposure_s > 1 / nominal_fps:
        return Text(
            f"the camera lengthens its exposure in the dark: 1/{1 / exposure_s:.0f} s, where "
            f"{nominal_fps:g} fps leaves 1/{nominal_fps:g} s",
            f"光线太暗，摄像头自动延长了曝光：现为 1/{1 / exposure_s:.0f} 秒，"
            f"而 {nominal_fps:g} fps 最多容许 1/{nominal_fps:g} 秒",
        )
    median = luma_percentiles(clip.histogram, (50,))[0]
    if median < _DARK_PERCENT:
        return Text(
            f"the picture is dark (median luma {median:.0f} %) and the camera may lower its rate "
            "to lengthen its exposure",
            f"画面偏暗（亮度中位数 {median:.0f}%），摄像头可能自动降帧以延长曝光",
        )
    return None


def _counted(clip: ClipEvidence, found: FrameRate) -> Text:
    repeated, torn = int(clip.series.identical[1:].sum()), len(clip.torn_s)
    if found.missing is None and clip.camera.clock == "arrival":
        return Text(
            f"{found.n} frames, {repeated} repeated; the camera gives no timestamps, so only "
            "arrival here was timed and lost frames cannot be counted",
            f"共 {found.n} 帧，重复 {repeated} 帧；摄像头不提供时间戳，"
            "只能按到达时间计算，无法统计丢帧",
        )
    if found.missing is None:
        return Text(
            f"{found.n} frames, {repeated} repeated; the rate changed on the way",
            f"共 {found.n} 帧，重复 {repeated} 帧；采集中途帧率变了",
        )
    if torn:
        return Text(
            f"{found.n} frames, {found.missing} missing, {repeated} repeated; {torn} came torn "
            "and do not count",
            f"共 {found.n} 帧，缺 {found.missing} 帧，重复 {repeated} 帧；"
            f"另有 {torn} 帧残缺，不计入",
        )
    return Text(
        f"{found.n} frames, {found.missing} missing, {repeated} repeated",
        f"共 {found.n} 帧，缺 {found.missing} 帧，重复 {repeated} 帧",
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    nominal = targets.video.fps
    limit = Limit(minimum=0.95 * nominal, warn_minimum=_GREEN * nominal)
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
        "set the camera to the planned rate; turn off its low-light mode (automatic frame rate) "
        "and give it more light; then plug it straight into a USB 3 port",
        "把摄像头设成计划帧率；关闭低光模式（自动帧率）并补光；再把它直接插到 USB 3 口",
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
            says="a camera that halves its rate in the dark",
            verdict=Verdict.FAIL,
            faults=("camera.main:lowlight",),
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
