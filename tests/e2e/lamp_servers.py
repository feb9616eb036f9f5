"""Lamps, nodes and a lighting console of the tests' own, on 127.0.0.1.

Nothing here is shared with the drivers: packets are taken apart octet by octet as the specifications
have them (Art-Net 4, ArtDmx; ANSI E1.31-2018, table 4-1), and a packet that is wrong in any is kept
as a complaint.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"
LOSS_S = 2.5


def until(condition: Callable[[], Any], seconds: float = 5.0) -> bool:
    """Wait until something holds; whether it came to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


# ---------------------------------------------------------------- Elgato


@dataclass
class Elgato:
    """A device with one light or more. ``mood`` says how it misbehaves."""

    lights: list[dict[str, Any]]
    mood: str = "good"
    port: int = 0
    orders: list[Any] = field(default_factory=list)
    asked: int = 0

    def answer(self) -> tuple[int, bytes]:
        said = {"numberOfLights": len(self.lights), "lights": self.lights}
        answers = {
            "404": (404, b"not here"),
            "500": (500, b"{}"),
            "not json": (200, b"<html>router log-in</html>"),
            "nested": (200, b"[" * 60000),
            "huge": (200, b'{"lights": [' + b" " * 200_000),
            "no lights": (200, b'{"hello": 1}'),
            "empty": (200, b'{"numberOfLights": 0, "lights": []}'),
            "words": (200, b'{"lights": [{"on": "yes", "brightness": 20}]}'),
            "nan": (200, b'{"lights": [{"on": 1, "brightness": NaN}]}'),
        }
        return answers.get(self.mood, (200, json.dumps(said).encode()))

    def obey(self, order: Any) -> None:
        self.orders.append(order)
        assert len(order["lights"]) == order["numberOfLights"] == len(self.lights)
        if self.mood == "deaf" or (self.mood == "drops one" and len(self.orders) == 1):
            return
        for light, wanted in zip(self.lights, order["lights"], strict=True):
            for key, value in wanted.items():
                low, high = {"brightness": (0, 100), "temperature": (143, 344)}.get(key, (0, 360))
                assert isinstance(value, int | float)
                assert low <= value <= high, order
                light[key] = value


