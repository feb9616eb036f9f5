"""What can be wrong with a microphone of PortAudio, in words; no device is touched here."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from studiocheck.core.errors import (
    DeviceBusy,
    DeviceGone,
    FormatRefused,
    LibraryMissing,
    PermissionDenied,
    SourceError,
)
from studiocheck.core.text import Text

_PLATFORM: str = sys.platform

REPLUG = Text(
    "plug it in again or switch the receiver off and on; then correct the device in the studio "
    "file",
    "重新插好麦克风或重启接收机；再核对直播间设备文件里的设备名",
)
CLOSE_OTHERS = Text(
    "close OBS, browsers and meeting programs, then check again",
    "关闭 OBS、浏览器和会议软件后重新检查",
)
_SET_RATE = Text(
    "set the device to 48 kHz in the system's sound settings; if it cannot, give its own rate as "
    "rate_hz of this microphone in the studio file",
    "在系统声音设置中把设备设为 48 kHz；若不支持，请在直播间设备文件中把这支麦克风的 rate_hz "
    "写成设备自身的采样率",
)
_SET_CHANNELS = Text(
    "correct channels of this microphone in the studio file: 1 is mono, 2 stereo",
    "请在直播间设备文件中更正这支麦克风的 channels：1 为单声道，2 为立体声",
)
_GONE_CODES = (-9996, -9999, -9983)  # invalid device, host error, stream stopped
_BAD_CHANNELS, _BAD_RATE, _BAD_SAMPLES = -9998, -9997, -9994
_DENIED = ("permission", "access is denied", "0x80070005", "not permitted", "!obj", "errno -13")
_BUSY = ("busy", "in use", "0x8889000a", "exclusive")


# ---------------------------------------------------------------- which microphone is meant


def no_binding(binding: str) -> FormatRefused:
    """The studio file names none in a form that is known."""
    return FormatRefused(
        Text(f"{binding}: this names no microphone", f"{binding}：这不是麦克风的写法"),
        Text(
            "write default, index:3, name:… or file:room.wav; `studiocheck devices` lists what "
            "is connected",
            "应写作 default、index:3、name:… 或 file:room.wav；"
            "`studiocheck devices` 会列出已连接的设备",
        ),
    )


def ambiguous(word: str, names: Sequence[str]) -> DeviceGone:
    """Several answer to that name."""
    return DeviceGone(
        Text(
            f"{word} means more than one microphone: {', '.join(names)}",
            f"{word} 对应多支麦克风：{'、'.join(names)}",
        ),
        Text("write the whole name, or index:N", "请写完整名称，或用 index:N"),
    )


def absent(word: str, names: Sequence[str]) -> DeviceGone:
    """Others are there, this one is not."""
    return DeviceGone(
        Text(
            f"{word} is not there; there is {', '.join(names)}",
            f"找不到 {word}；现有：{'、'.join(names)}",
        ),
        REPLUG,
    )


def no_microphone(word: str) -> DeviceGone:
    """None is there."""
    return DeviceGone(
        Text(
            f"{word} is not there: this computer has no microphone at all",
            f"找不到 {word}：这台电脑没有任何麦克风",
        ),
        Text(
            "plug in the microphone or audio interface and check its power",
            "请插上麦克风或声卡，并检查供电",
        ),
    )


# ---------------------------------------------------------------- what the library said


def portaudio_error(
    name: str,
    code: int | None,
    said: str,
    *,
    rate_hz: int,
    channels: int,
    own_rate_hz: int | None = None,
    own_channels: int | None = None,
) -> SourceError:
    """Return the error of ours that a PortAudio error means.

    Parameters
    ----------
    name : str
        The microphone, as the user knows it.
    code : int or None
        PortAudio's code, for example −9997.
    said : str
        Everything the library said, host error included.
    rate_hz, channels : int
        What was asked for.
    own_rate_hz, own_channels : int, optional
        What the device has by itself.

    Examples
    --------
    >>> said = "Invalid sample rate"
    >>> found = portaudio_error("mic", -9997, said, rate_hz=48000, channels=1, own_rate_hz=44100)
    >>> found.message.en
    'mic does not give 48000 Hz; by itself it gives 44100 Hz'
    >>> portaudio_error("mic", -9985, "Device unavailable", rate_hz=48000, channels=1).code
    'busy'
    """
    lowered = said.casefold()
    if any(word in lowered for word in _DENIED) or (code == -9986 and _PLATFORM == "darwin"):
        return denied(name)
    if code == -9985 or any(word in lowered for word in _BUSY):
        return DeviceBusy(
            Text(f"{name} is held by another program", f"{name} 正被其他程序占用"), CLOSE_OTHERS
        )
    refusals = {
        _BAD_RATE: (_hertz(rate_hz), _hertz(own_rate_hz), _SET_RATE),
        _BAD_CHANNELS: (_channels(channels), _channels(own_channels), _SET_CHANNELS),
        _BAD_SAMPLES: (Text("32-bit float samples", "32 位浮点采样"), None, REPLUG),
    }
    if code in refusals:
        return _refused(name, *refusals[code])
    if code in _GONE_CODES:
        return gone(name)
    return SourceError(Text(f"{name} cannot be opened: {said}", f"{name} 无法打开：{said}"), REPLUG)


def _hertz(rate_hz: int | None) -> Text | None:
    return None if rate_hz is None else Text(f"{rate_hz} Hz", f"{rate_hz} Hz")


def _channels(count: int | None) -> Text | None:
    if count is None:
        return None
    return Text("mono" if count == 1 else f"{count} channels", f"{count} 个声道")


def _refused(name: str, asked: Text | None, own: Text | None, advice: Text) -> FormatRefused:
    message = Text("{name} does not give {asked}", "{name} 不支持 {asked}").fill(
        name=name, asked=asked
    )
    if own is not None and own != asked:
        message = Text("{message}; by itself it gives {own}", "{message}，设备自身为 {own}").fill(
            message=message, own=own
        )
    return FormatRefused(message, advice)


def gone(name: str) -> DeviceGone:
    """Say that the microphone is not there, or left."""
    return DeviceGone(
        Text(f"{name} is gone: it delivers no more sound", f"{name} 已断开：不再有声音"), REPLUG
    )


def denied(name: str) -> PermissionDenied:
    """Say that the system does not let this program listen."""
    places = {
        "darwin": Text(
            "System Settings, Privacy & Security, Microphone: allow the terminal, start it anew",
            "系统设置 → 隐私与安全性 → 麦克风：允许终端访问，然后重开终端",
        ),
        "win32": Text(
            "Settings, Privacy & security, Microphone: allow desktop apps",
            "设置 → 隐私和安全性 → 麦克风：允许桌面应用访问",
        ),
    }
    linux = Text(
        "add this user to the group audio (`sudo usermod -aG audio $USER`), then log in again",
        "把当前用户加入 audio 组（`sudo usermod -aG audio $USER`），再重新登录",
    )
    return PermissionDenied(
        Text(f"the system does not let us open {name}", f"系统不允许打开 {name}"),
        places.get(_PLATFORM, linux),
    )


def library_missing(what: str, package: str) -> LibraryMissing:
    """Say which library is not installed, and the command that installs it on this system."""
    command = _install_command(package)
    return LibraryMissing(
        Text(f"{what} is not installed", f"未安装 {what}"),
        Text(f"run `{command}`", f"请运行 `{command}`"),
    )


def _install_command(package: str) -> str:
    if package == "portaudio":
        return _native_command("portaudio")
    command = f"pip install {package}"
    if package == "pyaudio" and _PLATFORM not in {"darwin", "win32"}:  # built from source there
        return f"{_native_command('portaudio-dev')} && {command}"
    return command


def _native_command(package: str) -> str:
    managers = {
        "apt-get": {"portaudio": "libportaudio2", "portaudio-dev": "portaudio19-dev gcc"},
        "dnf": {"portaudio": "portaudio", "portaudio-dev": "portaudio-devel gcc"},
        "pacman": {"portaudio": "portaudio", "portaudio-dev": "portaudio gcc"},
        "zypper": {"portaudio": "libportaudio2", "portaudio-dev": "portaudio-devel gcc"},
    }
    verbs = {"apt-get": "apt-get install -y", "dnf": "dnf install -y", "pacman": "pacman -S"}
    if _PLATFORM == "darwin":
        return "brew install portaudio"
    if _PLATFORM == "win32":
        return "pip install --force-reinstall sounddevice"
    manager = next((m for m in managers if shutil.which(m)), "apt-get")
    return f"sudo {verbs.get(manager, manager + ' install')} {managers[manager][package]}"
