"""A studio, a router and an internet of network namespaces, the uplink shaped in the router.

Nothing outside the namespaces changes, and they go away with the fixture. Shaping sits in the
router because a shaper at the sender's own interface never lets a queue grow; segments are as
small as on a wire because offloading is off; congestion control is cubic, which desktops use.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FAR_END = "10.77.2.2"
PAYLOAD_SHARE = 1448 / 1514
"""Payload of a full segment with timestamps over its Ethernet frame, which is what tbf counts."""
ROOT = Path(__file__).parents[2]
_TOOLS = ("ip", "tc", "ethtool", "sysctl")
_QUEUE_MS = 100
_SINK = """
import socket, threading
def drain(sock):
    with sock:
        try:
            while sock.recv(262144):
                pass
        except OSError:
            pass
server = socket.create_server(("", 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=drain, args=(server.accept()[0],), daemon=True).start()
"""


class NotHere(Exception):
    """This machine does not let us build namespaces."""


@dataclass
class Rig:
    """Three namespaces and a sink at the far end."""

    prefix: str = field(default_factory=lambda: f"studiocheck-{os.getpid()}")
    port: int = 0
    _sink: subprocess.Popen[str] | None = None

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

    def up(self) -> None:
        for name in (self.studio, self.router, self.internet):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
            # no memory of the line from the test before
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv4.tcp_no_metrics_save=1")
        self._wire(self.studio, "st0", "10.77.1.2/24", self.router, "rs0", "10.77.1.1/24")
        self._wire(self.router, "wan0", "10.77.2.1/24", self.internet, "in0", f"{FAR_END}/24")
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

    def shape(self, mbit_s: float) -> None:
        burst = max(3200, round(mbit_s * 2000 / 8))  # 2 ms of the rate, at least two packets
        shaper = ("tbf", "rate", f"{mbit_s}mbit", "burst", str(burst), "latency", f"{_QUEUE_MS}ms")
        run("tc", "-n", self.router, "qdisc", "replace", "dev", "wan0", "root", *shaper)

    def cut(self) -> None:
        run("ip", "-n", self.studio, "link", "set", "st0", "down")

    def blackhole(self) -> None:
        run("ip", "-n", self.router, "route", "add", "blackhole", FAR_END)

    def start(self, namespace: str, *arguments: str) -> subprocess.Popen[str]:
        """Start Python in a namespace."""
        return subprocess.Popen(
            ["ip", "netns", "exec", namespace, sys.executable, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    @staticmethod
    def readline(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()

    def down(self) -> None:
        if self._sink is not None:
            self._sink.kill()
            self._sink.communicate()
        for name in (self.studio, self.router, self.internet):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=20)
    if done.returncode:
        raise NotHere(f"{' '.join(command)}: {done.stderr.strip()}")


@pytest.fixture
def rig() -> Iterator[Rig]:
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if not sys.platform.startswith("linux") or missing:
        pytest.skip(f"needs Linux with {', '.join(missing or _TOOLS)}")
    made = Rig()
    try:
        try:
            made.up()
            made.shape(20)
        except NotHere as reason:
            pytest.skip(f"network namespaces cannot be built here: {reason}")
        yield made
    finally:
        made.down()
