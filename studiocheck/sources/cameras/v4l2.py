"""A V4L2 node: what it is, which formats it has, what it is set to. No frame is taken here."""

from __future__ import annotations

import contextlib
import ctypes as c
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Self

from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.v4l2_kernel import Kernel

_MOST: Final = 64
"""No list of a sane driver is longer; a broken one would answer for ever."""

_FINEST_RATE: Final = 1001
"""Denominator of the broadcast rates (30000/1001)."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One picture format and size of a camera; ``rates`` are frames per second, best first."""

    pixel_format: str
    width: int
    height: int
    rates: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Capability:
    """What a node says of itself.

    Parameters
    ----------
    captures : bool
        Whether pictures come from it: a webcam's metadata node captures none.
    streams : bool
        Whether they come in buffers of a single plane, as every webcam gives them.
    """

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
    def pixel_format(self) -> str:
        """FourCC."""
        return fourcc(self._pixels().pixelformat)

    @property
    def is_full_range(self) -> bool:
        """Whether luma uses 0…255: JPEG colour space, or so declared by the driver."""
        pixels = self._pixels()
        if pixels.quantization:
            return bool(pixels.quantization == kernel.FULL_RANGE)
        return bool(pixels.colorspace == kernel.COLORSPACE_JPEG)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, px."""
        pixels = self._pixels()
        return pixels.width, pixels.height

    @property
    def stride(self) -> int:
        """Bytes from one line to the next; 0 where the format has none."""
        return int(self._pixels().bytesperline)

    @property
    def most_bytes(self) -> int:
        """How large a buffer can be; a compressed picture is far smaller."""
        return int(self._pixels().sizeimage)

    @property
    def rate(self) -> float | None:
        """Frames per second that were agreed; None where the driver names none."""
        if self.parameters is None:
            return None
        agreed = kernel.Parameters.from_buffer_copy(self.parameters)
        return agreed.denominator / agreed.numerator if agreed.numerator else None

    def _pixels(self) -> Any:  # noqa: ANN401 - the fields of a ctypes structure are dynamic
        return kernel.Format.from_buffer_copy(self.format).fmt.pix


@dataclass(slots=True)
class Device:
    """An open V4L2 node. Opening it starts no stream and disturbs nobody.

    Raises
    ------
    OSError
        As the kernel says: ENOENT, ENODEV, EACCES, EBUSY …; ENOTTY if it is no V4L2 node.
    """

    path: str
    system: Kernel = field(default_factory=Kernel)
    fd: int = field(init=False)

    def __post_init__(self) -> None:
        self.fd = self.system.open(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the node; once."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            self.system.close(fd)

    def call(self, request: int, argument: c.Structure) -> None:
        """Ask the driver; it answers in the argument, or raises OSError."""
        if self.fd < 0:
            raise OSError(errno.EBADF, "closed", self.path)
        self.system.ioctl(self.fd, request, argument)

    def capability(self) -> Capability:
        """Ask what the node is."""
        answer = kernel.Capability()
        self.call(kernel.QUERYCAP, answer)
        # a webcam's metadata node belongs to the same device: only device_caps tell them apart
        every = answer.capabilities
        own = answer.device_caps if every & kernel.HAS_DEVICE_CAPS else every
        return Capability(
            driver=answer.driver.decode(errors="replace"),
            card=answer.card.decode(errors="replace"),
            bus=answer.bus_info.decode(errors="replace"),
            captures=bool(own & (kernel.CAPTURE | kernel.CAPTURE_MPLANE)),
            streams=bool(own & kernel.CAPTURE and own & kernel.STREAMING),
        )

    def pixel_formats(self) -> tuple[str, ...]:
        """List the pixel formats, as FourCC, in the driver's order."""
        found = self._each(
            kernel.ENUM_FMT, lambda i: kernel.FormatDescription(index=i, type=kernel.BUF_CAPTURE)
        )
        return tuple(fourcc(entry.pixelformat) for entry in found)

    def modes(self, pixel_format: str) -> tuple[Mode, ...]:
        """List sizes and rates of one pixel format; a continuous range gives its largest size."""
        code = _code(pixel_format)
        sizes = []
        for entry in self._each(
            kernel.ENUM_FRAMESIZES, lambda i: kernel.FrameSize(index=i, pixelformat=code)
        ):
            width, height = (entry.value[0], entry.value[1])
            if entry.type != 1:
                width, height = entry.value[1], entry.value[4]
            sizes.append(Mode(pixel_format, width, height, self._rates(code, width, height)))
            if entry.type != 1:
                break
        return tuple(sizes)

    def setting(self) -> Setting:
        """Read format and frame interval."""
        fmt = kernel.Format(type=kernel.BUF_CAPTURE)
        self.call(kernel.G_FMT, fmt)
        parameters = kernel.Parameters(type=kernel.BUF_CAPTURE)
        try:
            self.call(kernel.G_PARM, parameters)
        except OSError:
            return Setting(bytes(fmt), None)
        return Setting(bytes(fmt), bytes(parameters))

    def agree(
        self, pixel_format: str, size: tuple[int, int] | None = None, fps: float | None = None
    ) -> Setting:
        """Ask for a format, size (px) and rate (1/s); return what the driver makes of it."""
        fmt = kernel.Format(type=kernel.BUF_CAPTURE)
        self.call(kernel.G_FMT, fmt)
        pixels = fmt.fmt.pix
        width, height = size or (pixels.width, pixels.height)
        fmt.fmt.pix = kernel.Pixels(width=width, height=height, pixelformat=_code(pixel_format))
        self.call(kernel.S_FMT, fmt)
        if fps:
            rate = Fraction(fps).limit_denominator(_FINEST_RATE)
            wanted = kernel.Parameters(
                type=kernel.BUF_CAPTURE, numerator=rate.denominator, denominator=rate.numerator
            )
            with contextlib.suppress(OSError):  # a capture card has the rate of its input
                self.call(kernel.S_PARM, wanted)
        return self.setting()

    def restore(self, setting: Setting) -> None:
        """Put format and frame interval back; raises OSError (EBUSY while somebody streams)."""
        self.call(kernel.S_FMT, kernel.Format.from_buffer_copy(setting.format))
        if setting.parameters is not None:
            with contextlib.suppress(OSError):
                parameters = kernel.Parameters.from_buffer_copy(setting.parameters)
                self.call(kernel.S_PARM, parameters)

    def is_busy(self) -> bool:
        """Return whether somebody else streams: only then may the present format not be set."""
        try:
            fmt = kernel.Format(type=kernel.BUF_CAPTURE)
            self.call(kernel.G_FMT, fmt)
            self.call(kernel.S_FMT, fmt)
        except OSError as error:
            return error.errno == errno.EBUSY
        return False

    def _rates(self, code: int, width: int, height: int) -> tuple[float, ...]:
        rates = set()
        for entry in self._each(
            kernel.ENUM_FRAMEINTERVALS,
            lambda i: kernel.FrameInterval(index=i, pixelformat=code, width=width, height=height),
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
                self.call(request, entry)
            except OSError:
                return
            yield entry


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
