"""Plot of how long new connections took before an upload and while it ran."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import UploadEvidence
from studiocheck.core.text import Text
from studiocheck.measure.network.delay import LineDelay, line_delay
from studiocheck.measure.network.goodput import upload_goodput
from studiocheck.report.pictures.axes import short
from studiocheck.report.pictures.plot import nice
from studiocheck.report.pictures.svg import SOUND, Drawing

MORE_MS = (100.0, 300.0)
"""How much longer under load `net.delay` passes, and what it fails beyond."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 472.0, 40.0, 250.0
_SIZE = (480.0, 270.0)
_IDLE_SHARE = 0.3
_BETWEEN = 14.0
_LOST_AT = 12.0


def delay(upload: UploadEvidence) -> bytes:
    """Plot the delay of a line, idle and loaded.

    Parameters
    ----------
    upload : UploadEvidence
        With ``idle_ms`` and ``loaded_ms``.

    Returns
    -------
    bytes
        SVG: ms up; left what new connections took before the upload, right while it ran; thin line:
        the round trip of the upload itself. Strokes: the medians, loaded that of the later half.
        Dashes: 100 and 300 ms above idle; × one that did not come about.

    Raises
    ------
    Unmeasurable
        If there is nothing known of either.
    """
    idle, loaded = upload.idle_ms, upload.loaded_ms
    known = np.concatenate([idle, loaded])
    known = known[np.isfinite(known)]
    if not len(known):
        raise Unmeasurable(Text("no delay was measured", "没有测到时延"))
    found = _told(upload)
    plot = _Plot(1.15 * max(float(known.max()), float(known.min()) + 1.2 * MORE_MS[0]))
    plot.grid()
    split = _LEFT + _IDLE_SHARE * (_RIGHT - _LEFT)
    full = split + _BETWEEN
    plot.course(upload.rtt_ms, full, _RIGHT)
    plot.dots(idle, _spread(idle), (_LEFT, split), "softline")
    plot.dots(loaded, _places(upload), (full, _RIGHT), "voice")
    plot.drawing.text((_LEFT + split) / 2, _BOTTOM + 16, "idle 空载", anchor="middle")
    plot.drawing.text((full + _RIGHT) / 2, _BOTTOM + 16, "loaded 满载", anchor="middle")
    if found is not None:
        plot.median(found.idle_ms, _LEFT, split, "softline")
        plot.median(found.loaded_ms, (full + _RIGHT) / 2, _RIGHT, "voice")
        for more, look in zip(MORE_MS, ("amberline", "redline"), strict=True):
            plot.across(found.idle_ms + more, look, f"+{more:g}")
        said = f"{short(found.idle_ms)} → {short(found.loaded_ms)} ms"
        plot.drawing.text(_RIGHT, 16, said, anchor="end", look="name")
    return plot.drawing.done()


def _told(upload: UploadEvidence) -> LineDelay | None:
    """Return the figures that `net.delay` judges; None where it cannot tell."""
    if upload.stopped == "cut":
        return None
    try:
        startup_s = upload_goodput(upload).startup_s
        return line_delay(upload.idle_ms, upload.loaded_ms, upload.loaded_at_s, startup_s)
    except Unmeasurable:
        return None


def _spread(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a place for each, 0…1, in their order."""
    return (np.arange(len(values)) + 0.5) / max(len(values), 1)


def _places(upload: UploadEvidence) -> NDArray[np.float64]:
    """Return when each connection was tried, as a share of the upload; in order if not known."""
    if len(upload.loaded_at_s) != len(upload.loaded_ms) or not len(upload.t_s):
        return _spread(upload.loaded_ms)
    return np.clip(upload.loaded_at_s / max(float(upload.t_s[-1]), 1e-9), 0.0, 1.0)


class _Plot:
    """The axis of ms, and what is drawn along it."""

    def __init__(self, high_ms: float) -> None:
        self._high_ms = high_ms
        self.drawing = Drawing(*_SIZE, SOUND, "Delay, idle and loaded 空载与满载时延")

    def y(self, value_ms: float) -> float:
        share = min(max(value_ms / self._high_ms, 0.0), 1.0)
        return _BOTTOM - share * (_BOTTOM - _TOP)

    def grid(self) -> None:
        """Draw lines and numbers up."""
        step = nice(self._high_ms / 5)
        for number in range(int(self._high_ms / step) + 1):
            y = self.y(number * step)
            self.drawing.line(_LEFT, y, _RIGHT, y, "grid" if number else "axis")
            self.drawing.text(_LEFT - 5, y + 5, f"{number * step:g}", anchor="end")
        self.drawing.text(3, 16, "ms")

    def across(self, value_ms: float, look: str, said: str) -> None:
        """Draw a line that should not be crossed, where it is on the plot."""
        if value_ms < self._high_ms:
            y = self.y(value_ms)
            self.drawing.line(_LEFT, y, _RIGHT, y, look, "5 4")
            self.drawing.text(_RIGHT - 3, y - 4, said, anchor="end")

    def course(self, rtt_ms: NDArray[np.float64], left: float, right: float) -> None:
        """Draw the round trip of the upload itself, where the system tells."""
        rows = np.flatnonzero(np.isfinite(rtt_ms))
        if len(rows) < 2:
            return
        rows = rows[:: max(1, len(rows) // 300)]
        x = left + rows / max(len(rtt_ms) - 1, 1) * (right - left)
        points = (f"{p:.1f} {self.y(v):.1f}" for p, v in zip(x, rtt_ms[rows], strict=True))
        self.drawing.stroke(f"M{'L'.join(points)}", "softline", 1)

    def dots(
        self,
        values_ms: NDArray[np.float64],
        places: NDArray[np.float64],
        ends: tuple[float, float],
        look: str,
    ) -> None:
        """Draw every connection; one that did not come about is crossed out at the top."""
        there, lost = [], []
        for value_ms, place in zip(values_ms.tolist(), places.tolist(), strict=True):
            x = ends[0] + place * (ends[1] - ends[0])
            if np.isfinite(value_ms):
                there.append(f"M{x:.1f} {self.y(value_ms):.1f}h.1")
            else:
                lost.append(f"M{x - 4:.1f} {_TOP + _LOST_AT - 4:g}l8 8m0 -8l-8 8")
        if there:
            self.drawing.stroke("".join(there), look, 5)
        if lost:
            self.drawing.stroke("".join(lost), "redline", 2)

    def median(self, value_ms: float, left: float, right: float, look: str) -> None:
        """Draw a level over the stretch that it is the median of."""
        y = self.y(value_ms)
        self.drawing.stroke(f"M{left:.1f} {y:.1f}H{right:.1f}", look, 2)
