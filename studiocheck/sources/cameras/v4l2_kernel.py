"""The kernel's V4L2 interface as it is: system calls, structures, request numbers, flags.

Importable everywhere; useful only on Linux. Structures and numbers are those of the kernel's
``linux/videodev2.h``. What they mean is said in `v4l2`, `v4l2_stream` and `v4l2_controls`.
"""

from __future__ import annotations

import ctypes as c
import errno
import mmap
import os
import select
from typing import Any, Final

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CAPTURE, CAPTURE_MPLANE, STREAMING = 0x0000_0001, 0x0000_1000, 0x0400_0000
HAS_DEVICE_CAPS: Final = 0x8000_0000
BUF_CAPTURE, MEMORY_MMAP = 1, 1
COLORSPACE_JPEG, FULL_RANGE = 7, 1

BUFFER_ERROR: Final = 0x40
CLOCK_MASK, CLOCK_MONOTONIC = 0xE000, 0x2000
STAMP_MASK, STAMP_AT_EXPOSURE = 0x7_0000, 0x1_0000

CONTROL_DISABLED, CONTROL_READ_ONLY = 0x1, 0x4

_U32, _U8 = c.c_uint32, c.c_uint8


class Capability(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("driver", c.c_char * 16),
        ("card", c.c_char * 32),
        ("bus_info", c.c_char * 32),
        ("version", _U32),
        ("capabilities", _U32),
        ("device_caps", _U32),
        ("reserved", _U32 * 3),
    )


class FormatDescription(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("index", _U32),
        ("type", _U32),
        ("flags", _U32),
        ("description", c.c_char * 32),
        ("pixelformat", _U32),
        ("reserved", _U32 * 4),
    )


class FrameSize(c.Structure):
    """The union holds either width and height or min, max and step of both."""

    _fields_ = (
        ("index", _U32),
        ("pixelformat", _U32),
        ("type", _U32),
        ("value", _U32 * 6),
        ("reserved", _U32 * 2),
    )


class FrameInterval(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("index", _U32),
        ("pixelformat", _U32),
        ("width", _U32),
        ("height", _U32),
        ("type", _U32),
        ("value", _U32 * 6),
        ("reserved", _U32 * 2),
    )


class Pixels(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = tuple(
        (name, _U32)
        for name in (
            *("width", "height", "pixelformat", "field", "bytesperline", "sizeimage"),
            *("colorspace", "priv", "flags", "ycbcr_enc", "quantization", "xfer_func"),
        )
    )


class _FormatUnion(c.Union):
    # the kernel's union holds pointers, so it is aligned like one
    _fields_ = (("pix", Pixels), ("raw", _U8 * 200), ("aligned", c.c_void_p))


class Format(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (("type", _U32), ("fmt", _FormatUnion))


class Parameters(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("type", _U32),
        ("capability", _U32),
        ("capturemode", _U32),
        ("numerator", _U32),
        ("denominator", _U32),
        ("rest", _U8 * 184),
    )


class RequestBuffers(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("count", _U32),
        ("type", _U32),
        ("memory", _U32),
        ("capabilities", _U32),
        ("flags", _U8),
        ("reserved", _U8 * 3),
    )


class _Timecode(c.Structure):
    _fields_ = (("type", _U32), ("flags", _U32), ("fields", _U8 * 4), ("userbits", _U8 * 4))


class _Place(c.Union):
    _fields_ = (("offset", _U32), ("userptr", c.c_ulong), ("planes", c.c_void_p))


class Buffer(c.Structure):
    """`long` for both halves of the time: 32-bit systems then ask by the request they always had.

    Newer 32-bit systems know a request of another size beside it; the kernel serves either.
    """

    _fields_ = (
        ("index", _U32),
        ("type", _U32),
        ("bytesused", _U32),
        ("flags", _U32),
        ("field", _U32),
        ("seconds", c.c_long),
        ("microseconds", c.c_long),
        ("timecode", _Timecode),
        ("sequence", _U32),
        ("memory", _U32),
        ("place", _Place),
        ("length", _U32),
        ("reserved2", _U32),
        ("request_fd", c.c_int32),
    )


class Number(c.Structure):
    """A lone `int`: the argument of STREAMON and STREAMOFF."""

    _fields_ = (("value", c.c_int32),)


class Control(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (("id", _U32), ("value", c.c_int32))


class ControlDescription(c.Structure):  # noqa: D101 - as in videodev2.h
    _fields_ = (
        ("id", _U32),
        ("type", _U32),
        ("name", c.c_char * 32),
        ("minimum", c.c_int32),
        ("maximum", c.c_int32),
        ("step", c.c_int32),
        ("default_value", c.c_int32),
        ("flags", _U32),
        ("reserved", _U32 * 2),
    )


_WRITE, _READ, _BOTH = 1, 2, 3


def _request(number: int, structure: type[c.Structure], direction: int = _BOTH) -> int:
    return direction << 30 | c.sizeof(structure) << 16 | ord("V") << 8 | number


QUERYCAP = _request(0, Capability, _READ)
ENUM_FMT = _request(2, FormatDescription)
G_FMT, S_FMT = _request(4, Format), _request(5, Format)
REQBUFS = _request(8, RequestBuffers)
QUERYBUF, QBUF, DQBUF = _request(9, Buffer), _request(15, Buffer), _request(17, Buffer)
STREAMON, STREAMOFF = _request(18, Number, _WRITE), _request(19, Number, _WRITE)
G_PARM, S_PARM = _request(21, Parameters), _request(22, Parameters)
G_CTRL, S_CTRL = _request(27, Control), _request(28, Control)
QUERYCTRL = _request(36, ControlDescription)
ENUM_FRAMESIZES = _request(74, FrameSize)
ENUM_FRAMEINTERVALS = _request(75, FrameInterval)


class Kernel:
    """The system calls that V4L2 needs. Tests put a simulated driver in its place."""

    def open(self, path: str) -> int:
        """Open a node without waiting; raises OSError."""
        if fcntl is None:
            raise OSError(errno.ENOSYS, "V4L2 exists only on Linux", path)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, fd: int) -> None:
        """Close a node."""
        os.close(fd)

    def ioctl(self, fd: int, request: int, argument: c.Structure) -> None:
        """Ask the driver; it answers in the argument, or raises OSError."""
        fcntl.ioctl(fd, request, argument)

    def map(self, fd: int, length: int, offset: int) -> Any:  # noqa: ANN401 - mmap, or its fake
        """Return a driver's buffer as memory that can be sliced and closed."""
        return mmap.mmap(fd, length, offset=offset)

    def wait(self, fd: int, limit_s: float) -> bool:
        """Return whether the driver has something to say, a frame or an error, within a time."""
        poll = select.poll()
        poll.register(fd, select.POLLIN | select.POLLERR | select.POLLHUP)
        return bool(poll.poll(limit_s * 1000))
