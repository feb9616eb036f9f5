"""What the kernel says of a connection, decoded."""

from __future__ import annotations

import socket
import struct
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.sources.network.tcp_info import decode, decode_darwin, read_tcp_info

LAYOUT = "=8B24I4Q6I"


def test_selectively_acknowledged_bytes_count_as_delivered():
    words = [0] * 24
    words[2], words[5], words[15] = 1448, 7, 30_500
    words[17], words[18], words[23] = 90, 100, 4
    raw = struct.pack(LAYOUT, *[0] * 8, *words, 0, 0, 1_000_000, 0, 0, 0, 0, 0, 0, 800)
    info = decode(raw)
    assert info is not None
    assert info.delivered_bytes == 1_000_000 + 7 * 1448
    assert (info.rtt_ms, info.retransmitted, info.segments) == (30.5, 4, 800)
    assert (info.window, info.threshold) == (100, 90)


@given(st.binary(max_size=300))
def test_a_kernel_that_says_less_is_not_guessed_at(raw: bytes):
    assert (decode(raw) is None) == (len(raw) < struct.calcsize(LAYOUT))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="TCP_INFO is read on Linux")
def test_the_kernel_counts_what_the_far_end_has_to_the_byte():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as sock,
        server.accept()[0],
    ):
        before = read_tcp_info(sock)
        sock.sendall(b"x" * 12_345)
        time.sleep(0.1)
        after = read_tcp_info(sock)
    assert before is not None
    assert after is not None
    assert after.delivered_bytes - before.delivered_bytes == 12_345


def test_a_socket_that_is_closed_tells_nothing():
    sock = socket.socket()
    sock.close()
    assert read_tcp_info(sock) is None


def darwin(**fields: int) -> bytes:
    """Compose what macOS gives, field by field as its header lists them."""
    small = ("state", "snd_wscale", "rcv_wscale", "pad")
    middle = (
        "options", "flags", "rto", "maxseg", "snd_ssthresh", "snd_cwnd", "snd_wnd", "snd_sbbytes",
        "rcv_wnd", "rttcur", "srtt", "rttvar", "tfo",
    )  # fmt: skip
    large = (
        "txpackets", "txbytes", "txretransmitbytes", "rxpackets", "rxbytes", "rxoutoforderbytes",
        "txretransmitpackets",
    )  # fmt: skip
    values = [fields.get(name, 0) for name in (*small, *middle, *large)]
    return struct.pack("=4B13I7Q", *values)


def test_macos_tells_what_the_far_end_does_not_have_yet():
    raw = darwin(
        maxseg=1448, snd_ssthresh=14480, snd_cwnd=28960, snd_sbbytes=50_000, srtt=31,
        txpackets=700, txretransmitpackets=7,
    )  # fmt: skip
    info = decode_darwin(raw, 1_050_000)
    assert info is not None
    assert info.delivered_bytes == 1_000_000
    assert (info.rtt_ms, info.retransmitted, info.segments) == (31, 7, 700)
    assert (info.window, info.threshold) == (20, 10)
    assert decode_darwin(raw[:-1], 0) is None
