"""Discrete echo in simulated speech: found from −10 dB up, never invented."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.echo_cepstrum import echo_cepstrum
from studiocheck.simulator import room
from studiocheck.simulator.voice import speak

RATE_HZ = 48000
LOW_RATE_HZ = 16000  # that of the method: many takes are made in a third of the time


def take(seed: int, seconds: float = 10.0, rate_hz: int = RATE_HZ) -> NDArray[np.float64]:
    """Speech of a random voice at a random place in a random room, with its noise."""
    rng = np.random.default_rng(seed)
    wave = speak(seconds, rate_hz, seed, rng.uniform(85, 250))
    wave *= 0.1 / wave.std()
    wave = room.reverberate(wave, rate_hz, rng.uniform(0.05, 0.7), rng.uniform(0.15, 0.6), rng)
    return wave + room.noise(len(wave), rate_hz, rng.uniform(-75, -50), rng)


def count_false(seeds: range, rate_hz: int) -> int:
    z = [echo_cepstrum(take(seed, rate_hz=rate_hz), rate_hz).z for seed in seeds]
    print(f"{len(z)} takes without echo: highest z {max(z):.2f}")
    return sum(value > 6 for value in z)


def test_no_echo_is_invented() -> None:
    assert count_false(range(880_000, 880_006), RATE_HZ) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_echo_is_invented_in_a_hundred_takes() -> None:
    assert count_false(range(881_000, 881_100), LOW_RATE_HZ) == 0


@pytest.mark.parametrize(("delay_ms", "level_db"), [(30, -10), (90, -6), (180, -10), (600, -10)])
def test_an_echo_of_minus_10_db_or_more_is_found(delay_ms: float, level_db: float) -> None:
    wave = room.echo(take(882_000 + int(delay_ms)), RATE_HZ, delay_ms, level_db)
    found = echo_cepstrum(wave, RATE_HZ)
    assert found.found
    assert found.delay_ms == pytest.approx(delay_ms, abs=0.1)
    assert found.level_db == pytest.approx(level_db, abs=3)
    assert found.uncertainty_db is not None


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_echo_of_minus_10_db_or_more_is_found() -> None:
    for seed in range(883_000, 883_040):
        wave = take(seed, rate_hz=LOW_RATE_HZ)
        delay_ms = float(np.random.default_rng(seed).uniform(25, 650))
        for level_db in (-3, -6, -10):
            echoing = room.echo(wave, LOW_RATE_HZ, delay_ms, level_db)
            found = echo_cepstrum(echoing, LOW_RATE_HZ)
            assert found.found, (seed, delay_ms, level_db, found)
            assert found.delay_ms == pytest.approx(delay_ms, abs=0.1)


def test_hum_is_no_echo() -> None:
    wave = take(884_000)
    wave += room.hum(len(wave), RATE_HZ, 50, -40, np.random.default_rng(1))
    assert not echo_cepstrum(wave, RATE_HZ).found


def test_where_none_is_found_the_level_that_could_not_be_seen_is_named() -> None:
    found = echo_cepstrum(take(885_000), RATE_HZ)
    assert not found.found
    assert -35 < found.detectable_db < -12


def test_a_short_take_and_a_telephone_are_refused() -> None:
    with pytest.raises(Unmeasurable):
        echo_cepstrum(take(1, 4.0), RATE_HZ)
    with pytest.raises(Unmeasurable):
        echo_cepstrum(np.ones(10 * 8000), 8000)
    with pytest.raises(Unmeasurable, match="silence"):
        echo_cepstrum(np.zeros(10 * RATE_HZ), RATE_HZ)
