"""The hue of skin against the line on the vectorscope around which natural skin lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.neutral_patch import card_codes
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

Array = NDArray[np.float64]

SKIN_LINE_DEGREES = 123.0
"""Of the I axis, counted from Cb towards Cr."""

LEAST_FACE_SHARE, LEAST_SUBJECT_SHARE = 0.3, 0.03
"""Of the region that has to look like skin."""

MOST_SUBJECT_SHARE = 0.5
"""Of the region of a presenter: more of it is a wall, a table or a dress of skin's colour."""

LARGEST_CARD_CHROMA = 0.06
"""Chroma of a grey card, share of its luma, beyond which skin is not to be judged: 500 K off."""

TONE_DEGREES = 2.0
"""Type B, k = 2: a tone curve or a colour matrix turns hues by this much."""

_LUMA = np.array([0.2126, 0.7152, 0.0722])
_CB, _CR = 1.8556, 1.5748
_LIKE_SKIN_DEGREES = 38.0
"""Around the line: far more than any light that still passes for white turns skin."""

_LEAST_CHROMA, _MOST_CHROMA = 0.07, 0.55
_DARKEST, _BRIGHTEST = 0.16, 0.95
_CHEEKS: Region = (0.15, 0.30, 0.70, 0.45)
"""Of a face: no hair, no beard, no collar."""

_WIDTH = 96
"""Px to which a region is shrunk: pores, make-up and chroma subsampling average out."""

_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class SkinHue:
    """Where skin lies on the vectorscope.

    Parameters
    ----------
    degrees : float
        From the line, °; positive is towards yellow and green, negative towards red and magenta.
    uncertainty_degrees : float
        Expanded (k = 2).
    share : float
        Of the region that looks like skin.
    n : int
        How many stills.
    """

    degrees: float
    uncertainty_degrees: float
    share: float
    n: int


def skin_hue(stills: Sequence[NDArray[np.uint8]], region: Region, *, is_face: bool) -> SkinHue:
    """Measure how far skin is from the skin line of the vectorscope.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one, with a valid white balance.
    region : Region
        Of the face, from brow to chin; or of the presenter, whose largest patch of skin is then
        looked for.
    is_face : bool
        Which of the two.

    Returns
    -------
    SkinHue
        Distance in °, with the spread over stills and over thirds of the skin (type A).

    Raises
    ------
    Unmeasurable
        If too little of the region looks like skin: a mask, gloves, nobody there; or, of a
        presenter, too much: a wooden wall.

    Notes
    -----
    **Source**: I axis of NTSC (SMPTE 170M-2004, 123°) on Cb and Cr of ITU-R BT.709-6, 3. Where skin
    lies around it: cheeks and foreheads of 960 people in D65, K. Xiao et al., Skin Research and
    Technology 23 (2017) 21, and 185 more of J. de Rigal et al., ibid. 16 (2010) 168; means and
    spreads as the colour vocabulary of darktable gives them, the papers' own tables were not seen.
    Of the ten groups and places the means lie 0 to 6° from the line, towards yellow; 95 % of the
    people of each within −11° and +15°.

    Examples
    --------
    The light skin of a ColorChecker is R 194, G 150, B 130:

    >>> skin = np.full((40, 40, 3), (130, 150, 194), np.uint8)
    >>> round(skin_hue([skin], (0.0, 0.0, 1.0, 1.0), is_face=True).degrees, 1)
    0.3
    """
    place = _within(region, _CHEEKS) if is_face else region
    parts = [_skin(cut_region(still, place, least_px=8), is_face=is_face) for still in stills]
    share = float(np.mean([part.share for part in parts]))
    if share < (LEAST_FACE_SHARE if is_face else LEAST_SUBJECT_SHARE):
        raise _no_skin(is_face=is_face)
    if not is_face and share > MOST_SUBJECT_SHARE:
        raise _something_like_skin()
    hues = np.array([part.hues for part in parts if len(part.hues)])
    centre = np.array([part.mean for part in parts if len(part.hues)]).mean(axis=0)
    return SkinHue(
        degrees=_from_line(centre),
        uncertainty_degrees=math.hypot(
            expanded_from_repeat(hues.mean(axis=1)) or 0.0,
            expanded_from_repeat(hues.mean(axis=0)) or 0.0,
            TONE_DEGREES,
        ),
        share=share,
        n=len(stills),
    )


