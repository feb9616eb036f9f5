"""Noise floor of a quiet take, flat and A-weighted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.fast_fourier import power_of, row_spectra
from studiocheck.measure.sound.level import (
    DIGITAL_SILENCE,
    UNMUTE,
    Samples,
    channels_of,
    decibels,
    expanded_db,
    frames,
    steady_blocks,
)

_BLOCK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """The noise that is always there.

    Parameters
    ----------
    flat_dbfs, a_weighted_dbfs : float
        rms, dBFS, without and with A-weighting.
    uncertainty_db, a_weighted_uncertainty_db : float or None
        Expanded (k = 2), dB, type A: from the spread of the blocks.
    blocks : int
        Blocks of 250 ms that the mean rests on.
    events : int
        Blocks left out because they stand 6 dB above the median: a cough, a chair.
    """

    flat_dbfs: float
    a_weighted_dbfs: float
    uncertainty_db: float | None
    a_weighted_uncertainty_db: float | None
    blocks: int
    events: int


def a_weighting(frequency_hz: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the amplitude response of A-weighting, 1 at 1 kHz.

    Notes
    -----
    **Source**: IEC 61672-1:2013, annex E (analytical expressions).

    Examples
    --------
    >>> db = 20 * np.log10(a_weighting(np.array([100.0, 1000.0, 10000.0])))
    >>> [round(float(value), 1) for value in db]  # IEC 61672-1, table 3: −19.1, 0, −2.5
    [-19.1, 0.0, -2.5]
    """

    def unscaled(f2: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = 20.598997**2, 12194.217**2
        middle = np.sqrt((f2 + 107.65265**2) * (f2 + 737.86223**2))
        return high * f2 * f2 / ((f2 + low) * middle * (f2 + high))

    reference = unscaled(np.array([1e6]))[0]
    return np.asarray(unscaled(np.square(np.asarray(frequency_hz, dtype=np.float64))) / reference)


def steady_level(samples: Samples, rate_hz: int) -> tuple[float, float | None]:
    """Measure what `noise_floor` does, without A-weighting: dBFS, and the uncertainty (k = 2), dB.

    Examples
    --------
    >>> noise = 0.001 * np.random.default_rng(1).standard_normal(5 * 48000)
    >>> round(steady_level(noise, 48000)[0], 1)
    -60.0
    """
    flat = _flat_powers(_blocks(samples, rate_hz))
    flat = flat[flat > 0]
    if not len(flat):
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    kept = flat[steady_blocks(flat)]
    return decibels(float(kept.mean())), expanded_db(kept)


def noise_floor(samples: Samples, rate_hz: int) -> NoiseFloor:
    """Measure the steady noise of a take in which nobody speaks.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; channels that are not dead are averaged in power.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    NoiseFloor
        dBFS rms (a full-scale sine is −3.01).

    Raises
    ------
    Unmeasurable
        If the take is shorter than 1 s, or digital silence.

    Notes
    -----
    **Source**: mean square over blocks; A-weighting of IEC 61672-1:2013, annex E, on the Hann
    spectrum. The direct component is left out. *A single cough*: blocks 6 dB above the median
    block are events, not floor, and are left out as long as they are at most a third of the take;
    beyond that the noise is not steady and everything counts.

    Examples
    --------
    >>> noise = 0.001 * np.random.default_rng(1).standard_normal(5 * 48000)
    >>> round(noise_floor(noise, 48000).flat_dbfs, 1)
    -60.0
    """
    blocks = _blocks(samples, rate_hz)
    flat, weighted = _flat_powers(blocks), _weighted_powers(blocks, rate_hz)
    alive = flat > 0
    if not alive.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    flat, weighted = flat[alive], weighted[alive]
    kept = steady_blocks(flat)
    return NoiseFloor(
        flat_dbfs=decibels(float(flat[kept].mean())),
        a_weighted_dbfs=decibels(float(weighted[kept].mean())),
        uncertainty_db=expanded_db(flat[kept]),
        a_weighted_uncertainty_db=expanded_db(weighted[kept]),
        blocks=int(np.count_nonzero(kept)),
        events=int(np.count_nonzero(~kept)),
    )


@lru_cache(maxsize=4)
def _window_and_gain(rate_hz: int, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the Hann window, and the weight of every bin in the A-weighted mean square."""
    window = np.hanning(size)
    gain = 2 * size * a_weighting(np.fft.rfftfreq(size, 1 / rate_hz)) ** 2 / (window**2).sum()
    gain[-1] *= 0.5 if size % 2 == 0 else 1.0
    return window, gain


def _blocks(samples: Samples, rate_hz: int) -> NDArray[np.float64]:
    """Return blocks without their direct component, (channels, blocks, n)."""
    channels = channels_of(samples)
    size = round(_BLOCK_S * rate_hz)
    if len(channels) < 4 * size:
        raise Unmeasurable(
            Text("less than one second of quiet was recorded", "安静段不足 1 秒"),
            Text("record again and keep quiet for five seconds", "请重新录音，并保持安静 5 秒"),
        )
    alive = [channel for channel in channels.T if np.ptp(channel) > 0]
    if not alive:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    blocks = np.stack([frames(channel, size, size) for channel in alive])
    blocks -= blocks.mean(axis=2, keepdims=True)
    return blocks


def _flat_powers(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean square of every block, channels averaged."""
    return np.asarray(np.einsum("cbn,cbn->b", blocks, blocks) / (blocks.shape[0] * blocks.shape[2]))


def _weighted_powers(blocks: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Return the A-weighted mean square of every block, channels averaged."""
    window, gain = _window_and_gain(rate_hz, blocks.shape[2])
    power = power_of(row_spectra((blocks * window).astype(np.float32)))
    # not @: for so little, waking the threads of BLAS costs more than the sum
    return np.asarray((power * gain).sum(axis=2).mean(axis=0))
