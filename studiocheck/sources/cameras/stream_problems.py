"""What can be wrong with a camera's stream, or a file in its place, in words."""

from __future__ import annotations

from studiocheck.core.errors import (
    DeviceGone,
    FormatRefused,
    LibraryMissing,
    NetworkRefused,
    PermissionDenied,
    SourceError,
)
from studiocheck.core.text import Text
from studiocheck.sources.cameras.camera_problems import AT_THE_CAMERA

_READABLE = Text(
    "play it in VLC; if it plays there, make it an MP4 (H.264) and try again",
    "用 VLC 播放试试；若能播放，请转成 MP4（H.264）后重试",
)


def unauthorized(label: str) -> SourceError:
    """401 or 403."""
    return PermissionDenied(
        Text(f"{label} asks for a user name and password", f"{label} 需要正确的用户名和密码"),
        Text(
            "write them into the address: rtsp://USER:PASSWORD@HOST/…",
            "把用户名和密码写进地址：rtsp://用户名:密码@主机/…",
        ),
    )


def not_found(label: str) -> SourceError:
    """404."""
    return DeviceGone(
        Text(f"there is no stream at {label} (404)", f"{label} 没有视频流（404）"),
        Text("check the path behind the host name", "检查地址中主机名之后的路径"),
    )


def http_error(label: str, why: str) -> SourceError:
    """Any other HTTP status."""
    return NetworkRefused(
        Text(f"{label} refused: {why}", f"{label} 拒绝访问：{why}"), AT_THE_CAMERA
    )


def refused(label: str) -> SourceError:
    """Nobody listens on that port."""
    return NetworkRefused(
        Text(
            f"{label}: the host answers, nobody listens on that port",
            f"{label}：主机有应答，但该端口没有服务",
        ),
        Text(
            "check the port, and that the camera's stream is switched on",
            "检查端口号，并确认摄像头已开启视频流",
        ),
    )


def unreachable(label: str, why: str) -> SourceError:
    """Name, route or network."""
    return NetworkRefused(
        Text(f"{label} cannot be reached: {why}", f"无法连接 {label}：{why}"),
        Text(
            "check the host name, and that camera and computer are on the same network",
            "检查主机名，并确认摄像头与电脑在同一网络",
        ),
    )


def stopped(label: str) -> SourceError:
    """A live stream came to its end."""
    return DeviceGone(
        Text(f"{label}: the sender stopped the stream", f"{label}：发送端停止了视频流"),
        AT_THE_CAMERA,
    )


def cut(label: str) -> SourceError:
    """The connection to the camera broke: for the show that is a camera that left."""
    return DeviceGone(Text(f"{label}: the connection broke", f"{label}：连接中断"), AT_THE_CAMERA)


def no_protocol(label: str) -> SourceError:
    """The FFmpeg inside PyAV was built without it."""
    scheme = label.partition(":")[0]
    return LibraryMissing(
        Text(f"this computer's FFmpeg cannot read {scheme}://", f"本机 FFmpeg 不支持 {scheme}://"),
        Text("let the camera send RTSP or HTTP", "请让摄像头改用 RTSP 或 HTTP 输出"),
    )


def no_file(name: str) -> SourceError:
    """The file is not there."""
    return DeviceGone(
        Text(f"there is no file {name}", f"没有文件 {name}"),
        Text("check the path in the studio file", "检查直播间设备文件中的路径"),
    )


def unreadable_file(name: str) -> SourceError:
    """The file may not be read."""
    return PermissionDenied(
        Text(f"{name} may not be read", f"无权读取 {name}"),
        Text("give your user read access to the file", "请为当前用户开放该文件的读取权限"),
    )


def no_picture(label: str, why: Text | None = None) -> SourceError:
    """What is there is no video that can be decoded."""
    said = Text(f"{label} holds no readable picture", f"{label} 中没有可读的画面")
    if why is not None:
        said = Text("{said}: {why}", "{said}：{why}").fill(said=said, why=why)
    return FormatRefused(said, _READABLE)


def no_timestamps(label: str) -> SourceError:
    """A clip without times tells nothing of its rate."""
    return FormatRefused(
        Text(f"{label} carries no timestamps", f"{label} 不含时间戳"),
        Text("record into MP4, MOV or MKV", "请录制为 MP4、MOV 或 MKV"),
    )
