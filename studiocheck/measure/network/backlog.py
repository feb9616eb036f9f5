"""What a stream at its planned rate suffered on the way: backlog, delay of frames, quiet spells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import BroadcastEvidence
from studiocheck.core.text import Text

SETTLING_S = 2.0
"""The first seconds are the connection's own start."""
CONGESTED_S = 0.7
"""OBS Studio drops frames from here on; a key frame alone makes 0.35–0.5 s on a tight line."""
_OWED_S = 0.5
_RISEN_S, _RISES_WITHIN_S = 0.3, 0.8
"""A key frame rises for a quarter of a second and then drains; a line that is too slow does not."""
_GROWING, _FLOOR_S, _FEWEST_FLOORS = 0.01, 0.3, 5
"""10 ms in a second are 36 s in an hour; below 0.3 s it may be the way's own queue that fills."""
_SHORTEST_S = 1.0
_FEWEST_SEGMENTS = 1000
"""With fewer, two probes of a sender that had paused would be 0.2 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The figures of a broadcast, all after its first two seconds.

    Parameters
    ----------
    backlog_max_s, backlog_end_s : float
        Age of the oldest frame that was not yet delivered: at its worst, at the end, s.
    frame_delay_p95_ms : float
        19 of 20 frames arrived within this time of being due, ms. A frame that never arrived
        counts with the time that it was seen to wait.
    longest_quiet_s : float
        The longest time in which nothing arrived although something was owed, s.
    resolution_s : float
        How finely deliveries were seen, s: the uncertainty of all of these.
    retransmitted, retransmitted_uncertainty : float, optional
        Share of segments that were sent again, 0…1; None where the system does not count them, or
        too few were sent to tell.
    noticed_s : float, optional
        When it was first seen that the line carries less than the stream: the backlog passed 0.7 s,
        or half a second of the stream was owed and it rose steeply. None when it never did.
    growth : float, optional
        By how many seconds the backlog grows in a second, where that is certain and there is one to
        speak of: sooner or later such a stream stalls. None where it keeps up.
    carried_mbit_s : float, optional
        What arrived from then on, Mbit/s: what the line has left for this stream.
    frames : int
        How many frames the delay rests on.
    """

    backlog_max_s: float
    backlog_end_s: float
    frame_delay_p95_ms: float
    longest_quiet_s: float
    resolution_s: float
    retransmitted: float | None
    retransmitted_uncertainty: float | None
    noticed_s: float | None
    growth: float | None
    carried_mbit_s: float | None
    frames: int


