"""A studio, a router and an internet of network namespaces, the uplink shaped in the router.

Nothing outside the namespaces changes, and they go away with the fixture. Shaping sits in the
router because a shaper at the sender's own interface never lets a queue grow; segments are as
small as on a wire because offloading is off; congestion control is cubic, which desktops use.
Latency and jitter come from a program of our own (`delayed_wire`), loss from nft.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FAR_END = "10.77.2.2"
_FAR_END6 = "fd77:2::2"
PAYLOAD_SHARE = 1448 / 1514
"""Payload of a full segment with timestamps over its Ethernet frame, which is what tbf counts."""
FAR_PAYLOAD_SHARE = 1448 / 1500
"""The same on a wire with latency, which has no Ethernet header."""
ROOT = Path(__file__).parents[2]
_TOOLS = ("ip", "tc", "ethtool", "sysctl", "nft")
_WIRE = Path(__file__).with_name("delayed_wire.py")
_SINK = """
import os, socket, sys, threading
family = socket.AF_INET6
server = socket.create_server(("", 0), family=family, dualstack_ipv6=True, backlog=100)
def drain(sock):
    with sock:
        try:
            while data := sock.recv(262144):
                global taken
                taken += len(data)
        except OSError:
            pass
taken = 0
def tell():
    for _ in sys.stdin:
        print(taken, flush=True)
