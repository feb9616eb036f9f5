"""A computer as the far end: real uploads, real streams, and guests who do not behave."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import DeviceBusy, DeviceGone
from studiocheck.core.network import BroadcastEvidence
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.network.own_addresses import own_addresses
from studiocheck.sources.network.target_server import TargetServer, Visit
from studiocheck.sources.network.upload import HttpUpload, TcpUpload
from studiocheck.sources.uplinks import uplink_for

HOST = "127.0.0.1"
KEY = "sk_live_do_not_tell"


class Over(Exception):
    """The test is."""


@dataclass
class Target:
    """A target that serves in a thread, and who has been there."""

    server: TargetServer
    visits: list[Visit] = field(default_factory=list)
    present: list[Visit] = field(default_factory=list)
    over: bool = False

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self.server.ports["tcp"]

    @property
    def ingest(self) -> str:
        return f"rtmp://{HOST}:{self.server.ports['rtmp']}/live"

    def run(self) -> None:
        with suppress(Over):
            self.server.serve(None, self.visits.append, self.beat)

    def beat(self, present: list[Visit]) -> None:
        self.present = present
        if self.over:
            raise Over

    def visit(self) -> Visit:
        """The one visit there was; waits for its end."""
        end = time.monotonic() + 3
        while not self.visits and time.monotonic() < end:
            time.sleep(0.02)
        (visit,) = self.visits
        return visit


@contextmanager
def target(**options: float) -> Iterator[Target]:
    with TargetServer(HOST, 0, 0, **options) as server:  # type: ignore[arg-type]
        made = Target(server)
        thread = threading.Thread(target=made.run)
        thread.start()
        try:
            yield made
            assert thread.is_alive(), "a guest has ended the server"
        finally:
            made.over = True
            thread.join(5)


def test_our_own_upload_is_taken_and_counted():
    with target() as far:
        evidence = TcpUpload(*far.address).upload(0.5, lambda _: None)
    assert {visit.manner for visit in far.visits} == {"tcp"}
    assert max(v.received_bytes for v in far.visits) >= 0.5 * evidence.delivered_bytes[-1] > 0


@pytest.mark.parametrize("path", ["/backend/empty.php?cors=true", "/__up"])
def test_our_own_posts_are_taken_on_the_same_port(path: str):
    with target() as far:
        host, port = far.address
        evidence = HttpUpload(f"http://{host}:{port}{path}").upload(0.3, lambda _: None)
        time.sleep(0.1)
    assert evidence.stopped in {"time", "steady"}
    assert evidence.delivered_bytes[-1] > 1e6
    assert {visit.manner for visit in far.visits if visit.received_bytes > 1e6} == {"http"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_uploads_a_file_and_asks_who_it_is(tmp_path):
    blob = tmp_path / "blob"
    blob.write_bytes(os.urandom(3_000_000))
    with target() as far:
        url = "http://{}:{}".format(*far.address)
        for way in (["--data-binary", f"@{blob}"], ["-T", str(blob)], ["-F", f"f=@{blob}"]):
            assert curl(*way, f"{url}/upload/") == "200"
        assert curl("-T", "-", f"{url}/x", stdin=b"no length") == "411"
        told = subprocess.run(["curl", "-s", f"{url}/getIP.php"], capture_output=True, check=True)
    assert json.loads(told.stdout)["processedString"] == HOST


def curl(*arguments: str, stdin: bytes = b"") -> str:
    command = ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, timeout=10, check=True
    ).stdout.decode()


def publish(address: str, frames: int = 30) -> None:
    """Publish noise by way of FFmpeg's own RTMP, which holds on to the interpreter meanwhile."""
    subprocess.run(
        [sys.executable, "-c", PUBLISH, address, str(frames)],
        check=True,
        timeout=20,
        stderr=subprocess.DEVNULL,
    )


PUBLISH = """
import sys
import av
import numpy as np
random = np.random.default_rng(1)
with av.open(sys.argv[1], "w", format="flv") as container:
    stream = container.add_stream("h264", rate=30)
    stream.width, stream.height = 320, 180
    for _ in range(int(sys.argv[2])):
        picture = random.integers(0, 255, (180, 320, 3), np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
    container.mux(stream.encode())
"""


