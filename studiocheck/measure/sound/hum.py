"""Mains hum: lines at multiples of 50 or 60 Hz, in a quiet room or under speech."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.fast_fourier import row_spectra, voice_at_lower_rate
from studiocheck.measure.sound.level import DIGITAL_SILENCE, UNMUTE, frames

LEAST_TAKE_S = 2.0
MAINS_HZ = (50, 60)
_RATE_HZ = 2400
_FRAME, _HOP, _PIECE = 320, 160, 40  # 0.13 s: short enough to look between words
_GRID = _RATE_HZ  # zero padding: a point every hertz
_SILENT = 10 ** (-125 / 10)  # no converter is as quiet: a noise gate is closed
_PART_S = 5.0  # over which the mains keeps its phase
_HARMONICS = 10
_SHARED = {50: (6,), 60: (5, 10)}  # 300 and 600 Hz tell nothing
_OFF_HZ = 0.3  # farther off no grid runs; a generator may
_GENERATOR_HZ, _GENERATOR_STEPS = 1.5, 151
_STEPS, _FINE_STEPS = 31, 15
_BESIDE_HZ = (16, 18, 20, 22, 24)
_ROUNDS = 6
_GRID_ERROR_DB = 0.1
_FINEST_STEP_HZ = 0.005
_CORRELATED = 1.33  # frames that overlap by half count for this many less
_ALONE, _TOGETHER, _COUNTED = 20.0, 12.0, 4.0
_PLAINLY = 1.2

GATED = Text(
    "a noise gate is closed for nearly the whole take: it hides the hum",
    "噪声门几乎全程关闭，交流声被遮住",
)
OPEN_GATE = Text(
    "switch noise gate and noise suppression off for the check",
    "检查期间请关闭噪声门和降噪",
)

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum:
    """Mains hum of one take.

    Parameters
    ----------
    found : bool
        Whether lines stand out where only mains has them.
    mains_hz : float or None
        Measured frequency of the mains, Hz; absent when nothing is found.
    mains_uncertainty_hz : float or None
        Expanded (k = 2), Hz: the bound of Cramér and Rao for the lines found, and the search grid.
    level_dbfs : float or None
        rms of the first ten harmonics together, dBFS.
    uncertainty_db : float or None
        Expanded (k = 2), dB: type A, and what the lines hidden by speech may be off.
    lines_hz : tuple of float
        The lines that stand out, Hz.
    detectable_dbfs : float
        The level below which hum could not have been seen in this take, dBFS.
    """

    found: bool
    mains_hz: float | None = None
    mains_uncertainty_hz: float | None = None
    level_dbfs: float | None = None
    uncertainty_db: float | None = None
    lines_hz: tuple[float, ...] = ()
    detectable_dbfs: float


@dataclass(frozen=True, slots=True)
class _Frames:
    """Every frame's spectrum, scaled so that a sine's square is its power, and its start, s."""

    spectra: Complex
    at_s: Real


@dataclass(frozen=True, slots=True)
class _Comb:
    """The harmonics of one candidate: power and its variance by harmonic, mean squares."""

    mains: int
    fundamental_hz: float
    power: Real
    noise: Real

    @property
    def prominence(self) -> Real:
        return self.power / self.noise

    @property
    def own(self) -> NDArray[np.bool_]:
        """Which harmonics the other mains frequency does not have."""
        return ~np.isin(np.arange(1, _HARMONICS + 1), _SHARED[self.mains])

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which lines stand out."""
        return self.prominence > _COUNTED

    @property
    def own_power(self) -> float:
        return float(self.power[self.own & self.counted].sum())

    @property
    def less_noise(self) -> Real:
        """The power of each line; where a voice hides it, what is likely of it."""
        return np.maximum(self.power - self.noise, 0.0)

    @property
    def hidden_power(self) -> float:
        """What the lines that do not stand out may be off: none is stronger than the strongest."""
        strongest = float(self.power.max())
        return float(np.minimum(_COUNTED * self.noise, strongest)[~self.counted].sum())

    def mains_uncertainty_hz(self, seconds: float) -> float:
        order = np.arange(1, _HARMONICS + 1)[self.counted]
        told = float((self.prominence[self.counted] * order**2).sum())
        return 2 * math.sqrt(6 / told) / (2 * math.pi * seconds) + _FINEST_STEP_HZ

    @property
    def found(self) -> bool:
        """One of the first two lines stands out clearly, or several do."""
        strong = self.prominence
        return bool(
            strong[:2].max() > _ALONE or np.count_nonzero(self.own & (strong > _TOGETHER)) >= 2
        )


