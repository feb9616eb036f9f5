"""True peak against EBU Tech 3341; clipping against waves that are and are not clipped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.true_peak_bs1770 import true_peak
from studiocheck.simulator.voice import speak

RATE_HZ = 48000


@pytest.mark.parametrize(
    ("case", "divisor", "phase_degrees", "amplitude", "dbtp"),
    [
        (15, 4, 0, 0.5, -6.0),
        (16, 4, 45, 0.5, -6.0),
        (17, 6, 60, 0.5, -6.0),
        (18, 8, 67.5, 0.5, -6.0),
        (19, 4, 45, 1.41, 3.0),
    ],
)
def test_true_peak_meets_ebu_tech_3341(
    case: int, divisor: int, phase_degrees: float, amplitude: float, dbtp: float
) -> None:
    phase = 2 * np.pi * np.arange(2 * RATE_HZ) / divisor + np.radians(phase_degrees)
    wave = amplitude * np.sin(phase)
    # the standard's files fade in and out; a cut at full level is no part of the case
    fade = np.minimum(1, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / 4800)
    got = true_peak(np.stack([wave * fade] * 2, axis=1), RATE_HZ)
    print(f"Tech 3341 case {case}: {got:.3f} dBTP, error {got - dbtp:+.3f} dB")
    assert dbtp - 0.4 <= got <= dbtp + 0.2


@pytest.mark.parametrize("offset", range(4))
def test_a_transient_between_samples_meets_ebu_tech_3341_cases_20_to_23(offset: int) -> None:
    before = 0.5 * np.sin(2 * np.pi * np.arange(24 * 400) / 24)  # fs/6, at four times the rate
    period = np.sin(2 * np.pi * np.arange(16) / 16)  # fs/4, at full scale
    wave = np.concatenate([before, period, before])
    spectrum = np.fft.rfft(wave)
    spectrum[len(spectrum) // 4 :] = 0.0  # nothing from half the sample rate on
    got = true_peak(np.fft.irfft(spectrum, len(wave))[offset::4], RATE_HZ)
    print(f"Tech 3341 case {20 + offset}: {got:+.3f} dBTP")
    assert -0.4 <= got <= 0.2


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 96000, 192000])
def test_true_peak_does_not_depend_on_the_sample_rate(rate_hz: int) -> None:
    seconds = np.arange(rate_hz) / rate_hz
    wave = 0.5 * np.sin(2 * np.pi * rate_hz / 6.02 * seconds) * np.hanning(rate_hz)
    assert true_peak(wave, rate_hz) == pytest.approx(-6.02, abs=0.1)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 5000))
def test_true_peak_is_never_below_the_sample_peak(seed: int, size: int) -> None:
    wave = np.random.default_rng(seed).uniform(-1, 1, size)
    assert true_peak(wave, RATE_HZ) >= 20 * np.log10(np.abs(wave).max()) - 1e-9


def test_digital_silence_has_no_peak() -> None:
    with pytest.raises(Unmeasurable):
        true_peak(np.zeros(1000), RATE_HZ)


def quantised(wave: NDArray[np.float64], bits: int) -> NDArray[np.float64]:
    top = 2.0 ** (bits - 1)
    return np.clip(np.round(wave * top), -top, top - 1) / top


@pytest.fixture(scope="module")
def voices() -> list[NDArray[np.float64]]:
    """Fresh speech, peak at full scale."""
    spoken = [speak(5, RATE_HZ, seed, 90 + 15 * (seed % 10)) for seed in range(7700, 7710)]
    return [v / np.abs(v).max() for v in spoken]


@pytest.mark.parametrize("bits", [16, 24])
def test_clean_speech_has_no_flat_top(voices: list[NDArray[np.float64]], bits: int) -> None:
    runs = [clipping(quantised(0.98 * voice, bits), RATE_HZ).runs for voice in voices]
    assert runs == [0] * len(voices)


@pytest.mark.parametrize("over_db", [1, 3, 6])
@pytest.mark.parametrize("turned_down_db", [0, 12])
def test_speech_from_1_db_over_is_always_found_even_when_turned_down(
    voices: list[NDArray[np.float64]], over_db: float, turned_down_db: float
) -> None:
    for voice in voices:
        clipped = np.clip(voice * 10 ** (over_db / 20), -1, 1) * 10 ** (-turned_down_db / 20)
        found = clipping(quantised(clipped, 16), RATE_HZ)
        assert found.runs >= 1
        assert found.ceiling_dbfs == pytest.approx(-turned_down_db, abs=0.01)


def coupled(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Behind a capacitor: first-order high-pass at 20 Hz."""
    corner = 1j * np.fft.rfftfreq(len(wave), 1 / RATE_HZ) / 20
    return np.fft.irfft(np.fft.rfft(wave) * corner / (1 + corner), len(wave))


def test_what_a_transmitter_clipped_is_found_behind_noise_and_a_capacitor(
    voices: list[NDArray[np.float64]],
) -> None:
    noise = np.random.default_rng(1).normal(0, 1e-4, len(voices[0]))
    for voice in voices:
        clipped = 0.5 * np.clip(2 * voice, -1, 1)
        for blurred in (clipped + noise, coupled(clipped)):
            found = clipping(quantised(blurred, 24), RATE_HZ)
            assert found.runs > 3
            assert found.blurred
            assert found.ceiling_dbfs == pytest.approx(-6, abs=1)
        assert clipping(quantised(0.5 * voice + noise, 24), RATE_HZ).runs == 0
        assert clipping(quantised(coupled(0.5 * voice), 24), RATE_HZ).runs == 0


def test_hum_that_sixteen_bits_flatten_is_not_clipped() -> None:
    for level in (0.9, 0.1, 0.01, 0.001):
        hum = level * np.sin(2 * np.pi * 50 * np.arange(RATE_HZ) / RATE_HZ + 0.3)
        assert clipping(quantised(hum, 16), RATE_HZ).runs == 0


def test_the_dither_of_a_silent_room_is_not_clipped() -> None:
    noise = np.random.default_rng(3).normal(0, 0.7 / 32768, RATE_HZ)
    assert clipping(quantised(noise, 16), RATE_HZ).runs == 0


@pytest.mark.parametrize("value", [0.0, 1.0, -0.5])
def test_silence_and_a_constant_are_not_clipped(value: float) -> None:
    assert clipping(np.full(RATE_HZ, value), RATE_HZ).runs == 0


def test_one_clipped_channel_of_two_is_found(voices: list[NDArray[np.float64]]) -> None:
    clean = 0.9 * voices[0]
    both = np.stack([clean, np.clip(2 * clean, -1, 1)], axis=1)
    assert clipping(both, RATE_HZ).runs == clipping(both[:, 1], RATE_HZ).runs > 0


@settings(max_examples=30)
@given(st.lists(st.floats(-1, 1, width=32), max_size=200))
def test_counting_flat_tops_never_fails_and_never_depends_on_polarity(wave: list[float]) -> None:
    samples = np.array(wave)
    if not len(samples):
        with pytest.raises(Unmeasurable):
            clipping(samples, RATE_HZ)
        return
    assert clipping(samples, RATE_HZ).runs == clipping(-samples, RATE_HZ).runs
