"""Delivered and unique frame rate from capture timestamps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text

FEWEST_FRAMES = 4
_TRACKING = 0.1
"""Share of each frame's lateness by which the expected time follows: jitter is not followed."""

_SURE_OF_SLOT = 1 / 3
"""Share of an interval: a frame farther from its slot than this may belong to the next one."""

_WHITE_SPREADS = 3.0
"""Standard deviations that the von Neumann ratio of white residuals may lie below its mean, 2."""


@dataclass(frozen=True, slots=True)
class FrameRate:
    """Rates in fps over the window from first to last frame; uncertainties expanded (k = 2).

    ``missing`` counts frames that the camera's clock had room for and that did not come. It is
    absent where only arrival was timed: jitter there looks like frames that are missing.
    """

    delivered_fps: float
    unique_fps: float
    uncertainty_fps: float
    missing: int | None
    n: int


def frame_rate(
    captured_s: NDArray[np.float64],
    sequence: NDArray[np.int64],
    identical: NDArray[np.bool_],
    *,
    arrival: bool = False,
) -> FrameRate:
    """Measure how many frames a second came, and how many of them were new.

    Every frame is given a slot of the camera's clock: the driver's frame number where there is
    one, otherwise its time rounded to intervals since the last one was due. A straight line
    through slots and times gives the length of the window better than its two ends do. Missing
    frames leave slots empty and so lower the rate.

    Parameters
    ----------
    captured_s : (n,) float64
        Capture times, s, increasing.
    sequence : (n,) int64
        The driver's frame numbers, −1 where there are none.
    identical : (n,) bool
        Whether a frame repeats the one before, sample for sample.
    arrival : bool
        Whether the times are those of arrival here. Their jitter is not independent, so the line
        is not trusted to average it away and the uncertainty is that of the two ends.

    Returns
    -------
    FrameRate
        Rates in fps of this window, with the uncertainty that the timestamps leave.

    Raises
    ------
    Unmeasurable
        If fewer than four frames came, or all bear one time.

    Notes
    -----
    **Source**: linear regression of a clock, its slope's variance as in ISO/TS 28037:2010, 6;
    whiteness of the residuals by J. von Neumann, Ann. Math. Stat. 12 (1941) 367.

    Examples
    --------
    A clock of 30 fps that lost one frame of eleven:

    >>> times = np.delete(np.arange(11) / 30, 4)
    >>> found = frame_rate(times, np.full(10, -1), np.zeros(10, bool))
    >>> round(float(found.delivered_fps), 6), found.missing
    (27.0, 1)
    """
    n = len(captured_s)
    if n < FEWEST_FRAMES or captured_s[-1] <= captured_s[0]:
        raise Unmeasurable(
            Text(
                f"only {n} frames came, too few to tell a rate",
                f"只收到 {n} 帧，不足以判断帧率",
            ),
            Text(
                "capture for longer, or look why the camera stalls",
                "延长采集时间，或检查摄像头为何卡顿",
            ),
        )
    times = captured_s - captured_s[0]
    slot = _slots(times, sequence)
    span_s, spread_s = _window(times, slot, arrival=arrival)
    delivered = (n - 1) / span_s
    fresh = (n - 1 - int(np.count_nonzero(identical[1:]))) / span_s
    return FrameRate(
        delivered_fps=delivered,
        unique_fps=fresh,
        uncertainty_fps=2 * delivered * spread_s / span_s,
        missing=None if arrival else int(slot[-1]) + 1 - n,
        n=n,
    )


def _slots(times: NDArray[np.float64], sequence: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the slot of the camera's clock in which each frame was taken."""
    steps = np.diff(times)
    period = float(np.median(steps[steps > 0]))
    numbered = np.diff(sequence)
    if sequence.min() >= 0 and numbered.min() > 0:
        by_number = np.asarray(sequence - sequence[0], np.float64)
        # some drivers count other things than frames; believe numbers that agree with the time
        if abs(by_number[-1] * float(np.median(steps / numbered)) / times[-1] - 1) < 0.1:
            return by_number
    first = _tracked(times, period)
    # the median interval is a rough period; the line through a first count is a good one
    return _tracked(times, float(np.polyfit(first, times, 1)[0]))


def _tracked(times: NDArray[np.float64], period: float) -> NDArray[np.float64]:
    """Follow the phase of a clock; rounding single intervals would count jitter as lost frames."""
    slot, due = np.zeros(len(times)), 0.0
    for i in range(1, len(times)):
        passed = max(1, round((times[i] - due) / period))
        due += passed * period
        due += _TRACKING * (times[i] - due)
        slot[i] = slot[i - 1] + passed
    return slot


def _window(
    times: NDArray[np.float64], slot: NDArray[np.float64], *, arrival: bool
) -> tuple[float, float]:
    """Return the length of the window and its standard uncertainty, s."""
    centred = slot - slot.mean()
    variance_of_slots = float(centred @ centred)
    period = float(centred @ times) / variance_of_slots
    residual = times - times.mean() - period * centred
    rms = math.sqrt(float(residual @ residual) / (len(times) - 2))
    step_rms = math.sqrt(float(np.mean(np.diff(residual) ** 2)) / 2)
    least = 2 - _WHITE_SPREADS * 2 / math.sqrt(len(times))
    white = 2 * step_rms**2 >= least * rms**2
    sure = float(np.abs(residual).max()) < _SURE_OF_SLOT * period
    if white and sure and not arrival:
        last = float(slot[-1])
        return period * last, last * rms / math.sqrt(variance_of_slots)
    # the rate changed on the way, a frame may be in the wrong slot, or the jitter is not
    # independent: only the two ends count
    return float(times[-1]), math.sqrt(2) * (rms if arrival else step_rms)
