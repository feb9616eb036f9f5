"""A microphone behind PortAudio; which library speaks to PortAudio is left to the subclass."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import ClassVar, Literal

from studiocheck.core.capture import Report
from studiocheck.core.errors import NO_SOUND, NO_SOUND_ADVICE, FormatRefused, SourceError
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence, is_sound
from studiocheck.sources.microphones.portaudio import InputDevice, choose, without_chatter
from studiocheck.sources.microphones.portaudio_problems import gone, portaudio_error
from studiocheck.sources.microphones.sound_server import Hearing, hearing
from studiocheck.sources.microphones.take_recorder import TakeRecorder

BLOCK_S = 0.02
"""Short blocks: the watchdog sees a stream that stops within a few of them."""
LATENCY_S = 0.2
"""Enough that a busy computer loses no input; a check has no need of a short way."""


class PortAudioMicrophone(ABC):
    """A microphone, not yet open; picklable until it is.

    Parameters
    ----------
    device : str
        Binding: ``default``, ``index:N`` or ``name:…``.
    rate_hz, channels : int
        What to ask for; no other format is accepted.
    """

    backend: ClassVar[str]

    def __init__(self, device: str, *, rate_hz: int, channels: int) -> None:
        self._device, self._rate_hz, self._channels = device, rate_hz, channels
        self._recorder: TakeRecorder | None = None
        self._info: MicrophoneInfo | None = None

    @classmethod
    @abstractmethod
    def inputs(cls) -> list[InputDevice]:
        """List everything that can record; raises `LibraryMissing`."""

    @abstractmethod
    def _start(self, device: InputDevice, recorder: TakeRecorder) -> None:
        """Open and start a callback stream; raises `SourceError`."""

    @abstractmethod
    def _is_active(self) -> bool:
        """Return whether the stream is running."""

    @abstractmethod
    def _abort(self) -> None:
        """Drop the stream at once: a stop waits for a device that may never answer."""

    def open(self) -> MicrophoneInfo:
        """Open the device and wait until it delivers; raises `SourceError`."""
        with without_chatter():
            device = choose(self.inputs(), self._device)
            recorder = TakeRecorder(device.name, self._rate_hz, self._channels, self._is_active)
            self._start(device, recorder)
        self._recorder = recorder
        try:
            recorder.wait_for_sound()
        except BaseException:
            self.close()
            raise
        heard = hearing()
        self._info = MicrophoneInfo(
            device=self._device,
            name=device.name,
            backend=self.backend,
            rate_hz=self._rate_hz,
            channels=self._channels,
            attached_to=heard.source if heard else None,
            muted=heard.muted if heard else None,
            gain_db=heard.gain_db if heard else None,
        )
        return self._info

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Record one take; raises `SourceError`.

        The take is evidence even when the sound server moved it to another source meanwhile:
        ``attached_after`` then says so.
        """
        if self._recorder is None or self._info is None:
            raise gone(self._device)
        samples, overflows = self._recorder.take(seconds, report)
        if not is_sound(samples):
            raise FormatRefused(NO_SOUND, NO_SOUND_ADVICE)
        arrived_s, frames_by_then = self._recorder.arrivals()
        heard = hearing()
        return TakeEvidence(
            microphone=_as_heard(self._info, heard),
            kind=kind,
            samples=samples,
            rate_hz=self._rate_hz,
            prompted=True,
            overflows=overflows,
            attached_after=heard.source if heard else None,
            arrived_s=arrived_s,
            frames_by_then=frames_by_then,
        )

    def close(self) -> None:
        """Release the device. Never raises."""
        self._recorder = None
        with contextlib.suppress(Exception), without_chatter():
            self._abort()

    def _explained(self, device: InputDevice, error: Exception) -> SourceError:
        """Return what a library's own error means for this device."""
        code = next((arg for arg in error.args if isinstance(arg, int)), None)
        said = " ".join(str(arg) for arg in error.args)
        return portaudio_error(
            device.name,
            code,
            said,
            rate_hz=self._rate_hz,
            channels=self._channels,
            own_rate_hz=device.rate_hz,
            own_channels=device.channels,
        )


def _as_heard(opened: MicrophoneInfo, heard: Hearing | None) -> MicrophoneInfo:
    """Return what opened, with mute and gain as they are at the end of the take."""
    if heard is None:
        return opened
    return MicrophoneInfo(
        device=opened.device,
        name=opened.name,
        backend=opened.backend,
        rate_hz=opened.rate_hz,
        channels=opened.channels,
        attached_to=opened.attached_to,
        muted=heard.muted,
        gain_db=heard.gain_db,
    )
