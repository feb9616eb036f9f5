"""Plot of what one connection carried over time, against what the stream needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import StreamPlan, UploadEvidence
from studiocheck.core.text import Text
from studiocheck.measure.network.course import WINDOW_S, window_rates
from studiocheck.measure.network.goodput import Goodput, upload_goodput
from studiocheck.report.pictures.axes import LEFT, RIGHT, WIDTH, Axes, last_moved_s, nonzero_steps
from studiocheck.report.pictures.svg import SOUND, Drawing

_TOP, _BOTTOM, _HEIGHT = 40.0, 244.0, 270.0
Wave = NDArray[np.float64]


def throughput(upload: UploadEvidence, stream: StreamPlan) -> bytes:
    """Plot the rate of an upload over time.

    Parameters
    ----------
    upload : UploadEvidence
        With a course.
    stream : StreamPlan
        What the uplink has to carry.

    Returns
    -------
    bytes
        SVG: seconds across, Mbit/s of payload in windows of 250 ms up. Blue: one connection; grey
        line: several at once, where they were tried; grey ground: start-up, not counted. Green
        band: enough; red dashes: the stream; ▼ a dip below it; amber ticks: packets sent again;
        × the connection was cut.

    Raises
    ------
    Unmeasurable
        If the course is shorter than one window.
    """
    at_s, rates = _rates(upload)
    if not len(rates):
        raise Unmeasurable(Text("the upload was too short", "上传时间太短"))
    together = upload.together
    beside_s, beside = _rates(together) if together is not None else (np.empty(0), np.empty(0))
    ends_s = [upload.t_s[-1], *beside_s[-1:]]
    axes = Axes(
        drawing=Drawing(WIDTH, _HEIGHT, SOUND, "Upload over time 上行速率走势"),
        top=_TOP,
        bottom=_BOTTOM,
        length_s=float(max(ends_s)),
        high=1.12 * max(float(rates.max()), stream.enough_mbit_s, *beside),
    )
    found = _told(upload)
    _ground(axes, found, stream)
    axes.grid("Mbit/s")
    axes.seconds()
    if len(beside):
        axes.drawing.stroke(axes.curve(beside_s, beside), "softline", 1.2)
    _lines(axes, stream)
    axes.ticks(nonzero_steps(upload.t_s, upload.retransmitted), "amberline")
    axes.drawing.stroke(axes.curve(at_s, rates), "voice", 2)
    dips = _dips(axes, at_s, rates, found, stream)
    if upload.stopped == "cut":
        last_s = last_moved_s(upload.t_s, upload.delivered_bytes)
        axes.ending(last_s, f"{last_s:.1f} s")
    _head(axes, found, dips, several=together.connections if together is not None else 0)
    return axes.drawing.done()


def _rates(upload: UploadEvidence) -> tuple[Wave, Wave]:
    """Return the middle of each window and its rate."""
    starts_s, rates = window_rates(upload.t_s, upload.delivered_bytes)
    return starts_s + WINDOW_S / 2, rates


def _told(upload: UploadEvidence) -> Goodput | None:
    """Return the figures of a course that was not cut."""
    if upload.stopped == "cut":
        return None
    try:
        return upload_goodput(upload)
    except Unmeasurable:
        return None


def _ground(axes: Axes, found: Goodput | None, stream: StreamPlan) -> None:
    """Lay what is enough, and the start-up, under everything else."""
    enough = axes.y(stream.enough_mbit_s)
    axes.drawing.rect(LEFT, axes.top, RIGHT - LEFT, enough - axes.top, "target")
    if found is not None and found.startup_s > 0:
        ground = f"M{LEFT:g} {axes.top:g}H{axes.x(found.startup_s):.1f}V{axes.bottom:g}H{LEFT:g}Z"
        axes.drawing.fill(ground, "soft", 0.5)


def _lines(axes: Axes, stream: StreamPlan) -> None:
    axes.across(stream.bitrate_mbit_s, "redline", "5 4", f"{stream.bitrate_mbit_s:g}")
    enough = axes.y(stream.enough_mbit_s)
    if abs(enough - axes.y(stream.bitrate_mbit_s)) > 14:
        axes.drawing.text(RIGHT - 3, enough - 4, f"{stream.enough_mbit_s:g}", anchor="end")


def _dips(axes: Axes, at_s: Wave, rates: Wave, found: Goodput | None, stream: StreamPlan) -> int:
    """Mark every stretch after the start-up in which less than the stream got through."""
    if found is None or found.median_mbit_s < stream.bitrate_mbit_s:
        return 0  # a line that is below it all the time has no dips
    counted = at_s - WINDOW_S / 2 >= found.startup_s - 1e-6
    low = counted & (rates < stream.bitrate_mbit_s)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], low, [False])).astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        x = axes.x(float(at_s[first + int(rates[first:end].argmin())]))
        axes.drawing.fill(f"M{x:.1f} {axes.top + 1:g}l5 -9h-10Z", "red")
    return len(edges) // 2


def _head(axes: Axes, found: Goodput | None, dips: int, several: int) -> None:
    """Say the figures above the plot."""
    drawing = axes.drawing
    if several:
        drawing.text(LEFT + 40, 16, f"— ×{several}")
    if found is None:
        return
    drawing.text(RIGHT, 16, f"▼ {dips}", anchor="end", look="red" if dips else "")
    said = f"median 中位 {found.median_mbit_s:.1f} · p5 {found.p5_mbit_s:.1f}"
    drawing.text(RIGHT - 50, 16, said, anchor="end", look="name")
    start = axes.x(found.startup_s)
    for value, dash in ((found.median_mbit_s, ""), (found.p5_mbit_s, "2 4")):
        y = axes.y(value)
        drawing.line(start, y, RIGHT, y, "ear", dash)
