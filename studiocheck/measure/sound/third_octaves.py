"""Noise of a quiet take in third octaves, each level with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.level import (
    DIGITAL_SILENCE,
    UNMUTE,
    Samples,
    channels_of,
    expanded_db,
    frames,
    steady_blocks,
)
from studiocheck.measure.sound.line_power import in_bands, line_power

Levels = NDArray[np.float64]

NOMINAL_HZ = (
    50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0,
    1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0,
    16000.0,
)  # fmt: skip
_FIRST = -13
"""The band of 50 Hz lies thirteen bands below 1 kHz."""
_BLOCK_S = 0.5
_LEAST_BLOCKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdOctaves:
    """Levels of the bands that the sample rate carries.

    Parameters
    ----------
    nominal_hz : (n,) float64
        As they are called, Hz.
    level_dbfs : (n,) float64
        rms, dBFS.
    uncertainty_db : (n,) float64
        Expanded (k = 2), dB, type A: from the spread of the blocks.
    """

    nominal_hz: Levels
    level_dbfs: Levels
    uncertainty_db: Levels


def centre_hz(nominal_hz: Levels) -> Levels:
    """Return the exact mid-band frequencies of nominal ones.

    Notes
    -----
    **Source**: IEC 61260-1:2014, base ten: 1000 · 10^(k / 10) Hz.

    Examples
    --------
    >>> centre_hz(np.array([50.0, 1000.0])).round(2).tolist()
    [50.12, 1000.0]
    """
    index = np.round(10 * np.log10(np.asarray(nominal_hz) / 1000))
    return np.asarray(1000 * 10 ** (index / 10))


def third_octaves(samples: Samples, rate_hz: int) -> ThirdOctaves:
    """Measure the steady noise of a take from 50 Hz to 16 kHz in third octaves.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; channels are averaged in power.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    ThirdOctaves
        dBFS.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 2 s, or digital silence.

    Notes
    -----
    **Source**: mid-band frequencies and edges of IEC 61260-1:2014; power of Hann spectra of
    500 ms between them, overlapping by half. Blocks 6 dB over the median are events, not noise,
    and are left out as long as they are at most a third.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(5 * 48000) / 48000)
    >>> found = third_octaves(tone, 48000)
    >>> int(found.nominal_hz[found.level_dbfs.argmax()]), round(float(found.level_dbfs.max()), 2)
    (1000, -23.01)
    """
    channels = channels_of(samples)
    size = round(_BLOCK_S * rate_hz) // 2 * 2
    if len(channels) < _LEAST_BLOCKS * size:
        raise Unmeasurable(
            Text("less than two seconds of quiet were recorded", "安静段不足 2 秒"),
            Text("record again and keep quiet for five seconds", "请重新录音，并保持安静 5 秒"),
        )
    carried = [hz for hz in NOMINAL_HZ if hz * 2 ** (1 / 6) < rate_hz / 2]
    nominal_hz = np.array(carried)
    edges_hz = 1000 * 10 ** ((_FIRST - 0.5 + np.arange(len(carried) + 1)) / 10)
    power = _band_powers(channels, size, edges_hz, rate_hz / size)
    total = power.sum(axis=1)
    alive = total > 0
    if not alive.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    power, total = power[alive], total[alive]
    kept = np.maximum(power[steady_blocks(total)], 1e-30)
    # overlapping blocks steady the mean; only every other one tells of its spread
    spread = [expanded_db(band) for band in kept[::2].T]
    if any(one is None for one in spread):
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    return ThirdOctaves(
        nominal_hz=nominal_hz,
        level_dbfs=10 * np.log10(kept.mean(axis=0)),
        uncertainty_db=np.array(spread, dtype=np.float64),
    )


def _band_powers(channels: Levels, size: int, edges_hz: Levels, step_hz: float) -> Levels:
    """Return the mean square of every band in every block, (blocks, bands)."""
    found = [
        [
            in_bands(power, step_hz, edges_hz)
            for power in line_power(frames(channel, size, size // 2))
        ]
        for channel in (channels - channels.mean(axis=0)).T
    ]
    return np.asarray(np.mean(found, axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How the noise changed.

    Parameters
    ----------
    largest_db, uncertainty_db : float
        The largest rise of a band that can be heard, dB; expanded (k = 2).
    at_hz : float
        Nominal frequency of that band, Hz.
    risen_hz : tuple of float
        Every band that clearly rose, by at least half as much, Hz.
    all_alike : bool
        Whether every band rose by the same: then a gain was turned.
    """

    largest_db: float
    uncertainty_db: float
    at_hz: float
    risen_hz: tuple[float, ...]
    all_alike: bool


_HEARD_DB = 20.0
_CLEAR_DB = 3.0
_ALIKE_DB = 1.5
_LEAST_BANDS = 10


def noise_rise(now: ThirdOctaves, then: ThirdOctaves, weight_db: Levels) -> Rise:
    """Compare the noise of a room with that of a good day.

    Parameters
    ----------
    now, then : ThirdOctaves
        Of one microphone with one gain.
    weight_db : (n,) float64
        A-weighting at the bands of ``now``, dB.

    Returns
    -------
    Rise
        dB.

    Raises
    ------
    Unmeasurable
        If they have too few bands in common.

    Notes
    -----
    **Source**: own. Only bands count that can be heard tonight: within 20 dB of the loudest after
    A-weighting. A rise of all bands within 1.5 dB of each other is a gain and not a fan.

    Examples
    --------
    >>> hz = np.array(NOMINAL_HZ[:12])
    >>> good = ThirdOctaves(nominal_hz=hz, level_dbfs=np.full(12, -80.0),
    ...                     uncertainty_db=np.ones(12))
    >>> fan = ThirdOctaves(nominal_hz=hz, level_dbfs=np.where(hz == 200, -68.0, -80.0),
    ...                    uncertainty_db=np.ones(12))
    >>> rise = noise_rise(fan, good, np.zeros(12))
    >>> rise.largest_db, rise.at_hz, rise.all_alike
    (12.0, 200.0, False)
    """
    common, i, j = np.intersect1d(now.nominal_hz, then.nominal_hz, return_indices=True)
    if len(common) < _LEAST_BANDS:
        raise Unmeasurable(
            Text("the room was measured in other bands", "基准与本次的频带不一致"),
            Text(
                "store it again: `studiocheck calibrate room`",
                "请重新执行 `studiocheck calibrate room`",
            ),
        )
    rise = now.level_dbfs[i] - then.level_dbfs[j]
    spread = np.hypot(now.uncertainty_db[i], then.uncertainty_db[j])
    heard_db = now.level_dbfs[i] + np.asarray(weight_db)[i]
    heard = heard_db > heard_db.max() - _HEARD_DB
    top = int(np.where(heard, rise, -math.inf).argmax())
    clear = heard & (rise - spread > 0) & (rise > max(_CLEAR_DB, 0.5 * float(rise[top])))
    quartiles = np.percentile(rise, [10, 50, 90])
    return Rise(
        largest_db=float(rise[top]),
        uncertainty_db=float(spread[top]),
        at_hz=float(common[top]),
        risen_hz=tuple(float(hz) for hz in common[clear]),
        all_alike=bool(quartiles[1] > _CLEAR_DB and quartiles[2] - quartiles[0] < 2 * _ALIKE_DB),
    )