threading.Thread(target=tell, daemon=True).start()
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=drain, args=(server.accept()[0],), daemon=True).start()
"""


class NotHere(Exception):
    """This machine does not let us build namespaces."""


@dataclass
class Rig:
    """Three namespaces and a sink at the far end.

    ``delay_ms`` and ``jitter_ms`` are one way; without them the wire is short and takes no helper.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    prefix: str = field(default_factory=lambda: f"studiocheck-{os.getpid()}")
    port: int = 0
    _sink: subprocess.Popen[str] | None = None
    _far: subprocess.Popen[str] | None = None

    @property
    def studio(self) -> str:
        return f"{self.prefix}-studio"

    @property
    def router(self) -> str:
        return f"{self.prefix}-router"

    @property
    def internet(self) -> str:
        return f"{self.prefix}-internet"

    @property
    def target(self) -> str:
        return f"tcp://{FAR_END}:{self.port}"

    @property
    def target6(self) -> str:
        return f"tcp://[{_FAR_END6}]:{self.port}"

    @property
    def payload_share(self) -> float:
        return FAR_PAYLOAD_SHARE if self._far else PAYLOAD_SHARE

    def up(self) -> None:
        for name in (self.studio, self.router, self.internet):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            # no memory of the line from the test before
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
        self._wire(self.studio, "st0", "10.77.1.2/24", self.router, "rs0", "10.77.1.1/24")
        router, far = ("wan0", "10.77.2.1/24"), ("in0", f"{FAR_END}/24")
        if self.delay_ms or self.jitter_ms:
            self._far_wire(router, far)
        else:
            self._wire(self.router, *router, self.internet, *far)
        route = ("ip", "-n", self.studio, "route", "add", "default", "via", "10.77.1.1")
        run(*route, "congctl", "cubic")
        run("ip", "-n", self.internet, "route", "add", "10.77.1.0/24", "via", "10.77.2.1")
        run("ip", "netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        self._sink = self.start(self.internet, "-c", _SINK)
        self.port = int(self.readline(self._sink))

    def _wire(self, a: str, a_dev: str, a_ip: str, b: str, b_dev: str, b_ip: str) -> None:
        peer = ("peer", "name", b_dev, "netns", b)
        run("ip", "link", "add", a_dev, "netns", a, "type", "veth", *peer)
        for name, device, address in ((a, a_dev, a_ip), (b, b_dev, b_ip)):
            offloads = ("tso", "off", "gso", "off", "gro", "off")
            run("ip", "netns", "exec", name, "ethtool", "-K", device, *offloads)
            run("ip", "-n", name, "addr", "add", address, "dev", device)
            run("ip", "-n", name, "link", "set", device, "up")

    def _far_wire(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        ends = (self.router, *one), (self.internet, *other)
        places = [f"{name}:{device}" for name, device, _ in ends]
        delays = (str(self.delay_ms), str(self.jitter_ms))
        self._far = subprocess.Popen(
            [sys.executable, _WIRE, *places, *delays],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self.readline(self._far).strip() != "ready":
            raise NotHere(f"no TUN devices: {self._far.communicate()[1].strip()[-200:]}")
        for name, device, address in ends:
            run("ip", "-n", name, "addr", "add", address, "dev", device)
            run("ip", "-n", name, "link", "set", device, "up")

    def shape(self, mbit_s: float, queue_ms: float = 100) -> None:
        """Set the rate of the uplink, and how much its queue holds (1000: bufferbloat)."""
        burst = max(3200, round(mbit_s * 2000 / 8))  # 2 ms of the rate, at least two packets
        shaper = ("tbf", "rate", f"{mbit_s}mbit", "burst", str(burst), "latency", f"{queue_ms}ms")
        run("tc", "-n", self.router, "qdisc", "replace", "dev", "wan0", "root", *shaper)

    def shape_later(self, *steps: tuple[float, float]) -> None:
        """Change the rate at times from now: (s, Mbit/s)."""
        for after_s, mbit_s in steps:
            timer = threading.Timer(after_s, self.shape, (mbit_s,))
            timer.daemon = True
            timer.start()

    def lose(self, percent: float) -> None:
        """Lose packets of the uplink at random; 0 ends it."""
        share = f"numgen random mod 10000 < {round(100 * percent)}"
        self._filter("loss", f'iifname "rs0" {share} counter drop' if percent else "")

    def _filter(self, table: str, rule: str) -> None:
        """Put one rule into the router's forwarding, in place of the one before; "" for none."""
        chain = f"chain c {{\ntype filter hook forward priority 0;\n{rule}\n}}" if rule else ""
        text = (
            f"table inet {table}\ndelete table inet {table}\ntable inet {table} {{\n{chain}\n}}\n"
        )
        run("ip", "netns", "exec", self.router, "nft", "-f", "-", said=text)

    def only_ipv6(self) -> None:
        """Take the studio's old address away and give everybody a new one."""
        run("ip", "-n", self.studio, "addr", "flush", "dev", "st0", "scope", "global")
        for name, device, address in (
            (self.studio, "st0", "fd77:1::2/64"),
            (self.router, "rs0", "fd77:1::1/64"),
            (self.router, "wan0", "fd77:2::1/64"),
            (self.internet, "in0", f"{_FAR_END6}/64"),
        ):
            run("ip", "-n", name, "addr", "add", address, "dev", device, "nodad")
        run("ip", "netns", "exec", self.router, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1")
        run("ip", "-n", self.studio, "route", "add", "default", "via", "fd77:1::1")
        run("ip", "-n", self.internet, "route", "add", "fd77:1::/64", "via", "fd77:2::1")

    def cut(self) -> None:
        """Pull the studio's cable."""
        run("ip", "-n", self.studio, "link", "set", "st0", "down")

    def mend(self) -> None:
        """Plug it in again."""
        run("ip", "-n", self.studio, "link", "set", "st0", "up")
        route = ("ip", "-n", self.studio, "route", "replace", "default", "via", "10.77.1.1")
        run(*route, "congctl", "cubic")

    def taken_bytes(self) -> int:
        """Return how much has come to the sink by now."""
        assert self._sink is not None
        assert self._sink.stdin is not None
        print(file=self._sink.stdin, flush=True)
        return int(self.readline(self._sink))

    def blackhole(self) -> None:
        run("ip", "-n", self.router, "route", "add", "blackhole", FAR_END)

    def start(self, namespace: str, *arguments: str) -> subprocess.Popen[str]:
        """Start Python in a namespace."""
        return self.start_program(namespace, sys.executable, *arguments)

    def start_program(self, namespace: str, *command: str) -> subprocess.Popen[str]:
        """Start a program in a namespace."""
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    @staticmethod
    def readline(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()

    def down(self) -> None:
        for process in (self._sink, self._far):
            if process is not None:
                process.kill()
                process.communicate()
        for name in (self.studio, self.router, self.internet):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def run(*command: str, said: str | None = None) -> None:
    done = subprocess.run(
        command, input=said, check=False, capture_output=True, text=True, timeout=20
    )
    if done.returncode:
        raise NotHere(f"{' '.join(command)}: {done.stderr.strip()}")


@contextmanager
def built(delay_ms: float = 0.0, jitter_ms: float = 0.0) -> Iterator[Rig]:
    """A rig with a line of 20 Mbit/s; skips, visibly, where it cannot be built."""
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if not sys.platform.startswith("linux") or missing:
        pytest.skip(f"needs Linux with {', '.join(missing or _TOOLS)}")
    made = Rig(delay_ms, jitter_ms)
    try:
        try:
            made.up()
            made.shape(20)
        except NotHere as reason:
            pytest.skip(f"network namespaces cannot be built here: {reason}")
        yield made
    finally:
        made.down()


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A short wire."""
    with built() as made:
        yield made


@pytest.fixture
def far_rig() -> Iterator[Rig]:
    """A far end with a round trip of 30 ms."""
    with built(delay_ms=15) as made:
        yield made