def hum(mono: NDArray[np.float64], rate_hz: int) -> Hum:
    """Look for mains hum in a take, quiet or with speech.

    Parameters
    ----------
    mono : (n,) float64
        Full scale is ±1.
    rate_hz : int
        Sample rate, Hz.

    Returns
    -------
    Hum
        dBFS rms and Hz.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 2 s, or digital silence but for less than 2 s.

    Notes
    -----
    **Source**: synchronous detection. Spectra of 0.13 s are turned back by the phase that a line
    of k times the mains frequency gains from frame to frame, and averaged over 5 s: a line adds
    up, speech and noise do not. Each frame weighs by the inverse of the noise beside the line and
    of its own deviation (iteratively reweighted least squares), so that pauses between words
    count most. The mains frequency is that of the best comb within ± 0.3 Hz of 50 and
    60; a generator is followed as far as 1.5 Hz where its hum is plain.

    Examples
    --------
    >>> t = np.arange(5 * 8000) / 8000
    >>> noise = 1e-4 * np.random.default_rng(1).standard_normal(len(t))
    >>> found = hum(noise + 1e-3 * np.sqrt(2) * np.sin(2 * np.pi * 49.95 * t), 8000)
    >>> round(found.level_dbfs, 1), round(found.mains_hz, 2)
    (-60.0, 49.95)
    >>> hum(noise, 8000).found
    False
    """
    if len(mono) < LEAST_TAKE_S * rate_hz:
        raise Unmeasurable(
            Text("hum needs two seconds of sound", "检测交流声需要至少 2 秒录音"),
            Text("record again, for some seconds", "请重新录音，持续几秒"),
        )
    if not np.ptp(mono) > 0:
        raise Unmeasurable(DIGITAL_SILENCE, UNMUTE)
    heard = _frames(voice_at_lower_rate(mono, rate_hz, _RATE_HZ), _alive(mono, rate_hz))
    if len(heard.at_s) * _HOP < (LEAST_TAKE_S - 0.2) * _RATE_HZ:
        raise Unmeasurable(GATED, OPEN_GATE)
    combs = [_comb(heard, mains, _OFF_HZ, _STEPS) for mains in MAINS_HZ]
    hidden = max(float((_ALONE * comb.noise[:2]).max()) for comb in combs)
    detectable_dbfs = 10 * math.log10(hidden)
    there = [comb for comb in combs if comb.found]
    if not there:
        return Hum(found=False, detectable_dbfs=detectable_dbfs)
    comb = max(there, key=lambda found: found.own_power)
    generator = _comb(heard, comb.mains, _GENERATOR_HZ, _GENERATOR_STEPS)
    if generator.own_power > _PLAINLY * comb.own_power:  # what was found is but its side lobe
        comb = generator
    power = float(comb.less_noise.sum())
    variance = float((2 * comb.power * comb.noise)[comb.counted].sum())
    repeat_db = 2 * math.sqrt(variance) / power * 10 / math.log(10)
    hidden_db = 10 * math.log10(1 + comb.hidden_power / power)
    lines = comb.fundamental_hz * np.arange(1, _HARMONICS + 1)
    return Hum(
        found=True,
        mains_hz=comb.fundamental_hz,
        mains_uncertainty_hz=comb.mains_uncertainty_hz(min(len(mono) / rate_hz, _PART_S)),
        level_dbfs=10 * math.log10(power),
        uncertainty_db=math.hypot(repeat_db, _GRID_ERROR_DB) + hidden_db,
        lines_hz=tuple(lines[comb.counted].tolist()),
        detectable_dbfs=detectable_dbfs,
    )


