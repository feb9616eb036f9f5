"""Tests of what both ends of an RTMP connection say: values, chunks, handshake."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.wire import amf0
from studiocheck.wire.rtmp_chunks import (
    LONGEST_MESSAGE,
    Kind,
    Message,
    Packer,
    RtmpError,
    Unpacker,
)
from studiocheck.wire.rtmp_client import RtmpClient
from studiocheck.wire.rtmp_handshake import ClientHandshake, ServerHandshake
from studiocheck.wire.rtmp_messages import Command, ping, read_command

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
MESSAGES = st.builds(
    Message,
    kind=st.sampled_from([8, 9, 18, 20]),
    stream=st.integers(0, 2**32 - 1),
    timestamp_ms=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=700),
)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut bytes as a network does: anywhere."""
    pieces = []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    return [*pieces, data]


@given(st.lists(VALUES, max_size=5))
def test_values_come_back_as_they_went(values: list[amf0.Value]) -> None:
    assert amf0.decode(amf0.encode(*values)) == values


def test_a_text_of_any_length_comes_back() -> None:
    assert amf0.decode(amf0.encode("好" * 30000)) == ["好" * 30000]


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_decoder_of_values(data: bytes) -> None:
    with contextlib.suppress(amf0.AmfError):
        amf0.decode(data)


@pytest.mark.parametrize(
    "hostile",
    [
        b"\x03\x00\x01a" * 5000,  # nested without end
        b"\x0a\xff\xff\xff\xff",  # an array of four thousand million
        b"\x0c\xff\xff\xff\xff",  # a text as long
        b"\x11",  # AMF3
    ],
)
def test_a_hostile_value_is_refused(hostile: bytes) -> None:
    with pytest.raises(amf0.AmfError):
        amf0.decode(hostile)


@given(
    st.lists(st.tuples(MESSAGES, st.integers(2, 65599)), max_size=6),
    st.integers(1, 400),
    st.lists(st.integers(0, 300), max_size=6),
)
def test_messages_come_back_however_they_are_cut(
    sent: list[tuple[Message, int]], chunk_bytes: int, sizes: list[int]
) -> None:
    packer, unpacker = Packer(), Unpacker()
    resize = Message(Kind.SET_CHUNK_SIZE, 0, 0, chunk_bytes.to_bytes(4, "big"))
    data = packer.pack(resize, 2) + b"".join(packer.pack(*item) for item in sent)
    came = [message for piece in cut(data, sizes) for message in unpacker.feed(piece)]
    assert came == [resize, *(message for message, _ in sent)]


@given(MESSAGES, MESSAGES)
def test_two_messages_may_be_interleaved_chunk_by_chunk(first: Message, second: Message) -> None:
    def chunks(message: Message, chunk_stream: int) -> list[bytes]:
        header = 12 + 4 * (message.timestamp_ms >= 0xFFFFFF)
        again = header - 11
        data = Packer(64).pack(message, chunk_stream)
        found = [data[: header + 64]]
        rest = data[header + 64 :]
        size = again + 64
        return found + [rest[i : i + size] for i in range(0, len(rest), size)]

    ours, theirs = chunks(first, 4), chunks(second, 6)
    turns = max(len(ours), len(theirs))
    data = b"".join(
        piece for turn in range(turns) for line in (ours, theirs) for piece in line[turn : turn + 1]
    )
    unpacker = Unpacker()
    unpacker.feed(Packer().pack(Message(Kind.SET_CHUNK_SIZE, 0, 0, (64).to_bytes(4, "big")), 2))
    assert sorted(unpacker.feed(data), key=repr) == sorted([first, second], key=repr)


def test_short_headers_take_over_what_the_header_before_said() -> None:
    full = Packer().pack(Message(Kind.VIDEO, 1, 1000, b"abcd"), 4)
    later = b"\x84\x00\x00\x28" + b"efgh"  # 40 ms later, else the same
    again = b"\xc4" + b"ijkl"
    came = Unpacker().feed(full + later + again)
    assert [message.timestamp_ms for message in came] == [1000, 1040, 1080]
    assert [message.payload for message in came] == [b"abcd", b"efgh", b"ijkl"]


