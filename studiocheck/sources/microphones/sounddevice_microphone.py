"""A microphone by way of `sounddevice`."""

from __future__ import annotations

from typing import Any, ClassVar

from studiocheck.sources.microphones.portaudio import InputDevice, without_chatter
from studiocheck.sources.microphones.portaudio_microphone import (
    BLOCK_S,
    LATENCY_S,
    PortAudioMicrophone,
)
from studiocheck.sources.microphones.portaudio_problems import library_missing
from studiocheck.sources.microphones.take_recorder import TakeRecorder


def sounddevice_library() -> Any:  # noqa: ANN401 - sounddevice has no types
    """Import sounddevice, which loads and starts PortAudio; raises `LibraryMissing`."""
    try:
        with without_chatter():
            import sounddevice  # noqa: PLC0415 - fails without PortAudio, and takes time
    except ImportError as error:
        raise library_missing("sounddevice", "sounddevice") from error
    except OSError as error:
        raise library_missing("PortAudio", "portaudio") from error
    return sounddevice


class SoundDeviceMicrophone(PortAudioMicrophone):
    """A microphone by way of `sounddevice`."""

    backend: ClassVar[str] = "sounddevice"
    _stream: Any = None

    @classmethod
    def inputs(cls) -> list[InputDevice]:
        """List everything that can record; raises `LibraryMissing`."""
        sounddevice = sounddevice_library()
        apis = [api["name"] for api in sounddevice.query_hostapis()]
        return [
            InputDevice(
                index=device["index"],
                name=device["name"],
                host_api=apis[device["hostapi"]],
                is_default=device["index"] == sounddevice.default.device[0],
                rate_hz=round(device["default_samplerate"]),
                channels=device["max_input_channels"],
            )
            for device in sounddevice.query_devices()
            if device["max_input_channels"] > 0
        ]

    def _start(self, device: InputDevice, recorder: TakeRecorder) -> None:
        sounddevice = sounddevice_library()
        shared = device.host_api == "Windows WASAPI"  # which converts rates only when asked to
        try:
            self._stream = sounddevice.InputStream(
                samplerate=self._rate_hz,
                channels=self._channels,
                device=device.index,
                dtype="float32",
                blocksize=round(BLOCK_S * self._rate_hz),
                latency=LATENCY_S,
                extra_settings=sounddevice.WasapiSettings(auto_convert=True) if shared else None,
                callback=lambda data, _frames, _time, status: recorder.receive(
                    data, overflow=status.input_overflow
                ),
                finished_callback=recorder.end,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise self._explained(device, error) from error

    def _is_active(self) -> bool:
        return self._stream is not None and bool(self._stream.active)

    def _abort(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
