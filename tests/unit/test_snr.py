"""Speech to noise: against ITU-T P.56 on the clean voice, in noise of known level."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.snr import speech_to_noise
from studiocheck.simulator.room import noise as pink
from studiocheck.simulator.voice import speak

RATE_HZ = 16000


def white(size: int, level_dbfs: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), size)


def fan(size: int, level_dbfs: float, seed: int) -> np.ndarray:
    """Blade tone and falling noise."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    frequency_hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    wave = np.fft.irfft(spectrum / np.maximum(frequency_hz, 80) ** 0.9, size)
    wave = wave / wave.std() + 0.5 * np.sin(2 * np.pi * 137 * np.arange(size) / RATE_HZ)
    return wave * 10 ** (level_dbfs / 20) / wave.std()


def noise(kind: str, size: int, level_dbfs: float, seed: int) -> np.ndarray:
    if kind == "pink":
        return pink(size, RATE_HZ, level_dbfs, np.random.default_rng(seed))
    return (white if kind == "white" else fan)(size, level_dbfs, seed)


def syllables(seconds: float, seed: int) -> np.ndarray:
    """Not a voice model: noise with formants, syllables of 4 Hz, words of 2 s and pauses."""
    size = round(seconds * RATE_HZ)
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequency_hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    formants = sum(1 / (1 + ((frequency_hz - f) / 150) ** 2) for f in (500, 1500, 2500, 3500))
    t = np.arange(size) / RATE_HZ
    syllable = np.abs(np.sin(2 * np.pi * 2 * t + rng.random())) ** 0.7
    return np.fft.irfft(spectrum * formants, size) * syllable * ((t % 2.6) < 2.0)


def active_level_db(wave: np.ndarray) -> float:
    """ITU-T P.56 method B, written down again from the recommendation."""
    step = RATE_HZ // 1000
    envelope = np.abs(wave[: len(wave) // step * step]).reshape(-1, step).mean(axis=1)
    decay, smooth, twice = np.exp(-1 / 30), 0.0, 0.0
    held = np.empty_like(envelope)
    for index, value in enumerate(envelope.tolist()):
        smooth = decay * smooth + (1 - decay) * value
        twice = decay * twice + (1 - decay) * smooth
        held[index] = twice
    energy, frame = float(wave @ wave), np.arange(len(held))
    level = 0.0
    for threshold_db in np.arange(-90.0, 0.0, 0.5):
        over = np.where(held >= 10 ** (threshold_db / 20), frame, -(10**9))
        active = np.count_nonzero(frame - np.maximum.accumulate(over) <= 200)
        if not active or 10 * np.log10(energy / (active * step)) - threshold_db < 15.9:
            break
        level = 10 * np.log10(energy / (active * step))
    return float(level)


@functools.cache
def said(seed: int) -> np.ndarray:
    """Ten seconds of somebody's speech, of -23 dBFS active level."""
    voice = syllables(10, seed) if seed % 3 == 0 else speak(10, RATE_HZ, seed, 90 + 37 * (seed % 5))
    voice = 0.1 * voice / voice.std()
    return voice * 10 ** ((-23 - active_level_db(voice)) / 20)


def mixed(kind: str, snr_db: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    voice = said(seed % 20)
    floor_dbfs = -23 - snr_db
    loud = voice + noise(kind, len(voice), floor_dbfs, seed + 1000)
    return loud, noise(kind, 5 * RATE_HZ, floor_dbfs, seed + 2000)


@pytest.mark.parametrize("kind", ["white", "pink", "fan"])
@settings(max_examples=12)
@given(snr_db=st.floats(10, 40), seed=st.integers(0, 10**6))
def test_with_a_quiet_take_it_is_within_2_db_and_its_uncertainty(
    kind: str, snr_db: float, seed: int
) -> None:
    loud, quiet = mixed(kind, snr_db, seed)
    found = speech_to_noise(loud, RATE_HZ, quiet)
    assert found.from_quiet
    assert found.snr_db == pytest.approx(snr_db, abs=2.0)
    assert found.uncertainty_db < 2.5


@pytest.mark.slow
def test_the_uncertainty_covers_the_truth_in_95_of_100() -> None:
    covered = 0
    for seed in range(60):
        truth = 10 + seed % 31
        loud, quiet = mixed(("white", "pink", "fan")[seed % 3], truth, seed)
        found = speech_to_noise(loud, RATE_HZ, quiet)
        covered += abs(found.snr_db - truth) <= found.uncertainty_db
    print(f"{covered} of 60 covered")
    assert covered >= 57


@pytest.mark.parametrize("kind", ["white", "pink", "fan"])
def test_without_a_quiet_take_the_pauses_do(kind: str) -> None:
    for snr_db in (10, 20, 30):
        loud, _ = mixed(kind, snr_db, 7)
        found = speech_to_noise(loud, RATE_HZ)
        assert not found.from_quiet
        assert abs(found.snr_db - snr_db) < max(2.0, found.uncertainty_db)


def test_a_quiet_take_in_which_somebody_speaks_is_not_believed() -> None:
    loud, _ = mixed("pink", 30, 4)
    found = speech_to_noise(loud, RATE_HZ, loud[: 5 * RATE_HZ])
    assert not found.from_quiet
    assert found.snr_db == pytest.approx(30, abs=3)


def test_an_inverted_channel_does_not_silence_the_voice() -> None:
    loud, quiet = mixed("white", 30, 5)
    pair = np.stack([loud, -loud], axis=1)
    assert speech_to_noise(pair, RATE_HZ, quiet).snr_db == pytest.approx(30, abs=2)


def test_no_voice_and_a_noise_gate_are_unmeasurable() -> None:
    with pytest.raises(Unmeasurable, match="speech"):
        speech_to_noise(white(10 * RATE_HZ, -40, 1), RATE_HZ)
    gated = np.where((np.arange(10 * RATE_HZ) % 16000) < 9000, white(10 * RATE_HZ, -20, 1), 0.0)
    with pytest.raises(Unmeasurable, match="gate"):
        speech_to_noise(gated, RATE_HZ, np.zeros(5 * RATE_HZ))
