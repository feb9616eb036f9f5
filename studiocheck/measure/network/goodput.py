"""Goodput of one connection: what the application gets through, once the start-up is over."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import UploadEvidence
from studiocheck.core.text import Text
from studiocheck.measure.network.course import STEP_S, WINDOW_S, startup_windows, window_rates
from studiocheck.measure.network.retransmission import retransmission, round_trip_s
from studiocheck.measure.network.scatter import (
    coverage_factor,
    drift,
    median_uncertainty,
    windows_apart,
)

_LEAST_WINDOWS = 3
_REPLICATES = 400
_RISES = 0.1
_LEVEL = 0.05
SOCKET_HOLDS_BYTES = 131072
"""By how much the bytes that a socket took may run ahead of those that arrived, from the beginning
of the steady part to its end: what it keeps unsent, and how much longer the queue grows."""
_READING_S = 0.002
"""How late a sample may be taken after the time that stands beside it, on a busy computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """What one connection carried.

    Parameters
    ----------
    median_mbit_s, p5_mbit_s : float
        Of windows of 250 ms after the start-up, Mbit/s.
    median_uncertainty_mbit_s, p5_uncertainty_mbit_s : float
        Expanded (k = 2), Mbit/s, from the course itself.
    startup_s : float
        How much was thrown away at the beginning, s.
    retransmitted_share : float or None
        Segments sent again over segments sent after the start-up, 0…1; ``None`` where the system
        does not tell.
    retransmitted_uncertainty : float or None
        Expanded (k = 2).
    windows : int
        How many windows that do not overlap the figures rest on.
    rising : bool
        Whether the rate was still going up at the end and nothing had held it back, as far as the
        system tells: then it is "at least".
    """

    median_mbit_s: float
    median_uncertainty_mbit_s: float
    p5_mbit_s: float
    p5_uncertainty_mbit_s: float
    startup_s: float
    retransmitted_share: float | None
    retransmitted_uncertainty: float | None
    windows: int
    rising: bool = False


def goodput(
    t_s: NDArray[np.float64],
    delivered_bytes: NDArray[np.int64],
    retransmitted: NDArray[np.int64],
    segments: NDArray[np.int64],
    *,
    rtt_ms: NDArray[np.float64] | None = None,
    unseen_bytes: int = 0,
) -> Goodput:
    """Measure the steady goodput of an upload.

    Parameters
    ----------
    t_s : (n,) float64
        Time since the first byte was offered, s, ascending.
    delivered_bytes : (n,) int64
        Payload that the far end has, cumulative, bytes.
    retransmitted, segments : (n,) int64
        Cumulative segment counts, −1 where unknown.
    rtt_ms : (n,) float64, optional
        Round trip of the connection, ms, NaN where unknown.
    unseen_bytes : int
        By how much ``delivered_bytes`` may run ahead of what arrived: what a socket may hold, where
        only the bytes that it took are known.

    Returns
    -------
    Goodput
        In Mbit/s of payload (10⁶ bit), without headers and without what was sent twice.

    Raises
    ------
    Unmeasurable
        If fewer than three whole windows are left after the start-up.

    Notes
    -----
    To the uncertainty by scatter are added how far the rate drifted, what may lie unseen in the
    socket, and that a sample may be taken 2 ms late. That of the fifth percentile comes from 400
    replicates of the course, put together from blocks of one window's length.

    A connection that has lost nothing has not met the limit of its line, and takes seconds to get
    up to speed where delays vary. It counts as rising when it was faster at its end by more than
    chance, or a tenth faster in its last third than in its first without ever being level.

    **Source**: goodput as in RFC 2647, 3.17; discarding the start-up as in RFC 6349, 3.3 (the TCP
    equilibrium phase); moving blocks: H. R. Künsch, Ann. Statist. 17 (1989) 1217.

    Examples
    --------
    2.4 MB a second are 19.2 Mbit/s, whatever the first half second was:

    >>> t = np.linspace(0, 2, 41)
    >>> sent = np.where(t < 0.5, 0.3e6 * t, 0.15e6 + 2.4e6 * (t - 0.5)).astype(np.int64)
    >>> unknown = np.full(41, -1)
    >>> found = goodput(t, sent, unknown, unknown)
    >>> round(found.median_mbit_s, 3), round(found.startup_s, 2)
    (19.2, 0.5)
    """
    starts, rates = window_rates(t_s, delivered_bytes)
    first = startup_windows(rates)
    steady = rates[first:]
    windows = windows_apart(steady)
    if windows < _LEAST_WINDOWS:
        raise Unmeasurable(
            Text(
                "the upload was too short to tell its rate",
                "上传时间太短，无法得出速率",
            ),
            Text("measure again", "请重新测量"),
        )
    median, p5 = np.percentile(steady, [50, 5])
    span_s = WINDOW_S + (len(steady) - 1) * STEP_S
    unseen_mbit_s = unseen_bytes * 8e-6 / span_s
    uncertainty = math.hypot(
        median_uncertainty(steady), drift(steady), median * _READING_S / span_s, unseen_mbit_s
    )
    never_level = retransmitted[-1] == 0 and uncertainty > _LEVEL * median and _grew(rates)
    startup_s = float(starts[first] - t_s[0])
    again = retransmission(t_s, retransmitted, segments, startup_s, round_trip_s(rtt_ms))
    return Goodput(
        median_mbit_s=float(median),
        median_uncertainty_mbit_s=uncertainty,
        p5_mbit_s=float(p5),
        p5_uncertainty_mbit_s=math.hypot(
            coverage_factor(windows) * float(_bootstrap_p5(steady).std(ddof=1)), unseen_mbit_s
        ),
        startup_s=startup_s,
        retransmitted_share=again.share if again else None,
        retransmitted_uncertainty=again.uncertainty if again else None,
        windows=windows,
        rising=bool(retransmitted[-1] <= 0 and (never_level or _rises(steady))),
    )