@contextlib.contextmanager
def elgato(*lights: dict[str, Any], mood: str = "good") -> Iterator[Elgato]:
    device = Elgato([dict(x) for x in lights or ({"on": 0, "brightness": 20, "temperature": 213},)])
    device.mood = mood
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _say(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            device.asked += 1
            if device.mood == "hangs":
                closing.wait(10)
                return
            if device.mood == "hangs up":
                self.close_connection = True
                return
            if device.mood == "drips":
                self.send_response(200)
                self.flush_headers()
                with contextlib.suppress(OSError):
                    while not closing.wait(0.3):
                        self.wfile.write(b"X-Drip: 1\r\n")
                        self.wfile.flush()
                return
            if self.path != "/elgato/lights":
                self._say(404, b"")
            else:
                self._say(*device.answer())

        def do_PUT(self) -> None:
            order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            device.obey(order)
            self._say(*device.answer())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
    server.daemon_threads = True
    device.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield device
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


# ---------------------------------------------------------------- DMX receivers


@dataclass
class Frame:
    at_s: float
    source: str
    universe: int
    priority: int
    sequence: int
    levels: bytes
    ended: bool = False


def strict_artdmx(data: bytes) -> Frame:
    assert data[0:8] == bytes([0x41, 0x72, 0x74, 0x2D, 0x4E, 0x65, 0x74, 0x00]), "ID"
    assert (data[8], data[9]) == (0x00, 0x50), "OpCode, low byte first"
    assert (data[10], data[11]) == (0, 14), "ProtVer"
    assert 1 <= data[12] <= 255, "Sequence"
    assert data[15] <= 0x7F, "Net has 7 bits"
    length = data[16] * 256 + data[17]
    assert 2 <= length <= 512, "Length"
    assert length % 2 == 0, "Length is even"
    assert len(data) == 18 + length, "no more and no less data than Length"
    universe = data[15] * 256 + data[14]
    return Frame(time.monotonic(), "", universe, 0, data[12], data[18:])


def strict_e131(data: bytes) -> Frame:
    def number(first: int, last: int) -> int:
        return int.from_bytes(data[first : last + 1], "big")

    def flags_and_length(first: int) -> None:
        assert number(first, first + 1) >> 12 == 7, "flags"
        assert number(first, first + 1) & 0xFFF == len(data) - first, "PDU length"

    assert number(0, 1) == 0x0010, "preamble size"
    assert number(2, 3) == 0, "postamble size"
    assert data[4:16] == b"ASC-E1.17\x00\x00\x00", "ACN packet identifier"
    flags_and_length(16)
    assert number(18, 21) == 4, "VECTOR_ROOT_E131_DATA"
    assert any(data[22:38]), "CID"
    flags_and_length(38)
    assert number(40, 43) == 2, "VECTOR_E131_DATA_PACKET"
    name = data[44:108]
    assert name[-1] == 0, "the source name is terminated"
    name.rstrip(b"\0").decode("utf-8")
    assert data[108] <= 200, "priority"
    assert number(109, 110) == 0, "no synchronisation"
    assert data[112] & 0x1F == 0, "reserved options"
    assert 1 <= number(113, 114) <= 63999, "universe"
    flags_and_length(115)
    assert data[117] == 2, "VECTOR_DMP_SET_PROPERTY"
    assert data[118] == 0xA1, "address and data type"
    assert number(119, 120) == 0, "first property address"
    assert number(121, 122) == 1, "address increment"
    count = number(123, 124)
    assert 1 <= count <= 513, "property value count"
    assert data[125] == 0, "start code"
    assert len(data) == 125 + count, "property values"
    return Frame(
        time.monotonic(), data[22:38].hex(), number(113, 114), data[108], data[111],
        data[126:], bool(data[112] & 0x40),
    )  # fmt: skip


@dataclass
class Receiver:
    """What came in, and what was wrong with it."""

    port: int
    universe: int
    frames: list[Frame] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def by(self, source: str) -> list[Frame]:
        return [f for f in self.frames if f.source == source]

    def strangers(self, console: str) -> list[Frame]:
        return [f for f in self.frames if f.source != console]

    @property
    def look(self) -> bytes:
        """Art-Net: the last look holds."""
        return self.frames[-1].levels if self.frames else b""

    @property
    def stage(self) -> list[int]:
        """sACN: what the lamps do now: the highest priority of all that live, merged by HTP."""
        now = time.monotonic()
        alive: dict[str, Frame] = {}
        for frame in list(self.frames):
            alive[frame.source] = frame
        living = [f for f in alive.values() if not f.ended and now - f.at_s < LOSS_S]
        top = [f.levels for f in living if f.priority == max(x.priority for x in living)]
        return [max(values) for values in zip(*(x.ljust(512, b"\0") for x in top), strict=True)]

    def channel(self, number: int) -> int | None:
        """What one channel does on the stage; None where nobody drives it."""
        stage = self.stage
        return stage[number - 1] if stage else None


@contextlib.contextmanager
def _receiving(
    receiver: Receiver, sock: socket.socket, parse: Callable[[bytes], Frame]
) -> Iterator[Receiver]:
    closing = threading.Event()
    sock.settimeout(0.05)
    last: dict[str, Frame] = {}

    def run() -> None:
        while not closing.is_set():
            try:
                data, source = sock.recvfrom(2048)
            except TimeoutError:
                continue
            try:
                frame = parse(data)
            except (AssertionError, UnicodeDecodeError) as error:
                receiver.complaints.append(f"{error}: {data.hex()}")
                continue
            frame.source = frame.source or f"{source[0]}:{source[1]}"
            if frame.universe != receiver.universe:
                continue
            before = last.get(frame.source)
            # a stream that ended and comes again begins anew
            fresh = before is None or (before.ended and not frame.ended)
            step = 1 if fresh else (frame.sequence - before.sequence + 128) % 256 - 128
            if -20 < step <= 0:  # E1.31-2018, 6.7.2: late or doubled, not for the lamps
                receiver.complaints.append(f"sequence {before.sequence} -> {frame.sequence}")
                continue
            last[frame.source] = frame
            receiver.frames.append(frame)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield receiver
    finally:
        closing.set()
        thread.join()
        sock.close()


def _shared(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    return sock


@contextlib.contextmanager
def artnet_node(universe: int = 3) -> Iterator[Receiver]:
    port = free_udp_port()
    sock = _shared(LOOPBACK, port)
    with _receiving(Receiver(port, universe), sock, strict_artdmx) as node:
        yield node


@contextlib.contextmanager
def sacn_receiver(universe: int = 7, port: int | None = None) -> Iterator[Receiver]:
    """A gateway that listens to a universe's multicast group on the loopback interface."""
    port = port or free_udp_port()
    group = f"239.255.{universe // 256}.{universe % 256}"
    sock = _shared(group, port)
    joined = socket.inet_aton(group) + socket.inet_aton(LOOPBACK)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
    with _receiving(Receiver(port, universe), sock, strict_e131) as receiver:
        yield receiver


@contextlib.contextmanager
def sacn_unicast_receiver(universe: int = 7) -> Iterator[Receiver]:
    port = free_udp_port()
    with _receiving(Receiver(port, universe), _shared(LOOPBACK, port), strict_e131) as receiver:
        yield receiver


# ---------------------------------------------------------------- other people's consoles


@dataclass
class Console:
    """A lighting console: ten frames a second, faders that may be moved."""

    levels: list[int]
    priority: int = 100
    cid: bytes = field(default_factory=lambda: uuid.uuid4().bytes)

    @property
    def source(self) -> str:
        return self.cid.hex()


def e131_by_hand(console: Console, universe: int, sequence: int) -> bytes:
    values = bytes([0, *console.levels])

    def sized(body: bytes) -> bytes:
        return (0x7000 | (len(body) + 2)).to_bytes(2, "big") + body

    dmp = sized(b"\x02\xa1\x00\x00\x00\x01" + len(values).to_bytes(2, "big") + values)
    name = b"Desk FOH".ljust(64, b"\0")
    framing = sized(
        b"\0\0\0\x02" + name + bytes([console.priority, 0, 0, sequence % 256, 0])
        + universe.to_bytes(2, "big") + dmp
    )  # fmt: skip
    root = sized(b"\0\0\0\x04" + console.cid + framing)
    return b"\0\x10\0\0ASC-E1.17\0\0\0" + root


@contextlib.contextmanager
def _sending(
    sock: socket.socket, packet: Callable[[int], bytes], to: tuple[str, int]
) -> Iterator[None]:
    closing = threading.Event()

    def run() -> None:
        number = 0
        while not closing.wait(0.1):
            number += 1
            with contextlib.suppress(OSError):
                sock.sendto(packet(number), to)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()
        sock.close()


@contextlib.contextmanager
def sacn_console(receiver: Receiver, *levels: int, priority: int = 100) -> Iterator[Console]:
    console = Console(list(levels), priority)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LOOPBACK))
    group = f"239.255.{receiver.universe // 256}.{receiver.universe % 256}"

    def packet(number: int) -> bytes:
        return e131_by_hand(console, receiver.universe, number)

    with _sending(sock, packet, (group, receiver.port)):
        yield console


@contextlib.contextmanager
def artnet_controller(node: Receiver, *levels: int) -> Iterator[None]:
    """Another controller that broadcasts, as small ones do."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    sock.bind((LOOPBACK, 0))
    head = b"Art-Net\0\x00\x50\x00\x0e\x00\x00" + bytes([node.universe, 0, 0, len(levels)])
    with _sending(sock, lambda _: head + bytes(levels), ("127.255.255.255", node.port)):
        yield
