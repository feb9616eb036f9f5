"""Goes to an ingest that speaks SRT, and turns back before a stream is named."""

from __future__ import annotations

import contextlib
import random
import socket
import time

from studiocheck.core.capture import Report
from studiocheck.core.errors import NetworkRefused, Problem, SourceError, SourceTimeout
from studiocheck.core.evidence import Captured
from studiocheck.core.network import IngestEvidence
from studiocheck.core.text import Text
from studiocheck.sources.bounded import SLICE_S
from studiocheck.sources.broadcast.ingest_address import IngestAddress
from studiocheck.sources.network.connection import Address, resolve
from studiocheck.sources.network.interface import tie
from studiocheck.wire import srt_handshake

ANSWER_S = 3.0
"""How long a listener may take, all questions together."""
_AGAIN_S = 0.5
_DNS_S = 5.0
_ADVICE = Text(
    "check host and port of the ingest and that it listens for SRT; then whether a firewall "
    "blocks UDP",
    "请检查推流地址的主机和端口、对端是否在监听 SRT，以及防火墙是否拦截 UDP",
)


def reach_srt(address: IngestAddress, interface: str | None, report: Report) -> Captured:
    """Ask an ingest for SRT's first answer; no stream is named, none begins.

    Parameters
    ----------
    address : IngestAddress
        Where to.
    interface : str, optional
        The interface to use; the system's choice if absent.
    report : callable
        Sign of life.

    Returns
    -------
    Captured
        `IngestEvidence` of the steps ``dns`` and ``handshake``, and the problem of the one that
        failed.
    """
    steps_ms: dict[str, float] = {}
    step = "dns"
    try:
        began = time.perf_counter()
        found = resolve(address.host, address.port, _DNS_S, lambda: report(0.0))
        steps_ms[step] = 1000 * (time.perf_counter() - began)
        step = "handshake"
        steps_ms[step] = _answer_ms(address, found[0], interface, report)
    except SourceError as error:
        refused = isinstance(error, NetworkRefused) and step != "dns"
        said = IngestEvidence(target=address.shown, steps_ms=steps_ms, step=step, refused=refused)
        return Captured(said, Problem.of(error))
    return Captured(IngestEvidence(target=address.shown, steps_ms=steps_ms))


def _answer_ms(address: IngestAddress, at: Address, interface: str | None, report: Report) -> float:
    """Return how long the answer took, ms; raises `SourceError`."""
    family, where = at
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            if interface is not None:
                tie(sock, interface)
            sock.connect(where)
            took_s = _ask(sock, report)
    except ConnectionRefusedError as error:
        raise NetworkRefused(
            Text(
                f"nobody listens at {address.shown} (step handshake)",
                f"{address.shown} 没有程序在监听（步骤：handshake）",
            ),
            _ADVICE,
        ) from error
    except OSError as error:
        raise NetworkRefused(
            Text(
                f"there is no way to {address.shown}: {error.strerror} (step handshake)",
                f"无法到达 {address.shown}：{error.strerror}（步骤：handshake）",
            ),
            _ADVICE,
        ) from error
    if took_s is None:
        raise SourceTimeout(
            Text(
                f"{address.shown} did not answer within {ANSWER_S:.0f} s (step handshake)",
                f"{address.shown} 在 {ANSWER_S:.0f} 秒内没有应答（步骤：handshake）",
            ),
            _ADVICE,
        )
    return 1000 * took_s


def _ask(sock: socket.socket, report: Report) -> float | None:
    """Return how long the answer took, s; None when there was none. Datagrams may be lost."""
    chance = random.SystemRandom()
    own, first = chance.randrange(1, 1 << 31), chance.randrange(1 << 31)
    end = time.monotonic() + ANSWER_S
    while (now := time.monotonic()) < end:
        asked = time.perf_counter()
        sock.send(srt_handshake.induction(own, first))
        again = min(end, now + _AGAIN_S)
        while (left := again - time.monotonic()) > 0:
            sock.settimeout(min(SLICE_S, left))
            report(0.0)
            with contextlib.suppress(TimeoutError):
                if srt_handshake.is_answer(sock.recv(2048), own):
                    return time.perf_counter() - asked
    return None
