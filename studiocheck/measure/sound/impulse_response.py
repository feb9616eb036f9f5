"""The impulse response of a room: what a microphone would hear of one short impulse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.fast_fourier import fast_size
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE

Wave = NDArray[np.float64]

OCTAVES_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
ONSET_SEARCH_S = 0.03
_ONSET_BELOW_PEAK = 0.1  # ISO 3382-1, 5.3.3: at least 20 dB below the peak


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpulseResponse:
    """What a microphone would hear of one short impulse from the loudspeaker.

    Parameters
    ----------
    samples : (n,) float64
        The response; starts a few milliseconds before the direct sound and ends where the
        recording carries no more.
    rate_hz : int
        Sample rate, Hz.
    onset : int
        Index at which the direct sound arrives.
    low_hz, high_hz : float
        What lies between was played and recorded, Hz.
    peak_to_noise_db : float or None
        Loudest 10 ms over the noise at the end of the response, dB; absent when there is no noise.
    delay_s : float
        From the start of the recording to the arrival of the sweep, s: the way of the sound and
        the latency of both devices. Negative when the recording started late.
    clock_ppm : float
        By how much the recording's clock ran faster than the player's, ppm; taken out of
        ``samples``. 0 when no difference showed.
    distortion_db : float or None
        Energy of the second to fifth harmonic against the linear response, dB; absent when it
        hides in the noise. Above −20 dB the loudspeaker is overdriven.
    repaired : int
        Milliseconds with a click, put right before the analysis.
    """

    samples: Wave
    rate_hz: int
    onset: int
    low_hz: float
    high_hz: float
    peak_to_noise_db: float | None
    delay_s: float = 0.0
    clock_ppm: float = 0.0
    distortion_db: float | None = None
    repaired: int = 0

    @classmethod
    def of(cls, samples: Wave, rate_hz: int) -> ImpulseResponse:
        """Return a response that somebody else measured, with its onset found.

        Raises
        ------
        Unmeasurable
            If it is empty or silent.

        Examples
        --------
        >>> response = np.zeros(4800)
        >>> response[[480, 2000]] = 1.0, 0.3
        >>> ImpulseResponse.of(response, 48000).onset
        480
        """
        wave = np.asarray(samples, dtype=np.float64)
        if not wave.any():
            raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
        return cls(
            samples=wave,
            rate_hz=rate_hz,
            onset=_onset(wave, rate_hz),
            low_hz=0.0,
            high_hz=rate_hz / 2,
            peak_to_noise_db=peak_to_noise_db(wave, rate_hz),
        )

    @property
    def after_onset(self) -> Wave:
        """The response from the direct sound on."""
        return self.samples[self.onset :]

    def carries(self, centre_hz: float) -> bool:
        """Whether the inner two thirds of an octave were played and recorded."""
        edge = 2 ** (1 / 3)
        return self.low_hz <= centre_hz / edge and centre_hz * edge <= self.high_hz

    def broadband(self) -> ImpulseResponse:
        """Return the response between 88 Hz and 11.3 kHz: the seven octaves together, no rumble."""
        return replace(self, samples=broadband(self.samples, self.rate_hz))

    @property
    def bandwidth_hz(self) -> float:
        """Bandwidth of white noise with as many independent samples, Hz.

        The power spectrum of a room scatters like an exponential variable; its mean over 40 bins
        is what the loudspeaker gave.
        """
        power = np.abs(np.fft.rfft(self.samples)) ** 2
        smooth = power[: len(power) // 40 * 40].reshape(-1, 40).sum(axis=1)
        step_hz = 40 * self.rate_hz / len(self.samples)
        return float(smooth.sum() ** 2 / (smooth @ smooth) * step_hz)


def broadband(samples: Wave, rate_hz: int) -> Wave:
    """Filter samples to what lies between 88 Hz and 11.3 kHz, without shifting them in time.

    Parameters
    ----------
    samples : (n,) float64
        Any signal.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    (n,) float64
        Zero phase, −3 dB at the outer edges of the octaves of 125 Hz and 8 kHz.

    Notes
    -----
    **Source**: IEC 61260-1:2014 for the edges. Below lie rumble and hum, above little but noise.

    Examples
    --------
    >>> rumble = np.sin(2 * np.pi * 20 * np.arange(48000) / 48000)
    >>> float(broadband(rumble, 48000)[12000:36000].std()) < 0.003
    True
    """
    size = fast_size(len(samples) + round(0.05 * rate_hz))
    frequency_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1e-3)
    low, high = OCTAVES_HZ[0] / math.sqrt(2), OCTAVES_HZ[-1] * math.sqrt(2)
    weight = 1 / np.sqrt((1 + (low / frequency_hz) ** 8) * (1 + (frequency_hz / high) ** 16))
    filtered = np.fft.irfft(np.fft.rfft(samples, size) * weight, size)[: len(samples)]
    return np.asarray(filtered)


def octave_bands(
    samples: Wave, rate_hz: int, centres_hz: Sequence[float] = OCTAVES_HZ
) -> NDArray[np.float64]:
    """Filter samples into octave bands without shifting them in time.

    Parameters
    ----------
    samples : (n,) float64
        Any signal.
    rate_hz : int
        Sample rate, Hz.
    centres_hz : sequence of float
        Mid-band frequencies, Hz.

    Returns
    -------
    (bands, n) float64
        Zero phase, −3 dB at the edges.

    Notes
    -----
    **Source**: IEC 61260-1:2014 (mid-band frequencies, edges at G^±½); the magnitude of a
    Butterworth band-pass of order 4. Zero phase rings as much before as after and so leaves the
    slope of a decay alone (Jacobsen and Rindel, J. Sound Vib. 117, 1987).

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> power = (octave_bands(tone, 48000, (500, 1000, 2000)) ** 2).mean(axis=1)
    >>> [round(float(db)) for db in 10 * np.log10(power)]
    [-29, -3, -29]
    """
    size = fast_size(len(samples) + round(0.1 * rate_hz))
    spectrum = np.fft.rfft(samples, size)
    frequency_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1e-3)
    bands = np.empty((len(centres_hz), len(samples)))
    for row, centre_hz in zip(bands, centres_hz, strict=True):
        detune = (frequency_hz / centre_hz - centre_hz / frequency_hz) * math.sqrt(2)
        row[:] = np.fft.irfft(spectrum / np.sqrt(1 + detune**8), size)[: len(samples)]
    return bands


def first_above(before: Wave, least: float = 0.0) -> int:
    """Return where a sound first comes within 20 dB of its peak, which is the last sample.

    Parameters
    ----------
    before : (n,) float64
        What leads up to the peak.
    least : float
        Magnitude that the noise does not reach.

    Returns
    -------
    int
        Index into ``before``.

    Notes
    -----
    **Source**: ISO 3382-1:2009, 5.3.3.

    Examples
    --------
    >>> first_above(np.array([0.0, 0.05, 0.2, -0.1, 1.0]))
    2
    """
    peak = abs(float(before[-1]))
    return int(np.argmax(np.abs(before) >= min(max(_ONSET_BELOW_PEAK * peak, least), peak)))


def _onset(samples: Wave, rate_hz: int) -> int:
    """Return the arrival of the direct sound: at most 30 ms before the peak, within 20 dB of it."""
    peak = int(np.abs(samples).argmax())
    start = max(0, peak - round(ONSET_SEARCH_S * rate_hz))
    return start + first_above(samples[start : peak + 1])


def peak_to_noise_db(samples: Wave, rate_hz: int) -> float | None:
    """Return the loudest 10 ms over the last tenth.

    Parameters
    ----------
    samples : (n,) float64
        An impulse response.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    float or None
        dB; ``None`` when the end is digital silence, or there are less than 100 ms.

    Notes
    -----
    **Source**: peak-to-noise ratio of Lundeby et al., Acustica 81 (1995).

    Examples
    --------
    >>> wave = np.full(48000, 1e-3)
    >>> wave[:480] = 1.0
    >>> round(peak_to_noise_db(wave, 48000))
    60
    """
    size = round(0.01 * rate_hz)
    count = len(samples) // size
    if count < 10:
        return None
    power = (samples[: count * size].reshape(count, size) ** 2).mean(axis=1)
    noise = float(power[-max(2, count // 10) :].mean())
    return 10 * math.log10(float(power.max()) / noise) if noise > 0 else None
