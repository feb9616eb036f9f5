"""speedtest-cli against a service of our own, reached through a proxy as in a company network."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from studiocheck.core.errors import DeviceGone, LibraryMissing, NetworkRefused
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.shaped_port import ShapedPort
from studiocheck.sources.network.speedtest_upload import SpeedtestUpload
from tests.local_server import Handler, server

needs_speedtest = pytest.mark.skipif(
    importlib.util.find_spec("speedtest") is None, reason="speedtest-cli is not installed"
)

CONFIGURATION = b"""<?xml version="1.0"?><settings>
<client ip="127.0.0.1" lat="31.2" lon="121.4" isp="test" country="CN"/>
<server-config threadcount="4" ignoreids=""/>
<download testlength="1" threadsperurl="1"/>
<upload testlength="2" ratio="5" threads="2" maxchunkcount="50"/></settings>"""
SERVERS = """<?xml version="1.0"?><settings><servers><server url="http://127.0.0.1:{port}/upload.php"
lat="31.2" lon="121.4" name="Here" country="China" cc="CN" sponsor="Test" id="1"
host="127.0.0.1:{port}"/></servers></settings>"""


def ignore(_: float) -> None:
    """Nobody watches the progress."""


@contextmanager
def proxy(answer: Handler) -> Iterator[int]:
    """A proxy that hands what follows a CONNECT to ``answer``."""

    def connected(sock: socket.socket) -> None:
        assert sock.recv(65536).startswith(b"CONNECT www.speedtest.net:443 ")
        answer(sock)

    with server(connected) as port:
        yield port


@pytest.fixture(scope="module")
def service_tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    file = tmp_path_factory.mktemp("tls") / "speedtest.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=www.speedtest.net", "-addext", "subjectAltName=DNS:www.speedtest.net",
         "-keyout", file.with_suffix(".key"), "-out", file],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, file.with_suffix(".key"))
    return context, file


@needs_speedtest
def test_its_average_is_a_summary_without_a_course(
    service_tls: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
):
    context, certificate = service_tls
    line = ShapedPort(load_scene(), "primary")
    _, upload_port = line.start()

    def answer(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with context.wrap_socket(sock, server_side=True) as secure:
            asked = secure.recv(65536)
            body = (
                CONFIGURATION if b"config" in asked else SERVERS.format(port=upload_port).encode()
            )
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            secure.sendall(head.encode() + body)

    shares: list[float] = []
    try:
        with proxy(answer) as port:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            evidence = SpeedtestUpload().upload(4.0, shares.append)
    finally:
        line.stop()
    assert evidence.progress == "summary"
    assert evidence.summary_mbit_s == pytest.approx(20, rel=0.35)
    assert evidence.target == "speedtest: Test, Here"
    assert len(evidence.t_s) == 0
    assert len(shares) > 5


@needs_speedtest
def test_a_service_that_is_forbidden_is_refused_with_its_step(monkeypatch: pytest.MonkeyPatch):
    def forbid(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with proxy(forbid) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(NetworkRefused, match=r"step configuration.*403") as refused:
            SpeedtestUpload().upload(4.0, ignore)
    assert refused.value.advice is not None
    assert "https://" in refused.value.advice.en


@needs_speedtest
def test_a_service_out_of_reach_is_refused_with_its_step(monkeypatch: pytest.MonkeyPatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(NetworkRefused, match="step configuration"):
            SpeedtestUpload().upload(4.0, ignore)


@needs_speedtest
def test_an_interface_that_is_not_there_is_gone():
    with pytest.raises(DeviceGone, match="nosuch0"):
        SpeedtestUpload("nosuch0").upload(4.0, ignore)


def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "speedtest", None)
    with pytest.raises(LibraryMissing) as missing:
        SpeedtestUpload().upload(4.0, ignore)
    assert missing.value.advice is not None
    assert 'pip install "studiocheck[speedtest]"' in missing.value.advice.en
