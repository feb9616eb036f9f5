"""The far end of HTTP uploads without a socket: bytes in, answers out. Bodies are discarded."""

from __future__ import annotations

_METHODS = (b"POST ", b"PUT ", b"GET ", b"HEAD ", b"OPTIONS ")
_LONGEST_HEAD = 65536
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def speaks_http(begin: bytes) -> bool | None:
    """Tell whether a connection that begins like this speaks HTTP; ``None``: too early to tell.

    Examples
    --------
    >>> speaks_http(b"PO"), speaks_http(b"POST /upload"), speaks_http(b"noise")
    (None, True, False)
    """
    if begin.startswith(_METHODS):
        return True
    return None if any(method.startswith(begin) for method in _METHODS) else False


class HttpAnswers:
    """Takes the bytes of one connection in order and says what to answer."""

    def __init__(self) -> None:
        self.closed = False
        self._head = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """Return what to answer to these bytes; mostly nothing."""
        reply = b""
        while data and not self.closed:
            if self._left:
                skipped = min(self._left, len(data))
                self._left -= skipped
                data = data[skipped:]
                reply += b"" if self._left else _answer(200, "OK")
                continue
            head, end, rest = (self._head + data).partition(b"\r\n\r\n")
            if not end:
                self._head = head
                self.closed = len(head) > _LONGEST_HEAD
                break
            self._head, data = b"", rest
            reply += self._begin(head)
        return reply

    def _begin(self, head: bytes) -> bytes:
        lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
        fields = {name.strip().lower(): value.strip() for name, _, value in lines}
        if b"transfer-encoding" in fields or not fields.get(b"content-length", b"0").isdigit():
            self.closed = True
            return _answer(411, "Length Required")
        self._left = int(fields.get(b"content-length", b"0"))
        if not self._left:
            return _answer(200, "OK")
        return _CONTINUE if fields.get(b"expect", b"").lower() == b"100-continue" else b""


def _answer(status: int, phrase: str) -> bytes:
    connection = "keep-alive" if status < 400 else "close"
    return (
        f"HTTP/1.1 {status} {phrase}\r\nContent-Length: 0\r\nConnection: {connection}\r\n\r\n"
    ).encode("ascii")
