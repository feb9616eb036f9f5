"""When an upload has told its rate and may stop before its time is over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.network.course import rate_mbit_s, startup_windows, window_rates
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


def is_steady(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    *,
    startup_over: bool,
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

    Returns
    -------
    bool
        True only after 1.6 s, when both halves of the last second agree within 5 %, the median of
        all windows after the start-up is known to 5 % (where delays vary, a rate can look level by
        chance and still be a fifth below what comes later), the rate has not fallen below 85 % of
        what an earlier half second carried, and no more than 0.05 % of that second's segments (and
        one) were sent again: the first seconds of a lossy line flatter it.

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
    return (
        whole >= _FALLEN * best
        and not _flattered(t_s, retransmitted, segments, end - _LAST_S)
        and _is_certain(t_s, delivered_bytes)
    )


def _is_certain(t_s: NDArray[np.float64], delivered_bytes: NDArray[np.int64]) -> bool:
    _, rates = window_rates(t_s, delivered_bytes)
    rates = rates[startup_windows(rates) :]
    if windows_apart(rates) < 2:
        return False
    return median_uncertainty(rates) <= _CERTAIN * float(np.median(rates))


def _flattered(
    t_s: NDArray[np.float64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    since_s: float,
) -> bool:
    if retransmitted[-1] < 0:
        return False
    since = int(np.searchsorted(t_s, since_s))
    again = retransmitted[-1] - retransmitted[since]
    sent = segments[-1] - segments[since]
    return bool(again > _FEW_SHARE * sent + 1)
