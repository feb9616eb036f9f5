"""Looks whether this installation can see devices: libraries, permissions, versions, terminal."""

from __future__ import annotations

import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from studiocheck.core.errors import StudioCheckError
from studiocheck.core.text import Text
from studiocheck.sources.capture import children
from studiocheck.sources.doctor_extras import State, Symptom, optional_parts

_LIMIT_S = 12.0


def examine(state_folder: Path) -> Iterator[Symptom]:
    """Look at everything that the pre-show check depends on; each look may take seconds."""
    yield _python()
    yield _opencv()
    yield _asked(Text("PyAV (network cameras)", "PyAV（网络摄像头）"), _av_version, "av")
    yield _portaudio()
    yield _pyaudio()
    if sys.platform.startswith("linux"):
        yield _sound_server()
        yield _video_permission()
    elif sys.platform == "darwin":
        yield _privacy(
            Text(
                "System Settings → Privacy & Security → Camera and Microphone: allow the terminal",
                "系统设置 → 隐私与安全性 → 摄像头、麦克风：允许终端访问",
            )
        )
    else:
        yield _privacy(
            Text(
                "Settings → Privacy & security → Camera and Microphone: let desktop apps use them",
                "设置 → 隐私和安全性 → 相机、麦克风：允许桌面应用访问",
            )
        )
    yield from optional_parts()
    yield _state(state_folder)
    yield _terminal()


def _python() -> Symptom:
    version = platform.python_version()
    state: State = "good" if sys.version_info >= (3, 11) else "bad"
    return Symptom(Text("Python", "Python"), state, Text(version, version))


def _opencv() -> Symptom:
    name = Text("OpenCV (cameras)", "OpenCV（摄像头）")
    wheels = [
        f"{d.metadata['Name']} {d.version}"
        for d in metadata.distributions()
        if (d.metadata["Name"] or "").lower().startswith("opencv")
    ]
    if len(wheels) > 1:
        return Symptom(
            name,
            "bad",
            Text(f"several wheels share one folder: {', '.join(wheels)}", f"装了多个：{wheels}"),
            Text(
                "pip uninstall -y opencv-python opencv-python-headless opencv-contrib-python && "
                "pip install opencv-python",
                "pip uninstall -y opencv-python opencv-python-headless opencv-contrib-python && "
                "pip install opencv-python",
            ),
        )
    mend = Text(
        "sudo apt-get install -y libgl1 libglib2.0-0; then pip install --force-reinstall "
        "opencv-python",
        "先 sudo apt-get install -y libgl1 libglib2.0-0，再 pip install --force-reinstall "
        "opencv-python",
    )
    return _asked(name, _opencv_version, "cv2", mend)


def _opencv_version() -> str:
    import cv2  # noqa: PLC0415 - heavy, and what is being examined

    return str(cv2.__version__)


def _av_version() -> str:
    import av  # noqa: PLC0415 - heavy, and what is being examined

    return str(av.__version__)


def _asked(
    name: Text, question: Callable[[], str], library: str, mend: Text | None = None
) -> Symptom:
    try:
        version = children.ask(question, _LIMIT_S, library)
    except StudioCheckError as error:
        again = Text(
            "pip install --force-reinstall studiocheck",
            "重新安装：pip install --force-reinstall studiocheck",
        )
        return Symptom(name, "bad", error.message, mend or again)
    return Symptom(name, "good", Text(version, version))


def _portaudio() -> Symptom:
    from studiocheck.sources import listing  # noqa: PLC0415 - only when asked

    name = Text("PortAudio through sounddevice (microphones)", "PortAudio/sounddevice（麦克风）")
    try:
        found = children.ask(listing.sounddevice_microphones, _LIMIT_S, "PortAudio")
    except StudioCheckError as error:
        return Symptom(name, "bad", error.message, error.advice)
    count = len(found)
    text = Text(f"{count} input devices", f"{count} 个输入设备")
    if count:
        return Symptom(name, "good", text)
    return Symptom(
        name,
        "warning",
        text,
        Text(
            "plug a microphone in; on Linux with PulseAudio or PipeWire: "
            "sudo apt-get install -y libasound2-plugins",
            "请连接麦克风；Linux 使用 PulseAudio/PipeWire 时："
            "sudo apt-get install -y libasound2-plugins",
        ),
    )


