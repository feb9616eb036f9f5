"""`net.upload`: what one connection carries, steadily: that is what a stream is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT, Unmeasurable
from studiocheck.core.evidence import Link, Upload
from studiocheck.core.link_advice import EITHER, link_advice
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import UploadEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.network.goodput import (
    Goodput,
    cut_goodput,
    together_goodput,
    upload_goodput,
)

_HEADROOM = 1.5
_MANY_RETRANSMITTED = 0.002
_ALONE = 0.8
"""One connection gets this share of what several do, or something holds it back."""
_HALF = 0.5
_LEAST_STREAM_MBIT_S = 0.5
_FREE_THE_LINE = Text(
    "{first}; stop every other upload (cloud backup, phones, updates) and measure again; otherwise "
    "switch to the backup line",
    "{first}；停止其他上传（网盘备份、手机、系统更新）后再测；仍不足请切换备用线路",
)
_LOSS = Text(
    "{first}; if it still loses packets switch to the backup line and tell the provider",
    "{first}；仍丢包请切换备用线路，并联系宽带运营商",
)
_LOSS_OR_DISTANCE = Text(
    "choose a server that is nearer; {first}; otherwise switch to the backup line",
    "请选择更近的服务器；{first}；仍不行请切换备用线路",
)
_STEADY_WAY = Text(
    "{first} and measure again; the test broadcast shows whether the stream gets through",
    "{first}，然后重测；能否稳定推流以测试推流为准",
)
_COUNTED = {
    True: Text("acknowledged bytes", "已确认的字节"),
    False: Text("bytes the socket took", "已交给系统的字节"),
}
_CUT = Text(
    "check cable, router and modem lamps now and run the check again; if it is cut again, go on "
    "air over the backup line",
    "请立即检查网线、路由器和光猫指示灯并重新检查；若再次中断，请改用备用线路开播",
)


def _assess(case: Case) -> Assessment:
    captured = case.capture(Upload)
    problem, evidence = captured.problem, captured.evidence
    if problem is not None and problem.code in NO_WAY_OUT and evidence is None:
        return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    if not isinstance(evidence, UploadEvidence):
        evidence = case.upload
    planned = case.targets.stream.bitrate_mbit_s
    if evidence.progress == "summary":
        return _summary(evidence, planned)
    if evidence.stopped == "cut":
        return _cut(evidence, planned)
    found, several = upload_goodput(evidence), together_goodput(evidence)
    note, advice = _explained(found, several, evidence, link_advice(case))
    return Assessment(
        measurements=_measurements(_with_room(found, several), evidence, planned),
        verdict=Verdict.FAIL if _loses_the_stream(found, several, planned) else Verdict.PASS,
        note=note,
        advice=_with_bitrate(advice, found, planned),
    )


def _loses_the_stream(found: Goodput, several: Goodput | None, planned_mbit_s: float) -> bool:
    """Return whether loss keeps one connection from what the line has, and the stream needs it.

    How much a lossy line gives one connection changes from second to second, so that its interval
    is wide; that it gives less than half of what several get is sure.
    """
    return (
        several is not None
        and (found.retransmitted_share or 0.0) > _MANY_RETRANSMITTED
        and found.median_mbit_s < _HALF * several.median_mbit_s
        and found.median_mbit_s < _HEADROOM * planned_mbit_s
    )


def _with_room(found: Goodput, several: Goodput | None) -> Goodput:
    """Widen the uncertainty of a rate that still rose to what the line is known to carry."""
    if several is None or not found.rising:
        return found
    reach = several.median_mbit_s + several.median_uncertainty_mbit_s - found.median_mbit_s
    widened = max(found.median_uncertainty_mbit_s, reach)
    return replace(found, median_uncertainty_mbit_s=widened)


def _cut(evidence: UploadEvidence, planned_mbit_s: float) -> Assessment:
    before, after_s = cut_goodput(evidence)
    return Assessment(
        # where it was too short for a rate, that it was cut is what matters
        measurements=_measurements(before, evidence, planned_mbit_s) if before else [],
        verdict=Verdict.FAIL,
        note=Text(
            f"the connection was cut after {after_s:.1f} s", f"连接在 {after_s:.1f} 秒后中断"
        ),
        advice=_CUT,
    )


def _summary(evidence: UploadEvidence, planned_mbit_s: float) -> Assessment:
    mean = evidence.summary_mbit_s
    if mean is None:
        raise Unmeasurable(
            Text(f"{evidence.backend} gave no figure", f"{evidence.backend} 没有给出结果")
        )
    method = Text(
        f"{evidence.backend}, average over several connections",
        f"{evidence.backend}，多个连接的平均值",
    )
    return Assessment(
        measurements=[
            Measurement.of("upload_median", mean, "Mbit/s", method),
            Measurement.of("headroom", mean / planned_mbit_s, "", _over(planned_mbit_s)),
        ],
        verdict=Verdict.MARGINAL,
        note=Text(
            f"an average of {evidence.backend} over several connections: it hides dips and loss, "
            f"so it cannot be green",
            f"这是 {evidence.backend} 多连接的平均值，看不出掉速和丢包，因此不能算通过",
        ),
        advice=Text(
            "set an https:// or tcp:// address as the target of this uplink for a real verdict",
            "请为该上行设置 https:// 或 tcp:// 目标，才能得出可靠结论",
        ),
    )


def _over(planned_mbit_s: float) -> Text:
    return Text(
        f"over the stream's {planned_mbit_s:g} Mbit/s", f"与推流码率 {planned_mbit_s:g} Mbit/s 之比"
    )


def _measurements(
    found: Goodput, evidence: UploadEvidence, planned_mbit_s: float
) -> list[Measurement]:
    method = Text(
        "one connection, {counted}, 250 ms windows after {start:.1f} s of start-up",
        "单个连接，{counted}，起步 {start:.1f} 秒后按 250 毫秒分窗",
    ).fill(counted=_COUNTED[evidence.progress == "kernel"], start=found.startup_s)
    return [
        Measurement.of(
            "upload_median", found.median_mbit_s, "Mbit/s", method,
            found.median_uncertainty_mbit_s, found.windows,
        ),
        Measurement.of(
            "upload_p5", found.p5_mbit_s, "Mbit/s", method,
            found.p5_uncertainty_mbit_s, found.windows,
        ),
        Measurement.of(
            "headroom", found.median_mbit_s / planned_mbit_s, "",
            _over(planned_mbit_s),
            found.median_uncertainty_mbit_s / planned_mbit_s, found.windows,
        ),
    ]  # fmt: skip


def _explained(
    found: Goodput, several: Goodput | None, evidence: UploadEvidence, first: Text
) -> tuple[Text | None, Text]:
    """Return what stands behind the figure and what to do about it, as far as it shows."""
    free = _FREE_THE_LINE.fill(first=first)
    share = found.retransmitted_share
    lossy = share is not None and share > _MANY_RETRANSMITTED
    if found.rising:
        return (
            Text(
                f"at least {found.median_mbit_s:.1f} Mbit/s: it still rose when the time was over, "
                f"as it does where delays vary",
                f"至少 {found.median_mbit_s:.1f} Mbit/s：测试结束时仍在上升，时延抖动大时会这样",
            ),
            _STEADY_WAY.fill(first=first),
        )
    if several is not None and found.median_mbit_s < _ALONE * several.median_mbit_s:
        why = Text("loss", "丢包") if lossy else Text("loss or distance", "丢包或距离远")
        return (
            Text(
                f"the line has {several.median_mbit_s:.0f} Mbit/s, one connection gets "
                f"{found.median_mbit_s:.1f}: {{why}}, not bandwidth",
                f"线路有 {several.median_mbit_s:.0f} Mbit/s，单个连接只有 "
                f"{found.median_mbit_s:.1f}：原因是{{why}}，不是带宽",
            ).fill(why=why),
            (_LOSS if lossy else _LOSS_OR_DISTANCE).fill(first=first),
        )
    if share is not None and lossy:
        return Text(
            f"{100 * share:.1f} % of the segments were sent again: the line loses packets",
            f"{100 * share:.1f}% 的数据段被重传：线路有丢包",
        ), free
    if evidence.progress == "socket":
        return Text(
            "this system does not tell what arrived; counted is what was handed to it",
            "本系统无法得知实际到达量，统计的是已交给系统的数据",
        ), free
    return None, free


def _defaults(targets: Targets) -> Mapping[str, Default]:
    planned = targets.stream.bitrate_mbit_s
    return {
        "upload_median": Default(
            Limit(minimum=9.5, warn_minimum=10),
            Text(
                "the room's rule: 10 Mbit/s upload; a line sold as 10 carries 9.6 of payload",
                "直播间要求上行 10 Mbit/s；标称 10 的线路有效载荷为 9.6",
            ),
            "Mbit/s",
        ),
        "headroom": Default(
            Limit(minimum=1.2, warn_minimum=_HEADROOM),
            Text(
                "OBS: plan with 70–75 % of the measured rate; 80 % is the most anybody advises",
                "OBS 建议码率不超过实测的 70–75%，最宽松的建议为 80%",
            ),
            "",
        ),
        "upload_p5": Default(
            Limit(warn_minimum=planned),
            Text(
                "below the stream's own bitrate its buffer fills",
                "低于推流码率时推流缓冲会堆积",
            ),
            "Mbit/s",
        ),
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return _FREE_THE_LINE.fill(first=EITHER)


def _with_bitrate(advice: Text, found: Goodput, planned_mbit_s: float) -> Text:
    """Add the bitrate that the line carries with room to spare, in its dips too."""
    if found.rising or found.median_mbit_s >= _HEADROOM * planned_mbit_s:
        return advice  # there is nothing to gain from a stream that is smaller yet
    bitrate = math.floor(10 * min(found.median_mbit_s / _HEADROOM, found.p5_mbit_s)) / 10
    if bitrate < _LEAST_STREAM_MBIT_S:
        return advice
    return Text(
        f"{advice.en}; until then lower the stream to {bitrate:.1f} Mbit/s",
        f"{advice.zh}；在此之前请把推流码率降到 {bitrate:.1f} Mbit/s",
    )


CHECK = Check(
    id="net.upload",
    title=Text("Upload", "上行带宽"),
    about=Text(
        "What a single connection delivers once it is up to speed: a stream is one connection, and "
        "a test over many hides loss.",
        "单个连接稳定后的实际上传速率；推流只用一个连接，多连接测速会掩盖丢包。",
    ),
    scope=Scope.UPLINK,
    needs=(Upload(4.0), Link()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="20 Mbit/s", verdict=Verdict.PASS),
        Example(says="6 Mbit/s", verdict=Verdict.FAIL, faults=("uplink.primary:rate=6",)),
        Example(
            says="a line sold as 10 Mbit/s, headers deducted",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:rate=9.7",),
        ),
        Example(
            says="1 % of all packets lost: 20 Mbit/s to many connections, 5 to one",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:loss=1%",),
        ),
        Example(says="cut after a second", verdict=Verdict.FAIL, faults=("uplink.primary:cut@1s",)),
        Example(
            says="the far end refuses", verdict=Verdict.FAIL, faults=("uplink.primary:refuse",)
        ),
        Example(
            says="a system that does not let us",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:unreadable",),
        ),
    ),
)
