"""Waveform monitor and RGB parade: brightness over the width of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.report.pictures.raster import fitted, luma_of, png
from studiocheck.report.pictures.svg import SCREEN, Drawing

_SIZE = (480, 270)
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 474, 16, 256
_GRATICULE_PERCENT = (0, 10, 50, 90, 100)
_LEVELS = 128
_READ_PX = 640
"""Of how many columns samples are read: more does not change what is seen."""

_STEPS = 12
_PHOSPHOR_BGR = (150, 255, 130)
_CHANNELS_BGR = (("R", 2, (95, 95, 255)), ("G", 1, (110, 240, 110)), ("B", 0, (255, 150, 90)))


def waveform(image: NDArray[np.uint8]) -> bytes:
    """Draw the luma of every column of a picture, as a waveform monitor does.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture on the full range.

    Returns
    -------
    bytes
        SVG. Height is luma in % of full range, with lines at 0, 10, 50, 90 and 100 %; the
        brighter a point, the more samples of the column have this luma.
    """
    luma = luma_of(fitted(image, _READ_PX, averaged=False))
    return _monitor([(luma, _PHOSPHOR_BGR, "")])


def parade(image: NDArray[np.uint8]) -> bytes:
    """Draw red, green and blue of every column side by side; otherwise as `waveform`."""
    read = fitted(image, _READ_PX, averaged=False)
    return _monitor([(read[..., i], colour, name) for name, i, colour in _CHANNELS_BGR])


def _monitor(traces: Sequence[tuple[NDArray[np.uint8], tuple[int, int, int], str]]) -> bytes:
    drawing = Drawing(*_SIZE, SCREEN)
    gap = 8
    width = (_RIGHT - _LEFT - gap * (len(traces) - 1)) / len(traces)
    for number, (samples, colour, name) in enumerate(traces):
        x = _LEFT + number * (width + gap)
        drawing.image(x, _TOP, width, _BOTTOM - _TOP, "png", png(_trace(samples, colour, width)))
        if name:
            drawing.text(x + width / 2, _TOP - 3, name, anchor="middle")
    for percent in _GRATICULE_PERCENT:
        # the outer lines stand beside what is clipped, not on it
        beside = {0: 2, 100: -2}.get(percent, 0)
        y = _BOTTOM - percent / 100 * (_BOTTOM - _TOP) + beside
        drawing.line(_LEFT, y, _RIGHT, y, "axis" if percent in (0, 100) else "grid", "2 4")
        drawing.text(_LEFT - 5, y + 5, str(percent), anchor="end")
    return drawing.done()


def _trace(
    samples: NDArray[np.uint8], colour: tuple[int, int, int], width: float
) -> NDArray[np.uint8]:
    """Light up (level, column) by how many samples are there, darkest level at the bottom."""
    rows, columns = samples.shape
    across = columns // math.ceil(columns / width)
    column = np.arange(columns) * across // columns
    cell = (samples.astype(np.intp) * _LEVELS // 256) * across + column
    counts = np.bincount(cell.ravel(), minlength=_LEVELS * across).reshape(_LEVELS, across)
    share = counts[::-1] / (rows * columns / across)
    # a phosphor saturates: the root keeps a single highlight visible beside a wall
    light = np.clip(2.2 * share**0.5, 0, 1)
    steps = np.rint(light * _STEPS).astype(np.uint8)
    glow = np.arange(_STEPS + 1)[:, np.newaxis] / _STEPS * np.array(colour)
    table = np.zeros((256, 1, 3), np.uint8)
    table[: _STEPS + 1, 0] = np.maximum(glow, (17, 14, 11))
    return np.asarray(cv2.applyColorMap(steps, table), np.uint8)
