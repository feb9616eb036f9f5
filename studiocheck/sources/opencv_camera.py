"""Cameras of this computer, through OpenCV; on Linux with V4L2's own word beside it."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.evidence import CameraInfo, Clock
from studiocheck.sources import camera_problems as problems
from studiocheck.sources import v4l2
from studiocheck.sources.binding import LocalBinding, Node
from studiocheck.sources.holders import holders_of
from studiocheck.sources.local_cameras import find_local, local_cameras, tidy_name, words
from studiocheck.sources.reading import Reader

if TYPE_CHECKING:
    from studiocheck.sources.raw_frames import Picture, Unpacker

READ_LIMIT_S = 3.0
ENVIRONMENT = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": f"{READ_LIMIT_S:.0f}",
    "OPENCV_LOG_LEVEL": "ERROR",
}
"""Must be set before cv2 is imported: OpenCV would wait ten seconds for a silent camera."""

_PLATFORM: str = sys.platform
_CLOSE_LIMIT_S = READ_LIMIT_S + 0.5
_AHEAD, _AHEAD_UNCOMPRESSED = 90, 12
# uncompressed HD does not fit through USB 2: asked for it, cameras give a few frames a second
_WANTED = ("MJPG", "YUYV", "NV12")

Buffer = tuple[NDArray[np.uint8], float]
"""What the driver handed over, and the time it stamped on it, s (0: none)."""


@dataclass
class LocalCamera:
    """One camera of this computer: asked for MJPEG, size and rate, and read back."""

    binding: LocalBinding
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    live: bool = True
    _path: str = ""
    _clock: Clock = "arrival"
    _as_found: v4l2.Setting | None = field(default=None, repr=False)
    _reader: Reader[Buffer] | None = field(default=None, repr=False)
    _unpack: Unpacker | None = field(default=None, repr=False)
    _first: Frame | None = field(default=None, repr=False)

    def open(self) -> CameraInfo:
        """Find the camera, open it, and see its first pictures; raises `SourceError`."""
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        return self._open_v4l2() if _PLATFORM.startswith("linux") else self._open_foreign()

    def read(self) -> Frame | None:
        """Return the next whole frame; raises `SourceError` within bounded time."""
        first, self._first = self._first, None
        return first or self._next_frame()

    def controls(self) -> None:
        """Return None: this way in tells nothing of them."""
        return

    def close(self) -> None:
        """Release the camera, and put its format back as it was found."""
        reader, self._reader = self._reader, None
        as_found, self._as_found = self._as_found, None
        if reader is not None and not reader.stop(_CLOSE_LIMIT_S):
            return
        if as_found is not None:
            with contextlib.suppress(OSError), v4l2.Device(self._path) as device:
                if device.setting() != as_found:
                    device.restore(as_found)

    # ------------------------------------------------------------ opening

    def _open_v4l2(self) -> CameraInfo:
        if isinstance(self.binding, Node):
            self._path = os.path.realpath(self.binding.path)
        else:
            self._path = find_local(self.binding, local_cameras()).path
        try:
            with v4l2.Device(self._path) as device:
                capability = device.capability()
                if not capability.captures:
                    raise problems.not_a_camera(self._path)
                if device.is_busy():
                    raise self._busy()
                self._as_found = device.setting()
                formats = device.pixel_formats()
                locked = device.white_balance_locked()
        except OSError as error:
            raise problems.of_system(self._path, error) from error
        import cv2  # noqa: PLC0415 - heavy, and only after the environment is set

        capture = self._start(cv2.CAP_V4L2, self._path, [f for f in _WANTED if f in formats])
        full = False
        with contextlib.suppress(OSError), v4l2.Device(self._path) as device:
            full = device.setting().is_full_range
        return self._begin(
            capture,
            tidy_name(capability.card),
            "V4L2",
            full_range=full,
            white_balance_locked=locked,
        )

    def _open_foreign(self) -> CameraInfo:
        import cv2  # noqa: PLC0415 - heavy, and only after the environment is set

        camera = find_local(self.binding, local_cameras())
        self._path = words(self.binding)
        backends = {"win32": (cv2.CAP_MSMF, cv2.CAP_DSHOW), "darwin": (cv2.CAP_AVFOUNDATION,)}
        failure = problems.will_not_open(str(camera))
        for backend in backends.get(_PLATFORM, (cv2.CAP_ANY,)):
            name = cv2.videoio_registry.getBackendName(backend)
            try:
                capture = self._start(backend, camera.index, _WANTED[:1])
                return self._begin(capture, camera.name, name)
            except SourceError as error:
                failure = error
                self.close()
        raise failure

    def _start(self, backend: int, which: str | int, wanted: Sequence[str]) -> Any:  # noqa: ANN401
        import cv2  # noqa: PLC0415 - loaded by open()

        capture = cv2.VideoCapture(which, backend)
        if not capture.isOpened():
            capture.release()
            raise self._why_not_open()
        if wanted:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted[0]))
        if self.width and self.height:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.height)
        if self.fps:
            capture.set(cv2.CAP_PROP_FPS, self.fps)
        return capture

    def _begin(
        self,
        capture: Any,  # noqa: ANN401 - cv2.VideoCapture, which is imported late
        name: str,
        backend: str,
        *,
        full_range: bool | None = None,
        white_balance_locked: bool | None = None,
    ) -> CameraInfo:
        import cv2  # noqa: PLC0415 - loaded by open()

        from studiocheck.sources.raw_frames import RAW_FORMATS, Unpacker  # noqa: PLC0415 - cv2

        agreed = v4l2.fourcc(int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFF_FFFF)
        raw = full_range is not None and agreed in RAW_FORMATS
        if raw:
            capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._unpack = Unpacker(
            agreed if raw else "BGR", width, height, full_range=bool(full_range)
        )
        ahead = _AHEAD if raw and agreed in {"MJPG", "JPEG"} else _AHEAD_UNCOMPRESSED
        self._reader = Reader(lambda: _grab(capture), capture.release, ahead=ahead)
        first = self._see_two_frames()
        return CameraInfo(
            device=self._path,
            name=name,
            backend=f"OpenCV {cv2.__version__} {backend}",
            clock=self._clock,
            width=first.size[0],
            height=first.size[1],
            pixel_format=agreed or "unknown",
            nominal_fps=rate if rate > 0 else None,
            white_balance_locked=white_balance_locked,
        )

    def _see_two_frames(self) -> Frame:
        """Learn whose clock there is: only a driver's stamps grow between two frames."""
        try:
            (_, before_s), _ = self._next_buffer()
            (_, after_s), _ = self._next_buffer()
        except problems.StreamFailed as error:
            raise problems.will_not_start(self._path, self.width, self.height) from error
        by_driver = _PLATFORM.startswith("linux") and 0 < before_s < after_s
        self._clock = "device" if by_driver else "arrival"
        self._first = self._next_frame()
        return self._first

    # ------------------------------------------------------------ reading

    def _next_frame(self) -> Frame:
        began_s = time.monotonic()
        while self._unpack is not None and time.monotonic() - began_s < READ_LIMIT_S:
            (buffer, stamped_s), arrived_s = self._next_buffer()
            picture = self._unpack(buffer)
            if picture is not None:
                captured_s = stamped_s if self._clock == "device" else arrived_s
                return _frame(picture, captured_s, arrived_s)
        raise problems.broken_frames(self._path, READ_LIMIT_S)

    def _next_buffer(self) -> tuple[Buffer, float]:
        if self._reader is None:
            raise problems.stream_failed(self._path)
        try:
            buffer, arrived_s = self._reader.next(READ_LIMIT_S)
        except TimeoutError as error:
            raise self._gone() or problems.silent(self._path, READ_LIMIT_S) from error
        if buffer is None:
            raise self._gone() or problems.stream_failed(self._path)
        return buffer, arrived_s

    # ------------------------------------------------------------ why

    def _gone(self) -> SourceError | None:
        if not _PLATFORM.startswith("linux"):
            return None
        try:
            with v4l2.Device(self._path):
                return None
        except OSError as error:
            return problems.of_system(self._path, error)

    def _why_not_open(self) -> SourceError:
        if _PLATFORM.startswith("linux"):
            with contextlib.suppress(OSError), v4l2.Device(self._path) as device:
                return self._busy() if device.is_busy() else problems.will_not_open(self._path)
            return problems.gone(self._path)
        return problems.will_not_open(self._path)

    def _busy(self) -> SourceError:
        ours = f"(pid {os.getpid()})"
        others = [holder for holder in holders_of(self._path) if not holder.endswith(ours)]
        return problems.busy(self._path, others)


def _frame(picture: Picture, captured_s: float, arrived_s: float) -> Frame:
    height, width = picture.luma.shape
    return Frame(
        captured_s=captured_s,
        size=(width, height),
        luma=lambda: picture.luma,
        bgr=picture.bgr,
        limited=picture.limited,
        arrived_s=arrived_s,
    )


def _grab(capture: Any) -> Buffer | None:  # noqa: ANN401 - cv2.VideoCapture, imported late
    import cv2  # noqa: PLC0415 - loaded by open()

    began_s = time.monotonic()
    came, buffer = capture.read()
    if came:
        return np.asarray(buffer, np.uint8), capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    if time.monotonic() - began_s > 0.9 * READ_LIMIT_S:
        message = "the driver gave no frame"
        raise TimeoutError(message)
    return None
