"""The simulated monitor loudspeaker: the sweep that it plays into the scene's room."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import DeviceGone
from studiocheck.core.studio import SpeakerRole
from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo, SweepEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from studiocheck.measure.sound.swept_room import sweep_at
from studiocheck.simulator import room
from studiocheck.simulator.models import SpeakerModel
from studiocheck.simulator.scene import Scene

Wave = NDArray[np.float64]

ROOM_SEED = 7007
"""Of the room's answer to the loudspeaker: the same on every evening."""

_LEAD_S, _TAIL_S = 0.4, 2.0
_LATENCY_S = 0.05


@dataclass(frozen=True, slots=True)
class SimulatedSpeaker:
    """A loudspeaker of a scene.

    Parameters
    ----------
    name : str
        Which of the scene's loudspeakers.
    role : SpeakerRole
        Its entry in the studio file.
    """

    name: str
    role: SpeakerRole

    def play(self, scene: Scene, seconds: float, rate_hz: int) -> PlayedSweep:
        """Play a sweep; raises `DeviceGone`."""
        model = scene.speakers[self.name]
        if model.gone:
            raise DeviceGone(
                Text(f"speaker sim:{self.name} is not there", f"音箱 sim:{self.name} 不见了"),
                Text("plug it in again and switch it on", "重新插好音箱并打开电源"),
            )
        return PlayedSweep(self, model, sweep_at(rate_hz, seconds, self.role.sweep_dbfs))


@dataclass(frozen=True, slots=True)
class PlayedSweep:
    """A sweep on its way into the room."""

    speaker: SimulatedSpeaker
    model: SpeakerModel
    sweep: Sweep

    def in_room(self, scene: Scene, leak_db: float | None) -> Wave:
        """Return the sound where the microphone stands; a leak is a way that is louder."""
        rate_hz, rt60_s = self.sweep.rate_hz, scene.room.rt60_s
        way_s = _LEAD_S + _LATENCY_S + self.model.distance_m / 343
        wave = np.pad(
            sweep_samples(self.sweep),
            (round(way_s * rate_hz), round((_LEAD_S + _TAIL_S - way_s) * rate_hz)),
        )
        if self.model.muted:
            return np.zeros_like(wave)
        level_db = leak_db
        if level_db is None:
            level_db = self.model.heard_db - _reverberant_gain_db(rt60_s, self.model.distance_m)
        rng = np.random.default_rng([scene.seed, ROOM_SEED])
        direct = wave * 10 ** ((level_db + self.model.gain_db) / 20)
        return room.reverberate(direct, rate_hz, rt60_s, self.model.distance_m, rng)

    def evidence(self, microphone: MicrophoneInfo, samples: NDArray[np.float32]) -> SweepEvidence:
        """Return what a microphone made of it."""
        role = self.speaker.role
        return SweepEvidence(
            microphone=microphone,
            speaker=SpeakerInfo(
                device=role.device,
                name=f"simulated speaker {self.speaker.name}",
                on_air=role.on_air,
            ),
            samples=samples,
            rate_hz=self.sweep.rate_hz,
            sweep_s=self.sweep.seconds,
            low_hz=self.sweep.low_hz,
            high_hz=self.sweep.high_hz,
            peak_dbfs=self.sweep.peak_dbfs,
            fade_in_s=self.sweep.fade_in_s,
            fade_out_s=self.sweep.fade_out_s,
            played_after_s=_LEAD_S,
            attached_after=microphone.attached_to,
        )


def _reverberant_gain_db(rt60_s: float, distance_m: float) -> float:
    """Return what the room adds to the direct sound, dB.

    Examples
    --------
    >>> round(_reverberant_gain_db(0.25, 1.5), 1)
    5.9
    """
    if rt60_s <= 0:
        return 0.0
    ratio_db = room.direct_to_reverberant_db(rt60_s, distance_m)
    return float(10 * np.log10(1 + 10 ** (-ratio_db / 10)))
