"""Whether a picture was made by a machine instead of a lens: bars, cards, plain colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.picture import Burst
from studiocheck.measure.opencv import cv2
from studiocheck.measure.picture.frame_row import THUMBNAIL

Kind = Literal["", "solid", "dark", "bars", "card", "gradient", "snow"]
"""``""`` is a picture; ``card`` is lettering or a drawing on plain ground."""

Picture = NDArray[np.uint8]
Mask = NDArray[np.uint8]

_SAME_DN, _APART_DN = 3, 10
"""A flat colour holds its cells within ±3 DN, and nothing else of the picture is within ±10."""

_TIGHT_DN, _ISOLATED = 0.45, 0.85
_LOOSE_DN, _WELL_ISOLATED, _CONTRAST_DN = 1.0, 0.92, 40.0
"""Spread of one colour, and how much of ±10 DN lies within ±3. An encoder spreads noise: then more
must lie there, in a picture with contrast, where colours are not all near each other."""

_LEAST_SHARE, _MOST_MODES = 0.004, 24
_WHITE, _BLACK = 245, 24
"""Beyond these a camera makes flat areas too: burnt out, or drowned in black."""

_FLAT_SHARE, _PATTERN_MODES = 0.25, 4
_CARD_COVER, _PATTERN_COVER = 0.95, 0.70
"""Flat colours of which a real picture never has so much. A card shows hardly anything else, while
a test pattern of several colours may hold ramps; a person before a drawn ground is no slate."""

_UNLIT_DN = 0.10 * 255
_PLAIN_RANGE_DN, _PLAIN_CELL_DN, _NOISE_IN_CELL = (4.0, 2.5), (2.0, 0.6), 3 / 8
"""Of any channel and of luma: encoders leave more of the noise in colour."""

_LETTERS_COVER, _LETTERS_APART_DN, _LETTERS_PEAK, _LETTERS_SHARE = 0.98, 60, 17, 0.4
_SMOOTH_DN, _RAMP_FIT_DN, _RAMP_SHARE, _RAMP_COVER, _RAMP_RANGE_DN = 0.7, 1.5, 0.6, 0.93, 12.0
_SNOW_DN, _SNOW_RANGE_DN = 20.0, 12.0
_BAR_MODES, _BAR_ROWS = 5, 0.8


@dataclass(frozen=True, slots=True)
class Slate:
    """What a picture looks like to be, and its share of flat, machine-made colour, %."""

    kind: Kind
    flat_percent: float


@dataclass(frozen=True, slots=True)
class _Flat:
    """Cells in flat colours: those that only a machine makes, white and black, and their number."""

    drawn: Mask
    clipped: Mask
    modes: int

    @property
    def all(self) -> Mask:
        return np.asarray(cv2.bitwise_or(self.drawn, self.clipped), np.uint8)


def slate(picture: Picture) -> Slate:
    """Tell whether one picture is a slate.

    Light falls off and a sensor has noise, so in a real picture no colour stands alone: wherever
    there is one, its neighbours are there too. A machine draws areas of one colour with nothing
    near it. White and black prove nothing, because a camera burns out and drowns; a picture of
    nothing else is a slate only if what is left has the two colours of lettering.

    Parameters
    ----------
    picture : (height, width, 3) uint8
        BGR picture on the full range.

    Returns
    -------
    Slate
        Its kind, and the share of the picture that is flat, %: 100 for a plain picture, else the
        share of isolated colours, with white and black only where they prove something.
        ``gradient`` is no more than a suspicion.

    Notes
    -----
    **Source**: rule of thumb; separated on the photographs of scikit-image and scikit-learn
    against drawn slates (`tests/unit/test_slate.py`).

    Examples
    --------
    >>> bars = np.repeat(np.arange(40, 240, 25, dtype=np.uint8), 80)
    >>> found = slate(np.broadcast_to(bars[None, :, None], (360, 640, 3)).copy())
    >>> found.kind, found.flat_percent
    ('bars', 100.0)
    >>> noise = np.random.default_rng(1).normal(0, 30, (36, 64, 3))
    >>> scene = cv2.resize(noise.astype(np.float32), (640, 360)) + 120
    >>> slate(scene.clip(0, 255).astype(np.uint8)).kind
    ''
    """
    small = np.asarray(cv2.resize(picture, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    grain = _grain_dn(luma)
    if _is_plain(small, grain):
        return Slate("dark" if small.mean() < _UNLIT_DN else "solid", 100.0)
    flat = _flat_colours(small)
    drawn, clipped = _share(flat.drawn), _share(flat.clipped)
    cover = _share(_widened(flat.all))
    needed = _PATTERN_COVER if flat.modes >= _PATTERN_MODES else _CARD_COVER
    if drawn >= _FLAT_SHARE and cover >= needed:
        return Slate("bars" if _is_bars(small, flat) else "card", 100 * (drawn + clipped))
    if clipped >= 0.5 and cover >= _LETTERS_COVER and _has_letters(luma):
        return Slate("card", 100 * cover)
    if grain <= _SMOOTH_DN and clipped < _FLAT_SHARE and _is_ramp(small, flat):
        return Slate("gradient", 100 * drawn)
    return Slate("", 100 * drawn)


def is_snow(burst: Burst) -> bool:
    """Tell whether a receiver without a signal shows its own noise.

    Parameters
    ----------
    burst : Burst
        Consecutive frames.

    Returns
    -------
    bool
        Whether luma changes by more than any camera's noise, and shows nothing else.

    Notes
    -----
    **Source**: rule of thumb.

    Examples
    --------
    >>> spread = np.full((7, 33, 60), 60.0, np.float32)
    >>> is_snow(Burst(index=0, n=8, mean=np.full((1080, 1920), 128, np.uint8), spread=spread))
    True
    """
    if not burst.spread.size or np.percentile(burst.spread, 10) < _SNOW_DN * 2**0.5:
        return False
    return _range_dn(_thumbnail(burst.mean)) <= _SNOW_RANGE_DN


def _thumbnail(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)


def _share(mask: Mask) -> float:
    return cv2.countNonZero(mask) / mask.size


def _widened(mask: Mask) -> Mask:
    """Return a mask with the cells around it: an edge between two flat areas belongs to them."""
    return np.asarray(cv2.dilate(mask, np.ones((5, 5), np.uint8)), np.uint8)


def _grain_dn(luma: Picture) -> float:
    """Return the usual standard deviation of luma inside a block of 8 px."""
    rows, columns = luma.shape[0] // 8, luma.shape[1] // 8
    if not rows or not columns:
        return 0.0
    blocks = luma[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8)[::2, :, ::2]
    return float(np.median(blocks.astype(np.float32).std(axis=(1, 3))))


def _range_dn(small: Picture) -> float:
    """Return how far apart the large areas of a thumbnail are, in its worst channel."""
    coarse = cv2.resize(small.astype(np.float32), (30, 17), interpolation=cv2.INTER_AREA)
    low, high = np.percentile(coarse, [2, 98], axis=(0, 1))
    return float(np.max(high - low))


def _is_plain(small: Picture, grain_dn: float) -> bool:
    """Return whether there is nothing but noise: the same colour in areas large and small."""
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
    for part, most_dn, cell_dn in zip((small, luma), _PLAIN_RANGE_DN, _PLAIN_CELL_DN, strict=True):
        if _range_dn(part) > most_dn:
            return False
        single = part.astype(np.float32)
        structure = float((single - cv2.blur(single, (9, 9))).std(axis=(0, 1)).max())
        if structure > cell_dn + _NOISE_IN_CELL * grain_dn:
            return False
    return True


def _flat_colours(small: Picture) -> _Flat:
    """Find colours that stand alone: many cells within ±3 DN, hardly any more out to ±10."""
    low, high = np.percentile(small, [0.5, 99.5])
    contrast = bool(high - low > _CONTRAST_DN)
    smooth = np.asarray(cv2.blur(small.astype(np.float32), (3, 3)), np.float32)
    left = np.full(small.shape[:2], 255, np.uint8)
    drawn, clipped = np.zeros_like(left), np.zeros_like(left)
    least = _LEAST_SHARE * left.size
    modes = 0
    for start in _frequent_colours(small, round(least / 2)):
        centre = start
        for _ in range(2):
            near = _within(small, centre, _SAME_DN, left)
            if cv2.countNonZero(near):
                centre = np.array(cv2.mean(small, near)[:3])
        near = _within(small, centre, _SAME_DN, left)
        wide = _within(small, centre, _APART_DN, left)
        if cv2.countNonZero(near) >= least and _stands_alone(smooth, near, wide, contrast=contrast):
            is_clipped = centre.min() >= _WHITE or centre.max() <= _BLACK
            target = clipped if is_clipped else drawn
            cv2.bitwise_or(target, near, dst=target)
            near, modes = wide, modes + 1
        cv2.bitwise_and(left, cv2.bitwise_not(near), dst=left)
    return _Flat(drawn, clipped, modes)


def _frequent_colours(small: Picture, least: int) -> list[NDArray[np.float64]]:
    """Return the most frequent colours in steps of 2 DN, most frequent first."""
    halved = (small >> 1).reshape(-1, 3).astype(np.int32)
    code = halved[:, 0] << 14 | halved[:, 1] << 7 | halved[:, 2]
    counts = np.bincount(code, minlength=1)
    found = np.flatnonzero(counts >= max(least, 1))
    best = found[np.argsort(-counts[found], kind="stable")][:_MOST_MODES]
    return [2.0 * np.array([c >> 14, c >> 7 & 127, c & 127]) + 0.5 for c in best]


def _within(small: Picture, centre: NDArray[np.float64], reach: int, left: Mask) -> Mask:
    low, high = np.ceil(centre - reach), np.floor(centre + reach)
    mask = cv2.inRange(small, tuple(low.tolist()), tuple(high.tolist()))
    return np.asarray(cv2.bitwise_and(mask, left), np.uint8)


def _stands_alone(
    smooth: NDArray[np.float32], near: Mask, wide: Mask, *, contrast: bool
) -> bool:  # fmt: skip
    """Return whether an area has one colour, not a range of them."""
    isolated = cv2.countNonZero(near) / cv2.countNonZero(wide)
    if isolated < _ISOLATED:
        return False
    inner = np.asarray(cv2.erode(near, np.ones((3, 3), np.uint8)), np.uint8)
    if cv2.countNonZero(inner) <= 20:
        return True
    _, deviation = cv2.meanStdDev(smooth, mask=inner)
    loose = contrast and isolated >= _WELL_ISOLATED
    return float(deviation.max()) <= (_LOOSE_DN if loose else _TIGHT_DN)


def _is_bars(small: Picture, flat: _Flat) -> bool:
    """Return whether there are several flat colours and most rows repeat the one above."""
    step = cv2.absdiff(small[1:], small[:-1]).max(axis=2) <= 2 * _SAME_DN
    return flat.modes >= _BAR_MODES and float(step.mean(axis=1).mean()) >= _BAR_ROWS


def _has_letters(luma: Picture) -> bool:
    """Return whether what is not background is mostly of one other brightness, far from it."""
    counts = cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel().astype(np.float64)
    away = np.abs(np.arange(256) - int(counts.argmax()))
    other = float(counts[away > _LETTERS_APART_DN // 5].sum())
    far = np.where(away > _LETTERS_APART_DN, counts, 0.0)
    peak = np.convolve(far, np.ones(_LETTERS_PEAK), "same").max()
    return other > 0 and float(peak) / other >= _LETTERS_SHARE


def _is_ramp(small: Picture, flat: _Flat) -> bool:
    """Return whether the ground is one smooth gradient, and what is on it drawn."""
    small = small[::2, ::2]
    rows, columns = small.shape[:2]
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y, np.hypot(x, y)], axis=-1)
    basis = terms.reshape(-1, terms.shape[-1])
    colours = small.reshape(-1, 3).astype(np.float64)
    inside = np.ones(len(colours), np.bool_)
    fitted = colours
    for share in (70, 70, 0):
        fitted = basis @ np.linalg.lstsq(basis[inside], colours[inside], rcond=None)[0]
        off = np.abs(colours - fitted).max(axis=1)
        inside = off <= max(_RAMP_FIT_DN, float(np.percentile(off, share)))
        if inside.sum() < basis.shape[0] // 20:
            return False
    spread = np.percentile(fitted[inside], 98, axis=0) - np.percentile(fitted[inside], 2, axis=0)
    if inside.mean() < _RAMP_SHARE or spread.max() < _RAMP_RANGE_DN:
        return False
    ground = 255 * inside.reshape(rows, columns).astype(np.uint8)
    return (
        _share(_widened(np.asarray(cv2.bitwise_or(ground, flat.all[::2, ::2]), np.uint8)))
        >= _RAMP_COVER
    )
