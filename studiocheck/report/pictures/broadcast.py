"""Plot of a stream that was sent at its planned rate: what got through, and what piled up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import BroadcastEvidence
from studiocheck.core.text import Text
from studiocheck.measure.network.backlog import CONGESTED_S, Delivery, delivery
from studiocheck.measure.network.dips import dips
from studiocheck.report.pictures.axes import RIGHT, WIDTH, Axes, last_moved_s, nonzero_steps
from studiocheck.report.pictures.svg import SOUND, Drawing

FAILED_S = 1.5
"""A backlog above this fails `net.broadcast`."""

_RATE_S = 1.0
_STEP_S = 0.1
_HEIGHT = 340.0
_RATES, _BACKLOG = (40.0, 148.0), (196.0, 314.0)
_LEAST_HIGH_S = 1.8
_TEXT_PX = 14.0
Wave = NDArray[np.float64]


def broadcast(sent: BroadcastEvidence) -> bytes:
    """Plot the course of a test broadcast.

    Parameters
    ----------
    sent : BroadcastEvidence
        Of a second or more.

    Returns
    -------
    bytes
        SVG: seconds across. Above, Mbit/s over the last second: grey, what the encoder made; blue,
        what arrived; dashes: the planned rate; amber ticks: packets sent again. Below, the backlog
        in s, with lines at 0.7 and 1.5 s; ▼ when it first passed 0.7 s. The heads say the 95th
        percentile of the frame delay, the share sent again and the largest backlog. × ended before
        its time.

    Raises
    ------
    Unmeasurable
        If the stream ended in its first second.
    """
    found = _delivery(sent)
    noticed_s = found.noticed_s if found is not None else None
    said = f"▼ {noticed_s:.1f} s" if noticed_s is not None else ""
    return _plot(sent, found, [noticed_s] if noticed_s is not None else [], said)


def sustained(sent: BroadcastEvidence, keyframe_s: float) -> bytes:
    """Plot the course of a minute at the planned rate: as `broadcast`, with every dip marked.

    Parameters
    ----------
    sent : BroadcastEvidence
        Of a second or more.
    keyframe_s : float
        From one key frame to the next, s.

    Raises
    ------
    Unmeasurable
        If the stream ended in its first second.
    """
    try:
        found = dips(
            sent.t_s, sent.delivered_bytes, sent.backlog_s, sent.planned_mbit_s, keyframe_s
        ).dips
    except Unmeasurable:
        return _plot(sent, _delivery(sent), [], "")
    return _plot(sent, _delivery(sent), [dip.began_s for dip in found], f"▼ {len(found)}")


def _delivery(sent: BroadcastEvidence) -> Delivery | None:
    """Return the figures that the checks judge; None of what was too short for any."""
    try:
        return delivery(sent)
    except Unmeasurable:
        return None


def _plot(
    sent: BroadcastEvidence, found: Delivery | None, marked_s: list[float], said: str
) -> bytes:
    if len(sent.t_s) < 2 or sent.t_s[-1] < _RATE_S:
        raise Unmeasurable(Text("the stream was too short", "推流时间太短"))
    drawing = Drawing(WIDTH, _HEIGHT, SOUND, "Rate and backlog 码率与积压")
    rates = _rates(drawing, sent, found)
    backlog = _backlog(drawing, sent, found)
    for at_s in marked_s:
        x = backlog.x(at_s)
        drawing.stroke(f"M{x:.1f} {backlog.bottom:g}V{backlog.top + 1:g}", "redline", 1, "2 3")
        drawing.fill(f"M{x:.1f} {backlog.top + 1:g}l5 -9h-10Z", "red")
    look = "red" if marked_s else ""
    drawing.text(RIGHT - 90, backlog.top - 10, said, anchor="end", look=look)
    if sent.stopped != "time":
        last_s = last_moved_s(sent.t_s, sent.delivered_bytes)
        rates.ending(last_s, f"{last_s:.1f} s")
        backlog.ending(last_s, "")
    return drawing.done()


def _rates(drawing: Drawing, sent: BroadcastEvidence, found: Delivery | None) -> Axes:
    at_s, due = _last_second(sent.t_s, sent.due_bytes)
    _, arrived = _last_second(sent.t_s, sent.delivered_bytes)
    axes = Axes(
        drawing=drawing,
        top=_RATES[0],
        bottom=_RATES[1],
        length_s=float(sent.t_s[-1]),
        high=1.15 * max(sent.planned_mbit_s, float(due.max()), float(arrived.max())),
    )
    drawing.fill(axes.area(at_s, due), "soft")
    axes.grid("Mbit/s")
    axes.across(sent.planned_mbit_s, "softline", "5 4", "")
    axes.ticks(nonzero_steps(sent.t_s, sent.retransmitted), "amberline")
    drawing.stroke(axes.curve(at_s, arrived), "voice", 2)
    if found is not None:
        said = f"p95 {found.frame_delay_p95_ms:.0f} ms"
        if found.retransmitted is not None:
            said += f" · again 重传 {100 * found.retransmitted:.1f} %"
        drawing.text(RIGHT, 16, said, anchor="end", look="name")
    return axes


def _backlog(drawing: Drawing, sent: BroadcastEvidence, found: Delivery | None) -> Axes:
    axes = Axes(
        drawing=drawing,
        top=_BACKLOG[0],
        bottom=_BACKLOG[1],
        length_s=float(sent.t_s[-1]),
        high=max(_LEAST_HIGH_S, 1.1 * float(sent.backlog_s.max())),
    )
    drawing.fill(axes.area(sent.t_s, sent.backlog_s), "rise")
    axes.grid("s")
    axes.seconds()
    apart = axes.y(CONGESTED_S) - axes.y(FAILED_S) > _TEXT_PX
    axes.across(CONGESTED_S, "amberline", "5 4", f"{CONGESTED_S:g}" if apart else "")
    axes.across(FAILED_S, "redline", "5 4", f"{FAILED_S:g}")
    drawing.stroke(axes.curve(sent.t_s, sent.backlog_s), "voice", 1.5)
    if found is not None:
        said = f"max {found.backlog_max_s:.1f} s"
        drawing.text(RIGHT, axes.top - 10, said, anchor="end", look="name")
    return axes


def _last_second(t_s: Wave, count: NDArray[np.int64]) -> tuple[Wave, Wave]:
    """Return Mbit/s over the last second, ten times a second; over less at the beginning."""
    at_s = np.arange(t_s[0] + _STEP_S, t_s[-1] + _STEP_S / 2, _STEP_S)
    from_s = np.maximum(at_s - _RATE_S, t_s[0])
    carried = np.interp(at_s, t_s, count) - np.interp(from_s, t_s, count)
    return at_s, carried * 8e-6 / np.maximum(at_s - from_s, _RATE_S / 2)
