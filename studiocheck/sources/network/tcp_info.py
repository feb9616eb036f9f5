"""What the kernel knows about a TCP connection of ours, decoded.

Linux has ``TCP_INFO``, macOS ``TCP_CONNECTION_INFO``. Windows has a relative too, but does not say
whether its bytes sent count twice what was sent twice: there the bytes that the socket took stand
in.
"""

from __future__ import annotations

import socket
import struct
import sys
from dataclasses import dataclass, replace

# struct tcp_info of linux/tcp.h up to tcpi_data_segs_out (kernel 4.6); later fields are not read
_LAYOUT = struct.Struct("=8B24I4Q6I")
_U32, _U64, _LATE = 8, 32, 36  # where the 32-bit, 64-bit and again 32-bit fields begin
_SND_MSS, _SACKED, _RTT, _SSTHRESH, _CWND, _RETRANS = (_U32 + i for i in (2, 5, 15, 17, 18, 23))
_BYTES_ACKED, _DATA_SEGMENTS = _U64 + 2, _LATE + 5

# struct tcp_connection_info of macOS' netinet/tcp.h
_DARWIN_OPTION = 0x106
_DARWIN = struct.Struct("=4B13I7Q")
_DARWIN_MAXSEG, _DARWIN_SSTHRESH, _DARWIN_CWND, _DARWIN_HELD, _DARWIN_SRTT = 7, 8, 9, 11, 14
_DARWIN_PACKETS, _DARWIN_RETRANS = 17, 23


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

    def since(self, earlier: TcpInfo) -> TcpInfo:
        """Return this reading with its counts taken from an earlier one on."""
        return replace(
            self,
            delivered_bytes=self.delivered_bytes - earlier.delivered_bytes,
            retransmitted=self.retransmitted - earlier.retransmitted,
            segments=self.segments - earlier.segments,
        )


def read_tcp_info(sock: socket.socket, taken_bytes: int | None = None) -> TcpInfo | None:
    """Read a connection's state; ``None`` where the system does not tell.

    Parameters
    ----------
    sock : socket
        Connected.
    taken_bytes : int, optional
        What the socket has taken since the connection began. macOS tells only how much of that
        the far end does not have yet.

    Notes
    -----
    Selectively acknowledged bytes count on Linux (RFC 2018): the cumulative acknowledgement alone
    stands still and then jumps whenever a single segment is lost.
    """
    system: str = sys.platform  # a type checker would take the other systems' lines for dead
    try:
        if system.startswith("linux"):
            return decode(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LAYOUT.size))
        if system == "darwin" and taken_bytes is not None:
            raw = sock.getsockopt(socket.IPPROTO_TCP, _DARWIN_OPTION, _DARWIN.size)
            return decode_darwin(raw, taken_bytes)
    except OSError:
        pass
    return None


def decode_darwin(raw: bytes, taken_bytes: int) -> TcpInfo | None:
    """Decode the bytes of macOS' ``struct tcp_connection_info``; ``None`` for a shorter one."""
    if len(raw) < _DARWIN.size:
        return None
    fields = _DARWIN.unpack_from(raw)
    segment = max(1, fields[_DARWIN_MAXSEG])
    return TcpInfo(
        delivered_bytes=taken_bytes - fields[_DARWIN_HELD],
        rtt_ms=float(fields[_DARWIN_SRTT]),
        retransmitted=fields[_DARWIN_RETRANS],
        segments=fields[_DARWIN_PACKETS],
        window=fields[_DARWIN_CWND] // segment,
        threshold=fields[_DARWIN_SSTHRESH] // segment,
    )


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
