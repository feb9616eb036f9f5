"""The exponential sine sweep that is played through a loudspeaker to hear a room."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_HIGHEST_SHARE = 0.45


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What is played: a sine whose frequency grows by the same factor in every second.

    Parameters
    ----------
    rate_hz : int
        Sample rate, Hz.
    seconds : float
        Length, s, at least 1.
    low_hz, high_hz : float
        First and last frequency, Hz; ``high_hz`` at most 0.45 of the rate.
    peak_dbfs : float
        Peak level, dBFS, at most 0. −12 is loud enough and spares the tweeter.
    fade_in_s, fade_out_s : float
        Raised-cosine fades, s: a hard edge would click.
    """

    rate_hz: int = 48000
    seconds: float = 5.0
    low_hz: float = 60.0
    high_hz: float = 20000.0
    peak_dbfs: float = -12.0
    fade_in_s: float = 0.1
    fade_out_s: float = 0.01

    def __post_init__(self) -> None:
        if self.seconds < 1 or self.peak_dbfs > 0:
            message = f"a sweep lasts 1 s or longer and peaks at 0 dBFS or below, got {self}"
            raise ValueError(message)
        if not 0 < 4 * self.low_hz <= self.high_hz <= _HIGHEST_SHARE * self.rate_hz:
            message = f"a sweep spans two octaves or more, up to 0.45 of the rate, got {self}"
            raise ValueError(message)
        if min(self.fade_in_s, self.fade_out_s) < 0 or (
            self.fade_in_s + self.fade_out_s > 0.5 * self.seconds
        ):
            message = f"the fades take half of the sweep at most, got {self}"
            raise ValueError(message)

    @classmethod
    def at(cls, rate_hz: int, seconds: float = 5.0) -> Sweep:
        """Return the widest sweep that a sample rate carries, up to 20 kHz.

        Examples
        --------
        >>> Sweep.at(16000).high_hz
        7200.0
        """
        return cls(rate_hz=rate_hz, seconds=seconds, high_hz=min(20000.0, _HIGHEST_SHARE * rate_hz))

    @property
    def growth_s(self) -> float:
        """The time in which the frequency grows e-fold, s."""
        return self.seconds / math.log(self.high_hz / self.low_hz)

    def time_of(self, frequency_hz: float) -> float:
        """Return when a frequency is played, s after the start.

        Examples
        --------
        >>> Sweep(low_hz=20, high_hz=20000, seconds=6).time_of(2000)
        4.0
        """
        return round(self.growth_s * math.log(frequency_hz / self.low_hz), 12)

    def harmonic_lead_s(self, order: int) -> float:
        """Return how long before the linear response that of a harmonic stands, s.

        Examples
        --------
        >>> round(Sweep().harmonic_lead_s(2), 3)
        0.597
        """
        return self.growth_s * math.log(order)


def sweep_samples(sweep: Sweep) -> NDArray[np.float64]:
    """Generate the samples of an exponential sweep.

    Parameters
    ----------
    sweep : Sweep
        Bounds, length and level.

    Returns
    -------
    (n,) float64
        Full scale is ±1.

    Notes
    -----
    **Source**: Farina, "Simultaneous measurement of impulse response and distortion with a
    swept-sine technique", AES 108 (2000); ISO 18233:2006, annex B. Its spectrum falls by 3 dB an
    octave, as the noise of rooms does, and every harmonic that the loudspeaker adds comes out
    ahead of the impulse response, not in it.

    Examples
    --------
    >>> samples = sweep_samples(Sweep())
    >>> len(samples) / 48000, round(float(20 * np.log10(np.abs(samples).max())), 2)
    (5.0, -12.0)
    """
    count = round(sweep.seconds * sweep.rate_hz)
    time_s = np.arange(count) / sweep.rate_hz
    growth = sweep.growth_s
    phase = 2 * np.pi * sweep.low_hz * growth * np.expm1(time_s / growth)
    wave = 10 ** (sweep.peak_dbfs / 20) * np.sin(phase)
    _fade(wave, round(sweep.fade_in_s * sweep.rate_hz))
    _fade(wave[::-1], round(sweep.fade_out_s * sweep.rate_hz))
    return wave


def _fade(wave: NDArray[np.float64], count: int) -> None:
    """Fade the start of a wave in, in place."""
    wave[:count] *= 0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1))
