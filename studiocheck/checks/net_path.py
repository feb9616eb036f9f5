"""`net.path`: the way to the target: its name, the router, the connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT, NotAsked, Problem, Unmeasurable
from studiocheck.core.evidence import Route
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import RouteEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_SLOWEST = Text("the slowest of several", "多次中最慢的一次")
_ANSWER = Text("one question to the first hop", "向第一跳询问一次")
_TOTAL = Text("slowest look-up and slowest connection", "最慢解析加最慢连接")


def _assess(case: Case) -> Assessment:
    captured = case.capture(Route)
    seen, problem = captured.evidence, captured.problem
    if problem is not None and problem.code not in NO_WAY_OUT:
        raise Unmeasurable(problem.message, problem.advice)
    if not isinstance(seen, RouteEvidence):
        if problem is None:
            raise Unmeasurable(Text("wrong evidence", "证据类型不符"))
        return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    if not seen.target:
        raise NotAsked(
            Text(
                "this target names no server beforehand: give the uplink the server that the show "
                "goes to (`ingest` in the studio file)",
                "该目标没有固定服务器：请在直播间设备文件中用 `ingest` 写明直播推流服务器",
            ),
            optional=True,
        )
    if problem is not None:
        return _failed(seen, problem)
    lost = int(
        np.count_nonzero(np.isnan(seen.dns_ms)) + np.count_nonzero(np.isnan(seen.connect_ms))
    )
    return Assessment(
        measurements=_measurements(seen),
        verdict=Verdict.MARGINAL if lost else Verdict.PASS,
        note=_note(seen, lost),
        advice=_FLAKY if lost else None,
    )


_FLAKY = Text(
    "what works only sometimes is a bad cable, a weak Wi-Fi or an overloaded router: change the "
    "cable first, then restart the router",
    "时好时坏多半是网线不良、Wi-Fi 信号弱或路由器过载：先换网线，再重启路由器",
)


def _failed(seen: RouteEvidence, problem: Problem) -> Assessment:
    """A step failed; whether the router answers says on which side of it to look."""
    return Assessment(
        measurements=_measurements(seen),
        verdict=Verdict.FAIL,
        note=problem.message,
        # who refuses has been reached
        advice=problem.advice if _refused(seen, problem) else _where(seen) or problem.advice,
    )


def _refused(seen: RouteEvidence, problem: Problem) -> bool:
    return seen.step == "tcp" and problem.code == "refused"


def _where(seen: RouteEvidence) -> Text | None:
    if seen.gateway_ms is None:
        return None
    if seen.step == "dns":
        return Text(
            f"the router {seen.gateway} answers, the name does not resolve: check the spelling of "
            "the target, then set another DNS server on this computer, then restart the router",
            f"路由器 {seen.gateway} 有应答，但域名无法解析：先核对目标拼写，"
            "再给本机换一个 DNS，最后重启路由器",
        )
    return Text(
        f"the router {seen.gateway} answers, so cable and Wi-Fi are fine: look whether a browser "
        "opens any page; if not, restart modem and router and call the provider; if so, check "
        "address and port of the target",
        f"路由器 {seen.gateway} 有应答，网线和 Wi-Fi 正常：先看浏览器能否打开网页；"
        "打不开就重启光猫和路由器并联系运营商；能打开就核对目标的地址和端口",
    )


def _measurements(seen: RouteEvidence) -> list[Measurement]:
    found = []
    parts = []
    for name, times_ms in (("dns", seen.dns_ms), ("connect", seen.connect_ms)):
        known: NDArray[np.float64] = times_ms[~np.isnan(times_ms)]
        if len(known):
            parts.append(float(np.max(known)))
            found.append(Measurement.of(name, parts[-1], "ms", _SLOWEST, n=len(known)))
    if seen.gateway_ms is not None:
        found.append(Measurement.of("gateway_delay", seen.gateway_ms, "ms", _ANSWER, n=1))
    if not seen.step:
        found.append(Measurement.of("path_total", sum(parts), "ms", _TOTAL))
    return found


def _note(seen: RouteEvidence, lost: int) -> Text | None:
    if lost:
        return Text(
            f"{lost} of the look-ups and connections failed, the others worked",
            f"解析和连接中有 {lost} 次失败，其余正常",
        )
    if seen.gateway is None:
        return None
    if seen.gateway_ms is None:  # many routers are told to: that is no fault
        return Text(
            f"by way of {seen.gateway}, which keeps silent", f"经由 {seen.gateway}（不应答）"
        )
    return Text(f"by way of {seen.gateway}", f"经由 {seen.gateway}")


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: a near ingest takes 100 ms; from 1.5 s on encoders give up and reconnect",
        "经验值：就近推流约 100 毫秒；超过 1.5 秒时推流软件容易放弃重连",
    )
    return {"path_total": Default(Limit(maximum=1500, warn_maximum=500), rule, "ms")}


def _advice(measured: Sequence[Measurement]) -> Text:
    value = {m.name: m.value for m in measured}
    if value.get("dns", 0.0) > value.get("connect", 0.0):
        return Text(
            "look-ups are slow: set another DNS server on this computer or in the router, then "
            "restart the router",
            "域名解析慢：在本机或路由器上换一个 DNS，再重启路由器",
        )
    return Text(
        "the server is far away or the line is busy: choose the platform's nearest ingest, and "
        "stop other uploads",
        "服务器太远或线路繁忙：请选平台最近的推流节点，并停止其他上传",
    )


CHECK = Check(
    id="net.path",
    title=Text("Way to the target", "到目标的路径"),
    about=Text(
        "Whether the name of the target resolves, the router answers and the target takes a "
        "connection, and how long each takes.",
        "目标域名能否解析、路由器是否应答、目标能否连上，以及各需多久。",
    ),
    scope=Scope.UPLINK,
    needs=(Route(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a server two cities away", verdict=Verdict.PASS),
        Example(
            says="a DNS server that takes its time",
            verdict=Verdict.MARGINAL,
            faults=("uplink.primary:dns=800ms",),
        ),
        Example(says="no name resolves", verdict=Verdict.FAIL, faults=("uplink.primary:nodns",)),
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
