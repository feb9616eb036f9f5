"""The programme that returns from the monitor: found with its delay and attenuation, or not there."""

from __future__ import annotations

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.leak import programme_leak
from studiocheck.simulator import room as simulated
from studiocheck.simulator.voice import speak
from tests import rooms

SIZE = 480_000


def music(rng: np.random.Generator) -> np.ndarray:
    """Notes with overtones, and a beat: tonal, uneven, 10 s."""
    wave, at = np.zeros(SIZE), 0
    while at < SIZE:
        size = int(rng.uniform(0.2, 0.8) * 48000)
        time = np.arange(size) / 48000
        pitch = 110 * 2 ** (rng.integers(0, 36) / 12)
        note = sum(
            np.sin(2 * np.pi * pitch * k * time + rng.uniform(0, 6)) / k**1.2
            for k in range(1, 12)
            if pitch * k < 16000
        ) * np.exp(-time * rng.uniform(1, 6))
        beat = np.pad(rng.standard_normal(3000) * np.exp(-np.arange(3000) / 600), (0, size))[:size]
        end = min(SIZE, at + size)
        wave[at:end] += (note + 0.6 * beat)[: end - at]
        at += size // 2
    return wave


def programme(rng: np.random.Generator) -> np.ndarray:
    kind = rng.integers(2)
    wave = music(rng) if kind else speak(10, 48000, int(rng.integers(1e6)), rng.uniform(90, 240))
    return wave * 0.1 / wave.std()


def studio(seed: int, attenuation_db: float | None, clock_ppm: float = 0.0):
    """Return what is played, what the microphone hears while nobody speaks, and the delay, ms."""
    rng = np.random.default_rng(seed)
    played, delay_ms = programme(rng), float(rng.uniform(10, 300))
    heard = simulated.noise(SIZE, 48000, rng.uniform(-70, -58), rng)
    if attenuation_db is not None:
        path = rooms.convolve(
            rooms.diffuse_room(
                rng.uniform(0.15, 0.6), rng, direct_db=rng.uniform(-6, 6), predelay_s=0.003
            ),
            rooms.loudspeaker(rng),
        )
        back = rooms.delayed(rooms.convolve(played, path)[:SIZE], delay_ms * 48)[:SIZE]
        back *= 10 ** (-attenuation_db / 20) * played.std() / back.std()
        if clock_ppm:
            back = rooms.resampled(back, 1 / (1 + clock_ppm * 1e-6))
            back = np.pad(back, (0, max(0, SIZE - len(back))))[:SIZE]
        heard += back
    return played, heard, delay_ms


def check_leaks(seeds: range, attenuation_db: float, clock_ppm: float = 0.0) -> None:
    errors, covered = [], []
    for seed in seeds:
        played, heard, delay_ms = studio(seed, attenuation_db, clock_ppm)
        leak = programme_leak(played, heard, 48000)
        assert leak.found, (seed, leak)
        assert leak.attenuation_db is not None
        assert leak.uncertainty_db is not None
        assert leak.delay_ms == pytest.approx(delay_ms, abs=0.1 + 0.006 * abs(clock_ppm))
        errors.append(abs(leak.attenuation_db - attenuation_db))
        covered.append(errors[-1] <= leak.uncertainty_db)
    print(f"{len(errors)} leaks of {attenuation_db} dB: worst {max(errors):.2f} dB, "
          f"covered {np.mean(covered):.2f}")  # fmt: skip
    assert max(errors) < 1.5
    assert np.mean(covered) >= 0.9


def test_a_leak_50_db_down_is_found_and_measured() -> None:
    check_leaks(range(910_000, 910_003), 50)


def test_clocks_that_differ_do_not_hide_a_leak() -> None:
    check_leaks(range(911_000, 911_002), 45, clock_ppm=100)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("attenuation_db", [10, 30, 40, 50])
@pytest.mark.parametrize("clock_ppm", [0, -80])
def test_leaks_to_50_db_are_measured_within_1_5_db(attenuation_db: float, clock_ppm: float) -> None:
    check_leaks(range(912_000, 912_030), attenuation_db, clock_ppm)


def check_silence(seeds: range) -> None:
    for seed in seeds:
        played, heard, _ = studio(seed, None)
        leak = programme_leak(played, heard, 48000)
        assert not leak.found, (seed, leak)
        assert leak.delay_ms is None
        assert leak.attenuation_db is None
        assert 40 < leak.detectable_db < 75
        # one that is 3 dB louder than the promise is found
        played, heard, _ = studio(seed, leak.detectable_db - 3)
        assert programme_leak(played, heard, 48000).found, (seed, leak)


def test_headphones_do_not_leak_and_the_promise_holds() -> None:
    check_silence(range(920_000, 920_002))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_headphones_never_leak_and_the_promise_holds() -> None:
    check_silence(range(921_000, 921_060))


def test_hum_on_both_sides_is_no_leak() -> None:
    played, heard, _ = studio(930_000, None)
    rng = np.random.default_rng(1)
    played = played + simulated.hum(SIZE, 48000, 50, -40, rng)
    heard = heard + simulated.hum(SIZE, 48000, 50, -40, rng)
    assert not programme_leak(played, heard, 48000).found


def test_silence_and_a_short_take_are_refused() -> None:
    noise = np.random.default_rng(1).standard_normal(SIZE)
    for played, heard in ((np.zeros(SIZE), noise), (noise, np.zeros(SIZE))):
        with pytest.raises(Unmeasurable, match="silence"):
            programme_leak(played, heard, 48000)
    with pytest.raises(Unmeasurable, match="three seconds"):
        programme_leak(noise[:96000], noise[:96000], 48000)
    with pytest.raises(Unmeasurable, match="16 kHz"):
        programme_leak(noise, noise, 8000)


def test_the_shortest_take_that_is_accepted_is_measured() -> None:
    played, heard, delay_ms = studio(940_000, 20)
    leak = programme_leak(played[:144_000], heard[:144_000], 48000)
    assert leak.found
    assert leak.delay_ms == pytest.approx(delay_ms, abs=0.1)
    assert leak.attenuation_db == pytest.approx(20, abs=2.5)
