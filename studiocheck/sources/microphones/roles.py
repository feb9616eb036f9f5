"""Finds the microphone behind a binding, and lists what is there."""

from __future__ import annotations

from typing import Literal

from studiocheck.core.capture import Microphone, Report
from studiocheck.core.errors import LibraryMissing
from studiocheck.core.studio import MicrophoneRole
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.sources.found import FoundMicrophone
from studiocheck.sources.microphones.portaudio import InputDevice, bindings, without_chatter
from studiocheck.sources.microphones.portaudio_microphone import PortAudioMicrophone
from studiocheck.sources.microphones.pyaudio_microphone import PyAudioMicrophone
from studiocheck.sources.microphones.sound_file import SoundFileMicrophone
from studiocheck.sources.microphones.sounddevice_microphone import SoundDeviceMicrophone

Backend = Literal["auto", "sounddevice", "pyaudio"]
_FILE = "file:"


def microphone_for(role: MicrophoneRole, *, backend: Backend = "auto") -> Microphone:
    """Return the microphone of a role, not yet open.

    Parameters
    ----------
    role : MicrophoneRole
        Its entry in the studio file.
    backend : str
        ``auto`` takes `sounddevice`, and PyAudio where that finds no PortAudio.
    """
    if role.device.startswith(_FILE):
        return SoundFileMicrophone(role.device)
    if backend == "auto":
        return EitherMicrophone(role)
    kind = SoundDeviceMicrophone if backend == "sounddevice" else PyAudioMicrophone
    return _of(kind, role)


def _of(kind: type[PortAudioMicrophone], role: MicrophoneRole) -> PortAudioMicrophone:
    return kind(role.device, rate_hz=role.rate_hz, channels=role.channels)


class EitherMicrophone:
    """A microphone by way of `sounddevice` or, where that has no PortAudio, of PyAudio.

    Which one is known only when it is opened: to find out is to start PortAudio.

    Parameters
    ----------
    role : MicrophoneRole
        Its entry in the studio file.
    """

    def __init__(self, role: MicrophoneRole) -> None:
        self._role = role
        self._chosen: PortAudioMicrophone = _of(SoundDeviceMicrophone, role)

    def open(self) -> MicrophoneInfo:
        """Open the device; raises `SourceError`."""
        try:
            return self._chosen.open()
        except LibraryMissing as missing:
            self._chosen = _of(PyAudioMicrophone, self._role)
            try:
                return self._chosen.open()
            except LibraryMissing:  # then the usual library is the one to install
                raise missing from None

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Record one take; raises `SourceError`."""
        return self._chosen.record(kind, seconds, report)

    def close(self) -> None:
        """Release the device. Never raises."""
        self._chosen.close()


def list_microphones(backend: Backend = "auto") -> tuple[FoundMicrophone, ...]:
    """List the inputs of this computer.

    Raises
    ------
    LibraryMissing
        When no library that could look is installed.
    """
    return tuple(
        FoundMicrophone(binding=binding, name=device.name, is_default=device.is_default)
        for binding, device in bindings(_inputs(backend))
    )


def _inputs(backend: Backend) -> list[InputDevice]:
    with without_chatter():
        if backend == "pyaudio":
            return PyAudioMicrophone.inputs()
        try:
            return SoundDeviceMicrophone.inputs()
        except LibraryMissing as missing:
            if backend == "sounddevice":
                raise
            try:
                return PyAudioMicrophone.inputs()
            except LibraryMissing:
                raise missing from None
