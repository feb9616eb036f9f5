"""`net.stability`: whether the line carries the planned stream for a minute without a dip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT
from studiocheck.core.evidence import Link, Sustained
from studiocheck.core.link_advice import EITHER, link_advice
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import BroadcastEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.network.dips import ENCODER_DROPS_S, Dips, dips

_METHOD = Text(
    "sent at the planned rate; a dip is a backlog 0.2 s above what key frames cause",
    "按计划码率发送；积压比关键帧造成的多 0.2 秒即为掉速",
)
_DIPS = Text(
    "{first}; ask everybody in the house to stop uploads and run the check again; if the line "
    "still dips, go on air over the backup line or lower the bitrate, and call the provider",
    "{first}；请同一网络的人停止上传，再重新检查；仍掉速请改用备用线路或降低码率，并联系运营商",
)
_CUT = Text(
    "check cable, router and modem lamps now and run the check again; if it breaks again, go on "
    "air over the backup line",
    "请立即检查网线、路由器和光猫指示灯并重新检查；若再次中断，请改用备用线路开播",
)


def _assess(case: Case) -> Assessment:
    captured = case.captured.get(Sustained)
    if captured is not None and captured.evidence is None and captured.problem is not None:
        problem = captured.problem
        if problem.code in NO_WAY_OUT:
            return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    seen = case.sustained
    if seen.stopped != "time":
        return _broken(seen)
    found = dips(
        seen.t_s,
        seen.delivered_bytes,
        seen.backlog_s,
        seen.planned_mbit_s,
        case.targets.stream.keyframe_s,
    )
    return Assessment(
        measurements=_measurements(found),
        note=_note(found),
        advice=_DIPS.fill(first=link_advice(case)),
    )


def _broken(seen: BroadcastEvidence) -> Assessment:
    after_s = float(seen.t_s[-1]) if len(seen.t_s) else 0.0
    stalled = seen.stopped == "stalled"
    return Assessment(
        verdict=Verdict.FAIL,
        note=Text(
            f"after {after_s:.0f} s {'nothing arrived any more' if stalled else 'it was cut'}",
            f"{after_s:.0f} 秒后{'不再有数据到达' if stalled else '连接中断'}",
        ),
        advice=_CUT,
    )


def _measurements(found: Dips) -> list[Measurement]:
    measured = [
        Measurement.of("dips", len(found.dips), "count", _METHOD),
        Measurement.of("backlog_max", found.backlog_s, "s", _METHOD),
    ]
    if found.dips:
        longest_s = max(dip.length_s for dip in found.dips)
        deepest = max(dip.depth for dip in found.dips)
        measured += [
            Measurement.of("longest_dip", longest_s, "s", _METHOD),
            Measurement.of("deepest_dip", 100 * deepest, "%", _METHOD),
        ]
    return measured


def _note(found: Dips) -> Text:
    if not found.dips:
        return Text(
            f"no dip in {found.watched_s:.0f} s at the planned rate",
            f"按计划码率发送 {found.watched_s:.0f} 秒，没有掉速",
        )
    worst = max(found.dips, key=lambda dip: dip.backlog_s)
    drops = Text("; the encoder would drop no frame", "；编码器不会丢帧")
    if found.would_drop_s > 0:
        drops = Text(
            f"; the encoder would drop frames for {found.would_drop_s:.1f} s",
            f"；编码器会丢帧 {found.would_drop_s:.1f} 秒",
        )
    return Text(
        f"worst dip at {worst.began_s:.0f} s: {100 * worst.depth:.0f} % of the rate missing, "
        f"{worst.length_s:.1f} s until it had caught up{drops.en}",
        f"最重的一次在第 {worst.began_s:.0f} 秒：速率低了 {100 * worst.depth:.0f}%，"
        f"{worst.length_s:.1f} 秒后才补上{drops.zh}",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "dips": Default(
            Limit(warn_maximum=0),
            Text("a steady line has none in a minute", "稳定的线路一分钟内没有掉速"),
            "count",
        ),
        "backlog_max": Default(
            Limit(maximum=1.5, warn_maximum=ENCODER_DROPS_S),
            Text(
                "OBS begins to drop frames at 0.7 s; with 1.5 s a viewer's picture stands still",
                "积压 0.7 秒时 OBS 开始丢帧；1.5 秒时观众画面会卡住",
            ),
            "s",
        ),
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return _DIPS.fill(first=EITHER)


CHECK = Check(
    id="net.stability",
    title=Text("Steadiness", "稳定性"),
    about=Text(
        "Whether the line carries the planned rate for a minute: a short test is over before a dip "
        "comes. Only with --thorough.",
        "线路能否连续一分钟承载计划码率：短测试等不到掉速。仅 --thorough 时检查。",
    ),
    scope=Scope.UPLINK,
    needs=(Sustained(), Link()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a steady line", verdict=Verdict.PASS, thorough=True),
        Example(
            says="a line that falls to a quarter of what the stream needs",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:rate=1.5@1s",),
            thorough=True,
        ),
        Example(
            says="nobody asked for the long check",
            verdict=Verdict.SKIPPED,
        ),
        Example(
            says="a system that does not let us",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:unreadable",),
            thorough=True,
        ),
    ),
)
