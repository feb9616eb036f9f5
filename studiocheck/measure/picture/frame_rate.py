"""Delivered and unique frame rate from capture timestamps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.picture.frame_clock import FrameClock, frame_clock

_SURE_OF_SLOT = 1 / 3
"""Share of an interval: a frame farther from its slot than this may belong to the next one."""

_WHITE_SPREADS = 3.0
"""Standard deviations that the von Neumann ratio of white residuals may lie below its mean, 2."""

_ONE_SIDED = 1.1
"""A network is only ever late: two standard deviations of the difference of two exponential
delays cover 94.1 % of them, so many times as much covers 95.45 %."""


@dataclass(frozen=True, slots=True)
class FrameRate:
    """Rates in fps over the window from first to last frame; uncertainties expanded (k = 2).

    ``missing`` counts frames that the camera's clock had room for and that did not come. It is
    absent where only arrival was timed, or no one clock fits the times: jitter or a change of rate
    there looks like frames that are missing.
    """

    delivered_fps: float
    unique_fps: float
    uncertainty_fps: float
    unique_uncertainty_fps: float
    missing: int | None
    n: int


def frame_rate(
    captured_s: NDArray[np.float64],
    sequence: NDArray[np.int64],
    identical: NDArray[np.bool_],
    *,
    seen: NDArray[np.bool_] | None = None,
    arrival: bool = False,
) -> FrameRate:
    """Measure how many frames a second came, and how many of them were new.

    Every frame has a slot of the camera's clock (`frame_clock`). A straight line
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
    seen : (n,) bool, optional
        Whether it was looked at; all were if absent. Repeats among the others are taken to be as
        frequent, and what that leaves open widens the uncertainty of the unique rate.
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
    clock = frame_clock(captured_s, sequence)
    span_s, spread_s = _window(captured_s - captured_s[0], clock, arrival=arrival)
    delivered = (n - 1) / span_s
    share, share_spread = _repeated(identical[1:], None if seen is None else seen[1:])
    spread = 2 * delivered * spread_s / span_s
    return FrameRate(
        delivered_fps=delivered,
        unique_fps=delivered * (1 - share),
        uncertainty_fps=spread,
        unique_uncertainty_fps=math.hypot(spread, 2 * delivered * share_spread),
        missing=None if arrival or not clock.steady else int(clock.slot[-1]) + 1 - n,
        n=n,
    )


def _repeated(identical: NDArray[np.bool_], seen: NDArray[np.bool_] | None) -> tuple[float, float]:
    """Return the share of frames that repeat, and what frames that nobody saw leave open of it."""
    n = len(identical)
    looked = n if seen is None else int(seen.sum())
    if not looked:
        return 0.0, 1.0
    repeats = int(identical.sum())
    likely = (repeats + 1) / (looked + 2)
    unseen = n - looked
    return repeats / looked, math.sqrt(likely * (1 - likely) * unseen / n / looked)


def _window(times: NDArray[np.float64], clock: FrameClock, *, arrival: bool) -> tuple[float, float]:
    """Return the length of the window and its standard uncertainty, s."""
    residual, rms = clock.residual_s, clock.rms_s
    step_rms = math.sqrt(float(np.mean(np.diff(residual) ** 2)) / 2)
    least = 2 - _WHITE_SPREADS * 2 / math.sqrt(len(times))
    white = 2 * step_rms**2 >= least * rms**2
    sure = float(np.abs(residual).max()) < _SURE_OF_SLOT * clock.period_s
    if white and sure and clock.steady and not arrival:
        centred = clock.slot - clock.slot.mean()
        last = float(clock.slot[-1])
        return clock.period_s * last, last * rms / math.sqrt(float(centred @ centred))
    # the rate changed on the way, a frame may be in the wrong slot, or the jitter is not
    # independent: only the two ends count
    return float(times[-1]), math.sqrt(2) * (_ONE_SIDED * rms if arrival else step_rms)
