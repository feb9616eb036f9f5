"""The kernel's interface as we write it down, against the kernel's own figures."""

from __future__ import annotations

import ctypes

import pytest

from studiocheck.core.picture import ControlName
from studiocheck.sources.cameras import v4l2_controls
from studiocheck.sources.cameras import v4l2_kernel as kernel

pytestmark = pytest.mark.skipif(
    ctypes.sizeof(ctypes.c_void_p) != 8, reason="figures of 64-bit systems"
)


@pytest.mark.parametrize(
    ("request_number", "figure"),
    [
        # as `strace` prints them on x86-64 and arm64
        (kernel.QUERYCAP, 0x80685600),
        (kernel.ENUM_FMT, 0xC0405602),
        (kernel.G_FMT, 0xC0D05604),
        (kernel.S_FMT, 0xC0D05605),
        (kernel.REQBUFS, 0xC0145608),
        (kernel.QUERYBUF, 0xC0585609),
        (kernel.QBUF, 0xC058560F),
        (kernel.DQBUF, 0xC0585611),
        (kernel.STREAMON, 0x40045612),
        (kernel.STREAMOFF, 0x40045613),
        (kernel.G_PARM, 0xC0CC5615),
        (kernel.S_PARM, 0xC0CC5616),
        (kernel.G_CTRL, 0xC008561B),
        (kernel.S_CTRL, 0xC008561C),
        (kernel.QUERYCTRL, 0xC0445624),
        (kernel.ENUM_FRAMESIZES, 0xC02C564A),
        (kernel.ENUM_FRAMEINTERVALS, 0xC034564B),
    ],
)
def test_the_requests_are_those_of_the_kernel(request_number: int, figure: int) -> None:
    assert request_number == figure


@pytest.mark.parametrize(
    ("field", "offset"),
    [
        ("bytesused", 8),
        ("flags", 12),
        ("seconds", 24),
        ("microseconds", 32),
        ("timecode", 40),
        ("sequence", 56),
        ("memory", 60),
        ("place", 64),
        ("length", 72),
        ("request_fd", 80),
    ],
)
def test_the_fields_of_a_buffer_lie_where_the_kernel_writes_them(field: str, offset: int) -> None:
    assert getattr(kernel.Buffer, field).offset == offset


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("auto_exposure", 0x9A0901),
        ("exposure", 0x9A0902),
        ("auto_exposure_priority", 0x9A0903),
        ("auto_gain", 0x980912),
        ("gain", 0x980913),
        ("auto_white_balance", 0x98090C),
        ("white_balance", 0x98091A),
        ("auto_focus", 0x9A090C),
        ("focus", 0x9A090A),
        ("power_line_frequency", 0x980918),
        ("backlight_compensation", 0x98091C),
        ("hdr", 0x9A0915),
    ],
)
def test_controls_have_the_numbers_of_the_kernel(name: ControlName, number: int) -> None:
    assert v4l2_controls._IDS[name] == number
