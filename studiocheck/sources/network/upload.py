"""Uplinks that are measured byte by byte: a plain TCP sink, or an address that takes POSTs.

One connection first, because that is what a stream is. Only where it is not enough do several at
once tell why: the line, or what happens to a single connection on it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import numpy as np

from studiocheck.core.capture import Report, part_of
from studiocheck.core.errors import SourceError, Unmeasurable
from studiocheck.core.network import UploadEvidence
from studiocheck.measure.network.goodput import upload_goodput
from studiocheck.measure.network.retransmission import FLATTERING_SHARE
from studiocheck.sources.network.connection import Address, Connection, Endpoint, connect
from studiocheck.sources.network.http_conversation import BLOB_BYTES, FIRST_BYTES, HttpConversation
from studiocheck.sources.network.loaded_delay import idle_ms, probing
from studiocheck.sources.network.sending import Conversation, Course, Endless, Lane, send

WINDOW_S = 4.0
"""How long one connection sends at most where nobody asks for a length; most stop before 2.5 s."""
TOGETHER = 4
_TOGETHER_S = 2.0
_ALONE_SHARE = 2 / 3
"""How much of the progress one connection is."""


@dataclass(frozen=True, slots=True)
class TcpUpload:
    """An upload to a sink that reads and discards: ``tcp://host:port``.

    Parameters
    ----------
    host, port : str, int
        The far end.
    interface : str, optional
        The interface to use; the system's choice if absent.
    enough_mbit_s : float
        Below it several connections are tried too.
    ask_kernel : bool
        Whether to count what the kernel knows to be delivered, where it tells.
    """

    host: str
    port: int
    interface: str | None = None
    enough_mbit_s: float = 0.0
    ask_kernel: bool = True

    @property
    def far_end(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds`` (0: 4 s); raises `SourceError` when it never began.

        Where several connections are tried, they take two more.
        """
        endpoint = Endpoint(self.host, self.port, interface=self.interface)
        run = _Run(endpoint, f"tcp://{endpoint}", "tcp", seconds, report, self.ask_kernel)
        return run.together(run.alone(Endless()), Endless, self.enough_mbit_s)


@dataclass(frozen=True, slots=True)
class HttpUpload:
    """An upload by POST: LibreSpeed's ``empty.php``, Cloudflare's ``__up``, any such address.

    On ``https`` the certificate is verified, and the course counts the bytes of TLS records,
    0.2 % more than payload.

    Parameters
    ----------
    url : str
        ``http://…`` or ``https://…``; its query is sent and never shown.
    interface : str, optional
        The interface to use; the system's choice if absent.
    enough_mbit_s : float
        Below it several connections are tried too.
    """

    url: str
    interface: str | None = None
    enough_mbit_s: float = 0.0

    @property
    def endpoint(self) -> Endpoint:
        """What to connect to."""
        parts = urlsplit(self.url)
        tls = parts.scheme == "https"
        return Endpoint(
            parts.hostname or "", parts.port or (443 if tls else 80), tls, self.interface
        )

    @property
    def far_end(self) -> tuple[str, int]:
        """Host and port."""
        return self.endpoint.host, self.endpoint.port

    @property
    def shown(self) -> str:
        """What may be shown and kept: no query and no password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{self.endpoint}{parts.path}"

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds`` (0: 4 s); raises `SourceError` when it never began.

        Where several connections are tried, they take two more.
        """
        run = _Run(self.endpoint, self.shown, urlsplit(self.url).scheme, seconds, report)
        talk = self.talk(FIRST_BYTES)
        first_bytes = FIRST_BYTES
        evidence = run.alone(talk)
        if talk.done and evidence.delivered_bytes[-1] < 2 * FIRST_BYTES:
            # a server that hangs up after every answer: measure within one large request
            first_bytes = BLOB_BYTES
            evidence = run.alone(self.talk(first_bytes))
        return run.together(evidence, lambda: self.talk(first_bytes), self.enough_mbit_s)

    def talk(self, first_bytes: int) -> HttpConversation:
        """Return a conversation that begins with so many bytes."""
        return HttpConversation(str(self.endpoint), self.url, first_bytes)


@dataclass(slots=True)
class _Run:
    """One measurement of one target."""

    endpoint: Endpoint
    target: str
    backend: str
    seconds: float
    report: Report
    ask_kernel: bool = True
    at: Address | None = None
    """Which of the far end's addresses was measured: several connections go there too."""

    def alone(self, talk: Conversation) -> UploadEvidence:
        """Send on one connection, and watch what that does to new ones."""
        connection = connect(self.endpoint, lambda: self.report(0.0))
        try:
            self.at, interface = connection.address, self.endpoint.interface
            idle = [connection.steps_ms["tcp"], *idle_ms(self.at, interface)]
            lane = Lane(connection.sock, talk, ask_kernel=self.ask_kernel)
            with probing(self.at, interface) as probes:
                course = send([lane], self.seconds or WINDOW_S, self._share(0.0, _ALONE_SHARE))
        finally:
            connection.abort()
        return replace(
            self._evidence(course, connection),
            idle_ms=np.array(idle),
            loaded_ms=np.array(probes.took_ms),
            loaded_at_s=np.array(probes.began_s),
        )

    def together(
        self, alone: UploadEvidence, talk: Callable[[], Conversation], enough_mbit_s: float
    ) -> UploadEvidence:
        """Try several connections at once if one was not enough, and say what they carried."""
        if alone.stopped == "cut" or _was_enough(alone, enough_mbit_s):
            self.report(1.0)
            return alone
        several = None
        # that several do not come about says nothing of the one that did
        with contextlib.suppress(SourceError, OSError), contextlib.ExitStack() as open_ones:
            lanes = []
            for _ in range(TOGETHER):
                connection = connect(self.endpoint, lambda: self.report(_ALONE_SHARE), self.at)
                open_ones.callback(connection.abort)
                lanes.append(Lane(connection.sock, talk(), ask_kernel=self.ask_kernel))
            course = send(lanes, _TOGETHER_S, self._share(_ALONE_SHARE, 1.0))
            several = replace(self._evidence(course, connection), connections=TOGETHER)
        return replace(alone, together=several)

    def _share(self, begin: float, end: float) -> Report:
        return lambda share: self.report(part_of(share, begin, end))

    def _evidence(self, course: Course, connection: Connection) -> UploadEvidence:
        return UploadEvidence(
            target=self.target,
            backend=self.backend,
            progress=course.progress,
            connect_ms=connection.connect_ms,
            t_s=np.array(course.t_s),
            delivered_bytes=np.array(course.delivered_bytes, dtype=np.int64),
            rtt_ms=np.array(course.rtt_ms),
            retransmitted=np.array(course.retransmitted, dtype=np.int64),
            segments=np.array(course.segments, dtype=np.int64),
            stopped=course.stopped,
        )


def _was_enough(alone: UploadEvidence, enough_mbit_s: float) -> bool:
    try:
        found = upload_goodput(alone)
    except Unmeasurable:
        return False
    return found.median_mbit_s >= enough_mbit_s and (
        found.retransmitted_share is None or found.retransmitted_share <= FLATTERING_SHARE
    )
