"""Whether a voice sounds dry or reverberant, from the speech alone: a traffic light, no number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.fast_fourier import at_lower_rate, power_of, row_spectra
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, frames

Wave = NDArray[np.float64]

LEAST_TAKE_S = 5.0
BORDER_S = 0.5
"""Reverberation time that parts dry from reverberant: the middle of 0.4 and 0.6 s."""

_RATE_HZ = 16000
_FRAME, _HOP = 512, 128
_EDGES_HZ = (250, 400, 630, 1000, 1400, 2000, 2800, 4000, 5600)
_LENGTHS = (8, 16)
_QUANTILES = (0.1, 0.25, 0.5)
_LEAST_DECAYS = 20
_LEAST_RANGE_DB = 8.0
_SURE = 0.9
# ln T from the six quantiles of ln decay time (constant, linear, square): ridge regression over
# 600 takes of five people, three speech synthesisers and simulated voices, in as many rooms of
# 0.12 to 1.3 s, half of them boxes, half diffuse; noise 20 to 55 dB below the voice
_CONSTANT = 0.908
_LINEAR = np.array([1.044, 0.015, 0.433, 0.185, 0.011, -0.795])
_SQUARE = np.array([-0.106, 0.081, -0.561, 0.110, 0.018, -0.306])
_LOWEST = np.array([-2.10, -1.73, -1.17, -1.83, -1.69, -1.53])
_HIGHEST = np.array([-0.58, -0.17, 0.36, 0.25, 0.47, 0.73])
# standard deviation of the error of ln T: 0.35 over 150 takes of other people, synthesisers and
# rooms than those of the fit; the rest is reserve
_SPREAD = 0.40


class Light(StrEnum):
    """What the voice tells of its room."""

    DRY = "dry"
    DOUBTFUL = "doubtful"
    REVERBERANT = "reverberant"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindReverberation:
    """A guess at the room behind a voice.

    Parameters
    ----------
    light : Light
        ``dry`` or ``reverberant`` when that is 90 % sure, ``doubtful`` between.
    reverberant_probability : float
        That the room's reverberation time exceeds 0.5 s, 0 … 1.
    decays : int
        How many moments in which the voice fell silent it rests on.
    """

    light: Light
    reverberant_probability: float
    decays: int

    @property
    def confidence(self) -> float:
        """How sure the side is on which the room lies, 0.5 … 1."""
        return max(self.reverberant_probability, 1 - self.reverberant_probability)


def blind_reverberation(mono: Wave, rate_hz: int) -> BlindReverberation:
    """Judge from running speech whether its room is dry or reverberant.

    Parameters
    ----------
    mono : (n,) float64
        Speech; full scale is ±1.
    rate_hz : int
        Sample rate, Hz, at least 16 000.

    Returns
    -------
    BlindReverberation
        A light, and how sure it is.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 5 s, digital silence, too noisy, or the voice never falls
        silent.

    Notes
    -----
    **Source**: free decays in running speech (Ratnam et al., J. Acoust. Soc. Am. 114, 2003) in
    eight bands; lines through 64 and 128 ms of the log energy, and the quantiles of their decay
    times. A voice dies away by itself in 0.1 to 0.2 s, so that a dry room is told from a
    reverberant one and no time is measured. For a number play a sweep.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> words = np.repeat([1.0, 1e-3, 1e-3] * 6, 5000)[:80000] * rng.standard_normal(80000)
    >>> tail = rng.standard_normal(16000) * 10 ** (-3 * np.arange(16000) / 16000)  # T = 1 s
    >>> hall = np.fft.irfft(np.fft.rfft(words, 96000) * np.fft.rfft(tail, 96000))[:80000]
    >>> str(blind_reverberation(hall, 16000).light)
    'reverberant'
    """
    if rate_hz < _RATE_HZ or len(mono) < LEAST_TAKE_S * rate_hz:
        raise Unmeasurable(
            Text(
                "reverberation needs five seconds of speech at 16 kHz or more",
                "判断混响需要至少 5 秒、采样率不低于 16 kHz 的语音",
            ),
            Text("record a longer speech take", "请录一段更长的语音"),
        )
    voice = at_lower_rate(mono, rate_hz, _RATE_HZ)
    if not voice.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    decay_times = _decay_times(_band_levels_db(voice))
    if min(len(times) for times in decay_times) < _LEAST_DECAYS:
        raise Unmeasurable(
            Text("the voice hardly ever falls silent", "语音中几乎没有停顿"),
            Text("speak in short sentences with pauses", "请用短句说话，句间停顿"),
        )
    features = np.concatenate([np.quantile(np.log(times), _QUANTILES) for times in decay_times])
    features = np.clip(features, _LOWEST, _HIGHEST)
    log_time = _CONSTANT + float(_LINEAR @ features + _SQUARE @ features**2)
    beyond = (log_time - math.log(BORDER_S)) / _SPREAD
    probability = 0.5 * (1 + math.erf(beyond / math.sqrt(2)))
    if probability > _SURE:
        light = Light.REVERBERANT
    else:
        light = Light.DRY if probability < 1 - _SURE else Light.DOUBTFUL
    return BlindReverberation(
        light=light,
        reverberant_probability=probability,
        decays=len(decay_times[0]),
    )


def _band_levels_db(mono: Wave) -> NDArray[np.float64]:
    """Return the level of every band in every frame of 32 ms, dB, (bands, frames)."""
    window = (_FRAME * np.hanning(_FRAME)).astype(np.float32)
    power = power_of(row_spectra(frames(mono.astype(np.float32), _FRAME, _HOP) * window))
    edges = np.searchsorted(np.fft.rfftfreq(_FRAME, 1 / _RATE_HZ), _EDGES_HZ)
    bands = [power[:, low:high].sum(axis=1) for low, high in pairwise(edges)]
    return np.asarray(10 * np.log10(np.stack(bands).astype(np.float64) + 1e-12))


def _decay_times(level_db: NDArray[np.float64]) -> list[Wave]:
    """Return the reverberation times of all straight decays, s, for each length of line."""
    floor = np.percentile(level_db, 5, axis=1, keepdims=True) + 8.0
    loud = np.percentile(level_db, 95, axis=1, keepdims=True)
    if float(np.median(loud - floor)) < _LEAST_RANGE_DB:
        raise Unmeasurable(
            Text("the noise hides how the voice dies away", "噪声掩盖了语音的衰减"),
            Text(
                "make the room quieter or move the microphone closer",
                "降低噪声，或把麦克风移近嘴边",
            ),
        )
    return [_straight_decays(level_db, floor, loud - 25.0, length) for length in _LENGTHS]


def _straight_decays(
    level_db: NDArray[np.float64],
    floor_db: NDArray[np.float64],
    start_db: NDArray[np.float64],
    length: int,
) -> Wave:
    """Fit a line to every stretch of some frames; return the times of those that are decays."""
    place = np.arange(level_db.shape[1])
    total = _moving_sum(level_db, length)
    first = place[: total.shape[1]]
    moment = _moving_sum(level_db * place, length) - first * total
    square = _moving_sum(level_db**2, length)
    spread = length * (length**2 - 1) / 12
    slope = (moment - (length - 1) / 2 * total) / spread
    variance = np.maximum(square - total**2 / length, 0.0)
    rest = np.maximum(variance - slope**2 * spread, 0.0) / length
    straight = (rest < np.maximum(2.0, 0.04 * variance / length)) & (rest < 2.2**2)
    seen = (level_db[:, length - 1 :] > floor_db) & (level_db[:, : len(first)] > start_db)
    chosen = slope[straight & seen & (slope < -0.15)]
    return np.asarray(60 * _HOP / _RATE_HZ / -chosen)


def _moving_sum(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    total = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    return np.asarray(total[:, length:] - total[:, :-length])
