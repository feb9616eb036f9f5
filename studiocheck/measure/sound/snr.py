"""Speech to noise: how far the voice stands above what is heard when nobody speaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import Heard, heard_in
from studiocheck.measure.sound.level import (
    DIGITAL_SILENCE,
    UNMUTE,
    Samples,
    decibels,
    expanded_db,
)
from studiocheck.measure.sound.noise_floor import steady_level
from studiocheck.measure.sound.short_time import HOP_S
from studiocheck.measure.sound.voice_activity import VoiceActivity

LEAST_SPEECH_S = 1.0
_HANGOVER_FRAMES = 20  # 200 ms, ITU-T P.56
_BLOCK_FRAMES = 40
_DISTURBED_S = 0.5
_SMOOTHED_FRAMES = 8
_LOW_PERCENT, _LESS_LOW_PERCENT = 2.0, 10.0
_LEAST_PAUSE_S = 0.3
_BAND_RATIO = 1.2
_SILENT = 1e-13  # -130 dBFS: below any converter
_ESTIMATED_FLOOR_DB = 2.0  # what noise read between words may be off, measured on real speech


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechToNoise:
    """Speech to noise ratio of one take.

    Parameters
    ----------
    snr_db : float
        Active speech level less noise level, dB.
    uncertainty_db : float
        Expanded (k = 2), dB.
    speech_dbfs, noise_dbfs : float
        The two levels, dBFS rms.
    speech_s : float
        How long somebody speaks, pauses below 200 ms included, s.
    from_quiet : bool
        Whether the noise is that of a quiet take; otherwise it was read between the words.
    """

    snr_db: float
    uncertainty_db: float
    speech_dbfs: float
    noise_dbfs: float
    speech_s: float
    from_quiet: bool


def speech_to_noise(speech: Samples, rate_hz: int, quiet: Samples | None = None) -> SpeechToNoise:
    """Measure the speech to noise ratio of a speech take.

    Parameters
    ----------
    speech : (n,) or (n, channels) float
        Full scale is ±1; the channel with the most power counts.
    rate_hz : int
        Sample rate of both takes, Hz.
    quiet : (m,) or (m, channels) float, optional
        The same microphone while nobody speaks. Without it, or where somebody does speak in it,
        the noise is read between the words, which reads high where there are hardly any pauses.

    Returns
    -------
    SpeechToNoise
        dB.

    Raises
    ------
    Unmeasurable
        If less than a second of speech stands out of the noise, or there is no noise at all (a
        noise gate).

    Notes
    -----
    **Source**: ITU-T P.56 (2011), active speech level: energy over the time in which somebody
    speaks, with 200 ms of hangover. The energy of speech is that of the whole take less that of
    the noise, so that an overlooked soft sound costs next to nothing. Noise between words:
    minimum statistics (Martin 2001), a low percentile of every band's smoothed power, corrected
    for its bias on a χ² distribution.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> words = np.repeat([0.0, 0.1, 0.0, 0.1, 0.0], 16000) * rng.standard_normal(80000)
    >>> noise = 0.001 * rng.standard_normal(160000)
    >>> round(speech_to_noise(words + noise[:80000], 16000, noise[80000:]).snr_db)  # 40 − hangover
    39
    """
    return speech_to_noise_of(
        heard_in(speech, rate_hz), None if quiet is None else heard_in(quiet, rate_hz)
    )


def speech_to_noise_of(speech: Heard, quiet: Heard | None = None) -> SpeechToNoise:
    """Measure as `speech_to_noise` does, in what was `heard`."""
    power, activity = speech.power, speech.activity
    if activity.speech_s < LEAST_SPEECH_S:
        raise Unmeasurable(
            Text(
                "less than a second of speech stands out of the noise",
                "高出噪声的语音不足 1 秒",
            ),
            Text(
                "speak through the whole speech take, close to the microphone",
                "录语音时请靠近麦克风，并一直说话",
            ),
        )
    measured = None if quiet is None else _quiet_noise(quiet)
    noise_db, noise_spread = measured or _noise_between_words(power, activity)
    level = power.sum(axis=1, dtype=np.float64)
    active = _with_hangover(activity.speech)
    noise_power = 10 ** (noise_db / 10)
    energy = float(level.sum()) - len(level) * noise_power
    speech_db = decibels(max(energy, 0.0) / np.count_nonzero(active))
    spread = expanded_db(_blocks(level[active] - noise_power)) or 0.0
    return SpeechToNoise(
        snr_db=speech_db - noise_db,
        uncertainty_db=math.hypot(spread, noise_spread),
        speech_dbfs=speech_db,
        noise_dbfs=noise_db,
        speech_s=float(np.count_nonzero(active)) * HOP_S,
        from_quiet=measured is not None,
    )


def _quiet_noise(quiet: Heard) -> tuple[float, float] | None:
    """Return level and uncertainty of the quiet take; nothing where it is not quiet."""
    if quiet.activity.speech_s > _DISTURBED_S:
        return None
    try:
        level_dbfs, spread_db = steady_level(quiet.mono, quiet.rate_hz)
    except Unmeasurable:
        return None
    return level_dbfs, spread_db or 0.0


def _with_hangover(speech: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the flags, each of which holds on for 200 ms."""
    frame = np.arange(len(speech))
    latest = np.maximum.accumulate(np.where(speech, frame, -len(speech)))
    return np.asarray(frame - latest <= _HANGOVER_FRAMES)


