"""`net.contention`: what the other programs of this computer send, and which they are."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence

import numpy as np

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Traffic, Upload
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import Sender, TrafficEvidence, UploadEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.network.goodput import upload_goodput

_COUNTED = Text(
    "counters of the interface while studiocheck was silent, headers included",
    "studiocheck 静默时网口计数器，含包头",
)
_OF_THE_LINE = Text(
    "of what the line carries: the other uploads and one connection of ours",
    "占线路总上行（其他上传加本机测得的单连接速率）",
)
_OF_THE_STREAM = Text(
    "of the planned stream, as the upload was not measured", "未测得上行速率，按计划码率计算"
)
_WORTH_NAMING = 0.1
_INSIDE = {"lo", "lo0"}


def _assess(case: Case) -> Assessment:
    seen = case.traffic
    if seen.interface in _INSIDE:
        raise NotAsked(
            Text(
                "the target is this computer itself: what programs tell each other takes no uplink",
                "目标就是本机：程序之间的本机通信不占用上行",
            ),
            optional=True,
        )
    others = float(np.mean(seen.sent_mbit_s))
    spread = None
    if len(seen.sent_mbit_s) > 1:
        spread = 2 * float(np.std(seen.sent_mbit_s, ddof=1)) / math.sqrt(len(seen.sent_mbit_s))
    measured_mbit_s = _measured(case)
    if measured_mbit_s is not None:
        share, method = others / (others + measured_mbit_s), _OF_THE_LINE
    else:
        share, method = others / case.targets.stream.bitrate_mbit_s, _OF_THE_STREAM
    return Assessment(
        measurements=[
            Measurement.of(
                "other_upload", others, "Mbit/s", _COUNTED, spread, len(seen.sent_mbit_s)
            ),
            Measurement.of("other_share", 100 * share, "%", method),
        ],
        note=_note(seen, others),
        advice=_stop(_named(seen, others), others),
    )


def _measured(case: Case) -> float | None:
    """Return what we ourselves got beside them, Mbit/s; None where that is unknown."""
    captured = case.captured.get(Upload)
    seen = captured.evidence if captured is not None else None
    if not isinstance(seen, UploadEvidence):
        return None
    if seen.summary_mbit_s is not None:
        return seen.summary_mbit_s
    rates = []
    for course in (seen, seen.together):  # several connections get what loss keeps from one
        if course is not None and course.stopped != "cut":
            with contextlib.suppress(Unmeasurable):
                rates.append(case.once(upload_goodput, course).median_mbit_s)
    return max(rates, default=None)


def _named(seen: TrafficEvidence, others_mbit_s: float) -> list[Sender]:
    """Return the programs that make up a part of it, or all that may where rates are unknown."""
    return [
        sender
        for sender in seen.senders
        if sender.mbit_s is None or sender.mbit_s >= _WORTH_NAMING * others_mbit_s
    ]


def _list(senders: Sequence[Sender]) -> Text:
    en = [
        f"{one.name} (pid {one.pid}, {one.mbit_s:.1f} Mbit/s)"
        if one.mbit_s is not None
        else f"{one.name} (pid {one.pid})"
        for one in senders
    ]
    return Text(", ".join(en), "、".join(one.replace(" (", "（").replace(")", "）") for one in en))


def _note(seen: TrafficEvidence, others_mbit_s: float) -> Text:
    """Say who sends; nothing to speak of needs no name."""
    watched = Text(
        f"watched for {seen.seconds:.1f} s on {seen.interface}",
        f"在 {seen.interface} 上观察 {seen.seconds:.1f} 秒",
    )
    senders = [one for one in _named(seen, others_mbit_s) if one.mbit_s is not None]
    if not senders or others_mbit_s < _WORTH_NAMING:
        return watched
    return Text("{who}; {watched}", "{who}；{watched}").fill(who=_list(senders), watched=watched)


def _stop(senders: Sequence[Sender], others_mbit_s: float) -> Text:
    if not senders:
        return Text(
            f"something sends {others_mbit_s:.1f} Mbit/s and the system does not tell what: pause "
            "cloud backup, photo synchronisation, updates and file sharing, then check again",
            f"有程序正在上传 {others_mbit_s:.1f} Mbit/s，系统未告知是哪个："
            "请暂停网盘备份、相册同步、系统更新和文件共享，再重新检查",
        )
    if senders[0].mbit_s is None:
        return Text(
            "one of these sends: {who}; close what the show does not need, then check again",
            "以下程序之一正在上传：{who}；请关闭直播不需要的，再重新检查",
        ).fill(who=_list(senders))
    return Text(
        "stop the upload of {who}, then check again", "请停止 {who} 的上传，再重新检查"
    ).fill(who=_list(senders))


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: headroom of a half is planned for surprises of the line, a fifth of it "
        "given away to a program is no surprise",
        "经验值：余量是留给线路波动的，不该让其他程序占去两成",
    )
    return {"other_share": Default(Limit(maximum=20, warn_maximum=5), rule, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "stop the other uploads of this computer: cloud backup, updates, file sharing",
        "请停止本机的其他上传：网盘备份、系统更新、文件共享",
    )


CHECK = Check(
    id="net.contention",
    title=Text("Other uploads", "其他上传"),
    about=Text(
        "What the other programs of this computer send through the interface of the show; those of "
        "other computers in the room cannot be seen from here.",
        "本机其他程序在直播网口上的上传流量；现场其他设备的上传在本机看不到。",
    ),
    scope=Scope.UPLINK,
    needs=(Traffic(), Upload()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="nothing else sends", verdict=Verdict.PASS),
        Example(
            says="a program sends 2 of 20 Mbit/s",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:traffic=2",),
        ),
        Example(
            says="a cloud backup takes a third of the line",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:traffic=7",),
        ),
        Example(
            says="a system that does not tell",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.primary:unreadable",),
        ),
    ),
)
