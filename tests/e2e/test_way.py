"""What surrounds an upload, on real sockets: the way, the other programs, the clock."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from studiocheck.core.errors import DeviceGone
from studiocheck.core.evidence import Captured
from studiocheck.core.network import RouteEvidence
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.clock import clock, kernel_clock
from studiocheck.sources.network.gateway import answer_ms
from studiocheck.sources.network.traffic import watch
from studiocheck.sources.uplinks import uplink_for
from studiocheck.wire.sntp import question
from tests.e2e.namespaces import FAR_END, Rig, rig

__all__ = ["rig"]  # a fixture

LINUX = sys.platform.startswith("linux")


def nothing(_: float) -> None:
    """Nobody is told."""


def seen(found: Captured) -> RouteEvidence:
    assert isinstance(found.evidence, RouteEvidence)
    return found.evidence


@contextmanager
def sink() -> Iterator[int]:
    """Take connections and discard what comes."""

    def drain(sock: socket.socket) -> None:
        with sock:
            try:
                while sock.recv(65536):
                    pass
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                sock, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drain, args=(sock,), daemon=True).start()

    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR) if LINUX else None
        server.close()
        thread.join(1)


# ------------------------------------------------------------------ the way


def test_a_way_is_three_look_ups_and_three_connections():
    with sink() as port:
        found = uplink_for(UplinkRole(target=f"tcp://localhost:{port}")).route(nothing)
    evidence = seen(found)
    assert found.problem is None
    assert (len(evidence.dns_ms), len(evidence.connect_ms), evidence.step) == (3, 3, "")
    assert 0 < np.max(evidence.connect_ms) < 1000
    assert evidence.gateway is None  # there is no router on the way to this computer


def test_an_address_needs_no_look_up():
    with sink() as port:
        evidence = seen(uplink_for(UplinkRole(target=f"tcp://127.0.0.1:{port}")).route(nothing))
    assert len(evidence.dns_ms) == 0
    assert evidence.address == "127.0.0.1"


def test_a_name_that_is_none_fails_in_step_dns_and_a_closed_port_in_step_tcp():
    began = time.monotonic()
    unknown = uplink_for(UplinkRole(target="tcp://nosuch.invalid:9")).route(nothing)
    assert seen(unknown).step == "dns"
    assert unknown.problem is not None
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = uplink_for(UplinkRole(target=f"tcp://127.0.0.1:{port}")).route(nothing)
    assert seen(refused).step == "tcp"
    assert refused.problem is not None
    assert refused.problem.code == "refused"
    assert math.isnan(seen(refused).connect_ms[0])
    assert time.monotonic() - began < 12


def test_an_uplink_that_is_only_an_interface_has_no_way_to_look_at():
    assert seen(uplink_for(UplinkRole(interface="lo")).route(nothing)).target == ""


def test_a_router_that_refuses_is_alive():
    assert answer_ms("127.0.0.1") is not None


# ------------------------------------------------------------------ other programs

SENDER = """
import socket, sys, time
sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("sending", flush=True)
due = time.monotonic()
while True:
    sock.sendall(bytes(25_000))
    due += 0.05
    time.sleep(max(0, due - time.monotonic()))
"""
SENDS_MBIT_S = 4.0


@pytest.mark.skipif(not LINUX, reason="rates of other programs are told on Linux only")
def test_a_program_that_uploads_is_found_with_its_rate():
    with sink() as port:
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER, "127.0.0.1", str(port)],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            process.stdout.readline()
            shares: list[float] = []
            evidence = watch("lo", 1.0, shares.append)
        finally:
            process.kill()
            process.communicate()
    assert evidence.seconds == pytest.approx(1.0, abs=0.3)
    assert len(shares) >= 5  # signs of life
    sender = next(one for one in evidence.senders if one.pid == process.pid)
    assert sender.mbit_s == pytest.approx(SENDS_MBIT_S, rel=0.15)
    assert np.mean(evidence.sent_mbit_s) > 0.9 * SENDS_MBIT_S  # others may use lo as well


def test_an_interface_that_is_not_there_is_gone():
    with pytest.raises(DeviceGone, match="nosuch0"):
        watch("nosuch0", 0.2, nothing)


# ------------------------------------------------------------------ the clock


@contextmanager
def time_server(answer: Callable[[bytes], list[bytes]]) -> Iterator[str]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                packet, where = server.recvfrom(512)
            except TimeoutError:
                continue
            for reply in answer(packet):
                server.sendto(reply, where)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        over.set()
        thread.join()
        server.close()


def behind(seconds: float, first: int = 0x24) -> Callable[[bytes], list[bytes]]:
    def answer(asked: bytes) -> list[bytes]:
        now = question(time.time() - seconds)[40:48]
        return [bytes([first, 2]) + bytes(22) + asked[40:48] + now + now]

    return answer


def test_the_offset_to_a_time_server_is_read():
    with time_server(behind(3.25)) as server:
        found = clock(server, nothing)
    assert found.offset_ms is not None
    assert found.delay_ms is not None
    assert found.offset_ms == pytest.approx(3250, abs=20)
    assert abs(found.offset_ms - 3250) <= found.delay_ms / 2 + 1


def test_a_forged_answer_is_not_believed():
    def both(asked: bytes) -> list[bytes]:
        (right,) = behind(3.25)(asked)
        return [right[:24] + bytes(8) + right[32:], right]

    with time_server(both) as server:
        assert clock(server, nothing).offset_ms == pytest.approx(3250, abs=20)


@pytest.mark.parametrize("answer", [lambda _: [], behind(0, first=0xE4)])
def test_a_server_that_is_silent_or_does_not_know_gives_a_reason_in_bounded_time(answer: Any):
    began = time.monotonic()
    with time_server(answer) as server:
        found = clock(server, nothing)
    assert found.offset_ms is None
    assert found.why is not None
    assert time.monotonic() - began < 4


@pytest.mark.skipif(not LINUX, reason="adjtimex is Linux's own")
def test_the_kernel_tells_of_its_clock_without_a_network():
    found = kernel_clock()
    assert found.synchronised in {True, False}
    assert found.kernel_error_ms is not None
    assert 0 <= found.kernel_error_ms <= 16_000
    assert clock(None, nothing).server == ""


# ------------------------------------------------------------------ a studio with a router

LOOK = """
import json, sys
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.uplinks import uplink_for

