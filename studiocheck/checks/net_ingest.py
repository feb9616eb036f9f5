"""`net.ingest`: whether the server that takes the show answers, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT, NotAsked, Problem, Unmeasurable
from studiocheck.core.evidence import Ingest, Link
from studiocheck.core.link_advice import EITHER, link_advice
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import IngestEvidence
from studiocheck.core.studio import Targets, has_ingest
from studiocheck.core.text import Text

_SLOW_MS = 1500.0
_FAR = Text(
    "choose an ingest of the platform that is nearer; {first}; a slow dns step is cured by another "
    "DNS server, for example the router's",
    "请选择更近的推流服务器；{first}；若慢在 dns 一步，请更换 DNS 服务器，例如改用路由器的",
)


def _assess(case: Case) -> Assessment:
    captured = case.capture(Ingest)
    evidence, problem = captured.evidence, captured.problem
    if problem is not None and problem.code == "library":
        raise NotAsked(problem.message, optional=True, advice=problem.advice)
    if problem is not None and problem.code not in NO_WAY_OUT:
        raise Unmeasurable(problem.message, problem.advice)
    if not isinstance(evidence, IngestEvidence):
        problem = problem or Problem("evidence", Text("wrong evidence", "证据类型不符"))
        raise Unmeasurable(problem.message, problem.advice)
    steps = [
        Measurement.of(step, took_ms, "ms", Text("one connection", "一次连接"))
        for step, took_ms in evidence.steps_ms.items()
    ]
    if problem is not None:
        return Assessment(
            measurements=steps, verdict=Verdict.FAIL, note=problem.message, advice=problem.advice
        )
    total = Measurement.of(
        "ingest_total", sum(evidence.steps_ms.values()), "ms",
        Text("all steps of one connection", "一次连接的全部步骤"),
    )  # fmt: skip
    return Assessment(
        measurements=[total, *steps],
        note=_note(evidence),
        advice=_FAR.fill(first=link_advice(case)),
    )


def _note(evidence: IngestEvidence) -> Text:
    if evidence.ours:
        return Text(
            f"{evidence.target} answers: a test server of studiocheck, nothing goes on air",
            f"{evidence.target} 应答正常：是 studiocheck 测试服务器，不会开播",
        )
    return Text(
        f"{evidence.target} answers; nothing was published",
        f"{evidence.target} 应答正常；未推流",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "ingest_total": Default(
            Limit(warn_maximum=_SLOW_MS),
            Text(
                "a good line needs 0.3 s; beyond 1.5 s a reconnection in the show is seen",
                "正常线路约 0.3 秒；超过 1.5 秒时，播出中断线重连会被观众察觉",
            ),
            "ms",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return _FAR.fill(first=EITHER)


CHECK = Check(
    id="net.ingest",
    title=Text("Ingest", "推流服务器"),
    about=Text(
        "Goes to the server that takes the show as the encoder does (name, TCP, TLS, RTMP "
        "handshake, application), and stops before anything is published.",
        "像编码器一样逐步连接推流服务器（域名、TCP、TLS、RTMP 握手、应用），在推流之前停下。",
    ),
    scope=Scope.UPLINK,
    needs=(Ingest(), Link()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=has_ingest,
    blocker=True,
    examples=(
        Example(says="an ingest that answers", verdict=Verdict.PASS, scene="broadcast"),
        Example(
            says="the application does not exist",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:badapp",),
            scene="broadcast",
        ),
        Example(
            says="a server that says nothing",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:silent",),
            scene="broadcast",
        ),
        Example(
            says="no RTMP server at all",
            verdict=Verdict.FAIL,
            faults=("uplink.primary:noingest",),
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
