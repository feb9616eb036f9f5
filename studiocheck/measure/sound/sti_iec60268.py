"""Speech transmission index from an impulse response and the noise: the full, indirect method."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.impulse_response import OCTAVES_HZ, ImpulseResponse, octave_bands

Wave = NDArray[np.float64]

MODULATIONS_HZ = np.array([0.63, 0.8, 1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8, 10, 12.5])
SPEECH_SPECTRUM_DB = np.array([-2.5, 0.5, 0.0, -6.0, -12.0, -18.0, -24.0])
"""Octave levels of speech against that of 500 Hz (IEC 60268-16:2020, A.6)."""

_WEIGHTS = np.array([0.085, 0.127, 0.230, 0.233, 0.309, 0.224, 0.173])
_REDUNDANCY = np.array([0.085, 0.078, 0.065, 0.011, 0.047, 0.095])
_RECEPTION_DB = np.array([46.0, 27.0, 12.0, 6.5, 7.5, 8.0, 12.0])
_DIRECT_S = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechTransmission:
    """How much of the modulation of speech arrives.

    Parameters
    ----------
    sti : float
        Speech transmission index, 0 … 1.
    uncertainty : float
        Expanded (k = 2): the chance of place in a diffuse field, and the noise of the response.
    octave_index : (7,) float64
        Modulation transfer index of each octave, 125 Hz … 8 kHz.
    level_dependent : bool
        Whether masking and the reception threshold are in it, which needs a calibrated level.
    """

    sti: float
    uncertainty: float
    octave_index: Wave
    level_dependent: bool


def speech_transmission_index(
    response: ImpulseResponse,
    speech_db: Wave | None = None,
    noise_db: Wave | None = None,
    *,
    spl_offset_db: float | None = None,
) -> SpeechTransmission:
    """Measure the speech transmission index of a path.

    Parameters
    ----------
    response : ImpulseResponse
        Between a speaker where the talker stands and the microphone.
    speech_db, noise_db : (7,) float64, optional
        Octave levels of the speech and of the noise, dBFS, as `octave_levels_db` gives them.
        Without both, noise is left out.
    spl_offset_db : float, optional
        dB SPL at 0 dBFS, from a calibration: then masking and the reception threshold count.

    Returns
    -------
    SpeechTransmission
        0 … 1.

    Raises
    ------
    Unmeasurable
        If the sweep does not carry the octaves of 125 Hz to 8 kHz.

    Notes
    -----
    **Source**: IEC 60268-16:2020, 6 (indirect method, Schroeder 1981) and annex A: seven octaves,
    14 modulation frequencies, male weights with redundancy, masking and reception threshold. The
    transfer is that of a linear path: limiters and codecs do not show.

    Examples
    --------
    >>> impulse = np.zeros(96000)
    >>> impulse[4800] = 1.0
    >>> perfect = speech_transmission_index(ImpulseResponse.of(impulse, 48000))
    >>> round(perfect.sti, 2)
    1.0
    >>> noisy = speech_transmission_index(  # as much noise as speech: half
    ...     ImpulseResponse.of(impulse, 48000), SPEECH_SPECTRUM_DB, SPEECH_SPECTRUM_DB)
    >>> round(noisy.sti, 2)
    0.5
    """
    if not (response.carries(OCTAVES_HZ[0]) and response.carries(OCTAVES_HZ[-1])):
        raise Unmeasurable(
            Text(
                "the sweep heard does not reach from 125 Hz to 8 kHz",
                "录到的扫频未覆盖 125 Hz 至 8 kHz",
            ),
            Text(
                "record the whole sweep, at 48 kHz, and two seconds beyond it",
                "请以 48 kHz 录下完整扫频，结束后再录 2 秒",
            ),
        )
    transfer, spread = _modulation_transfer(response)
    factor, level_dependent = _level_factor(speech_db, noise_db, spl_offset_db)
    return _index(transfer * factor[:, None], spread * factor[:, None, None], level_dependent)


def transmission_index(transfer: NDArray[np.float64]) -> tuple[float, Wave]:
    """Return the index, and that of each octave, of a matrix of modulation transfer.

    Parameters
    ----------
    transfer : (7, 14) float64
        Modulation transfer, 0 … 1, by octave and modulation frequency.

    Returns
    -------
    float, (7,) float64
        0 … 1.

    Notes
    -----
    **Source**: IEC 60268-16:2020, A.2 and A.3: apparent signal-to-noise ratio within ±15 dB, its
    mean over modulation frequencies, weights α and redundancies β.

    Examples
    --------
    >>> only_500_and_1000 = np.zeros((7, 14))
    >>> only_500_and_1000[2:4] = 1
    >>> round(transmission_index(only_500_and_1000)[0], 3)  # 0.230 + 0.233 − 0.065
    0.398
    """
    apparent_db = np.clip(_apparent_db(transfer), -15, 15)
    octaves = (apparent_db.mean(axis=1) + 15) / 30
    index = _WEIGHTS @ octaves - _REDUNDANCY @ np.sqrt(octaves[:-1] * octaves[1:])
    return float(np.clip(index, 0, 1)), octaves


def _apparent_db(transfer: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(transfer, 1e-6, 1 - 1e-6)
    return np.asarray(10 * np.log10(bounded / (1 - bounded)))


def _modulation_transfer(
    response: ImpulseResponse,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the transfer (7, 14), and what one unit of energy at a time changes it by, as σ.

    The second, (7, 14, blocks), is the transfer's sensitivity to each block of the decay times the
    block's own standard deviation over places in a diffuse field.
    """
    rate_hz = response.rate_hz
    pad = round(0.03 * rate_hz)
    samples = np.pad(response.samples[max(0, response.onset - pad) :], (pad, 0))
    energy = octave_bands(samples, rate_hz) ** 2
    size = round(0.002 * rate_hz)
    count = energy.shape[1] // size
    blocks = energy[:, : count * size].reshape(7, count, size).sum(axis=2)
    time_s = (np.arange(count) + 0.5) * size / rate_hz
    turn = np.exp(-2j * np.pi * MODULATIONS_HZ[:, None] * time_s)
    transfer = np.empty((7, 14))
    spread = np.empty((7, 14, count))
    direct = min(response.onset, pad) + pad + round(_DIRECT_S * rate_hz)
    for band, centre_hz in enumerate(OCTAVES_HZ):
        decay = _without_noise(blocks[band])
        total = decay.sum()
        modulated = turn @ decay / total
        transfer[band] = np.abs(modulated)
        phase = modulated.conj() / np.maximum(np.abs(modulated), 1e-12)
        sensitivity = ((turn * phase[:, None]).real - transfer[band][:, None]) / total
        diffuse = np.where(np.arange(count) * size > direct, decay, 0.0)
        share = rate_hz / size / (centre_hz / math.sqrt(2))
        # neighbours within the filter's memory are one and the same chance
        spread[band] = sensitivity * diffuse * math.sqrt(max(share, 1.0))
    return np.minimum(transfer, 1.0), spread


