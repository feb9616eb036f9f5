"""What surrounds a simulated upload: name, router, and what other programs send."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from studiocheck.core.errors import DeviceGone, NetworkRefused, Problem, SourceError, SourceTimeout
from studiocheck.core.evidence import Captured
from studiocheck.core.network import RouteEvidence, Sender, TrafficEvidence
from studiocheck.core.text import Text
from studiocheck.simulator.models import UplinkModel
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.shaped_port import round_trip_s

_HOST = "ingest.simulated"
_SLICE_S = 0.1
_CHATTER_MBIT_S = 0.02
_CACHED = 0.05
_ROUTER_MS = 0.6
_PID = 4321


def first_hop(scene: Scene, role: str) -> tuple[str, str]:
    """Return address and hardware address of the router that an uplink of a scene leads to."""
    place = list(scene.uplinks).index(role)
    if scene.at(0.0).uplinks[role].same_path:
        place = 0
    return f"192.168.{place + 1}.1", f"02:00:00:{place + 1:02x}:00:01"


def own_address(scene: Scene, role: str) -> str:
    """Return the address of the simulated computer on an uplink."""
    place = list(scene.uplinks).index(role)
    return f"{first_hop(scene, role)[0].removesuffix('1')}{10 + place}"


def blocked(scene: Scene, role: str) -> Captured | None:
    """Return what a way shows that ends before the far end; None for one that gets there."""
    uplink = scene.at(0.0).uplinks[role]
    if uplink.cut:
        gone = DeviceGone(
            Text("this computer has no network connection", "本机没有网络连接"),
            Text("plug the network cable in", "请插好网线"),
        )
        return _failed(uplink, RouteEvidence(target=_HOST, step="dns"), gone)
    if uplink.no_names:
        seen = _with_router(scene, role, RouteEvidence(target=_HOST))
        return _failed(uplink, seen, unknown_name())
    if uplink.blackhole:
        silent = SourceTimeout(
            Text(
                f"{_HOST} did not answer within 5 s (step tcp)",
                f"{_HOST} 在 5 秒内没有应答（步骤：TCP）",
            ),
            Text("check cable and router", "请检查网线和路由器"),
        )
        seen = RouteEvidence(target=_HOST, dns_ms=_look_ups(uplink), connect_ms=np.array([np.nan]))
        return _failed(uplink, _with_router(scene, role, seen), silent)
    return None


def dressed(scene: Scene, role: str, measured: Captured) -> Captured:
    """Add to the way to a port of this computer what loopback cannot show."""
    uplink, seen = scene.at(0.0).uplinks[role], measured.evidence
    if not isinstance(seen, RouteEvidence):
        return measured
    longer = replace(
        seen,
        target=_HOST,
        dns_ms=_look_ups(uplink),
        connect_ms=seen.connect_ms + 1000 * round_trip_s(uplink),
    )
    return replace(measured, evidence=_with_router(scene, role, longer))


def traffic(scene: Scene, role: str, seconds: float) -> TrafficEvidence:
    """Return what the other programs of the simulated computer send; nobody waits for it."""
    uplink = scene.at(0.0).uplinks[role]
    rng = random.Random(f"{scene.seed} {role} traffic")
    slices = max(2, round(seconds / _SLICE_S))
    uneven = np.array([rng.uniform(0.9, 1.1) for _ in range(slices)])
    busy = uplink.others_mbit_s > 0
    return TrafficEvidence(
        interface=f"sim-{role}",
        seconds=slices * _SLICE_S,
        sent_mbit_s=uplink.others_mbit_s * uneven / uneven.mean() + _CHATTER_MBIT_S,
        received_mbit_s=np.full(slices, 2 * _CHATTER_MBIT_S),
        senders=(Sender(name=uplink.sender, pid=_PID, mbit_s=uplink.others_mbit_s),) * busy,
    )


def unknown_name() -> NetworkRefused:
    """Return the error that stands for a name that cannot be looked up."""
    return NetworkRefused(
        Text(f"the name {_HOST} cannot be resolved", f"域名 {_HOST} 无法解析"),
        Text("check the DNS server this computer uses", "请检查本机的 DNS 设置"),
    )


def _failed(uplink: UplinkModel, evidence: RouteEvidence, error: SourceError) -> Captured:
    step = "tcp" if uplink.blackhole else "dns"
    dns_ms = evidence.dns_ms if len(evidence.dns_ms) else np.full(3, np.nan)
    return Captured(replace(evidence, step=step, dns_ms=dns_ms), Problem.of(error))


def _with_router(scene: Scene, role: str, evidence: RouteEvidence) -> RouteEvidence:
    address, hardware = first_hop(scene, role)
    return replace(evidence, gateway=address, gateway_ms=_ROUTER_MS, gateway_mac=hardware)


def _look_ups(uplink: UplinkModel) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The first asks far away, those after it the cache."""
    return uplink.dns_ms * np.array([1.0, _CACHED, _CACHED])
