"""Frames of a V4L2 stream that runs, read ahead of the analysis and made only when asked for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from studiocheck.core.capture import Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.picture import Clock
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras import v4l2
from studiocheck.sources.cameras.reading import Reader
from studiocheck.sources.cameras.v4l2_stream import Buffer, Stream, is_steady, shed

if TYPE_CHECKING:
    from studiocheck.sources.cameras.jpeg_frames import JpegFrames
    from studiocheck.sources.cameras.raw_frames import RawFrames

COMPRESSED: Final = ("MJPG", "JPEG")
READ_LIMIT_S: Final = 3.0
_NOTICE_S: Final = 0.5
_STOP_LIMIT_S: Final = 1.0
_AHEAD, _LEAST_AHEAD, _AHEAD_BYTES = 60, 4, 48_000_000
_COMPRESSION: Final = 8
"""By how much a JPEG is smaller than the largest that its driver makes room for."""


class Capture:
    """A running stream.

    Parameters
    ----------
    device : Device
        Open, streaming by ``stream``; it stays open.
    setting : Setting
        What was agreed with the driver.

    Raises
    ------
    SourceError
        If the first buffers do not come.
    """

    def __init__(self, device: v4l2.Device, setting: v4l2.Setting) -> None:
        self._device = device
        self._frames = _frames_of(setting)
        self._whole_s = time.monotonic()
        self._stream = stream = Stream(device)
        self._reader: Reader[Buffer] = Reader(
            lambda: stream.next(READ_LIMIT_S), stream.close, ahead=_ahead(setting), shed=shed
        )
        self.clock: Clock = "arrival"

    def begin(self) -> Frame:
        """Learn whose clock there is; return the first whole picture."""
        stamps = [self._next_buffer()[0].captured_s for _ in range(2)]
        self.clock = "device" if is_steady(stamps) else "arrival"
        self._whole_s = time.monotonic()
        return self.next_whole()

    def next(self) -> Frame:
        """Return the next frame, whole, torn or unseen; raises `SourceError` in bounded time."""
        from studiocheck.sources.cameras.jpeg_frames import torn_frame, unseen_frame  # noqa: PLC0415 - cv2

        buffer, arrived_s = self._next_buffer()
        stamp_s = buffer.captured_s if self.clock == "device" else None
        when = (arrived_s if stamp_s is None else stamp_s, arrived_s, buffer.sequence)
        if buffer.payload is None and not buffer.damaged:
            return unseen_frame(*when)
        if buffer.payload and not buffer.damaged:
            frame = self._frames.frame(buffer.payload, *when)
            if frame.state == "whole":
                self._whole_s = arrived_s
                return frame
        if arrived_s - self._whole_s > READ_LIMIT_S:
            raise problems.broken_frames(self._device.path, READ_LIMIT_S)
        return torn_frame(*when)

    def next_whole(self) -> Frame:
        """Return the next whole frame; raises `SourceError` in bounded time."""
        while True:
            frame = self.next()
            if frame.state == "whole":
                return frame

    def brightness(self, seconds: float) -> float:
        """Watch for a while; return the mean luma of the last picture, 8-bit DN."""
        until_s = time.monotonic() + seconds
        while True:
            frame = self.next_whole()
            if (frame.arrived_s or 0.0) >= until_s:
                return float((frame.small or frame.luma)().mean())

    def skip_to_now(self) -> None:
        """Leave out what has queued up until now."""
        now_s = time.monotonic()
        while self._next_buffer()[1] < now_s:
            pass

    def stop(self) -> bool:
        """Stop the stream; return whether the camera has its buffers back."""
        self._stream.stop()
        return self._reader.stop(_STOP_LIMIT_S)

    def _next_buffer(self) -> tuple[Buffer, float]:
        path = self._device.path
        try:
            buffer, arrived_s = self._reader.next(READ_LIMIT_S + _NOTICE_S)
        except TimeoutError as error:
            raise self._gone() or problems.silent(path, READ_LIMIT_S) from error
        except OSError as error:
            raise self._gone() or problems.stream_failed(path) from error
        if buffer is None:
            raise self._gone() or problems.stream_failed(path)
        return buffer, arrived_s

    def _gone(self) -> SourceError | None:
        """Ask the system whether the camera is still there."""
        try:
            with v4l2.Device(self._device.path, self._device.system):
                return None
        except OSError as error:
            return problems.of_system(self._device.path, error)


def _frames_of(setting: v4l2.Setting) -> JpegFrames | RawFrames:
    from studiocheck.sources.cameras.jpeg_frames import JpegFrames  # noqa: PLC0415 - cv2 is heavy
    from studiocheck.sources.cameras.raw_frames import RawFrames  # noqa: PLC0415 - cv2 is heavy

    if setting.pixel_format in COMPRESSED:
        return JpegFrames()
    full_range, stride = setting.is_full_range, setting.stride
    return RawFrames(setting.pixel_format, *setting.size, full_range=full_range, stride=stride)


def _ahead(setting: v4l2.Setting) -> int:
    """Return how many buffers may wait: a bounded amount of memory, whatever their size."""
    size = setting.most_bytes // (_COMPRESSION if setting.pixel_format in COMPRESSED else 1)
    return max(_LEAST_AHEAD, min(_AHEAD, _AHEAD_BYTES // max(1, size)))
