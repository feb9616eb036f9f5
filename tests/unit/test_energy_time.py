"""Discrete echoes in impulse responses: where they are, and never where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.deconvolution import impulse_response
from studiocheck.measure.sound.energy_time import EchoSearch, energy_time_curve, find_echoes
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from tests import rooms

SWEEP = Sweep()
PLAYED = sweep_samples(SWEEP)


def with_echo(room: np.ndarray, delay_ms: float, level_db: float) -> np.ndarray:
    """The room and one more arrival like its direct sound, which stands at sample 240."""
    late = rooms.delayed(np.pad([room[240]], (240, 0)), delay_ms * 48) * 10 ** (level_db / 20)
    heard = np.pad(room, (0, max(0, len(late) - len(room))))
    heard[: len(late)] += late[: len(heard)]
    return heard


def diffuse(rng: np.random.Generator) -> np.ndarray:
    room = rooms.diffuse_room(
        rng.uniform(0.1, 1.2),
        rng,
        direct_db=rng.uniform(-10, 10),
        predelay_s=rng.uniform(0.001, 0.01),
    )
    return np.pad(room, (240, 24000))


def found_in(room: np.ndarray, rng: np.random.Generator) -> EchoSearch:
    """Search the room heard through a loudspeaker, with noise 70 dB below the peak."""
    heard = rooms.convolve(room, rooms.loudspeaker(rng))
    noise = np.abs(heard).max() * 10 ** (-70 / 20)
    return find_echoes(ImpulseResponse.of(heard + noise * rng.standard_normal(len(heard)), 48000))


def count_invented(seeds: range) -> int:
    return sum(
        bool(found_in(diffuse(rng), rng).echoes) for rng in map(np.random.default_rng, seeds)
    )


def test_no_echo_is_invented_in_diffuse_decay() -> None:
    assert count_invented(range(810_000, 810_020)) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_echo_is_invented_in_many_diffuse_decays() -> None:
    assert count_invented(range(811_000, 811_200)) == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_echo_that_matters_is_invented_in_box_rooms() -> None:
    strong = 0
    for seed in range(812_000, 812_030):
        rng = np.random.default_rng(seed)
        search = found_in(np.pad(rooms.random_box(rng).response, (0, 24000)), rng)
        strong += any(echo.level_db > -20 for echo in search.echoes)
    assert strong <= 1  # a lone reflection of a box is an echo


def check_echoes(seeds: range, level_db: float, *, swept: bool = False) -> None:
    delays, levels, count = [], [], 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        faint = level_db < -15
        room, delay_ms = diffuse(rng), float(rng.uniform(105 if faint else 31, 500))
        seen = found_in(room, rng)
        if (seen.detectable_late_db if faint else seen.detectable_db) > level_db - 3:
            continue  # this decay is too loud for such an echo, and says so
        count += 1
        echoing = with_echo(room, delay_ms, level_db)
        if swept:
            heard = rooms.convolve(echoing, rooms.loudspeaker(rng))
            recording = rooms.record(
                PLAYED, heard, rng, snr_db=30, clock_ppm=rng.uniform(-100, 100)
            )
            search = find_echoes(impulse_response(recording, SWEEP))
        else:
            search = found_in(echoing, rng)
        assert len(search.echoes) == 1, (seed, delay_ms, search)
        echo = search.echoes[0]
        assert abs(echo.delay_ms - delay_ms) < min(0.1, echo.delay_uncertainty_ms), (seed, echo)
        levels.append(abs(echo.level_db - level_db))
        delays.append(levels[-1] <= echo.level_uncertainty_db)
    print(f"{count} echoes of {level_db} dB: level within {max(levels):.2f} dB, "
          f"covered {np.mean(delays):.2f}")  # fmt: skip
    assert count > 0.2 * len(seeds)
    assert np.percentile(levels, 95) < 1.0
    assert np.mean(delays) >= 0.9


@pytest.mark.parametrize("level_db", [-3, -6, -12])
def test_every_echo_over_the_stated_level_is_found_where_it_is(level_db: float) -> None:
    check_echoes(range(820_000, 820_012), level_db)


def test_an_echo_is_found_in_a_recorded_sweep_on_another_clock() -> None:
    check_echoes(range(821_000, 821_004), -6, swept=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("level_db", [-3, -6, -12, -20])
def test_every_echo_over_the_stated_level_is_found_in_many_rooms(level_db: float) -> None:
    check_echoes(range(822_000, 822_060), level_db)


def test_what_could_not_have_been_seen_is_named() -> None:
    rng = np.random.default_rng(3)
    loud = found_in(np.pad(rooms.diffuse_room(0.9, rng, direct_db=-8), (240, 24000)), rng)
    dry = found_in(np.pad(rooms.diffuse_room(0.2, rng, direct_db=8), (240, 24000)), rng)
    assert loud.detectable_db > -12 > dry.detectable_db
    assert loud.detectable_late_db < loud.detectable_db


def test_two_echoes_are_told_apart_strongest_first() -> None:
    rng = np.random.default_rng(4)
    room = np.pad(rooms.diffuse_room(0.2, rng, direct_db=8, predelay_s=0.003), (240, 24000))
    search = found_in(with_echo(with_echo(room, 120, -14), 180, -10), rng)
    assert [round(echo.delay_ms) for echo in search.echoes] == [180, 120]


def test_a_table_under_the_microphone_does_not_move_the_echo() -> None:
    rng = np.random.default_rng(6)
    room = np.pad(rooms.diffuse_room(0.2, rng, direct_db=8, predelay_s=0.003), (240, 24000))
    room[240 + 88] += 0.95 * room[240]  # as loud as the direct sound, 1.8 ms later
    late = np.pad(0.5 * room[:360], (9600, 0))  # and the echo has the same shadow
    room[: len(late)] += late
    (echo,) = found_in(room, rng).echoes
    assert echo.delay_ms == pytest.approx(200, abs=0.1)
    assert echo.level_db == pytest.approx(-6, abs=1)


def test_the_curve_starts_at_the_direct_sound_with_0_db() -> None:
    rng = np.random.default_rng(5)
    curve = energy_time_curve(ImpulseResponse.of(diffuse(rng), 48000))
    assert curve.level_db[0] == 0
    assert curve.time_ms[48] == pytest.approx(1.0)
    assert curve.level_db.shape == curve.decay_db.shape == curve.time_ms.shape


def test_a_response_of_a_tenth_of_a_second_is_refused() -> None:
    with pytest.raises(Unmeasurable, match="short"):
        find_echoes(ImpulseResponse.of(np.pad([1.0], (240, 4800)), 48000))
