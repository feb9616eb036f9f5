"""A question to a time server and what its answer says: SNTP, without any socket or clock."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text

PORT = 123
PACKET_BYTES = 48
_CLIENT, _SERVER = 3, 4
_VERSION = 4
_UNSYNCHRONISED = 3
_TO_1900_S = 2208988800
_ERA_S = 1 << 32


@dataclass(frozen=True, slots=True)
class Reading:
    """How far this computer's clock is ahead of the server's, and how long it took, s."""

    offset_s: float
    delay_s: float


def question(now_s: float) -> bytes:
    """Return the packet that asks for the time.

    Parameters
    ----------
    now_s : float
        This computer's time, s since 1970; the answer brings it back.

    **Source**: RFC 4330, section 5.
    """
    return bytes([_VERSION << 3 | _CLIENT]) + bytes(39) + _stamp(now_s)


def is_answer(packet: bytes, asked: bytes) -> bool:
    """Return whether a packet answers a question: a forged or a late one does not."""
    return (
        len(packet) >= PACKET_BYTES and packet[0] & 7 == _SERVER and packet[24:32] == asked[40:48]
    )


def reading(packet: bytes, sent_s: float, received_s: float) -> Reading:
    """Read an answer.

    Parameters
    ----------
    packet : bytes
        That `is_answer` let pass.
    sent_s, received_s : float
        When question and answer passed here, s since 1970 on this computer's clock.

    Returns
    -------
    Reading
        The offset is wrong by half the delay at most, where the way there and back differ.

    Raises
    ------
    Unmeasurable
        If the server does not know the time itself, or asks to be left alone.

    **Source**: RFC 4330, section 5: offset ((T2 − T1) + (T3 − T4)) / 2, here with the sign turned;
    delay (T4 − T1) − (T3 − T2).

    Examples
    --------
    >>> asked = question(100.0)
    >>> answer = bytes([0x24, 2]) + bytes(22) + asked[40:] + question(98.5)[40:] * 2
    >>> is_answer(answer, asked), reading(answer, 100.0, 100.02)
    (True, Reading(offset_s=1.51, delay_s=0.02))
    """
    stratum = packet[1]
    if packet[0] >> 6 == _UNSYNCHRONISED or not 0 < stratum < 16:
        raise Unmeasurable(
            Text("the time server does not know the time itself", "时间服务器自身未同步"),
            Text(
                "name another time server as `ntp` in the studio file",
                "请在直播间设备文件中把 `ntp` 换成其他时间服务器",
            ),
        )
    received, transmitted = _seconds(packet[32:40], sent_s), _seconds(packet[40:48], sent_s)
    offset_s = ((sent_s - received) + (received_s - transmitted)) / 2
    delay_s = (received_s - sent_s) - (transmitted - received)
    return Reading(round(offset_s, 6), max(0.0, round(delay_s, 6)))


def _stamp(unix_s: float) -> bytes:
    whole = int(unix_s // 1)
    share = min(_ERA_S - 1, round((unix_s - whole) * _ERA_S))
    return struct.pack("!II", (whole + _TO_1900_S) % _ERA_S, share)


def _seconds(stamp: bytes, near_s: float) -> float:
    """Read a timestamp, in the era (of 136 years) that lies nearest to a time."""
    whole, share = struct.unpack("!II", stamp)
    unix_s: float = whole - _TO_1900_S + share / _ERA_S
    return unix_s + _ERA_S * round((near_s - unix_s) / _ERA_S)
