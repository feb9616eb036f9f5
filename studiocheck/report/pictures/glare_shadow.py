"""The picture with its glare and its hardest shadow outlined."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.measure.light.glare import Glare, glare
from studiocheck.measure.light.penumbra import Shadow
from studiocheck.measure.picture.regions import cut_region
from studiocheck.report.pictures.outlines import Frame, box_of, outline, ring_of
from studiocheck.report.pictures.raster import fitted, jpeg
from studiocheck.report.pictures.svg import STAGE, Anchor, Drawing

_RASTER_PX, _WIDTH = 640, 480.0
_DIM = 0.72
_SPOTS = 12
_STRIP, _LINE = 58.0, 24.0
_TOLD_PERCENT = 0.1
_HARD_FROM = 2.0
"""Light beside a shadow over light in it, from which on anybody calls it deep."""

_ROOM, _LEAST = 0.01, 0.06
"""Shares of the picture: around a shadow's edge, and the least size of its outline."""

_SIDE, _LINE_PX = 0.25, 26
"""Where a label begins or ends at its outline instead of standing over its middle; a line."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A part of the picture in which glare was looked for, and what was found."""

    region: Region
    found: Glare


def looked_for_glare(
    stills: Sequence[NDArray[np.uint8]],
    regions: Sequence[Region],
    ignore: Sequence[Region] = (),
    face: Region | None = None,
) -> tuple[Looked, ...]:
    """Look for glare in parts of a picture; one that is too small for it is left out."""
    looked = []
    for region in regions:
        with suppress(Unmeasurable):
            looked.append(Looked(region, glare(stills, region, ignore, skin=region == face)))
    return tuple(looked)


def glare_shadow(
    image: NDArray[np.uint8], looked: Sequence[Looked], shadows: Sequence[Shadow] = ()
) -> bytes:
    """Draw rings around glare, and an outline around the edge of the hardest shadow.

    Parameters
    ----------
    image : (height, width, 3) uint8
        BGR picture on the full range.
    looked : sequence of Looked
        Where glare was looked for, and found.
    shadows : sequence of Shadow
        Edges of cast shadows, the worst first; only the first that is deep is drawn, with its lamp,
        its depth as a ratio, and its width in % of the picture's.

    Returns
    -------
    bytes
        SVG. The picture is dimmed so that the outlines stand out; what was looked at is not.
    """
    small = fitted(image, _RASTER_PX)
    rows, columns = small.shape[:2]
    frame: Frame = (0.0, 0.0, _WIDTH, _WIDTH * rows / columns)
    drawing = Drawing(frame[2], frame[3] + _STRIP, STAGE)
    drawing.image(*frame, "jpeg", jpeg(_dimmed(small, [part.region for part in looked])))
    for part in looked:
        drawing.stroke(box_of(part.region, frame), "over", 1, "2 4")
        for highlight in part.found.highlights[:_SPOTS]:
            outline(drawing, ring_of(highlight.region, frame), "hot")
    hard = [shadow for shadow in shadows if shadow.depth > _HARD_FROM][:1]
    for shadow in hard:
        region = _seen(shadow.region)
        outline(drawing, box_of(region, frame), "cold", dash="7 5")
        _label(drawing, shadow.lamp, region, frame)
    _legend(drawing, frame[3], [part.found.share_percent for part in looked], hard)
    return drawing.done()


def _dimmed(image: NDArray[np.uint8], but: Sequence[Region]) -> NDArray[np.uint8]:
    dimmed = np.asarray(np.rint(image * _DIM), np.uint8)
    for region in but:
        with suppress(Unmeasurable):
            cut_region(dimmed, region, 1)[:] = cut_region(image, region, 1)
    return dimmed


def _legend(
    drawing: Drawing, top: float, glare_percent: Sequence[float], hard: Sequence[Shadow]
) -> None:
    shares = " · ".join(map(_percent, glare_percent)) or "–"
    figures = "".join(f"{s.depth:.1f} : 1 ↔ {s.width_percent:.1f} %" for s in hard) or "–"
    for line, (look, dash, said) in enumerate(
        (("hot", "", f"glare 反光 {shares}"), ("cold", "7 5", f"hard shadow 硬阴影 {figures}"))
    ):
        y = top + _LINE * (line + 1)
        outline(drawing, f"M8 {y - 6:.1f} h28", look, dash=dash)
        drawing.text(46, y, said)


def _percent(share: float) -> str:
    return f"< {_TOLD_PERCENT} %" if 0 < share < _TOLD_PERCENT else f"{share:.1f} %"


def _seen(region: Region) -> Region:
    """Return a region with some room around it, large enough to be found at a glance."""
    x, y, width, height = region
    wide, high = max(width + 2 * _ROOM, _LEAST), max(height + 2 * _ROOM, _LEAST)
    left, top = max(x + (width - wide) / 2, 0.0), max(y + (height - high) / 2, 0.0)
    return left, top, min(wide, 1 - left), min(high, 1 - top)


def _label(drawing: Drawing, said: str, region: Region, frame: Frame) -> None:
    """Write above a part of the picture, or below it where there is no room above."""
    x, y, width, height = region
    across = x + width / 2
    above = frame[3] * y > _LINE_PX
    down = frame[3] * y - 9 if above else frame[3] * (y + height) + _LINE_PX
    anchor: Anchor = "start" if across < _SIDE else "end" if across > 1 - _SIDE else "middle"
    at = {"start": x, "middle": across, "end": x + width}[anchor]
    drawing.text(frame[2] * at, down, said, anchor=anchor, look="tag")
