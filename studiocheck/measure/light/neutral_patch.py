"""Colour of the light from a declared neutral patch, seen by a camera whose white is locked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.chromatic_adaptation import bradford
from studiocheck.measure.light.mired import half_width_facing
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import white_xyz, xyz_to_uv
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table
from studiocheck.measure.picture.regions import cut_region
from studiocheck.measure.repeat import expanded_from_repeat

BRIGHTEST_DN, DARKEST_DN = 245, 40
"""A channel outside these is clipped or buried in the toe of the tone curve."""

LARGEST_SPREAD_STOPS = 0.7
"""A card lit by one lamp at an angle falls off by less than this; a print or an edge does not."""

FARTHEST_DUV = 0.03
"""Farther from white than any lamp sold for video: the patch itself is coloured."""

TONE_SHARE, SETTING_SHARE, CHROMA_MIRED, CHROMA_DUV = 0.45, 0.07, 2.4, 0.001
"""Type B, k = 2: of the shift from the lock, for an unknown tone curve and saturation; of the
lock itself, for a camera's own kelvin scale (5 %, which a steep curve shows 1.4 times as large);
and 8-bit subsampled chroma, along and across."""

_BLOCKS = 3


@dataclass(frozen=True, slots=True)
class WhiteLight:
    """The colour of a light; uncertainties are expanded (k = 2), ``n`` counts the stills."""

    cct_kelvin: float
    mired: float
    mired_uncertainty: float
    duv: float
    duv_uncertainty: float
    n: int

    def kelvin_uncertainty(self, target_kelvin: float) -> float:
        """Return the mired interval as a half-width in kelvin, on the side of a target."""
        return half_width_facing(self.mired, self.mired_uncertainty, target_kelvin)


def light_on_patch(
    stills: Sequence[NDArray[np.uint8]], patch: Region, locked_kelvin: float
) -> WhiteLight:
    """Measure correlated colour temperature and Duv of the light on a neutral patch.

    The patch is averaged in linear light, the camera's locked white balance is undone by a
    Bradford adaptation from D65 to the white that the lock means.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    patch : Region
        Where a grey card or a white thing stands, shares of the picture.
    locked_kelvin : float
        What the camera's white balance is locked to, K.

    Returns
    -------
    WhiteLight
        CCT in K, reciprocal in mired, Duv. The uncertainty joins the spread over stills and over
        nine blocks of the patch (type A) with three type B terms, because the camera is not
        calibrated: 45 % of the shift from the lock (tone curve and saturation are not known; at
        the lock itself they do not matter), 7 % of the lock (a camera's kelvin scale, rule of
        thumb), and 2.4 mired for 8-bit chroma.

    Raises
    ------
    Unmeasurable
        If the patch is clipped, dark, uneven, coloured or too small.

    Warnings
    --------
    Meaningless on a picture with automatic white balance: it makes any light look white. A camera
    set to a look much steeper than usual (contrast 1.7) errs by more than is stated here.

    Notes
    -----
    **Source**: CIE 15:2018, 9.5 and Y. Ohno, LEUKOS 10 (2013); adaptation: K. M. Lam (1985),
    "Bradford"; the tone-curve term was found over sRGB, BT.709, gamma 1.8, S-curves and
    saturation 0.85…1.2, so that the interval holds for each of them on its own.

    Examples
    --------
    >>> grey = np.full((90, 160, 3), 128, np.uint8)
    >>> light = light_on_patch([grey, grey], (0.25, 0.25, 0.5, 0.5), 5500)
    >>> round(light.cct_kelvin), round(light.duv, 4), round(light.mired_uncertainty, 1)
    (5499, 0.0033, 13.0)
    """
    blocks = card_blocks(stills, patch)
    adaptation = undone_lock(locked_kelvin)
    cct, duv = _white(blocks.mean(axis=(0, 1)), adaptation)
    if abs(duv) > FARTHEST_DUV:
        raise not_neutral()
    lock_cct, lock_duv = cct_and_duv(xyz_to_uv(white_xyz(locked_kelvin)))
    lock_mired = 1e6 / lock_cct
    mired = 1e6 / cct
    by_block = np.array([_white(b, adaptation) for b in blocks.mean(axis=0)])
    by_still = np.array([_white(s, adaptation) for s in blocks.mean(axis=1)])
    return WhiteLight(
        cct_kelvin=cct,
        mired=mired,
        mired_uncertainty=math.hypot(
            _type_a(1e6 / by_block[:, 0]),
            _type_a(1e6 / by_still[:, 0]),
            TONE_SHARE * (mired - lock_mired),
            SETTING_SHARE * lock_mired,
            CHROMA_MIRED,
        ),
        duv=duv,
        duv_uncertainty=math.hypot(
            _type_a(by_block[:, 1]),
            _type_a(by_still[:, 1]),
            TONE_SHARE * (duv - lock_duv),
            CHROMA_DUV,
        ),
        n=len(stills),
    )


def card_blocks(stills: Sequence[NDArray[np.uint8]], patch: Region) -> NDArray[np.float64]:
    """Return the linear RGB of nine blocks of a neutral patch in each of some stills.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    patch : Region
        Where a grey card or a white thing stands, shares of the picture.

    Returns
    -------
    (stills, 9, 3) float64
        Linear values, full scale 1.

    Raises
    ------
    Unmeasurable
        If the patch is clipped, dark, uneven or too small.

    Notes
    -----
    **Source**: IEC 61966-2-1:1999, 5.2.

    Examples
    --------
    >>> grey = np.full((90, 160, 3), 118, np.uint8)
    >>> f"{card_blocks([grey], (0.25, 0.25, 0.5, 0.5)).mean():.2f}"
    '0.18'
    """
    return _checked_blocks(stills, patch)[1]


def card_codes(stills: Sequence[NDArray[np.uint8]], patch: Region) -> NDArray[np.float64]:
    """Return the mean RGB codes of nine blocks of a neutral patch in each of some stills.

    For a camera whose tone curve is known, which is laid on the codes afterwards: within a block
    of an even card the curve is straight.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one.
    patch : Region
        Where a grey card or a white thing stands, shares of the picture.

    Returns
    -------
    (stills, 9, 3) float64
        Codes, 0…255.

    Raises
    ------
    Unmeasurable
        If the patch is clipped, dark, uneven or too small.

    Notes
    -----
    **Source**: as `card_blocks`.

    Examples
    --------
    >>> grey = np.full((90, 160, 3), 118, np.uint8)
    >>> card_codes([grey], (0.25, 0.25, 0.5, 0.5)).mean()
    np.float64(118.0)
    """
    patches, _ = _checked_blocks(stills, patch)
    return np.array([_blocks(one[..., ::-1].astype(np.float64)) for one in patches])


def _checked_blocks(
    stills: Sequence[NDArray[np.uint8]], patch: Region
) -> tuple[list[NDArray[np.uint8]], NDArray[np.float64]]:
    patches = [cut_region(still, patch, least_px=3 * _BLOCKS) for still in stills]
    _refuse_bad_exposure(patches)
    blocks = np.array([_blocks(linear_table()[one[..., ::-1]]) for one in patches])
    _refuse_uneven(blocks.mean(axis=0))
    return patches, blocks


def _blocks(patch: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of 3 × 3 blocks, (9, 3)."""
    return np.array(
        [
            block.mean(axis=(0, 1))
            for row in np.array_split(patch, _BLOCKS, axis=0)
            for block in np.array_split(row, _BLOCKS, axis=1)
        ]
    )


