"""The far end of an upload that may speak HTTP, RTMP or nothing at all, without a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from studiocheck.wire.http_answers import HttpAnswers, speaks_http

Manner = Literal["tcp", "http", "rtmp"]
"""How a far end was spoken to; ``tcp`` is bytes without rules."""
_RTMP_SAYS = 9
"""So many bytes of an RTMP client's greeting are like no other's: version, time, own version."""


class Answers(Protocol):
    """One conversation, seen from the far end. Knows nothing of sockets and clocks."""

    @property
    def closed(self) -> bool:
        """Whether the far end hangs up once its answers are sent."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Return what to answer to these bytes; mostly nothing. Never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Silence:
    """Says nothing, and hangs up if ``closed``."""

    closed: bool = False

    def feed(self, data: bytes) -> bytes:  # noqa: ARG002 - not even heard
        """Return no answer."""
        return b""


def speaks_rtmp(begin: bytes) -> bool | None:
    """Tell whether a connection that begins like this speaks RTMP; ``None``: too early to tell.

    Clients greet with 3, four bytes of time, and zeros or the version of a Flash player.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.2.2 and 5.2.3.

    Examples
    --------
    >>> speaks_rtmp(bytes([3, 0, 0, 0, 7])), speaks_rtmp(bytes([3, 0, 0, 0, 7, 0, 0, 0, 0]))
    (None, True)
    >>> speaks_rtmp(b"POST /up"), speaks_rtmp(bytes([3, 1, 2, 3, 4, 0xC5, 0, 1, 2]))
    (False, False)
    """
    if begin[:1] not in {b"", b"\x03"}:
        return False
    if len(begin) < _RTMP_SAYS:
        return None
    player = 9 <= begin[5] <= 128 and begin[6] == 0
    return begin[5:9] == bytes(4) or player


class UploadAnswers:
    """Takes the bytes of one connection, finds out how it speaks, and answers in kind.

    Parameters
    ----------
    http : HttpAnswers
        Answers a client that turns out to speak HTTP.
    rtmp : Answers, optional
        Answers one that speaks RTMP; without it such bytes are an upload like any other.
    """

    def __init__(self, http: HttpAnswers, rtmp: Answers | None = None) -> None:
        self.manner: Manner = "tcp"
        self._http, self._rtmp = http, rtmp
        self._begin: bytes | None = b""
        self._answers: Answers | None = None

    @property
    def closed(self) -> bool:
        """Whether the conversation is over."""
        return self._answers is not None and self._answers.closed

    def feed(self, data: bytes) -> bytes:
        """Return what to answer to these bytes; mostly nothing."""
        if self._begin is not None:
            data = self._begin + data
            self._begin = None if self._decide(data) else data
            if self._begin is not None:
                return b""
        return b"" if self._answers is None else self._answers.feed(data)

    def _decide(self, begin: bytes) -> bool:
        """Find out how the client speaks; false while that is open."""
        http = speaks_http(begin)
        rtmp = speaks_rtmp(begin) if self._rtmp is not None else False
        if http:
            self.manner, self._answers = "http", self._http
        elif rtmp:
            self.manner, self._answers = "rtmp", self._rtmp
        return http is not None and rtmp is not None