def _blocks(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of blocks long enough to be independent."""
    count = len(level) // _BLOCK_FRAMES
    return np.asarray(level[: count * _BLOCK_FRAMES].reshape(count, -1).mean(axis=1))


def _noise_between_words(
    power: NDArray[np.float32], activity: VoiceActivity
) -> tuple[float, float]:
    """Return level and uncertainty of the noise that is always there; raises `Unmeasurable`.

    Where speech leaves no gaps, a low and a less low percentile disagree: by about as much as
    the lower one is still off.
    """
    # a silence that lost its offset is a constant, which stands in bins 0 and 1
    silent = power[:, 2:].sum(axis=1) < _SILENT
    if np.count_nonzero(silent) > 0.5 * np.count_nonzero(activity.pause):
        raise Unmeasurable(
            Text(
                "between the words there is digital silence: a noise gate hides the noise",
                "词间是数字静音：噪声门把噪声藏起来了",
            ),
            Text(
                "switch noise gate and noise suppression off for the check",
                "检查期间请关闭噪声门和降噪",
            ),
        )
    edges = _band_edges(power.shape[1])
    bands = np.add.reduceat(power, edges[:-1], axis=1, dtype=np.float64)
    summed = np.cumsum(np.vstack([np.zeros((1, bands.shape[1])), bands]), axis=0)
    smooth = (summed[_SMOOTHED_FRAMES:] - summed[:-_SMOOTHED_FRAMES]) / _SMOOTHED_FRAMES
    smooth = smooth[smooth[:, 2:].sum(axis=1) > _SILENT]
    if not len(smooth):
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    bins = np.diff(edges)
    low, less_low = (
        float((np.percentile(smooth, percent, axis=0) / _of_steady_noise(bins, percent)).sum())
        for percent in (_LOW_PERCENT, _LESS_LOW_PERCENT)
    )
    spread = max(_ESTIMATED_FLOOR_DB, decibels(less_low / low))
    pause = activity.pause & ~silent
    if np.count_nonzero(pause) * HOP_S >= _LEAST_PAUSE_S:
        low = min(low, float(power[pause].sum(axis=1).mean()))
    return decibels(low), spread


def _band_edges(bins: int) -> NDArray[np.int64]:
    """Return the first bin of bands that widen by a fifth, and the end of the last."""
    edges = [0, 1]
    while edges[-1] < bins:
        edges.append(min(bins, max(edges[-1] + 1, round(edges[-1] * _BAND_RATIO))))
    return np.asarray(edges)


def _of_steady_noise(bins: NDArray[np.int64], percent: float) -> NDArray[np.float64]:
    """Return a percentile of the smoothed power of steady noise, its mean being 1.

    A Hann window correlates neighbouring bins and half-overlapped frames. Wilson and Hilferty's
    approximation.
    """
    freedom = 2 * np.maximum(bins / 1.5, 1.0) * (_SMOOTHED_FRAMES + 0.5) / 1.3
    z = NormalDist().inv_cdf(percent / 100)
    return np.asarray((1 - 2 / (9 * freedom) + z * np.sqrt(2 / (9 * freedom))) ** 3)
