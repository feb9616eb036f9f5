"""Holes in a take: buffers that were lost and filled with zeros, and what merely looks like one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, Samples, channels_of
from studiocheck.measure.sound.quantisation import quantisation_step

LEAST_GAP_S = 0.001
_BESIDE_S = 0.0015
_ALIVE_PEAK_STEPS, _ALIVE_CHANGE_STEPS = 12.0, 2.0
_FRAME_S = 0.01
_BELOW_SPEECH_DB = 20.0
_AS_SOFT_DB = 2.0
_HOLD_S = 0.25
_LEAST_GATED_S = 0.025
_LEAST_FADED_S = 0.01
_EDGE_S = 0.0002
_FADED = 0.08
_MOSTLY = 0.5
_SEVERAL = 3
_SURELY_MADE_S = 0.1
_SILENCE_S = 0.005
_PAUSE_FRAMES = 10  # a soft sound of speech is shorter, a pause is not


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Holes of one take, of the worst channel.

    Parameters
    ----------
    gaps : int
        Holes in a living signal.
    longest_ms : float
        The longest of them, ms; 0 for none.
    first_s : float or None
        Where the first begins, s; absent for none.
    gated_s : float
        For how long a noise gate, or a mute at either end, silences the take, s. That is no gap.
    at_s : tuple of float
        Where the holes begin, s.
    """

    gaps: int
    longest_ms: float
    first_s: float | None
    gated_s: float
    at_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Runs:
    """Stretches of one value: first sample, and the sample after the last."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> _Runs:
        return _Runs(self.start[chosen], self.end[chosen])

    @property
    def length(self) -> NDArray[np.int64]:
        return self.end - self.start


def zero_gaps(samples: Samples, rate_hz: int) -> Gaps:
    """Find stretches of 1 ms or more in which a living signal is exactly zero or stands still.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        As the device gave them, full scale ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Gaps
        Of the channel with the most.

    Raises
    ------
    Unmeasurable
        If the take is digital silence from end to end.

    Notes
    -----
    **Source**: definition; converters and microphones make noise, so that 48 equal samples in a
    row come from software. Three things are no gaps. *Quiet 16-bit sound*: its samples beside
    the run are as good as zero too. *A noise gate*: it closes where the level is 20 dB below
    speech or more, and nothing as soft lives anywhere but within its hold time of a silence; a
    gap in a pause finds the same noise alive in other pauses. *A mute*: it lasts to the end of
    the take. *Silence between recorded or synthetic words*: the sound fades into it and out of
    it. A gap is cut into a living signal on both sides.

    Examples
    --------
    >>> noise = 0.001 * np.random.default_rng(1).standard_normal(48000)
    >>> noise[1000:1240] = 0.0
    >>> found = zero_gaps(noise, 48000)
    >>> found.gaps, found.longest_ms
    (1, 5.0)
    """
    channels = channels_of(samples)
    found = [_of_channel(channel, rate_hz) for channel in channels.T if np.ptp(channel) > 0]
    if not found:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    return max(found, key=lambda gaps: (gaps.gaps, gaps.gated_s))


def _of_channel(wave: NDArray[np.float64], rate_hz: int) -> Gaps:
    still = _still(wave, round(LEAST_GAP_S * rate_hz))
    ends = (still.start == 0) | (still.end == len(wave))
    inside = still.where(~ends)
    cut = inside.where(_alive_on_both_sides(wave, inside, round(_BESIDE_S * rate_hz)))
    gate = _gate(wave, cut, still, rate_hz)
    made = gate & (cut.length >= _LEAST_GATED_S * rate_hz) | _faded(wave, cut, rate_hz)
    long = np.count_nonzero(cut.length >= _LEAST_FADED_S * rate_hz)
    if np.count_nonzero(made) >= max(_SEVERAL, _MOSTLY * long):  # then doubtful ones are no holes
        made |= gate & (cut.length >= _SILENCE_S * rate_hz)
        made |= cut.length >= _SURELY_MADE_S * rate_hz
    gaps, gated = cut.where(~made), cut.where(made)
    return Gaps(
        gaps=len(gaps.start),
        longest_ms=float(gaps.length.max() * 1000 / rate_hz) if len(gaps.start) else 0.0,
        first_s=float(gaps.start[0] / rate_hz) if len(gaps.start) else None,
        gated_s=float((gated.length.sum() + still.where(ends).length.sum()) / rate_hz),
        at_s=tuple((gaps.start / rate_hz).tolist()),
    )


def _still(wave: NDArray[np.float64], least: int) -> _Runs:
    """Return the runs of equal samples that are not flat tops of clipping."""
    equal = np.concatenate([[False], wave[1:] == wave[:-1], [False]])
    edges = np.flatnonzero(equal[1:] != equal[:-1])
    start, end = edges[::2], edges[1::2] + 1
    long = end - start >= least
    start, end = start[long], end[long]
    value = wave[start]
    inner = (value == 0) | ((value < wave.max()) & (value > wave.min()))
    return _Runs(start[inner], end[inner])


def _alive_on_both_sides(wave: NDArray[np.float64], runs: _Runs, reach: int) -> NDArray[np.bool_]:
    """Tell a cut from the slow crossing of zero of quiet, coarsely quantised sound."""
    if not len(runs.start):
        return np.zeros(0, dtype=bool)
    step = quantisation_step(np.abs(np.diff(wave)))

    def alive(first: int, last: int, value: float) -> bool:
        beside = wave[max(first, 0) : last] - value
        if len(beside) < 2:
            return False
        peak, moves = np.abs(beside).max(), np.abs(np.diff(beside)).mean()
        return bool(peak > _ALIVE_PEAK_STEPS * step or moves > _ALIVE_CHANGE_STEPS * step)

    return np.array(
        [
            alive(start - reach, start, wave[start]) and alive(end, end + reach, wave[start])
            for start, end in zip(runs.start.tolist(), runs.end.tolist(), strict=True)
        ],
        dtype=bool,
    )


def _gate(wave: NDArray[np.float64], runs: _Runs, still: _Runs, rate_hz: int) -> NDArray[np.bool_]:
    """Return which runs a noise gate made."""
    hop = round(_FRAME_S * rate_hz)
    count = len(wave) // hop
    if not len(runs.start) or not count:
        return np.zeros(len(runs.start), dtype=bool)
    level = _levels(wave, hop)
    speech = float(np.percentile(level[level > 0], 95))
    far = np.ones(count, dtype=bool)
    hold = round(_HOLD_S / _FRAME_S)
    silences = still.where(still.length >= _SILENCE_S * rate_hz)
    for start, end in zip(silences.start.tolist(), silences.end.tolist(), strict=True):
        far[max(start // hop - hold, 0) : end // hop + hold + 1] = False
    gate = []
    for start in runs.start.tolist():
        before = _rms(wave[max(start - hop, 0) : start])
        as_soft = far & (level <= before * 10 ** (_AS_SOFT_DB / 20))
        together = np.convolve(as_soft, np.ones(_PAUSE_FRAMES), "valid")
        lives_on = bool(together.max(initial=0.0) > _PAUSE_FRAMES - 0.5)
        gate.append(before < speech * 10 ** (-_BELOW_SPEECH_DB / 20) and not lives_on)
    return np.array(gate, dtype=bool)


def _faded(wave: NDArray[np.float64], runs: _Runs, rate_hz: int) -> NDArray[np.bool_]:
    """Return which runs the sound fades into and out of, as between recorded or synthetic words."""
    edge, frame = round(_EDGE_S * rate_hz) + 1, round(_FRAME_S * rate_hz)
    faded = []
    for start, end in zip(runs.start.tolist(), runs.end.tolist(), strict=True):
        before, after = wave[max(start - frame, 0) : start], wave[end : end + frame]
        left, right = np.abs(before[-edge:]).max(), np.abs(after[:edge]).max()
        into_nothing = left * right < _FADED**2 * _rms(before) * _rms(after)
        faded.append(into_nothing and end - start >= _LEAST_FADED_S * rate_hz)
    # a hole may by chance begin and end where the wave is near zero; most holes do not
    usual = sum(faded) >= _MOSTLY * np.count_nonzero(runs.length >= _LEAST_FADED_S * rate_hz)
    return np.array(faded if usual else [False] * len(faded), dtype=bool)


def _levels(wave: NDArray[np.float64], frame: int) -> NDArray[np.float64]:
    count = len(wave) // frame
    return np.asarray(np.sqrt((wave[: count * frame].reshape(count, frame) ** 2).mean(axis=1)))


def _rms(wave: NDArray[np.float64]) -> float:
    return float(np.sqrt((wave * wave).mean())) if len(wave) else 0.0