uplink = uplink_for(UplinkRole(interface=sys.argv[2] or None, target=sys.argv[1]))
before = uplink.link()
print("looking", flush=True)
sys.stdin.readline()
found = uplink.route(lambda _: None)
after = uplink.link()
way = found.evidence
print(json.dumps({
    "interface": after.interface, "address": after.address,
    "changes": after.carrier_changes - before.carrier_changes,
    "gateway": way.gateway, "alive": way.gateway_ms is not None, "mac": way.gateway_mac,
    "step": way.step, "connected": len(way.connect_ms),
    "problem": found.problem.code if found.problem else "",
}), flush=True)
"""


class Look:
    """A look at the way, from inside the studio."""

    def __init__(self, rig: Rig, target: str, interface: str = "") -> None:
        self._process = subprocess.Popen(
            ["ip", "netns", "exec", rig.studio, sys.executable, "-c", LOOK, target, interface],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def said(self) -> dict[str, Any]:
        try:
            out, _ = self._process.communicate("\n", timeout=20)
        finally:
            self._process.kill()
        found: dict[str, Any] = json.loads(out)
        return found


def command(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=20)


@pytest.mark.slow
def test_the_router_is_found_and_alive_and_a_link_that_went_and_came_is_counted(rig: Rig):
    look = Look(rig, rig.target)
    for state in ("down", "up"):  # somebody pulls the plug out of the router and puts it back
        command("ip", "-n", rig.router, "link", "set", "rs0", state)
    time.sleep(0.5)
    said = look.said()
    assert said["changes"] >= 2
    assert (said["interface"], said["address"]) == ("st0", "10.77.1.2")
    assert (said["gateway"], said["alive"], said["step"]) == ("10.77.1.1", True, "")
    assert said["mac"] is not None
    assert said["connected"] == 3


@pytest.mark.slow
def test_behind_a_living_router_a_dead_line_is_not_the_cables_fault(rig: Rig):
    rig.blackhole()
    said = Look(rig, rig.target).said()
    assert (said["step"], said["problem"], said["alive"]) == ("tcp", "timeout", True)


@pytest.mark.slow
def test_without_a_name_server_the_step_is_dns_and_the_router_is_alive(rig: Rig):
    said = Look(rig, "tcp://ingest.invalid:1935").said()
    assert (said["step"], said["gateway"], said["alive"]) == ("dns", "10.77.1.1", True)


@pytest.mark.slow
def test_two_routers_are_two_ways_and_each_is_used_when_its_interface_is_named(rig: Rig):
    mobile = f"{rig.prefix}-mobile"
    command("ip", "netns", "add", mobile)
    try:
        rig._wire(rig.studio, "st1", "10.77.3.2/24", mobile, "mo0", "10.77.3.1/24")
        rig._wire(mobile, "mo1", "10.77.4.1/24", rig.internet, "in1", "10.77.4.2/24")
        for words in (
            (rig.studio, "route", "add", "default", "via", "10.77.3.1", "metric", "200"),
            (mobile, "route", "add", "10.77.2.0/24", "via", "10.77.4.2"),
            (rig.internet, "route", "add", "10.77.3.0/24", "via", "10.77.4.1"),
        ):
            command("ip", "-n", *words)
        command("ip", "netns", "exec", mobile, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        primary, backup = Look(rig, rig.target).said(), Look(rig, rig.target, "st1").said()
        rig.cut()
        alone = Look(rig, rig.target, "st1").said()
    finally:
        command("ip", "netns", "del", mobile)
    assert (primary["gateway"], backup["gateway"]) == ("10.77.1.1", "10.77.3.1")
    assert (backup["interface"], backup["address"], backup["step"]) == ("st1", "10.77.3.2", "")
    assert primary["mac"][2:-3] != backup["mac"][2:-3]
    assert alone["connected"] == 3  # it was not the primary's line that carried it
    assert FAR_END in rig.target
