"""Holes and repeated buffers: all of them, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.gaps import zero_gaps
from studiocheck.measure.sound.repeated_buffers import repeated_buffers
from studiocheck.simulator.voice import speak

RATE_HZ = 48000
VOICE = 0.1 * speak(6, RATE_HZ, 11)


def heard(floor_dbfs: float, seed: int, *, bits: int | None = None) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 10 ** (floor_dbfs / 20), len(VOICE))
    wave = np.clip(VOICE + noise, -1, 1)
    if bits is not None:
        wave = np.round(wave * 2 ** (bits - 1)) / 2 ** (bits - 1)
    return wave.astype(np.float32)


@settings(max_examples=40)
@given(
    milliseconds=st.floats(1, 120),
    at_s=st.floats(0.1, 5.5),
    floor_dbfs=st.floats(-78, -45),
    bits=st.sampled_from([None, 16, 24]),
    seed=st.integers(0, 10**6),
)
def test_every_hole_from_1_ms_on_is_found(
    milliseconds: float, at_s: float, floor_dbfs: float, bits: int | None, seed: int
) -> None:
    wave = heard(floor_dbfs, seed, bits=bits)
    start, length = round(at_s * RATE_HZ), int(np.ceil(milliseconds * 48))
    wave[start : start + length] = 0.0
    found = zero_gaps(wave, RATE_HZ)
    assert found.gaps == 1
    assert found.longest_ms == pytest.approx(length / 48, abs=0.2)
    assert found.first_s == pytest.approx(at_s, abs=0.001)


@settings(max_examples=40)
@given(
    size=st.sampled_from([48, 64, 96, 120, 128, 240, 256, 441, 480, 512, 960, 1024, 2048, 4096]),
    back=st.sampled_from([1, 2, 4]),
    at_s=st.floats(0.6, 5.5),
    bits=st.sampled_from([None, 16]),
    seed=st.integers(0, 10**6),
)
def test_every_repeated_buffer_is_found(
    size: int, back: int, at_s: float, bits: int | None, seed: int
) -> None:
    wave = heard(-65, seed, bits=bits)
    start = round(at_s * RATE_HZ)
    wave[start : start + size] = wave[start - back * size : start - (back - 1) * size]
    found = repeated_buffers(wave, RATE_HZ)
    assert found.repeats == 1
    assert found.longest_ms == pytest.approx(size / 48, abs=0.3)
    assert zero_gaps(wave, RATE_HZ).gaps == 0


@pytest.mark.parametrize("bits", [None, 16])
@pytest.mark.parametrize("floor_dbfs", [-55, -75, -90, -96, -102])
def test_nothing_is_found_where_nothing_is(floor_dbfs: float, bits: int | None) -> None:
    for seed, gain in enumerate((1.0, 0.1, 0.01)):
        wave = heard(floor_dbfs, seed, bits=None) * np.float32(gain)
        if bits:
            wave = np.round(wave * 32768) / np.float32(32768)
        assert zero_gaps(wave, RATE_HZ).gaps == 0
        assert repeated_buffers(wave, RATE_HZ).repeats == 0


def test_quiet_rumble_in_16_bits_crosses_zero_slowly_and_is_whole() -> None:
    t = np.arange(4 * RATE_HZ) / RATE_HZ
    for codes in (2, 4, 8, 30):
        rumble = np.round(codes * np.sin(2 * np.pi * 20 * t)) / 32768
        assert zero_gaps(rumble, RATE_HZ).gaps == 0


@pytest.mark.parametrize("ramp_s", [0.002, 0.02])
@pytest.mark.parametrize("hold_s", [0.1, 0.2])
def test_a_noise_gate_is_a_gate_and_makes_no_gaps(ramp_s: float, hold_s: float) -> None:
    wave = heard(-65, 1).astype(float)
    level = np.sqrt(np.convolve(wave * wave, np.ones(480) / 480, "same"))
    loud = np.flatnonzero(level > 10 ** (-45 / 20))
    latest = np.full(len(wave), -(10**9))
    latest[loud] = loud
    is_open = np.arange(len(wave)) - np.maximum.accumulate(latest) < hold_s * RATE_HZ
    size = round(ramp_s * RATE_HZ)
    gain = np.convolve(is_open, np.ones(size) / size, "same")
    gain[gain < 1e-9] = 0.0
    found = zero_gaps((wave * gain).astype(np.float32), RATE_HZ)
    assert found.gaps == 0
    assert found.gated_s > 0.3


def test_words_with_digital_silence_between_them_have_no_gaps() -> None:
    word = np.hanning(9600) * np.random.default_rng(1).normal(0, 0.1, 9600)
    text = np.concatenate([word, np.zeros(4800), word[::-1], np.zeros(14400), word * 0.5])
    assert zero_gaps(text, RATE_HZ).gaps == 0


def test_a_mute_until_the_end_is_no_gap() -> None:
    wave = heard(-65, 2)
    wave[4 * RATE_HZ :] = 0.0
    found = zero_gaps(wave, RATE_HZ)
    assert (found.gaps, found.gated_s) == (0, pytest.approx(2.0, abs=0.01))


def test_a_stuck_value_is_a_hole_and_a_flat_top_is_not() -> None:
    wave = heard(-65, 3)
    wave[RATE_HZ : RATE_HZ + 480] = wave[RATE_HZ]
    assert zero_gaps(wave, RATE_HZ).gaps == 1
    square = np.clip(np.sin(2 * np.pi * 100 * np.arange(RATE_HZ) / RATE_HZ) * 3, -0.9, 0.9)
    assert zero_gaps(square, RATE_HZ).gaps == 0


def test_a_hole_in_one_channel_of_two_counts() -> None:
    pair = np.stack([heard(-65, 4), heard(-65, 5)], axis=1)
    pair[9600:9700, 1] = 0.0
    assert zero_gaps(pair, RATE_HZ).gaps == 1


def test_a_digital_test_tone_repeats_and_is_no_repeated_buffer() -> None:
    tone = np.sin(2 * np.pi * np.tile(np.arange(48), 2000) / 48)
    assert repeated_buffers(tone, RATE_HZ).repeats == 0


def test_digital_silence_tells_nothing() -> None:
    for measure in (zero_gaps, repeated_buffers):
        with pytest.raises(Unmeasurable, match="digital silence"):
            measure(np.zeros(RATE_HZ), RATE_HZ)
