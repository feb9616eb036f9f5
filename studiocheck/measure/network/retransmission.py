"""Retransmissions of a connection that has found its share of the line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FLATTERING_SHARE = 0.002
"""Beyond this share the first seconds of a line read more than a stream will get."""
_QUIET_S = 0.25
_LONGEST_RECOVERY_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retransmission:
    """How much was sent again.

    Parameters
    ----------
    share, uncertainty : float
        Segments sent again over segments sent, 0…1; expanded (k = 2).
    segments : int
        How many were sent in all.
    """

    share: float
    uncertainty: float
    segments: int


def retransmission(
    t_s: NDArray[np.float64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    startup_s: float,
    round_trip_s: float = 0.0,
) -> Retransmission | None:
    """Measure the share of segments that were sent again, the end of slow start left out.

    Parameters
    ----------
    t_s : (n,) float64
        Sample times, s, ascending.
    retransmitted, segments : (n,) int64
        Cumulative counts, −1 where unknown.
    startup_s : float
        How long the start-up took, s.
    round_trip_s : float
        Of the loaded line, s, where it is known.

    Returns
    -------
    Retransmission or None
        None where the system does not tell, or nothing was sent after the start-up.

    Notes
    -----
    Slow start ends by overrunning the queue: what is lost of that last flight says nothing of the
    line. So the first row of retransmissions does not count, until nothing was sent again for a
    quarter of a second or two round trips, two seconds and half of the course at most. The
    uncertainty is that of a count, and three where none was seen.

    **Source**: slow start and its end: RFC 5681, 3.1; none seen in n: B. D. Jovanovic and P. S.
    Levy, Amer. Statist. 51 (1997) 137.

    Examples
    --------
    A burst at the end of slow start, then one segment in a hundred:

    >>> t = np.linspace(0, 4, 81)
    >>> sent = (500 * t).astype(np.int64)
    >>> again = np.where(t < 0.5, 0, 90) + np.maximum(0, 5 * (t - 0.9)).astype(np.int64)
    >>> found = retransmission(t, again, sent, 0.4)
    >>> round(found.share, 3), round(found.uncertainty, 3)
    (0.008, 0.005)
    """
    if not len(t_s) or retransmitted[-1] < 0:
        return None
    since_s = t_s - t_s[0]
    begun = min(int(np.searchsorted(since_s, startup_s)), len(t_s) - 1)
    first, last = _first_row(since_s, retransmitted, begun, max(_QUIET_S, 2 * round_trip_s))
    sent = int(segments[-1] - segments[begun] - (segments[last] - segments[first]))
    if sent <= 0:
        return None
    again = int(
        retransmitted[-1] - retransmitted[begun] - (retransmitted[last] - retransmitted[first])
    )
    return Retransmission(
        share=min(1.0, again / sent),
        uncertainty=(1 + 2 * math.sqrt(again + 1)) / sent,
        segments=sent,
    )


def round_trip_s(rtt_ms: NDArray[np.float64] | None) -> float:
    """Return the usual round trip of a course, s; 0 where nobody knows it.

    Examples
    --------
    >>> round_trip_s(np.array([30.0, np.nan, 50.0])), round_trip_s(None)
    (0.04, 0.0)
    """
    if rtt_ms is None or not np.isfinite(rtt_ms).any():
        return 0.0
    return float(np.nanmedian(rtt_ms)) / 1000


def _first_row(
    since_s: NDArray[np.float64], retransmitted: NDArray[np.int64], begun: int, quiet_s: float
) -> tuple[int, int]:
    """Return the samples between which the first row of retransmissions after ``begun`` lies."""
    grown = np.flatnonzero(np.diff(retransmitted) > 0)
    late = grown[np.searchsorted(since_s[grown + 1], since_s[begun]) :]
    if not len(late):
        return begun, begun
    first = max(begun, int(late[0]))
    longest_s = min(_LONGEST_RECOVERY_S, (since_s[-1] - since_s[first]) / 2)
    ends = np.append(since_s[grown + 1], np.inf)
    for place in range(int(np.searchsorted(grown, first)), len(grown)):
        end_s = ends[place]
        if ends[place + 1] - end_s >= quiet_s or end_s - since_s[first] >= longest_s:
            return first, int(grown[place]) + 1
    return begun, begun
