"""What the measures of a line claim: retransmissions, delay, uncertainty, on courses made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.network.course import startup_windows, window_rates
from studiocheck.measure.network.delay import line_delay
from studiocheck.measure.network.goodput import goodput
from studiocheck.measure.network.retransmission import retransmission
from studiocheck.measure.network.scatter import median_uncertainty

T_S = 0.05 * np.arange(81)


def counted(again_each: np.ndarray, sent_each: int = 30) -> tuple[np.ndarray, np.ndarray]:
    return np.append(0, np.cumsum(again_each)), sent_each * np.arange(len(again_each) + 1)


# ------------------------------------------------------------------ retransmissions


def test_the_burst_that_ends_slow_start_is_no_loss_of_the_line():
    again = np.zeros(80, dtype=np.int64)
    again[12:20] = 15
    found = retransmission(T_S, *counted(again), 0.3)
    assert found is not None
    assert found.share == 0
    assert found.uncertainty < 0.002


def test_a_long_way_takes_several_round_trips_to_mend_the_end_of_slow_start():
    again = np.zeros(80, dtype=np.int64)
    again[[12, 18, 24]] = 100
    near = retransmission(T_S, *counted(again), 0.3)
    far = retransmission(T_S, *counted(again), 0.3, round_trip_s=0.25)
    assert near is not None
    assert far is not None
    assert near.share > 0.05
    assert far.share == 0


@pytest.mark.parametrize("loss", [0.002, 0.01, 0.05])
def test_random_loss_is_counted_and_its_uncertainty_covers_it(loss: float):
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        found = retransmission(T_S, *counted(random.binomial(30, loss, 80)), 0.3)
        assert found is not None
        covered += abs(found.share - loss) <= found.uncertainty
    assert covered >= 0.9 * 200


def test_loss_without_a_pause_still_counts():
    found = retransmission(T_S, *counted(np.full(80, 3)), 0.3)
    assert found is not None
    assert found.share == pytest.approx(0.1)


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=90),
    st.floats(0, 6),
    st.floats(0, 1),
)
def test_a_share_is_a_share_or_nothing(again: list[int], startup_s: float, round_trip_s: float):
    rows = counted(np.array(again))
    found = retransmission(0.05 * np.arange(len(again) + 1), *rows, startup_s, round_trip_s)
    assert found is None or (0 <= found.share <= 1 and found.uncertainty > 0)


# ------------------------------------------------------------------ uncertainty


@pytest.mark.parametrize("seconds", [1.6, 2.2, 4.0])
@pytest.mark.parametrize("kind", ["noise", "bursts"])
def test_the_uncertainty_covers_the_truth_in_19_of_20_courses(kind: str, seconds: float):
    random = np.random.default_rng(11)
    steps = round(seconds / 0.05)
    covered = 0
    for _ in range(300):
        rate = random.normal(20, 2, steps) if kind == "noise" else random.gamma(4, 5, steps)
        sent = np.append(0, np.cumsum(rate * 1e6 / 8 * 0.05)).astype(np.int64)
        _, rates = window_rates(0.05 * np.arange(steps + 1), sent)
        steady = rates[startup_windows(rates) :]
        covered += abs(np.median(steady) - 20) <= median_uncertainty(steady)
    # the median of skewed bursts lies below their mean
    assert covered >= (0.95 if kind == "noise" else 0.92) * 300


@pytest.mark.parametrize(("period_s", "seconds"), [(3.0, 2.0), (3.0, 4.0), (6.0, 4.0)])
def test_the_uncertainty_covers_a_line_that_drifts_within_the_course(
    period_s: float, seconds: float
):
    random = np.random.default_rng(5)
    t_s = np.arange(0, seconds + 0.001, 0.05)
    unknown = np.full(len(t_s), -1)
    covered = 0
    for _ in range(200):
        phase = 2 * np.pi * (t_s[1:] / period_s + random.random())
        rate = 20 + 2 * np.sin(phase) + random.normal(0, 0.5, len(t_s) - 1)
        sent = np.append(0, np.cumsum(rate * 1e6 / 8 * 0.05)).astype(np.int64)
        found = goodput(t_s, sent, unknown, unknown)
        covered += abs(found.median_mbit_s - 20) <= found.median_uncertainty_mbit_s
    assert covered >= 0.9 * 200


def test_a_rate_that_still_rises_is_at_least_what_was_read():
    rate = np.linspace(6, 14, 80)
    sent = np.append(0, np.cumsum(rate * 1e6 / 8 * 0.05)).astype(np.int64)
    unknown = np.full(81, -1)
    found = goodput(T_S, sent, unknown, unknown)
    assert found.rising
    assert found.median_mbit_s + found.median_uncertainty_mbit_s >= 13


def test_what_a_socket_may_hold_widens_the_uncertainty():
    sent = (2.5e6 * T_S).astype(np.int64)
    unknown = np.full(81, -1)
    sure = goodput(T_S, sent, unknown, unknown)
    unsure = goodput(T_S, sent, unknown, unknown, unseen_bytes=131072)
    assert sure.median_uncertainty_mbit_s < 0.02
    assert unsure.median_uncertainty_mbit_s == pytest.approx(131072 * 8e-6 / 4, rel=0.05)


# ------------------------------------------------------------------ delay

AT_S = 0.1 * np.arange(20)


def test_a_handshake_that_had_to_be_sent_twice_does_not_move_the_delay():
    loaded = np.full(20, 80.0)
    loaded[[12, 17]] = 1080.0
    loaded[15] = np.nan
    found = line_delay(np.full(4, 30.0), loaded, AT_S, 0.3)
    assert found.loaded_ms == 80
    assert found.added_ms == 50


def test_a_queue_that_still_grows_at_the_end_is_at_least_as_long_as_it_was_last():
    growing = line_delay(np.full(4, 30.0), 60 + 60 * AT_S, AT_S, 0.0)
    full = line_delay(np.full(4, 30.0), np.minimum(130, 60 + 90 * AT_S), AT_S, 0.0)
    swinging = line_delay(np.full(4, 30.0), 90 + 30 * np.sin(8 * AT_S), AT_S, 0.0)
    assert growing.growing
    assert growing.loaded_ms == pytest.approx(162)  # the middle of the last half second
    assert not full.growing
    assert not swinging.growing


def test_the_uncertainty_of_a_delay_covers_its_truth():
    random = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        found = line_delay(random.normal(30, 2, 4), random.normal(90, 10, 20), AT_S, 0.0)
        covered += abs(found.added_ms - 60) <= found.added_uncertainty_ms
    assert covered >= 0.9 * 200


@pytest.mark.parametrize(
    ("idle", "loaded", "says"),
    [
        ([30.0, np.nan, np.nan, np.nan], [np.nan] * 20, "no second connection"),
        ([30.0] * 4, [np.nan] * 20, "hardly any"),
        ([30.0] * 4, [80.0] * 2, "hardly any"),
        ([], [], "no second connection"),
    ],
)
def test_where_connections_do_not_come_about_the_delay_is_unknown(
    idle: list[float], loaded: list[float], says: str
):
    with pytest.raises(Unmeasurable, match=says):
        line_delay(np.array(idle), np.array(loaded), AT_S[: len(loaded)], 0.0)
