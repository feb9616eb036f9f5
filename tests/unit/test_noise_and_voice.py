"""Noise floor, voice activity, signs of life."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.level import rms_dbfs
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.signal_state import SignalState, dead_tail_s, signal_state
from studiocheck.measure.sound.voice_activity import pauses, voice_activity
from studiocheck.simulator.room import hum, noise
from studiocheck.simulator.voice import speak

RATE_HZ = 48000


def white(level_dbfs: float, seconds: float, seed: int) -> np.ndarray:
    size = round(seconds * RATE_HZ)
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), size)


@settings(max_examples=30)
@given(level=st.floats(-85, -20), seed=st.integers(0, 10**6), pink=st.booleans())
def test_steady_noise_reads_within_a_decibel_and_within_its_uncertainty(
    level: float, seed: int, pink: bool
) -> None:
    rng = np.random.default_rng(seed)
    wave = noise(5 * RATE_HZ, RATE_HZ, level, rng) if pink else white(level, 5, seed)
    floor = noise_floor(wave, RATE_HZ)
    assert floor.flat_dbfs == pytest.approx(level, abs=0.5)
    assert floor.uncertainty_db is not None
    assert floor.uncertainty_db < 1


def test_a_tone_at_1_khz_weighs_the_same_with_and_without_a_weighting() -> None:
    tone = 0.01 * np.sin(2 * np.pi * 1000 * np.arange(3 * RATE_HZ) / RATE_HZ)
    floor = noise_floor(tone, RATE_HZ)
    assert floor.flat_dbfs == pytest.approx(-43.01, abs=0.02)
    assert floor.a_weighted_dbfs == pytest.approx(-43.01, abs=0.05)


def test_a_weighting_takes_30_db_off_hum() -> None:
    wave = 0.01 * np.sin(2 * np.pi * 50 * np.arange(3 * RATE_HZ) / RATE_HZ)
    floor = noise_floor(wave, RATE_HZ)
    # IEC 61672-1 table 3: -30.2 dB at 50 Hz
    assert floor.a_weighted_dbfs - floor.flat_dbfs == pytest.approx(-30.2, abs=0.3)


def test_hum_reads_its_own_level() -> None:
    wave = hum(5 * RATE_HZ, RATE_HZ, 50, -45, np.random.default_rng(1))
    assert noise_floor(wave, RATE_HZ).flat_dbfs == pytest.approx(-45, abs=0.2)


def test_a_cough_is_left_out_and_counted() -> None:
    wave = white(-62, 5, 4)
    wave[RATE_HZ : RATE_HZ + RATE_HZ // 2] += white(-20, 0.5, 5)
    floor = noise_floor(wave, RATE_HZ)
    assert floor.flat_dbfs == pytest.approx(-62, abs=0.5)
    assert floor.events in {2, 3}


def test_noise_that_comes_and_goes_counts_in_full() -> None:
    wave = white(-70, 6, 4)
    wave[: 3 * RATE_HZ] += white(-40, 3, 5)
    assert noise_floor(wave, RATE_HZ).flat_dbfs == pytest.approx(-43, abs=0.5)


def test_a_dead_side_does_not_make_a_stereo_microphone_quieter() -> None:
    left = np.random.default_rng(1).normal(0, 0.001, 5 * 48000)
    both = np.stack([left, np.zeros_like(left)], axis=1)
    assert noise_floor(both, 48000).flat_dbfs == pytest.approx(-60, abs=0.1)


def test_an_offset_is_no_noise() -> None:
    assert noise_floor(0.1 + white(-60, 3, 1), RATE_HZ).flat_dbfs == pytest.approx(-60, abs=0.3)


def test_digital_silence_and_a_blink_have_no_noise_floor() -> None:
    with pytest.raises(Unmeasurable, match="digital silence"):
        noise_floor(np.zeros(5 * RATE_HZ), RATE_HZ)
    with pytest.raises(Unmeasurable, match="one second"):
        noise_floor(white(-60, 0.5, 1), RATE_HZ)
    with pytest.raises(Unmeasurable):
        rms_dbfs(np.empty(0))


@pytest.mark.parametrize("level", [-18, -38, -50])
def test_speech_is_heard_over_a_room_20_db_below_it(level: float) -> None:
    speech = speak(8, RATE_HZ, 31)
    speech *= 10 ** (level / 20) / speech.std()
    assert voice_activity(speech + white(level - 20, 8, 2), RATE_HZ).speech_s > 4


@pytest.mark.parametrize("seed", range(5))
def test_no_steady_noise_is_speech(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for wave in (white(-30, 6, seed), noise(6 * RATE_HZ, RATE_HZ, -50, rng)):
        assert voice_activity(wave, RATE_HZ).speech_s == 0
    assert voice_activity(hum(6 * RATE_HZ, RATE_HZ, 50, -40, rng), RATE_HZ).speech_s == 0


def test_pauses_hold_the_noise_and_not_the_voice() -> None:
    speech = speak(10, RATE_HZ, 8)
    speech *= 0.1 / speech.std()
    quiet = np.concatenate([np.zeros(3 * RATE_HZ), speech]) + white(-60, 13, 3)
    samples = quiet[:, None].astype(np.float32)
    found = pauses(samples, RATE_HZ, voice_activity(quiet, RATE_HZ))
    assert len(found) > 2.5 * RATE_HZ
    assert noise_floor(found, RATE_HZ).flat_dbfs == pytest.approx(-60, abs=1)


def test_a_noise_gate_does_not_hide_speech() -> None:
    speech = speak(6, RATE_HZ, 8)
    gated = np.where(np.abs(speech) > 0.02, speech, 0.0)
    assert voice_activity(gated * 0.1, RATE_HZ).speech_s > 2


@pytest.mark.parametrize(
    ("wave", "state"),
    [
        (np.zeros(1000), SignalState.ZERO),
        (np.full(1000, -0.2), SignalState.CONSTANT),
        (white(-96, 1, 1), SignalState.DEAD),
        (white(-84, 1, 1), SignalState.ALIVE),
        (np.stack([np.zeros(48000), white(-50, 1, 1)], axis=1), SignalState.ALIVE),
        (np.stack([white(-50, 1, 1), -white(-50, 1, 1)], axis=1), SignalState.ALIVE),
    ],
)
def test_signs_of_life(wave: np.ndarray, state: SignalState) -> None:
    assert signal_state(wave) is state


@given(alive=st.integers(2, 500), dead=st.integers(2, 500))
def test_a_dead_end_is_as_long_as_it_is(alive: int, dead: int) -> None:
    wave = np.concatenate([np.arange(1.0, alive + 1), np.zeros(dead)])
    assert dead_tail_s(wave, 100) == dead / 100
