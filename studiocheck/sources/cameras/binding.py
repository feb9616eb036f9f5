"""Bindings: the words by which a studio file names a camera, taken apart; nothing is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit
from urllib.request import url2pathname

from studiocheck.core.errors import FormatRefused
from studiocheck.core.redaction import is_secret, redacted
from studiocheck.core.text import Text

STREAM_SCHEMES = ("rtsp", "rtsps", "http", "https", "rtmp", "rtmps", "srt", "udp", "rtp")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")

_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?", re.IGNORECASE | re.DOTALL)
_DEFAULT_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322, "rtmp": 1935}


@dataclass(frozen=True, slots=True)
class Node:
    """A device file, for example ``/dev/video0`` or a link below ``/dev/v4l/by-id``."""

    path: str


@dataclass(frozen=True, slots=True)
class Index:
    """A camera by the number that the system gives it today."""

    number: int


@dataclass(frozen=True, slots=True)
class Named:
    """A camera by a part of its name, in any case."""

    part: str


@dataclass(frozen=True, slots=True)
class Usb:
    """A USB camera by what its maker wrote into it: it survives a replug under another number."""

    vendor: str
    product: str
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A network camera by its URL, credentials included: never print it, print `redacted`."""

    url: str


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip or a picture on disk."""

    path: str

    @property
    def is_picture(self) -> bool:
        """Whether the name is that of a single picture."""
        return Path(self.path).suffix.lower() in PICTURE_SUFFIXES


LocalBinding = Node | Index | Named | Usb
Binding = LocalBinding | Stream | ClipFile


def parse_binding(device: str) -> Binding:
    """Take a camera binding apart.

    Raises
    ------
    FormatRefused
        If it has none of the known forms, or one that this version does not serve.

    Examples
    --------
    >>> parse_binding("usb:046D:085e:8A1F2C")
    Usb(vendor='046d', product='085e', serial='8A1F2C')
    >>> parse_binding("index:2")
    Index(number=2)
    """
    word = device.strip()
    scheme, colon, rest = word.partition(":")
    scheme = scheme.lower()
    usb = _USB.fullmatch(word)
    if usb is not None:
        return Usb(usb[1].lower(), usb[2].lower(), usb[3])
    if word.startswith("/dev/"):
        return Node(word)
    if scheme == "index" and rest.isascii() and rest.isdecimal() and len(rest) < 5:
        return Index(int(rest))
    if scheme == "name" and rest.strip():
        return Named(rest.strip())
    if scheme == "file" and rest:
        return ClipFile(_file_path(rest))
    if scheme in STREAM_SCHEMES and _has_host(word):
        return Stream(word)
    if scheme == "obs" and colon:
        raise FormatRefused(
            Text(
                f"{word}: cameras inside OBS cannot be checked in this version",
                f"{word}：此版本还不能检查 OBS 里的摄像头",
            ),
            Text(
                "close OBS and bind the camera itself (see `studiocheck devices`)",
                "关闭 OBS，直接绑定摄像头本身（见 `studiocheck devices`）",
            ),
        )
    raise _unknown(word)


def same_stream(url: str) -> str:
    """Return one spelling for all URLs of one stream: no credentials, default port left out."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return redacted(url)
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower()
    if port is not None and port != _DEFAULT_PORTS.get(scheme):
        host = f"{host}:{port}"
    kept = [(k, v) for k, v in parse_qsl(parts.query) if not is_secret(k)]
    query = "&".join(f"{quote(k)}={quote(v)}" for k, v in kept)
    return urlunsplit((scheme, host, parts.path or "/", query, ""))


def _file_path(rest: str) -> str:
    return url2pathname(rest[2:]) if rest.startswith("///") else rest


def _has_host(url: str) -> bool:
    _, found, rest = url.partition("://")
    return bool(found) and rest[:1] not in {"", "/", "?", "#"}


def _unknown(word: str) -> FormatRefused:
    shown = redacted(word)
    return FormatRefused(
        Text(f"{shown}: this names no camera", f"{shown}：这不是摄像头的写法"),
        Text(
            "write usb:VID:PID:SERIAL, /dev/video0, index:0, name:…, rtsp://…, http://…, "
            "file:clip.mp4; `studiocheck devices` lists what is connected",
            "应写作 usb:VID:PID:序列号、/dev/video0、index:0、name:…、rtsp://…、http://… 或 "
            "file:clip.mp4；`studiocheck devices` 会列出已连接的设备",
        ),
    )
