"""Causes behind several findings on uplinks: where on the way to the ingest to look. Pure.

The nearer end comes first: cable, router, name, other programs, Wi-Fi, and then the line itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Link, LinkAfter, Need, Route, Traffic
from studiocheck.core.measurement import Verdict
from studiocheck.core.network import LinkEvidence, RouteEvidence, TrafficEvidence
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.causes import Captures, Rule, diagnosis, is_bad, is_low, measured, where
from studiocheck.engine.device_keys import DeviceKey

SPARE = "net.spare"
"""What to do beside the cause of a failure, whatever that is."""

E = TypeVar("E")
_BAD = (Verdict.FAIL, Verdict.MARGINAL)
_RATE = ("net.upload", "net.broadcast", "net.stability")
_LOSS = ("net.loss", "net.broadcast", "net.stability")
_TROUBLE = ("net.upload", "net.loss", "net.delay", "net.broadcast", "net.stability")
_CARRIES_THE_SHOW = ("net.link", "net.path", "net.upload", "net.ingest", "net.broadcast")
_NEEDS_A_WAY = ("net.path", "net.upload", "net.loss", "net.delay", "net.ingest",
                "net.broadcast", "net.stability", "net.backup")  # fmt: skip


def _seen(role: str, need: type[Need], kind: type[E], captures: Captures) -> E | None:
    found = captures.get(DeviceKey(Scope.UPLINK, role), {}).get(need)
    return found.evidence if found is not None and isinstance(found.evidence, kind) else None


def _of(
    findings: Sequence[Finding], role: str, checks: Sequence[str], *verdicts: Verdict
) -> list[int]:
    """Return the positions of what is bad in some checks of one uplink."""
    hits = (i for check in checks for i in where(findings, check, *verdicts))
    return [i for i in hits if findings[i].role == role]


def _loses(finding: Finding) -> bool:
    """Return whether an uplink surely loses packets; a slow one may just have sent too few."""
    again = measured(finding, "retransmitted")
    most = again.limit.warn_maximum if again is not None and again.limit is not None else None
    return (
        finding.verdict is Verdict.FAIL
        or is_low(finding, "one_to_four")
        or (again is not None and most is not None and again.value > most)
    )


def _no_link(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """A link that is down explains everything that would go through it."""
    found = []
    for i in where(findings, "net.link", Verdict.FAIL):
        role = findings[i].role
        link = _seen(role, Link, LinkEvidence, captures)
        follows = _of(findings, role, _NEEDS_A_WAY)
        if follows and (link is None or not link.up):
            text = Text(
                f"uplink {role} has no working link: cable, switch port, then the router",
                f"上行网络 {role} 链路不通：依次检查网线、交换机端口、路由器",
            )
            found.append(diagnosis("net.no_link", text, [i, *follows]))
    return found


def _went_away(role: str, captures: Captures) -> bool:
    after = captures.get(DeviceKey(Scope.UPLINK, role), {}).get(LinkAfter)
    return after is not None and after.problem is not None and after.problem.code == "gone"


def _cable(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """A plug that is loose, or frames that are damaged, and what the stream loses for it."""
    found = []
    for i in where(findings, "net.link", *_BAD):
        role = findings[i].role
        follows = _of(findings, role, _TROUBLE)
        count = {
            name: m.value
            for name in ("link_changes", "new_errors")
            if (m := measured(findings[i], name)) is not None and is_bad(findings[i], name)
        }
        gone = _went_away(role, captures)
        if not follows or not (count or gone):
            continue
        seen = Text("the link went down while it was used", "链路在使用中断开过")
        if "link_changes" not in count and not gone:
            errors = f"{count['new_errors']:.0f}"
            seen = Text(f"{errors} damaged frames", f"{errors} 个坏帧")
        text = Text(
            f"uplink {role} fails between this computer and the switch ({seen.en}): push the plugs "
            "in or change the network cable first, then the port of the switch",
            f"上行网络 {role} 在电脑到交换机之间就有问题（{seen.zh}）："
            "先插紧或更换网线，再换交换机端口",
        )
        found.append(diagnosis("net.cable", text, [i, *follows]))
    return found


def _everywhere(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """No uplink gets to its target: the router that they share, or else the target itself."""
    paths = [i for i, f in enumerate(findings) if f.check == "net.path"]
    hits = where(findings, "net.path", Verdict.FAIL)
    if len(paths) < 2 or hits != paths:
        return []
    routes = [_seen(findings[i].role, Route, RouteEvidence, captures) for i in hits]
    steps = {route.step for route in routes if route is not None}
    routers = {route.gateway_mac or route.gateway for route in routes if route is not None}
    targets = {route.target for route in routes if route is not None}
    follows = [j for i in hits for j in _of(findings, findings[i].role, _NEEDS_A_WAY[1:])]
    if None in routes or len(steps) != 1:
        return []
    if len(routers) == 1:
        text = Text(
            "all uplinks end at the same place: restart modem and router and wait two minutes, "
            "then call the provider",
            "所有上行都断在同一处：先重启光猫和路由器并等两分钟，再联系运营商",
        )
        return [diagnosis("net.router", text, [*hits, *follows])]
    if len(targets) == 1:
        target = targets.pop()
        text = Text(
            f"no uplink reaches {target}, by different routers: it is the target, not the "
            "lines; look whether it is up, and take another ingest of the platform",
            f"各条线路走不同路由器都到不了同一目标 {target}："
            "问题在目标而不在线路；请确认它是否在运行，或换平台的其他推流节点",
        )
        return [diagnosis("net.target", text, [*hits, *follows])]
    return []


def _no_names(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """The router is there and names are not: everything that needs the name fails with it."""
    found = []
    for i in where(findings, "net.path", Verdict.FAIL):
        role = findings[i].role
        route = _seen(role, Route, RouteEvidence, captures)
        follows = _of(findings, role, _NEEDS_A_WAY[1:])
        alive = route is not None and route.step == "dns" and route.gateway_ms is not None
        if alive and follows:
            text = Text(
                f"uplink {role}: the router answers and names do not resolve (DNS): check the "
                "spelling of the target, then enter another DNS server on this computer",
                f"上行网络 {role}：路由器正常，域名无法解析（DNS）："
                "先核对目标拼写，再给本机换一个 DNS 服务器",
            )
            found.append(diagnosis("net.dns", text, [i, *follows]))
    return found


def _no_way(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """What cannot be reached cannot be measured either: the way's own words say what to do."""
    found = []
    for i in where(findings, "net.path", Verdict.FAIL):
        finding = findings[i]
        follows = _of(findings, finding.role, _NEEDS_A_WAY[1:])
        if follows and finding.note and finding.advice:
            text = Text("{what}: {do}", "{what}：{do}").fill(what=finding.note, do=finding.advice)
            found.append(diagnosis("net.no_way", text, [i, *follows]))
    return found


