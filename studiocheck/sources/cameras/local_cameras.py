"""Which cameras are plugged into this computer, and which of them a binding means."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from studiocheck.core.errors import DeviceGone
from studiocheck.core.text import Text
from studiocheck.sources.cameras import v4l2
from studiocheck.sources.cameras.binding import Index, LocalBinding, Named, Node, Usb
from studiocheck.sources.cameras.v4l2_kernel import Kernel

_SYSFS = Path("/sys/class/video4linux")
_DEV = Path("/dev")
_PLATFORM: str = sys.platform


@dataclass(frozen=True, slots=True)
class PluggedCamera:
    """One camera of this computer.

    Parameters
    ----------
    index : int
        The number that the system gives it today.
    path : str
        What opens it: a device file on Linux, elsewhere empty.
    name : str
        What its maker calls it.
    identity : str
        The most stable binding that names this camera and no other one plugged in now.
    usb : Usb, optional
        Vendor, product and serial number, where the camera has them.
    """

    index: int
    path: str
    name: str
    identity: str
    usb: Usb | None = None

    def __str__(self) -> str:
        where = self.path or f"index:{self.index}"
        return f"{self.name} ({where}, {self.identity})" if self.identity != where else (
            f"{self.name} ({where})"
        )  # fmt: skip


def local_cameras() -> tuple[PluggedCamera, ...]:
    """List the cameras that are plugged in."""
    return linux_cameras() if _PLATFORM.startswith("linux") else _other_cameras()


def linux_cameras(
    sysfs: Path = _SYSFS, dev: Path = _DEV, system: Kernel | None = None
) -> tuple[PluggedCamera, ...]:
    """List the cameras of a Linux system; metadata nodes of webcams are none."""
    found = []
    for folder in sorted(sysfs.glob("video*"), key=lambda f: _number(f.name)):
        number = _number(folder.name)
        path = dev / folder.name
        if number < 0 or not _is_capture_node(path, folder, system or Kernel()):
            continue
        name = tidy_name(_line(folder / "name")) or folder.name
        usb = _usb_of(folder / "device")
        identity = "usb:" + ":".join(p for p in (usb.vendor, usb.product, usb.serial) if p) if (
            usb
        ) else str(path)  # fmt: skip
        found.append(PluggedCamera(number, str(path), name, identity, usb))
    return _told_apart(found)


def find_local(binding: LocalBinding, cameras: Sequence[PluggedCamera]) -> PluggedCamera:
    """Return the one camera that a binding means.

    Raises
    ------
    DeviceGone
        If there is none, or more than one; it lists what is there.
    """
    matching = [camera for camera in cameras if _matches(binding, camera)]
    if len(matching) == 1:
        return matching[0]
    if not matching:
        raise DeviceGone(
            Text(
                f"no camera is {words(binding)}; {_inventory(cameras).en}",
                f"没有找到摄像头 {words(binding)}；{_inventory(cameras).zh}",
            ),
            Text(
                "check its cable and power, then `studiocheck devices`",
                "检查线缆和供电，然后运行 `studiocheck devices`",
            ),
        )
    # one USB camera can have several capture nodes (infrared, a second encoding): the first is it
    if isinstance(binding, Usb) and binding.serial and _one_device(matching):
        return matching[0]
    raise DeviceGone(
        Text(
            f"{words(binding)} means more than one camera: {_list(matching)}",
            f"{words(binding)} 对应多个摄像头：{_list(matching)}",
        ),
        Text(
            "bind by usb:VID:PID:SERIAL, or by a path below /dev/v4l/by-path",
            "请用 usb:VID:PID:序列号 绑定，或用 /dev/v4l/by-path 下的路径",
        ),
    )


def tidy_name(name: str) -> str:
    """Return a camera's name once: the UVC driver writes it before and after a colon.

    Examples
    --------
    >>> tidy_name("HD Pro Webcam C920: HD Pro Webcam C920")
    'HD Pro Webcam C920'
    """
    before, _, after = name.partition(": ")
    return before if before == after else name


def words(binding: LocalBinding) -> str:
    """Write a binding as the studio file writes it."""
    match binding:
        case Node(path):
            return path
        case Index(number):
            return f"index:{number}"
        case Named(part):
            return f"name:{part}"
        case Usb(vendor, product, serial):
            return ":".join(p for p in ("usb", vendor, product, serial) if p)


def _matches(binding: LocalBinding, camera: PluggedCamera) -> bool:
    match binding:
        case Node(path):
            return bool(camera.path) and os.path.realpath(path) == os.path.realpath(camera.path)
        case Index(number):
            return camera.index == number
        case Named(part):
            return part.casefold() in camera.name.casefold()
        case Usb(vendor, product, serial):
            usb = camera.usb
            if usb is None or (usb.vendor, usb.product) != (vendor, product):
                return False
            return serial is None or (usb.serial or "").casefold() == serial.casefold()


def _told_apart(found: Sequence[PluggedCamera]) -> tuple[PluggedCamera, ...]:
    """Fall back to the path where two cameras would carry one identity."""
    count = Counter(camera.identity for camera in found)
    seen: set[str] = set()
    result = []
    for camera in found:
        twins = [other for other in found if other.identity == camera.identity]
        first = camera.identity not in seen and camera.usb is not None and bool(camera.usb.serial)
        seen.add(camera.identity)
        stays = count[camera.identity] == 1 or (first and _one_device(twins))
        result.append(camera if stays else replace(camera, identity=camera.path or camera.identity))
    return tuple(result)


def _one_device(cameras: Sequence[PluggedCamera]) -> bool:
    """Whether several nodes are one thing: its serial number and name say so."""
    return len({(camera.usb, camera.name.partition(":")[0]) for camera in cameras}) == 1


def _inventory(cameras: Sequence[PluggedCamera]) -> Text:
    if not cameras:
        return Text("no camera is connected", "没有连接任何摄像头")
    return Text(f"connected: {_list(cameras)}", f"已连接：{_list(cameras)}")


def _list(cameras: Sequence[PluggedCamera]) -> str:
    return ", ".join(str(camera) for camera in cameras)


def _number(name: str) -> int:
    match = re.fullmatch(r"video(\d+)", name)
    return int(match[1]) if match else -1


def _line(file: Path) -> str:
    try:
        return file.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""


def _usb_of(link: Path) -> Usb | None:
    """Climb from a video node's device to the USB device that it is an interface of."""
    folder = _usb_device(link)
    if folder is None:
        return None
    vendor, product = _line(folder / "idVendor"), _line(folder / "idProduct")
    return Usb(vendor.lower(), product.lower(), _line(folder / "serial") or None)