def backlog_course(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    frame_due_s: NDArray[np.float64],
    frame_end_bytes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the age of the oldest frame that has not wholly arrived.

    Parameters
    ----------
    t_s : (n,) float64
        Times, s.
    delivered_bytes : (n,) int64
        What had arrived by then, cumulative.
    frame_due_s : (m,) float64
        When each frame was due, s, ascending.
    frame_end_bytes : (m,) int64
        Bytes of the stream up to and with each frame.

    Returns
    -------
    (n,) float64
        s; 0 where nothing is owed.

    Notes
    -----
    **Source** the figure that OBS Studio drops frames by (rtmp-stream.c), with the kernel's queue
    and what is on its way counted too.

    Examples
    --------
    >>> due, ends = np.array([0.0, 1.0]), np.array([100, 200])
    >>> backlog_course(np.array([0.5, 1.5, 3.0]), np.array([0, 100, 200]), due, ends)
    array([0.5, 0.5, 0. ])
    """
    if not len(frame_due_s):
        return np.zeros(len(t_s))
    oldest = np.searchsorted(frame_end_bytes, delivered_bytes, side="right")
    due_s = np.append(frame_due_s, math.inf)[oldest]
    age: NDArray[np.float64] = np.maximum(0.0, np.where(np.isfinite(due_s), t_s - due_s, 0.0))
    return age


def frame_delays(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    frame_due_s: NDArray[np.float64],
    frame_end_bytes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return how long each frame took from being due to having wholly arrived.

    Parameters
    ----------
    t_s, delivered_bytes, frame_due_s, frame_end_bytes
        As for `backlog_course`.

    Returns
    -------
    (m,) float64
        ms; NaN for a frame that never did.

    Notes
    -----
    **Source** as for `backlog_course`.

    Examples
    --------
    >>> due, ends = np.array([0.0, 1.0]), np.array([100, 200])
    >>> frame_delays(np.array([0.25, 2.0]), np.array([100, 150]), due, ends)
    array([250.,  nan])
    """
    arrived = np.searchsorted(delivered_bytes, frame_end_bytes, side="left")
    arrived_s = np.append(t_s, math.nan)[arrived]
    delay: NDArray[np.float64] = np.maximum(0.0, 1000 * (arrived_s - frame_due_s))
    return delay


def delivery(evidence: BroadcastEvidence) -> Delivery:
    """Return what a broadcast suffered.

    Parameters
    ----------
    evidence : BroadcastEvidence
        Its course.

    Raises
    ------
    Unmeasurable
        If it ended before it had settled.

    Notes
    -----
    **Source** limits of OBS Studio's frame dropping: 700 ms, 900 ms (rtmp-stream.c).

    Examples
    --------
    >>> from studiocheck.core.network import IngestEvidence
    >>> t = np.linspace(0, 10, 201)
    >>> counts = (125_000 * t).astype(np.int64)
    >>> smooth = BroadcastEvidence(
    ...     ingest=IngestEvidence(target="", steps_ms={}), how="rtmp", consent="own",
    ...     planned_mbit_s=1.0, progress="kernel", t_s=t, due_bytes=counts,
    ...     delivered_bytes=counts, backlog_s=np.full(201, 0.03), rtt_ms=t,
    ...     retransmitted=0 * counts, segments=counts // 1448, frame_due_s=t,
    ...     frame_delay_ms=np.full(201, 40.0),
    ...     stopped="time")
    >>> found = delivery(smooth)
    >>> found.backlog_max_s, found.frame_delay_p95_ms, found.noticed_s
    (0.03, 40.0, None)
    """
    t_s = evidence.t_s
    begin = int(np.searchsorted(t_s, SETTLING_S))
    if not len(t_s) or t_s[-1] < SETTLING_S + _SHORTEST_S:
        raise Unmeasurable(
            Text(
                f"it ended within the first {SETTLING_S + _SHORTEST_S:g} s",
                f"在开始后 {SETTLING_S + _SHORTEST_S:g} 秒内就结束了",
            )
        )
    backlog = evidence.backlog_s[begin:]
    noticed, growth = _first_sign(evidence, begin), _growth(evidence, begin)
    share, share_uncertainty = _retransmitted(evidence, begin)
    delays = _delays_seen(evidence)
    return Delivery(
        backlog_max_s=float(backlog.max()),
        backlog_end_s=float(backlog[-1]),
        frame_delay_p95_ms=float(np.percentile(delays, 95)),
        longest_quiet_s=_longest_quiet_s(evidence, begin),
        resolution_s=_resolution_s(evidence, begin),
        retransmitted=share,
        retransmitted_uncertainty=share_uncertainty,
        noticed_s=None if noticed is None else float(t_s[noticed]),
        growth=growth,
        carried_mbit_s=_carried_mbit_s(evidence, begin, noticed, growth),
        frames=len(delays),
    )


def _first_sign(evidence: BroadcastEvidence, begin: int) -> int | None:
    """Return the first row at which the line is seen to carry less than the stream."""
    t_s, age = evidence.t_s, evidence.backlog_s
    owed_s = (evidence.due_bytes - evidence.delivered_bytes) * 8e-6 / evidence.planned_mbit_s
    risen_s = age - np.interp(t_s - _RISES_WITHIN_S, t_s, age)
    congested = (age > CONGESTED_S) | ((owed_s > _OWED_S) & (risen_s > _RISEN_S))
    rows = np.flatnonzero(congested[begin:])
    return begin + int(rows[0]) if len(rows) else None


def _growth(evidence: BroadcastEvidence, begin: int) -> float | None:
    """Fit a line to the least backlog of every second: key frames come and go, that stays."""
    t_s, age = evidence.t_s[begin:], evidence.backlog_s[begin:]
    second = (t_s - t_s[0]).astype(int)
    floors = np.array([age[second == place].min() for place in range(second[-1])])
    if len(floors) < _FEWEST_FLOORS or floors[-1] < _FLOOR_S:
        return None
    x = np.arange(len(floors)) - (len(floors) - 1) / 2
    slope = float(x @ floors / (x @ x))
    off = floors - floors.mean() - slope * x
    spread = 2 * math.sqrt(float(off @ off) / (len(floors) - 2) / float(x @ x))
    return slope if slope - spread > _GROWING else None


def _delays_seen(evidence: BroadcastEvidence) -> NDArray[np.float64]:
    """Return the delays of all frames after the start; at least, for those still under way."""
    late = evidence.frame_due_s >= SETTLING_S
    waited = 1000 * np.maximum(0.0, evidence.t_s[-1] - evidence.frame_due_s[late])
    delays = evidence.frame_delay_ms[late]
    return np.where(np.isnan(delays), waited, delays)


def _longest_quiet_s(evidence: BroadcastEvidence, begin: int) -> float:
    t_s, delivered = evidence.t_s[begin:], evidence.delivered_bytes[begin:]
    moved = np.diff(delivered, prepend=delivered[0] - 1) > 0
    none_owed = delivered >= evidence.due_bytes[begin:]
    last_s = np.maximum.accumulate(np.where(moved | none_owed, t_s, t_s[0]))
    return float((t_s - last_s).max())


def _resolution_s(evidence: BroadcastEvidence, begin: int) -> float:
    """Return the usual longest time between two looks at which something had arrived, s."""
    t_s, delivered = evidence.t_s[begin:], evidence.delivered_bytes[begin:]
    between = np.diff(t_s[np.flatnonzero(np.diff(delivered, prepend=-1) > 0)])
    return float(np.median(between)) if len(between) else float(np.median(np.diff(t_s)))


def _retransmitted(evidence: BroadcastEvidence, begin: int) -> tuple[float | None, float | None]:
    """Return the share of segments that were sent again, and its uncertainty (k = 2)."""
    if evidence.retransmitted[-1] < 0 or evidence.segments[-1] < 0:
        return None, None
    sent = int(evidence.segments[-1] - evidence.segments[begin])
    if sent < _FEWEST_SEGMENTS:
        return None, None
    share = float(evidence.retransmitted[-1] - evidence.retransmitted[begin]) / sent
    # a count of n is uncertain by its square root
    spread = 2 * math.sqrt(max(1.0, share * sent)) / sent
    return share, spread


def _carried_mbit_s(
    evidence: BroadcastEvidence, begin: int, noticed: int | None, growth: float | None
) -> float | None:
    """Return what a line carries that is too small, from when it was seen to be."""
    if noticed is None and growth is None:
        return None
    since = None if noticed is None else _rate_since(evidence, noticed)
    return since if since is not None else _rate_since(evidence, begin)


def _rate_since(evidence: BroadcastEvidence, place: int) -> float | None:
    seconds = float(evidence.t_s[-1] - evidence.t_s[place])
    if seconds < _SHORTEST_S / 2:
        return None
    carried = int(evidence.delivered_bytes[-1] - evidence.delivered_bytes[place])
    return carried * 8e-6 / seconds
