"""Clipping: flat tops at the extremes of the wave, at full scale or below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.level import Samples, single_channels_of
from studiocheck.measure.sound.quantisation import quantisation_step

_RUN = 3
_STEEP = 8.0  # quantisation steps; a smooth crest that merely looks flat falls off by at most 4
_LEVEL = 0.004  # of the peak: what noise and a coupling capacitor leave of a flat top
_HIGH = 0.5
_PLATEAU = 4
_SEVERAL = 3  # of 34 clean recordings two had one plateau


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """Flat tops of one take.

    Parameters
    ----------
    runs : int
        Flat tops, of the worst channel.
    runs_per_10_s : float
        The same for ten seconds of sound.
    ceiling_dbfs : float or None
        Height of the flat tops, dBFS peak; absent when there are none.
    blurred : bool
        Whether a later stage added noise or took the bass off: then it was clipped before.
    at_s : tuple of float
        Where they begin, s.
    """

    runs: int
    runs_per_10_s: float
    ceiling_dbfs: float | None
    blurred: bool = False
    at_s: tuple[float, ...] = ()


def _flat_tops(wave: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the first and the last of three or more samples that equal an extreme, (runs, 2)."""
    found = [np.empty((0, 2), np.int64)]
    for extreme in (wave.max(), wave.min()):
        if extreme == 0:
            continue
        at = np.flatnonzero(wave == extreme)
        if len(at) < _RUN:
            continue
        apart = np.diff(at) > 1
        first = at[np.concatenate([[True], apart])]
        last = at[np.concatenate([apart, [True]])]
        found.append(np.stack([first, last], axis=1)[last - first >= _RUN - 1])
    flat = np.concatenate(found)
    return flat[np.argsort(flat[:, 0])]


def _steep(wave: NDArray[np.float32], runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the runs begin that the wave enters or leaves steeply."""
    first, last = runs.T
    # at either end of the take nothing is known of the edge
    before = np.abs(wave[first] - wave[np.maximum(first - 1, 0)])
    after = np.abs(wave[last] - wave[np.minimum(last + 1, len(wave) - 1)])
    step = quantisation_step(np.abs(np.diff(wave)))
    return np.asarray(first[np.maximum(before, after) >= _STEEP * step])


def _plateaus(wave: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return where the wave rises steeply, stays level for four samples or more, and falls steeply.

    The same test as for flat tops, with a part of the peak instead of the quantisation step.
    """
    magnitude = np.abs(wave)
    level = _LEVEL * float(magnitude.max())
    high = np.flatnonzero(magnitude > _HIGH * float(magnitude.max()))
    still = (np.diff(high) == 1) & (np.abs(np.diff(wave[high])) <= level)
    edges = np.flatnonzero(np.diff(still, prepend=False, append=False))
    long = edges[1::2] - edges[::2] >= _PLATEAU - 1
    first, last = high[edges[::2][long]], high[edges[1::2][long]]
    inside = (first > 0) & (last < len(wave) - 1)
    first, last = first[inside], last[inside]
    up = (wave[first] - wave[first - 1]) * np.sign(wave[first])
    down = (wave[last] - wave[last + 1]) * np.sign(wave[last])
    return np.asarray(first[np.minimum(up, down) >= _STEEP * level])


def clipping(samples: Samples, rate_hz: int) -> Clipping:
    """Count flat tops: three or more equal samples in a row at the take's own extreme.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        As the device gave them, full scale ±1. Resampling or a lossy codec before this point
        rounds the flat tops off and blinds the method; noise or a coupling capacitor do not.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Clipping
        Counts; digital silence and a constant count as unclipped.

    Raises
    ------
    Unmeasurable
        If the take is empty.

    Notes
    -----
    **Source**: rule of thumb of restoration practice (consecutive samples at the extreme). The
    extreme is the take's own, so that a wave clipped in a preamplifier and turned down afterwards
    is found too. A slow crest that quantisation made flat is told apart by its edges: a parabola
    flat for three samples or more within one quantisation step falls off by at most four steps
    next to them, a clipped wave by many. Where an analogue stage clipped, its tops are level
    within 0.4 % of the peak at best, and count from three in a take on.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(48000) / 48000)
    >>> clipping(np.clip(1.12 * tone, -1, 1), 48000).runs  # both crests of 200 periods
    400
    >>> clipping(0.99 * tone, 48000).runs, clipping(np.zeros(100), 48000).runs
    (0, 0)
    """
    channels = single_channels_of(samples)
    if not len(channels):
        raise Unmeasurable(Text("the take is empty", "录音为空"))
    worst, ceiling, blurred = np.empty(0, np.int64), 0.0, False
    for channel in channels.T:
        flat = _flat_tops(channel)
        exact = _steep(channel, flat) if len(flat) else worst[:0]
        level = _plateaus(channel)
        runs = level if len(level) >= max(_SEVERAL, 2 * len(exact)) else exact
        if len(runs) > len(worst):
            worst, blurred = runs, runs is level
            ceiling = float(np.median(np.abs(channel[runs])))
    return Clipping(
        runs=len(worst),
        runs_per_10_s=len(worst) * 10 * rate_hz / len(channels),
        ceiling_dbfs=float(20 * np.log10(ceiling)) if len(worst) else None,
        blurred=blurred,
        at_s=tuple((worst / rate_hz).tolist()),
    )
