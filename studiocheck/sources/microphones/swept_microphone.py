"""A microphone with the monitor loudspeaker beside it: one process plays and listens."""

from __future__ import annotations

from typing import Literal

import numpy as np

from studiocheck.core.capture import Microphone, Report
from studiocheck.core.errors import DeviceGone
from studiocheck.core.studio import SpeakerRole
from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo, SweepEvidence, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.sweep import sweep_samples
from studiocheck.measure.sound.swept_room import sweep_at
from studiocheck.sources.microphones.loudspeaker import Playing
from studiocheck.sources.microphones.portaudio_problems import REPLUG
from studiocheck.sources.microphones.take_recorder import START_UP_S

TAIL_S = 2.0
"""Recorded after the sweep: the way through both devices, and the reverberation."""
LEAD_S = 0.4
"""Silence before the sweep, which output streams may swallow when they start."""


class MicrophoneBesideSpeaker:
    """A microphone that can also hear a sweep from a loudspeaker; picklable until it is open.

    Parameters
    ----------
    microphone : Microphone
        Not yet open.
    speaker : SpeakerRole
        Its entry in the studio file.
    rate_hz : int
        Of both streams.
    """

    def __init__(self, microphone: Microphone, speaker: SpeakerRole, rate_hz: int) -> None:
        self._microphone, self._speaker, self._rate_hz = microphone, speaker, rate_hz

    def open(self) -> MicrophoneInfo:
        """Open the microphone; raises `SourceError`. The loudspeaker is opened to play."""
        return self._microphone.open()

    def record(
        self, kind: Literal["quiet", "speech"], seconds: float, report: Report
    ) -> TakeEvidence:
        """Record one take; raises `SourceError`."""
        return self._microphone.record(kind, seconds, report)

    def sweep(self, seconds: float, report: Report) -> SweepEvidence:
        """Play a sweep and record it; raises `SourceError`."""
        sweep = sweep_at(self._rate_hz, seconds, self._speaker.sweep_dbfs)
        lead = np.zeros(round(LEAD_S * self._rate_hz), np.float32)
        signal = np.concatenate([lead, sweep_samples(sweep).astype(np.float32)])
        with Playing(self._speaker.device, signal, self._rate_hz) as playing:
            take = self._microphone.record("quiet", LEAD_S + seconds + TAIL_S, report)
            playing.check()
        _refuse_moved(take)
        return SweepEvidence(
            microphone=take.microphone,
            speaker=SpeakerInfo(
                device=self._speaker.device, name=playing.name, on_air=self._speaker.on_air
            ),
            samples=take.samples,
            rate_hz=take.rate_hz,
            sweep_s=seconds,
            low_hz=sweep.low_hz,
            high_hz=sweep.high_hz,
            peak_dbfs=sweep.peak_dbfs,
            fade_in_s=sweep.fade_in_s,
            fade_out_s=sweep.fade_out_s,
            played_after_s=_played_after_s(take, playing.began_s),
            overflows=take.overflows,
            underflows=playing.underflows,
            attached_after=take.attached_after,
        )

    def close(self) -> None:
        """Release the microphone. Never raises."""
        self._microphone.close()


def _refuse_moved(take: TakeEvidence) -> None:
    """Raise `DeviceGone` when the sound server moved the stream: half of another microphone."""
    before, after = take.microphone.attached_to, take.attached_after
    if before is not None and after is not None and before != after:
        raise DeviceGone(
            Text(
                f"the sound server moved the microphone from {before} to {after} during the sweep",
                f"扫频期间声音服务器把麦克风从 {before} 换到了 {after}",
            ),
            REPLUG,
        )


def _played_after_s(take: TakeEvidence, began_s: float | None) -> float | None:
    """Return when the sweep began, counted from the first sample of the take."""
    arrived_s, frames_by_then = take.arrived_s, take.frames_by_then
    if began_s is None or arrived_s is None or frames_by_then is None or len(arrived_s) < 2:
        return None
    # blocks arrive late by chance: the earliest tells when the first sample was taken
    since = (frames_by_then - frames_by_then[0]) / take.rate_hz
    block_s = float(since[1])
    first_s = float(np.min(arrived_s - since)) - block_s + START_UP_S
    return began_s + LEAD_S - first_s