def _white(linear_rgb: NDArray[np.float64], adaptation: NDArray[np.float64]) -> tuple[float, float]:
    return cct_and_duv(xyz_to_uv(adaptation @ (RGB_TO_XYZ @ linear_rgb)))


def undone_lock(locked_kelvin: float) -> NDArray[np.float64]:
    """Return the matrix from the white of sRGB to the white of a camera's lock, (3, 3)."""
    return bradford(RGB_TO_XYZ.sum(axis=1), white_xyz(locked_kelvin))


def _type_a(values: NDArray[np.float64]) -> float:
    return expanded_from_repeat(values) or 0.0


def _refuse_bad_exposure(patches: Sequence[NDArray[np.uint8]]) -> None:
    channels = np.concatenate([patch.reshape(-1, 3) for patch in patches])
    clipped = float((channels > BRIGHTEST_DN).any(axis=1).mean())
    if clipped > 0.01:
        raise Unmeasurable(
            Text(
                f"the neutral patch is overexposed ({100 * clipped:.0f} % of it above 245)",
                f"灰卡区域过曝（{100 * clipped:.0f}% 高于 245）",
            ),
            Text(
                "stop the camera down, or turn the card out of the glare, and check again",
                "收小光圈或把灰卡转开反光方向，再检查一次",
            ),
        )
    if channels.mean(axis=0).min() < DARKEST_DN:
        raise Unmeasurable(
            Text("the neutral patch is too dark to tell its colour", "灰卡区域太暗，无法判断颜色"),
            Text(
                "hold the grey card into the light of the presenter, or open the camera",
                "请把灰卡放到主播的灯光里，或加大曝光",
            ),
        )


def _refuse_uneven(blocks: NDArray[np.float64]) -> None:
    luminance = blocks @ RGB_TO_XYZ[1]
    spread_stops = math.log2(luminance.max() / luminance.min())
    chroma = np.ptp(blocks / blocks.sum(axis=1, keepdims=True), axis=0).max()
    if spread_stops > LARGEST_SPREAD_STOPS or chroma > 0.05:
        raise Unmeasurable(
            Text(
                "the neutral patch is not one even surface: something else is in the region",
                "灰卡区域不是一块均匀的表面：区域里有别的东西",
            ),
            Text(
                "put the grey card where neutral_patch is declared, facing the camera",
                "请把灰卡放到 neutral_patch 写明的位置，正对摄像头",
            ),
        )


def not_neutral() -> Unmeasurable:
    """Say that a patch is coloured."""
    return Unmeasurable(
        Text(
            "the declared patch is strongly coloured, so it says nothing about the light",
            "neutral_patch 区域颜色太重，无法反映灯光的颜色",
        ),
        Text(
            "use a grey card or plain white paper as neutral_patch",
            "请用灰卡或纯白纸作为 neutral_patch",
        ),
    )
