"""The few V4L2 calls that OpenCV does not offer: what a node is, what it can, what it is set to.

Importable everywhere; useful only on Linux. Structures and request numbers are those of the
kernel's ``linux/videodev2.h``.
"""

from __future__ import annotations

import contextlib
import ctypes as c
import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

CAPTURE, CAPTURE_MPLANE, STREAMING = 0x0000_0001, 0x0000_1000, 0x0400_0000
_HAS_DEVICE_CAPS: Final = 0x8000_0000
_BUF_CAPTURE: Final = 1
_AUTO_WHITE_BALANCE: Final = 0x0098_090C
_COLORSPACE_JPEG: Final = 7
_FULL_RANGE: Final = 1
_U32, _U8 = c.c_uint32, c.c_uint8
_MOST = 64
"""No list of a sane driver is longer; a broken one would answer for ever."""


class _Capability(c.Structure):
    _fields_ = (
        ("driver", c.c_char * 16),
        ("card", c.c_char * 32),
        ("bus_info", c.c_char * 32),
        ("version", _U32),
        ("capabilities", _U32),
        ("device_caps", _U32),
        ("reserved", _U32 * 3),
    )


class _FormatDescription(c.Structure):
    _fields_ = (
        ("index", _U32),
        ("type", _U32),
        ("flags", _U32),
        ("description", c.c_char * 32),
        ("pixelformat", _U32),
        ("reserved", _U32 * 4),
    )


class _FrameSize(c.Structure):
    # the union holds either width and height or min, max and step of both
    _fields_ = (
        ("index", _U32),
        ("pixelformat", _U32),
        ("type", _U32),
        ("value", _U32 * 6),
        ("reserved", _U32 * 2),
    )


class _FrameInterval(c.Structure):
    _fields_ = (
        ("index", _U32),
        ("pixelformat", _U32),
        ("width", _U32),
        ("height", _U32),
        ("type", _U32),
        ("value", _U32 * 6),
        ("reserved", _U32 * 2),
    )


class _Pixels(c.Structure):
    _fields_ = tuple(
        (name, _U32)
        for name in (
            *("width", "height", "pixelformat", "field", "bytesperline", "sizeimage"),
            *("colorspace", "priv", "flags", "ycbcr_enc", "quantization", "xfer_func"),
        )
    )


class _FormatUnion(c.Union):
    # the kernel's union holds pointers, so it is aligned like one
    _fields_ = (("pix", _Pixels), ("raw", _U8 * 200), ("aligned", c.c_void_p))


class _Format(c.Structure):
    _fields_ = (("type", _U32), ("fmt", _FormatUnion))


class _Parameters(c.Structure):
    _fields_ = (
        ("type", _U32),
        ("capability", _U32),
        ("capturemode", _U32),
        ("numerator", _U32),
        ("denominator", _U32),
        ("rest", _U8 * 184),
    )


class _Control(c.Structure):
    _fields_ = (("id", _U32), ("value", c.c_int32))


def _request(number: int, structure: type[c.Structure], *, writes: bool = True) -> int:
    direction = 3 if writes else 2
    return direction << 30 | c.sizeof(structure) << 16 | ord("V") << 8 | number


_QUERYCAP = _request(0, _Capability, writes=False)
_ENUM_FMT = _request(2, _FormatDescription)
_G_FMT, _S_FMT = _request(4, _Format), _request(5, _Format)
_G_PARM, _S_PARM = _request(21, _Parameters), _request(22, _Parameters)
_G_CTRL = _request(27, _Control)
_ENUM_FRAMESIZES = _request(74, _FrameSize)
_ENUM_FRAMEINTERVALS = _request(75, _FrameInterval)


@dataclass(frozen=True, slots=True)
class Mode:
    """One picture format and size of a camera; ``rates`` are frames per second, best first."""

    pixel_format: str
    width: int
    height: int
    rates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Capability:
    """What a node says of itself."""

    driver: str
    card: str
    bus: str
    captures: bool
    streams: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """Format and frame interval of a node, kept as the kernel wrote them."""

    format: bytes
    parameters: bytes | None

    @property
    def is_full_range(self) -> bool:
        """Whether luma uses 0…255: JPEG colour space, or so declared by the driver."""
        pix = _Format.from_buffer_copy(self.format).fmt.pix
        if pix.quantization:
            return bool(pix.quantization == _FULL_RANGE)
        return bool(pix.colorspace == _COLORSPACE_JPEG)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        pix = _Format.from_buffer_copy(self.format).fmt.pix
        return pix.width, pix.height


