"""Uplinks that are measured byte by byte: a plain TCP sink, or an address that takes POSTs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from studiocheck.core.capture import Report
from studiocheck.core.network import UploadEvidence
from studiocheck.sources.connection import Connection, Endpoint, connect
from studiocheck.sources.http_conversation import BLOB_BYTES, FIRST_BYTES, HttpConversation
from studiocheck.sources.sending import Conversation, Course, Endless, send

WINDOW_S = 4.0
"""How long an upload lasts at most where nobody asks for a length; most stop before 2.5 s."""


@dataclass(frozen=True, slots=True)
class TcpUpload:
    """An upload to a sink that reads and discards: ``tcp://host:port``.

    Parameters
    ----------
    host, port : str, int
        The far end.
    interface : str, optional
        The interface to use; the system's choice if absent.
    ask_kernel : bool
        Whether to count what the kernel knows to be delivered, where it tells.
    """

    host: str
    port: int
    interface: str | None = None
    ask_kernel: bool = True

    @property
    def far_end(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds`` (0: 4 s); raises `SourceError` when it never began."""
        endpoint = Endpoint(self.host, self.port, interface=self.interface)
        connection, course = _measure(
            endpoint, Endless(), seconds, report, ask_kernel=self.ask_kernel
        )
        return _evidence(f"tcp://{endpoint}", "tcp", connection, course)


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
    """

    url: str
    interface: str | None = None

    @property
    def _endpoint(self) -> Endpoint:
        parts = urlsplit(self.url)
        tls = parts.scheme == "https"
        return Endpoint(
            parts.hostname or "", parts.port or (443 if tls else 80), tls, self.interface
        )

    @property
    def far_end(self) -> tuple[str, int]:
        """Host and port."""
        return self._endpoint.host, self._endpoint.port

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds`` (0: 4 s); raises `SourceError` when it never began."""
        parts, endpoint = urlsplit(self.url), self._endpoint
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = parts.netloc.rpartition("@")[2]
        talk = HttpConversation(str(endpoint), host, path, FIRST_BYTES)
        connection, course = _measure(endpoint, talk, seconds, report)
        if talk.done and course.delivered_bytes[-1] < 2 * FIRST_BYTES:
            # a server that hangs up after every answer: measure within one large request
            talk = HttpConversation(str(endpoint), host, path, BLOB_BYTES)
            connection, course = _measure(endpoint, talk, seconds, report)
        return _evidence(
            f"{parts.scheme}://{endpoint}{parts.path}", parts.scheme, connection, course
        )


def _measure(
    endpoint: Endpoint,
    talk: Conversation,
    seconds: float,
    report: Report,
    *,
    ask_kernel: bool = True,
) -> tuple[Connection, Course]:
    connection = connect(endpoint, lambda: report(0.0))
    try:
        course = send(connection.sock, talk, seconds or WINDOW_S, report, ask_kernel=ask_kernel)
    finally:
        connection.abort()
    return connection, course


def _evidence(target: str, backend: str, connection: Connection, course: Course) -> UploadEvidence:
    return UploadEvidence(
        target=target,
        backend=backend,
        progress=course.progress,
        connect_ms=connection.connect_ms,
        t_s=np.array(course.t_s),
        delivered_bytes=np.array(course.delivered_bytes, dtype=np.int64),
        rtt_ms=np.array(course.rtt_ms),
        retransmitted=np.array(course.retransmitted, dtype=np.int64),
        segments=np.array(course.segments, dtype=np.int64),
        stopped=course.stopped,
    )