def test_an_aborted_message_never_comes() -> None:
    whole = Packer().pack(Message(Kind.VIDEO, 1, 0, b"x" * 200), 4)
    abort = Packer().pack(Message(Kind.ABORT, 0, 0, (4).to_bytes(4, "big")), 2)
    after = Packer().pack(Message(Kind.VIDEO, 1, 5, b"y"), 4)
    came = Unpacker().feed(whole[: 12 + 128] + abort + after)
    assert [message.payload for message in came] == [(4).to_bytes(4, "big"), b"y"]


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_no_bytes_crash_the_unpacker(pieces: list[bytes]) -> None:
    unpacker = Unpacker()
    with contextlib.suppress(RtmpError):
        for piece in pieces:
            unpacker.feed(piece)


def test_a_message_of_sixteen_megabytes_is_refused_at_its_header() -> None:
    with pytest.raises(RtmpError):
        Unpacker().feed(b"\x04\x00\x00\x00\xff\xff\xff\x09\x01\x00\x00\x00")


def test_messages_that_never_end_are_refused_before_they_fill_the_memory() -> None:
    unpacker, quarter = Unpacker(), LONGEST_MESSAGE // 4
    resize = Message(Kind.SET_CHUNK_SIZE, 0, 0, quarter.to_bytes(4, "big"))
    unpacker.feed(Packer().pack(resize, 2))
    message = Message(Kind.VIDEO, 1, 0, bytes(LONGEST_MESSAGE))
    begun = [Packer(quarter).pack(message, line)[: 12 + quarter] for line in range(3, 12)]
    for chunk in begun[:8]:
        unpacker.feed(chunk)
    with pytest.raises(RtmpError):
        unpacker.feed(begun[8])
    with pytest.raises(RtmpError):
        unpacker.feed(b"")


def test_a_continuation_of_nothing_is_refused() -> None:
    with pytest.raises(RtmpError):
        Unpacker().feed(b"\xc4abc")


@given(st.lists(st.integers(0, 2000), max_size=8), st.binary(max_size=50))
def test_the_handshake_ends_with_what_came_after_it(sizes: list[int], after: bytes) -> None:
    client, server = ClientHandshake(), ServerHandshake()
    answers = b"".join(server.feed(piece) for piece in cut(client.start(), sizes)) + after
    back = b"".join(client.feed(piece) for piece in cut(answers, sizes))
    server.feed(back + b"connect")
    assert client.done
    assert server.done
    assert (client.rest, server.rest) == (after, b"connect")


def test_a_web_server_is_no_rtmp_server() -> None:
    client = ClientHandshake()
    client.start()
    with pytest.raises(RtmpError):
        client.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")


ANSWERS = st.builds(
    lambda name, number, values: Command(name, number, tuple(values)).message(),
    st.sampled_from(["_result", "_error", "onStatus", "close"]),
    st.integers(0, 8),
    st.lists(VALUES, max_size=3),
)
CONTROLS = st.builds(Message, st.integers(0, 22), st.just(0), st.just(0), st.binary(max_size=9))


@given(st.lists(ANSWERS | CONTROLS, max_size=8), st.binary(max_size=60))
def test_no_server_crashes_the_client(messages: list[Message], noise: bytes) -> None:
    client, packer = RtmpClient("live", "rtmp://a/live"), Packer()
    client.start()
    client.took(len(client.outgoing))
    hello = b"\x03" + bytes(2 * 1536)
    with contextlib.suppress(RtmpError):
        client.feed(hello + b"".join(packer.pack(message, 3) for message in messages) + noise)


def test_a_server_that_asks_and_never_listens_fills_no_memory() -> None:
    client = RtmpClient("live", "rtmp://a/live")
    client.feed(b"\x03" + bytes(2 * 1536))
    for _ in range(14):
        client.feed(Packer().pack(ping(), 2) * 5000)
    assert len(client.outgoing) < 1.15e6


@given(st.integers(0, 2**33), st.integers(0, 20000), st.integers(1, 5000))
def test_the_length_of_a_packed_message_is_known_before(
    stamp: int, size: int, chunk_bytes: int
) -> None:
    packer = Packer(chunk_bytes)
    packed = packer.pack(Message(Kind.VIDEO, 1, stamp, bytes(size)), 6)
    assert len(packed) == packer.length(stamp, size)


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader_of_commands(payload: bytes) -> None:
    with contextlib.suppress(RtmpError):
        read_command(Message(Kind.COMMAND, 0, 0, payload))
