"""`net.backup`: whether there is a second way out, whether it is another way, what it carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NO_WAY_OUT, NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, Link, Need, Route, Upload
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.network import LinkEvidence, RouteEvidence, UploadEvidence
from studiocheck.core.studio import Role, Studio, Targets, UplinkRole
from studiocheck.core.text import Text
from studiocheck.measure.network.goodput import upload_goodput

_ON_THE_AIR = {"cellular", "phone"}
Captures = Mapping[type[Need], Captured]
Path = Literal["other", "same", "unknown"]
E = TypeVar("E")


def _assess(case: Case) -> Assessment:
    first = next(iter(case.peers.items()), None)
    if first is None:
        raise NotAsked(
            Text(
                "no backup line is declared: add [uplinks.backup] with its own `interface` to the "
                "studio file (a mobile router or a second provider)",
                "未登记备用线路：请在直播间设备文件中添加 [uplinks.backup] 并写明它的 interface"
                "（移动路由器或另一家运营商）",
            ),
            optional=True,
        )
    link = _evidence(case.captured, Link, LinkEvidence)
    if link is None or not link.up:
        return _none(case)
    path, why = _path(case.captured, first[1].captured, first[0])
    if path == "same":
        return Assessment(verdict=Verdict.FAIL, note=why, advice=_elsewhere(link))
    return _carries(case, path, why)


def _none(case: Case) -> Assessment:
    """The backup has no working connection, or nobody lets us see whether it has."""
    problem = case.capture(Link).problem
    if problem is not None and problem.code not in NO_WAY_OUT:
        raise Unmeasurable(problem.message, problem.advice)
    down = Text("the backup line is not connected", "备用线路未连接")
    return Assessment(
        verdict=Verdict.FAIL,
        note=problem.message if problem is not None else down,
        advice=problem.advice if problem is not None else _PLUG_IN,
    )


_PLUG_IN = Text(
    "switch the backup line on and connect it: cable, SIM card, mobile router",
    "请接通备用线路：检查网线、SIM 卡和移动路由器",
)


def _path(own: Captures, first: Captures, name: str) -> tuple[Path, Text]:
    """Return whether two uplinks are two ways, and by what that was told."""
    link, other = _evidence(own, Link, LinkEvidence), _evidence(first, Link, LinkEvidence)
    if link is None or other is None:
        return "unknown", Text(
            f"nothing is known of {name} to compare it with", f"{name} 无数据可比较"
        )
    if link.interface == other.interface:
        return "same", Text(
            f"both lines leave through {link.interface}: pull its cable and both are gone",
            f"两条线路都走 {link.interface}：拔掉它两条都断",
        )
    by_router = _by_router(own, first, link.interface, other.interface)
    if by_router is not None:
        return by_router
    if (link.medium in _ON_THE_AIR) != (other.medium in _ON_THE_AIR):
        return "other", Text(
            f"{link.interface} is not the network that {other.interface} hangs on",
            f"{link.interface} 与 {other.interface} 不是同一类网络",
        )
    return "unknown", Text(
        f"{link.interface} and {other.interface} may lead to the same router",
        f"{link.interface} 和 {other.interface} 可能接在同一台路由器上",
    )


def _by_router(own: Captures, first: Captures, name: str, other: str) -> tuple[Path, Text] | None:
    """Return what the first hops tell; None where they tell nothing.

    Two routers have the same address as often as not: their hardware addresses tell. Those of one
    router's several networks differ in the first or the last part only.
    """
    route, beside = _evidence(own, Route, RouteEvidence), _evidence(first, Route, RouteEvidence)
    if route is None or beside is None:
        return None
    hardware = (route.gateway_mac, beside.gateway_mac)
    if hardware[0] is not None and hardware[0] == hardware[1]:
        return "same", Text(
            f"{name} and {other} lead to the same router {route.gateway}: when it or its provider "
            "fails, both do",
            f"{name} 和 {other} 接的是同一台路由器 {route.gateway}：它或运营商出问题时两条都断",
        )
    if hardware[0] is not None and hardware[1] is not None:
        told_apart = hardware[0][2:-3] != hardware[1][2:-3]
    else:
        told_apart = None not in (route.gateway, beside.gateway) and route.gateway != beside.gateway
    if not told_apart:
        return None
    return "other", Text(
        f"{name} by way of its own router {route.gateway}; whether both share a provider cannot be "
        "seen from here",
        f"{name} 经由自己的路由器 {route.gateway}；是否同一运营商在本机看不到",
    )


def _elsewhere(link: LinkEvidence) -> Text:
    return Text(
        "give the backup a way of its own (a mobile router or a phone by USB, not the Wi-Fi of the "
        f"same router) and write its interface under [uplinks.backup] instead of {link.interface}",
        f"备用线路要走另一条路（移动路由器或手机 USB 共享，不要用同一路由器的 Wi-Fi），"
        f"并在 [uplinks.backup] 中把 {link.interface} 改为它的网口",
    )


_PULL = Text(
    "pull the cable of the primary line for a moment and see whether the backup still works",
    "请暂时拔掉主线路的网线，看备用线路是否仍然可用",
)


def _carries(case: Case, path: Path, why: Text) -> Assessment:
    """Judge what the backup carries, when it is another way or may be one."""
    captured = case.captured.get(Upload)
    if captured is None:
        raise Unmeasurable(
            Text(
                "the backup line has no target, so what it carries is not known",
                "备用线路未设置目标，无法得知其上行速率",
            ),
            Text(
                "give it the target of the primary line in the studio file",
                "请在直播间设备文件中给它设置与主线路相同的 target",
            ),
        )
    problem, seen = captured.problem, captured.evidence
    if problem is not None and problem.code in NO_WAY_OUT:
        return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    if problem is not None or not isinstance(seen, UploadEvidence):
        said = problem.message if problem else Text("wrong evidence", "证据类型不符")
        raise Unmeasurable(said, problem.advice if problem else None)
    if seen.stopped == "cut":
        broke = Text("the backup line broke while it was measured", "备用线路在测量中断开")
        return Assessment(verdict=Verdict.FAIL, note=broke, advice=_PLUG_IN)
    rate_mbit_s, spread = _rate(seen)
    planned = case.targets.stream.bitrate_mbit_s
    return Assessment(
        measurements=[
            Measurement.of("backup_upload", rate_mbit_s, "Mbit/s", _METHOD, spread),
            Measurement.of(
                "backup_headroom",
                rate_mbit_s / planned,
                "",
                Text(
                    f"over the stream's {planned:g} Mbit/s", f"与推流码率 {planned:g} Mbit/s 之比"
                ),
                spread / planned if spread is not None else None,
            ),
        ],
        verdict=Verdict.PASS if path == "other" else Verdict.MARGINAL,
        note=why,
        advice=None if path == "other" else _PULL,
    )


_METHOD = Text("one connection through its own interface", "经其自身网口的单个连接")


def _rate(seen: UploadEvidence) -> tuple[float, float | None]:
    if seen.summary_mbit_s is not None:
        return seen.summary_mbit_s, None
    found = upload_goodput(seen)
    return found.median_mbit_s, found.median_uncertainty_mbit_s


def _evidence(captures: Captures, need: type[Need], kind: type[E]) -> E | None:
    found = captures.get(need)
    return found.evidence if found is not None and isinstance(found.evidence, kind) else None


def _is_backup(binding: Role, studio: Studio, _: Targets) -> bool:
    """Every uplink but the first; the first says how to declare one where it is alone."""
    uplinks = list(studio.uplinks.values())
    return isinstance(binding, UplinkRole) and (len(uplinks) == 1 or binding is not uplinks[0])


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "1.2: the least headroom that a stream is sent with; below a quarter of the bitrate not "
        "even 720p is left",
        "1.2 是推流的最低余量；不足码率的四分之一时连 720p 都推不了",
    )
    return {"backup_headroom": Default(Limit(minimum=0.25, warn_minimum=1.2), rule, "")}


def _advice(measured: Sequence[Measurement]) -> Text:
    rate = next((m.value for m in measured if m.name == "backup_upload"), 0.0)
    return Text(
        f"prepare an encoder profile of {rate / 1.5:.1f} Mbit/s for the backup line, or find one "
        "that carries more: another place for the mobile router, another provider",
        f"请为备用线路准备一个 {rate / 1.5:.1f} Mbit/s 的推流配置，"
        "或换更快的线路：给移动路由器换位置，或换运营商",
    )


CHECK = Check(
    id="net.backup",
    title=Text("Backup line", "备用线路"),
    about=Text(
        "Whether a second way out is connected, leads through another router, and carries the "
        "stream.",
        "是否有第二条出口、走的是不是另一台路由器、能否承载推流。",
    ),
    scope=Scope.UPLINK,
    needs=(Link(), Route(), Upload()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_is_backup,
    with_peers=True,
    examples=(
        Example(says="a mobile router", verdict=Verdict.PASS, scene="two-lines", role="backup"),
        Example(
            says="it carries 4 of the planned 6 Mbit/s",
            verdict=Verdict.MARGINAL,
            faults=("uplink.backup:rate=4",),
            scene="two-lines",
            role="backup",
        ),
        Example(
            says="the Wi-Fi of the same router",
            verdict=Verdict.FAIL,
            faults=("uplink.backup:samepath",),
            scene="two-lines",
            role="backup",
        ),
        Example(
            says="it is switched off",
            verdict=Verdict.FAIL,
            faults=("uplink.backup:cut",),
            scene="two-lines",
            role="backup",
        ),
        Example(
            says="a system that does not let us",
            verdict=Verdict.UNMEASURED,
            faults=("uplink.backup:unreadable",),
            scene="two-lines",
            role="backup",
        ),
        Example(says="a single line", verdict=Verdict.SKIPPED),
    ),
)
