"""The test broadcast over SRT, by the program ``srt-live-transmit`` where it is installed.

The stream goes to the program at the planned rate, by UDP within this computer; what became of it
the program tells about ten times a second.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Literal

from studiocheck.core.capture import Flowing, Report
from studiocheck.core.errors import LibraryMissing, NetworkRefused, Problem, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.core.network import BroadcastEvidence, Flow, IngestEvidence, StreamPlan
from studiocheck.core.text import Text
from studiocheck.sources.broadcast.consent import named
from studiocheck.sources.broadcast.ingest_address import IngestAddress
from studiocheck.sources.broadcast.srt_ingest import reach_srt
from studiocheck.sources.broadcast.srt_statistics import SrtCourse
from studiocheck.sources.broadcast.transport_stream import PACKET_BYTES, TransportStream
from studiocheck.sources.network.interface import address_of

PROGRAM = "srt-live-transmit"
BROADCAST_S = 15.0
DATAGRAM_PACKETS = 7
DATAGRAM_BYTES = DATAGRAM_PACKETS * PACKET_BYTES
"""What fits into one packet of SRT."""
STALLED_S = 5.0
_CONNECT_S = 5.0
_DRAIN_S = 1.0
_TICK_S = 0.01
_LIFE_S = 20.0
"""How much longer than the stream the program lives if nobody is left to end it."""
_PER_SECOND = 10
_PASSED_ON = {"mode", "latency"}

Stopped = Literal["time", "stalled", "cut"]


def broadcast_srt(
    address: IngestAddress,
    plan: StreamPlan,
    seconds: float,
    report: Report,
    *,
    has_key: bool = False,
    interface: str | None = None,
    consented: frozenset[str] = frozenset(),
) -> Captured:
    """Publish the planned stream over SRT where somebody said that it may be.

    Parameters
    ----------
    address : IngestAddress
        Where to.
    plan : StreamPlan
        Bitrate, key-frame interval and picture.
    seconds : float
        For how long; 0 takes 15 s.
    report : callable
        Progress and sign of life.
    has_key : bool
        Whether the studio file names a stream key; the program cannot be told it in secret.
    interface : str, optional
        The interface whose address is used; the system's choice if absent.
    consented : frozenset of str
        The hosts that somebody allowed by name: SRT has no mark by which a test is told.

    Returns
    -------
    Captured
        `BroadcastEvidence`, or `IngestEvidence` with the problem that kept it from beginning.
    """
    reached = reach_srt(address, interface, report)
    ingest = reached.evidence
    if reached.problem is not None or not isinstance(ingest, IngestEvidence):
        return reached
    try:
        consent = named(address.host, consented)
        target = _target(address, interface, has_key=has_key)
        program = _program()
        stream = TransportStream(plan, lambda: report(0.0))
    except SourceError as error:
        return Captured(ingest, Problem.of(error))
    seconds = seconds or BROADCAST_S
    course = SrtCourse(plan, DATAGRAM_BYTES)
    with _running(program, target, plan, seconds) as (process, port):
        said = _Said(process, course)
        if not said.connected(report):
            return _not_taken(address, ingest)
        stopped = _send(stream, course, said, port, seconds, report)
    if not course.is_known and stopped != "cut":
        return Captured(ingest, Problem.of(_tells_nothing()))
    evidence: BroadcastEvidence = course.evidence(ingest, consent, seconds, stopped)
    return Captured(evidence)


def _tells_nothing() -> LibraryMissing:
    return LibraryMissing(
        Text(
            f"not checked: this {PROGRAM} does not tell what became of the stream",
            f"未检查：本机的 {PROGRAM} 不提供推流统计",
        ),
        Text(
            "install SRT 1.5 or newer, or try the stream from the encoder",
            "请安装 SRT 1.5 或更新版本，或在编码器上试推",
        ),
    )


def _not_taken(address: IngestAddress, ingest: IngestEvidence) -> Captured:
    refused = IngestEvidence(
        target=ingest.target, steps_ms=ingest.steps_ms, step="publish", refused=True
    )
    error = NetworkRefused(
        Text(
            f"{address.shown} answers and takes no stream (step publish)",
            f"{address.shown} 有应答，但不接受推流（步骤：publish）",
        ),
        Text(
            "look whether it wants a streamid or a passphrase, or has another sender already; then "
            "try it from the encoder",
            "请确认它是否需要 streamid 或密码、是否已有其他推流；再从编码器试推",
        ),
    )
    return Captured(refused, Problem.of(error))


def _target(address: IngestAddress, interface: str | None, *, has_key: bool) -> str:
    """Return what the program is told; raises `LibraryMissing` where that would be a secret."""
    options = dict(pair.partition("=")[::2] for pair in address.app.split("&") if pair)
    latency_ms = options.get("latency", "")
    caller = options.get("mode", "caller") == "caller"
    known = set(options) <= _PASSED_ON and caller and (latency_ms.isdigit() or not latency_ms)
    if has_key or not known:
        raise LibraryMissing(
            Text(
                f"not checked: {PROGRAM} takes a streamid or a passphrase only on its command "
                "line, where everybody on this computer can read it",
                f"未检查：{PROGRAM} 只能在命令行上接收 streamid 和密码，本机任何人都能看到",
            ),
            Text(
                "try the stream from the encoder, or test this line against an SRT listener of "
                "your own that wants neither",
                "请在编码器上试推，或用自建的、不需要 streamid 和密码的 SRT 监听端测试该线路",
            ),
        )
    told = ["mode=caller"]
    if latency_ms:
        told.append(f"latency={latency_ms}")
    if interface is not None:
        told.append(f"adapter={address_of(interface)}")
    return f"srt://{address.endpoint()}?{'&'.join(told)}"


def _program() -> str:
    program = shutil.which(PROGRAM)
    if program is None:
        raise LibraryMissing(
            Text(
                f"not checked: the program {PROGRAM} is not installed",
                f"未检查：没有安装 {PROGRAM} 程序",
            ),
            Text(
                "install it (Debian: apt install srt-tools; macOS: brew install srt), or try the "
                "stream from the encoder",
                "请安装（Debian：apt install srt-tools；macOS：brew install srt），"
                "或在编码器上试推",
            ),
        )
    return program


@contextmanager
def _running(
    program: str, target: str, plan: StreamPlan, seconds: float
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run the program, and end it whatever happens; yields it and the port that it reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    often = round(plan.bitrate_mbit_s * 1e6 / 8 / DATAGRAM_BYTES / _PER_SECOND)
    command = [
        program, "-a", "no", "-t", f"{seconds + _LIFE_S:.0f}", "-pf", "json",
        "-s", str(max(1, often)), f"udp://127.0.0.1:{port}?mode=listener", target,
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 - a fixed command, its arguments apart
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


class _Said:
    """Listens to the program: what it says of the connection, and its statistics."""

    def __init__(self, process: subprocess.Popen[str], course: SrtCourse) -> None:
        self._process, self._course = process, course
        self._is_connected = threading.Event()
        for pipe, take in (
            (process.stderr, self._hear),
            (process.stdout, course.hear),
        ):
            assert pipe is not None  # noqa: S101 - both were asked for
            threading.Thread(target=_read, args=(pipe, take), daemon=True, name="srt").start()

    def _hear(self, line: str) -> None:
        if "target connected" in line:
            self._is_connected.set()

    @property
    def ended(self) -> bool:
        """Whether the program is gone: the connection broke."""
        return self._process.poll() is not None

    def connected(self, report: Report) -> bool:
        """Wait for the connection; false when it does not come about."""
        end = time.monotonic() + _CONNECT_S
        while time.monotonic() < end and not self.ended:
            if self._is_connected.wait(0.1):
                return True
            report(0.0)
        return self._is_connected.is_set() and not self.ended


def _read(pipe: IO[str], take: Callable[[str], None]) -> None:
    with pipe, contextlib.suppress(ValueError, OSError):
        for line in pipe:
            take(line)


def _send(
    stream: TransportStream,
    course: SrtCourse,
    said: _Said,
    port: int,
    seconds: float,
    report: Report,
) -> Stopped:
    """Hand the stream over at its rate, and a second more for what is still on its way."""
    datagrams = stream.datagrams(DATAGRAM_PACKETS)
    began = time.monotonic()
    course.begin(began)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        while (now := time.monotonic() - began) < seconds + _DRAIN_S:
            for _ in range(course.due(now)):
                with contextlib.suppress(OSError):  # it then stays owed
                    sock.sendto(next(datagrams), ("127.0.0.1", port))
            if said.ended:
                return "cut"
            if course.quiet_s(now) >= STALLED_S:
                return "stalled"
            report(Flowing(min(1.0, now / seconds), Flow(*course.flow(now))))
            time.sleep(_TICK_S)
    return "time"