def refuse_coloured_card(stills: Sequence[NDArray[np.uint8]], patch: Region) -> None:
    """Refuse to judge skin where a grey card in the picture is not grey.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range.
    patch : Region
        Where the card is.

    Raises
    ------
    Unmeasurable
        If the card is coloured. A card that cannot be read at all says nothing either way.

    Notes
    -----
    **Source**: vectorscope practice: first the card into the centre, then the skin.

    Examples
    --------
    >>> grey = np.full((90, 160, 3), 118, np.uint8)
    >>> refuse_coloured_card([grey], (0.2, 0.2, 0.5, 0.5))
    """
    try:
        codes = card_codes(stills, patch).mean(axis=(0, 1)) / 255
    except Unmeasurable:
        return
    chroma = float(np.hypot(*_chroma(codes))) / float(codes @ _LUMA)
    if chroma > LARGEST_CARD_CHROMA:
        raise Unmeasurable(
            Text(
                "the grey card is not grey in this picture, so skin cannot be judged",
                "画面中的灰卡不是中性灰，无法判断肤色",
            ),
            Text(
                "first bring lamps and white balance to the planned kelvin, then look at the skin",
                "请先把灯和白平衡调到计划色温，再看肤色",
            ),
        )


@dataclass(frozen=True, slots=True)
class _Skin:
    """Mean (Cb, Cr), hue of each third from left to right in °, and share of the region."""

    mean: Array
    hues: Array
    share: float


def _skin(part: NDArray[np.uint8], *, is_face: bool) -> _Skin:
    rows = max(8, round(part.shape[0] * _WIDTH / part.shape[1]))
    small = np.asarray(cv2.resize(part, (_WIDTH, rows), interpolation=cv2.INTER_AREA))
    rgb = small[..., ::-1].astype(np.float64) / 255
    luma, (cb, cr) = rgb @ _LUMA, _chroma(rgb)
    relative = np.hypot(cb, cr) / np.maximum(luma, 1e-3)
    off = np.abs((np.degrees(np.arctan2(cr, cb)) - SKIN_LINE_DEGREES + 180) % 360 - 180)
    like = (off < _LIKE_SKIN_DEGREES) & (relative > _LEAST_CHROMA) & (relative < _MOST_CHROMA)
    like &= (rgb.max(axis=2) < _BRIGHTEST) & (luma > _DARKEST)
    if not is_face:
        like = _largest(like)
    if not like.any():
        return _Skin(np.zeros(2), np.empty(0), 0.0)
    colours = np.stack([cb[like], cr[like]], axis=1)
    thirds = np.array_split(colours[np.argsort(np.nonzero(like)[1], kind="stable")], _COLUMNS)
    hues = np.array([_from_line(third.mean(axis=0)) for third in thirds if len(third)])
    return _Skin(colours.mean(axis=0), np.resize(hues, _COLUMNS), float(like.mean()))


def _largest(like: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest patch that hangs together: the face, not a wooden shelf beside it."""
    count, label, sizes, _ = cv2.connectedComponentsWithStats(like.astype(np.uint8), connectivity=4)
    if count < 2:
        return like
    return np.asarray(label == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA])))


def _chroma(rgb: Array) -> tuple[Array, Array]:
    luma = rgb @ _LUMA
    return (rgb[..., 2] - luma) / _CB, (rgb[..., 0] - luma) / _CR


def _from_line(colour: Array) -> float:
    hue = math.degrees(math.atan2(colour[1], colour[0]))
    return (hue - SKIN_LINE_DEGREES + 180) % 360 - 180


def _within(region: Region, part: Region) -> Region:
    x, y, w, h = region
    return x + part[0] * w, y + part[1] * h, part[2] * w, part[3] * h


def _no_skin(*, is_face: bool) -> Unmeasurable:
    where = Text("face", "脸部") if is_face else Text("subject", "主体")
    return Unmeasurable(
        Text(
            f"no skin is seen in the {where.en} region: nobody there, a mask, or light far from "
            "white",
            f"{where.zh}区域里看不到皮肤：没有人、戴着口罩，或光线颜色偏差太大",
        ),
        Text(
            "ask the presenter to look into the camera at their place, and check that the region "
            "in studio.toml is the face",
            "请主播在位置上看向摄像头，并确认 studio.toml 中的区域是脸部",
        ),
    )


def _something_like_skin() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "most of the subject region has the colour of skin: a wall, a table or a dress",
            "主体区域大部分都是肤色：可能是墙面、桌面或衣服",
        ),
        Text(
            "declare the face: `studiocheck calibrate regions` draws it",
            "请标出 face：`studiocheck calibrate regions`",
        ),
    )
