"""How much longer everything takes while a line is full: delay idle and loaded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.network.scatter import coverage_factor

_LEAST_IDLE, _LEAST_LOADED = 2, 4
_MEDIAN_OVER_MEAN = 1.2533
_NORMAL_OVER_MAD = 1.4826
_GROWS = 0.1
_FEWEST_TO_GROW = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDelay:
    """Round trips of an idle and of a loaded line.

    Parameters
    ----------
    idle_ms, loaded_ms, added_ms : float
        Medians, ms, and what the load adds, ms.
    idle_uncertainty_ms, loaded_uncertainty_ms, added_uncertainty_ms : float
        Expanded (k = 2), ms.
    idle_tries, loaded_tries : int
        How many connections each rests on.
    growing : bool
        Whether the queue was still growing at the end: then what the load adds is "at least".
    """

    idle_ms: float
    idle_uncertainty_ms: float
    loaded_ms: float
    loaded_uncertainty_ms: float
    idle_tries: int
    loaded_tries: int
    growing: bool = False

    @property
    def added_ms(self) -> float:
        """What the load adds, ms."""
        return self.loaded_ms - self.idle_ms

    @property
    def added_uncertainty_ms(self) -> float:
        """Expanded (k = 2), ms."""
        return math.hypot(self.idle_uncertainty_ms, self.loaded_uncertainty_ms)


def line_delay(
    idle_ms: NDArray[np.float64],
    loaded_ms: NDArray[np.float64],
    loaded_at_s: NDArray[np.float64],
    startup_s: float,
) -> LineDelay:
    """Measure the delay of an idle line, and of the same line while an upload fills it.

    Parameters
    ----------
    idle_ms, loaded_ms : (k,), (l,) float64
        How long connections took, ms; NaN for one that did not come about.
    loaded_at_s : (l,) float64
        When each of the latter was begun, s after the upload.
    startup_s : float
        How long the upload took to fill the line, s; those begun before do not count.

    Returns
    -------
    LineDelay
        Medians, ms. Of the loaded ones the later half, because a queue takes time to grow; of a
        queue that still grows at the end the last quarter.

    Raises
    ------
    Unmeasurable
        If too few connections came about. One that did not counts as endless.

    Notes
    -----
    **Source**: the time of a TCP handshake under load, as in draft-ietf-ippm-responsiveness;
    uncertainty of a median by its median absolute deviation: P. J. Rousseeuw and C. Croux, J. Amer.
    Statist. Assoc. 88 (1993) 1273.

    Examples
    --------
    >>> at = np.arange(0, 2, 0.1)
    >>> found = line_delay(np.full(4, 30.0), np.where(at < 1, 60.0, 130.0), at, 0.5)
    >>> found.idle_ms, found.loaded_ms, found.added_ms
    (30.0, 130.0, 100.0)
    """
    idle = idle_ms[np.isfinite(idle_ms)]
    full = loaded_ms[loaded_at_s >= startup_s] if len(loaded_at_s) == len(loaded_ms) else loaded_ms
    growing = _grows(full)
    late = full[-max(_LEAST_LOADED, len(full) // 4) :] if growing else full[len(full) // 2 :]
    if len(idle) < _LEAST_IDLE:
        raise Unmeasurable(
            Text(
                "the far end takes no second connection, so its delay cannot be told",
                "目标不接受第二个连接，无法测量时延",
            ),
            Text("set another target", "请更换目标地址"),
        )
    if len(late) < _LEAST_LOADED or np.isfinite(late).mean() <= 0.5:
        raise Unmeasurable(
            Text(
                "hardly any new connection came about while the line was full",
                "线路占满时几乎无法新建连接",
            ),
            Text(
                "measure again; if it stays so restart the router and limit its upload queue (SQM)",
                "请重新测量；仍如此请重启路由器，并在路由器中限制上行队列（SQM / 智能限速）",
            ),
        )
    loaded = np.where(np.isfinite(late), late, np.inf)
    return LineDelay(
        idle_ms=float(np.median(idle)),
        idle_uncertainty_ms=_uncertainty(idle),
        loaded_ms=float(np.median(loaded)),
        loaded_uncertainty_ms=_uncertainty(late[np.isfinite(late)]),
        idle_tries=len(idle),
        loaded_tries=len(late),
        growing=growing,
    )


def _grows(times_ms: NDArray[np.float64]) -> bool:
    """Return whether the last third took longest, and longer than the third before."""
    known = times_ms[np.isfinite(times_ms)]
    if len(known) < _FEWEST_TO_GROW:
        return False
    _, middle, last = (float(np.median(third)) for third in np.array_split(known, 3))
    is_highest = int(np.argmax(known)) >= 2 * len(known) // 3
    return is_highest and last > (1 + _GROWS) * middle


def _uncertainty(times_ms: NDArray[np.float64]) -> float:
    scatter = _NORMAL_OVER_MAD * float(np.median(np.abs(times_ms - np.median(times_ms))))
    tries = len(times_ms)
    return _MEDIAN_OVER_MEAN * coverage_factor(tries) * scatter / math.sqrt(tries)
