"""The question by which a caller of SRT asks who is there, and its answer.

Both pass before anything is agreed: no stream is named by them, and none begins.
"""

from __future__ import annotations

import struct

_CONTROL_HANDSHAKE = 0x8000_0000
_INDUCTION = 1
_CALLER_VERSION, _LISTENER_VERSION = 4, 5
_DATAGRAM, _MAGIC = 2, 0x4A17
_MTU_BYTES, _WINDOW = 1500, 8192
_HEADER, _BODY = struct.Struct("!IIII"), struct.Struct("!IHHIIIiII16x")


def induction(socket_id: int, sequence: int) -> bytes:
    """Return the packet that asks a listener to answer.

    Parameters
    ----------
    socket_id : int
        By which the answer is told from others, 1…2³¹ − 1.
    sequence : int
        The number that the first packet of data would have.

    Notes
    -----
    **Source** draft-sharabayko-srt-01, 3.2.1 and 4.3.1.1.

    Examples
    --------
    >>> len(induction(1, 2)), induction(1, 2)[:4].hex()
    (64, '80000000')
    """
    return _HEADER.pack(_CONTROL_HANDSHAKE, 0, 0, 0) + _BODY.pack(
        _CALLER_VERSION, 0, _DATAGRAM, sequence, _MTU_BYTES, _WINDOW, _INDUCTION, socket_id, 0
    )


def is_answer(packet: bytes, socket_id: int) -> bool:
    """Return whether a packet is a listener's answer to `induction`.

    Notes
    -----
    **Source** draft-sharabayko-srt-01, 4.3.1.1: version 5, the magic number of SRT, a cookie.

    Examples
    --------
    >>> is_answer(induction(1, 2), 1)  # a mirror is no listener
    False
    """
    if len(packet) < _HEADER.size + _BODY.size:
        return False
    kind, _, _, to = _HEADER.unpack_from(packet)
    version, _, extension, _, _, _, handshake, _, cookie = _BODY.unpack_from(packet, _HEADER.size)
    return bool(
        kind == _CONTROL_HANDSHAKE
        and to == socket_id
        and (version, extension, handshake) == (_LISTENER_VERSION, _MAGIC, _INDUCTION)
        and cookie
    )
