"""What RTMP carries: the bodies of FLV tags for H.264 and AAC."""

from __future__ import annotations

from studiocheck.wire import amf0

_KEY_AVC, _AVC, _AAC = 0x17, 0x27, 0xAF
_CONFIGURATION, _DATA = 0, 1
_NO_COMPOSITION_OFFSET = bytes(3)
PICTURE_HEADER_BYTES, SOUND_HEADER_BYTES = 5, 2


def picture_header(configuration: bytes) -> bytes:
    r"""Return the body that tells a decoder what pictures will come.

    Notes
    -----
    **Source** Adobe Flash Video File Format 10.1, E.4.3.

    Examples
    --------
    >>> picture_header(b"\x01").hex()
    '170000000001'
    """
    return bytes([_KEY_AVC, _CONFIGURATION]) + _NO_COMPOSITION_OFFSET + configuration


def picture(units: bytes, *, key: bool) -> bytes:
    """Return the body of one picture from its length-prefixed units.

    Examples
    --------
    >>> picture(b"u", key=False).hex()
    '270100000075'
    """
    return bytes([_KEY_AVC if key else _AVC, _DATA]) + _NO_COMPOSITION_OFFSET + units


def sound_header(configuration: bytes) -> bytes:
    """Return the body that tells a decoder what sound will come.

    Notes
    -----
    **Source** Adobe Flash Video File Format 10.1, E.4.2.

    Examples
    --------
    >>> sound_header(bytes.fromhex("1190")).hex()
    'af001190'
    """
    return bytes([_AAC, _CONFIGURATION]) + configuration


def sound(frame: bytes) -> bytes:
    """Return the body of one AAC frame.

    Examples
    --------
    >>> sound(b"s").hex()
    'af0173'
    """
    return bytes([_AAC, _DATA]) + frame


def metadata(about: amf0.Value) -> bytes:
    """Return the body of the data message that describes a stream to its server."""
    return amf0.encode("@setDataFrame", "onMetaData", about)
