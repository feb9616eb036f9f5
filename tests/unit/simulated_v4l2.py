"""A V4L2 driver made of nothing: it answers the kernel's requests as a webcam's driver does."""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.v4l2_kernel import Kernel

PATH = "/dev/video-simulated"
AUTO_EXPOSURE, EXPOSURE, PRIORITY = 0x009A_0901, 0x009A_0902, 0x009A_0903
AUTO_WHITE, WHITE = 0x0098_090C, 0x0098_091A
AUTO_FOCUS, FOCUS, MAINS = 0x009A_090C, 0x009A_090A, 0x0098_0918


@dataclass
class Knob:
    """One control: its range, and whether writing it does anything."""

    value: int
    minimum: int = 0
    maximum: int = 10_000
    step: int = 1
    deaf: bool = False


def usual_knobs() -> dict[int, Knob]:
    """Return a webcam's controls with all automatics on."""
    return {
        AUTO_EXPOSURE: Knob(3, 0, 3),
        EXPOSURE: Knob(156),
        PRIORITY: Knob(1, 0, 1),
        AUTO_WHITE: Knob(1, 0, 1),
        WHITE: Knob(4600, 2800, 6500, 10),
        AUTO_FOCUS: Knob(1, 0, 1),
        FOCUS: Knob(40, 0, 250, 5),
        MAINS: Knob(2, 0, 3),
    }


