"""`net.broadcast`: whether the planned stream gets through, sent as the encoder will send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT, NotAsked, Problem, Unmeasurable
from studiocheck.core.evidence import Broadcast, Link
from studiocheck.core.link_advice import EITHER, link_advice
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import BroadcastEvidence, IngestEvidence
from studiocheck.core.studio import Targets, has_ingest, ingest_of
from studiocheck.core.text import Text, joined
from studiocheck.measure.network.backlog import CONGESTED_S, SETTLING_S, Delivery, delivery

_ROOM = 1.3
"""By how much a line must exceed the stream that it is given."""
_LEAST_MBIT_S = 0.5
_OBS = Text(
    "OBS Studio drops frames from 0.7 s of backlog on, whole groups from 0.9 s",
    "OBS 积压超过 0.7 秒开始丢帧，超过 0.9 秒丢整组画面",
)
_COUNTED = {
    "kernel": Text("acknowledged bytes", "已确认的字节"),
    "peer": Text("bytes that the server acknowledged", "服务器确认的字节"),
    "socket": Text("bytes the system took", "已交给系统的字节"),
    "summary": Text("one figure", "单个数值"),
}
_WHY = {
    "own": Text("a test server of studiocheck", "studiocheck 测试服务器"),
    "test": Text("in the platform's test mode", "平台测试模式"),
    "named": Text("as you allowed", "已获您允许"),
}
_SINK = Text("which publishes nothing", "不会播出")
_BLIND = Text(
    "neither this system nor the server tells what arrived: what waits in the system is not seen",
    "本系统和服务器都不告知实际到达量：系统缓冲中的积压看不到",
)
_LINE = Text(
    "{first}; stop every other upload and test again; otherwise go on air over the backup line and "
    "call the provider",
    "{first}；停止其他上传后重测；仍不行请改用备用线路开播，并联系宽带运营商",
)


def _assess(case: Case) -> Assessment:
    captured = case.capture(Broadcast)
    evidence, problem = captured.evidence, captured.problem
    if isinstance(evidence, BroadcastEvidence):
        return _judged(evidence, problem, _LINE.fill(first=link_advice(case)))
    problem = problem or Problem("evidence", Text("wrong evidence", "证据类型不符"))
    if problem.code == "consent":
        raise NotAsked(problem.message, optional=True, advice=problem.advice)
    if problem.code == "library" and (ingest_of(case.uplink) or "").startswith("srt:"):
        raise NotAsked(problem.message, optional=True, advice=problem.advice)
    at_publish = isinstance(evidence, IngestEvidence) and evidence.step == "publish"
    if problem.code in NO_WAY_OUT and at_publish:
        return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    raise Unmeasurable(problem.message, problem.advice)


def _judged(evidence: BroadcastEvidence, problem: Problem | None, line: Text) -> Assessment:
    if problem is not None or evidence.stopped == "refused":
        return Assessment(
            measurements=_if_long_enough(evidence),
            verdict=Verdict.FAIL,
            note=problem.message if problem else Text("refused", "被拒绝"),
            advice=problem.advice if problem else line,
        )
    if evidence.stopped in {"cut", "stalled"}:
        return Assessment(
            measurements=_if_long_enough(evidence),
            verdict=Verdict.FAIL,
            note=_how_it_ended(evidence),
            advice=line,
        )
    found = delivery(evidence)
    behind = found.noticed_s is not None or found.growth is not None
    return Assessment(
        measurements=_measurements(found, evidence),
        verdict=Verdict.PASS if found.growth is None else Verdict.FAIL,
        note=_note(found, evidence),
        advice=_lower(found, line) if behind else line,
    )


def _if_long_enough(evidence: BroadcastEvidence) -> list[Measurement]:
    try:
        return _measurements(delivery(evidence), evidence)
    except Unmeasurable:
        return []


def _how_it_ended(evidence: BroadcastEvidence) -> Text:
    end_s = float(evidence.t_s[-1]) if len(evidence.t_s) else 0.0
    if evidence.stopped == "cut":
        return Text(f"the stream was cut after {end_s:.1f} s", f"推流 {end_s:.1f} 秒后中断")
    quiet_s = end_s - float(evidence.backlog_s[-1]) if len(evidence.backlog_s) else 0.0
    return Text(
        f"nothing arrived any more from {quiet_s:.1f} s on",
        f"从第 {quiet_s:.1f} 秒起数据不再到达",
    )


def _measurements(found: Delivery, evidence: BroadcastEvidence) -> list[Measurement]:
    method = Text(
        f"{evidence.planned_mbit_s:g} Mbit/s for {evidence.t_s[-1]:.0f} s, "
        f"{{counted}}, after {SETTLING_S:g} s",
        f"{evidence.planned_mbit_s:g} Mbit/s 推流 {evidence.t_s[-1]:.0f} 秒，"
        f"{{counted}}，{SETTLING_S:g} 秒后起算",
    ).fill(counted=_COUNTED[evidence.progress])
    spread_s = found.resolution_s
    measured = [
        Measurement.of("backlog_max", found.backlog_max_s, "s", method, spread_s),
        Measurement.of("backlog_end", found.backlog_end_s, "s", method, spread_s),
        Measurement.of(
            "frame_delay_p95", found.frame_delay_p95_ms, "ms", method, 1000 * spread_s, found.frames
        ),
        Measurement.of("longest_quiet", found.longest_quiet_s, "s", method, spread_s),
    ]
    if found.retransmitted is not None:
        spread = found.retransmitted_uncertainty
        measured.append(
            Measurement.of(
                "retransmitted", 100 * found.retransmitted, "%", method,
                None if spread is None else 100 * spread,
            )
        )  # fmt: skip
    if found.noticed_s is not None:
        measured.append(Measurement.of("noticed", found.noticed_s, "s", method, spread_s))
    return measured


def _note(found: Delivery, evidence: BroadcastEvidence) -> Text:
    if found.growth is not None:
        return Text(
            f"the line does not keep up: the stream falls behind by {1000 * found.growth:.0f} ms "
            "every second",
            f"线路跟不上：推流每秒多积压 {1000 * found.growth:.0f} 毫秒",
        )
    if found.noticed_s is not None:
        return Text(
            f"the stream fell {found.backlog_max_s:.1f} s behind, first seen at "
            f"{found.noticed_s:.1f} s",
            f"推流积压达 {found.backlog_max_s:.1f} 秒，最早在第 {found.noticed_s:.1f} 秒发现",
        )
    where = Text("to {target}, {why}", "推往 {target}，{why}").fill(
        target=evidence.ingest.target, why=_WHY.get(evidence.consent or "", _SINK)
    )
    if evidence.progress == "socket":
        return joined([where, _BLIND])
    return where


def _lower(found: Delivery, line: Text) -> Text:
    """Return what to do about a line that carries less than the stream."""
    bitrate = (found.carried_mbit_s or 0.0) / _ROOM
    recovered = found.growth is None and found.backlog_end_s <= CONGESTED_S
    if bitrate < _LEAST_MBIT_S or recovered:
        return line  # it recovered, or carries nothing: a smaller stream is no cure
    return Text(
        f"lower the stream to {bitrate:.1f} Mbit/s: {found.carried_mbit_s:.1f} got through; "
        f"or {line.en}",
        f"请把推流码率降到 {bitrate:.1f} Mbit/s（实际送达 {found.carried_mbit_s:.1f}）；"
        f"或{line.zh.removeprefix('请')}",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    delay = Text(
        "a tight line that still works shows 0.3–0.5 s; OBS Studio drops frames at 0.7–0.9 s",
        "勉强够用的线路为 0.3–0.5 秒；OBS 在 0.7–0.9 秒开始丢帧",
    )
    quiet = Text(
        "players hold some seconds; half a second of silence is seen in the encoder's buffer",
        "播放端一般缓冲数秒；编码器缓冲半秒收不到确认就会显现",
    )
    loss = Text("a clean line sends less than 0.2 % again", "干净线路的重传低于 0.2%")
    return {
        "backlog_max": Default(Limit(warn_maximum=CONGESTED_S, maximum=1.5), _OBS, "s"),
        "backlog_end": Default(Limit(maximum=CONGESTED_S), _OBS, "s"),
        "frame_delay_p95": Default(Limit(warn_maximum=400, maximum=1000), delay, "ms"),
        "longest_quiet": Default(Limit(warn_maximum=0.5, maximum=2), quiet, "s"),
        "retransmitted": Default(Limit(warn_maximum=0.2), loss, "%"),
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return _LINE.fill(first=EITHER)


CHECK = Check(
    id="net.broadcast",
    title=Text("Test broadcast", "测试推流"),
    about=Text(
        "Sends the planned stream for some seconds where it cannot go on air, and watches how far "
        "it falls behind: a speed test does not tell whether a steady stream gets through.",
        "在不会开播的前提下按计划码率推流十几秒，观察积压：测速快不等于推流稳。",
    ),
    scope=Scope.UPLINK,
    needs=(Broadcast(), Link()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=has_ingest,
    blocker=True,
    examples=(
        Example(says="a line with room to spare", verdict=Verdict.PASS, scene="broadcast"),
        Example(
            says="a line that is too small",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:rate=3",),
            scene="broadcast",
        ),
        Example(
            says="a key that is not taken",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:badkey",),
            scene="broadcast",
        ),
        Example(
            says="a server that says yes and hangs up",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:hangup",),
            scene="broadcast",
        ),
        Example(
            says="a platform where a test could go on air",
            verdict=Verdict.SKIPPED,
            faults=("uplink.primary:foreign",),
            scene="broadcast",
        ),
        Example(
            says="a system that does not let us",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:unreadable",),
            scene="broadcast",
        ),
    ),
)
