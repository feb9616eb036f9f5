"""Whether a microphone is alive at all."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.level import (
    DIGITAL_SILENCE,
    UNMUTE,
    Samples,
    channels_of,
    single_channels_of,
    variance,
)

DEAD_DBFS = -90.0
"""Below this no microphone and preamplifier is connected: 16-bit dither alone is −93 dBFS."""


NOT_CONNECTED = Text(
    "less than -90 dBFS: nothing is connected", "低于 -90 dBFS：输入端没有接麦克风"
)
CONNECT = Text(
    "check the cable and phantom power (48 V), the battery of the transmitter, and the input",
    "检查音频线、48V 幻象供电、发射机电池和输入通道",
)


class SignalState(StrEnum):
    """What a take is made of."""

    ZERO = "zero"
    CONSTANT = "constant"
    DEAD = "dead"
    ALIVE = "alive"


def signal_state(samples: Samples) -> SignalState:
    """Tell digital silence, a stuck value, an unconnected input and a living microphone apart.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1. One living channel makes the microphone alive.

    Returns
    -------
    SignalState
        ``dead`` is less than −90 dBFS rms.

    Notes
    -----
    **Source**: the theoretical noise of a 16-bit converter (6.02 · 16 + 1.76 = 98 dB under a full
    sine, 93 with dither); every microphone is noisier.

    Examples
    --------
    >>> [signal_state(x).value for x in (np.zeros(9), np.full(9, 0.1), np.array([0, 0.1, 0.2]))]
    ['zero', 'constant', 'alive']
    """
    channels = single_channels_of(samples)
    if not channels.any():
        return SignalState.ZERO
    if (channels[1:] == channels[0]).all():
        return SignalState.CONSTANT
    alive = variance(channels_of(channels)).max() >= 10 ** (DEAD_DBFS / 10)
    return SignalState.ALIVE if alive else SignalState.DEAD


def require_alive(state: SignalState) -> None:
    """Raise `Unmeasurable` for a take of a microphone that hears nothing: it tells nothing.

    Examples
    --------
    >>> require_alive(signal_state(np.array([0.0, 0.1, 0.2])))
    """
    if state is SignalState.DEAD:
        raise Unmeasurable(NOT_CONNECTED, CONNECT)
    if state is not SignalState.ALIVE:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)


def dead_tail_s(samples: Samples, rate_hz: int) -> float:
    """Measure for how long a take has ended in one constant value on all channels.

    Returns
    -------
    float
        Seconds; 0 for a take that is alive to its last sample.

    Notes
    -----
    **Source**: definition. Living noise never repeats a value for long; a mute does.

    Examples
    --------
    >>> dead_tail_s(np.concatenate([np.arange(8.0), np.zeros(16)]), 8)
    2.0
    """
    channels = channels_of(samples)
    reach = 2
    while True:  # from the end on: most takes live to it
        end = channels[-reach:]
        changes = np.flatnonzero((end[1:] != end[:-1]).any(axis=1))
        if len(changes) or reach >= len(channels):
            break
        reach *= 8
    alive = int(changes[-1]) + 1 if len(changes) else 0
    tail = len(end) - alive
    return tail / rate_hz if tail > 1 else 0.0
