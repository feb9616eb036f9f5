"""Ingests that speak SRT: a real listener, the real program, and neither where there is none."""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.evidence import Captured
from studiocheck.core.network import BroadcastEvidence, IngestEvidence, StreamPlan
from studiocheck.core.studio import UplinkRole
from studiocheck.measure.network.backlog import delivery
from studiocheck.sources.broadcast.srt_statistics import Interval, SrtCourse, interval_of
from studiocheck.sources.broadcast.transport_stream import TransportStream
from studiocheck.sources.uplinks import StudioUplink, uplink_for
from studiocheck.wire import srt_handshake

PROGRAM = "srt-live-transmit"
HOST = "127.0.0.1"
needs_program = pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"needs {PROGRAM}")
PLAN = StreamPlan(bitrate_mbit_s=2.0, width=640, height=360)


def ignore(_: float) -> None:
    pass


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        return int(sock.getsockname()[1])


@dataclass
class Listener:
    """A real SRT listener, and what came to it."""

    port: int
    process: subprocess.Popen[bytes]
    taken: bytearray = field(default_factory=bytearray)

    def uplink(
        self, options: str = "", *, consent: bool = True, key: str | None = None
    ) -> StudioUplink:
        role = UplinkRole(ingest=f"srt://{HOST}:{self.port}{options}", stream_key=key)
        return uplink_for(role, PLAN, frozenset({HOST}) if consent else frozenset())