def jpeg(luma: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """Return a JPEG of one grey, with a little texture."""
    picture = np.full((size[1], size[0]), luma, np.uint8)
    picture[::4, ::4] = min(255, luma + 9)
    return bytes(cv2.imencode(".jpg", picture)[1])


class Memory(bytearray):
    """A mapped buffer."""

    def close(self) -> None:
        pass


@dataclass
class Webcam(Kernel):
    """A driver whose behaviour tests set, and whose settings they look at.

    ``picture`` returns the bytes of frame n; ``lost`` are frames that never reach a buffer;
    ``damaged`` those with the error flag; ``fails`` what a request raises; ``ends_at`` the frame
    at which the stream fails with ``end``, ``stalls_at`` the one from which nothing comes.
    """

    fps: float = 200.0
    formats: tuple[str, ...] = ("YUYV", "MJPG")
    size: tuple[int, int] = (64, 48)
    largest: tuple[int, int] = (64, 48)
    knobs: dict[int, Knob] = field(default_factory=usual_knobs)
    picture: Callable[[int], bytes] = field(default=lambda n: jpeg(60 + n % 100))
    capabilities: int = kernel.CAPTURE | kernel.STREAMING
    monotonic: bool = True
    buffers: int = 8
    lost: frozenset[int] = frozenset()
    damaged: frozenset[int] = frozenset()
    fails: dict[int, int] = field(default_factory=dict)
    ends_at: int | None = None
    end: int = errno.EIO
    stalls_at: int | None = None
    pixel_format: str = "YUYV"
    rate: tuple[int, int] = (1, 10)
    written: list[tuple[int, int]] = field(default_factory=list)
    open_files: int = 0
    unplugged: bool = False
    _next: int = 0
    _began_s: float = 0.0
    _streams: bool = False
    _queued: deque[int] = field(default_factory=deque)
    _memory: dict[int, Memory] = field(default_factory=dict)

    # ------------------------------------------------------------ system calls

    def open(self, path: str) -> int:
        if self.unplugged:
            raise OSError(errno.ENOENT, "gone", path)
        self.open_files += 1
        return 1000

    def close(self, _: int) -> None:
        self.open_files -= 1

    def map(self, _: int, length: int, offset: int) -> Memory:
        return self._memory.setdefault(offset, Memory(length))

    def wait(self, _: int, limit_s: float) -> bool:
        if self.unplugged or self._next == self.ends_at:
            return True
        if self._next == self.stalls_at:
            time.sleep(limit_s)
            return False
        while self._next in self.lost:
            self._next += 1
        until_due_s = self._began_s + self._next / self.fps - time.monotonic()
        time.sleep(max(0.0, min(limit_s, until_due_s)))
        return until_due_s <= limit_s

    def ioctl(self, _: int, request: int, argument) -> None:
        if self.unplugged:
            raise OSError(errno.ENODEV, "unplugged")
        if request in self.fails:
            raise OSError(self.fails[request], "as told")
        answers = {
            kernel.QUERYCAP: self._querycap,
            kernel.ENUM_FMT: self._enum_fmt,
            kernel.G_FMT: self._g_fmt,
            kernel.S_FMT: self._s_fmt,
            kernel.G_PARM: self._g_parm,
            kernel.S_PARM: self._s_parm,
            kernel.REQBUFS: self._reqbufs,
            kernel.QUERYBUF: self._querybuf,
            kernel.QBUF: lambda buffer: self._queued.append(buffer.index),
            kernel.DQBUF: self._dqbuf,
            kernel.STREAMON: self._streamon,
            kernel.STREAMOFF: self._streamoff,
            kernel.G_CTRL: self._g_ctrl,
            kernel.S_CTRL: self._s_ctrl,
            kernel.QUERYCTRL: self._queryctrl,
        }
        if request not in answers:
            raise OSError(errno.ENOTTY, "no such request")
        answers[request](argument)

    # ------------------------------------------------------------ formats

    def _querycap(self, answer) -> None:
        answer.driver, answer.card, answer.bus_info = b"simulated", b"Webcam: Webcam", b"usb-1"
        answer.capabilities = kernel.HAS_DEVICE_CAPS | kernel.CAPTURE
        answer.device_caps = self.capabilities

    def _enum_fmt(self, answer) -> None:
        if answer.index >= len(self.formats):
            raise OSError(errno.EINVAL, "no more")
        answer.pixelformat = int.from_bytes(self.formats[answer.index].encode(), "little")

    def _g_fmt(self, answer) -> None:
        width, height = self.size
        pixels = answer.fmt.pix
        pixels.width, pixels.height = width, height
        pixels.pixelformat = int.from_bytes(self.pixel_format.encode(), "little")
        pixels.sizeimage = width * height * 2
        pixels.bytesperline = width * 2 if self.pixel_format == "YUYV" else 0
        pixels.colorspace = 0

    def _s_fmt(self, answer) -> None:
        if self._memory:
            raise OSError(errno.EBUSY, "streams")
        pixels = answer.fmt.pix
        wanted = pixels.pixelformat.to_bytes(4, "little").decode()
        self.pixel_format = wanted if wanted in self.formats else self.formats[0]
        self.size = min(pixels.width, self.largest[0]), min(pixels.height, self.largest[1])
        self._g_fmt(answer)

    def _g_parm(self, answer) -> None:
        answer.numerator, answer.denominator = self.rate

    def _s_parm(self, answer) -> None:
        self.rate = answer.numerator, answer.denominator

    # ------------------------------------------------------------ buffers

    def _reqbufs(self, answer) -> None:
        self._queued.clear()
        answer.count = min(answer.count, self.buffers)
        size = self.size[0] * self.size[1] * 2
        self._memory = {n * 4096: Memory(size) for n in range(answer.count)}

    def _querybuf(self, answer) -> None:
        answer.length = self.size[0] * self.size[1] * 2
        answer.place.offset = answer.index * 4096

    def _streamon(self, _) -> None:
        self._streams, self._next, self._began_s = True, 0, time.monotonic()

    def _streamoff(self, _) -> None:
        self._streams = False

    def _dqbuf(self, answer) -> None:
        if self._next == self.ends_at:
            raise OSError(self.end, "the stream ended")
        if not self._queued:
            raise BlockingIOError(errno.EAGAIN, "nothing queued")
        number, self._next = self._next, self._next + 1
        data = self.picture(number)
        answer.index = self._queued.popleft()
        self._memory[answer.index * 4096][: len(data)] = data
        answer.bytesused, answer.sequence = len(data), number
        stamp_s = self._began_s + number / self.fps
        answer.seconds, answer.microseconds = int(stamp_s), int(stamp_s % 1 * 1e6)
        answer.flags = kernel.CLOCK_MONOTONIC if self.monotonic else 0
        if number in self.damaged:
            answer.flags |= kernel.BUFFER_ERROR

    # ------------------------------------------------------------ controls

    def _knob(self, number: int) -> Knob:
        if number not in self.knobs:
            raise OSError(errno.EINVAL, "no such control")
        return self.knobs[number]

    def _g_ctrl(self, answer) -> None:
        answer.value = self._knob(answer.id).value

    def _s_ctrl(self, answer) -> None:
        knob = self._knob(answer.id)
        if not knob.minimum <= answer.value <= knob.maximum:
            raise OSError(errno.ERANGE, "out of range")
        self.written.append((answer.id, answer.value))
        if not knob.deaf:
            knob.value = answer.value

    def _queryctrl(self, answer) -> None:
        knob = self._knob(answer.id)
        answer.minimum, answer.maximum, answer.step = knob.minimum, knob.maximum, knob.step
