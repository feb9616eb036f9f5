"""The camera's own clock, from the times and numbers of its frames; all checks of time share it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text

FEWEST_FRAMES = 4

_SEARCHED = (0.85, 1.2)
"""The rate is searched between these multiples of the one that the median interval gives."""

_SEARCH_FRAMES = 64
"""So many frames give the rate well enough to find the slots of twice as many."""

_CHUNK_FRAMES, _RATE_CHANGE, _SURELY = 32, 0.15, 5.0
"""Where the median interval of one stretch of this length is longer than another's by this share,
and by so many standard errors of a median, the rate changed on the way."""

_RARE = 3.5
"""Natural logarithm of how much rarer a lost frame is than one that came, about 30."""


@dataclass(frozen=True, slots=True)
class FrameClock:
    """A straight line through slots and times.

    Parameters
    ----------
    slot : (n,) int64
        The tick of the camera's clock at which each frame was taken, 0 for the first.
    period_s : float
        Length of a tick, s.
    residual_s : (n,) float64
        How late each time is against the line, s.
    numbered : bool
        Whether the slots are the driver's frame numbers; otherwise they come from the times.
    steady : bool
        Whether one clock fits the whole clip. Slots found by time mean little where it does not.
    """

    slot: NDArray[np.int64]
    period_s: float
    residual_s: NDArray[np.float64]
    numbered: bool
    steady: bool

    @property
    def rms_s(self) -> float:
        """Standard deviation of the times about the line, s."""
        return float(np.sqrt(self.residual_s @ self.residual_s / (len(self.residual_s) - 2)))


def frame_clock(captured_s: NDArray[np.float64], sequence: NDArray[np.int64]) -> FrameClock:
    """Find the tick of the camera's clock at which each frame was taken.

    The driver's frame numbers say so where there are any. Otherwise the rate is where the times
    are most in step, and the slots are the increasing whole numbers closest to the times: one late
    frame is outvoted by those after it, a lost frame is confirmed by all of them.

    Parameters
    ----------
    captured_s : (n,) float64
        Capture times, s, not decreasing.
    sequence : (n,) int64
        The driver's frame numbers, −1 where there are none.

    Returns
    -------
    FrameClock
        Slots, period in s, residuals in s.

    Raises
    ------
    Unmeasurable
        If fewer than four frames came, or all bear one time.

    Notes
    -----
    **Source**: rate by the Rayleigh periodogram (K. V. Mardia, P. E. Jupp, Directional Statistics,
    Wiley 2000, 6.3); slots by isotonic regression, pool adjacent violators (M. Ayer et al., Ann.
    Math. Stat. 26 (1955) 641), rounded.

    Examples
    --------
    A clock of 30 fps that lost one frame of eleven:

    >>> times = np.delete(np.arange(11) / 30, 4)
    >>> found = frame_clock(times, np.full(10, -1))
    >>> found.slot.tolist(), round(1000 * found.period_s, 3)
    ([0, 1, 2, 3, 5, 6, 7, 8, 9, 10], 33.333)
    """
    if len(captured_s) < FEWEST_FRAMES or captured_s[-1] <= captured_s[0]:
        raise too_few(len(captured_s))
    times = captured_s - captured_s[0]
    by_number = _numbered(times, sequence)
    slot = _placed(times) if by_number is None else by_number
    period_s, late_s = _line(slot, times)
    return FrameClock(
        slot=slot,
        period_s=period_s,
        residual_s=late_s,
        numbered=by_number is not None,
        steady=by_number is not None or _steady(times),
    )


def too_few(frames: int) -> Unmeasurable:
    """Return the refusal to tell a rate from so few frames."""
    return Unmeasurable(
        Text(
            f"only {frames} frames came, too few to tell a rate",
            f"只收到 {frames} 帧，不足以判断帧率",
        ),
        Text(
            "capture for longer, or look why the camera stalls",
            "延长采集时间，或检查摄像头为何卡顿",
        ),
    )


def _line(slot: NDArray[np.int64], times: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    centred = slot - slot.mean()
    period_s = float(centred @ times) / float(centred @ centred)
    return period_s, times - times.mean() - period_s * centred


def _numbered(times: NDArray[np.float64], sequence: NDArray[np.int64]) -> NDArray[np.int64] | None:
    steps = np.diff(sequence)
    if sequence.min() < 0 or steps.min() <= 0:
        return None
    slot = sequence - sequence[0]
    # some drivers count other things than frames; believe numbers that agree with the time
    agree = abs(slot[-1] * float(np.median(np.diff(times) / steps)) / times[-1] - 1) < 0.1
    return slot if agree else None


def _placed(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return slots from times alone, over twice as many frames at each turn."""
    size = min(len(times), _SEARCH_FRAMES)
    period_s = _period(times[:size])
    while True:
        slot = _closest(times[:size], period_s)
        if size == len(times):
            # the line through all slots is a better period than the one they were found with
            return _closest(times, _line(slot, times)[0])
        period_s = _line(slot, times[:size])[0]
        size = min(len(times), 2 * size)


def _period(times: NDArray[np.float64]) -> float:
    steps = np.diff(times)
    rough = 1 / float(np.median(steps[steps > 0]))
    low, high = (share * rough for share in _SEARCHED)
    rates = np.arange(low, high, 1 / (5 * times[-1]))
    return 1 / float(rates[np.argmax(_in_step(times, rates))])


def _in_step(times: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    turns = np.exp(2j * np.pi * np.multiply.outer(rates, times))
    return np.asarray(np.abs(turns.sum(axis=1)))


def _closest(times: NDArray[np.float64], period_s: float) -> NDArray[np.int64]:
    """Return the strictly increasing whole numbers closest to the times of a clock."""
    phase = np.angle(np.exp(2j * np.pi * times / period_s).sum()) / (2 * np.pi)
    index = np.arange(len(times))
    late = times / period_s - phase - index
    empty = np.floor(_isotonic(late) + 0.5)
    apart = late - empty
    # nothing after the last frame confirms that one was lost before it: it has to be surer alone,
    # and later than any frame that is known to be merely late
    usual = 0.5 + _RARE * float(np.median(np.abs(apart)) * 1.4826) ** 2
    margin = max(usual, min(1.1 * float(np.abs(apart[1:-1]).max()), 0.9))
    if empty[-1] > empty[-2] and late[-1] - (empty[-1] - 1) < margin:
        empty[-1] -= 1
    if empty[0] < empty[1] and empty[0] + 1 - late[0] < margin:
        empty[0] += 1
    return np.asarray(index + empty - empty[0], np.int64)


def _isotonic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the non-decreasing numbers closest to some values, by pooling adjacent violators."""
    sums: list[float] = []
    counts: list[int] = []
    for value in values.tolist():
        total, count = value, 1
        while sums and sums[-1] * count > total * counts[-1]:
            total += sums.pop()
            count += counts.pop()
        sums.append(total)
        counts.append(count)
    return np.repeat(np.array(sums) / np.array(counts), counts)


def _steady(times: NDArray[np.float64]) -> bool:
    steps = np.diff(times)
    chunks = np.array_split(steps, max(1, min(8, len(steps) // _CHUNK_FRAMES)))
    usual = [float(np.median(chunk)) for chunk in chunks]
    spread_s = 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    by_chance_s = _SURELY * 1.25 * spread_s / np.sqrt(len(chunks[-1]))
    return bool(max(usual) - min(usual) < max(_RATE_CHANGE * min(usual), by_chance_s))
