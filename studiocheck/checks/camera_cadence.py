"""`camera.cadence`: frames lost, frames repeated, and how evenly they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.picture.cadence import Cadence, cadence

_LAG_WORTH_SAYING_S = 0.1

_BY_NUMBER = Text("gaps in the driver's frame numbers", "驱动帧序号的缺口")
_BY_TIME = Text("empty slots of the camera's clock", "摄像头时钟上的空位")
_REPEATS = Text("frames equal to the one before", "与前一帧完全相同的帧")
_BOTH = Text("lost and repeated frames together", "丢帧与重复帧合计")
_EVEN = Text("distance of capture times from an even clock", "采集时间与均匀时钟的偏差")
_EVEN_ARRIVAL = Text("distance of arrival times from an even clock", "到达时间与均匀时钟的偏差")
_GAP = Text("longest time between two frames", "相邻两帧的最长间隔")

_CABLE = Text(
    "frames come torn: change the USB cable for a short one and plug it straight into the computer",
    "有残缺帧：换一根短的 USB 线，并直接插到电脑上",
)
_NO_CLOCK = Text(
    "let the camera's own driver or RTSP deliver it instead of plain HTTP, so that each frame "
    "carries its capture time",
    "改用摄像头自带驱动或 RTSP，不用普通 HTTP，让每帧都带采集时间",
)
_STANDS = Text(
    "wave a hand before the lens and check again; if the picture still stands, see to "
    "camera.freeze first",
    "在镜头前挥手再检查一次；若画面仍不动，请先处理 camera.freeze",
)


def _assess(case: Case) -> Assessment:
    clip = case.moving_clip
    found = cadence(clip.series, clip.torn_s, clip.camera.clock)
    known = found.lost is not None and found.repeated is not None
    advice = _CABLE if found.torn else None
    if found.lost is None:
        advice = _NO_CLOCK
    elif found.repeated is None:
        advice = _STANDS
    return Assessment(
        measurements=_measurements(found, clip),
        verdict=Verdict.PASS if known else Verdict.UNMEASURED,
        note=_note(found, clip),
        advice=advice,
    )


def _measurements(found: Cadence, clip: ClipEvidence) -> list[Measurement]:
    numbered = bool(len(clip.series)) and clip.series.sequence.min() >= 0
    arrival = clip.camera.clock == "arrival"
    lost, repeated, ticks = found.lost, found.repeated, found.ticks
    open_lost, open_repeats = found.percent(found.open_frames), found.percent(found.repeated_spread)
    rates: list[tuple[str, int, Text, float]] = []
    if lost is not None and repeated is not None:
        both = (open_lost**2 + open_repeats**2) ** 0.5
        rates.append(("stutter_rate", lost + repeated, _BOTH, both))
    if lost is not None:
        rates.append(("drop_rate", lost, _BY_NUMBER if numbered else _BY_TIME, open_lost))
    if repeated is not None:
        rates.append(("duplicate_rate", repeated, _REPEATS, open_repeats))
    jitter = _EVEN_ARRIVAL if arrival else _EVEN
    return [
        *(
            Measurement.of(name, found.percent(frames), "%", method, open_share, ticks)
            for name, frames, method, open_share in rates
        ),
        Measurement.of("jitter_p99", 1000 * found.jitter_p99_s, "ms", jitter, n=found.came),
        Measurement.of("longest_gap", 1000 * found.longest_gap_s, "ms", _GAP, n=found.came),
    ]


def _note(found: Cadence, clip: ClipEvidence) -> Text:
    said = [_counted(found), *_of_the_picture(found), *_of_the_clock(found, clip)]
    return joined([*said, *_of_this_computer(found, clip)])


def _counted(found: Cadence) -> Text:
    if found.lost is None:
        return Text(f"{found.came} frames came", f"收到 {found.came} 帧")
    counted = Text(
        f"of {found.ticks} frames {found.lost} lost", f"应有 {found.ticks} 帧，丢失 {found.lost} 帧"
    )
    if found.repeated is not None:
        counted = Text(
            f"{counted.en}, {found.repeated} repeated", f"{counted.zh}，重复 {found.repeated} 帧"
        )
    if found.torn:
        return joined(
            [
                counted,
                Text(
                    f"{found.torn} of the lost came torn: the cable",
                    f"丢失的帧中有 {found.torn} 帧残缺：线材问题",
                ),
            ]
        )
    if found.lost or found.repeated or found.repeated is None:
        return counted
    # none of n: the exact binomial bound is 1 − 0.05^(1/n), close to 3/n
    below = 300 / found.ticks
    return joined(
        [
            counted,
            Text(
                f"over a long show that is below {below:.1f} % (95 %)",
                f"据此推算整场低于 {below:.1f}%（95% 置信）",
            ),
        ]
    )


def _of_the_picture(found: Cadence) -> list[Text]:
    if not found.frozen:
        return []
    return [
        Text(
            f"{found.frozen} frames of a picture that stood are not counted as repeats: see "
            "camera.freeze",
            f"另有 {found.frozen} 帧画面静止不动，不算重复帧：见 camera.freeze",
        )
    ]


def _of_the_clock(found: Cadence, clip: ClipEvidence) -> list[Text]:
    if found.lost is not None:
        return []
    if clip.camera.clock == "arrival":
        return [
            Text(
                "the camera gives no timestamps, so lost frames cannot be known and the jitter is "
                "the network's",
                "摄像头不提供时间戳，无法得知丢帧，抖动来自网络",
            )
        ]
    return [
        Text(
            "the rate changed on the way, so lost frames cannot be told from slower ones",
            "采集中途帧率变了，无法区分丢帧与变慢",
        )
    ]


def _of_this_computer(found: Cadence, clip: ClipEvidence) -> list[Text]:
    lag_s = float(clip.series.lag_s.max(initial=0.0))
    said = []
    if found.unseen or lag_s > _LAG_WORTH_SAYING_S:
        said.append(
            Text(
                f"this computer lagged up to {lag_s:.1f} s and did not look at {found.unseen} "
                "frames; the camera is not to blame",
                f"本机处理最多滞后 {lag_s:.1f} 秒，有 {found.unseen} 帧没来得及看；与摄像头无关",
            )
        )
    if found.untaken:
        said.append(
            Text(
                f"{found.untaken} more frames were dropped because this computer did not take "
                "them in time; they are not counted",
                f"另有 {found.untaken} 帧因本机未及时取走而丢弃，不计入丢帧",
            )
        )
    return said


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "the show must stutter in less than 0.5 % of its frames; 2 % is a rule of thumb",
        "直播卡顿应低于 0.5%；2% 为经验值",
    )
    limit = Limit(maximum=2.0, warn_maximum=0.5)
    return {"stutter_rate": Default(limit, source, "%")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    rate = {m.name: m.value for m in measurements}
    if rate.get("duplicate_rate", 0.0) > rate.get("drop_rate", 0.0):
        return Text(
            "set the capture card or camera to the same rate as its source, and stop whatever "
            "converts the rate",
            "把采集卡或摄像头的帧率设成与信号源一致，关掉帧率转换",
        )
    return Text(
        "plug the camera straight into a USB 3 port of its own, away from other cameras; then "
        "try a shorter cable",
        "把摄像头直接插到单独的 USB 3 口，不与其他摄像头共用集线器；再换短线试试",
    )


CHECK = Check(
    id="camera.cadence",
    title=Text("Cadence", "帧节奏"),
    about=Text(
        "Frames lost and frames repeated, as shares of all that there should have been, and how "
        "evenly they come. Each of them is a stutter that viewers see.",
        "丢失帧和重复帧各占应有帧数的比例，以及帧到来得是否均匀。每一帧都是观众看得到的卡顿。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a steady camera", verdict=Verdict.PASS, role="main"),
        Example(
            says="uneven times are no lost frames",
            verdict=Verdict.PASS,
            faults=("camera.main:jitter=8ms",),
            role="main",
        ),
        Example(
            says="a camera on a bad cable",
            verdict=Verdict.MARGINAL,
            faults=("camera.main:drop=3%",),
            role="main",
        ),
        Example(
            says="a camera on an overloaded hub",
            verdict=Verdict.FAIL,
            faults=("camera.main:drop=8%",),
            role="main",
        ),
        Example(
            says="a cable that tears frames",
            verdict=Verdict.FAIL,
            faults=("camera.main:torn=5%",),
            role="main",
        ),
        Example(
            says="a capture card that repeats frames",
            verdict=Verdict.FAIL,
            faults=("camera.main:duplicate=10%",),
            role="main",
        ),
        Example(
            says="a frozen picture hides whether frames repeat",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:freeze@1s",),
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
