"""The way to the far end of an uplink: its name, the first hop, the connection."""

from __future__ import annotations

import contextlib
import math
import time
from ipaddress import ip_address

import numpy as np
import psutil

from studiocheck.core.capture import Report
from studiocheck.core.errors import Problem, SourceError, SourceTimeout
from studiocheck.core.evidence import Captured
from studiocheck.core.network import RouteEvidence
from studiocheck.sources.bounded import bounded
from studiocheck.sources.network.connection import Address, Endpoint, connect, resolve
from studiocheck.sources.network.gateway import answer_ms, gateway_to, hardware_of
from studiocheck.sources.network.interface import interface_of
from studiocheck.sources.network.link import way_to

TIMES = 3
_LOOKUP_S = 2.5
_HOP_S = 8.0


def route_to(endpoint: Endpoint, report: Report) -> Captured:
    """Look a name up, connect to it, and see whether the first hop answers, each a few times.

    Parameters
    ----------
    endpoint : Endpoint
        The far end. Nothing is sent to it.
    report : callable
        Told how far this is.

    Returns
    -------
    Captured
        `RouteEvidence`, and beside it the problem of the step that failed.
    """
    dns_ms, addresses, failure = _looked_up(endpoint, report)
    connect_ms: list[float] = []
    where: Address | None = None
    if failure is None:
        connect_ms, where, failure = _connected(endpoint, report)
    towards = where or next(iter(addresses), None)
    hop: str | None = None
    hop_ms: float | None = None
    hop_mac: str | None = None
    # tools of the system are asked for it, and it is no reason to fail
    with contextlib.suppress(OSError, SourceError, psutil.Error):
        hop, hop_ms, hop_mac = bounded(
            lambda: _first_hop(endpoint, towards), _HOP_S, lambda: report(0.9)
        )
    report(1.0)
    evidence = RouteEvidence(
        target=str(endpoint),
        dns_ms=np.array(dns_ms),
        connect_ms=np.array(connect_ms),
        address=where[1][0] if where else None,
        gateway=hop,
        gateway_ms=hop_ms,
        gateway_mac=hop_mac,
        step="" if where else "tcp" if addresses else "dns",
    )
    return Captured(evidence, Problem.of(failure) if failure else None)


def _looked_up(
    endpoint: Endpoint, report: Report
) -> tuple[list[float], list[Address], SourceError | None]:
    """Look the name up; no names for a target that is an address. Silence is asked only once."""
    if _is_address(endpoint.host):
        return [], resolve(endpoint.host, endpoint.port, _LOOKUP_S), None
    times_ms: list[float] = []
    found: list[Address] = []
    failure: SourceError | None = None
    for place in range(TIMES):
        began = time.perf_counter()
        try:
            found = resolve(endpoint.host, endpoint.port, _LOOKUP_S, lambda: report(0.0))
            times_ms.append(1000 * (time.perf_counter() - began))
        except SourceError as error:
            times_ms.append(math.nan)
            failure = error
            if isinstance(error, SourceTimeout):
                break
        report(place / (2 * TIMES))
    return times_ms, found, None if found else failure


def _connected(
    endpoint: Endpoint, report: Report
) -> tuple[list[float], Address | None, SourceError | None]:
    """Connect a few times; what does not come about at first is not tried again."""
    times_ms: list[float] = []
    where: Address | None = None
    for place in range(TIMES):
        try:
            connection = connect(endpoint, lambda: report(0.5), where)
        except SourceError as error:
            times_ms.append(math.nan)
            return times_ms, where, None if where else error
        where = where or connection.address
        times_ms.append(connection.steps_ms["tcp"])
        connection.abort()
        report((TIMES + place) / (2 * TIMES))
    return times_ms, where, None


def _first_hop(
    endpoint: Endpoint, where: Address | None
) -> tuple[str | None, float | None, str | None]:
    """Return the first hop on the way, how fast it answers, ms, and its hardware address."""
    named = endpoint.interface
    address, own = way_to([where] if where else [], named)
    if address is None or own is None:
        return None, None, None
    interface = named or interface_of(own)
    hop = gateway_to(address, interface, own)
    if hop is None:
        return None, None, None
    answered_ms = answer_ms(hop, named)
    return hop, answered_ms, hardware_of(hop, interface)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
