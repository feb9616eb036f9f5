"""Programme loudness: integrated, momentary and short-term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.k_weighting import k_weight
from studiocheck.measure.sound.level import Samples, expanded_db

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
_MOMENTARY_S, _SHORT_TERM_S = 0.4, 3.0
_GATING_HOP_S, _MAXIMUM_HOP_S = 0.1, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Loudness:
    """Loudness of one take.

    Parameters
    ----------
    integrated_lufs : float
        Over everything that passes both gates, LUFS.
    uncertainty_lu : float or None
        Expanded (k = 2), LU: how far another take of this length of the same voice may read.
        Type A, from the spread of the gated blocks that do not overlap; absent for a single one.
    momentary_max_lufs : float
        Loudest 400 ms, LUFS.
    short_term_max_lufs : float or None
        Loudest 3 s, LUFS; absent in a shorter take.
    blocks : int
        Gated blocks that do not overlap.
    """

    integrated_lufs: float
    uncertainty_lu: float | None
    momentary_max_lufs: float
    short_term_max_lufs: float | None
    blocks: int


def to_lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the loudness of K-weighted mean squares, LUFS; −inf for none (internal use)."""
    with np.errstate(divide="ignore"):
        return np.asarray(-0.691 + 10 * np.log10(power))


@dataclass(frozen=True, slots=True)
class KWeighted:
    """A take after K-weighting.

    Parameters
    ----------
    energy : (n,) float64
        Summed over channels, from the start up to every ``step`` samples.
    rate_hz : int
        Sample rate, Hz.
    step : int
        10 ms, on which all windows begin and end, or a sample where 10 ms are not a whole number.
    """

    energy: NDArray[np.float64]
    rate_hz: int
    step: int

    def blocks(self, window_s: float, hop_s: float) -> NDArray[np.float64]:
        """Return the mean square, summed over channels, of every whole block."""
        samples = (len(self.energy) - 1) * self.step
        window = round(window_s * self.rate_hz)
        count = int((samples - window) / (hop_s * self.rate_hz) + 1e-9) + 1
        start = np.round(np.arange(max(count, 0)) * hop_s * self.rate_hz).astype(np.int64)
        start = start[start + window <= samples] // self.step
        power = (self.energy[start + window // self.step] - self.energy[start]) / window
        return np.asarray(np.maximum(power, 0.0))


def k_weighted(samples: Samples, rate_hz: int) -> KWeighted:
    """Return what loudness and its range are read from."""
    weighted = k_weight(samples, rate_hz)
    ticks = round(1 / _MAXIMUM_HOP_S)
    step = rate_hz // ticks if rate_hz % ticks == 0 else 1
    count, channels = len(weighted) // step, weighted.shape[1]
    steps = weighted[: count * step].reshape(count, step * channels)
    energy = np.zeros(count + 1)
    np.cumsum(np.einsum("ij,ij->i", steps, steps), out=energy[1:], dtype=np.float64)
    return KWeighted(energy, rate_hz, step)


def loudness(samples: Samples, rate_hz: int) -> Loudness:
    """Measure the loudness of a take of one or two channels.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; every channel has weight 1 (left, right, centre).
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Loudness
        LUFS and LU.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 400 ms or nothing in it reaches the absolute gate.

    Notes
    -----
    **Source**: ITU-R BS.1770-4, Annex 1 (gating: −70 LUFS, then −10 LU under the rest); windows
    of EBU Tech 3341. Maxima are sought every 10 ms: at the usual 100 ms the momentary maximum
    of a short burst reads up to 0.45 LU low.

    Examples
    --------
    A 0 dBFS sine of 997 Hz on one channel is −3.01 LUFS (BS.1770-4, Annex 1):

    >>> tone = np.sin(2 * np.pi * 997 * np.arange(5 * 48000) / 48000)
    >>> round(loudness(tone, 48000).integrated_lufs, 1)
    -3.0
    """
    return loudness_of(k_weighted(samples, rate_hz))


def loudness_of(weighted: KWeighted) -> Loudness:
    """Measure as `loudness` does, in what was K-weighted before."""
    power = weighted.blocks(_MOMENTARY_S, _GATING_HOP_S)
    if not len(power):
        raise Unmeasurable(
            Text("the take is shorter than 400 ms", "录音不足 400 毫秒"),
            Text("record again, for some seconds", "请重新录音，持续几秒"),
        )
    audible = to_lufs(power) > ABSOLUTE_GATE_LUFS
    if not audible.any():
        raise Unmeasurable(
            Text(
                "nothing in this take is louder than -70 LUFS",
                "这段录音全程低于 -70 LUFS，没有可计量的声音",
            ),
            Text(
                "check that the microphone is on and turned up", "检查麦克风是否打开、增益是否足够"
            ),
        )
    gate = to_lufs(power[audible].mean()) + RELATIVE_GATE_LU
    gated = audible & (to_lufs(power) > gate)
    apart = np.flatnonzero(gated)
    apart = apart[np.unique(apart // round(_MOMENTARY_S / _GATING_HOP_S), return_index=True)[1]]
    fine = weighted.blocks(_MOMENTARY_S, _MAXIMUM_HOP_S)
    slow = weighted.blocks(_SHORT_TERM_S, _MAXIMUM_HOP_S)
    return Loudness(
        integrated_lufs=float(to_lufs(power[gated].mean())),
        uncertainty_lu=expanded_db(power[apart]),
        momentary_max_lufs=float(to_lufs(fine.max())),
        short_term_max_lufs=float(to_lufs(slow.max())) if len(slow) and slow.max() > 0 else None,
        blocks=len(apart),
    )
