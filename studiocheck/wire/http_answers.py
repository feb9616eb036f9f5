"""The far end of HTTP uploads without a socket: bytes in, answers out. Bodies are discarded.

Any path takes uploads; LibreSpeed's and Cloudflare's own clients find what they ask for on theirs.
"""

from __future__ import annotations

import json

_METHODS = (b"POST ", b"PUT ", b"GET ", b"HEAD ", b"OPTIONS ")
_LONGEST_HEAD = 65536
_END_OF_HEAD = b"\r\n\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WHAT_THIS_IS = (
    "studiocheck target: send uploads (POST) to any path here.\n"
    "studiocheck 测速目标：可向本机任意路径 POST 上传。\n"
)


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
    """Takes the bytes of one connection in order and says what to answer.

    Parameters
    ----------
    peer : str
        The client's address, for LibreSpeed's ``getIP``.
    """

    def __init__(self, peer: str = "") -> None:
        self.closed = False
        self._peer = peer
        self._head = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """Return what to answer to these bytes; mostly nothing."""
        replies: list[bytes] = []
        data, self._head, at = self._head + data, b"", 0
        while at < len(data) and not self.closed:
            if self._left:
                skipped = min(self._left, len(data) - at)
                self._left -= skipped
                at += skipped
                replies += [] if self._left else [_answer(200, "OK")]
                continue
            end = data.find(_END_OF_HEAD, at)
            if end < 0:
                self._head = data[at:]
                self.closed = len(self._head) > _LONGEST_HEAD
                break
            replies.append(self._begin(data[at:end]))
            at = end + len(_END_OF_HEAD)
        return b"".join(replies)

    def _begin(self, head: bytes) -> bytes:
        request, *rest = head.split(b"\r\n")
        lines = [line.partition(b":") for line in rest]
        fields = {name.strip().lower(): value.strip() for name, _, value in lines}
        length = fields.get(b"content-length", b"0")
        if b"transfer-encoding" in fields or not length.isdigit() or len(length) > 18:
            self.closed = True
            return _answer(411, "Length Required")
        self._left = int(length)
        if not self._left:
            return _answer(200, "OK", *self._body_for(request))
        return _CONTINUE if fields.get(b"expect", b"").lower() == b"100-continue" else b""

    def _body_for(self, request: bytes) -> tuple[str, str]:
        method, _, rest = request.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0].lower()
        if method != b"GET":
            return "", ""
        if b"getip" in path:
            return "application/json", json.dumps({"processedString": self._peer, "rawIspInfo": ""})
        if path in {b"", b"/"}:
            return "text/plain; charset=utf-8", _WHAT_THIS_IS
        return "", ""


def _answer(status: int, phrase: str, kind: str = "", body: str = "") -> bytes:
    content = body.encode()
    fields = {
        "Content-Length": str(len(content)),
        "Connection": "keep-alive" if status < 400 else "close",
        "Cache-Control": "no-store",
        # a speed test in a browser comes from another origin
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
    }
    if kind:
        fields["Content-Type"] = kind
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("ascii") + content
