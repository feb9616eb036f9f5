"""HTTP/1.1 uploads as a conversation: requests out, answers in, no socket.

A small first request shows at once whether the server takes uploads at all; the large ones that
follow on the same connection are what is measured.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import SplitResult, quote, urlsplit

from studiocheck import __version__
from studiocheck.core.errors import NetworkRefused, SourceTimeout
from studiocheck.core.text import Text
from studiocheck.sources.network.sending import NOISE

FIRST_BYTES = 65536
BLOB_BYTES = 20_000_000
_LONGEST_LINE = 1024
_LONGEST_ANSWER = 1 << 20
_KEPT_IN_URL = "/?%:@!$&'()*+,;=~"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})")

_ADVICE: Mapping[int, Text] = {
    HTTPStatus.UNAUTHORIZED: Text(
        "use an upload address that needs no log-in", "请使用不需要登录的上传地址"
    ),
    HTTPStatus.FORBIDDEN: Text(
        "ask who runs the server to allow uploads from this network, or set another target",
        "请联系服务器管理员放行本网络的上传，或更换目标地址",
    ),
    HTTPStatus.NOT_FOUND: Text(
        "check the path of the target in the studio file", "请检查直播间设备文件中目标地址的路径"
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: Text(
        "this address takes no uploads (POST): check the path of the target",
        "该地址不接受上传（POST），请检查目标路径",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Text(
        "let the server take bodies of 20 MB (nginx: client_max_body_size 32m)",
        "请允许服务器接收 20 MB 的请求（nginx：client_max_body_size 32m）",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: Text(
        "wait some minutes and measure again, or set another target",
        "请等几分钟再测，或更换目标地址",
    ),
}
_SERVER_ADVICE = Text(
    "the server has a fault of its own: try again, then tell who runs it, or set another target",
    "服务器自身故障：请重试；仍不行请联系其管理员或更换目标地址",
)
_OTHER_ADVICE = Text(
    "open the target in a browser on this computer; a log-in page of the network answers like "
    "this too",
    "请在本机浏览器打开目标地址；网络的登录认证页也会这样应答",
)


class HttpConversation:
    """POST after POST on one connection.

    Parameters
    ----------
    whom : str
        What to call the server in messages.
    url : str
        What is posted to; letters that HTTP does not know are escaped.
    first_bytes : int
        Length of the first body; all others are 20 MB.
    """

    def __init__(self, whom: str, url: str, first_bytes: int = FIRST_BYTES) -> None:
        self.done = False
        self.answers = 0
        parts = urlsplit(url)
        self._whom, self._host = whom, _host(parts)
        self._path = quote(parts.path or "/", _KEPT_IN_URL)
        if parts.query:
            self._path += f"?{quote(parts.query, _KEPT_IN_URL)}"
        self._inbox = b""
        self._head = memoryview(b"")
        self._body_left = 0
        self._answered = False
        self._begin(first_bytes)

    def outgoing(self) -> memoryview:
        """Return the rest of the head, then of the body; nothing while the answer is due."""
        if self._head:
            return self._head
        return memoryview(NOISE)[: min(self._body_left, 65536)]

    def took(self, count: int) -> None:
        """Move on by so many bytes."""
        if self._head:
            self._head = self._head[count:]
        else:
            self._body_left -= count
        self._next()

    def heard(self, data: bytes) -> None:
        """Read answers.

        Raises
        ------
        NetworkRefused
            If the server answers anything but success, or something that is not HTTP.
        """
        self._inbox += data
        while (status := self._status()) is not None:
            head, end, body = self._inbox.partition(b"\r\n\r\n")
            if not end or (data and status >= 200 and not _is_whole(status, head, body)):
                break
            if status >= 200 and _is_page(body):
                raise self._page()
            self._inbox = body if status < 200 else b""
            if status >= 200:
                self.answers += 1
                self._answered = True
                # an answer without a length ends with the connection
                self.done = not data or _closes(head)
        if len(self._inbox) > _LONGEST_ANSWER:
            raise self._endless()
        self._next()

    def lost(self, *, silent: bool) -> None:
        """Refuse to call it a cut when the server never answered anything.

        Raises
        ------
        SourceTimeout, NetworkRefused
            If there was no answer at all.
        """
        if self.answers:
            return
        if silent:
            raise SourceTimeout(
                Text(
                    f"{self._whom} took the upload and never answered (step http)",
                    f"{self._whom} 接收了上传但没有应答（步骤：HTTP）",
                ),
                _SERVER_ADVICE,
            )
        raise NetworkRefused(
            Text(
                f"{self._whom} hung up without an answer (step http)",
                f"{self._whom} 未作应答就断开了连接（步骤：HTTP）",
            ),
            _OTHER_ADVICE,
        )

    def _begin(self, length: int) -> None:
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._host}\r\n"
            f"User-Agent: studiocheck/{__version__}\r\nAccept: */*\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
        )
        self._head, self._body_left = memoryview(head.encode("latin-1")), length
        self._answered = False

    def _next(self) -> None:
        if self._answered and not self._head and not self._body_left and not self.done:
            self._begin(BLOB_BYTES)

    def _status(self) -> int | None:
        """Return the status of the answer that has begun; raises when it is a refusal."""
        line, end, _ = self._inbox.partition(b"\r\n")
        if not end and len(line) < _LONGEST_LINE and line[:5] == b"HTTP/"[: len(line)]:
            return None
        match = _STATUS_LINE.match(self._inbox)
        if match is None:
            raise NetworkRefused(
                Text(
                    f"{self._whom} answers, but not in HTTP (step http)",
                    f"{self._whom} 的应答不是 HTTP（步骤：HTTP）",
                ),
                _OTHER_ADVICE,
            )
        status = int(match[1])
        if status >= 300:
            raise self._refusal(status)
        return status

    def _endless(self) -> NetworkRefused:
        return NetworkRefused(
            Text(
                f"{self._whom} answered the upload without an end (step http)",
                f"{self._whom} 的应答没完没了（步骤：HTTP）",
            ),
            _OTHER_ADVICE,
        )

    def _page(self) -> NetworkRefused:
        return NetworkRefused(
            Text(
                f"{self._whom} answered the upload with a web page (step http)",
                f"{self._whom} 用网页应答了上传（步骤：HTTP）",
            ),
            _OTHER_ADVICE,
        )

    def _refusal(self, status: int) -> NetworkRefused:
        phrase = {known.value: known.phrase for known in HTTPStatus}.get(status, "")
        said = f"HTTP {status} {phrase}".rstrip()
        if status < 400:
            advice = Text(
                "write the address that it redirects to as the target",
                "请把目标改为它跳转到的地址",
            )
        elif status >= 500:
            advice = _SERVER_ADVICE
        else:
            advice = _ADVICE.get(status, _OTHER_ADVICE)
        return NetworkRefused(
            Text(f"{self._whom} refused the upload: {said}", f"{self._whom} 拒绝上传：{said}"),
            advice,
        )


def _host(parts: SplitResult) -> str:
    """Return the ``Host`` header; a name that can be none is refused when it is looked up."""
    host = parts.netloc.rpartition("@")[2]
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            name = (parts.hostname or "").encode("idna").decode("ascii")
            return name + (f":{parts.port}" if parts.port else "")
    return quote(host, "[]:")


def _closes(head: bytes) -> bool:
    return head.startswith(b"HTTP/1.0") or b"\r\nconnection: close" in head.lower()


def _is_page(body: bytes) -> bool:
    """Whether an answer is a page for people: a network that wants a log-in puts one in the way."""
    return body.lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _is_whole(status: int, head: bytes, body: bytes) -> bool:
    """Whether an answer has come to its end, as far as it matters to us."""
    if status == HTTPStatus.NO_CONTENT or _closes(head):
        return True
    length = re.search(rb"\r\ncontent-length:\s*(\d+)", head.lower())
    if length:
        return len(body) >= int(length[1])
    return b"\r\ntransfer-encoding: chunked" in head.lower() and body.endswith(b"0\r\n\r\n")
