"""The publisher against real servers on this computer: well behaved, badly behaved, hostile."""

from __future__ import annotations

import random
import socket
import ssl
import string
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.errors import NetworkRefused
from studiocheck.core.evidence import Captured
from studiocheck.core.network import BroadcastEvidence, IngestEvidence, StreamPlan
from studiocheck.core.secret import Secret
from studiocheck.core.studio import UplinkRole
from studiocheck.measure.network.backlog import delivery
from studiocheck.sources.broadcast.broadcast import broadcast
from studiocheck.sources.broadcast.ingest import reach
from studiocheck.sources.broadcast.ingest_address import ingest_address
from studiocheck.sources.uplinks import uplink_for
from studiocheck.wire.http_answers import HttpAnswers
from studiocheck.wire.rtmp_chunks import Packer
from studiocheck.wire.rtmp_messages import ping
from studiocheck.wire.rtmp_server import Manners
from tests.e2e.ingest_server import Ingest, ingest
from tests.local_server import server

SMALL = StreamPlan(bitrate_mbit_s=2.0, width=640, height=360, keyframe_s=1.0)
FOREIGN = Manners(ours=False)
HERE = frozenset({"127.0.0.1"})


def quietly(_: float) -> None:
    """Nobody watches."""


def publish(
    address: str, seconds: float = 2.0, key: str = "a-key", consented: frozenset[str] = frozenset()
) -> Captured:
    return broadcast(
        ingest_address(address),
        SMALL,
        seconds,
        quietly,
        key=lambda: Secret(key),
        consented=consented,
    )


def ingest_of(captured: Captured) -> IngestEvidence:
    found = captured.evidence
    return found.ingest if isinstance(found, BroadcastEvidence) else _ingest(found)


def _ingest(found: object) -> IngestEvidence:
    assert isinstance(found, IngestEvidence)
    return found


def test_without_consent_nothing_is_published_and_it_says_how_to_allow_it() -> None:
    with ingest(FOREIGN) as far:
        reached = reach(ingest_address(far.address), None, quietly)
        captured = publish(far.address, consented=frozenset({"live.example", "127.0.0.2"}))
    assert reached.problem is None
    assert far.publishes == 0
    assert [command.name for command in far.commands] == ["connect", "connect"]
    assert captured.problem is not None
    assert captured.problem.code == "consent"
    assert captured.problem.advice is not None
    assert "--broadcast-to 127.0.0.1" in captured.problem.advice.en


def test_a_sustained_test_publishes_nothing_without_consent_either() -> None:
    with ingest(FOREIGN) as far, ingest() as sink:
        role = UplinkRole(ingest=far.address, target=f"tcp://127.0.0.1:{sink.port}")
        sent = uplink_for(role, SMALL).sustain(3.0, quietly)
    assert far.publishes == 0
    assert (sent.how, sent.consent) == ("tcp", None)


def keeps_alive(sock: socket.socket) -> None:
    talk = HttpAnswers()
    while data := sock.recv(65536):
        sock.sendall(talk.feed(data))


def hangs_up_after_an_answer(sock: socket.socket) -> None:
    talk = HttpAnswers()
    while data := sock.recv(65536):
        if answer := talk.feed(data):
            sock.sendall(answer.replace(b"keep-alive", b"close"))
            return


@pytest.mark.parametrize("handler", [keeps_alive, hangs_up_after_an_answer])
def test_an_upload_address_is_sent_the_planned_rate_and_no_more(
    handler: Callable[[socket.socket], None],
) -> None:
    with server(handler) as port:
        role = UplinkRole(target=f"http://127.0.0.1:{port}/upload?token=abc")
        sent = uplink_for(role, SMALL).sustain(3.5, quietly)
    assert (sent.how, sent.stopped) == ("http", "time")
    assert sent.ingest.target == f"http://127.0.0.1:{port}/upload"
    assert sent.delivered_bytes[-1] * 8e-6 / sent.t_s[-1] == pytest.approx(2.0, rel=0.1)
    assert delivery(sent).backlog_max_s < 0.5


