"""The impulse response between loudspeaker and microphone, out of the recording of a sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.fast_fourier import fast_size
from studiocheck.measure.sound.impulse_response import (
    ONSET_SEARCH_S,
    ImpulseResponse,
    first_above,
    peak_to_noise_db,
)
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from studiocheck.measure.sound.sweep_clicks import without_clicks
from studiocheck.measure.sound.sweep_clock import clock_phase, clock_ppm

Wave = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

_LEAD_S = 0.005
_LONGEST_S = 2.5
_LEAST_TAIL_S = 0.35
_HEARD_OVER_RMS = 10.0
_OVER_NOISE = 6.0
_REGULARISATION = 1e-3
_HARMONICS = (2, 3, 4, 5)


class SweepUnheard(Unmeasurable):
    """The sweep does not stand out of the noise of the recording."""


def impulse_response(recording: Wave, sweep: Sweep) -> ImpulseResponse:
    """Recover the impulse response between loudspeaker and microphone.

    Parameters
    ----------
    recording : (n,) float64
        What the microphone heard, at the sweep's rate; full scale is ±1. It may start before or
        after the sweep, be of any length, and run on another clock (±600 ppm).
    sweep : Sweep
        What was played.

    Returns
    -------
    ImpulseResponse
        Pure ratio of recorded to played samples, from 5 ms before the direct sound on.

    Raises
    ------
    Unmeasurable
        If the recording is silent, the sweep is not in it, or less than two octaves of it are.

    Notes
    -----
    **Source**: Farina, AES 108 (2000); ISO 18233:2006, annex B. Regularised division of spectra;
    what the loudspeaker distorts lands ahead of the direct sound and is cut off. A difference of
    clocks turns the phase by 2π ε L f ln(f / f₁), with L the sweep's e-fold time: ε is the value
    that makes the direct sound most compact. Clicks are found in what the response does not
    explain, and are replaced by what it says.

    Examples
    --------
    >>> sweep = Sweep(seconds=1.0)
    >>> heard = np.pad(0.5 * sweep_samples(sweep), (4800, 24000))  # 0.1 s late, 6 dB down
    >>> response = impulse_response(heard, sweep)
    >>> round(response.delay_s, 3), response.clock_ppm, response.repaired
    (0.1, 0.0, 0)
    """
    heard = np.asarray(recording, dtype=np.float64)
    heard = heard - (heard.mean() if len(heard) else 0.0)
    if not heard.any():
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    played = sweep_samples(sweep)
    size = fast_size(max(len(heard), len(played)) + round(0.2 * sweep.rate_hz))
    played_spectrum = np.fft.rfft(played, size)
    inverse = _inverse(played_spectrum, sweep, size)
    found = _Found.of(np.fft.rfft(heard, size) * inverse, heard, sweep, size)
    explained = _explained(played_spectrum, found, size)[: len(heard)]
    heard, repaired = without_clicks(heard, explained, found.onset / sweep.rate_hz, sweep)
    if repaired:
        found = _Found.of(np.fft.rfft(heard, size) * inverse, heard, sweep, size)
    return replace(found.response(), repaired=repaired)


def deconvolved(recording: Wave, sweep: Sweep) -> Wave:
    """Divide a recording by the sweep, and leave it at that: what noise makes of a response.

    Parameters
    ----------
    recording : (n,) float64
        At the sweep's rate.
    sweep : Sweep
        What was played.

    Returns
    -------
    (m,) float64
        Circular response, m ≥ n.

    Notes
    -----
    **Source**: regularised division of spectra, as in `impulse_response`.

    Examples
    --------
    >>> sweep = Sweep(seconds=1.0)
    >>> int(deconvolved(np.pad(sweep_samples(sweep), (4800, 24000)), sweep).argmax())
    4800
    """
    size = fast_size(len(recording) + round(0.2 * sweep.rate_hz))
    inverse = _inverse(np.fft.rfft(sweep_samples(sweep), size), sweep, size)
    return np.fft.irfft(np.fft.rfft(recording, size) * inverse, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The sweep found in a recording: the circular response, and where the direct sound stands."""

    circular: Wave
    onset: int
    tail: int
    low_hz: float
    high_hz: float
    clock_ppm: float
    sweep: Sweep

    @classmethod
    def of(cls, spectrum: Spectrum, heard: Wave, sweep: Sweep, size: int) -> _Found:
        """Locate the direct sound, put the clock right, and see how much of the sweep was heard."""
        circular = np.fft.irfft(spectrum, size)
        peak = _clear_peak(circular)
        ppm = clock_ppm(circular, peak, sweep)
        if ppm:
            spectrum = spectrum * clock_phase(sweep, size, ppm)
            circular = np.fft.irfft(spectrum, size)
            peak = _clear_peak(circular)
        search = round(ONSET_SEARCH_S * sweep.rate_hz)
        before = np.take(circular, np.arange(peak - search, peak + 1), mode="wrap")
        noise = math.sqrt(float(np.mean(circular**2)))
        onset = peak - search + first_above(before, _OVER_NOISE * noise)
        delay = (
            onset - size if onset > size - round(0.95 * sweep.seconds * sweep.rate_hz) else onset
        )
        low_hz, high_hz, tail = _covered(delay / sweep.rate_hz, len(heard) / sweep.rate_hz, sweep)
        if low_hz > sweep.low_hz or high_hz < sweep.high_hz:
            spectrum = spectrum * _band(low_hz, high_hz, size, sweep.rate_hz)
            circular = np.fft.irfft(spectrum, size)
        return cls(circular=circular, onset=delay, tail=round(tail * sweep.rate_hz), low_hz=low_hz,
                   high_hz=high_hz, clock_ppm=ppm, sweep=sweep)  # fmt: skip

    def cut(self, first: int, last: int) -> Wave:
        """Return samples of the circular response, counted from the direct sound."""
        index = np.arange(self.onset + first, self.onset + last)
        return np.take(self.circular, index, mode="wrap")

    def response(self) -> ImpulseResponse:
        rate_hz = self.sweep.rate_hz
        lead = round(_LEAD_S * rate_hz)
        samples = self.cut(-lead, self.tail)
        return ImpulseResponse(
            samples=samples,
            rate_hz=rate_hz,
            onset=lead,
            low_hz=self.low_hz,
            high_hz=self.high_hz,
            peak_to_noise_db=peak_to_noise_db(samples, rate_hz),
            delay_s=self.onset / rate_hz,
            clock_ppm=self.clock_ppm,
            distortion_db=self._distortion_db(),
        )

    def _distortion_db(self) -> float | None:
        """Compare the energy where the harmonics stand with that of the linear response."""
        rate_hz = self.sweep.rate_hz
        reach = round(min(0.05, 0.2 * self.sweep.harmonic_lead_s(5) / 5) * rate_hz)
        quiet = float(np.mean(self.cut(self.tail - self.tail // 5, self.tail) ** 2))
        linear = float(np.sum(self.cut(-reach // 10, reach) ** 2))
        extra = 0.0
        for order in _HARMONICS:
            lead = round(self.sweep.harmonic_lead_s(order) * rate_hz)
            extra += float(np.sum(self.cut(-lead - reach // 10, -lead + reach) ** 2))
        hidden = len(_HARMONICS) * 1.1 * reach * quiet
        if extra < 2 * hidden or linear <= 0:
            return None
        return 10 * math.log10((extra - hidden) / linear)


def _inverse(played_spectrum: Spectrum, sweep: Sweep, size: int) -> Spectrum:
    """Return the regularised inverse of the sweep, limited to its band."""
    power = np.abs(played_spectrum) ** 2
    band = _band(sweep.low_hz, sweep.high_hz, size, sweep.rate_hz)
    mean = float((power * band).sum() / band.sum())
    inverse: Spectrum = band * played_spectrum.conj() / (power + _REGULARISATION * mean)
    return inverse


def _band(low_hz: float, high_hz: float, size: int, rate_hz: int) -> Wave:
    """Return weights that are 1 between two frequencies and fall smoothly outside them."""
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    low = np.clip((frequency_hz / low_hz - 0.8) / 0.4, 0, 1)
    high = np.clip((1.0 - frequency_hz / high_hz) / 0.06, 0, 1)
    weights: Wave = np.sin(np.pi / 2 * low) ** 2 * np.sin(np.pi / 2 * high) ** 2
    return weights


def _clear_peak(circular: Wave) -> int:
    """Return where the response peaks, if that is more than the highest value of some noise."""
    magnitude = np.abs(circular)
    peak = int(magnitude.argmax())
    if magnitude[peak] < _HEARD_OVER_RMS * math.sqrt(float(np.mean(circular**2))):
        raise SweepUnheard(
            Text("the sweep is not heard in the recording", "录音中听不到扫频信号"),
            Text(
                "turn the monitor speaker on and up, check that it plays this computer, and that "
                "this microphone is open",
                "打开监听音箱并调大音量，确认它在播放本机声音，并确认麦克风已打开",
            ),
        )
    return peak


def _covered(delay_s: float, recorded_s: float, sweep: Sweep) -> tuple[float, float, float]:
    """Return which frequencies were recorded with a tail behind them, and that tail, s."""
    low_hz = sweep.low_hz * math.exp(max(0.0, -delay_s) / sweep.growth_s)
    low_hz *= 1.0 if delay_s >= 0 else 1.1
    tail_s = recorded_s - delay_s - sweep.seconds
    last_s = min(sweep.seconds, recorded_s - delay_s - _LEAST_TAIL_S)
    high_hz = min(sweep.high_hz, sweep.low_hz * math.exp(last_s / sweep.growth_s))
    if high_hz < 4 * low_hz:
        raise Unmeasurable(
            Text(
                "the recording holds less than two octaves of the sweep",
                "录音只包含不到两个倍频程的扫频信号",
            ),
            Text(
                "start the recording before the sweep and stop it two seconds after",
                "请在扫频开始前录音，并在扫频结束 2 秒后再停止",
            ),
        )
    return low_hz, high_hz, min(max(tail_s, _LEAST_TAIL_S), _LONGEST_S)


def _explained(played_spectrum: Spectrum, found: _Found, size: int) -> Wave:
    """Return what the recording would be if there were the response and nothing else."""
    rate_hz = found.sweep.rate_hz
    lead, last = round(0.003 * rate_hz), min(found.tail, rate_hz)
    kept = np.zeros(size)
    kept[np.arange(found.onset - lead, found.onset + last) % size] = found.cut(-lead, last)
    spectrum = np.fft.rfft(kept) * played_spectrum
    if found.clock_ppm:
        spectrum = spectrum * clock_phase(found.sweep, size, found.clock_ppm).conj()
    return np.fft.irfft(spectrum, size)
