"""The way to a camera: which there are, and the right one for a role of the studio."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field

from studiocheck.core.capture import Camera, Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.picture import CameraInfo
from studiocheck.core.studio import CameraRole
from studiocheck.sources.cameras import v4l2
from studiocheck.sources.cameras.av_camera import ClipCamera, StreamCamera
from studiocheck.sources.cameras.binding import ClipFile, Node, Stream, parse_binding, same_stream
from studiocheck.sources.cameras.holders import holders_of
from studiocheck.sources.cameras.local_cameras import find_local, local_cameras
from studiocheck.sources.cameras.opencv_camera import OpenCvCamera
from studiocheck.sources.cameras.picture_camera import PictureCamera
from studiocheck.sources.cameras.v4l2_camera import V4l2Camera
from studiocheck.sources.found import FoundCamera

__all__ = ["FoundCamera", "camera_for", "list_cameras", "resolved_identity"]

_PLATFORM: str = sys.platform
_USUAL = ("MJPG", "H264", "HEVC", "YUYV", "NV12", "UYVY")


def camera_for(
    role: CameraRole,
    *,
    width: int | None = None,
    height: int | None = None,
    fps: float | None = None,
) -> Camera:
    """Return the camera of a role: picklable, nothing opened.

    Parameters
    ----------
    role : CameraRole
        What the studio file says; its own size and rate go before the show's.
    width, height, fps : optional
        What the show asks for, px and frames per second. A stream or a clip is taken as it is.

    Returns
    -------
    Camera
        A binding that means nothing gives a camera whose `open` says so.
    """
    try:
        binding = parse_binding(role.device)
    except SourceError as error:
        return _NoCamera(error)
    match binding:
        case Stream(url):
            return StreamCamera(url)
        case ClipFile(path) if binding.is_picture:
            return PictureCamera(path)
        case ClipFile(path):
            return ClipCamera(path)
        case _:
            size = role.width or width, role.height or height
            if not _PLATFORM.startswith("linux"):
                return OpenCvCamera(binding, *size, role.fps or fps)
            return V4l2Camera(
                binding, *size, role.fps or fps, lock=role.lock, kelvin=role.white_balance
            )


def list_cameras() -> tuple[FoundCamera, ...]:
    """List the cameras of this computer, with formats and holders where the system tells."""
    return tuple(
        FoundCamera(
            binding=camera.identity,
            name=camera.name if camera.path in {"", camera.identity} else str(camera),
            formats=_formats(camera.path) if camera.path else (),
            holders=holders_of(camera.path) if camera.path else (),
        )
        for camera in local_cameras()
    )


def resolved_identity(device: str) -> str:
    """Return one word for one camera, however it is bound: two roles on one device show by it.

    What cannot be resolved now stands for itself.

    Examples
    --------
    >>> resolved_identity("rtsp://op:pw@Camera.local:554/live")
    'rtsp://camera.local/live'
    """
    try:
        binding = parse_binding(device)
        match binding:
            case Stream(url):
                return same_stream(url)
            case ClipFile(path):
                return f"file:{os.path.realpath(path)}"
            case Node(path):
                return os.path.realpath(path)
            case _:
                camera = find_local(binding, local_cameras())
                return camera.path or f"index:{camera.index}"
    except SourceError:
        return device


def _formats(path: str) -> tuple[str, ...]:
    """List what a technician would choose from: usual formats, their sizes, the best rate."""
    try:
        with v4l2.Device(path) as device:
            offered = device.pixel_formats()
            usual = [name for name in _USUAL if name in offered] or offered[:1]
            return tuple(_words(mode) for name in usual for mode in device.modes(name))
    except OSError:
        return ()


def _words(mode: v4l2.Mode) -> str:
    rate = f" {mode.rates[0]:g} fps" if mode.rates else ""
    return f"{mode.pixel_format} {mode.width}x{mode.height}{rate}"


@dataclass
class _NoCamera:
    """Stands for a binding that names no camera, and says so when it is opened."""

    error: SourceError
    live: bool = field(default=True)

    def open(self) -> CameraInfo:
        raise self.error

    def read(self) -> Frame | None:
        raise self.error

    def controls(self) -> None:
        return

    def close(self) -> None:
        pass
