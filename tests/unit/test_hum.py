"""Mains hum: found where it is, in both frequencies, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.hum import hum
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.room import noise
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.voice import speak

RATE_HZ = 16000
SHAPES = {
    "falling": lambda k: 1 / k,
    "even": lambda k: 1 / k if k % 2 == 0 else 0.1 / k,
    "buzz": lambda k: k**0.0,
    "pure": lambda k: float(k == 1),
}


def lines(seconds: float, mains_hz: float, level_dbfs: float, shape: str, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(
        SHAPES[shape](k) * np.sin(2 * np.pi * (k * mains_hz * t + rng.random()))
        for k in range(1, 11)
    )
    return wave * 10 ** (level_dbfs / 20) / wave.std()


def room(seconds: float, level_dbfs: float, seed: int) -> np.ndarray:
    return noise(round(seconds * RATE_HZ), RATE_HZ, level_dbfs, np.random.default_rng(seed))


def voice(seed: int, pitch_hz: float) -> np.ndarray:
    wave = speak(10, RATE_HZ, seed, pitch_hz)
    return wave * 10 ** (-20 / 20) / wave.std()


@settings(max_examples=40)
@given(
    near=st.sampled_from([50, 60]),
    off=st.floats(-0.2, 0.2),
    level=st.floats(-68, -30),
    shape=st.sampled_from(sorted(SHAPES)),
    seed=st.integers(0, 10**6),
)
def test_in_a_quiet_room_level_and_frequency_are_right(
    near: int, off: float, level: float, shape: str, seed: int
) -> None:
    found = hum(lines(5, near + off, level, shape, seed) + room(5, -65, seed), RATE_HZ)
    assert found.mains_hz == pytest.approx(near + off, abs=0.03)
    assert found.level_dbfs == pytest.approx(level, abs=1.5)
    assert found.uncertainty_db is not None


@pytest.mark.parametrize("shape", ["falling", "pure"])
@pytest.mark.parametrize("near", [50, 60])
@pytest.mark.parametrize("pitch_hz", [125.0, 165.0, 230.0])
def test_it_is_found_from_minus_70_dbfs_under_speech(
    shape: str, near: int, pitch_hz: float
) -> None:
    take = voice(round(pitch_hz), pitch_hz) + room(10, -70, 3)
    found = hum(take + lines(10, near + 0.04, -70, shape, 2), RATE_HZ)
    assert found.mains_hz == pytest.approx(near, abs=0.3)
    assert found.level_dbfs == pytest.approx(-70, abs=1.5)


@pytest.mark.slow
def test_the_uncertainty_covers_the_truth_in_95_of_100() -> None:
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        level, near = rng.uniform(-66, -40), (50, 60)[seed % 2]
        shape = sorted(SHAPES)[seed % 4]
        take = lines(5, near + rng.uniform(-0.2, 0.2), level, shape, seed) + room(5, -64, seed)
        found = hum(take, RATE_HZ)
        assert found.level_dbfs is not None
        covered += abs(found.level_dbfs - level) <= found.uncertainty_db
    print(f"{covered} of 60 covered")
    assert covered >= 56


@pytest.mark.parametrize("seed", range(12))
def test_there_is_none_in_noise_nor_in_speech(seed: int) -> None:
    assert not hum(room(5, -55, seed), RATE_HZ).found
    plain = np.random.default_rng(seed).normal(0, 1e-3, 5 * RATE_HZ)
    assert not hum(plain, RATE_HZ).found
    assert not hum(voice(seed, 95 + 15 * seed) + room(10, -70, seed), RATE_HZ).found


def test_where_none_is_found_the_level_is_named_above_which_it_would_have_been() -> None:
    for seed in range(5):
        quiet = room(5, -50, seed)
        nothing = hum(quiet, RATE_HZ)
        louder = lines(5, 50, nothing.detectable_dbfs + 3, "pure", seed)
        assert hum(quiet + louder, RATE_HZ).found


@pytest.mark.parametrize("mains_hz", [49.1, 50.5, 60.8])
def test_the_hum_of_a_generator_is_followed_to_its_own_frequency(mains_hz: float) -> None:
    found = hum(lines(5, mains_hz, -50, "falling", 4) + room(5, -70, 4), RATE_HZ)
    assert found.mains_hz == pytest.approx(mains_hz, abs=0.02)
    assert found.level_dbfs == pytest.approx(-50, abs=0.5)


@pytest.mark.parametrize("near", [50, 60])
def test_hum_whose_fundamental_is_missing_is_still_that_of_its_mains(near: int) -> None:
    second = lines(5, 2 * near - 0.12, -60, "pure", 5)  # a full-wave rectifier; 59.94 Hz for 60
    found = hum(second + room(5, -70, 5), RATE_HZ)
    assert found.mains_hz == pytest.approx(near - 0.06, abs=0.02)
    assert found.level_dbfs == pytest.approx(-60, abs=0.5)


def test_a_noise_gate_does_not_hide_the_hum_under_the_words() -> None:
    take = voice(7, 140.0) + room(10, -70, 7) + lines(10, 50, -50, "pure", 7)
    for closed_s in (0.2, 0.35):
        second = np.arange(len(take)) / RATE_HZ % 1.0
        found = hum(take * (second > closed_s), RATE_HZ)
        assert found.mains_hz == pytest.approx(50, abs=0.1)
        assert found.level_dbfs == pytest.approx(-50, abs=1.5)
    with pytest.raises(Unmeasurable, match="gate"):
        hum(take * (np.arange(len(take)) < 1.5 * RATE_HZ), RATE_HZ)


def test_a_fan_beside_the_mains_is_no_hum() -> None:
    t = np.arange(5 * RATE_HZ) / RATE_HZ
    for blade_hz in (137.0, 48.3, 121.7):
        fan = 0.003 * np.sin(2 * np.pi * blade_hz * t)
        assert not hum(fan + room(5, -65, 1), RATE_HZ).found


def test_what_is_too_short_or_silent_is_unmeasurable() -> None:
    with pytest.raises(Unmeasurable, match="two seconds"):
        hum(room(1, -60, 1), RATE_HZ)
    with pytest.raises(Unmeasurable, match="silence"):
        hum(np.zeros(5 * RATE_HZ), RATE_HZ)


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
def test_every_rate_gives_the_same(rate_hz: int) -> None:
    scene = load_scene()
    model = replace(scene.microphones["host"], rate_hz=rate_hz, hum_dbfs=-50.0, hum_hz=60)
    device = SimulatedMicrophone(replace(scene, microphones={"host": model}), "host")
    take = device.record("quiet", 5.0, lambda _: None)
    found = hum(take.mono, rate_hz)
    assert found.level_dbfs == pytest.approx(-50, abs=0.2)
    assert found.mains_hz == pytest.approx(60, abs=0.02)
