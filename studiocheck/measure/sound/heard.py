"""What nearly every measure of a voice starts from, worked out once for each take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.fast_fourier import voice_at_lower_rate
from studiocheck.measure.sound.level import Samples, strongest_channel
from studiocheck.measure.sound.short_time import short_time_power
from studiocheck.measure.sound.voice_activity import VoiceActivity, activity_in

LOW_RATE_HZ = 16000


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A take as its measures want it.

    Parameters
    ----------
    rate_hz : int
        Sample rate, Hz.
    mono : (n,) float64
        The channel with the most power, without its direct component, full scale ±1.
    power : (frames, bins) float32
        What `short_time_power` gives of it.
    activity : VoiceActivity
        Where in it somebody speaks.
    """

    rate_hz: int
    mono: NDArray[np.float64]
    power: NDArray[np.float32]
    activity: VoiceActivity


def heard(take: TakeEvidence) -> Heard:
    """Return one take as its measures want it; checks ask for it by ``case.once(heard, take)``.

    Notes
    -----
    **Source**: `strongest_channel`, `short_time_power` and `activity_in`, as they stand.

    Examples
    --------
    >>> from studiocheck.core.takes import MicrophoneInfo
    >>> info = MicrophoneInfo(device="x", name="x", backend="x", rate_hz=16000, channels=1)
    >>> noise = np.random.default_rng(1).standard_normal((2 * 16000, 1)).astype(np.float32)
    >>> words = np.repeat([0.0003, 0.1, 0.0003, 0.1], 8000).astype(np.float32)[:, None]
    >>> take = TakeEvidence(
    ...     microphone=info, kind="speech", samples=noise * words, rate_hz=16000, prompted=False
    ... )
    >>> heard(take).activity.speech_s  # two words of 0.5 s, edges included
    1.04
    """
    return heard_in(take.samples, take.rate_hz)


def heard_in(samples: Samples, rate_hz: int) -> Heard:
    """Return samples, (n,) or (n, channels), full scale ±1, as measures want them."""
    mono = strongest_channel(samples)
    power = short_time_power(mono, rate_hz)
    return Heard(rate_hz=rate_hz, mono=mono, power=power, activity=activity_in(power, rate_hz))


@dataclass(frozen=True, slots=True)
class LowRateVoice:
    """The voice of a take, (n,) float64, at no more than 16 kHz: enough for rooms."""

    mono: NDArray[np.float64]
    rate_hz: int


def low_rate_voice(take: Heard) -> LowRateVoice:
    """Return the voice of a take at 16 kHz, or at its own rate if that is lower."""
    rate_hz = min(take.rate_hz, LOW_RATE_HZ)
    return LowRateVoice(voice_at_lower_rate(take.mono, take.rate_hz, rate_hz), rate_hz)
