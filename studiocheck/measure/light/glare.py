"""Glare: highlights of lamps on skin and goods, told from white things that are only white."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.linear_light import CLIPPED_DN
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

_WHITE_SATURATION = 0.15
"""A highlight has the colour of the lamp, not that of what it lies on."""

_NEAR_WHITE_DN, _NEAR_WHITE_SATURATION = 205, 0.22
"""What surrounds a highlight while it fades, and all of a white thing in good light."""

_SMALL_SHARE, _LEAST_PX = 0.01, 6
"""Of the region: a smaller blob is a highlight whatever its edge, as a white thing that small is
in nobody's way. And the least area of one, px of a picture 1920 px wide."""

_EDGE_PX = 4
"""So far beyond the edge of a white thing its surroundings begin, at 1920 px of width; a highlight
has faded there by a half of what it does over four times that way."""

_FADED, _LEAST_DROP_DN, _SHARP_SHARE = 0.25, 30, 0.5
_COLOURED, _DARK_DN = 0.15, 150
"""What a fading highlight leads to: some colour, or something dark; white leads to white."""

_DARKEST_DN = 50
_FAR = 0.75
"""Of the radius of a disc as large as what is near white: that far from it, a highlight is over."""

_SOLID_SHARE = 0.35
"""Of what is near white, so much at least is clipped in a highlight, which rises steeply; a round
white thing is near white over most of itself before it clips in the middle."""

_STRIP = 7.0
"""Times as long as wide: a lamp mirrored in a bottle or a tube, which ends sharply on two sides."""