def _without_noise(blocks: Wave) -> Wave:
    """Take the noise off a decay and cut it where it drowns."""
    count = len(blocks)
    noise = float(blocks[-max(4, count // 10) :].mean())
    smooth = np.convolve(np.pad(blocks, 5, "edge"), np.ones(11) / 11, "valid")
    peak = int(blocks.argmax())
    below = np.flatnonzero(smooth[peak:] < 1.6 * noise)
    last = peak + (int(below[0]) if len(below) else count - peak)
    decay = np.zeros(count)
    decay[:last] = np.maximum(blocks[:last] - noise, 0.0) if last < count else blocks[:last]
    return decay


def _level_factor(
    speech_db: Wave | None, noise_db: Wave | None, spl_offset_db: float | None
) -> tuple[Wave, bool]:
    """Return what noise, masking and hearing leave of the modulation in each octave."""
    if speech_db is None:
        return np.ones(7), False
    speech = 10 ** (np.asarray(speech_db) / 10)
    noise = np.zeros(7) if noise_db is None else 10 ** (np.asarray(noise_db) / 10)
    total = speech + noise
    if spl_offset_db is None:
        return speech / total, False
    level_db = 10 * np.log10(total) + spl_offset_db
    masking_db = level_db[:-1] + _masking_slope_db(level_db[:-1])
    hidden = 10 ** ((_RECEPTION_DB - spl_offset_db) / 10)
    hidden[1:] += 10 ** ((masking_db - spl_offset_db) / 10)
    return speech / (total + hidden), True


def _masking_slope_db(level_db: Wave) -> Wave:
    """Return how far an octave's masking of the next lies below its level, dB.

    Notes
    -----
    **Source**: IEC 60268-16:2020, table A.2.

    Examples
    --------
    >>> _masking_slope_db(np.array([50.0, 65.0, 80.0, 105.0])).round(1).tolist()
    [-40.0, -29.9, -19.8, -10.0]
    """
    return np.select(
        [level_db < 63, level_db < 67, level_db < 100],
        [0.5 * level_db - 65, 1.8 * level_db - 146.9, 0.5 * level_db - 59.8],
        -10.0,
    )


def _index(
    transfer: NDArray[np.float64],
    spread: NDArray[np.float64],
    level_dependent: bool,  # noqa: FBT001
) -> SpeechTransmission:
    """Return the index with its uncertainty, propagated through the apparent ratio."""
    index, octaves = transmission_index(transfer)
    bounded = np.clip(transfer, 1e-6, 1 - 1e-6)
    slope = 10 / math.log(10) / (bounded * (1 - bounded)) / 30 / 14
    slope[np.abs(_apparent_db(transfer)) >= 15] = 0.0
    by_octave = np.einsum("km,kmt->kt", slope, spread)
    weight = _WEIGHTS.copy()
    root = np.sqrt(np.maximum(octaves, 1e-6))
    weight[:-1] -= 0.5 * _REDUNDANCY * root[1:] / root[:-1]
    weight[1:] -= 0.5 * _REDUNDANCY * root[:-1] / root[1:]
    variance = float((weight[:, None] ** 2 * by_octave**2).sum())
    return SpeechTransmission(
        sti=index,
        uncertainty=2 * math.sqrt(variance),
        octave_index=octaves,
        level_dependent=level_dependent,
    )
