"""Loudness against the synthesised test signals of EBU Tech 3341 and 3342."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.loudness_bs1770 import k_weighted, loudness, to_lufs
from studiocheck.measure.sound.loudness_range_ebu3342 import loudness_range

RATE_HZ = 48000


def tone(*steps: tuple[float, float], rate_hz: int = RATE_HZ) -> NDArray[np.float64]:
    """A stereo sine of 1 kHz in steps of (peak level dBFS, seconds)."""
    level = np.concatenate([np.full(round(s * rate_hz), 10 ** (db / 20)) for db, s in steps])
    wave = level * np.sin(2 * np.pi * 1000 * np.arange(len(level)) / rate_hz)
    return np.stack([wave, wave], axis=1)


@pytest.mark.parametrize(
    ("case", "steps", "lufs"),
    [
        (1, [(-23, 20)], -23.0),
        (2, [(-33, 20)], -33.0),
        (3, [(-36, 10), (-23, 60), (-36, 10)], -23.0),
        (4, [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        (5, [(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_integrated_loudness_meets_ebu_tech_3341(
    case: int, steps: list[tuple[float, float]], lufs: float
) -> None:
    got = loudness(tone(*steps), RATE_HZ).integrated_lufs
    print(f"Tech 3341 case {case}: {got:.3f} LUFS, error {got - lufs:+.3f} LU")
    assert got == pytest.approx(lufs, abs=0.1)


@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100, 96000, 192000])
def test_loudness_does_not_depend_on_the_sample_rate(rate_hz: int) -> None:
    got = loudness(tone((-23, 5), rate_hz=rate_hz), rate_hz).integrated_lufs
    assert got == pytest.approx(-23.0, abs=0.1)


def test_short_term_loudness_meets_case_9() -> None:
    weighted = k_weighted(tone(*[(-20, 1.34), (-30, 1.66)] * 5), RATE_HZ)
    course = to_lufs(weighted.blocks(3.0, 0.1))
    print(f"Tech 3341 case 9: {course.min():.3f} … {course.max():.3f} LUFS")
    assert course == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("seconds", [0.15 * i for i in range(1, 21)])
def test_three_seconds_are_found_wherever_they_start_case_10(seconds: float) -> None:
    burst = tone((-200, seconds), (-23, 3), (-200, 1))
    assert loudness(burst, RATE_HZ).short_term_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_short_term_loudness_meets_case_11() -> None:
    steps = [(-38 + i, 0.15 * i) for i in range(1, 21)]
    whole = tone(*(s for db, rest in steps for s in ((-200, rest), (db, 3), (-200, 3 - rest))))
    course = to_lufs(k_weighted(whole, RATE_HZ).blocks(3.0, 0.01))
    # the window ends within the segment: the next one is louder
    found = [course[max(600 * i - 900, 0) : 600 * i - 299].max() for i in range(1, 21)]
    assert found == pytest.approx([db for db, _ in steps], abs=0.1)


def test_momentary_loudness_meets_case_12() -> None:
    weighted = k_weighted(tone(*[(-20, 0.18), (-30, 0.22)] * 25), RATE_HZ)
    course = to_lufs(weighted.blocks(0.4, 0.01))
    print(f"Tech 3341 case 12: {course[60:].min():.3f} … {course[60:].max():.3f} LUFS")
    assert course[60:] == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("start_s", [0.005 * i for i in range(1, 81, 4)])
def test_a_burst_of_400_ms_is_found_wherever_it_starts_case_13(start_s: float) -> None:
    burst = tone((-200, start_s), (-23, 0.4), (-200, 1))
    assert loudness(burst, RATE_HZ).momentary_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_momentary_loudness_meets_case_14() -> None:
    steps = [(-38 + i, 0.02 * i) for i in range(1, 21)]
    whole = tone(*(s for db, rest in steps for s in ((-200, rest), (db, 0.4), (-200, 0.4 - rest))))
    course = to_lufs(k_weighted(whole, RATE_HZ).blocks(0.4, 0.01))
    found = [course[max(80 * i - 120, 0) : 80 * i - 39].max() for i in range(1, 21)]
    assert found == pytest.approx([db for db, _ in steps], abs=0.1)


@pytest.mark.parametrize(
    ("steps", "range_lu"),
    [
        ([(-20, 20), (-30, 20)], 10),
        ([(-20, 20), (-15, 20)], 5),
        ([(-40, 20), (-20, 20)], 20),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
    ],
)
def test_loudness_range_meets_ebu_tech_3342(
    steps: list[tuple[float, float]], range_lu: float
) -> None:
    assert loudness_range(tone(*steps), RATE_HZ) == pytest.approx(range_lu, abs=1)


def test_a_take_without_two_windows_apart_has_no_loudness_range() -> None:
    wave = np.random.default_rng(1).normal(0, 0.1, 5 * 8000)
    with pytest.raises(Unmeasurable):
        loudness_range(wave, 8000)


def test_silence_and_a_blink_of_sound_have_no_loudness() -> None:
    with pytest.raises(Unmeasurable, match="-70|−70"):
        loudness(np.zeros(RATE_HZ), RATE_HZ)
    with pytest.raises(Unmeasurable, match="400 ms"):
        loudness(np.ones(100), RATE_HZ)
    with pytest.raises(Unmeasurable):
        loudness_range(np.zeros(5 * RATE_HZ), RATE_HZ)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), gain_db=st.floats(-20, 20))
def test_gain_moves_loudness_by_itself_and_spread_not_at_all(seed: int, gain_db: float) -> None:
    rng = np.random.default_rng(seed)
    wave = 0.05 * rng.standard_normal(16000 * 3) * np.repeat(rng.uniform(0.5, 1, 30), 1600)
    plain, louder = (loudness(x, 16000) for x in (wave, wave * 10 ** (gain_db / 20)))
    assert louder.integrated_lufs - plain.integrated_lufs == pytest.approx(gain_db, abs=1e-5)
    assert louder.uncertainty_lu == pytest.approx(plain.uncertainty_lu, abs=1e-5)
    assert plain.momentary_max_lufs >= plain.integrated_lufs - 1e-9
