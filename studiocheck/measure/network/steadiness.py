"""When an upload has told its rate and may stop before its time is over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.network.course import rate_mbit_s, startup_windows, window_rates
from studiocheck.measure.network.retransmission import (
    FLATTERING_SHARE,
    retransmission,
    round_trip_s,
)
from studiocheck.measure.network.scatter import median_uncertainty, windows_apart

EARLIEST_S = 1.6
_LAST_S = 1.0
_AFTER_FIRST_BURST_S = 0.25
_AGREE = 0.05
_FALLEN = 0.85
_CERTAIN = 0.05
_FEW_SHARE = 0.0005
"""So few retransmissions that a line of 20 Mbit/s which loses one packet in 200 is let go too early
once in 400 times."""
_QUIET_S = 0.25
_FULL, _HELD_S = 0.8, 0.3
_FEWEST_IN_A_ROW, _ROW_S = 3, 0.3
_LEAST_QUEUE_MS, _LEAST_QUEUE = 10.0, 0.2


def is_steady(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    *,
    startup_over: bool,
    rtt_ms: NDArray[np.float64] | None = None,
) -> bool:
    """Tell whether the rate is certain enough to stop.

    Parameters
    ----------
    t_s : (n,) float64
        Time since the first byte was offered, s, ascending.
    delivered_bytes : (n,) int64
        Cumulative payload, bytes.
    retransmitted, segments : (n,) int64
        Cumulative segment counts, −1 where unknown.
    startup_over : bool
        Whether the connection has found its share of the line (slow start has ended).
    rtt_ms : (n,) float64, optional
        Round trip of the connection, ms, NaN where unknown.

    Returns
    -------
    bool
        True only after 1.6 s, when both halves of the last second agree within 5 %, the median of
        all windows after the start-up is known to 5 % (where delays vary, a rate can look level by
        chance and still be a fifth below what comes later), the rate has not fallen below 85 % of
        what an earlier half second carried, and no more than 0.05 % of that second's segments (and
        one) were sent again: the first seconds of a lossy line flatter it. What is lost because
        the connection itself filled the queue (its round trip was at its longest then) says nothing
        against the line, once it was sent again and as much time has passed: one row of
        retransmissions, all within two round trips.

    Notes
    -----
    **Source**: measured on shaped lines of 6…50 Mbit/s, with and without 1 % random loss; slow
    start: RFC 5681, 3.1.

    Examples
    --------
    >>> t = np.linspace(0, 2, 41)
    >>> none = np.zeros(41, dtype=np.int64)
    >>> is_steady(t, (2.4e6 * t).astype(np.int64), none, none, startup_over=True)
    True
    >>> is_steady(t, (2.4e6 * t**2).astype(np.int64), none, none, startup_over=True)
    False
    """
    if not startup_over or len(t_s) < 2 or t_s[-1] < EARLIEST_S:
        return False
    end = float(t_s[-1])
    whole = rate_mbit_s(t_s, delivered_bytes, end - _LAST_S, end)
    halves = [
        rate_mbit_s(t_s, delivered_bytes, start, start + _LAST_S / 2)
        for start in (end - _LAST_S, end - _LAST_S / 2)
    ]
    if whole <= 0 or abs(halves[0] - halves[1]) > _AGREE * whole:
        return False
    best = max(
        (
            rate_mbit_s(t_s, delivered_bytes, start, start + _LAST_S / 2)
            for start in np.arange(_AFTER_FIRST_BURST_S, end - _LAST_S, 0.1)
        ),
        default=0.0,
    )
    if whole < _FALLEN * best or _flattered(t_s, retransmitted, segments, rtt_ms):
        return False
    starts, rates = window_rates(t_s, delivered_bytes)
    first = startup_windows(rates)
    if not _is_certain(rates[first:]):
        return False
    startup_s = float(starts[first] - t_s[0])
    again = retransmission(t_s, retransmitted, segments, startup_s, round_trip_s(rtt_ms))
    return again is None or again.share <= FLATTERING_SHARE


def _is_certain(rates: NDArray[np.float64]) -> bool:
    if windows_apart(rates) < 2:
        return False
    return median_uncertainty(rates) <= _CERTAIN * float(np.median(rates))


def _flattered(
    t_s: NDArray[np.float64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    rtt_ms: NDArray[np.float64] | None,
) -> bool:
    if retransmitted[-1] < 0:
        return False
    since = int(np.searchsorted(t_s, t_s[-1] - _LAST_S)) + 1
    quiet = int(np.searchsorted(t_s, t_s[-1] - _QUIET_S)) + 1
    again = np.diff(retransmitted, prepend=retransmitted[0])
    by_us = np.where(_overflowing(t_s, rtt_ms), again, 0)[since:]
    row_s = t_s[since:][by_us > 0]
    is_row = by_us.sum() >= _FEWEST_IN_A_ROW and np.ptp(row_s) <= _ROW_S + 2 * round_trip_s(rtt_ms)
    by_the_line = again[since:].sum() - (by_us.sum() if is_row else 0)
    few = _FEW_SHARE * (segments[-1] - segments[since - 1]) + 1
    return bool(by_the_line > few or again[quiet:].sum() > 1)


def _overflowing(t_s: NDArray[np.float64], rtt_ms: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """Return in which samples the connection's own queue was, or had just been, full."""
    nowhere = np.zeros(len(t_s), dtype=np.bool_)
    if rtt_ms is None or not np.isfinite(rtt_ms).all():
        return nowhere
    low, high = float(rtt_ms.min()), float(rtt_ms.max())
    if high - low < max(_LEAST_QUEUE_MS, _LEAST_QUEUE * low):
        return nowhere
    full_s = t_s[rtt_ms >= low + _FULL * (high - low)]
    last = np.searchsorted(full_s, t_s, side="right")
    since_s: NDArray[np.float64] = t_s - np.append(-np.inf, full_s)[last]
    return since_s <= _HELD_S
