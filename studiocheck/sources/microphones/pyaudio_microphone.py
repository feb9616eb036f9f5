"""A microphone by way of PyAudio, for computers where `sounddevice` finds no PortAudio."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar

import numpy as np

from studiocheck.sources.microphones.portaudio import InputDevice, without_chatter
from studiocheck.sources.microphones.portaudio_microphone import LATENCY_S, PortAudioMicrophone
from studiocheck.sources.microphones.portaudio_problems import library_missing
from studiocheck.sources.microphones.take_recorder import TakeRecorder


def _library() -> Any:  # noqa: ANN401 - PyAudio has no types
    """Import PyAudio; raises `LibraryMissing`."""
    try:
        import pyaudio  # noqa: PLC0415 - an optional extra
    except (ImportError, OSError) as error:
        raise library_missing("PyAudio", "pyaudio") from error
    return pyaudio


class PyAudioMicrophone(PortAudioMicrophone):
    """A microphone by way of PyAudio."""

    backend: ClassVar[str] = "pyaudio"
    _system: Any = None
    _stream: Any = None

    @classmethod
    def inputs(cls) -> list[InputDevice]:
        """List everything that can record; raises `LibraryMissing`."""
        pyaudio = _library()
        with without_chatter():
            system = pyaudio.PyAudio()
        try:
            return _inputs_of(system)
        finally:
            system.terminate()

    def _start(self, device: InputDevice, recorder: TakeRecorder) -> None:
        pyaudio = _library()
        channels = self._channels

        def receive(data: bytes, _frames: int, _time: object, status: int) -> tuple[None, int]:
            block = np.frombuffer(data, dtype=np.float32).reshape(-1, channels)
            recorder.receive(block, overflow=bool(status & pyaudio.paInputOverflow))
            return None, pyaudio.paContinue

        self._system = pyaudio.PyAudio()
        try:
            self._stream = self._system.open(
                format=pyaudio.paFloat32,
                channels=channels,
                rate=self._rate_hz,
                input=True,
                input_device_index=device.index,
                # PyAudio asks for the lowest latency; only a longer block makes it safe
                frames_per_buffer=round(LATENCY_S / 4 * self._rate_hz),
                stream_callback=receive,
            )
        except (OSError, ValueError) as error:
            self._abort()
            raise self._explained(device, error) from error

    def _is_active(self) -> bool:
        return self._stream is not None and bool(self._stream.is_active())

    def _abort(self) -> None:
        stream, self._stream = self._stream, None
        system, self._system = self._system, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()  # Pa_CloseStream drops an active stream without waiting for it
        if system is not None:
            system.terminate()


def _inputs_of(system: Any) -> list[InputDevice]:  # noqa: ANN401 - a pyaudio.PyAudio
    try:
        default = system.get_default_input_device_info()["index"]
    except OSError:  # there is none
        default = None
    found = [system.get_device_info_by_index(i) for i in range(system.get_device_count())]
    return [
        InputDevice(
            index=device["index"],
            name=device["name"],
            host_api=system.get_host_api_info_by_index(device["hostApi"])["name"],
            is_default=device["index"] == default,
            rate_hz=round(device["defaultSampleRate"]),
            channels=device["maxInputChannels"],
        )
        for device in found
        if device["maxInputChannels"] > 0
    ]
