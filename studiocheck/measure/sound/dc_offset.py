"""Direct component: how far the middle of the wave lies from zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.repeat import expanded_from_repeat
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, Samples, channels_of

_BLOCKS = 10
LEAST_TAKE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DcOffset:
    """Size of the offset of the worst channel and its uncertainty (k = 2), shares of full scale."""

    offset: float
    uncertainty: float


def dc_offset(samples: Samples, rate_hz: int) -> DcOffset:
    """Measure the direct component of a take.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    DcOffset
        Without sign: a share of full scale.

    Raises
    ------
    Unmeasurable
        If the take is shorter than a second, or every sample has the same value.

    Notes
    -----
    **Source**: definition, the mean; its uncertainty from the spread of ten blocks (type A), for
    wind and steps last longer than a block of noise.

    Examples
    --------
    >>> noise = 0.001 * np.random.default_rng(1).standard_normal(48000)
    >>> round(dc_offset(noise - 0.02, 48000).offset, 4)
    0.02
    """
    channels = channels_of(samples)
    if len(channels) < LEAST_TAKE_S * rate_hz:
        raise Unmeasurable(
            Text("the take is shorter than one second", "录音不足 1 秒"),
            Text("record again, for some seconds", "请重新录音，持续几秒"),
        )
    alive = channels[:, np.ptp(channels, axis=0) > 0]
    if not alive.shape[1]:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    worst = alive[:, int(np.abs(alive.mean(axis=0)).argmax())]
    size = len(worst) // _BLOCKS
    means = worst[: size * _BLOCKS].reshape(_BLOCKS, size).mean(axis=1)
    return DcOffset(offset=abs(float(worst.mean())), uncertainty=expanded_from_repeat(means) or 0.0)
