"""Takes buffers from a V4L2 node: their bytes, the kernel's time, number and error flag.

Nothing is decoded here, and nothing waits longer than it is told.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.v4l2 import Device

BUFFERS, LEAST_BUFFERS = 8, 4
"""With fewer than four, a moment of ours without CPU becomes a drop of the camera's."""

_SLICE_S: Final = 0.1
"""How soon a stream notices that it was stopped."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """What the driver handed over for one frame.

    Parameters
    ----------
    payload : bytes, optional
        As the camera sent it, empty if nothing came; None once it was shed.
    captured_s : float, optional
        The kernel's time on its monotonic clock, s; None if the driver uses another clock.
    at_exposure : bool
        Whether that is when the exposure began; else when the frame had been received.
    sequence : int
        The driver's count of frames: a gap is a frame that was lost before it reached us.
    damaged : bool
        Whether the driver says that data are missing.
    """

    payload: bytes | None
    captured_s: float | None
    at_exposure: bool
    sequence: int
    damaged: bool


def shed(buffer: Buffer) -> Buffer:
    """Return a buffer of which only time, number and error flag are kept."""
    return replace(buffer, payload=None)


class Stream:
    """A running capture with memory-mapped buffers.

    Parameters
    ----------
    device : Device
        Open, its format agreed. It stays open.

    Raises
    ------
    OSError
        As the kernel says: EBUSY somebody else streams, ENOSPC the USB bus is full, EINVAL the
        driver has no such buffers.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._memory: list[Any] = []  # mmap objects, or those of a simulated driver
        self._ended = False
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def next(self, limit_s: float) -> Buffer | None:
        """Return the next buffer; None once the stream was told to stop.

        Raises
        ------
        TimeoutError
            If none came for ``limit_s``.
        OSError
            If the driver ended the stream: EIO, or ENODEV when the camera left.
        """
        until_s = time.monotonic() + limit_s
        while not self._ended:
            if self._device.system.wait(self._device.fd, _SLICE_S):
                buffer = self._take()
                if buffer is not None:
                    return buffer
            if time.monotonic() > until_s:
                message = f"no buffer for {limit_s} s"
                raise TimeoutError(message)
        return None

    def stop(self) -> None:
        """Let a `next` that waits in another thread return."""
        self._ended = True

    def close(self) -> None:
        """Stop the camera and give its buffers back; the format can then be changed. Once."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._device.call(kernel.STREAMOFF, kernel.Number(kernel.BUF_CAPTURE))
        memory, self._memory = self._memory, []
        for block in memory:
            block.close()
        with contextlib.suppress(OSError):
            self._device.call(kernel.REQBUFS, _buffers(0))

    def _begin(self) -> None:
        asked = _buffers(BUFFERS)
        self._device.call(kernel.REQBUFS, asked)
        if asked.count < LEAST_BUFFERS:
            raise OSError(errno.EINVAL, f"only {asked.count} buffers", self._device.path)
        for index in range(asked.count):
            place = _buffer(index)
            self._device.call(kernel.QUERYBUF, place)
            self._memory.append(
                self._device.system.map(self._device.fd, place.length, place.place.offset)
            )
        for index in range(asked.count):
            self._device.call(kernel.QBUF, _buffer(index))
        self._device.call(kernel.STREAMON, kernel.Number(kernel.BUF_CAPTURE))

    def _take(self) -> Buffer | None:
        filled = _buffer(0)
        try:
            self._device.call(kernel.DQBUF, filled)
        except BlockingIOError:
            return None
        payload = bytes(self._memory[filled.index][: filled.bytesused])
        self._device.call(kernel.QBUF, _buffer(filled.index))
        return Buffer(
            payload=payload,
            captured_s=_monotonic_s(filled),
            at_exposure=filled.flags & kernel.STAMP_MASK == kernel.STAMP_AT_EXPOSURE,
            sequence=filled.sequence,
            damaged=bool(filled.flags & kernel.BUFFER_ERROR),
        )


def is_steady(stamps_s: Sequence[float | None]) -> bool:
    """Return whether the kernel stamped these buffers, and later ones later."""
    known = [stamp for stamp in stamps_s if stamp]
    return len(known) == len(stamps_s) and all(a < b for a, b in itertools.pairwise(known))


def _monotonic_s(filled: Any) -> float | None:  # noqa: ANN401 - a ctypes structure
    if filled.flags & kernel.CLOCK_MASK != kernel.CLOCK_MONOTONIC:
        return None
    return float(filled.seconds + filled.microseconds * 1e-6)


def _buffers(count: int) -> Any:  # noqa: ANN401 - the fields of a ctypes structure are dynamic
    return kernel.RequestBuffers(count=count, type=kernel.BUF_CAPTURE, memory=kernel.MEMORY_MMAP)


def _buffer(index: int) -> Any:  # noqa: ANN401 - the fields of a ctypes structure are dynamic
    return kernel.Buffer(index=index, type=kernel.BUF_CAPTURE, memory=kernel.MEMORY_MMAP)
