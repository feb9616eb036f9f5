"""Levels in decibels relative to full scale: the helpers that every sound measure shares."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.repeat import expanded_from_repeat

S = TypeVar("S", bound=np.generic)

_EVENT_DB = 6.0
_MOST_EVENTS = 1 / 3

Samples = NDArray[np.float32] | NDArray[np.float64]
"""(n,) or (n, channels); full scale is ±1."""

DIGITAL_SILENCE = Text(
    "the take is digital silence: there is nothing to measure",
    "录到的是数字静音，无从测量",
)
UNMUTE = Text(
    "check mute switches first: on the microphone, on the receiver, in the system; on a Mac also "
    "whether this program may use the microphone",
    "先检查静音：麦克风开关、接收机、系统设置；Mac 还要检查麦克风访问权限",
)


def channels_of(samples: Samples) -> NDArray[np.float64]:
    """Return samples as (n, channels) float64.

    Examples
    --------
    >>> channels_of(np.zeros(3)).shape
    (3, 1)
    """
    array = np.asarray(samples, dtype=np.float64)
    return array[:, np.newaxis] if array.ndim == 1 else array


def single_channels_of(samples: Samples) -> NDArray[np.float32]:
    """Return samples as (n, channels) float32, without a copy of what a device gave.

    Examples
    --------
    >>> single_channels_of(np.zeros(3)).shape
    (3, 1)
    """
    array = np.asarray(samples, dtype=np.float32)
    return array[:, np.newaxis] if array.ndim == 1 else array


def strongest_channel(samples: Samples) -> NDArray[np.float64]:
    """Return the channel with the most power, (n,), without its direct component.

    The sum of the channels would not do: it is silence where one of them is inverted.

    Examples
    --------
    >>> strongest_channel(np.array([[0.0, 1.0], [0.0, -1.0]])).tolist()
    [1.0, -1.0]
    """
    channels = channels_of(samples)
    if len(channels):
        channels = channels - channels.mean(axis=0)
    strongest = int(_energy(channels).argmax()) if channels.shape[1] > 1 else 0
    return np.asarray(channels[:, strongest])


def variance(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean square of every channel of (n, channels) without its direct component.

    In two passes where `numpy.var` takes four; what a direct component costs lies at -130 dBFS.

    Examples
    --------
    >>> variance(np.array([[0.5], [0.7]])).round(9).tolist()
    [0.01]
    """
    mean = channels.mean(axis=0)
    return np.asarray(np.maximum(_energy(channels) / len(channels) - mean * mean, 0.0))


def _energy(channels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([np.einsum("i,i->", channel, channel) for channel in channels.T])


def decibels(power: float) -> float:
    """Return a power ratio in dB.

    Raises
    ------
    Unmeasurable
        If there is no power: nothing has no level.

    Examples
    --------
    >>> round(decibels(0.5), 2)
    -3.01
    """
    if power <= 0:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    return 10 * math.log10(power)


def amplitude(level_db: float) -> float:
    """Return the amplitude ratio of a level.

    Examples
    --------
    >>> round(amplitude(-6.0206), 4)
    0.5
    """
    return float(10 ** (level_db / 20))


def expanded_db(power: NDArray[np.float64]) -> float | None:
    """Return the expanded uncertainty (k = 2) of the level of a mean of independent powers, dB.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM), 5.1.2: the standard error, through the slope of the logarithm.

    Examples
    --------
    >>> round(expanded_db(np.array([1.0, 1.1, 0.9, 1.0, 1.0])), 2)
    0.39
    """
    spread = expanded_from_repeat(power)
    return None if spread is None else spread / float(power.mean()) * 10 / math.log(10)


def steady_blocks(power: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which blocks of a quiet take are its noise, and no event: a cough, a chair.

    Parameters
    ----------
    power : (n,) float64
        Mean square of every block.

    Notes
    -----
    **Source**: own. Events stand 6 dB above the median block. Where they are more than a third,
    the noise is not steady and everything counts.

    Examples
    --------
    >>> steady_blocks(np.array([1.0, 1.1, 9.0, 1.0])).tolist()
    [True, True, False, True]
    >>> steady_blocks(np.array([1.0, 9.0, 9.0, 1.0])).tolist()
    [True, True, True, True]
    """
    kept = power <= np.median(power) * 10 ** (_EVENT_DB / 10)
    if np.count_nonzero(~kept) > _MOST_EVENTS * len(power):
        return np.ones_like(kept)
    return np.asarray(kept)


def rms_dbfs(samples: Samples) -> float:
    """Measure the root mean square of all channels together, without its direct component.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1.

    Returns
    -------
    float
        dBFS, where a full-scale *square* wave is 0 and a full-scale sine −3.01.

    Raises
    ------
    Unmeasurable
        For digital silence and for a constant.

    Notes
    -----
    **Source**: definition of the root mean square. AES17 shifts the scale by 3.01 dB so that a
    sine reads 0; audio-book and voice limits (ACX) and most meters do not, and neither do we.

    Examples
    --------
    >>> t = np.arange(48000) / 48000
    >>> round(rms_dbfs(np.sin(2 * np.pi * 1000 * t)), 2)
    -3.01
    """
    channels = channels_of(samples)
    if not len(channels):
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    return decibels(float(variance(channels).mean()))


def frames(signal: NDArray[S], length: int, hop: int) -> NDArray[S]:
    """Return overlapping frames as a view, (count, length); none when the signal is shorter."""
    if len(signal) < length:
        return np.empty((0, length), signal.dtype)
    return np.lib.stride_tricks.sliding_window_view(signal, length)[::hop]
