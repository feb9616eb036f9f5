"""Cameras of a Linux computer: frames with the kernel's own time, number and error flag.

A node that does not stream in plain buffers, or in no format that we read, goes by OpenCV instead.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from studiocheck.core.capture import Frame
from studiocheck.core.errors import SourceError
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras import v4l2, v4l2_controls, v4l2_hold
from studiocheck.sources.cameras.binding import LocalBinding, Node
from studiocheck.sources.cameras.holders import holders_of
from studiocheck.sources.cameras.local_cameras import (
    find_local,
    local_cameras,
    socket_of,
    tidy_name,
    usb_of,
)
from studiocheck.sources.cameras.opencv_camera import OpenCvCamera
from studiocheck.sources.cameras.v4l2_capture import COMPRESSED, Capture
from studiocheck.sources.cameras.v4l2_controls import Debt
from studiocheck.sources.cameras.v4l2_hold import Held, Kelvin
from studiocheck.sources.cameras.v4l2_kernel import Kernel
from studiocheck.sources.cameras.v4l2_quirks import NONE, Quirk, quirk_of

# uncompressed HD does not fit through USB 2: asked for it, cameras give a few frames a second
_WANTED: Final = (*COMPRESSED, "YUYV", "NV12")


class _NotOurs(Exception):
    """The node works in a way that OpenCV knows and we do not."""


@dataclass
class V4l2Camera:
    """One camera of a Linux computer.

    Parameters
    ----------
    binding : Index, Node, Named or Usb
        Which one.
    width, height, fps : optional
        What to ask it for; what comes is what counts.
    lock : bool
        Whether its automatics may be held while it is measured.
    kelvin : int, "auto" or None
        White balance that the studio file declares.
    hold_as : mapping, optional
        How it was set in an earlier session, as `Controls.after`: it is held there.
    """

    binding: LocalBinding
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    lock: bool = False
    kelvin: Kelvin = None
    hold_as: Mapping[str, int] | None = None
    live: bool = True
    system: Kernel = field(default_factory=Kernel, repr=False)
    _path: str = ""
    _quirk: Quirk = NONE
    _device: v4l2.Device | None = field(default=None, repr=False)
    _capture: Capture | None = field(default=None, repr=False)
    _stand_in: OpenCvCamera | None = field(default=None, repr=False)
    _found: v4l2_controls.Raw = field(default_factory=dict, repr=False)
    _held: Held = field(default_factory=Held, repr=False)
    _debt: Debt | None = field(default=None, repr=False)
    _owe: Callable[[Callable[[], None]], None] | None = field(default=None, repr=False)
    # closing may be asked for from beside a stuck capture: the second to ask waits for the first
    _closing: threading.RLock | None = field(default=None, repr=False)

    def promise(self, owe: Callable[[Callable[[], None]], None]) -> None:
        """Be told, before `open`, whom to tell what is owed before anything is changed."""
        self._owe = owe

    def open(self) -> CameraInfo:
        """Find the camera, start it, and see its first pictures; raises `SourceError`."""
        self._closing = threading.RLock()
        if isinstance(self.binding, Node):
            self._path = os.path.realpath(self.binding.path)
        else:
            self._path = find_local(self.binding, local_cameras()).path
        try:
            return self._open()
        except _NotOurs:
            self.close()
            self._stand_in = OpenCvCamera(self.binding, self.width, self.height, self.fps)
            return self._stand_in.open()
        except BaseException:
            self.close()
            raise

    def read(self) -> Frame | None:
        """Return the next frame: whole, torn or unseen; raises `SourceError` in bounded time."""
        if self._stand_in is not None:
            return self._stand_in.read()
        if self._capture is None:
            raise problems.stream_failed(self._path)
        return self._capture.next()

    def controls(self) -> Controls | None:
        """Return the settings as they are now, beside those found and held."""
        if self._device is None or not self._found:
            return None
        return Controls(
            found=v4l2_controls.in_units(self._found),
            held=self._held.values,
            refused=self._held.refused,
            after=v4l2_controls.in_units(v4l2_controls.read_raw(self._device)),
        )

    def close(self) -> None:
        """Put back every setting that was changed, stop, put back the format. Never raises."""
        with self._closing or contextlib.nullcontext():
            stand_in, self._stand_in = self._stand_in, None
            if stand_in is not None:
                stand_in.close()
            device, self._device = self._device, None
            capture, self._capture = self._capture, None
            debt, self._debt = self._debt, None
            if device is None:
                return
            if debt is not None:
                debt.settle_controls(device)
            if capture is not None and not capture.stop():
                return  # stuck in the driver: whoever kills this process puts the format back
            if debt is not None:
                debt.settle_format(device)
            device.close()

    # ------------------------------------------------------------ opening

    def _open(self) -> CameraInfo:
        try:
            self._device = device = v4l2.Device(self._path, self.system)
            capability = device.capability()
            if not capability.captures:
                raise problems.not_a_camera(self._path)
            if not capability.streams:
                raise _NotOurs
            if device.is_busy():
                raise self._busy()
            before = device.setting()
            formats = device.pixel_formats()
        except OSError as error:
            raise problems.of_system(self._path, error) from error
        self._quirk = quirk_of(usb_of(self._path))
        self._owes(Debt(self._path, capability.bus, before, system=self.system))
        socket = socket_of(self._path)
        capture, setting = self._start(device, self._choice(formats), socket.port)
        first = capture.begin()
        first.luma()  # a JPEG of a kind that cannot be decoded is found now, not in the clip
        locked = self._settle(device, capture)
        return CameraInfo(
            device=self._path,
            name=tidy_name(capability.card),
            backend=f"V4L2 {capability.driver}",
            clock=capture.clock,
            width=first.size[0],
            height=first.size[1],
            pixel_format=setting.pixel_format,
            nominal_fps=setting.rate,
            white_balance_locked=locked,
            compressed=setting.pixel_format in COMPRESSED,
            port=socket.port,
            link_mbit_s=socket.link_mbit_s,
        )

    def _choice(self, formats: tuple[str, ...]) -> str:
        preferred = self._quirk.prefer_format
        wanted = formats[:1] if preferred == "first" else (preferred or "", *_WANTED)
        for name in wanted:
            if name in formats and name in _WANTED:
                return name
        raise _NotOurs

    def _start(
        self, device: v4l2.Device, pixel_format: str, port: str | None
    ) -> tuple[Capture, v4l2.Setting]:
        size = (self.width, self.height) if self.width and self.height else None
        try:
            setting = device.agree(pixel_format, size, None if self._quirk.keep_rate else self.fps)
            if setting.pixel_format != pixel_format:
                raise _NotOurs
            self._capture = capture = Capture(device, setting)
        except OSError as error:
            if error.errno == errno.EBUSY:
                raise self._busy() from error
            if error.errno in {errno.EINVAL, errno.ENOTTY}:
                raise _NotOurs from error
            raise problems.of_start(self._path, error, port) from error
        return capture, setting

    def _settle(self, device: v4l2.Device, capture: Capture) -> bool | None:
        """Read the settings, hold what may be held; return whether white balance stays."""
        self._found = now = v4l2_controls.read_raw(device)
        if self.lock:
            self._held = v4l2_hold.hold_still(
                device,
                self._found,
                kelvin=self.kelvin,
                quirk=self._quirk,
                hold_as=self.hold_as,
                brightness=capture.brightness,
                owe=self._owes_controls,
            )
            now = v4l2_controls.read_raw(device)
        capture.skip_to_now()
        automatic = now.get("auto_white_balance")
        return None if automatic is None else not automatic

    def _owes(self, debt: Debt) -> None:
        self._debt = debt
        if self._owe is not None:
            self._owe(debt)

    def _owes_controls(self, owed: v4l2_controls.Owed) -> None:
        if self._debt is not None:
            self._owes(replace(self._debt, controls=owed))

    def _busy(self) -> SourceError:
        ours = f"(pid {os.getpid()})"
        others = [holder for holder in holders_of(self._path) if not holder.endswith(ours)]
        return problems.busy(self._path, others)
