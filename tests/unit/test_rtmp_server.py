"""The far end of a stream, spoken to by our own publisher and by anybody at all."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.wire.http_answers import HttpAnswers
from studiocheck.wire.rtmp_chunks import Kind, Message, Packer
from studiocheck.wire.rtmp_client import Answer, RtmpClient
from studiocheck.wire.rtmp_messages import Command, read_command
from studiocheck.wire.rtmp_server import Manners, RtmpServer
from studiocheck.wire.upload_answers import Silence, UploadAnswers, speaks_rtmp

GREETING = b"\x03" + bytes(3072)
KEY = "sk_live_do_not_tell"


class Publishing:
    """Our own publisher and a server, with nothing but memory between them."""

    def __init__(self, manners: Manners | None = None, window: int = 65536) -> None:
        self.server = RtmpServer(manners)
        self.client = RtmpClient("live", "rtmp://far.example/live")
        self.answers: list[Answer] = []
        self.client.start()
        self.exchange()
        self.client.connect(window)
        self.exchange()

    def exchange(self) -> None:
        while self.client.outgoing:
            said = bytes(self.client.outgoing)
            self.client.took(len(said))
            self.answers += self.client.feed(self.server.feed(said))

    def publish(self) -> None:
        self.client.create_stream(KEY)
        self.exchange()
        self.client.publish(KEY)
        self.exchange()

    def said(self) -> list[tuple[str, bool]]:
        return [(answer.step, answer.accepted) for answer in self.answers]


def test_our_publisher_goes_live_and_learns_that_nothing_goes_on_air():
    call = Publishing()
    assert call.answers[0].command.text("studiocheck") == "target/1"
    call.publish()
    assert [step for step, accepted in call.said() if accepted] == ["connect", "create", "publish"]
    call.client.send(Kind.VIDEO, 0, bytes(50_000))
    call.client.send(Kind.AUDIO, 0, bytes(400))
    call.exchange()
    assert (call.server.stage, call.server.app) == ("live", "live")
    assert call.server.media_bytes == 50_400


def test_a_server_that_is_not_ours_does_not_say_that_it_is():
    call = Publishing(Manners(ours=False))
    assert call.answers[0].command.text("studiocheck") == ""


def test_it_acknowledges_as_often_as_the_client_asks():
    call = Publishing(window=10_000)
    call.publish()
    for number in range(10):
        call.client.send(Kind.VIDEO, 40 * number, bytes(10_000))
        call.exchange()
    acknowledged = call.client.acknowledged
    assert acknowledged is not None
    assert 90_000 < acknowledged < 103_000
    silent = Publishing(Manners(acknowledges=False), window=10_000)
    silent.publish()
    silent.client.send(Kind.VIDEO, 0, bytes(100_000))
    silent.exchange()
    assert silent.client.acknowledged is None


@pytest.mark.parametrize(
    ("manners", "step"),
    [(Manners(knows_app=False), "connect"), (Manners(takes_key=False), "publish")],
)
def test_a_refusal_names_its_step_and_hangs_up(manners: Manners, step: str):
    call = Publishing(manners)
    call.publish()
    assert (step, False) in call.said()
    assert call.server.closed


def test_a_key_that_has_expired_is_dropped_at_the_first_picture():
    call = Publishing(Manners(hangs_up=True))
    call.publish()
    assert call.said()[-1] == ("publish", True)
    call.client.send(Kind.VIDEO, 0, b"picture")
    call.exchange()
    assert call.server.closed


def test_the_key_is_nowhere_in_what_the_server_keeps():
    call = Publishing()
    call.publish()
    kept = [getattr(part, "__dict__", {}) for part in (call.server, call.server._unpacker)]
    assert KEY not in repr(kept)


def test_leaving_ends_the_stream_and_not_the_connection():
    call = Publishing()
    call.publish()
    call.client.unpublish(KEY)
    call.exchange()
    assert call.server.stage == "publish"


def command(name: str, *values: object, stream: int = 0) -> bytes:
    said = Command(name, 7, values, stream).message()
    return Packer().pack(said, 3)


@pytest.mark.parametrize(
    "said",
    [
        command("publish", None, KEY, stream=1),
        command("createStream", None),
        command("play", None, "film", stream=1),
        command("connect", {"app": "a"}) + command("connect", {"app": "b"}),
        command("anything", "x" * 70_000),
        Packer().pack(Message(Kind.COMMAND, 0, 0, b"\x02"), 3),
        bytes([2]) + bytes(5) + bytes([4, Kind.SET_CHUNK_SIZE]) + bytes(8),
    ],
)
def test_what_comes_at_the_wrong_time_or_makes_no_sense_ends_the_conversation(said: bytes):
    server = RtmpServer()
    server.feed(GREETING)
    server.feed(said)
    assert server.closed
    assert server.feed(b"more") == b""


def test_a_command_that_nobody_knows_gets_the_result_that_it_waits_for():
    server = RtmpServer()
    server.feed(GREETING)
    reply = server.feed(command("_checkbw", None))
    answer = read_command(Message(Kind.COMMAND, 0, 0, reply[12:]))
    assert (answer.name, answer.transaction) == ("_result", 7)
    assert not server.closed


@given(st.lists(st.integers(1, 2000), max_size=40))
def test_answers_do_not_depend_on_how_the_bytes_are_cut(cuts: list[int]):
    said = GREETING + command("connect", {"app": "live"}) + command("createStream", None)
    said += command("publish", None, KEY, "live", stream=1)
    whole = RtmpServer().feed(said)
    server, pieces = RtmpServer(), b""
    for size in [*cuts, len(said)]:
        pieces += server.feed(said[:size])
        said = said[size:]
    assert pieces == whole
    assert server.stage == "live"


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
names = st.sampled_from(["connect", "createStream", "publish", "play", "deleteStream"]) | st.text()
commands = st.builds(
    lambda name, number, arguments, stream: Message(
        Kind.COMMAND, stream, 0, Command(name, number, tuple(arguments), stream).message().payload
    ),
    names,
    st.floats() | st.integers(-5, 5),
    st.lists(values, max_size=4),
    st.integers(0, 2**32 - 1),
)
anything = st.builds(
    Message, st.integers(0, 255), st.integers(0, 2**32 - 1), st.integers(0, 2**33), st.binary()
)


@given(st.booleans(), st.lists(commands | anything, max_size=8), st.binary(max_size=300))
def test_whatever_is_said_is_survived(greeted: bool, messages: list[Message], noise: bytes):
    server, packer = RtmpServer(), Packer(4096)
    if greeted:
        server.feed(GREETING)
        server.feed(command("connect", {"app": "live"}))
    for message in messages:
        if message.kind != Kind.SET_CHUNK_SIZE:
            server.feed(packer.pack(message, 5))
    server.feed(noise)
    server.feed(noise)


def test_a_client_that_promises_much_occupies_little():
    """Sixty-four messages of 4 MB are begun at once, and none of them is ever finished."""
    server = RtmpServer()
    server.feed(GREETING)
    piece = Packer(1 << 22).pack(Message(Kind.VIDEO, 1, 0, bytes(1 << 20)), 9)
    tracemalloc.start()
    try:
        server.feed(Packer().pack(Message(Kind.SET_CHUNK_SIZE, 0, 0, b"\x00\x00\xff\xff"), 2))
        for stream in range(2, 64):
            promise = (
                bytes([stream]) + bytes(3) + (1 << 22).to_bytes(3, "big") + bytes([9, 1, 0, 0, 0])
            )
            server.feed(promise + piece[-65535:])
            for _ in range(40):
                server.feed(bytes([0xC0 | stream]) + piece[-65535:])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert server.closed
    assert most < 40e6


# ------------------------------------------------------------------ who is it


@given(st.binary(min_size=9))
def test_noise_is_not_taken_for_a_stream_unless_it_greets_like_one(noise: bytes):
    if noise[0] != 3:
        assert speaks_rtmp(noise) is False


@given(st.integers(1, 3072))
def test_a_stream_is_known_however_its_greeting_is_cut(cut: int):
    far_end = UploadAnswers(HttpAnswers(), RtmpServer())
    reply = far_end.feed(GREETING[:cut]) + far_end.feed(GREETING[cut:])
    assert far_end.manner == "rtmp"
    assert len(reply) == 3073


@pytest.mark.parametrize("version", [bytes(4), b"\x09\x00\x7c\x02", b"\x0a\x00\x2d\x02"])
def test_greetings_of_the_usual_programs_are_known(version: bytes):
    assert speaks_rtmp(b"\x03" + bytes(4) + version) is True


def test_without_an_ingest_the_same_bytes_are_an_upload():
    far_end = UploadAnswers(HttpAnswers())
    assert far_end.feed(GREETING) == b""
    assert (far_end.manner, far_end.closed) == ("tcp", False)


def test_a_silent_server_takes_everything_and_says_nothing():
    far_end = UploadAnswers(HttpAnswers(), Silence())
    assert far_end.feed(GREETING) == b""
    assert not far_end.closed
    far_end = UploadAnswers(HttpAnswers(), Silence(closed=True))
    far_end.feed(GREETING)
    assert far_end.closed
