"""RTMP's simple handshake, from either end: bytes in, bytes to send out."""

from __future__ import annotations

from studiocheck.wire.rtmp_chunks import RtmpError

VERSION = 3
_BLOCK_BYTES = 1536
HANDSHAKE_BYTES = 1 + 2 * _BLOCK_BYTES
"""What each end sends for it."""
_QUIET = bytes(8)
"""Time 0 and zeros: no digest is asked for (the handshake of Flash players)."""
_NOISE = bytes(range(256)) * 6
"""Nobody compares it but to see that it came back whole."""


class _End:
    """What both ends do: wait for the other's block, answer it, wait for its answer."""

    _whose = ""

    def __init__(self) -> None:
        self.done = False
        self.rest = b""
        self._received = b""
        self._answered = False

    def feed(self, data: bytes) -> bytes:
        """Take what the other end says and return what to answer.

        Raises
        ------
        RtmpError
            If it does not speak RTMP.
        """
        if self.done:
            self.rest += data
            return b""
        self._received += data
        if self._received and self._received[0] != VERSION:
            message = f"the {self._whose} does not begin as RTMP does"
            raise RtmpError(message)
        answer = b""
        if not self._answered and len(self._received) > _BLOCK_BYTES:
            answer = self._answer(self._received[1 : 1 + _BLOCK_BYTES])
            self._answered = True
        if len(self._received) > 2 * _BLOCK_BYTES:
            self.done = True
            self.rest = self._received[1 + 2 * _BLOCK_BYTES :]
            self._received = b""
        return answer

    def _answer(self, block: bytes) -> bytes:
        return block


class ClientHandshake(_End):
    """The end that connects.

    Send what `start` returns, then what `feed` returns, until it is `done`; bytes that came after
    the handshake are in `rest`.

    Notes
    -----
    **Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.2.

    Examples
    --------
    >>> client, server = ClientHandshake(), ServerHandshake()
    >>> answer = client.feed(server.feed(client.start()))
    >>> server.feed(answer), client.done, server.done
    (b'', True, True)
    """

    _whose = "server"

    def start(self) -> bytes:
        """Return what the client says first."""
        return bytes([VERSION]) + _block()


class ServerHandshake(_End):
    """The end that is connected to: feed it what comes, send what it returns, until `done`."""

    _whose = "client"

    def _answer(self, block: bytes) -> bytes:
        return bytes([VERSION]) + _block() + block


def _block() -> bytes:
    return (_QUIET + _NOISE)[:_BLOCK_BYTES]
