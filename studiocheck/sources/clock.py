"""The clock of this computer: what its kernel says of it, and what a time server says."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import socket
import sys
import time
from dataclasses import replace

from studiocheck.core.capture import Enough, Report
from studiocheck.core.errors import SourceError, Unmeasurable
from studiocheck.core.evidence import ClockEvidence
from studiocheck.core.text import Text
from studiocheck.sources.bounded import SLICE_S
from studiocheck.sources.network.connection import Address, resolve
from studiocheck.wire import sntp

_LOOKUP_S = 2.0
_ANSWER_S = 1.0
_TIMES = 2
_TIME_ERROR = 5  # adjtimex's return value, and the flag in its status, of a clock nobody keeps
_STA_UNSYNC = 0x40
_NO_ANSWER = Text(
    "the time server {server} did not answer (UDP port 123 may be closed)",
    "时间服务器 {server} 没有应答（可能 UDP 123 端口被封）",
)


class _Timex(ctypes.Structure):
    """The head of Linux's ``struct timex`` (adjtimex(2)) and room for what follows."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 32),
    )


def clock(server: str | None, report: Report) -> ClockEvidence:
    """Find out how far this computer's clock is off.

    Parameters
    ----------
    server : str or None
        The time server to ask, ``host`` or ``host:port``.
    report : callable
        Told that we still live.
    """
    said = kernel_clock()
    if not server:
        return said
    try:
        found = ask(server, report)
    except SourceError as error:
        return replace(said, server=server, why=error.message)
    except Unmeasurable as unknown:
        return replace(said, server=server, why=unknown.reason)
    except Enough:
        return replace(said, server=server, why=_NO_ANSWER.fill(server=server))
    if found is None:
        return replace(said, server=server, why=_NO_ANSWER.fill(server=server))
    return replace(
        said, server=server, offset_ms=1000 * found.offset_s, delay_ms=1000 * found.delay_s
    )


def kernel_clock() -> ClockEvidence:
    """Return what the kernel says; nothing where there is no ``adjtimex``. Changes nothing."""
    if not sys.platform.startswith("linux"):
        return ClockEvidence()
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)
        state = _Timex()
        code = libc.adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return ClockEvidence()
    if code < 0:
        return ClockEvidence()
    kept = code != _TIME_ERROR and not state.status & _STA_UNSYNC
    return ClockEvidence(synchronised=kept, kernel_error_ms=state.maxerror / 1000)


def ask(server: str, report: Report) -> sntp.Reading | None:
    """Ask a time server, twice where the first question is lost; None when it is silent.

    Raises
    ------
    SourceError
        If its name does not resolve.
    Unmeasurable
        If it answers that it does not know.
    """
    host, port = _split(server)
    addresses = resolve(host, port, _LOOKUP_S, lambda: report(0.0))
    for _ in range(_TIMES):
        with contextlib.suppress(OSError):
            found = _ask_once(addresses[0], report)
            if found is not None:
                return found
    return None


def _ask_once(address: Address, report: Report) -> sntp.Reading | None:
    family, where = address
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect(where)  # nobody else's packets are let through
        sent_s, began = time.time(), time.perf_counter()
        asked = sntp.question(sent_s)
        sock.send(asked)
        while (left := began + _ANSWER_S - time.perf_counter()) > 0:
            sock.settimeout(min(SLICE_S, left))
            try:
                packet = sock.recv(1024)
            except TimeoutError:
                report(0.0)
                continue
            took_s = time.perf_counter() - began
            if sntp.is_answer(packet, asked):
                # the clock may be stepped while we wait: what passed is counted on the steady one
                return sntp.reading(packet, sent_s, sent_s + took_s)
    return None


def _split(server: str) -> tuple[str, int]:
    """Split ``host``, ``host:port``, ``::1`` or ``[::1]:port``."""
    host, colon, port = server.rpartition(":")
    if colon and port.isdigit() and ("]" in host or ":" not in host):
        return host.strip("[]"), int(port)
    return server.strip("[]"), sntp.PORT
