"""Uploads to real servers on this computer: good ones, refusing ones, and ones that go wrong."""

from __future__ import annotations

import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.errors import DeviceGone, NetworkRefused, SourceTimeout
from studiocheck.measure.network.goodput import goodput
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.shaped_port import ShapedPort
from studiocheck.sources.network.connection import Endpoint, connect
from studiocheck.sources.network.upload import HttpUpload, TcpUpload
from tests.local_server import Handler, server


def ignore(_: float) -> None:
    """Nobody watches the progress."""


def drain(sock: socket.socket, seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and sock.recv(262144):
        pass


def some(sock: socket.socket, count: int) -> bytes:
    """Receive up to so many bytes; a peer that has gone is an error, not silence."""
    data = sock.recv(count)
    if not data:
        raise ConnectionError
    return data


def read_head(sock: socket.socket) -> int:
    """Read a request's head; return how much of its body is still to come."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += some(sock, 4096)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return length - len(body)


def answering(answer: bytes, *, then: Handler | None = None) -> Handler:
    """Read one whole request, answer, and go on."""

    def handle(sock: socket.socket) -> None:
        left = read_head(sock)
        while left:
            left -= len(some(sock, min(left, 65536)))
        sock.sendall(answer)
        if then is not None:
            then(sock)

    return handle


def http(port: int, path: str = "/upload", scheme: str = "http") -> HttpUpload:
    return HttpUpload(f"{scheme}://127.0.0.1:{port}{path}")


@contextmanager
def shaped() -> Iterator[int]:
    port = ShapedPort(load_scene(), "primary")
    _, number = port.start()
    try:
        yield number
    finally:
        port.stop()


# ------------------------------------------------------------------ what works


@pytest.mark.parametrize("scheme", ["tcp", "http"])
def test_a_line_of_20_reads_20_by_tcp_and_by_post(scheme: str):
    shares: list[float] = []
    with shaped() as port:
        uplink = TcpUpload("127.0.0.1", port) if scheme == "tcp" else http(port)
        evidence = uplink.upload(4.0, shares.append)
    found = goodput(
        evidence.t_s, evidence.delivered_bytes, evidence.retransmitted, evidence.segments
    )
    assert found.median_mbit_s == pytest.approx(20, rel=0.05)
    assert evidence.backend == scheme
    assert evidence.t_s[-1] <= 4.1
    assert len(shares) > 20
    assert shares == sorted(shares)


def test_without_the_kernels_word_the_bytes_the_socket_took_are_counted_and_named():
    with shaped() as port:
        evidence = TcpUpload("127.0.0.1", port, ask_kernel=False).upload(1.0, ignore)
    assert evidence.progress == "socket"
    assert np.all(evidence.retransmitted == -1)
    assert np.all(np.isnan(evidence.rtt_ms))
    assert evidence.delivered_bytes[-1] > 1_000_000


def test_the_course_is_in_order_and_begins_with_nothing():
    with shaped() as port:
        evidence = TcpUpload("127.0.0.1", port).upload(0.5, ignore)
    assert evidence.delivered_bytes[0] < 200_000
    assert np.all(np.diff(evidence.t_s) > 0)
    assert np.all(np.diff(evidence.delivered_bytes) >= 0)
    assert evidence.stopped == "time"


def test_a_server_that_hangs_up_after_every_answer_is_measured_in_one_large_request():
    answer = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
    with server(answering(answer)) as port:
        evidence = http(port).upload(0.4, ignore)
    assert evidence.delivered_bytes[-1] > 1_000_000


def test_keys_in_a_query_are_sent_and_never_shown():
    with shaped() as port:
        evidence = http(port, "/up?key=secret").upload(0.3, ignore)
    assert evidence.target == f"http://127.0.0.1:{port}/up"


def test_nothing_goes_on_flooding_after_the_upload():
    ended: list[str] = []

    def watch(sock: socket.socket) -> None:
        try:
            drain(sock)
        except ConnectionResetError:
            ended.append("reset")
        else:
            ended.append("closed")

    with server(watch) as port:
        TcpUpload("127.0.0.1", port, enough_mbit_s=1e6).upload(0.2, ignore)
    assert set(ended) == {"reset"}  # the uploads, and the connections that timed the line


# ------------------------------------------------------------------ what refuses


@pytest.mark.parametrize(
    ("status", "says", "advises"),
    [
        (403, "HTTP 403 Forbidden", "allow uploads"),
        (404, "HTTP 404 Not Found", "path"),
        (413, "HTTP 413", "client_max_body_size"),
        (429, "HTTP 429", "wait"),
        (500, "HTTP 500", "fault of its own"),
        (302, "HTTP 302 Found", "redirects"),
        (418, "HTTP 418", "browser"),
        (499, "HTTP 499", "browser"),
    ],
)
def test_a_refusing_server_is_named_with_its_status_and_what_to_do(
    status: int, says: str, advises: str
):
    answer = f"HTTP/1.1 {status} Some Words\r\nContent-Length: 0\r\n\r\n".encode()
    with server(answering(answer)) as port, pytest.raises(NetworkRefused) as refused:
        http(port).upload(1.0, ignore)
    assert says in refused.value.message.en
    assert refused.value.advice is not None
    assert advises in refused.value.advice.en


def test_a_refusal_is_heard_even_when_the_server_does_not_read_on():
    def refuse(sock: socket.socket) -> None:
        sock.recv(100)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\n")

    with server(refuse) as port, pytest.raises(NetworkRefused, match="HTTP 413"):
        http(port).upload(1.0, ignore)


@pytest.mark.parametrize(
    "page", ["<html><form action='/login'>", "<!DOCTYPE html><title>Wi-Fi</title>"]
)
def test_the_log_in_page_of_a_network_is_not_taken_for_a_server_that_takes_uploads(page: str):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
    with (
        server(answering(head.encode() + page.encode())) as port,
        pytest.raises(NetworkRefused, match="web page") as refused,
    ):
        http(port).upload(1.0, ignore)
    assert refused.value.advice is not None
    assert "log-in page" in refused.value.advice.en


def test_an_empty_answer_that_calls_itself_html_is_no_log_in_page():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n"
    with server(answering(head, then=drain)) as port:  # as LibreSpeed's empty.php answers
        assert http(port).upload(0.3, ignore).delivered_bytes[-1] > 1_000_000


def test_something_that_does_not_speak_http_is_refused():
    with (
        server(answering(b"220 smtp.example ESMTP\r\n")) as port,
        pytest.raises(NetworkRefused, match="not in HTTP"),
    ):
        http(port).upload(1.0, ignore)


def test_a_server_that_hangs_up_without_a_word_is_refused():
    with (
        server(lambda sock: sock.recv(10)) as port,
        pytest.raises(NetworkRefused, match="hung up without an answer"),
    ):
        http(port).upload(1.0, ignore)


@pytest.mark.slow
def test_a_server_that_never_answers_is_a_timeout_in_bounded_time():
    began = time.monotonic()
    with server(drain) as port, pytest.raises(SourceTimeout, match="never answered"):
        http(port).upload(1.0, ignore)
    assert time.monotonic() - began < 12


def test_a_closed_port_is_refused_at_step_tcp():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkRefused, match="step tcp"):
            TcpUpload("127.0.0.1", taken.getsockname()[1]).upload(1.0, ignore)


def test_a_name_that_does_not_exist_is_refused_as_such():
    with pytest.raises((NetworkRefused, SourceTimeout)) as refused:
        TcpUpload("no-such-host.invalid", 80).upload(1.0, ignore)
    assert "no-such-host.invalid" in refused.value.message.en


def test_an_interface_that_is_not_there_is_gone_and_the_others_are_named():
    with shaped() as port, pytest.raises(DeviceGone) as gone:
        TcpUpload("127.0.0.1", port, interface="nosuch0").upload(1.0, ignore)
    assert gone.value.advice is not None
    assert "lo" in gone.value.advice.en


def test_loopback_can_be_asked_for_by_name():
    with shaped() as port:
        evidence = TcpUpload("127.0.0.1", port, interface=loopback()).upload(0.3, ignore)
    assert evidence.delivered_bytes[-1] > 0


def loopback() -> str:
    import psutil

    names = psutil.net_if_addrs()
    return next(n for n, all_of in names.items() if any(a.address == "127.0.0.1" for a in all_of))


# ------------------------------------------------------------------ what breaks


def test_a_reset_returns_what_was_seen_as_cut():
    def reset(sock: socket.socket) -> None:
        drain(sock, 0.3)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with server(reset) as port:
        evidence = TcpUpload("127.0.0.1", port).upload(4.0, ignore)
    assert evidence.stopped == "cut"
    assert 0.2 < evidence.t_s[-1] < 1.5
    assert evidence.delivered_bytes[-1] > 0


# what CPython's wrap_socket was making when it failed, it leaves to be collected
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.parametrize("scheme", ["tcp", "http", "https"])
def test_a_far_end_that_resets_at_once_is_cut_or_refused_whoever_is_faster(scheme: str):
    waits = iter([0, 0, 0.0002, 0.0005, 0.001, 0.002] * 5)

    def reset(sock: socket.socket) -> None:
        time.sleep(next(waits, 0))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def upload(port: int) -> str:
        target = TcpUpload("127.0.0.1", port) if scheme == "tcp" else http(port, scheme=scheme)
        try:
            return target.upload(1.0, ignore).stopped
        except NetworkRefused:
            return "refused"

    with server(reset) as port:
        assert {upload(port) for _ in range(30)} <= {"cut", "refused"}


def test_a_server_that_dies_between_answers_is_cut():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def die(sock: socket.socket) -> None:
        some(sock, 1000)

    with server(answering(answer, then=die)) as port:
        evidence = http(port).upload(4.0, ignore)
    assert evidence.stopped == "cut"


@pytest.mark.slow
def test_a_far_end_that_stops_reading_is_cut_after_three_seconds():
    def stop_reading(sock: socket.socket) -> None:
        drain(sock, 0.2)
        time.sleep(5)

    began = time.monotonic()
    with server(stop_reading) as port:
        evidence = TcpUpload("127.0.0.1", port).upload(2.0, ignore)
        took = time.monotonic() - began
    assert evidence.stopped == "cut"
    assert took < 5


# ------------------------------------------------------------------ TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    file = tmp_path_factory.mktemp("tls") / "self.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", file.with_suffix(".key"), "-out", file],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return file


def over_tls(certificate: Path, handler: Handler) -> Handler:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))

    def handle(sock: socket.socket) -> None:
        if not sock.recv(1, socket.MSG_PEEK):
            return  # the connection was only made to time the line
        with context.wrap_socket(sock, server_side=True) as secure:
            handler(secure)

    return handle


def test_a_certificate_that_nobody_signed_is_refused_at_step_tls(certificate: Path):
    with server(over_tls(certificate, drain)) as port, pytest.raises(NetworkRefused) as refused:
        HttpUpload(f"https://127.0.0.1:{port}/").upload(1.0, ignore)
    assert "step tls" in refused.value.message.en
    assert refused.value.advice is not None
    assert "date and time" in refused.value.advice.en


def test_an_upload_over_tls_is_measured_and_every_step_is_timed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answer = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", then=drain)
    with server(over_tls(certificate, answer)) as port:
        evidence = HttpUpload(f"https://127.0.0.1:{port}/").upload(0.4, ignore)
        connection = connect(Endpoint("127.0.0.1", port, tls=True))
        connection.abort()
    assert evidence.backend == "https"
    assert evidence.delivered_bytes[-1] > 1_000_000
    assert list(connection.steps_ms) == ["dns", "tcp", "tls"]
    assert connection.connect_ms == pytest.approx(sum(connection.steps_ms.values()))


def test_a_server_without_tls_is_refused_at_step_tls():
    with (
        server(lambda sock: sock.sendall(b"HTTP/1.0 400 Bad\r\n\r\n")) as port,
        pytest.raises(NetworkRefused, match="step tls"),
    ):
        HttpUpload(f"https://127.0.0.1:{port}/").upload(1.0, ignore)


@pytest.mark.slow
def test_a_port_that_says_nothing_times_out_at_step_tls():
    with server(drain) as port, pytest.raises(SourceTimeout, match="step tls"):
        HttpUpload(f"https://127.0.0.1:{port}/").upload(1.0, ignore)
