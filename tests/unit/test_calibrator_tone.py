"""The tone of a sound calibrator: any steady one is measured, anything else is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.calibrator_tone import calibrator_tone
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.sound_pressure import full_scale_of_reference, full_scale_of_tone
from studiocheck.simulator import room
from studiocheck.simulator.voice import speak

RATE_HZ = 48000
Wave = np.ndarray


def sine(
    hz: float = 1000.0, dbfs: float = -20.0, *, rate_hz: int = RATE_HZ, seconds: float = 3.0,
    phase: float = 0.3,
) -> Wave:  # fmt: skip
    """Return a sine of an rms level."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * time + phase)


def white(dbfs: float, seed: int, size: int) -> Wave:
    return 10 ** (dbfs / 20) * np.random.default_rng(seed).standard_normal(size)


def refused(samples: Wave, hz: float = 1000.0) -> str:
    with pytest.raises(Unmeasurable) as caught:
        calibrator_tone(samples, RATE_HZ, hz)
    assert caught.value.advice is not None
    return caught.value.reason.en


@settings(max_examples=40)
@given(
    hz=st.floats(63, 7000),
    dbfs=st.floats(-59.9, -3.1),
    detune=st.floats(0.982, 1.018),
    rate_hz=st.sampled_from([16000, 44100, 48000, 96000]),
    seconds=st.floats(2.1, 4),
    phase=st.floats(0, 6.3),
    noise_db=st.floats(-90, -32),
    offset=st.floats(-0.001, 0.001),
)
def test_any_steady_tone_is_read_within_a_twentieth_of_a_decibel(
    hz, dbfs, detune, rate_hz, seconds, phase, noise_db, offset
):
    wave = sine(hz, dbfs, rate_hz=rate_hz, seconds=seconds, phase=phase)
    heard = wave + white(dbfs + noise_db, 1, len(wave)) + offset
    if np.abs(heard).max() >= 0.998:
        return
    tone = calibrator_tone(heard, rate_hz, hz * detune)
    assert tone.level_dbfs == pytest.approx(dbfs, abs=0.05)
    assert tone.frequency_hz == pytest.approx(hz, rel=1e-3)


def test_the_uncertainty_covers_what_noise_and_the_calibrators_class_do():
    rng = np.random.default_rng(7)
    noise_only = both = 0
    trials = 80
    for seed in range(trials):
        error_db = rng.uniform(-0.4, 0.4)
        wave = sine(dbfs=-25 + error_db, seconds=2.5, phase=rng.uniform(0, 6.3))
        tone = calibrator_tone(wave + white(-55, seed, len(wave)), RATE_HZ)
        full = full_scale_of_tone(tone, 94.0, 0.4)
        noise_only += abs(tone.level_dbfs - (-25 + error_db)) <= tone.uncertainty_db
        both += abs(full.db_spl - 119.0) <= full.uncertainty_db
    assert noise_only >= 0.9 * trials
    assert both >= 0.95 * trials


def test_of_two_channels_the_one_that_hears_it_counts():
    one = sine()
    tone = calibrator_tone(np.stack([white(-80, 1, len(one)), one], axis=1), RATE_HZ)
    assert (tone.channel, round(tone.level_dbfs, 2)) == (1, -20.0)


@pytest.mark.parametrize("dbfs", [-60.0, -20.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_and_speech_are_no_calibrator(dbfs: float, seed: int):
    size = 3 * RATE_HZ
    pink = room.noise(size, RATE_HZ, dbfs, np.random.default_rng(seed))
    speech = speak(3, RATE_HZ, seed, 165.0)[:size]
    speech *= 10 ** (dbfs / 20) / speech.std()
    for heard in (white(dbfs, seed, size), pink, 0.3 * np.tanh(speech)):
        assert "no calibrator tone" in refused(heard) or "tone of" in refused(heard)


@given(hz=st.floats(100, 8000).filter(lambda hz: abs(hz / 1000 - 1) > 0.021))
@settings(max_examples=25)
def test_another_tone_is_named_and_how_to_say_that_it_is_right(hz):
    with pytest.raises(Unmeasurable) as caught:
        calibrator_tone(sine(hz), RATE_HZ)
    assert f"{hz:.0f} Hz, not 1000 Hz" in caught.value.reason.en
    assert f"--frequency {hz:.0f}" in caught.value.advice.en


@given(over_db=st.floats(0.5, 30), turned_db=st.floats(-40, 0))
@settings(max_examples=25)
def test_a_clipped_tone_is_refused_also_when_it_was_turned_down_afterwards(over_db, turned_db):
    clipped = np.clip(sine(dbfs=-3.01 + over_db), -1, 1)
    assert "clips" in refused(clipped)
    if over_db > 2:
        assert "distorted" in refused(clipped * 10 ** ((turned_db - 1) / 20))


@given(
    hz=st.floats(80, 9000).filter(lambda hz: abs(hz / 1000 - round(hz / 1000)) > 0.05),
    below_db=st.floats(0, 24),
)
@settings(max_examples=40)
def test_two_tones_are_refused_and_both_named(hz, below_db):
    said = refused(sine() + sine(hz, -20 - below_db))
    assert "tone of" in said
    assert f"{hz:.0f} Hz" in said
    assert "1000 Hz" in said


@given(rate_hz=st.floats(0.4, 12), depth=st.floats(0.06, 0.6), phase=st.floats(0, 6.3))
@settings(max_examples=40)
def test_a_tone_that_fluctuates_is_refused(rate_hz, depth, phase):
    time = np.arange(3 * RATE_HZ) / RATE_HZ
    refused(sine() * (1 + depth * np.sin(2 * np.pi * rate_hz * time + phase)))


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (np.zeros(3 * RATE_HZ), "digital silence"),
        (np.full(3 * RATE_HZ, 0.2), "digital silence"),
        (np.zeros(0), "too few"),
        (sine(seconds=1.0), "too few"),
        (sine(dbfs=-75), "too faint"),
        (sine() + white(-40, 1, 3 * RATE_HZ), "noise of 10 %"),
        (sine() * np.repeat([1.0, 1.05, 1.0], RATE_HZ), "not steady"),
        (sine() * (np.arange(3 * RATE_HZ) > RATE_HZ), "not steady"),
    ],
)
def test_what_else_goes_wrong_is_named(heard: Wave, why: str):
    assert why in refused(heard)


def test_a_reference_needs_steady_noise_that_does_not_clip():
    steady = white(-40, 1, 5 * RATE_HZ)
    found = full_scale_of_reference(steady, RATE_HZ, 70.0, 2.0)
    assert found.db_spl == pytest.approx(70 - found.measured_dbfs)
    assert found.measured_dbfs == noise_floor(steady, RATE_HZ).a_weighted_dbfs
    steady[RATE_HZ : 3 * RATE_HZ] *= 3
    for heard in (steady, np.clip(white(0, 1, 5 * RATE_HZ), -1, 1)):
        with pytest.raises(Unmeasurable):
            full_scale_of_reference(heard, RATE_HZ, 70.0, 2.0)
