"""A sound file as a microphone: one speech take whose pauses are its quiet take."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Literal
from urllib.request import url2pathname

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Report
from studiocheck.core.errors import (
    NO_SOUND,
    DeviceGone,
    FormatRefused,
    LibraryMissing,
    PermissionDenied,
    SourceError,
)
from studiocheck.core.system_words import reason_of
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence, is_sound
from studiocheck.core.text import Text
from studiocheck.measure.sound.voice_activity import pauses, voice_activity

LONGEST_S = 120.0
LEAST_PAUSE_S = 1.0
_LEAST_RATE_HZ, _MOST_RATE_HZ = 8000, 768_000
_MOST_CHANNELS = 64

Sound = tuple[NDArray[np.float32], int]


class SoundFileMicrophone:
    """A sound file; of a long one, the first two minutes.

    Parameters
    ----------
    device : str
        Binding ``file:room.wav``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        rest = device.removeprefix("file:")
        self._path = Path(url2pathname(rest[2:]) if rest.startswith("///") else rest)
        self._sound: Sound | None = None

    def open(self) -> MicrophoneInfo:
        """Read the file; raises `DeviceGone` or `FormatRefused`."""
        self._sound = samples, rate_hz = read_sound(self._path)
        return MicrophoneInfo(
            device=self._device,
            name=self._path.name,
            backend="file",
            rate_hz=rate_hz,
            channels=samples.shape[1],
        )

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Return the whole file, or its pauses joined, however many seconds were asked for.

        Raises
        ------
        SourceError
            When the pauses together are shorter than a second.
        """
        del seconds
        samples, rate_hz = self._sound or read_sound(self._path)
        report(0.5)
        if kind == "quiet":
            mono = samples.mean(axis=1, dtype=np.float64)
            samples = pauses(samples, rate_hz, voice_activity(mono, rate_hz))
            if len(samples) < LEAST_PAUSE_S * rate_hz:
                raise _no_pauses(self._path.name)
        report(1.0)
        return TakeEvidence(
            microphone=MicrophoneInfo(
                device=self._device,
                name=self._path.name,
                backend="file",
                rate_hz=rate_hz,
                channels=samples.shape[1],
            ),
            kind=kind,
            samples=samples,
            rate_hz=rate_hz,
            prompted=False,
            joined=kind == "quiet",
        )

    def close(self) -> None:
        """Forget the samples."""
        self._sound = None


def read_sound(path: Path) -> Sound:
    """Read a sound file: PCM WAV by itself, everything else by PyAV.

    Returns
    -------
    (n, channels) float32
        Full scale is ±1; at most two minutes.
    int
        Sample rate, Hz.

    Raises
    ------
    DeviceGone
        If there is no such file.
    PermissionDenied
        If this user may not read it.
    FormatRefused
        If it holds no sound that can be read.
    """
    if path.is_dir():
        raise _unreadable(path, Text("it is a folder", "这是文件夹"))
    if not path.is_file():
        raise DeviceGone(
            Text(f"{path}: there is no such file", f"{path}：文件不存在"),
            Text(
                "correct the path behind file: in the studio file",
                "请核对直播间设备文件中 `file:` 后面的路径",
            ),
        )
    try:
        try:
            samples, rate_hz = _read_wave(path)
        except (wave.Error, EOFError, RuntimeError):  # the last of a chunk beyond its parent
            samples, rate_hz = _read_with_av(path)
    except PermissionError as error:
        raise _forbidden(path) from error
    except (OSError, ValueError, OverflowError, MemoryError) as error:
        raise _unreadable(path, _why(error)) from error
    wrong = _wrong(samples, rate_hz)
    if wrong is not None:
        raise _unreadable(path, wrong)
    return samples, rate_hz


def _wrong(samples: NDArray[np.float32], rate_hz: int) -> Text | None:
    """Return why what was read is no sound."""
    if not samples.size:
        return Text("it is empty, or was never finished", "内容为空或录制未正常结束")
    if not _LEAST_RATE_HZ <= rate_hz <= _MOST_RATE_HZ:
        return Text("sample rate {rate} Hz", "采样率 {rate} Hz").fill(rate=rate_hz)
    if samples.shape[1] > _MOST_CHANNELS:
        return Text("{n} channels", "{n} 个声道").fill(n=samples.shape[1])
    return None if is_sound(samples) else NO_SOUND


def _read_wave(path: Path) -> Sound:
    with wave.open(str(path), "rb") as file:
        rate_hz, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
        data = file.readframes(min(file.getnframes(), int(LONGEST_S * rate_hz)))
    data = data[
        : len(data) // (width * channels) * width * channels
    ]  # a file cut off while written
    if width == 1:  # the only width that WAV stores without sign
        samples = np.asarray((np.frombuffer(data, np.uint8) - 128.0) / 128, dtype=np.float32)
    else:
        wide = np.zeros((len(data) // width, 4), np.uint8)
        wide[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(-1, width)
        samples = np.asarray(wide.view("<i4")[:, 0] / 2.0**31, dtype=np.float32)
    return samples.reshape(-1, channels), rate_hz


def _read_with_av(path: Path) -> Sound:
    try:
        import av  # noqa: PLC0415 - a large library, needed for few files
    except ImportError as error:
        raise LibraryMissing(
            Text(f"{path}: PyAV is needed to read it", f"{path}：读取此文件需要 PyAV"),
            Text("run `pip install av`", "请运行 `pip install av`"),
        ) from error
    blocks: list[NDArray[np.float32]] = []
    frames = 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise _unreadable(path, Text("no sound in it", "文件里没有音轨"))
            stream = container.streams.audio[0]
            if stream.codec_context is None:  # then it knows neither its rate nor its channels
                raise _unreadable(path, Text("its format is not known", "未知的音频格式"))
            rate_hz, channels = stream.rate or 0, stream.channels
            to_float = av.AudioResampler(format="flt", layout=stream.layout, rate=rate_hz)
            for frame in container.decode(stream):
                for part in to_float.resample(frame):
                    blocks.append(part.to_ndarray().astype(np.float32).reshape(-1, channels))
                    frames += len(blocks[-1])
                if frames > LONGEST_S * rate_hz:
                    break
    except av.error.InvalidDataError as error:
        raise _unreadable(path, Text("this is no sound file", "这不是声音文件")) from error
    except av.FFmpegError as error:
        raise _unreadable(path, _why(error)) from error
    samples = np.concatenate(blocks) if blocks else np.empty((0, 1), np.float32)
    return samples[: int(LONGEST_S * rate_hz)], rate_hz


def _forbidden(path: Path) -> PermissionDenied:
    return PermissionDenied(
        Text(f"{path}: this user may not read it", f"{path}：当前用户无权读取"),
        Text(
            "give this user the right to read it, or copy it to a folder of your own",
            "请开放读取权限，或把文件复制到自己的目录",
        ),
    )


def _why(error: Exception) -> Text:
    return reason_of(error) if isinstance(error, OSError) else Text(str(error), str(error))


def _unreadable(path: Path, why: Text) -> FormatRefused:
    return FormatRefused(
        Text("{path}: no sound that can be read ({why})", "{path}：读不出声音（{why}）").fill(
            path=path, why=why
        ),
        Text(
            "play it in VLC; if it plays there, make it a WAV file and try again",
            "用 VLC 播放试试；若能播放，请转成 WAV 后重试",
        ),
    )


def _no_pauses(name: str) -> SourceError:
    return SourceError(
        Text(
            f"{name} has no pauses to measure the noise in",
            f"{name} 里没有可用于测噪声的停顿",
        ),
        Text(
            "record some seconds of silence before the speech, in the same file",
            "请在同一文件开头先录几秒安静的环境声",
        ),
    )
