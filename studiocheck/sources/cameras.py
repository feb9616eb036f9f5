"""The way to a camera: which there are, and the right one for a role of the studio."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace

from studiocheck.core.capture import Camera, Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.evidence import CameraInfo
from studiocheck.core.studio import CameraRole
from studiocheck.sources import v4l2
from studiocheck.sources.av_camera import ClipCamera, StreamCamera
from studiocheck.sources.binding import ClipFile, Node, Stream, parse_binding, same_stream
from studiocheck.sources.local_cameras import FoundCamera, find_local, local_cameras
from studiocheck.sources.opencv_camera import LocalCamera
from studiocheck.sources.picture_camera import PictureCamera

__all__ = ["FoundCamera", "camera_for", "list_cameras", "resolved_identity"]

_PLATFORM: str = sys.platform


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
            return LocalCamera(binding, role.width or width, role.height or height, role.fps or fps)


def list_cameras() -> tuple[FoundCamera, ...]:
    """List the cameras of this computer, with formats and holders where the system tells."""
    cameras = local_cameras()
    if not _PLATFORM.startswith("linux"):
        return cameras
    from studiocheck.sources.holders import holders_of  # noqa: PLC0415 - reads all of /proc

    return tuple(
        replace(
            camera,
            modes=_modes(camera.path),
            holders=tuple(str(holder) for holder in holders_of(camera.path)),
        )
        for camera in cameras
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


def _modes(path: str) -> tuple[v4l2.Mode, ...]:
    try:
        with v4l2.Device(path) as device:
            return tuple(m for name in device.pixel_formats() for m in device.modes(name))
    except OSError:
        return ()


@dataclass
class _NoCamera:
    """Stands for a binding that names no camera, and says so when it is opened."""

    error: SourceError
    live: bool = field(default=True)

    def open(self) -> CameraInfo:
        raise self.error

    def read(self) -> Frame | None:
        raise self.error

    def close(self) -> None:
        pass
