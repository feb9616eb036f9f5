"""A voice made of physics: glottal pulses and turbulence through a moving vocal tract.

Nobody's recording and no words, but the statistics that the measures live on: pauses, syllables,
wandering pitch, formants, fricatives that reach far above 15 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float64]

_HOP_S = 0.008
# formants F1…F4 of some vowels of an average adult, Hz (Peterson and Barney 1952, rounded)
_VOWELS = np.array([
    (300, 2400, 3000, 3600), (420, 2050, 2650, 3550), (560, 1850, 2500, 3500),
    (700, 1750, 2500, 3500), (760, 1200, 2500, 3450), (590, 900, 2450, 3400),
    (460, 1050, 2300, 3350), (330, 900, 2300, 3300), (640, 1250, 2450, 3450),
], dtype=np.float64)  # fmt: skip
_BANDWIDTHS = np.array((70.0, 100.0, 150.0, 220.0))
_GAINS = np.array((1.0, 0.55, 0.3, 0.18))
# fricatives: lower edge, upper edge (Hz), loudness against a vowel
_FRICATIVES = ((4200, 19000, 0.25), (2200, 9000, 0.28), (1200, 17000, 0.08), (600, 14000, 0.10))


@dataclass(frozen=True, slots=True)
class _Score:
    """What is said, on a grid of 8 ms: formants, and the loudness of voice and of each noise."""

    formants_hz: Wave
    voiced: Wave
    noise: Wave
    phrase: Wave


def speak(seconds: float, rate_hz: int, seed: int, pitch_hz: float = 165.0) -> Wave:
    """Synthesise running speech, about as loud as it comes: calibrate it before use.

    Parameters
    ----------
    seconds : float
        Length, s.
    rate_hz : int
        Sample rate, Hz; at 48 kHz the fricatives reach 19 kHz.
    seed : int
        Same seed, same speech.
    pitch_hz : float
        Mean pitch, Hz.

    Returns
    -------
    (n,) float64
        Pressure in arbitrary units.

    Notes
    -----
    **Source**: source–filter model of speech (Fant 1960); parallel formants as in Klatt 1980.
    """
    rng = np.random.default_rng([seed, 7001])
    size = round(seconds * rate_hz)
    score = _write_score(int(seconds / _HOP_S) + 2, rng)
    voiced = _voiced(size, rate_hz, score, pitch_hz, rng)
    noise = _turbulence(size, rate_hz, score, rng)
    return _evened(voiced, rate_hz) + noise


def _evened(voiced: Wave, rate_hz: int) -> Wave:
    """Halve the swings of level in dB, as a trained speaker does, and bring the mean to 1."""
    hop = round(_HOP_S * rate_hz)
    padded = np.zeros(-(-len(voiced) // hop) * hop)
    padded[: len(voiced)] = voiced
    level = np.sqrt(_smooth((padded.reshape(-1, hop) ** 2).mean(axis=1), 9))
    level += 0.05 * level.max() + 1e-12
    gain = 1 / np.sqrt(level)
    evened = voiced * _on_samples(np.append(gain, gain[-1]), len(voiced), rate_hz)
    return np.asarray(evened / (evened.std() + 1e-12))


def _write_score(steps: int, rng: np.random.Generator) -> _Score:
    """Lay out phrases, words and syllables."""
    formants = np.zeros((steps, 4))
    voiced, phrase = np.zeros(steps), np.zeros(steps)
    noise = np.zeros((len(_FRICATIVES), steps))

    def beats(low_s: float, high_s: float) -> int:
        return max(1, round(rng.uniform(low_s, high_s) / _HOP_S))

    at = beats(0.05, 0.25)
    while at < steps:
        start = at
        for _ in range(int(rng.integers(4, 9))):
            stress = rng.uniform(0.55, 1.0)
            for _ in range(int(rng.integers(1, 4))):
                if rng.random() < 0.65:
                    kind, length = int(rng.integers(len(_FRICATIVES))), beats(0.05, 0.12)
                    noise[kind, at : at + length] = stress * _FRICATIVES[kind][2]
                    at += length
                length = beats(0.09, 0.22)
                formants[at : at + length] = _VOWELS[rng.integers(len(_VOWELS))]
                voiced[at : at + length] = stress * rng.uniform(0.6, 1.0)
                at += length
            at += beats(0.04, 0.16)
        phrase[start:at] = np.linspace(1.0, 0.0, max(at - start, 1))[: max(steps - start, 0)]
        at += beats(0.5, 0.9)
    silent = formants[:, 0] == 0
    nearest = np.maximum.accumulate(np.where(silent, 0, np.arange(steps)))
    formants = np.where(silent[:, None], formants[nearest], formants)
    formants[formants[:, 0] == 0] = _VOWELS[-1]
    return _Score(_smooth(formants, 7), _smooth(voiced, 3), _smooth(noise.T, 3).T, phrase)


def _smooth(values: Wave, width: int) -> Wave:
    """Return a running mean along the first axis: nothing in a mouth jumps."""
    flat = values[:, None] if values.ndim == 1 else values
    kernel = np.hanning(width + 2)[1:-1]
    columns = [np.convolve(column, kernel / kernel.sum(), "same") for column in flat.T]
    return np.stack(columns, axis=1).reshape(values.shape)


def _on_samples(curve: Wave, size: int, rate_hz: int) -> Wave:
    grid = np.arange(len(curve)) * _HOP_S
    return np.interp(np.arange(size) / rate_hz, grid, curve)


def _voiced(
    size: int, rate_hz: int, score: _Score, pitch_hz: float, rng: np.random.Generator
) -> Wave:
    """Return the voiced sound: glottal pulses of wandering pitch through the formants."""
    steps = len(score.voiced)
    wander = _smooth(rng.standard_normal(steps), 45) * np.sqrt(45)
    quiver = _smooth(rng.standard_normal(steps), 3)
    pitch = pitch_hz * (0.86 + 0.24 * score.phrase + 0.075 * wander + 0.012 * quiver)
    phase = np.cumsum(_on_samples(np.maximum(pitch, 50.0), size, rate_hz)) / rate_hz
    turn = phase % 1.0
    # flow derivative of Rosenberg's pulse: slow opening, fast closing, closed
    flow = np.where(turn < 0.4, np.sin(np.pi * turn / 0.4), 0.0)
    flow -= np.where((turn >= 0.4) & (turn < 0.56), 3.6 * (turn - 0.4) / 0.16, 0.0)
    breath = 0.05 * rng.standard_normal(size) * (0.4 + (turn < 0.56))
    source = (flow + breath) * _on_samples(score.voiced, size, rate_hz)
    return _through_formants(source, rate_hz, score.formants_hz)


def _through_formants(source: Wave, rate_hz: int, formants_hz: Wave) -> Wave:
    """Filter frame by frame with the formants of that moment, and overlap-add."""
    hop = round(0.016 * rate_hz)
    window = np.hanning(2 * hop + 1)[:-1]
    count = len(source) // hop + 2
    padded = np.zeros((count + 1) * hop)
    padded[hop : hop + len(source)] = source
    blocks = np.lib.stride_tricks.sliding_window_view(padded, 2 * hop)[::hop] * window
    size = 4 * hop  # room for the formants to ring
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    moment = np.minimum((np.arange(len(blocks)) * 0.016 / _HOP_S).astype(int), len(formants_hz) - 1)
    spectrum = np.fft.rfft(blocks, size, axis=1)
    response = np.full(spectrum.shape, 0.02, dtype=np.complex64)
    for index in range(4):
        centre = formants_hz[moment, index].astype(np.float32)[:, None]
        detune = (frequency_hz.astype(np.float32)[None, :] - centre) / (0.5 * _BANDWIDTHS[index])
        response += (-1) ** index * _GAINS[index] / (1 + 1j * detune.astype(np.float32))
    rung = np.fft.irfft(spectrum * response, size, axis=1)
    out = np.zeros((len(blocks) + 3) * hop)
    for part in range(4):  # four adjacent hops of every frame, added where they belong
        piece = rung[:, part * hop : (part + 1) * hop].reshape(-1)
        out[part * hop : part * hop + len(piece)] += piece
    return out[hop : hop + len(source)]


def _turbulence(size: int, rate_hz: int, score: _Score, rng: np.random.Generator) -> Wave:
    """Return the fricatives: white noise in their bands."""
    total = np.zeros(size)
    frequency_hz = np.fft.rfftfreq(size, 1 / rate_hz)
    for (low_hz, high_hz, _), loudness in zip(_FRICATIVES, score.noise, strict=True):
        if not loudness.any():
            continue
        spectrum = np.fft.rfft(rng.standard_normal(size))
        rise = 1 / (1 + (low_hz / np.maximum(frequency_hz, 1.0)) ** 4)
        fall = 1 / (1 + (frequency_hz / high_hz) ** 8)
        shaped = np.fft.irfft(spectrum * rise * fall, size)
        total += shaped / (shaped.std() + 1e-12) * _on_samples(loudness, size, rate_hz)
    return total
