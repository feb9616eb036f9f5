"""The traffic light of reverberation from speech alone: right when it is sure, doubtful otherwise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.blind_reverberation import Light, blind_reverberation
from studiocheck.simulator import room as simulated
from studiocheck.simulator.voice import speak
from tests import rooms

RATE_HZ = 16000


def take(seed: int, t60_s: float, distance_m: float = 0.6, noise_db: float = -40.0) -> np.ndarray:
    """Ten seconds of a voice in a diffuse room, with noise that much below it."""
    rng = np.random.default_rng(seed)
    voice = speak(10, RATE_HZ, seed, rng.uniform(85, 240))
    octaves = t60_s * np.array([1.3, 1.15, 1, 1, 0.95, 0.85, 0.7])
    direct_db = 20 * math.log10(0.057 * math.sqrt(60 / t60_s) / distance_m)
    path = rooms.diffuse_room(octaves, rng, direct_db=direct_db, predelay_s=0.004, rate_hz=RATE_HZ)
    heard = rooms.convolve(voice, path)[: len(voice)]
    heard *= 0.1 / heard.std()
    return heard + simulated.noise(len(heard), RATE_HZ, -20 + noise_db, rng)


def lights(seeds: range, t60_s: float, **how: float) -> list[Light]:
    return [blind_reverberation(take(s, t60_s, **how), RATE_HZ).light for s in seeds]


def test_a_dry_room_is_never_called_reverberant() -> None:
    seen = lights(range(960_000, 960_008), 0.2)
    assert Light.REVERBERANT not in seen
    assert seen.count(Light.DRY) >= 5


def test_a_hall_is_never_called_dry() -> None:
    seen = lights(range(961_000, 961_008), 1.2, distance_m=1.5)
    assert Light.DRY not in seen
    assert seen.count(Light.REVERBERANT) >= 3


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_the_light_says_is_as_sure_as_it_says() -> None:
    wrong, sure = 0, 0
    for seed in range(962_000, 962_120):
        rng = np.random.default_rng(seed)
        t60_s = float(np.exp(rng.uniform(np.log(0.15), np.log(1.3))))
        wave = take(seed, t60_s, rng.choice([0.15, 0.4, 1.0]), -rng.uniform(20, 50))
        seen = blind_reverberation(wave, RATE_HZ)
        if seen.light is not Light.DOUBTFUL:
            sure += 1
            wrong += (seen.light is Light.REVERBERANT) != (t60_s > 0.5)
            assert seen.confidence > 0.9
    print(f"{sure} of 120 takes decided, {wrong} of them wrongly")
    assert sure > 30
    assert wrong <= 0.1 * sure


def test_the_rate_of_the_take_does_not_matter() -> None:
    wave = take(963_000, 0.3)
    spectrum = np.fft.rfft(wave)
    at_48_khz = np.fft.irfft(spectrum, 3 * len(wave)) * 3
    low, high = blind_reverberation(wave, 16000), blind_reverberation(at_48_khz, 48000)
    assert high.reverberant_probability == pytest.approx(low.reverberant_probability, abs=0.02)


@given(gain_db=st.floats(-40, 20))
@settings(max_examples=5)
def test_the_level_of_the_take_does_not_matter(gain_db: float) -> None:
    wave = take(964_000, 0.3)
    quiet = blind_reverberation(wave * 10 ** (gain_db / 20), RATE_HZ)
    loud = blind_reverberation(wave, RATE_HZ)
    assert quiet.reverberant_probability == pytest.approx(loud.reverberant_probability, abs=1e-3)


def test_what_is_no_speech_is_refused() -> None:
    noise = np.random.default_rng(1).standard_normal(10 * RATE_HZ)
    with pytest.raises(Unmeasurable):
        blind_reverberation(noise, RATE_HZ)
    with pytest.raises(Unmeasurable, match="silence"):
        blind_reverberation(np.zeros(10 * RATE_HZ), RATE_HZ)
    with pytest.raises(Unmeasurable, match="five seconds"):
        blind_reverberation(noise[: 4 * RATE_HZ], RATE_HZ)
    with pytest.raises(Unmeasurable, match="five seconds"):
        blind_reverberation(noise, 8000)


def test_a_voice_that_drowns_in_noise_is_refused() -> None:
    with pytest.raises(Unmeasurable, match="noise"):
        blind_reverberation(take(965_000, 0.4, noise_db=6.0), RATE_HZ)
