"""Two channels of one microphone against each other: polarity, balance, what mono would lose."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.repeat import expanded_from_repeat
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE
from studiocheck.measure.sound.signal_state import DEAD_DBFS

_BLOCK_S = 0.5
_LOUD_SHARE = 0.1  # blocks within 10 dB of the mean hold the speech


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPair:
    """Left against right.

    Parameters
    ----------
    dead : str or None
        ``left`` or ``right`` when that side carries nothing (below −90 dBFS, or 40 dB under the
        other); the numbers below are then absent.
    correlation : float or None
        −1 (inverted) … 1 (the same).
    correlation_uncertainty, balance_uncertainty_db : float or None
        Expanded (k = 2), type A over blocks.
    balance_db : float or None
        Left less right, dB.
    mono_loss_db : float or None
        What the sum of both loses against the two apart, dB: 0 for the same, 3 for unrelated
        channels, much for inverted ones.
    """

    dead: str | None = None
    correlation: float | None = None
    correlation_uncertainty: float | None = None
    balance_db: float | None = None
    balance_uncertainty_db: float | None = None
    mono_loss_db: float | None = None


_DEAD_RATIO = 1e-4
_DEEPEST_LOSS = 1e-6


def channel_pair(samples: NDArray[np.floating], rate_hz: int) -> ChannelPair:
    """Compare the two channels of a take.

    Parameters
    ----------
    samples : (n, 2) float
        A speech take, full scale ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    ChannelPair
        Over the blocks of half a second that hold speech.

    Raises
    ------
    Unmeasurable
        If both channels are silent.

    Notes
    -----
    **Source**: Pearson's correlation; power ratios. A loss of more than 60 dB reads 60.

    Examples
    --------
    >>> voice = 0.1 * np.random.default_rng(1).standard_normal(48000)
    >>> pair = channel_pair(np.stack([voice, -0.5 * voice], axis=1), 48000)
    >>> round(pair.correlation, 2), round(pair.balance_db, 1), round(pair.mono_loss_db, 1)
    (-1.0, 6.0, 10.0)
    """
    pair = np.asarray(samples[:, :2], dtype=np.float64)
    pair = pair - pair.mean(axis=0)
    power = (pair * pair).mean(axis=0)
    if power.max() < 10 ** (DEAD_DBFS / 10):
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    if power.min() < max(10 ** (DEAD_DBFS / 10), _DEAD_RATIO * power.max()):
        return ChannelPair(dead=("left", "right")[int(power.argmin())])
    left, right, cross = _blocks(pair, round(_BLOCK_S * rate_hz))
    total = left + right
    loud = total >= _LOUD_SHARE * total.mean()
    left, right, cross = left[loud], right[loud], cross[loud]
    both = left.sum() + right.sum()
    summed = (both + 2 * cross.sum()) / 2
    return ChannelPair(
        correlation=float(cross.sum() / math.sqrt(left.sum() * right.sum())),
        correlation_uncertainty=expanded_from_repeat(cross / np.sqrt(left * right + 1e-30)),
        balance_db=10 * math.log10(left.sum() / right.sum()),
        balance_uncertainty_db=expanded_from_repeat(
            10 * np.log10((left + 1e-30) / (right + 1e-30))
        ),
        mono_loss_db=-10 * math.log10(max(summed / both, _DEEPEST_LOSS)),
    )


def _blocks(
    pair: NDArray[np.float64], size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return energy left, energy right and their product by block; one block if it is short."""
    count = max(1, len(pair) // size)
    size = min(size, len(pair))
    blocks = pair[: count * size].reshape(count, size, 2)
    left, right = blocks[..., 0], blocks[..., 1]
    return (
        np.einsum("ij,ij->i", left, left),
        np.einsum("ij,ij->i", right, right),
        np.einsum("ij,ij->i", left, right),
    )