def _alive(mono: NDArray[np.float64], rate_hz: int) -> NDArray[np.bool_]:
    """Return which pieces of 17 ms are no digital silence."""
    size = max(1, round(rate_hz * _PIECE / _RATE_HZ))
    pieces = mono[: len(mono) // size * size].reshape(-1, size)
    alive = np.einsum("ij,ij->i", pieces, pieces) / size - pieces.mean(axis=1) ** 2
    return np.asarray(alive > _SILENT)


def _frames(signal: Real, alive: NDArray[np.bool_]) -> _Frames:
    """Return the spectra of all frames but those that a noise gate cuts into."""
    window = np.hanning(_FRAME + 1)[:-1]
    blocks = frames(signal, _FRAME, _HOP) * window
    least = frames(alive.astype(np.float64), _FRAME // _PIECE, _HOP // _PIECE).min(axis=1)
    count = min(len(blocks), len(least))
    open_ = least[:count] > 0
    blocks = blocks[:count].astype(np.float32)
    padded = np.zeros((np.count_nonzero(open_), _GRID), np.float32)
    padded[:, :_FRAME] = blocks[open_]
    spectra = row_spectra(padded) * np.float32(math.sqrt(2) * _GRID / window.sum())
    highest = _HARMONICS * max(MAINS_HZ) + 2 * _BESIDE_HZ[-1]
    return _Frames(
        np.asarray(spectra[:, :highest], np.complex128), np.flatnonzero(open_) * _HOP / _RATE_HZ
    )


def _comb(heard: _Frames, mains: int, reach: float, steps: int) -> _Comb:
    """Return the best comb within ``reach``, Hz, of one mains frequency."""
    order = np.arange(1, _HARMONICS + 1)
    noise = _beside(heard.spectra, order * mains)
    own = ~np.isin(order, _SHARED[mains])
    fundamental_hz = float(mains)
    for count, rounds in ((steps, 1), (_FINE_STEPS, _ROUNDS)):
        candidates = fundamental_hz + np.linspace(-reach, reach, count)
        power, variance = _lines(heard, noise, candidates[:, None] * order, rounds)
        best = int(np.argmax((power / variance)[:, own].sum(axis=1)))
        fundamental_hz, reach = float(candidates[best]), 1.5 * 2 * reach / (count - 1)
    return _Comb(mains, fundamental_hz, power[best], variance[best])


def _beside(spectra: Complex, lines_hz: NDArray[np.int64]) -> Real:
    """Return the noise that every frame has at some lines: the median 16 to 24 Hz beside them."""
    offsets = np.array([sign * offset for offset in _BESIDE_HZ for sign in (-1, 1)])
    around = _power(spectra[:, lines_hz[:, None] + offsets])
    noise = np.median(around, axis=2) / math.log(2)
    return np.asarray(np.maximum(noise, np.percentile(noise, 10, axis=0)) + 1e-30)


def _lines(heard: _Frames, noise: Real, lines_hz: Real, rounds: int) -> tuple[Real, Real]:
    """Return power and its variance of some lines, mean squares, in the shape of ``lines_hz``."""
    point = np.round(lines_hz).astype(np.int64)
    # every line turns by a power of what the first one turns by
    first = np.exp(-2j * np.pi * heard.at_s[:, None] * lines_hz[:, 0])
    turn = np.cumprod(np.broadcast_to(first[..., None], (*first.shape, lines_hz.shape[1])), axis=2)
    turned = heard.spectra[:, point] * turn / _hann_response((lines_hz - point) * _FRAME / _RATE_HZ)
    parts = max(1, round((heard.at_s[-1] - heard.at_s[0]) / _PART_S))
    powers, variances = [], []
    for z, v in zip(
        np.array_split(turned, parts), np.array_split(noise[:, None], parts), strict=True
    ):
        line, variance = _robust_mean(z, v, rounds)
        powers.append(_power(line))
        variances.append(variance)
    return np.mean(powers, axis=0), np.mean(variances, axis=0)


def _power(values: Complex) -> Real:
    return np.asarray(values.real**2 + values.imag**2)


def _hann_response(bins: Real) -> Real:
    """Return the response of a Hann window off its centre, 1 at the centre, for under one bin."""
    return np.asarray(np.sinc(bins) / (1 - bins**2))


def _robust_mean(values: Complex, variance: Real, rounds: int) -> tuple[Complex, Real]:
    """Return the weighted mean of frames and its variance; outliers lose their weight."""
    weight = np.broadcast_to(1 / variance, values.shape)
    for _ in range(rounds):
        mean = (weight * values).sum(axis=0) / weight.sum(axis=0)
        weight = 1 / (variance + _power(values - mean))
    total = weight.sum(axis=0)
    mean = (weight * values).sum(axis=0) / total
    deviation = np.maximum(_power(values - mean), variance)
    return mean, _CORRELATED * (weight**2 * deviation).sum(axis=0) / total**2