def test_a_foreign_publisher_goes_live_and_its_key_is_seen_nowhere():
    with target() as far:
        publish(f"{far.ingest}/{KEY}")
        visit = far.visit()
    assert (visit.manner, visit.app) == ("rtmp", "live")
    assert visit.received_bytes > 50_000
    assert KEY not in repr(far)


def test_our_own_test_broadcast_needs_nobodys_consent_here():
    with target() as far:
        uplink = uplink_for(UplinkRole(ingest=far.ingest))
        captured = uplink.broadcast(2.0, lambda _: None)
        visit = far.visit()
    evidence = captured.evidence
    assert isinstance(evidence, BroadcastEvidence)
    assert (evidence.stopped, evidence.consent) == ("time", "own")
    assert visit.received_bytes >= evidence.delivered_bytes[-1] > 1e6


def test_a_key_that_was_written_into_the_application_is_not_shown():
    with target() as far:
        publish(f"rtmp://{HOST}:{far.server.ports['rtmp']}/live/{KEY}/stream", frames=3)
        assert far.visit().app == "live"


def test_who_only_knocks_is_not_written_down():
    with target() as far:
        for _ in range(5):
            socket.create_connection(far.address).close()
        with socket.create_connection(far.address) as guest:
            guest.sendall(b"an upload")
        assert far.visit().received_bytes == 9


# ------------------------------------------------------------------ guests who do not behave


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.builds(lambda end: b"\x03" + bytes(3072) + end, st.binary(max_size=200))
    | st.builds(lambda end: b"POST / HTTP/1.1\r\n" + end, st.binary(max_size=200)),
    st.sampled_from(["tcp", "rtmp"]),
    st.booleans(),
)
def test_nothing_that_a_guest_sends_ends_the_server(lasting, said, manner, reset):
    with suppress(OSError), socket.create_connection((HOST, lasting.server.ports[manner])) as sock:
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.sendall(said)
    with socket.create_connection(lasting.address) as sock:
        sock.settimeout(5)
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"200 OK" in sock.recv(4096)


@pytest.fixture(scope="module")
def lasting() -> Iterator[Target]:
    with target() as far:
        yield far


def test_a_full_house_turns_newcomers_away_until_somebody_falls_silent():
    with target(connections=3, idle_s=30) as far:
        guests = [socket.create_connection(far.address) for _ in range(3)]
        with socket.create_connection(far.address) as fourth:
            fourth.settimeout(3)
            assert hung_up(fourth)
        time.sleep(2.1)
        for guest in guests[1:]:
            guest.sendall(b"still here")
        time.sleep(0.3)
        with socket.create_connection(far.address) as fourth:
            fourth.sendall(b"GET / HTTP/1.1\r\n\r\n")
            fourth.settimeout(3)
            assert b"200" in fourth.recv(100)
        guests[0].settimeout(1)
        assert hung_up(guests[0])
        for guest in guests:
            guest.close()


