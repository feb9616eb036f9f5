"""Our own RTMP(S) publisher: goes to an ingest step by step, each timed, bounded and named.

FFmpeg's cannot be used to measure: on a dead line it blocks for half a minute, and it says
"Input/output error" for every refusal (methods-network.md, section 3).
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE

from studiocheck.core.errors import NetworkRefused, SourceError, SourceTimeout
from studiocheck.core.network import IngestEvidence
from studiocheck.core.secret import Secret
from studiocheck.core.text import Text
from studiocheck.sources.bounded import silently
from studiocheck.sources.broadcast.ingest_address import IngestAddress
from studiocheck.sources.network.connection import Connection, connect, drop, wait
from studiocheck.sources.network.exchange import NOT_NOW, arrivals
from studiocheck.wire.rtmp_chunks import RtmpError
from studiocheck.wire.rtmp_client import Answer, RtmpClient
from studiocheck.wire.rtmp_server import OURS, TARGET

RTMP_S = 5.0
"""How long a server may take for one step."""
ACKNOWLEDGE_BYTES = 16384
"""How often the server is asked to say what it has: every 22 ms of 6 Mbit/s."""
_FAREWELL_S = 0.5
_LONGEST_WORDS = 160
_NO_RTMP = Text(
    "check the port of the ingest: RTMP is usually 1935, RTMPS 443; then its scheme",
    "请检查推流地址的端口（RTMP 一般为 1935，RTMPS 为 443）和协议头",
)
_APP = Text(
    "check the application in the ingest address: the part after the host",
    "请检查推流地址中的应用名，即主机名之后的部分",
)
_KEY = Text(
    "fetch a fresh stream key from the platform: it may have expired, or another encoder uses it",
    "请在平台后台重新获取推流密钥：可能已过期，或正被其他编码器使用",
)
_SILENT = Text(
    "try once more, then the platform's other ingest; a firewall may swallow the answers",
    "请重试，再换平台的其他推流服务器；也可能被防火墙拦截",
)


class RtmpPublisher:
    """One connection to an ingest. `abort` it whatever happens.

    Parameters
    ----------
    address : IngestAddress
        Where to.
    interface : str, optional
        The interface to use; the system's choice if absent.
    beat : callable
        Called several times a second while waiting.
    """

    def __init__(
        self,
        address: IngestAddress,
        interface: str | None = None,
        beat: Callable[[], None] = silently,
    ) -> None:
        self.client = RtmpClient(address.app, address.told)
        self.step = "dns"
        self.ours = False
        self.server = ""
        self._address, self._interface, self._beat = address, interface, beat
        self._steps_ms: dict[str, float] = {}
        self._connection: Connection | None = None
        self._answered: set[str] = set()
        self._key = Secret("")

    @property
    def sock(self) -> socket.socket:
        """The socket, once it is connected."""
        if self._connection is None:
            message = "not connected"
            raise RuntimeError(message)
        return self._connection.sock

    def evidence(self, failed: SourceError | None = None) -> IngestEvidence:
        """Return how far one got."""
        refused = isinstance(failed, NetworkRefused) and self.step != "dns"
        return IngestEvidence(
            target=self._address.shown,
            steps_ms=dict(self._steps_ms),
            step=self.step if failed is not None else "",
            refused=refused and bool(self.step),
            server=self.server,
            ours=self.ours,
        )

    def open(self) -> None:
        """Connect, shake hands, ask for the application; nothing is published by that.

        Raises
        ------
        SourceError
            When a step fails or takes more than five seconds.
        """
        endpoint = self._address.endpoint(self._interface)
        try:
            self._connection = connect(endpoint, self._beat, steps_ms=self._steps_ms)
        except SourceError:
            steps = ["dns", "tcp", "tls"]
            self.step = next(step for step in steps if step not in self._steps_ms)
            raise
        with contextlib.suppress(OSError):  # short commands must not wait for one another
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.start()
        self._go("handshake", lambda: self.client.shaken)
        self.client.connect(ACKNOWLEDGE_BYTES)
        self._go("connect", lambda: "connect" in self._answered)

    def publish(self, key: Secret) -> None:
        """Go live with a stream key.

        Raises
        ------
        SourceError
            When the server does not take it.
        """
        self._key = key
        self.client.create_stream(key.reveal())
        began = time.perf_counter()
        self._go("publish", lambda: "create" in self._answered)
        self.client.publish(key.reveal())
        self._go("publish", lambda: "publish" in self._answered, began)

    def leave(self) -> None:
        """Take leave in good order, for half a second at most."""
        end = time.monotonic() + _FAREWELL_S
        with contextlib.suppress(OSError, SourceError, RtmpError):
            self.client.unpublish(self._key.reveal())
            while self.client.outgoing and wait(self.sock, EVENT_WRITE, end, self._beat):
                self._flush()
            self.sock.shutdown(socket.SHUT_WR)
            while wait(self.sock, EVENT_READ, end, self._beat) and self.sock.recv(65536):
                pass

    def abort(self) -> None:
        """Drop the connection at once."""
        if self._connection is not None:
            drop(self._connection.sock)

    def heard(self, data: bytes) -> None:
        """Take what the server says.

        Raises
        ------
        NetworkRefused
            When it says no, or does not speak RTMP.
        """
        try:
            answers = self.client.feed(data)
        except RtmpError as error:
            raise self._refusal(str(error), _NO_RTMP, "对方的应答不是 RTMP") from error
        for answer in answers:
            self._answered.add(answer.step)
            if answer.step == "connect" and answer.accepted:
                self._take_note(answer)
            if not answer.accepted:
                advice = _APP if answer.step == "connect" else _KEY
                words = self._words(answer)
                said = words or "no reason given"
                raise self._refusal(said, advice, words or "未说明原因")

    def hung_up(self) -> NetworkRefused:
        """Return what a connection that ends in the middle of a step means."""
        advice = {"handshake": _NO_RTMP, "connect": _APP}.get(self.step, _KEY)
        return self._refusal("it hung up", advice, "服务器断开了连接")

    def _take_note(self, answer: Answer) -> None:
        self.ours = answer.command.said.get(OURS) == TARGET
        about = answer.command.values[0] if answer.command.values else None
        version = about.get("fmsVer") if isinstance(about, dict) else None
        self.server = _printable(version) if isinstance(version, str) else ""

    def _go(self, step: str, is_done: Callable[[], bool], began: float | None = None) -> None:
        """Talk until a step is done."""
        self.step = step
        began = time.perf_counter() if began is None else began
        end = time.monotonic() + RTMP_S
        try:
            while not is_done():
                self._flush()
                events = EVENT_READ | (EVENT_WRITE if self.client.outgoing else 0)
                if not wait(self.sock, events, end, self._beat):
                    raise self._timeout()
                self._hear()
                self._beat()
        except OSError as error:
            raise self.hung_up() from error
        self._steps_ms[step] = 1000 * (time.perf_counter() - began)
        if step != "publish":
            self.step = ""  # what fails between two steps is none of the server's

    def _flush(self) -> None:
        with contextlib.suppress(*NOT_NOW):
            while self.client.outgoing:
                self.client.took(self.sock.send(self.client.outgoing[:16384]))

    def _hear(self) -> None:
        for data in arrivals(self.sock):
            if not data:
                raise self.hung_up()
            self.heard(data)

    def _words(self, answer: Answer) -> str:
        code, said = answer.command.text("code"), answer.command.text("description")
        words = f"{code}: {said}" if code and said else code or said
        return self._key.hidden_in(_printable(words))

    def _refusal(self, words: str, advice: Text, words_zh: str) -> NetworkRefused:
        where = self._address.endpoint()
        return NetworkRefused(
            Text(
                f"{where} refused the stream (step {self.step}): {words}",
                f"{where} 拒绝推流（步骤：{self.step}）：{words_zh}",
            ),
            advice,
        )

    def _timeout(self) -> SourceTimeout:
        where = self._address.endpoint()
        return SourceTimeout(
            Text(
                f"{where} did not answer within {RTMP_S:.0f} s (step {self.step})",
                f"{where} 在 {RTMP_S:.0f} 秒内没有应答（步骤：{self.step}）",
            ),
            _SILENT,
        )


def _printable(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words)[:_LONGEST_WORDS]