_INSIDE_SHARE = 0.5
"""Of what is near white in a face; a collar or the wall lies outside of it for the most part."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """One highlight: the box around it, and its share of the region that was looked at, %."""

    region: Region
    share_percent: float


@dataclass(frozen=True, slots=True)
class Glare:
    """Highlights on a face or an article, the largest first, and their share of it, %."""

    share_percent: float
    largest_percent: float
    uncertainty_percent: float | None
    highlights: tuple[Highlight, ...]
    n: int


def glare(
    stills: Sequence[NDArray[np.uint8]],
    region: Region,
    ignore: Sequence[Region] = (),
    *,
    skin: bool = False,
) -> Glare:
    """Measure how much of a region is lost in highlights.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        The face or the article.
    ignore : sequence of Region
        Lamps, windows and screens that may be white.
    skin : bool
        The region is a face: nothing in it is white, but what reaches into it from outside may be.

    Returns
    -------
    Glare
        Means over the pictures; the highlights are those of the last.

    Raises
    ------
    Unmeasurable
        If the region is too small or too dark.

    Notes
    -----
    **Source**: dichromatic reflection (Shafer, *Using color to separate reflection components*,
    Color Research & Application 10, 1985): a highlight has the lamp's colour and fades into that
    of the surface. A large white thing ends sharply, or in shades of white. What a mirror-like
    surface reflects sharply and larger than 1 % of the region counts as white; so does a highlight
    on something white: there `camera.clipping` speaks. White hair that clips in a face counts.

    Examples
    --------
    >>> skin = np.full((200, 200, 3), (120, 150, 200), np.uint8)
    >>> skin[95:99, 95:105] = 255
    >>> found = glare([skin], (0.25, 0.25, 0.5, 0.5))
    >>> found.share_percent, len(found.highlights)
    (0.4, 1)
    """
    if all(_is_dark(cut_region(still, region)) for still in stills):
        raise Unmeasurable(
            Text("it is too dark to see whether anything shines", "太暗，看不出是否反光"),
            Text("switch the lamps on, then measure again", "打开灯光后重测"),
        )
    per_still = [highlights_in(still, region, ignore, skin=skin) for still in stills]
    shares = [sum(h.share_percent for h in found) for found in per_still]
    largest = [max((h.share_percent for h in found), default=0.0) for found in per_still]
    return Glare(
        share_percent=float(np.mean(shares)),
        largest_percent=float(np.mean(largest)),
        uncertainty_percent=expanded_from_repeat(shares),
        highlights=per_still[-1],
        n=len(stills),
    )


def highlights_in(
    still: NDArray[np.uint8],
    region: Region,
    ignore: Sequence[Region] = (),
    *,
    skin: bool = False,
) -> tuple[Highlight, ...]:
    """Find the highlights in a region of one picture, the largest first.

    Parameters
    ----------
    still : (height, width, 3) uint8
        BGR picture on the full range.
    region : Region
        The face or the article.
    ignore : sequence of Region
        Lamps, windows and screens that may be white.
    skin : bool
        The region is a face: nothing in it is white, but what reaches into it from outside may be.

    Returns
    -------
    tuple of Highlight
        Boxes as shares of the whole picture.

    Raises
    ------
    Unmeasurable
        If the region is too small.

    Notes
    -----
    **Source**: as `glare`.

    Examples
    --------
    >>> skin = np.full((200, 200, 3), (120, 150, 200), np.uint8)
    >>> skin[96:100, 100:110] = 255
    >>> highlights_in(skin, (0.25, 0.25, 0.5, 0.5))[0].region
    (0.5, 0.48, 0.05, 0.02)
    """
    height, width = still.shape[:2]
    inside = np.zeros((height, width), np.bool_)
    cut_region(inside, region)[:] = True
    area = int(inside.sum())
    for x, y, w, h in ignore:
        rows = slice(round(y * height), round((y + h) * height))
        inside[rows, round(x * width) : round((x + w) * width)] = False
    around = _around(region, width, height)
    view = _View(still[around], inside[around], skin=skin)
    core = view.inside & (view.most >= CLIPPED_DN) & (view.saturation < _WHITE_SATURATION)
    if not core.any():
        return ()
    surfaces = _Surfaces(view, small_px=_SMALL_SHARE * area, edge_px=_at(_EDGE_PX, width, 3))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(core.astype(np.uint8))
    found = []
    for i in range(1, count):
        left, top, w, h, size = (int(n) for n in boxes[i])
        row = top + int(np.argmax(labels[top : top + h, left] == i))
        if size < _LEAST_PX * (width / 1920) ** 2 or not surfaces.is_highlight(row, left):
            continue
        left, top = left + around[1].start, top + around[0].start
        box = (left / width, top / height, w / width, h / height)
        found.append(Highlight(box, 100 * size / area))
    return tuple(sorted(found, key=lambda h: -h.share_percent))


def _is_dark(part: NDArray[np.uint8]) -> bool:
    """Return whether hardly any of it is brighter than a dark thing in good light."""
    return float(np.percentile(part.max(axis=2), 95)) < _DARKEST_DN


def _at(px: float, width: int, least: int) -> int:
    """Return a length that is given at 1920 px of width."""
    return max(least, round(px * width / 1920))


def _around(region: Region, width: int, height: int) -> tuple[slice, slice]:
    """Return the region with half its size on every side: a white thing may reach beyond it."""
    x, y, w, h = region
    rows = slice(max(0, round((y - h / 2) * height)), round((y + 1.5 * h) * height))
    return rows, slice(max(0, round((x - w / 2) * width)), round((x + 1.5 * w) * width))


class _View:
    """A part of a picture: the largest and the least of R, G, B, and saturation."""

    def __init__(self, part: NDArray[np.uint8], inside: NDArray[np.bool_], *, skin: bool) -> None:
        self.inside, self.skin = inside, skin
        self.most, self.least = part.max(axis=2), part.min(axis=2)
        most = np.maximum(self.most, 1).astype(np.float32)
        self.saturation = (self.most - self.least).astype(np.float32) / most


class _Surfaces:
    """The near-white surfaces around highlights; each is judged when it is first asked for."""

    def __init__(self, view: _View, small_px: float, edge_px: int) -> None:
        self._view, self._small_px, self._edge_px = view, small_px, edge_px
        near = (view.most >= _NEAR_WHITE_DN) & (view.saturation < _NEAR_WHITE_SATURATION)
        _, self._labels, self._boxes, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8))
        self._known: dict[int, bool] = {}

    def is_highlight(self, row: int, column: int) -> bool:
        """Return whether the surface at a place is a highlight, not a thing that is white."""
        which = int(self._labels[row, column])
        if which not in self._known:
            self._known[which] = self._judge(which)
        return self._known[which]

    def _judge(self, which: int) -> bool:
        left, top, w, h, size = (int(n) for n in self._boxes[which])
        if size < self._small_px:
            return True
        reach = max(3 * self._edge_px, round(_FAR * math.sqrt(size / math.pi)))
        margin = reach + 2 * self._edge_px
        rows = slice(max(0, top - margin), top + h + margin)
        columns = slice(max(0, left - margin), left + w + margin)
        mask = self._labels[rows, columns] == which
        if self._view.skin:
            return float(self._view.inside[rows, columns][mask].mean()) > _INSIDE_SHARE
        solid = float((self._view.most[rows, columns][mask] >= CLIPPED_DN).mean())
        if solid < _SOLID_SHARE or _slenderness(mask) > _STRIP:
            return solid >= _SOLID_SHARE
        return self._fades((rows, columns), mask, reach)

    def _fades(self, place: tuple[slice, slice], mask: NDArray[np.bool_], reach: int) -> bool:
        """Return whether a white patch fades into something coloured or dark."""
        away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
        beyond, far = (np.abs(away - px) <= 0.5 for px in (self._edge_px, reach))
        if not beyond.any() or not far.any():
            return False
        least = self._view.least[place]
        if _sharpness(least, beyond, 2 * self._edge_px) >= _SHARP_SHARE:
            return False
        coloured = float(np.median(self._view.saturation[place][far])) >= _COLOURED
        dark = float(np.median(self._view.most[place][far])) <= _DARK_DN
        return coloured or dark


def _slenderness(mask: NDArray[np.bool_]) -> float:
    """Return how many times as long as wide a shape is, by its moments."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    xx, yy, xy = (moments[key] for key in ("mu20", "mu02", "mu11"))
    apart = math.hypot(xx - yy, 2 * xy)
    return math.sqrt((xx + yy + apart) / max(xx + yy - apart, 1e-9))


def _sharpness(least: NDArray[np.uint8], beyond: NDArray[np.bool_], reach_px: int) -> float:
    """Return the share of an outline, just beyond which the surroundings have begun.

    It shows in the least of R, G, B, which falls also where white ends at a bright colour.
    """
    near = np.ones((2 * reach_px + 1,) * 2, np.uint8)
    bright = cv2.dilate(least, near)[beyond].astype(np.float32)
    dark = cv2.erode(least, near)[beyond].astype(np.float32)
    drop = bright - dark
    left = least[beyond] - dark
    return float(((drop >= _LEAST_DROP_DN) & (left < _FADED * drop)).mean())
