"""H.264 as far as a stream needs it: units taken apart, the decoder's configuration, filler."""

from __future__ import annotations

import struct
from collections.abc import Sequence

IDR, SPS, PPS, FILLER = 5, 7, 8, 12
SMALLEST_FILLER_BYTES = 6
"""With its length prefix."""


def kind_of(unit: bytes) -> int:
    """Return ``nal_unit_type``.

    Examples
    --------
    >>> kind_of(bytes.fromhex("6742c028")) == SPS
    True
    """
    return unit[0] & 31


def units_of(stream: bytes) -> list[bytes]:
    """Take a byte stream apart at its start codes.

    Parameters
    ----------
    stream : bytes
        As encoders give it.

    Returns
    -------
    list of bytes
        The units without start codes.

    Notes
    -----
    **Source** ITU-T H.264, Annex B.

    Examples
    --------
    >>> [unit.hex() for unit in units_of(bytes.fromhex("00000001674200000168ce"))]
    ['6742', '68ce']
    """
    pieces = stream.split(b"\x00\x00\x01")[1:]
    return [unit for piece in pieces if (unit := piece.rstrip(b"\x00"))]


def length_prefixed(units: Sequence[bytes]) -> bytes:
    """Join units with their lengths, as FLV and MP4 carry them.

    Examples
    --------
    >>> length_prefixed([b"ab"]).hex()
    '000000026162'
    """
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def filler(size: int) -> bytes:
    """Return a unit that a decoder discards, with its length prefix, ``size`` bytes in all.

    Returns nothing where ``size`` is less than the smallest.

    Notes
    -----
    **Source** ITU-T H.264, 7.3.2.7 (``filler_data_rbsp``).

    Examples
    --------
    >>> filler(8).hex(), filler(3)
    ('000000040cffff80', b'')
    """
    if size < SMALLEST_FILLER_BYTES:
        return b""
    return struct.pack(">IB", size - 4, FILLER) + b"\xff" * (size - 6) + b"\x80"


def configuration(sps: bytes, pps: bytes) -> bytes:
    r"""Return the decoder's configuration for one pair of parameter sets.

    Notes
    -----
    **Source** ISO/IEC 14496-15, ``AVCDecoderConfigurationRecord``, lengths of four bytes.

    Examples
    --------
    >>> configuration(bytes.fromhex("6742c028"), b"\x68").hex()
    '0142c028ffe100046742c02801000168'
    """
    return (
        bytes([1, *sps[1:4], 0xFF, 0xE1])
        + struct.pack(">H", len(sps)) + sps
        + struct.pack(">BH", 1, len(pps)) + pps
    )  # fmt: skip