class Device:
    """An open V4L2 node. Opening it starts no stream and disturbs nobody.

    Raises
    ------
    OSError
        As the kernel says: ENOENT, ENODEV, EACCES, EBUSY …; ENOTTY if it is no V4L2 node.
    """

    def __init__(self, path: str) -> None:
        if fcntl is None:
            raise OSError(errno.ENOSYS, "V4L2 exists only on Linux", path)
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)

    def capability(self) -> Capability:
        """Ask what the node is."""
        answer = _Capability()
        self._call(_QUERYCAP, answer)
        # a webcam's metadata node belongs to the same device: only device_caps tell them apart
        own = answer.device_caps if answer.capabilities & _HAS_DEVICE_CAPS else answer.capabilities
        return Capability(
            driver=answer.driver.decode(errors="replace"),
            card=answer.card.decode(errors="replace"),
            bus=answer.bus_info.decode(errors="replace"),
            captures=bool(own & (CAPTURE | CAPTURE_MPLANE)),
            streams=bool(own & STREAMING),
        )

    def pixel_formats(self) -> tuple[str, ...]:
        """List the pixel formats, as FourCC, in the driver's order."""
        found = self._each(_ENUM_FMT, lambda i: _FormatDescription(index=i, type=_BUF_CAPTURE))
        return tuple(fourcc(entry.pixelformat) for entry in found)

    def modes(self, pixel_format: str) -> tuple[Mode, ...]:
        """List sizes and rates of one pixel format; a continuous range gives its largest size."""
        code = _code(pixel_format)
        sizes = []
        for entry in self._each(_ENUM_FRAMESIZES, lambda i: _FrameSize(index=i, pixelformat=code)):
            width, height = (entry.value[0], entry.value[1])
            if entry.type != 1:
                width, height = entry.value[1], entry.value[4]
            sizes.append(Mode(pixel_format, width, height, self._rates(code, width, height)))
            if entry.type != 1:
                break
        return tuple(sizes)

    def setting(self) -> Setting:
        """Read format and frame interval."""
        fmt = _Format(type=_BUF_CAPTURE)
        self._call(_G_FMT, fmt)
        parameters = _Parameters(type=_BUF_CAPTURE)
        try:
            self._call(_G_PARM, parameters)
        except OSError:
            return Setting(bytes(fmt), None)
        return Setting(bytes(fmt), bytes(parameters))

    def restore(self, setting: Setting) -> None:
        """Put format and frame interval back; raises OSError (EBUSY while somebody streams)."""
        self._call(_S_FMT, _Format.from_buffer_copy(setting.format))
        if setting.parameters is not None:
            with contextlib.suppress(OSError):
                self._call(_S_PARM, _Parameters.from_buffer_copy(setting.parameters))

    def is_busy(self) -> bool:
        """Return whether somebody else streams: only then may the present format not be set."""
        try:
            fmt = _Format(type=_BUF_CAPTURE)
            self._call(_G_FMT, fmt)
            self._call(_S_FMT, fmt)
        except OSError as error:
            return error.errno == errno.EBUSY
        return False

    def white_balance_locked(self) -> bool | None:
        """Return whether automatic white balance is off; None where the device has none."""
        control = _Control(id=_AUTO_WHITE_BALANCE)
        try:
            self._call(_G_CTRL, control)
        except OSError:
            return None
        return bool(control.value == 0)

    def _rates(self, code: int, width: int, height: int) -> tuple[float, ...]:
        rates = set()
        for entry in self._each(
            _ENUM_FRAMEINTERVALS,
            lambda i: _FrameInterval(index=i, pixelformat=code, width=width, height=height),
        ):
            # of a range only the ends: min and max interval
            pairs = [(0, 1)] if entry.type == 1 else [(0, 1), (2, 3)]
            rates |= {round(entry.value[d] / entry.value[n], 3) for n, d in pairs if entry.value[n]}
            if entry.type != 1:
                break
        return tuple(sorted(rates, reverse=True))

    def _each(
        self, request: int, ask: Callable[[int], c.Structure]
    ) -> Iterator[Any]:  # the fields of a ctypes structure are dynamic
        for index in range(_MOST):
            entry = ask(index)
            try:
                self._call(request, entry)
            except OSError:
                return
            yield entry

    def _call(self, request: int, argument: c.Structure) -> None:
        fcntl.ioctl(self._fd, request, argument)


def fourcc(code: int) -> str:
    """Write a pixel format's number as its four letters.

    Examples
    --------
    >>> fourcc(0x47504A4D)
    'MJPG'
    """
    return (code & 0x7FFF_FFFF).to_bytes(4, "little").decode("ascii", errors="replace").rstrip()


def _code(letters: str) -> int:
    return int.from_bytes(letters.ljust(4).encode("ascii"), "little")