def upload_goodput(upload: UploadEvidence) -> Goodput:
    """Measure the steady goodput of an upload as it was captured; raises `Unmeasurable`."""
    return goodput(
        upload.t_s,
        upload.delivered_bytes,
        upload.retransmitted,
        upload.segments,
        rtt_ms=upload.rtt_ms,
        unseen_bytes=0 if upload.progress == "kernel" else SOCKET_HOLDS_BYTES,
    )


def together_goodput(upload: UploadEvidence) -> Goodput | None:
    """Return what several connections carried at once, where that was tried and came about."""
    several = upload.together
    if several is None or several.stopped == "cut":
        return None
    try:
        return upload_goodput(several)
    except Unmeasurable:
        return None


def cut_goodput(upload: UploadEvidence) -> tuple[Goodput | None, float]:
    """Return what an upload carried until it was cut, if long enough to tell, and when, s."""
    moved = np.flatnonzero(np.diff(upload.delivered_bytes) > 0)
    last = int(moved[-1]) + 1 if len(moved) else 0
    rows = slice(0, last + 1)
    before = replace(
        upload,
        t_s=upload.t_s[rows],
        delivered_bytes=upload.delivered_bytes[rows],
        rtt_ms=upload.rtt_ms[rows],
        retransmitted=upload.retransmitted[rows],
        segments=upload.segments[rows],
    )
    after_s = float(upload.t_s[last]) if len(upload.t_s) else 0.0
    try:
        return upload_goodput(before), after_s
    except Unmeasurable:
        return None, after_s


def require_course(upload: UploadEvidence, averaged: Text) -> None:
    """Raise `Unmeasurable` where an upload was not seen byte by byte, or was cut.

    Parameters
    ----------
    upload : UploadEvidence
        As it was captured.
    averaged : Text
        What the one figure of a speed-test program does not tell.
    """
    if upload.progress == "summary":
        raise Unmeasurable(
            averaged,
            Text(
                "set an https:// or tcp:// address as the target of this uplink",
                "请为该上行设置 https:// 或 tcp:// 目标",
            ),
        )
    if upload.stopped == "cut":
        raise Unmeasurable(
            Text("the upload was cut: see net.upload", "上传中断：见 net.upload"),
            Text("mend the connection first", "请先恢复网络连接"),
        )


def _grew(rates: NDArray[np.float64]) -> bool:
    begun = rates[int(np.argmax(rates >= np.median(rates) / 2)) :]
    first, _, last = np.array_split(begun, 3)
    return bool(last.mean() > (1 + _RISES) * first.mean())


def _rises(rates: NDArray[np.float64]) -> bool:
    """Return whether the rate was still rising, by more than may be chance."""
    third = len(rates) // 3
    early, late = rates[:third], rates[-third:]
    if windows_apart(early) < 2:
        return False
    rise = float(np.median(late) - np.median(early))
    chance = math.hypot(median_uncertainty(early), median_uncertainty(late)) / 2
    return rise > max(chance, _RISES * float(np.median(rates)))


def _bootstrap_p5(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the p5 of each replicate, the same for the same course."""
    block = round(WINDOW_S / STEP_S)
    count = -(-len(rates) // block)
    begins = np.random.default_rng(0).integers(
        0, len(rates) - block + 1, size=(_REPLICATES, count, 1)
    )
    replicates = rates[(begins + np.arange(block)).reshape(_REPLICATES, -1)[:, : len(rates)]]
    quantiles: NDArray[np.float64] = np.percentile(replicates, 5, axis=1)
    return quantiles
