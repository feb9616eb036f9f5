"""Buffers that a driver delivered twice: the same samples again, a moment later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, Samples, single_channels_of
from studiocheck.measure.sound.quantisation import quantisation_step

_LEAST_S = 0.001
_LATEST_S = 0.5
_WINDOW = 8
_SAMPLED = 4  # one window in four, chosen by what is in it
_MOST_LAGS = 64
_BUCKET_BITS = 20
_SURPRISE_BITS = 80.0  # 1e12 pairs of windows are 40 bits
_SEED = 0x9E3779B1
_PIECE = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Repeated stretches of one take: how many, the longest (ms), where they begin (s)."""

    repeats: int
    longest_ms: float
    first_s: float | None
    at_s: tuple[float, ...] = ()


def repeated_buffers(samples: Samples, rate_hz: int) -> Repeats:
    """Find stretches of 1 ms or more that repeat, bit by bit, within half a second.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        As the device gave them, full scale ±1; of several channels the first living one.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Repeats
        Counts; a periodic signal from end to end (a digital test tone) counts as none.

    Raises
    ------
    Unmeasurable
        If the take is digital silence.

    Notes
    -----
    **Source**: equal content at a lag, found by sampling windows by their own hash (winnowing,
    Schleimer, Wilkerson, Aiken 2003), then compared sample by sample. Quiet sound with few codes
    repeats by chance: a stretch counts only when its steps carry more than 80 bits.

    Examples
    --------
    >>> noise = np.random.default_rng(1).standard_normal(48000)
    >>> noise[9600:10080] = noise[9120:9600]
    >>> found = repeated_buffers(noise, 48000)
    >>> found.repeats, found.longest_ms, found.first_s
    (1, 10.0, 0.2)
    """
    alive = (channel for channel in single_channels_of(samples).T if np.ptp(channel) > 0)
    first = next(alive, None)
    if first is None:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    wave = np.ascontiguousarray(first)
    change = np.abs(np.diff(wave))
    step = quantisation_step(change)
    found = [
        (start, end)
        for lag in _lags(wave, change > 1.5 * step, round(_LATEST_S * rate_hz))
        for start, end in _runs(wave, lag, max(round(_LEAST_S * rate_hz), 2 * _WINDOW))
        if float(np.log2(1 + change[start : end - 1] / step).sum()) > _SURPRISE_BITS
    ]
    apart = _apart(sorted(found))
    return Repeats(
        repeats=len(apart),
        longest_ms=max((1000 * (end - start) / rate_hz for start, end in apart), default=0.0),
        first_s=apart[0][0] / rate_hz if apart else None,
        at_s=tuple(start / rate_hz for start, _ in apart),
    )


def _lags(wave: NDArray[np.float32], moves: NDArray[np.bool_], latest: int) -> list[int]:
    """Return the lags at which content comes again, the most frequent first."""
    words = wave.view(np.uint32)
    if len(words) <= _WINDOW:
        return []
    key = _windows(words, moves)
    # most windows are alone: sorting the others is most of the work saved
    bucket = (key >> np.uint64(64 - _BUCKET_BITS)).astype(np.intp)
    key = key[np.bincount(bucket, minlength=1 << _BUCKET_BITS)[bucket] > 1]
    key.sort()
    same = np.flatnonzero((key[1:] ^ key[:-1]) >> np.uint64(32) == 0)
    low = np.uint64(0xFFFFFFFF)
    lag = (key[same + 1] & low).astype(np.int64) - (key[same] & low).astype(np.int64)
    lag = lag[(lag > 1) & (lag <= latest)]
    values, times = np.unique(lag, return_counts=True)
    return [int(value) for value in values[np.argsort(-times)][:_MOST_LAGS]]


def _windows(words: NDArray[np.uint32], moves: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return some windows, hash before place; in pieces that stay in the processor's cache."""
    found = []
    for first in range(0, len(words) - _WINDOW + 1, _PIECE):
        mixed = words[first : first + _PIECE + _WINDOW - 1]
        for reach in (1, 2, 4):  # of two windows one of twice the length
            later = mixed[reach:] >> np.uint32(13)
            later ^= mixed[reach:]
            mixed = mixed[:-reach] * np.uint32(_SEED)
            mixed += later
        mixed ^= mixed >> np.uint32(15)
        # a window that hardly moves is everywhere in quiet sound
        moving = moves[first : first + len(mixed) + _WINDOW // 2]
        moving = moving[: len(mixed)] | moving[_WINDOW // 2 :]
        chosen = np.flatnonzero((mixed & np.uint32(_SAMPLED - 1) == 0) & moving)
        place = (chosen + first).astype(np.uint64)
        found.append(mixed[chosen].astype(np.uint64) << np.uint64(32) | place)
    return np.concatenate(found)


def _runs(wave: NDArray[np.float32], lag: int, least: int) -> list[tuple[int, int]]:
    """Return where the wave equals itself ``lag`` earlier, without a period from the start on."""
    equal = np.concatenate([[False], wave[lag:] == wave[:-lag], [False]])
    edges = np.flatnonzero(equal[1:] != equal[:-1])
    start, end = edges[::2], edges[1::2]
    long = (end - start >= least) & (start > 0)
    return [(int(a) + lag, int(b) + lag) for a, b in zip(start[long], end[long], strict=True)]


def _apart(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join runs that overlap: a buffer delivered three times repeats at two lags."""
    joined: list[tuple[int, int]] = []
    for start, end in runs:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
