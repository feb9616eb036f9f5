"""Histogram of luma and of the three colours, with what is clipped at its ends."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.picture.clipping import BLACK_CODE, WHITE_CODE
from studiocheck.report.pictures.raster import fitted
from studiocheck.report.pictures.svg import PAPER, Anchor, Drawing

_SIZE = (480, 270)
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 466, 14, 244
_TICKS_PERCENT = (0, 10, 50, 90, 100)
_BLACK, _WHITE = slice(0, BLACK_CODE + 1), slice(WHITE_CODE, 256)
_TOLD_PERCENT = 0.05
_BAR = 5
_BIN = 2
_CHANNELS_BGR = (("R", 2, "redline", ""), ("G", 1, "greenline", "7 3"), ("B", 0, "blueline", "2 3"))


def histogram(luma_counts: NDArray[np.uint32], image: NDArray[np.uint8]) -> bytes:
    """Draw how often each brightness occurs.

    Parameters
    ----------
    luma_counts : (m, 256) uint32
        Luma histograms of the sampled frames.
    image : (height, width, 3) uint8
        BGR picture of which red, green and blue are counted.

    Returns
    -------
    bytes
        SVG. The filled shape is luma; the lines are red (solid), green (dashed) and blue
        (dotted). Heights are square roots of counts. A bar at an end says what share is clipped
        there, in %.
    """
    luma = luma_counts.sum(axis=0, dtype=np.float64)
    read = fitted(image, 960, averaged=False)
    colours = {
        name: cv2.calcHist([read], [i], None, [256], [0, 256]).ravel().astype(np.float64)
        for name, i, _, _ in _CHANNELS_BGR
    }
    drawing = Drawing(*_SIZE, PAPER)
    for percent in _TICKS_PERCENT:
        x = _LEFT + percent / 100 * (_RIGHT - _LEFT)
        drawing.line(x, _TOP, x, _BOTTOM, "axis" if percent in (0, 100) else "grid")
        anchor: Anchor = "start" if percent == 0 else "end" if percent == 100 else "middle"
        drawing.text(x, _BOTTOM + 18, str(percent), anchor=anchor)
    heights = {name: _height(counts) for name, counts in (("Y", luma), *colours.items())}
    # what is clipped would press everything else flat
    tallest = max(float(h[1:-1].max()) for h in heights.values()) or 1.0
    drawing.fill(_outline(heights["Y"] / tallest, closed=True), "soft", 0.6)
    for name, _, look, dash in _CHANNELS_BGR:
        drawing.stroke(_outline(heights[name] / tallest), look, 1.6, dash)
    # one colour alone lies at black in everything saturated, and nothing is lost by it
    _end(drawing, _BLACK, {"Y": luma}, _LEFT, "start")
    _end(drawing, _WHITE, {"Y": luma, **colours}, _RIGHT, "end")
    return drawing.done()


def _height(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    binned = counts.reshape(-1, _BIN).sum(axis=1)
    return np.asarray(np.sqrt(binned / max(1.0, binned.sum())), np.float64)


def _outline(height: NDArray[np.float64], *, closed: bool = False) -> str:
    x = np.linspace(_LEFT, _RIGHT, len(height))
    y = _BOTTOM - np.minimum(height, 1.0) * (_BOTTOM - _TOP)
    points = " ".join(f"{a:.0f} {b:.0f}" for a, b in zip(x, y, strict=True))
    return f"M{_LEFT} {_BOTTOM} L{points} L{_RIGHT} {_BOTTOM} Z" if closed else f"M{points}"


def _end(
    drawing: Drawing,
    at_end: slice,
    counts: Mapping[str, NDArray[np.float64]],
    x: float,
    anchor: Anchor,
) -> None:
    """Mark an end where samples are clipped and say how many of each are."""
    shares = {
        name: 100 * float(found[at_end].sum() / max(1.0, found.sum()))
        for name, found in counts.items()
    }
    told = {name: share for name, share in shares.items() if share >= _TOLD_PERCENT}
    if not told:
        return
    drawing.rect(x if anchor == "start" else x - _BAR, _TOP, _BAR, _BOTTOM - _TOP, "red")
    beside = x + (8 if anchor == "start" else -8)
    for row, (name, share) in enumerate(told.items()):
        y = _TOP + 14 + 17 * row
        drawing.text(beside, y, f"{name} {share:.1f} %", anchor=anchor, look="red")
