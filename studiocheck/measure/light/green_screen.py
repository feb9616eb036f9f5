"""A green screen as a keyer meets it: how evenly lit, how green, how much green on the subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.evenness import Evenness, blocks_within, evenness
from studiocheck.measure.light.linear_light import LUMINANCE
from studiocheck.measure.light.srgb import linear_table
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

_SCREEN_EXCESS = 0.35
"""Of its own green, by which a screen outshines red and blue, in linear light. Dimming leaves it
alone, so that a dark corner of the screen is still screen; green paint has 0.6 to 0.9, spill on
skin or hair stays below a third."""

_DARKEST = 0.002
"""Linear light of code 6 of 255: darker, a colour is noise."""

_LEAST_SHARE = 0.1
_SKIPPED_PX, _EDGE_PX = 6, 24
"""From the screen, at 1920 px of width: what lens blur and halved colour resolution mix, and how
wide the edge of the subject is in which green light shows."""

_SPILLED = 0.05
"""By which the edge of a thing is greener than its inside, (G − (R + B) / 2) / (R + G + B) in
linear light, where it is green at all: skin, hair and cloth differ by half of that."""

_LEAST_EDGE_PX = 400
Light = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GreenScreen:
    """Evenness in stops; saturation and spill in %, the latter None where nobody stands there.

    ``luma_percent`` is how bright the screen is on the waveform. Uncertainties are expanded.
    """

    evenness: Evenness
    saturation_percent: float
    saturation_uncertainty: float | None
    luma_percent: float
    spill_percent: float | None
    spill_uncertainty: float | None
    n: int


def green_screen(stills: Sequence[NDArray[np.uint8]], region: Region) -> GreenScreen:
    """Measure a green screen and what it does to who stands before it.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    region : Region
        The screen; whoever stands before it is told from it by colour.

    Returns
    -------
    GreenScreen
        Evenness over the blocks that show nothing but screen. Saturation is (G − max(R, B)) / G
        of the screen's linear light, 0 for grey; spill the share of the subject's edge that is
        green, and greener than what lies further inside.

    Raises
    ------
    Unmeasurable
        If hardly anything in the region is green, or it is too dark or clipped.

    Notes
    -----
    **Source**: practice (screen lit within a third of a stop, 40 to 50 % of the waveform); green
    that exceeds red and blue is what difference keyers remove, after Vlahos, US patent 4 100 569
    (1978).

    Examples
    --------
    >>> screen = np.full((90, 160, 3), (70, 170, 60), np.uint8)
    >>> found = green_screen([screen], (0, 0, 1, 1))
    >>> found.evenness.stops, round(found.saturation_percent), found.spill_percent
    (0.0, 85, None)
    """
    parts = [np.ascontiguousarray(cut_region(still, region, least_px=16)) for still in stills]
    scale = stills[0].shape[1] / 1920
    table = linear_table().astype(np.float32)
    lights = [np.asarray(cv2.LUT(part, table), np.float32) for part in parts]
    masks = [_screen(light) for light in lights]
    if min(float(mask.mean()) for mask in masks) < _LEAST_SHARE:
        raise Unmeasurable(
            Text("hardly anything in the declared region is green", "声明的绿幕区域几乎没有绿色"),
            Text(
                "light the screen; else draw green_screen where it is: `studiocheck calibrate "
                "regions`",
                "先给绿幕打光；否则用 `studiocheck calibrate regions` 重新标出 green_screen",
            ),
        )
    blocks = [blocks_within(mask) for mask in masks]
    even = evenness(stills, region, among=blocks)
    saturations = [_saturation(x, m) for x, m in zip(lights, masks, strict=True)]
    spills = [_spill(x, m, scale) for x, m in zip(lights, masks, strict=True)]
    known = [spill for spill in spills if spill is not None]
    return GreenScreen(
        evenness=even,
        saturation_percent=float(np.mean(saturations)),
        saturation_uncertainty=expanded_from_repeat(saturations),
        luma_percent=float(np.mean([_luma(x, m) for x, m in zip(parts, masks, strict=True)])),
        spill_percent=float(np.mean(known)) if known else None,
        spill_uncertainty=expanded_from_repeat(known),
        n=len(stills),
    )


def _excess(light: Light) -> Light:
    """Return by how much green outshines red and blue, as a share of it; negative elsewhere."""
    green = light[..., 1]
    other = np.maximum(light[..., 0], light[..., 2])
    return np.asarray((green - other) / np.maximum(green, _DARKEST), np.float32)


def _screen(light: Light) -> NDArray[np.bool_]:
    screen = (_excess(light) > _SCREEN_EXCESS) & (light[..., 1] > _DARKEST)
    # noise makes holes and specks, which are no subject and no screen
    smooth = cv2.medianBlur(screen.astype(np.uint8), 5)
    return np.asarray(smooth > 0)


def _saturation(light: Light, screen: NDArray[np.bool_]) -> float:
    blue, green, red = (float(np.median(light[..., i][screen])) for i in range(3))
    return 100 * (green - max(red, blue)) / green


def _luma(part: NDArray[np.uint8], screen: NDArray[np.bool_]) -> float:
    return float(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)[screen].mean()) / 2.55


def _spill(light: Light, screen: NDArray[np.bool_], scale: float) -> float | None:
    """Return the share of the subject's edge that is green, %; None without a subject."""
    skipped, reach = max(3, round(_SKIPPED_PX * scale)), max(6, round(_EDGE_PX * scale))
    away = cv2.distanceTransform((~screen).astype(np.uint8), cv2.DIST_L2, 3)
    # what the region's own edge cuts off has no edge against the screen there
    edge = (away > skipped) & (away <= reach) & (light @ LUMINANCE[::-1] > _DARKEST)
    if int(edge.sum()) < _LEAST_EDGE_PX * scale:
        return None
    inside = (away > 2 * reach).astype(np.float32)
    smooth = cv2.blur(light, (3, 3))
    cast = (1.5 * smooth[..., 1] / np.maximum(smooth.sum(axis=2), _DARKEST)) - 0.5
    window = (8 * reach + 1,) * 2
    weight = np.maximum(cv2.blur(inside, window), 1e-6)
    # where nothing lies further inside, a cast is held against none
    usual = np.minimum(cv2.blur(inside * cast, window) / weight, 0.0)
    # yellow has as much of a cast, and no spill in it
    green = (cast > 0) & (smooth[..., 1] > smooth[..., 2]) & (cast - usual > _SPILLED)
    return 100 * float(green[edge].mean())
