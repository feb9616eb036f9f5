"""Plays a test signal through a loudspeaker while a microphone listens."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import DeviceGone, FormatRefused, SourceError, SourceTimeout
from studiocheck.core.text import Text
from studiocheck.sources.found import FoundSpeaker
from studiocheck.sources.microphones.portaudio import (
    InputDevice,
    bindings,
    choose,
    without_chatter,
)
from studiocheck.sources.microphones.portaudio_problems import portaudio_error
from studiocheck.sources.microphones.sounddevice_microphone import sounddevice_library

LATENCY_S = 0.2
_ADVICE = Text(
    "switch the monitor speaker on and plug it in again; then correct the device under "
    "[speakers.monitor] in the studio file",
    "打开监听音箱并重新插好；再核对直播间设备文件 [speakers.monitor] 里的设备名",
)


def choose_output(outputs: Sequence[InputDevice], binding: str) -> InputDevice:
    """Return the output that a binding means, as `choose` does for inputs.

    Raises
    ------
    DeviceGone
        If there is no such output, or more than one.
    FormatRefused
        If the binding has none of the known forms.

    Examples
    --------
    >>> outputs = [InputDevice(index=3, name="USB Speaker", host_api="ALSA")]
    >>> choose_output(outputs, "name:speaker").index
    3
    """
    try:
        return choose(outputs, binding)
    except FormatRefused as error:
        raise FormatRefused(
            Text(f"{binding}: this names no speaker", f"{binding}：这不是音箱的写法"),
            Text("write default, index:3 or name:…", "应写作 default、index:3 或 name:…"),
        ) from error
    except DeviceGone as error:
        there = [f"{device.name} (index:{device.index})" for device in outputs]
        raise DeviceGone(
            Text(
                f"no single speaker is {binding}; there is {', '.join(there) or 'none'}",
                f"{binding} 没有对应到唯一的音箱；现有：{'、'.join(there) or '无'}",
            ),
            _ADVICE,
        ) from error


def list_speakers() -> tuple[FoundSpeaker, ...]:
    """List the loudspeakers of this computer.

    Raises
    ------
    LibraryMissing
        If sounddevice or PortAudio is not installed.
    """
    with without_chatter():
        outputs = _outputs(sounddevice_library())
    return tuple(
        FoundSpeaker(binding=binding, name=device.name, is_default=device.is_default)
        for binding, device in bindings(outputs)
    )


class Playing:
    """A signal on its way through a loudspeaker; a context: on leaving it is silent at once.

    Parameters
    ----------
    device : str
        Binding: ``default``, ``index:N`` or ``name:…``.
    signal : (n,) float32
        What to play; full scale is ±1.
    rate_hz : int
        Its sample rate.
    """

    def __init__(self, device: str, signal: NDArray[np.float32], rate_hz: int) -> None:
        self._device, self._signal, self._rate_hz = device, signal, rate_hz
        self._stream: Any = None
        self._next = 0
        self.name = device
        self.underflows = 0
        self.began_s: float | None = None
        """When the first sample was handed over, s, monotonic."""

    def __enter__(self) -> Self:
        """Open the loudspeaker and begin; raises `SourceError`."""
        with without_chatter():
            sounddevice = sounddevice_library()
            output = choose_output(_outputs(sounddevice), self._device)
            self.name = output.name
            try:
                self._open(sounddevice, output)
            except (sounddevice.PortAudioError, ValueError) as error:
                self._silence()
                raise self._explained(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Fall silent and let go; never raises, never waits."""
        self._silence()

    def check(self) -> None:
        """Raise `SourceTimeout` unless the whole signal was taken."""
        if self._next < len(self._signal):
            raise SourceTimeout(
                Text(
                    f"the speaker {self.name} is open but takes no sound, or not in time",
                    f"音箱 {self.name} 已打开，但没有在播放或跟不上实时",
                ),
                _ADVICE,
            )

    def _open(self, sounddevice: Any, output: InputDevice) -> None:  # noqa: ANN401 - untyped
        shared = output.host_api == "Windows WASAPI"  # which converts rates only when asked to
        self._stream = sounddevice.OutputStream(
            samplerate=self._rate_hz,
            channels=1,
            device=output.index,
            dtype="float32",
            latency=LATENCY_S,
            extra_settings=sounddevice.WasapiSettings(auto_convert=True) if shared else None,
            callback=self._give,
        )
        self._stream.start()

    def _give(self, data: NDArray[np.float32], frames: int, _time: object, status: Any) -> None:  # noqa: ANN401
        if self.began_s is None:
            self.began_s = time.monotonic()
        part = self._signal[self._next : self._next + frames]
        if len(part):
            self.underflows += bool(status.output_underflow)
        data[: len(part), 0] = part
        data[len(part) :] = 0.0
        self._next += len(part)

    def _silence(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(Exception), without_chatter():
                stream.abort(ignore_errors=True)
                stream.close(ignore_errors=True)

    def _explained(self, error: Exception) -> SourceError:
        code = next((arg for arg in error.args if isinstance(arg, int)), None)
        said = " ".join(str(arg) for arg in error.args)
        found = portaudio_error(self.name, code, said, rate_hz=self._rate_hz, channels=1)
        return type(found)(found.message, _ADVICE)


def _outputs(sounddevice: Any) -> list[InputDevice]:  # noqa: ANN401 - sounddevice has no types
    """List everything that can play."""
    apis = [api["name"] for api in sounddevice.query_hostapis()]
    return [
        InputDevice(
            index=device["index"],
            name=device["name"],
            host_api=apis[device["hostapi"]],
            is_default=device["index"] == sounddevice.default.device[1],
        )
        for device in sounddevice.query_devices()
        if device["max_output_channels"] > 0
    ]
