"""What the kernel knows about a TCP connection of ours (Linux ``TCP_INFO``), decoded.

Other systems have relatives of it; until they are tried there, this says nothing about them and
the bytes that the socket took stand in.
"""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass

# struct tcp_info of linux/tcp.h up to tcpi_data_segs_out (kernel 4.6); later fields are not read
_LAYOUT = struct.Struct("=8B24I4Q6I")
_U32, _U64, _LATE = 8, 32, 36  # where the 32-bit, 64-bit and again 32-bit fields begin
_SND_MSS, _SACKED, _RTT, _SSTHRESH, _CWND, _RETRANS = (_U32 + i for i in (2, 5, 15, 17, 18, 23))
_BYTES_ACKED, _DATA_SEGMENTS = _U64 + 2, _LATE + 5


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """One reading.

    Parameters
    ----------
    delivered_bytes : int
        Acknowledged, in order or selectively: what the far end has, bytes, since the connection
        began (the handshake counts one).
    rtt_ms : float
        Smoothed round trip, ms.
    retransmitted, segments : int
        Data segments sent again; data segments sent in all.
    window, threshold : int
        Congestion window and slow-start threshold, segments.
    """

    delivered_bytes: int
    rtt_ms: float
    retransmitted: int
    segments: int
    window: int
    threshold: int


def read_tcp_info(sock: socket.socket) -> TcpInfo | None:
    """Read a connection's state; ``None`` where the system does not tell.

    Selectively acknowledged bytes count (RFC 2018): the cumulative acknowledgement alone stands
    still and then jumps whenever a single segment is lost.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAYOUT.size)
    except OSError:
        return None
    return decode(raw)


def decode(raw: bytes) -> TcpInfo | None:
    """Decode the bytes of ``struct tcp_info``; ``None`` for a kernel older than 4.6."""
    if len(raw) < _LAYOUT.size:
        return None
    fields = _LAYOUT.unpack_from(raw)
    return TcpInfo(
        delivered_bytes=fields[_BYTES_ACKED] + fields[_SACKED] * fields[_SND_MSS],
        rtt_ms=fields[_RTT] / 1000,
        retransmitted=fields[_RETRANS],
        segments=fields[_DATA_SEGMENTS],
        window=fields[_CWND],
        threshold=fields[_SSTHRESH],
    )