def hung_up(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_who_is_silent_too_long_is_asked_to_leave():
    with target(idle_s=0.5) as far, socket.create_connection(far.address) as guest:
        guest.sendall(b"POST / HTTP/1.1\r\n")
        guest.settimeout(3)
        assert hung_up(guest)
        assert far.visit().manner == "http"


def test_who_never_reads_the_answers_is_not_read_either():
    with target() as far, socket.create_connection(far.address) as guest:
        guest.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        guest.settimeout(1)
        sent = 0
        with suppress(OSError):
            while sent < 200e6:
                sent += guest.send(b"GET / HTTP/1.1\r\n\r\n" * 3000)
        assert sent < 50e6


def test_it_swallows_a_gigabit_per_second():
    with target() as far, socket.create_connection(far.address) as guest:
        block, sent, began = bytes(1 << 18), 0, time.monotonic()
        while time.monotonic() < began + 0.5:
            sent += guest.send(block)
        assert sent * 8 / (time.monotonic() - began) > 1e9


# ------------------------------------------------------------------ ports


def test_a_port_that_is_taken_is_said_to_be():
    with TargetServer(HOST, 0) as first:
        with pytest.raises(DeviceBusy, match="taken"), TargetServer(HOST, first.ports["tcp"]):
            pass
        with (
            pytest.raises(DeviceBusy, match="taken"),
            TargetServer(HOST, 0, first.ports["tcp"]),
        ):
            pass


@pytest.mark.parametrize("host", ["192.0.2.77", "no.such.host.invalid", "not an address"])
def test_an_address_that_is_not_ours_is_said_to_be(host: str):
    with pytest.raises(DeviceGone, match="no address of this computer"), TargetServer(host, 0):
        pass


def test_a_port_without_rights_names_one_that_needs_none():
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if said.stdout.strip() == "granted":
        pytest.skip("this system lets everybody open port 80")
    assert said.stdout.split() == ["PermissionDenied", "1023"], said.stderr


WITHOUT_RIGHTS = """
import encodings.idna, os  # what is loaded later may not be readable without rights
from studiocheck.sources.network.target_server import TargetServer
from studiocheck.core.errors import StudioCheckError
if hasattr(os, "geteuid") and os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    with TargetServer("127.0.0.1", 80):
        print("granted")
except StudioCheckError as error:
    print(type(error).__name__, *[w for w in error.advice.en.split() if w.isdigit()])
"""


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_both_families_are_served_on_every_address():
    with TargetServer("::", 0) as server:
        thread = threading.Thread(target=server.serve, args=(1.0, lambda _: None))
        thread.start()
        for address in ("127.0.0.1", "::1"):
            with socket.create_connection((address, server.ports["tcp"]), timeout=3) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert b"200" in sock.recv(100)
        thread.join()


def test_addresses_to_paste_are_such_that_others_can_use():
    found = own_addresses("0.0.0.0")
    assert found
    assert not [address for address in found if address.startswith("169.254.")]
    assert own_addresses(HOST) == [HOST]


# ------------------------------------------------------------------ the command


@contextmanager
def command(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    serving = subprocess.Popen(
        [sys.executable, "-m", "studiocheck", "target", "serve", "--host", HOST, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )
    try:
        yield serving
    finally:
        serving.kill()
        serving.communicate()


@pytest.mark.parametrize(
    ("language", "words"), [("en", "studio file of the other computer"), ("zh", "请在另一台电脑")]
)
def test_the_command_prints_what_to_paste_and_who_sent_how_much(environment, language, words):
    with command(
        environment | {"STUDIOCHECK_LANG": language}, "--port", "0", "--rtmp", "0"
    ) as serving:
        assert serving.stdout is not None
        greeting = [serving.stdout.readline() for _ in range(3)]
        assert words in greeting[0]
        pasted = re.fullmatch(r'target = "tcp://(.+):(\d+)"\n', greeting[1])
        ingest = re.fullmatch(r'ingest = "(rtmp://.+/live)"\n', greeting[2])
        assert pasted is not None
        assert ingest is not None
        with socket.create_connection((pasted[1], int(pasted[2]))) as sock:
            sock.sendall(bytes(2_000_000))
        assert re.match(rf"{HOST} +tcp .* MB .* Mbit/s", serving.stdout.readline())
        publish(f"{ingest[1]}/{KEY}")
        line = serving.stdout.readline()
        assert re.match(rf"{HOST} +rtmp live ", line)
        serving.send_signal(signal.SIGINT)
        out, err = serving.communicate(timeout=10)
    assert serving.returncode == 0
    assert KEY not in line + out + err
    assert "Traceback" not in err


def test_the_command_ends_by_itself_and_says_what_keeps_it_from_beginning(program):
    began = time.monotonic()
    assert program("target", "serve", "--host", HOST, "--port", "0", "--seconds", "0.3").code == 0
    assert time.monotonic() - began < 10
    with TargetServer(HOST, 0) as first:
        said = program("target", "serve", "--host", HOST, "--port", str(first.ports["tcp"]))
    assert said.code == 2
    assert "taken" in said.err
    assert "--port" in said.err