def _usb_device(link: Path) -> Path | None:
    place = Path(os.path.realpath(link))
    for folder in (place, *list(place.parents)[:2]):
        if _line(folder / "idVendor") and _line(folder / "idProduct"):
            return folder
    return None


@dataclass(frozen=True, slots=True)
class Socket:
    """Where a USB camera is plugged in, and what that carries."""

    port: str | None = None
    link_mbit_s: float | None = None


def socket_of(path: str, sysfs: Path = _SYSFS) -> Socket:
    """Return where the camera of a node is plugged in; empty for one that is not on USB."""
    device = _usb_device(sysfs / Path(path).name / "device")
    if device is None:
        return Socket()
    try:
        return Socket(device.name, float(_line(device / "speed")))
    except ValueError:
        return Socket(device.name)


def usb_of(path: str, sysfs: Path = _SYSFS) -> Usb | None:
    """Return what the maker of a node's camera wrote into it; None for one that is not on USB."""
    return _usb_of(sysfs / Path(path).name / "device")


def _is_capture_node(path: Path, folder: Path, system: Kernel) -> bool:
    try:
        with v4l2.Device(str(path), system) as device:
            return device.capability().captures
    except PermissionError:
        # it cannot be asked; the first node of a webcam is the picture, the next its metadata
        return _line(folder / "index") in {"", "0"}
    except OSError:
        return False


def _other_cameras() -> tuple[PluggedCamera, ...]:
    """List the cameras of Windows or macOS by the index that OpenCV opens them with."""
    import cv2  # noqa: PLC0415 - heavy, and only for this
    from cv2_enumerate_cameras import enumerate_cameras  # noqa: PLC0415

    backends = (cv2.CAP_MSMF, cv2.CAP_DSHOW) if _PLATFORM == "win32" else (cv2.CAP_AVFOUNDATION,)
    for backend in backends:
        found = _told_apart([_foreign(entry) for entry in enumerate_cameras(backend)])
        if found:
            return found
    return ()


def _foreign(entry: object) -> PluggedCamera:
    index, name = getattr(entry, "index", 0), str(getattr(entry, "name", "") or "camera")
    vendor, product = getattr(entry, "vid", None), getattr(entry, "pid", None)
    usb = Usb(f"{vendor:04x}", f"{product:04x}") if vendor and product else None
    identity = f"usb:{usb.vendor}:{usb.product}" if usb else f"name:{name}"
    return PluggedCamera(index, "", name, identity, usb)