def _pyaudio() -> Symptom:
    name = Text("PyAudio (alternative for microphones)", "PyAudio（麦克风备用库）")
    try:
        version = metadata.version("pyaudio")
    except metadata.PackageNotFoundError:
        return Symptom(
            name,
            "warning",
            Text(
                "not installed; only needed when sounddevice cannot work",
                "未安装；仅在 sounddevice 无法工作时需要",
            ),
            Text(
                'pip install "studiocheck[pyaudio]" '
                "(Linux first: sudo apt-get install -y portaudio19-dev gcc python3-dev)",
                'pip install "studiocheck[pyaudio]"'
                "（Linux 先执行：sudo apt-get install -y portaudio19-dev gcc python3-dev）",
            ),
        )
    return Symptom(name, "good", Text(version, version))


def _sound_server() -> Symptom:
    from studiocheck.sources import listing  # noqa: PLC0415 - only when asked

    name = Text("sound server (mute, gain, moved streams)", "声音服务（静音、增益、流切换）")
    try:
        server = children.ask(listing.sound_server, _LIMIT_S, "sound server")
    except StudioCheckError as error:
        return Symptom(name, "warning", error.message, error.advice)
    if server is None:
        return Symptom(
            name,
            "warning",
            Text(
                "none answers: mute and moved streams cannot be seen",
                "无响应：无法检测静音和流切换",
            ),
            Text(
                "start PulseAudio or PipeWire in this session",
                "请在当前会话启动 PulseAudio 或 PipeWire",
            ),
        )
    return Symptom(name, "good", Text(server, server))


def _video_permission() -> Symptom:
    name = Text("camera nodes", "摄像头设备节点")
    nodes = sorted(Path("/dev").glob("video*"))
    if not nodes:
        return Symptom(
            name,
            "warning",
            Text("no /dev/video* on this computer", "本机没有 /dev/video*"),
            Text("plug a camera in; network cameras need none", "请连接摄像头；网络摄像头不需要"),
        )
    denied = [str(node) for node in nodes if not os.access(node, os.R_OK | os.W_OK)]
    if denied:
        return Symptom(
            name,
            "bad",
            Text(f"no permission for {', '.join(denied)}", f"没有权限：{'、'.join(denied)}"),
            Text(
                'sudo usermod -aG video "$USER", then log in again',
                'sudo usermod -aG video "$USER"，然后重新登录',
            ),
        )
    there = ", ".join(map(str, nodes))
    return Symptom(name, "good", Text(there, there))


def _privacy(where: Text) -> Symptom:
    return Symptom(
        Text("privacy settings", "隐私设置"),
        "warning",
        Text(
            "the system asks at the first use and may refuse silently",
            "系统首次使用时会询问，也可能直接拒绝",
        ),
        where,
    )


def _state(folder: Path) -> Symptom:
    name = Text("folder for runs", "运行记录文件夹")
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    free_gb = shutil.disk_usage(place).free / 1e9
    found = Text(f"{folder}, {free_gb:.0f} GB free", f"{folder}，剩余 {free_gb:.0f} GB")
    if not os.access(place, os.W_OK) or not place.is_dir():
        return Symptom(
            name,
            "bad",
            Text(f"{folder} cannot be written", f"{folder} 无法写入"),
            Text(
                "set STUDIOCHECK_HOME to a folder that can be",
                "请将 STUDIOCHECK_HOME 设为可写文件夹",
            ),
        )
    return Symptom(name, "good" if free_gb >= 1 else "warning", found)


def _terminal() -> Symptom:
    encoding = (getattr(sys.stdout, "encoding", "") or locale.getpreferredencoding()).lower()
    name = Text("terminal encoding", "终端编码")
    try:
        "√×▲○ 可开播".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return Symptom(
            name,
            "warning",
            Text(f"{encoding} cannot write Chinese or the marks", f"{encoding} 无法显示中文和标记"),
            Text(
                "set PYTHONUTF8=1; on Windows also: chcp 65001",
                "设置 PYTHONUTF8=1;Windows 另执行 chcp 65001",
            ),
        )
    return Symptom(name, "good", Text(encoding, encoding))