def test_an_upload_address_that_refuses_says_so() -> None:
    with server(says(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) as port:
        uplink = uplink_for(UplinkRole(target=f"http://127.0.0.1:{port}/"), SMALL)
        with pytest.raises(NetworkRefused, match="403"):
            uplink.sustain(3.0, quietly)


def test_a_test_server_of_our_own_takes_the_stream_and_is_not_told_the_key() -> None:
    with ingest() as far:
        captured = publish(far.address)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence)
    assert (found.consent, found.stopped, found.ingest.ours) == ("own", "time", True)
    assert list(found.ingest.steps_ms) == ["dns", "tcp", "handshake", "connect", "publish"]
    assert found.due_bytes[-1] * 8e-6 / found.t_s[-1] == pytest.approx(2.0, rel=0.1)
    assert far.publishes
    assert not any(b"a-key" in said for said in far.said)


def test_a_host_that_was_named_is_published_to_with_the_key() -> None:
    with ingest(FOREIGN) as far:
        captured = publish(far.address, consented=HERE)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence)
    assert found.consent == "named"
    assert far.commands[-1].values[1:] == ("a-key", "live")


@pytest.mark.parametrize(
    ("manners", "step", "words"),
    [
        (Manners(ours=False, knows_app=False), "connect", "NetConnection.Connect.Rejected"),
        (Manners(ours=False, takes_key=False), "publish", "NetStream.Publish.BadName"),
        (Manners(ours=False, hangs_up=True), "publish", "it hung up"),
    ],
)
def test_a_refusal_says_its_step_and_the_servers_own_words(
    manners: Manners, step: str, words: str
) -> None:
    with ingest(manners) as far:
        captured = publish(far.address, consented=HERE)
    assert captured.problem is not None
    assert captured.problem.code == NetworkRefused.code
    assert words in captured.problem.message.en
    assert f"step {step}" in captured.problem.message.en
    assert ingest_of(captured).step == step
    assert ingest_of(captured).refused


def test_a_refusal_that_repeats_the_key_is_told_without_it() -> None:
    with ingest(FOREIGN, echo=True) as far:
        captured = publish(far.address, key="live_77?auth=abc", consented=HERE)
    assert captured.problem is not None
    assert "who is ***?" in captured.problem.message.en
    assert "live_77" not in repr(captured)


def says(answer: bytes) -> Callable[[socket.socket], None]:
    def handler(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(answer)

    return handler


def silent(sock: socket.socket) -> None:
    sock.recv(65536)
    time.sleep(6)


def floods(sock: socket.socket) -> None:
    sock.recv(65536)
    sock.sendall(b"\x03" + bytes(3072))
    pings, end = Packer().pack(ping(), 2) * 4000, time.monotonic() + 8
    while time.monotonic() < end:
        sock.sendall(pings)


def resets(sock: socket.socket) -> None:
    sock.recv(2000)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(
    ("handler", "code", "seconds"),
    [
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "refused", 2.0),
        (says(b""), "refused", 2.0),
        (resets, "refused", 2.0),
        (says(b"\x03" + bytes(3072) + b"\x04\x00\x00\x00\xff\xff\xff\x09" * 9), "refused", 2.0),
        pytest.param(silent, "timeout", 6.5, marks=pytest.mark.slow),
        pytest.param(floods, "timeout", 6.5, marks=pytest.mark.slow),
    ],
    ids=["a web server", "hangs up", "resets", "a bomb", "says nothing", "says too much"],
)
def test_what_is_no_ingest_fails_in_bounded_time_with_its_step(
    handler: Callable[[socket.socket], None], code: str, seconds: float
) -> None:
    beats: list[float] = []
    with server(handler) as port:
        began = time.monotonic()
        captured = reach(ingest_address(f"rtmp://127.0.0.1:{port}/live"), None, beats.append)
        took = time.monotonic() - began
    assert took < seconds
    assert captured.problem is not None
    assert captured.problem.code == code
    assert ingest_of(captured).step in {"handshake", "connect"}
    assert len(beats) > 3 * (took - 1)


