"""The first one to three bytes of an RTMP chunk: its format and its chunk stream.

**Source** Adobe's Real Time Messaging Protocol 1.0 (21 December 2012), 5.3.1.1.
"""

from __future__ import annotations

_TWO_BYTE_IDS, _THREE_BYTE_IDS, _LAST_ID = 64, 320, 65599


def basic_header(form: int, chunk_stream: int) -> bytes:
    """Return the basic header of a chunk.

    Parameters
    ----------
    form : int
        Which message header follows, 0…3.
    chunk_stream : int
        2…65599.

    Raises
    ------
    ValueError
        If no chunk stream can be called that.

    Examples
    --------
    >>> [basic_header(3, stream).hex() for stream in (2, 64, 320)]
    ['c2', 'c000', 'c10001']
    """
    if not 2 <= chunk_stream <= _LAST_ID:
        message = f"no chunk stream can be called {chunk_stream}"
        raise ValueError(message)
    if chunk_stream < _TWO_BYTE_IDS:
        return bytes([form << 6 | chunk_stream])
    if chunk_stream < _THREE_BYTE_IDS:
        return bytes([form << 6, chunk_stream - _TWO_BYTE_IDS])
    return bytes([form << 6 | 1]) + (chunk_stream - _TWO_BYTE_IDS).to_bytes(2, "little")


def read_basic_header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return format, chunk stream and length of a basic header; None when it is not all there.

    Examples
    --------
    >>> read_basic_header(bytes.fromhex("c10001"), 0), read_basic_header(b"", 0)
    ((3, 320, 3), None)
    """
    if at >= len(data):
        return None
    form, chunk_stream = data[at] >> 6, data[at] & 63
    if chunk_stream >= 2:
        return form, chunk_stream, 1
    size = 2 + chunk_stream
    if len(data) < at + size:
        return None
    return form, _TWO_BYTE_IDS + int.from_bytes(data[at + 1 : at + size], "little"), size
