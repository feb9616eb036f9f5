"""What goodput and steadiness claim, on courses whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.network.course import window_rates
from studiocheck.measure.network.goodput import Goodput, goodput
from studiocheck.measure.network.steadiness import is_steady

RATES = st.floats(0.1, 500)
Rows = NDArray[np.float64]


def course(mbit_s: Rows, step_s: float = 0.05) -> tuple[Rows, NDArray[np.int64]]:
    """Sample times and bytes of a rate given for every step."""
    t_s = step_s * np.arange(len(mbit_s) + 1)
    return t_s, np.concatenate([[0], np.cumsum(mbit_s * 1e6 / 8 * step_s)]).astype(np.int64)


def measured(mbit_s: Rows, step_s: float = 0.05) -> Goodput:
    t_s, sent = course(mbit_s, step_s)
    unknown = np.full(len(t_s), -1)
    return goodput(t_s, sent, unknown, unknown)


def steady(
    mbit_s: Rows, *, again: NDArray[np.int64] | None = None, startup_over: bool = True
) -> bool:
    t_s, sent = course(mbit_s)
    segments = sent // 1448
    again = np.zeros_like(segments) if again is None else again
    return is_steady(t_s, sent, again, segments, startup_over=startup_over)


@given(RATES, st.floats(1.0, 8.0), st.floats(0.01, 0.12))
def test_a_constant_rate_is_read_exactly_however_it_is_sampled(rate, seconds, step_s):
    found = measured(np.full(int(seconds / step_s) + 1, rate), step_s)
    assert found.median_mbit_s == pytest.approx(rate, rel=1e-3, abs=1e-3)
    assert found.p5_mbit_s == pytest.approx(rate, rel=1e-3, abs=1e-3)
    assert found.startup_s == 0


@given(st.lists(RATES, min_size=30, max_size=80))
def test_what_is_read_lies_between_the_slowest_and_the_fastest_step(steps):
    try:
        found = measured(np.array(steps))
    except Unmeasurable:  # a rate that rises until the end leaves no steady part
        return
    assert min(steps) - 0.01 <= found.p5_mbit_s <= found.median_mbit_s + 1e-9
    assert found.median_mbit_s <= max(steps) + 0.01
    assert found.median_uncertainty_mbit_s >= 0


@given(st.lists(st.floats(1, 100), min_size=30, max_size=60), st.floats(0.2, 5))
def test_twice_the_bytes_are_twice_the_rate(steps, factor):
    try:
        one, other = measured(np.array(steps)), measured(factor * np.array(steps))
    except Unmeasurable:
        return
    assert other.median_mbit_s == pytest.approx(factor * one.median_mbit_s, rel=1e-3)


@given(RATES.filter(lambda rate: rate > 1), st.integers(4, 30))
def test_a_start_up_ramp_does_not_count(rate, steps):
    ramp = rate * np.linspace(0.02, 0.6, steps)
    found = measured(np.concatenate([ramp, np.full(40, rate)]))
    assert found.median_mbit_s == pytest.approx(rate, rel=0.01)
    assert found.startup_s >= 0.05 * (steps - 4)


@given(st.integers(0, 2**32 - 1))
def test_a_noisy_course_is_within_its_own_uncertainty_most_of_the_time(seed):
    noise = np.random.default_rng(seed).normal(20, 1.5, 80)
    found = measured(noise)
    # three times the expanded uncertainty: hypothesis looks for the worst seed
    assert abs(found.median_mbit_s - 20) <= 3 * found.median_uncertainty_mbit_s + 0.2


def test_the_uncertainty_covers_the_truth_in_nearly_nine_of_ten_noisy_courses():
    random = np.random.default_rng(7)
    runs = [measured(random.normal(20, 2, 80)) for _ in range(200)]
    covered = [abs(r.median_mbit_s - 20) <= r.median_uncertainty_mbit_s for r in runs]
    assert np.mean(covered) >= 0.85


def test_bursts_of_a_wireless_line_are_averaged_not_picked():
    bursts = np.tile([60.0, 0.0, 0.0], 27)
    assert measured(bursts).median_mbit_s == pytest.approx(20, rel=0.25)


def test_a_stall_shows_in_the_fifth_percentile():
    steps = np.full(80, 20.0)
    steps[40:50] = 0
    found = measured(steps)
    assert found.p5_mbit_s < 1
    assert found.median_mbit_s == pytest.approx(20)


def test_a_line_that_carries_nothing_reads_zero_and_not_nothing():
    assert measured(np.zeros(40)).median_mbit_s == 0


@pytest.mark.parametrize("steps", [0, 1, 4, 9])
def test_a_short_course_is_unmeasurable_not_a_number(steps):
    with pytest.raises(Unmeasurable):
        measured(np.full(steps, 20.0))


def test_a_course_whose_rate_came_only_at_the_end_is_unmeasurable():
    with pytest.raises(Unmeasurable):
        measured(np.concatenate([np.full(30, 0.5), np.full(10, 20.0)]))


def test_the_retransmitted_share_is_unknown_where_the_system_does_not_tell():
    t_s, sent = course(np.full(40, 20.0))
    unknown = np.full(41, -1)
    assert goodput(t_s, sent, unknown, unknown).retransmitted_share is None
    known = goodput(t_s, sent, np.arange(41), 100 * np.arange(41))
    assert known.retransmitted_share == pytest.approx(0.01)


def test_windows_of_an_empty_course_are_none():
    starts, rates = window_rates(np.empty(0), np.empty(0, dtype=np.int64))
    assert len(starts) == len(rates) == 0


# ------------------------------------------------------------------ may it stop early?


@given(RATES.filter(lambda rate: rate > 1))
def test_a_steady_rate_may_stop_after_1600_ms_and_not_before(rate):
    assert steady(np.full(33, rate))
    assert not steady(np.full(30, rate))


def test_slow_start_may_not_stop():
    assert not steady(np.full(40, 20.0), startup_over=False)
    assert not steady(np.linspace(1, 20, 40))


def test_a_line_that_carries_nothing_may_not_stop():
    assert not steady(np.zeros(40))


def test_retransmissions_keep_it_running_because_the_first_seconds_flatter():
    t = np.arange(41)
    assert not steady(np.full(40, 20.0), again=t * 2)
    assert steady(np.full(40, 20.0), again=np.minimum(t, 15) * 9)  # all in the start-up


@pytest.mark.parametrize(
    ("row_s", "queue_ms", "may_stop"),
    [
        ((1.2, 1.25, 1.3), 100.0, True),  # the connection's own overflow, sent again by now
        ((1.2, 1.25, 1.3), 0.0, False),  # the same on an empty queue: the line has lost it
        ((0.8, 1.05, 1.3), 100.0, False),  # one here, one there: no overflow
        ((1.55, 1.6, 1.65), 100.0, False),  # it may still go on
    ],
)
def test_what_the_connection_lost_by_filling_the_queue_itself_does_not_keep_it_running(
    row_s: tuple[float, ...], queue_ms: float, may_stop: bool
):
    t_s, sent = course(np.full(34, 20.0))
    again = np.searchsorted(row_s, t_s, side="right") * 3
    rtt_ms = 30 + queue_ms * np.minimum(1, t_s / 1.2)
    found = is_steady(t_s, sent, again, sent // 1448, startup_over=True, rtt_ms=rtt_ms)
    assert found == may_stop


def test_a_rate_that_fell_may_not_stop_on_its_low_plateau():
    assert not steady(np.concatenate([np.full(20, 20.0), np.full(22, 3.0)]))


def test_retransmissions_that_nobody_counts_do_not_keep_it_running():
    t_s, sent = course(np.full(40, 20.0))
    unknown = np.full(41, -1)
    assert is_steady(t_s, sent, unknown, unknown, startup_over=True)
