"""A camera whose view of white light is known, and the light that it sees on a card tonight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import WhiteEvidence, WhiteMethod
from studiocheck.core.studio import Region
from studiocheck.measure.light.neutral_patch import (
    CHROMA_DUV,
    CHROMA_MIRED,
    FARTHEST_DUV,
    WhiteLight,
    card_codes,
    not_neutral,
    undone_lock,
)
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import white_xyz, xyz_to_uv
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_from_srgb
from studiocheck.measure.repeat import expanded_from_repeat

Array = NDArray[np.float64]

_LUMA: Array = RGB_TO_XYZ[1]
_DARKEST = 1e-4

_REACH = {"card": 0.55, "chart": 0.12, "two-point": 0.25}
"""Type B, k = 2, of each mired away from the known light: what a tone curve may do there."""

_REACH_WITH_CURVE = 0.33
_BETWEEN = 0.1
"""Type B, k = 2, of each mired from the nearer of two known lights: the curve may bend there."""

_LEVEL = 0.15
"""Type B, k = 2, of each mired away from the lock and stop away from the level of calibration: a
tone curve that is not known is steeper at one level than at another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraWhite:
    """From the codes of a camera to the colour of light; fields as in `WhiteEvidence`."""

    locked_kelvin: float
    linear: NDArray[np.floating] | None = None
    matrix: Array | None = None
    colour_scale: float = 1.0
    saturation: float = 1.0

    @classmethod
    def of(cls, white: WhiteEvidence) -> CameraWhite:
        """Return the camera as it was calibrated."""
        return cls(
            locked_kelvin=white.locked_kelvin,
            linear=white.linear,
            matrix=white.matrix,
            colour_scale=white.colour_scale,
            saturation=white.saturation,
        )

    def light_of(self, codes: Array) -> Array:
        """Return linear RGB of codes 0…255, (…, 3): saturation, then tone curve undone."""
        grey = (codes @ _LUMA)[..., None]
        plain = np.clip(grey + (codes - grey) / self.saturation, 0, 255)
        if self.linear is None:
            return linear_from_srgb(plain / 255)
        return np.interp(plain, np.arange(256), self.linear.astype(np.float64))

    def seen(self, codes: Array) -> tuple[float, float]:
        """Return mired and Duv of the light on a neutral, before any offset.

        Raises
        ------
        Unmeasurable
            If it is no white light.
        """
        rgb = np.maximum(self.light_of(codes), _DARKEST)
        rgb = rgb[1] * (rgb / rgb[1]) ** self.colour_scale
        if self.matrix is not None:
            rgb = self.matrix @ rgb
        cct, duv = cct_and_duv(xyz_to_uv(undone_lock(self.locked_kelvin) @ (RGB_TO_XYZ @ rgb)))
        return 1e6 / cct, duv


def calibrated_light(
    stills: Sequence[NDArray[np.uint8]], patch: Region, white: WhiteEvidence
) -> WhiteLight:
    """Measure correlated colour temperature and Duv of the light on a patch, camera calibrated.

    Parameters
    ----------
    stills : sequence of (height, width, 3) uint8
        BGR pictures on the full range, at least one, with the white balance of the calibration.
    patch : Region
        Where a grey card or a white thing stands, shares of the picture.
    white : WhiteEvidence
        Of this camera.

    Returns
    -------
    WhiteLight
        CCT in K, reciprocal in mired, Duv. The uncertainty joins the spread over stills and over
        nine blocks of the patch (type A) with that of the calibration, 8-bit chroma, and how far
        the light is from what the camera was shown (type B).

    Raises
    ------
    Unmeasurable
        If the patch is clipped, dark, uneven, coloured or too small.

    Warnings
    --------
    Meaningless once the white balance is another than at calibration.

    Notes
    -----
    **Source**: CIE 15:2018, 9.5 and Y. Ohno, LEUKOS 10 (2013); the terms were found on spectral
    renders with lamps of other kinds than the calibrating one.

    Examples
    --------
    >>> from studiocheck.core.picture import CameraInfo
    >>> info = CameraInfo(device="", name="", backend="", clock="file", width=160, height=90,
    ...                   pixel_format="")
    >>> white = WhiteEvidence(taken="", by="", method="card", camera=info, controls=None,
    ...     locked_kelvin=5500, known_kelvin=(5400,), offset_mired=3.4, mired_uncertainty=5,
    ...     duv_uncertainty=0.002, level_dn=128)
    >>> light = calibrated_light([np.full((90, 160, 3), 128, np.uint8)], (0, 0, 1, 1), white)
    >>> round(light.cct_kelvin), round(light.mired, 1), round(light.mired_uncertainty, 1)
    (5399, 185.2, 5.5)
    """
    blocks = card_codes(stills, patch)
    camera = CameraWhite.of(white)
    seen_mired, seen_duv = camera.seen(blocks.mean(axis=(0, 1)))
    mired, duv = seen_mired + white.offset_mired, seen_duv + white.duv_offset
    if abs(duv) > FARTHEST_DUV or mired <= 0:
        raise not_neutral()
    parts = [np.array([camera.seen(each) for each in blocks.mean(axis=axis)]) for axis in (0, 1)]
    spread = [
        math.hypot(*(expanded_from_repeat(part[:, i]) or 0.0 for part in parts)) for i in (0, 1)
    ]
    off = _off_calibration(blocks, mired, white)
    return WhiteLight(
        cct_kelvin=1e6 / mired,
        mired=mired,
        mired_uncertainty=math.hypot(spread[0], CHROMA_MIRED, white.mired_uncertainty, off),
        duv=duv,
        duv_uncertainty=math.hypot(spread[1], CHROMA_DUV, white.duv_uncertainty, 1e-4 * off),
        n=len(stills),
    )


def _off_calibration(blocks: Array, mired: float, white: WhiteEvidence) -> float:
    """Return what is added for a light and a brightness that the camera was not shown, mired."""
    known = [1e6 / kelvin for kelvin in white.known_kelvin]
    away = max(min(known) - mired, mired - max(known), 0.0)
    lock = 1e6 / cct_and_duv(xyz_to_uv(white_xyz(white.locked_kelvin)))[0]
    level = float(blocks.mean(axis=(0, 1))[1])
    stops = math.log2(
        float(linear_from_srgb(np.array(level / 255)))
        / float(linear_from_srgb(np.array(max(white.level_dn, 1.0) / 255)))
    )
    known_curve = white.linear is not None and white.method != "two-point"  # there it is supposed
    bend = 0.0 if known_curve else _LEVEL * abs(stops) * abs(mired - lock)
    between = _BETWEEN * min(abs(mired - each) for each in known)
    far = reach(white.method, curve=white.linear is not None) * away
    return math.hypot(far, bend, between if white.method == "two-point" else 0.0)


def reach(method: WhiteMethod, *, curve: bool) -> float:
    """Return the uncertainty that each mired away from the known light adds (k = 2)."""
    return min(_REACH[method], _REACH_WITH_CURVE) if curve else _REACH[method]