@contextmanager
def listening(options: str = "") -> Iterator[Listener]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.bind((HOST, 0))
        out.settimeout(0.2)
        port = free_port()
        process = subprocess.Popen(
            [PROGRAM, "-q", "-ll", "fatal", f"srt://{HOST}:{port}?mode=listener{options}",
             f"udp://{HOST}:{out.getsockname()[1]}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        made, over = Listener(port, process), threading.Event()

        def take() -> None:
            while not over.is_set():
                try:
                    made.taken.extend(out.recv(2048))
                except TimeoutError:
                    continue

        taker = threading.Thread(target=take)
        taker.start()
        try:
            end = time.monotonic() + 5
            while not isinstance(uplink_answer(made), dict) and time.monotonic() < end:
                time.sleep(0.05)
            yield made
        finally:
            over.set()
            taker.join()
            process.kill()
            process.wait()


def uplink_answer(listener: Listener) -> object:
    found = listener.uplink().ingest(ignore)
    return found.evidence.steps_ms if not found.problem and found.evidence else None


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as made:
        yield made


def senders() -> list[psutil.Process]:
    return [p for p in psutil.Process().children(recursive=True) if _is_sender(p)]


def _is_sender(process: psutil.Process) -> bool:
    try:
        return "mode=caller" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def problem_of(found: Captured) -> tuple[str, str, str]:
    assert found.problem is not None, found
    advice = found.problem.advice
    return found.problem.code, found.problem.message.en, advice.en if advice else ""


@needs_program
def test_a_listener_is_reached_by_the_first_handshake_and_sees_no_stream(listener: Listener):
    found = listener.uplink("?streamid=live/se-cret").ingest(ignore)
    assert found.problem is None
    assert isinstance(found.evidence, IngestEvidence)
    assert list(found.evidence.steps_ms) == ["dns", "handshake"]
    assert found.evidence.target == f"srt://{HOST}:{listener.port}"
    assert not listener.taken


def test_a_port_where_nobody_listens_is_refused_and_one_that_is_silent_takes_three_seconds():
    nobody = uplink_for(UplinkRole(ingest=f"srt://{HOST}:{free_port()}")).ingest(ignore)
    assert problem_of(nobody)[0] == "refused"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        began = time.monotonic()
        told = []
        port = silent.getsockname()[1]
        found = uplink_for(UplinkRole(ingest=f"srt://{HOST}:{port}")).ingest(told.append)
        assert time.monotonic() - began < 4
        assert len(silent.recv(100)) == 64
    assert isinstance(found.evidence, IngestEvidence)
    assert found.evidence.step == "handshake"
    assert problem_of(found)[0] == "timeout"
    assert len(told) > 10


@needs_program
def test_nothing_is_sent_before_somebody_named_the_host(listener: Listener):
    code, _, advice = problem_of(listener.uplink(consent=False).broadcast(2, ignore))
    assert code == "consent"
    assert f"--broadcast-to {HOST}" in advice
    assert not listener.taken


@needs_program
def test_bars_and_silence_arrive_at_the_planned_rate(listener: Listener):
    found = listener.uplink("?latency=200").broadcast(4, ignore)
    evidence = found.evidence
    assert isinstance(evidence, BroadcastEvidence), found
    assert (evidence.how, evidence.consent, evidence.stopped) == ("srt", "named", "time")
    assert evidence.due_bytes[-1] * 8e-6 / evidence.t_s[-1] == pytest.approx(2.0, rel=0.01)
    assert len(listener.taken) * 8e-6 == pytest.approx(2.0 * 5, rel=0.15)  # and one more second
    suffered = delivery(evidence)
    assert suffered.backlog_max_s < 0.4
    assert suffered.retransmitted is None  # too few to tell
    with av.open(io.BytesIO(bytes(listener.taken)), format="mpegts") as stream:
        assert [s.codec_context.name for s in stream.streams] == ["h264", "aac"]
        assert sum(1 for _ in stream.decode(video=0)) > 100
    assert senders() == []


@needs_program
@pytest.mark.parametrize(
    ("options", "key"), [("?streamid=se-cret", None), ("?passphrase=se-cret-1234", None), ("", "live")]
)  # fmt: skip
def test_what_everybody_could_read_on_a_command_line_is_not_sent(
    listener: Listener, options: str, key: str | None
):
    found = listener.uplink(options, key=key).broadcast(2, ignore)
    code, message, advice = problem_of(found)
    assert code == "library"
    assert "command line" in message
    assert "encoder" in advice
    assert "se-cret" not in repr(found)
    assert not listener.taken


@needs_program
def test_a_listener_that_wants_a_passphrase_takes_no_stream():
    with listening("&passphrase=0123456789") as listener:
        found = listener.uplink().broadcast(2, ignore)
    assert isinstance(found.evidence, IngestEvidence)
    assert (found.evidence.step, found.evidence.refused) == ("publish", True)
    assert "passphrase" in problem_of(found)[2]


@needs_program
def test_a_listener_that_goes_away_cuts_the_stream_and_leaves_no_program(listener: Listener):
    threading.Timer(2.0, listener.process.kill).start()
    began = time.monotonic()
    found = listener.uplink().broadcast(20, ignore)
    assert time.monotonic() - began < 14
    assert isinstance(found.evidence, BroadcastEvidence)
    assert found.evidence.stopped in {"cut", "stalled"}
    assert senders() == []


@needs_program
def test_whoever_stops_listening_to_us_ends_the_program_too(listener: Listener):
    class Stop(BaseException):
        pass

    def stop(share: float) -> None:
        if share > 0.1:
            raise Stop

    with pytest.raises(Stop):
        listener.uplink().broadcast(5, stop)
    assert senders() == []


def test_without_the_program_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering:
        answering.bind((HOST, 0))
        thread = threading.Thread(target=answer_once, args=(answering,))
        thread.start()
        uplink = uplink_for(
            UplinkRole(ingest=f"srt://{HOST}:{answering.getsockname()[1]}"),
            consented=frozenset({HOST}),
        )
        code, message, advice = problem_of(uplink.broadcast(1, ignore))
        thread.join()
    assert code == "library"
    assert "not installed" in message
    assert "apt install srt-tools" in advice


def test_a_program_that_tells_nothing_is_no_verdict_on_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    mute = tmp_path / PROGRAM
    mute.write_text("#!/bin/sh\necho 'SRT target connected' >&2\nexec /bin/sleep 20\n", "utf-8")
    mute.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering:
        answering.bind((HOST, 0))
        thread = threading.Thread(target=answer_once, args=(answering,))
        thread.start()
        role = UplinkRole(ingest=f"srt://{HOST}:{answering.getsockname()[1]}")
        found = uplink_for(role, PLAN, frozenset({HOST})).broadcast(1, ignore)
        thread.join()
    assert problem_of(found)[0] == "library"
    assert all(child.name() != "sleep" for child in psutil.Process().children())


def answer_once(sock: socket.socket) -> None:
    asked, where = sock.recvfrom(100)
    caller = asked[40:44]
    answer = bytearray(asked)
    answer[12:16], answer[16:20], answer[22:24] = caller, b"\0\0\0\5", b"\x4a\x17"
    answer[44:48] = b"cook"
    sock.sendto(bytes(answer), where)


@given(st.binary(max_size=200))
def test_no_packet_of_chance_is_an_answer(packet: bytes):
    assert not srt_handshake.is_answer(packet, 0x1234_5678)


@given(st.text() | st.sampled_from(["{}", "[]", '{"send": 1}', '{"send": {"packets": null}}']))
def test_no_other_line_is_a_report(line: str):
    assert interval_of(line) is None


def test_packets_that_were_given_up_stay_owed():
    course = SrtCourse(PLAN, 1316)
    for place in range(1, 61):
        lost = 9 if place > 30 else 0
        course.add(place / 10, Interval(19, 19, 0, lost, 1, 30.0))
    evidence = course.evidence(IngestEvidence(target="", steps_ms={}), "named", 6.0, "time")
    assert evidence.backlog_s[29] < 0.1
    assert evidence.backlog_s[-1] == pytest.approx(3.0 * 9 / 19, abs=0.1)
    assert course.flow(6.0)[0] == pytest.approx(10 * 10 * 1316 * 8e-6, rel=0.1)


def test_the_transport_stream_has_its_rate_to_the_byte():
    pieces = TransportStream(PLAN).datagrams(7)
    first = [next(pieces) for _ in range(1000)]
    assert all(piece[0::188] == b"\x47" * 7 for piece in first)
    with av.open(io.BytesIO(b"".join(first)), format="mpegts") as stream:
        times = [float(p.dts * p.time_base) for p in stream.demux(video=0) if p.dts is not None]
    assert (times[-1] - times[0]) * 2e6 / 8 == pytest.approx(1000 * 7 * 188, rel=0.03)