def _program(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """Another program sends, and the stream gets too little or waits behind it."""
    found = []
    for i in where(findings, "net.contention", *_BAD):
        role = findings[i].role
        traffic = _seen(role, Traffic, TrafficEvidence, captures)
        follows = _of(findings, role, (*_RATE, "net.delay"), *_BAD)
        if not follows:
            continue
        who = next(iter(traffic.senders), None) if traffic is not None else None
        others = measured(findings[i], "other_upload")
        rate = f" ({others.value:.1f} Mbit/s)" if others is not None else ""
        name = Text(f"{who.name} (pid {who.pid})", f"{who.name}（pid {who.pid}）") if who else None
        text = Text(
            f"{{who}} takes the line{rate}: stop its upload first, then check again",
            f"{{who}} 占用了上行{rate}：先停止它的上传，再重新检查",
        ).fill(who=name or Text("another program of this computer", "本机的其他程序"))
        found.append(diagnosis("net.program", text, [i, *follows]))
    return found


def _wireless(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """The stream goes through the air, and suffers there."""
    found = []
    for i in where(findings, "net.link", Verdict.MARGINAL):
        role = findings[i].role
        link = _seen(role, Link, LinkEvidence, captures)
        follows = [
            j
            for j in _of(findings, role, (*_LOSS, "net.delay"), *_BAD)
            if findings[j].check != "net.loss" or _loses(findings[j])
        ]
        if link is None or link.medium != "wireless" or not follows:
            continue
        text = Text(
            f"uplink {role} loses packets on Wi-Fi: plug in a network cable first; without one "
            "bring the computer within sight of the access point, on 5 GHz, and take phones off it",
            f"上行网络 {role} 在 Wi-Fi 上丢包：先插网线；没有网线时让电脑靠近无线路由器、"
            "改用 5 GHz，并让手机下线",
        )
        upload = _of(findings, role, ("net.upload",), *_BAD)
        found.append(diagnosis("net.wifi", text, [i, *follows, *upload]))
    return found


def _lossy_line(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Several connections get what one does not: loss or distance, not bandwidth."""
    found = []
    for i in where(findings, "net.loss", *_BAD):
        role = findings[i].role
        follows = _of(findings, role, _RATE, *_BAD)
        if not follows or not _loses(findings[i]):
            continue
        one = next((measured(findings[j], "upload_median") for j in follows), None)
        ratio = measured(findings[i], "one_to_four")
        figures = Text(f"uplink {role}", f"上行网络 {role}")
        if one is not None and ratio is not None and is_low(findings[i], "one_to_four"):
            line = one.value / ratio.value
            figures = Text(
                f"the line of uplink {role} has {line:.0f} Mbit/s and one connection gets "
                f"{one.value:.1f}",
                f"上行网络 {role} 的线路有 {line:.0f} Mbit/s，单个连接只有 {one.value:.1f}",
            )
        text = Text(
            "{figures}: packets are lost on the way, more bandwidth would not help; change the "
            "cable, then the port of the router, then go on air over the backup line and tell the "
            "provider",
            "{figures}：途中丢包，加带宽没有用；先换网线，再换路由器网口，"
            "仍丢包就用备用线路开播并报修",
        ).fill(figures=figures)
        found.append(diagnosis("net.lossy_line", text, [i, *follows]))
    return found


def _spare(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """The line of the show fails and the spare works: that is what it is for."""
    spares = [findings[i] for i in where(findings, "net.backup", Verdict.PASS)]
    names = {f.role for f in findings if f.check == "net.backup"}
    hits = [
        i
        for check in _CARRIES_THE_SHOW
        for i in where(findings, check, Verdict.FAIL)
        if findings[i].role not in names
    ]
    if not spares or not hits:
        return []
    spare = spares[0]
    rate = measured(spare, "backup_upload")
    carries = f" ({rate.value:.1f} Mbit/s)" if rate is not None else ""
    text = Text(
        f"the backup line {spare.role} works{carries} and is another way: if uplink "
        f"{findings[hits[0]].role} is not mended in ten minutes, go on air over it",
        f"备用线路 {spare.role} 可用{carries}且走另一条路："
        f"若上行网络 {findings[hits[0]].role} 十分钟内修不好，就用它开播",
    )
    return [diagnosis(SPARE, text, sorted(hits))]


RULES: tuple[Rule, ...] = (
    _no_link, _cable, _everywhere, _no_names, _no_way, _program, _wireless, _lossy_line, _spare,
)  # fmt: skip
"""In the order of the way."""
