"""Cameras through OpenCV: those of Windows and macOS, and what on Linux does not stream plainly."""

from __future__ import annotations

import contextlib
import itertools
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.picture import CameraInfo, Clock
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras import v4l2
from studiocheck.sources.cameras.binding import LocalBinding, Node
from studiocheck.sources.cameras.holders import holders_of
from studiocheck.sources.cameras.local_cameras import find_local, local_cameras, tidy_name, words
from studiocheck.sources.cameras.reading import Reader

READ_LIMIT_S = 3.0
ENVIRONMENT = {
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": f"{READ_LIMIT_S:.0f}",
    "OPENCV_LOG_LEVEL": "ERROR",
}
"""Must be set before cv2 is imported: OpenCV would wait ten seconds for a silent camera."""

_PLATFORM: str = sys.platform
_CLOSE_LIMIT_S = READ_LIMIT_S + 0.5
_AHEAD = 12
# uncompressed HD does not fit through USB 2: asked for it, cameras give a few frames a second
_WANTED: Final = "MJPG"
_COMPRESSED: Final = ("MJPG", "JPEG", "H264", "HEVC")
_STALE, _COMPARED = 4, 8
"""How many frames wait in a driver from before; how many then show whether its times are true."""

_CLOCKS_APART, _CLOCKS_APART_S = 0.25, 0.1

Buffer = tuple[NDArray[np.uint8] | None, float]
"""What OpenCV handed over, None once shed, and the time stamped on it, s (0: none)."""


@dataclass
class OpenCvCamera:
    """One camera of this computer: asked for MJPEG, size and rate; what comes is what counts."""

    binding: LocalBinding
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    live: bool = True
    _path: str = ""
    _clock: Clock = "arrival"
    _as_found: v4l2.Setting | None = field(default=None, repr=False)
    _reader: Reader[Buffer] | None = field(default=None, repr=False)
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
                name = device.capability().card
                with contextlib.suppress(OSError):  # several planes: OpenCV asks for them
                    self._as_found = device.setting()
        except OSError as error:
            raise problems.of_system(self._path, error) from error
        import cv2  # noqa: PLC0415 - heavy, and only after the environment is set

        capture = self._start(cv2.CAP_V4L2, self._path)
        return self._begin(capture, tidy_name(name), "V4L2")

    def _open_foreign(self) -> CameraInfo:
        import cv2  # noqa: PLC0415 - heavy, and only after the environment is set

        camera = find_local(self.binding, local_cameras())
        self._path = words(self.binding)
        backends = {"win32": (cv2.CAP_MSMF, cv2.CAP_DSHOW), "darwin": (cv2.CAP_AVFOUNDATION,)}
        failure = problems.will_not_open(str(camera))
        for backend in backends.get(_PLATFORM, (cv2.CAP_ANY,)):
            name = cv2.videoio_registry.getBackendName(backend)
            try:
                capture = self._start(backend, camera.index)
                return self._begin(capture, camera.name, name)
            except SourceError as error:
                failure = error
                self.close()
        raise failure

    def _start(self, backend: int, which: str | int) -> Any:  # noqa: ANN401
        import cv2  # noqa: PLC0415 - loaded by open()

        capture = cv2.VideoCapture(which, backend)
        if not capture.isOpened():
            capture.release()
            raise self._why_not_open()
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*_WANTED))
        if self.width and self.height:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.height)
        if self.fps:
            capture.set(cv2.CAP_PROP_FPS, self.fps)
        return capture

    def _begin(self, capture: Any, name: str, backend: str) -> CameraInfo:  # noqa: ANN401 - as above
        import cv2  # noqa: PLC0415 - loaded by open()

        agreed = v4l2.fourcc(int(capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFF_FFFF)
        rate = capture.get(cv2.CAP_PROP_FPS)
        self._reader = Reader(lambda: _grab(capture), capture.release, ahead=_AHEAD, shed=_shed)
        first = self._see_some_frames()
        return CameraInfo(
            device=self._path,
            name=name,
            backend=f"OpenCV {cv2.__version__} {backend}",
            clock=self._clock,
            width=first.size[0],
            height=first.size[1],
            pixel_format=agreed or "unknown",
            nominal_fps=rate if rate > 0 else None,
            compressed=agreed in _COMPRESSED if agreed else None,
        )

    def _see_some_frames(self) -> Frame:
        """Learn whose clock there is, and see a picture."""
        try:
            seen = [self._next_buffer() for _ in range(_STALE + _COMPARED)][_STALE:]
        except problems.StreamFailed as error:
            raise problems.will_not_start(self._path, self.width, self.height) from error
        stamps_s = [stamped_s for (_, stamped_s), _ in seen]
        arrivals_s = [arrived_s for _, arrived_s in seen]
        self._clock = "device" if tells_the_time(stamps_s, arrivals_s) else "arrival"
        self._first = self._next_frame()
        return self._first

    # ------------------------------------------------------------ reading

    def _next_frame(self) -> Frame:
        from studiocheck.sources.cameras.jpeg_frames import unseen_frame  # noqa: PLC0415 - cv2 is heavy
        from studiocheck.sources.cameras.raw_frames import bgr_frame  # noqa: PLC0415 - cv2 is heavy

        (image, stamped_s), arrived_s = self._next_buffer()
        captured_s = stamped_s if self._clock == "device" else arrived_s
        if image is None:
            return unseen_frame(captured_s, arrived_s)
        return bgr_frame(image, captured_s, arrived_s)

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


def tells_the_time(stamps_s: Sequence[float], arrivals_s: Sequence[float]) -> bool:
    """Return whether a backend's times of frames are times: growing, and as fast as they came.

    Some backends stamp nothing, some the number of the frame, some the time of the call.

    Examples
    --------
    >>> tells_the_time([0.033, 0.067, 0.100], [5.03, 5.07, 5.12])
    True
    >>> tells_the_time([0.0, 0.0, 0.0], [5.03, 5.07, 5.12])
    False
    """
    if stamps_s[0] <= 0 or any(a >= b for a, b in itertools.pairwise(stamps_s)):
        return False
    came_s = arrivals_s[-1] - arrivals_s[0]
    apart_s = abs(stamps_s[-1] - stamps_s[0] - came_s)
    return apart_s <= max(_CLOCKS_APART * came_s, _CLOCKS_APART_S)


def _shed(buffer: Buffer) -> Buffer:
    return None, buffer[1]


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
