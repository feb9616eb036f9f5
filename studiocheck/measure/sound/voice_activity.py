"""Voice activity: where in a take somebody speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.short_time import HOP_S, frequencies_hz, short_time_power

_GUARD_FRAMES = 15
_LEAST_RANGE_DB = 9.0
_LEAST_VOICE_DBFS = -66.0
_SILENCE_DBFS = -115.0


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """One flag for every 10 ms.

    Parameters
    ----------
    speech : (n,) bool
        Somebody speaks.
    pause : (n,) bool
        Surely nobody speaks: at least 150 ms away from speech. Neither is between the two.
    """

    speech: NDArray[np.bool_]
    pause: NDArray[np.bool_]

    @property
    def speech_s(self) -> float:
        """How long somebody speaks, s."""
        return float(np.count_nonzero(self.speech)) * HOP_S


def voice_activity(mono: NDArray[np.float64], rate_hz: int) -> VoiceActivity:
    """Find speech by its energy between 150 and 4000 Hz, against the take's own pauses.

    Parameters
    ----------
    mono : (n,) float64
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz, at least 8000.

    Returns
    -------
    VoiceActivity
        No speech where loud and quiet lie less than 9 dB apart (a steady noise), or where the
        loudest is below −66 dBFS.

    Notes
    -----
    **Source**: adaptive energy threshold between the 10th and 95th percentile of the smoothed
    band level, in the manner of ITU-T G.729 annex B's energy feature; own constants. It serves
    noise that is steadier than speech; clattering dishes read as speech.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal(2 * 16000)
    >>> words = np.repeat([0.0003, 0.1, 0.0003, 0.1], 8000)
    >>> voice_activity(noise * words, 16000).speech_s  # two words of 0.5 s, edges included
    1.04
    >>> voice_activity(0.01 * noise, 16000).speech_s
    0.0
    """
    return activity_in(short_time_power(mono, rate_hz), rate_hz)


def activity_in(power: NDArray[np.float32], rate_hz: int) -> VoiceActivity:
    """Find speech as `voice_activity` does, in what `short_time_power` gave."""
    level = _smoothed_level(power, rate_hz)
    nobody = VoiceActivity(np.zeros(len(level), bool), np.ones(len(level), bool))
    # digital silence is no noise to compare with, unless silence is all the pause there is
    audible = level[level > _SILENCE_DBFS]
    if len(audible) < 20:
        return nobody
    low, high = np.percentile(audible, [10, 95])
    if len(audible) < 0.9 * len(level):
        low = min(low, float(high) - 40.0)
    if high - low < _LEAST_RANGE_DB or high < _LEAST_VOICE_DBFS:
        return nobody
    speech = level > low + max(min(6.0, 0.5 * (high - low)), 0.3 * (high - low))
    near = np.convolve(speech, np.ones(2 * _GUARD_FRAMES + 1), "same") > 0.5
    return VoiceActivity(speech, ~near)


def _smoothed_level(power: NDArray[np.float32], rate_hz: int) -> NDArray[np.float64]:
    """Return the level in the voice band, averaged over 50 ms, dBFS."""
    if not len(power):
        return np.empty(0)
    frequency_hz = frequencies_hz(rate_hz)
    band = (frequency_hz >= 150) & (frequency_hz <= 4000)
    level = 10 * np.log10(power[:, band].sum(axis=1, dtype=np.float64) + 1e-20)
    return np.convolve(np.pad(level, 2, "edge"), np.ones(5) / 5, "valid")


def pauses(
    samples: NDArray[np.float32], rate_hz: int, activity: VoiceActivity
) -> NDArray[np.float32]:
    """Return the samples in which surely nobody speaks, joined, (m, channels).

    Examples
    --------
    >>> activity = VoiceActivity(np.array([False, True]), np.array([True, False]))
    >>> pauses(np.ones((20, 1), np.float32), 1000, activity).shape
    (10, 1)
    """
    hop = round(HOP_S * rate_hz)
    quiet = np.repeat(activity.pause, hop)[: len(samples)]
    return samples[: len(quiet)][quiet]
