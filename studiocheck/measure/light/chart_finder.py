"""Where a ColorChecker is in a picture, and what its patches look like there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.colour_checker import COLUMNS, ROWS, is_chart, likeness
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region

Picture = NDArray[np.uint8]

_TRIES = (
    (1.0, False), (1.5, False), (0.6, False), (1.0, True), (0.6, True), (1.5, True), (0.4, False),
    (0.8, True), (2.0, False), (0.4, True),
)  # fmt: skip
"""Scale, and whether to smooth: the detector is erratic, so it is asked more than once."""

_WIDEST_PX = 1920
_MARGINS = (0.0, 0.03, 0.06)
"""Of the chart's frame inside a box that a person drew around it, as shares of the box."""

_KEPT = 0.5
"""Of the side of a patch, around its middle: its edge is mixed with the frame."""

_SMALLEST_PATCH_PX = 6


@dataclass(frozen=True, slots=True)
class ChartReading:
    """A chart found in a picture.

    Parameters
    ----------
    codes : (24, 3) float64
        Mean RGB codes of the patches, dark skin first.
    centres : (24, 2) float64
        Where the patches are, px.
    likeness : float
        As `colour_checker.likeness` says.
    """

    codes: NDArray[np.float64]
    centres: NDArray[np.float64]
    likeness: float


def find_chart(picture: Picture, box: Region | None = None) -> ChartReading:
    """Find the ColorChecker in a picture and read its patches.

    Inside a guide box the chart is looked for there and, failing that, taken to fill the box.

    Parameters
    ----------
    picture : (height, width, 3) uint8
        BGR on the full range.
    box : Region, optional
        Where the chart is held, shares of the picture.

    Returns
    -------
    ChartReading
        Of the whole picture, upright whichever way it was held.

    Raises
    ------
    Unmeasurable
        If there is none, or if OpenCV came without its chart detector and no box is given.

    Notes
    -----
    **Source**: OpenCV module mcc (Fernandez et al.), asked again on other scales; what it finds
    counts only if its colours are the chart's.
    """
    here, corner = _part(picture, box)
    for quads in _detections(here):
        reading = _upright(picture, quads + corner)
        if reading is not None:
            return reading
    if box is not None:
        filled = [_upright(picture, quads) for quads in _filling(picture, box)]
        found = [reading for reading in filled if reading is not None]
        if found:
            return max(found, key=lambda reading: reading.likeness)
    raise _no_chart(boxed=box is not None)


def has_detector() -> bool:
    """Return whether this OpenCV can look for charts: version 5, or 4 with contrib."""
    return hasattr(cv2, "mcc")


def _part(picture: Picture, box: Region | None) -> tuple[Picture, NDArray[np.float64]]:
    """Return the part of a picture around a guide box, and where it begins."""
    if box is None:
        return picture, np.zeros(2)
    x, y, w, h = box
    left, top = max(0.0, x - 0.15 * w), max(0.0, y - 0.15 * h)
    right, bottom = min(1.0, x + 1.15 * w), min(1.0, y + 1.15 * h)
    height, width = picture.shape[:2]
    part = cut_region(picture, (left, top, right - left, bottom - top), least_px=40)
    return part, np.array([round(left * width), round(top * height)], np.float64)


def _detections(picture: Picture) -> Iterator[NDArray[np.float64]]:
    """Yield the corners of 24 patches, (24, 4, 2) px, for each try that finds something."""
    if not has_detector():
        return
    fit = min(1.0, _WIDEST_PX / max(picture.shape[:2]))
    for scale, smooth in _TRIES:
        factor = scale * fit
        tried = _resized(picture, factor)
        if smooth:
            tried = np.asarray(cv2.medianBlur(tried, 5), np.uint8)
        for corners in _detected(tried):
            yield corners / factor


def _detected(picture: Picture) -> list[NDArray[np.float64]]:
    """Return the patches' corners of each chart that one try finds."""
    threads = cv2.getNumThreads()
    try:
        # it clusters at random, each thread for itself; one picture has to give one answer
        cv2.setNumThreads(1)
        cv2.setRNGSeed(0)
        detector = cv2.mcc.CCheckerDetector.create()
        if not detector.process(picture, 1):
            return []
        charts = [
            np.asarray(c.getColorCharts(), np.float64) for c in detector.getListColorChecker()
        ]
    finally:
        cv2.setNumThreads(threads)
    whole = [corners for corners in charts if corners.size == ROWS * COLUMNS * 8]
    return [corners.reshape(-1, 4, 2) for corners in whole]


def _resized(picture: Picture, factor: float) -> Picture:
    if factor == 1.0:
        return picture
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def _filling(picture: Picture, box: Region) -> Iterator[NDArray[np.float64]]:
    """Yield the patches of a chart that fills a box, lying or standing."""
    height, width = picture.shape[:2]
    x, y, w, h = (np.array(box) * (width, height, width, height)).tolist()
    for margin, standing in itertools.product(_MARGINS, (False, True)):
        rows, columns = (COLUMNS, ROWS) if standing else (ROWS, COLUMNS)
        m = margin * min(w, h)
        step = np.array([(w - 2 * m) / columns, (h - 2 * m) / rows])
        cells = np.array([[(c, r) for c in range(columns)] for r in range(rows)], np.float64)
        if standing:
            cells = np.rot90(cells)
        unit = np.array([(0.15, 0.15), (0.85, 0.15), (0.85, 0.85), (0.15, 0.85)])
        yield (cells.reshape(-1, 1, 2) + unit) * step + (x + m, y + m)


def _upright(picture: Picture, quads: NDArray[np.float64]) -> ChartReading | None:
    """Read the patches; a chart that was held upside down is turned."""
    codes = _codes(picture, quads)
    if codes is None:
        return None
    centres = quads.mean(axis=1)
    for order in (slice(None), slice(None, None, -1)):
        if is_chart(codes[order]):
            return ChartReading(codes[order], centres[order], likeness(codes[order]))
    return None


def _codes(picture: Picture, quads: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the mean RGB of the middle of each patch, (24, 3)."""
    found = []
    for quad in quads:
        middle = quad.mean(axis=0)
        half = _KEPT * np.ptp(quad, axis=0) / 2
        if (2 * half / _KEPT).min() < _SMALLEST_PATCH_PX:
            return None
        left, top = np.rint(middle - half).astype(int)
        right, bottom = np.rint(middle + half).astype(int) + 1
        patch = picture[max(top, 0) : bottom, max(left, 0) : right]
        if not patch.size:
            return None
        found.append(np.median(patch.reshape(-1, 3), axis=0) / 2 + patch.mean(axis=(0, 1)) / 2)
    return np.asarray(found)[:, ::-1]


def _no_chart(*, boxed: bool) -> Unmeasurable:
    if not boxed and not has_detector():
        return Unmeasurable(
            Text(
                "this OpenCV cannot look for a chart by itself",
                "当前 OpenCV 不能自动寻找色卡",
            ),
            Text(
                "say where the chart is with --box x,y,width,height, or install opencv-python 5",
                "请用 --box x,y,w,h 指明色卡位置，或安装 opencv-python 5",
            ),
        )
    return Unmeasurable(
        Text("no ColorChecker was found in the picture", "画面中没有找到 24 色色卡"),
        Text(
            "hold the chart upright, facing the camera, at least a tenth of the picture wide, "
            "without glare; then say where it is with --box x,y,width,height",
            "请把色卡摆正、正对摄像头，宽度至少占画面十分之一，避免反光；再用 --box x,y,w,h "
            "指明位置",
        ),
    )
