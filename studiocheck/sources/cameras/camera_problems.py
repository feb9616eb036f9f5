"""What can be wrong with any camera, and with one of this computer, in words; none is touched."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from studiocheck.core.errors import (
    DeviceBusy,
    DeviceGone,
    FormatRefused,
    PermissionDenied,
    SourceError,
    SourceTimeout,
)
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text

_PLATFORM: str = sys.platform

_REPLUG = Text(
    "unplug it, wait five seconds, plug it in again; then another port or cable",
    "拔下摄像头，等五秒再插上；再换接口或线缆",
)
AT_THE_CAMERA = Text(
    "check the camera's power and network cable, then open the address in VLC",
    "检查摄像头的供电和网线，再用 VLC 打开该地址",
)


def busy(path: str, holders: Sequence[str] = ()) -> SourceError:
    """Somebody else streams from the camera."""
    who = ", ".join(holders)
    if who:
        message = Text(f"{path} is held by {who}", f"{path} 正被 {who} 占用")
        advice = Text(f"close {who}, then check again", f"关闭 {who} 后重新检查")
    else:
        message = Text(f"{path} is held by another program", f"{path} 正被其他程序占用")
        advice = Text(
            "close OBS, browsers and meeting programs, then check again",
            "关闭 OBS、浏览器和会议软件后重新检查",
        )
    return DeviceBusy(message, advice)


def denied(path: str) -> SourceError:
    """The system does not let this user open the camera."""
    if _PLATFORM == "darwin":
        advice = Text(
            "System Settings, Privacy & Security, Camera: allow the terminal, then start it anew",
            "系统设置 → 隐私与安全性 → 摄像头：允许终端使用，然后重新打开终端",
        )
    elif _PLATFORM == "win32":
        advice = Text(
            "Settings, Privacy, Camera: allow desktop apps to use the camera",
            "设置 → 隐私 → 相机：允许桌面应用访问相机",
        )
    else:
        advice = Text(
            "run `sudo usermod -aG video $USER`, log out and in again",
            "运行 `sudo usermod -aG video $USER`，注销后重新登录",
        )
    return PermissionDenied(
        Text(f"this user may not open {path}", f"当前用户无权打开 {path}"), advice
    )


def gone(path: str) -> SourceError:
    """The camera is not there, or left while it was read."""
    return DeviceGone(
        Text(f"the camera {path} is not there", f"摄像头 {path} 不存在或已断开"), _REPLUG
    )


def not_a_camera(path: str) -> SourceError:
    """The node gives no picture."""
    return FormatRefused(
        Text(
            f"{path} is not a camera (no picture comes from it)", f"{path} 不是摄像头（没有画面）"
        ),
        Text(
            "`studiocheck devices` lists the cameras; a webcam's second node is no camera",
            "用 `studiocheck devices` 查看摄像头；网络摄像头的第二个节点不是画面",
        ),
    )


def will_not_open(label: str) -> SourceError:
    """The driver refuses without saying why."""
    if _PLATFORM == "darwin":
        return denied(label)
    return FormatRefused(
        Text(f"the driver refuses to open {label}", f"驱动拒绝打开 {label}"), _REPLUG
    )


def will_not_start(path: str, width: int | None, height: int | None) -> SourceError:
    """The camera opens and sends no picture."""
    asked = f"{width}x{height}" if width and height else "its own size"
    return FormatRefused(
        Text(
            f"{path} opens but will not start at {asked}",
            f"{path} 能打开，但无法以 {asked if width else '默认尺寸'} 开始传输",
        ),
        Text(
            "put it on another USB port, away from hubs and other cameras; then ask a smaller size",
            "换一个 USB 口，不经集线器，避开其他摄像头；再试较小的尺寸",
        ),
    )


def of_start(path: str, error: OSError, port: str | None = None) -> SourceError:
    """Say in our words why a camera that is open did not start."""
    if error.errno == errno.ENOSPC:
        return bus_full(path, port)
    if error.errno in {errno.EBUSY, errno.ENODEV, errno.ENXIO, errno.EACCES}:
        return of_system(path, error)
    return will_not_start(path, None, None)


def silent(label: str, limit_s: float) -> SourceError:
    """The camera is there and no frame comes."""
    return SourceTimeout(
        Text(
            f"{label} sends nothing: no frame for {limit_s:g} s",
            f"{label} 没有数据：{limit_s:g} 秒内没有一帧",
        ),
        AT_THE_CAMERA if "://" in label else _REPLUG,
    )


def broken_frames(label: str, limit_s: float) -> SourceError:
    """Data come, and nothing in them is a whole picture."""
    return FormatRefused(
        Text(
            f"{label} sends data but no whole picture for {limit_s:g} s",
            f"{label} 有数据，但 {limit_s:g} 秒内没有一帧完整画面",
        ),
        Text(
            "change the cable first, then the port; for a network camera set H.264 or MJPEG",
            "先换线缆，再换接口；网络摄像头请设为 H.264 或 MJPEG",
        ),
    )


class Undecodable(FormatRefused):
    """One frame came whole, by its markers, and holds no picture."""


def undecodable() -> SourceError:
    """One frame came whole, by its markers, and holds no picture."""
    return Undecodable(
        Text("a frame came that cannot be decoded", "收到一帧无法解码的画面"),
        Text("change the cable first, then the port", "先换线缆，再换接口"),
    )


def bus_full(path: str, port: str | None = None) -> SourceError:
    """The USB bus has no room for one more stream of this format."""
    label = f"{path} ({port})" if port else path
    return FormatRefused(
        Text(
            f"no room on the USB bus for {label}",
            f"USB 总线带宽不足，{label} 无法开始传输",
        ),
        Text(
            "put it on a port of its own controller, not on a hub with another camera; "
            "or set it to MJPEG or a smaller size",
            "接到独立控制器的 USB 口，不要与其他摄像头共用集线器；或改用 MJPEG、降低分辨率",
        ),
    )


class StreamFailed(DeviceGone):
    """The driver ended the stream although the camera is still there."""


def stream_failed(path: str) -> SourceError:
    """The driver ended the stream although the camera is still there."""
    return StreamFailed(
        Text(f"{path} stopped in the middle of the stream", f"{path} 传输中途停止"), _REPLUG
    )


def changed_size(label: str, before: tuple[int, int], now: tuple[int, int]) -> SourceError:
    """The picture changed its size while it was captured."""
    old, new = f"{before[0]}x{before[1]}", f"{now[0]}x{now[1]}"
    return FormatRefused(
        Text(
            f"{label} changed its picture from {old} to {new} during the check",
            f"{label} 在检查过程中画面尺寸由 {old} 变为 {new}",
        ),
        Text(
            "fix the output size of the camera or capture card, switch off automatic resolution",
            "固定摄像头或采集卡的输出分辨率，关闭自动分辨率",
        ),
    )


def of_system(path: str, error: OSError) -> SourceError:
    """Say in our words why the system did not open a device file."""
    if error.errno in {errno.EACCES, errno.EPERM}:
        return denied(path)
    if error.errno == errno.EBUSY:
        return busy(path)
    if error.errno in {errno.ENOENT, errno.ENODEV, errno.ENXIO}:
        return gone(path)
    if error.errno in {errno.ENOTTY, errno.EINVAL, errno.EISDIR}:
        return not_a_camera(path)
    why = reason_of(error)
    return SourceError(
        Text(f"{path} cannot be opened: {why.en}", f"{path} 无法打开：{why.zh}"), _REPLUG
    )