def test_a_computer_that_is_busy_for_half_a_second_is_not_blamed_on_the_line() -> None:
    busy = iter([0.6])

    def report(share: float) -> None:
        if share > 0.7:
            time.sleep(next(busy, 0.0))

    with ingest() as far:
        captured = broadcast(ingest_address(far.address), SMALL, 4.0, report)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence)
    assert np.diff(found.t_s).max() > 0.5
    assert delivery(found).backlog_max_s < 0.25
    assert delivery(found).longest_quiet_s < 0.25


def test_a_server_that_dies_half_way_has_cut_the_stream() -> None:
    def dies(sock: socket.socket) -> None:
        from studiocheck.wire.rtmp_server import RtmpServer

        ours, end = RtmpServer(), time.monotonic() + 3
        while time.monotonic() < end and (data := sock.recv(65536)):
            sock.sendall(ours.feed(data))
        resets(sock)

    with server(dies) as port:
        captured = publish(f"rtmp://127.0.0.1:{port}/live", seconds=6)
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence)
    assert found.stopped == "cut"
    assert found.t_s[-1] < 4


@contextmanager
def secure(to: int, folder: Path) -> Iterator[tuple[int, Path]]:
    """TLS before a port of this computer, with a certificate that nobody knows."""
    names = [folder / "key.pem", folder / "cert.pem"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(names[0]), "-out", str(names[1])]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(names[1], names[0])

    def relay(sock: socket.socket) -> None:
        with (
            context.wrap_socket(sock, server_side=True) as inner,
            socket.create_connection(("127.0.0.1", to)) as outer,
        ):
            back = threading.Thread(target=pump, args=(outer, inner))
            back.start()
            pump(inner, outer)
            outer.shutdown(socket.SHUT_RDWR)
            back.join()

    def pump(one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass

    with server(relay) as port:
        yield port, names[1]


def test_rtmps_is_refused_without_a_trusted_certificate_and_works_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ingest() as far, secure(far.port, tmp_path) as (port, certificate):
        address = f"rtmps://127.0.0.1:{port}/live"
        refused = publish(address)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        captured = publish(address)
    assert refused.problem is not None
    assert "certificate" in refused.problem.message.en
    assert ingest_of(refused).step == "tls"
    found = captured.evidence
    assert isinstance(found, BroadcastEvidence), captured
    assert "tls" in found.ingest.steps_ms
    assert found.delivered_bytes[-1] == pytest.approx(found.due_bytes[-1], rel=0.02)


@pytest.mark.slow
def test_a_key_is_found_nowhere_after_a_run(tmp_path: Path) -> None:
    letters = string.ascii_letters + string.digits
    key = "".join(random.SystemRandom().choices(letters, k=24))
    with ingest(FOREIGN, echo=True) as far:
        said = run_with_key(tmp_path, far, key)
    assert key in [str(command.values[1]) for command in far.commands if command.name == "publish"]
    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert any(path.name == "record.json" for path in files)
    assert b"***" in said
    for text in (said, *(path.read_bytes() for path in files)):
        assert key.encode() not in text


def run_with_key(tmp_path: Path, far: Ingest, key: str) -> bytes:
    """Run the program with a key in a file, return all that it printed."""
    secrets = tmp_path / "keys.toml"
    secrets.write_text(f'live = "{key}"\n')
    secrets.chmod(0o600)
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "room"\nsecrets = "keys.toml"\n[uplinks.primary]\n'
        f'ingest = "{far.address}"\nstream_key = "live"\n'
    )
    home = tmp_path / "home"
    home.mkdir()
    names = ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    command = [sys.executable, "-m", "studiocheck", "check", "--studio", str(studio)]
    options = ["--only", "net.ingest", "--only", "net.broadcast", "--verbose", "--no-input"]
    done = subprocess.run(
        [*command, *options, "--broadcast-to", "127.0.0.1"],
        check=False,
        capture_output=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **dict.fromkeys(names, str(home))},
    )
    return done.stdout + done.stderr
