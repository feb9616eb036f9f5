"""Controls: the words by which a studio file says how a lamp is switched; nothing is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import SplitResult, parse_qsl, urlsplit

from studiocheck.core.errors import FormatRefused
from studiocheck.core.redaction import redacted
from studiocheck.core.text import Text
from studiocheck.sources.lamps.fixture import Fixture

ELGATO_PORT, ARTNET_PORT, SACN_PORT = 9123, 6454, 5568
_SLOTS = 512
_ARTNET_UNIVERSES = range(32768)
_SACN_UNIVERSES = range(1, 64000)
_DMX_OPTIONS = ("cct", "fine", "range")
_HOST = re.compile(r"[\w.:%-]+")
_KELVIN_RANGE = re.compile(r"(\d{4,5})-(\d{4,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ElgatoControl:
    """An Elgato light by its HTTP interface; ``number`` counts the lights of one device."""

    host: str
    port: int = ELGATO_PORT
    number: int = 0


@dataclass(frozen=True, slots=True)
class ArtNetControl:
    """A fixture on an Art-Net node; ``universe`` is the 15-bit Port-Address."""

    host: str
    universe: int
    fixture: Fixture
    port: int = ARTNET_PORT


@dataclass(frozen=True, slots=True)
class SacnControl:
    """A fixture on an sACN universe: multicast, or unicast where a host is named.

    ``interface`` is the own IPv4 address of the network that the lights hang on.
    """

    universe: int
    fixture: Fixture
    host: str | None = None
    port: int = SACN_PORT
    interface: str | None = None


Control = ElgatoControl | ArtNetControl | SacnControl


def parse_control(control: str) -> Control:
    """Take a lamp's control apart.

    Raises
    ------
    FormatRefused
        Saying which part is wrong, and what the forms are.

    Examples
    --------
    >>> parse_control("elgato://192.0.2.20")
    ElgatoControl(host='192.0.2.20', port=9123, number=0)
    >>> parse_control("sacn://1/17?cct=18&range=2700-6500").fixture.kelvin_range
    (2700, 6500)
    """
    word = control.strip()
    try:
        url = urlsplit(word)
        port = url.port
    except ValueError as error:
        raise _refused(word, _FORM) from error
    path = [part for part in url.path.split("/")[1:] if part]
    host = url.hostname or ""
    if url.username is not None or url.fragment or not _HOST.fullmatch(host) or port == 0:
        raise _refused(word, _FORM)
    options = _options(word, url)
    match url.scheme, path:
        case "elgato", [] | [_] if not options:
            number = _number(word, path[0] if path else "0", range(64), _LIGHT)
            return ElgatoControl(host, port or ELGATO_PORT, number)
        case "artnet", [universe, channel]:
            return ArtNetControl(
                host,
                _number(word, universe, _ARTNET_UNIVERSES, _UNIVERSE),
                _fixture(word, channel, options),
                port or ARTNET_PORT,
            )
        case "sacn", [channel]:
            return SacnControl(
                _number(word, host, _SACN_UNIVERSES, _UNIVERSE),
                _fixture(word, channel, options),
                port=port or SACN_PORT,
                interface=options.get("interface"),
            )
        case "sacn", [universe, channel]:
            return SacnControl(
                _number(word, universe, _SACN_UNIVERSES, _UNIVERSE),
                _fixture(word, channel, options),
                host,
                port or SACN_PORT,
                options.get("interface"),
            )
    raise _refused(word, _FORM)


def _options(word: str, url: SplitResult) -> dict[str, str]:
    allowed = {"artnet": _DMX_OPTIONS, "sacn": (*_DMX_OPTIONS, "interface")}.get(url.scheme, ())
    found: dict[str, str] = {}
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        if name not in allowed or name in found or not value:
            said = ", ".join(allowed) or "-"
            raise _refused(
                word,
                Text(
                    f"option {name!r} is unknown, empty or given twice; allowed: {said}",
                    f"选项 {name!r} 未知、为空或重复；可用：{said}",
                ),
            )
        found[name] = value
    if "interface" in found:
        try:
            IPv4Address(found["interface"])
        except ValueError as error:
            raise _refused(word, _INTERFACE) from error
    return found


def _fixture(word: str, channel: str, options: Mapping[str, str]) -> Fixture:
    first = _number(word, channel, range(1, _SLOTS + 1), _CHANNEL)
    fine = options.get("fine", "0")
    if fine not in {"0", "1"} or (fine == "1" and first == _SLOTS):
        raise _refused(word, _FINE)
    cct = kelvin_range = None
    if "cct" in options or "range" in options:
        cct = _number(word, options.get("cct", ""), range(1, _SLOTS + 1), _CCT_CHANNEL)
        kelvin_range = _range(word, options.get("range", ""))
    fixture = Fixture(first, fine == "1", cct, kelvin_range)
    if len(set(fixture.channels)) != len(fixture.channels):
        raise _refused(word, _SAME)
    return fixture


def _range(word: str, text: str) -> tuple[int, int]:
    span = _KELVIN_RANGE.fullmatch(text)
    zero, full = (int(span[1]), int(span[2])) if span is not None else (0, 0)
    if zero == full or min(zero, full) < 1000 or max(zero, full) > 20000:
        raise _refused(word, _CCT)
    return zero, full


def _number(word: str, text: str, allowed: range, what: Text) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) in allowed:
        return int(text)
    low, high = allowed[0], allowed[-1]
    raise _refused(
        word, Text(f"{what.en} is {low} to {high}", f"{what.zh}的范围是 {low} 到 {high}")
    )


_LIGHT = Text("the number of the light", "灯的序号")
_UNIVERSE = Text("the universe", "域（Universe）编号")
_CHANNEL = Text("a channel", "通道号")
_CCT_CHANNEL = Text("the channel of cct=", "cct= 的通道号")
_FORM = Text("this names no lamp control", "这不是灯具控制的写法")
_FINE = Text(
    "fine=1 means that the next channel is the fine one; there is none after 512",
    "fine=1 表示下一个通道为微调通道；512 之后没有通道",
)
_CCT = Text(
    "cct=CHANNEL and range=2700-6500 belong together: kelvin at channel value 0 and at 255 "
    "(1000 to 20000)",
    "cct=通道号 与 range=2700-6500 必须同时写：通道值 0 和 255 时的色温（1000 到 20000）",
)
_INTERFACE = Text(
    "interface is this computer's own IPv4 address in the network of the lights",
    "interface 是本机在灯光网络中的 IPv4 地址",
)
_SAME = Text("two functions share one channel", "两个功能占用了同一通道")


def _refused(word: str, why: Text) -> FormatRefused:
    shown = redacted(word)
    return FormatRefused(
        Text(f"{shown}: {why.en}", f"{shown}：{why.zh}"),
        Text(
            "write elgato://HOST, elgato://HOST/1 for its second light, "
            "artnet://HOST/UNIVERSE/CHANNEL, sacn://UNIVERSE/CHANNEL or "
            "sacn://HOST/UNIVERSE/CHANNEL, with `?fine=1&cct=CHANNEL&range=2700-6500` where "
            "the lamp has them; leave `control` out for a lamp that is switched by hand",
            "应写作 elgato://主机、elgato://主机/1（第二盏灯）、artnet://主机/域/通道、"
            "sacn://域/通道 或 sacn://主机/域/通道，可加 `?fine=1&cct=通道&range=2700-6500`；"
            "手动开关的灯不写 `control`",
        ),
    )
