"""Bandwidth: the edge of a band-limited voice, and noise that merely hides it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.bandwidth import bandwidth
from studiocheck.simulator.room import band_limit
from studiocheck.simulator.voice import speak

RATE_HZ = 48000


@functools.cache
def spoken(seed: int) -> np.ndarray:
    wave = speak(8, RATE_HZ, seed, 100 + 30 * (seed % 5))
    return 0.08 * wave / wave.std()


def voice(seed: int, edge_hz: float | None, floor_dbfs: float) -> np.ndarray:
    wave = spoken(seed)
    if edge_hz is not None:
        wave = band_limit(wave, RATE_HZ, edge_hz)
    return wave + np.random.default_rng(seed).normal(0, 10 ** (floor_dbfs / 20), len(wave))


@pytest.mark.parametrize("floor_dbfs", [-85, -70, -60])
@pytest.mark.parametrize("edge_hz", [3400, 4000, 7000, 8000, 12000])
def test_the_edge_is_found_within_half_a_kilohertz(edge_hz: float, floor_dbfs: float) -> None:
    for seed in range(3):
        found = bandwidth(voice(seed, edge_hz, floor_dbfs), RATE_HZ)
        assert found.upper_edge_hz == pytest.approx(edge_hz, abs=500)


@pytest.mark.parametrize("seed", range(4))
def test_a_full_band_reaches_beyond_15_khz(seed: int) -> None:
    assert bandwidth(voice(seed, None, -75), RATE_HZ).upper_edge_hz > 15000


def test_a_voice_that_sinks_into_noise_is_not_called_narrow() -> None:
    rng = np.random.default_rng(1)
    wave = voice(1, None, -90)
    spectrum = np.fft.rfft(wave)
    frequency_hz = np.fft.rfftfreq(len(wave), 1 / RATE_HZ)
    dull = np.fft.irfft(spectrum * 10 ** (-frequency_hz / 1000 * 3 / 20), len(wave))
    found = bandwidth(dull + rng.normal(0, 10 ** (-52 / 20), len(wave)), RATE_HZ)
    assert found.hidden_by_noise or found.upper_edge_hz > 9500


@pytest.mark.parametrize("gain_db", [0, -20])
def test_gain_does_not_matter(gain_db: float) -> None:
    wave = voice(2, 4000, -75) * 10 ** (gain_db / 20)
    assert bandwidth(wave, RATE_HZ).upper_edge_hz == pytest.approx(4000, abs=500)


def test_a_microphone_at_16_khz_reads_8_khz_at_most() -> None:
    wave = 0.05 * speak(8, 16000, 3)
    noise = np.random.default_rng(3).normal(0, 1e-4, len(wave))
    assert 7000 < bandwidth(wave + noise, 16000).upper_edge_hz <= 8000


def test_noise_alone_has_no_bandwidth() -> None:
    with pytest.raises(Unmeasurable, match="speech"):
        bandwidth(np.random.default_rng(1).normal(0, 0.01, 8 * RATE_HZ), RATE_HZ)
