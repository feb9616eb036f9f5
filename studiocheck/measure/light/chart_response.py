"""Saturation, tone curve and colour matrix of a camera from its picture of a ColorChecker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.light.colour_checker import COLUMNS, NEUTRALS, ROWS, patch_xyz
from studiocheck.measure.light.neutral_patch import BRIGHTEST_DN, undone_lock
from studiocheck.measure.light.planckian_locus import white_xyz
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_table

Array = NDArray[np.float64]

DARKEST_WHITE_DN = 120
LARGEST_ERROR = 0.16
"""Root mean square of the relative error of the patches' light, luminance aside from flare."""

_KNOT_CODES = np.array([4, 12, 28, 55, 90, 130, 170, 210, 255], np.float64)
_BEND = 2e-3
"""Weight of the curve's departure from a power of sRGB."""

_FREE, _HELD = 0.02, 1.0
"""Weight of the matrix's departure from a mere gain, in patches' worth of light: while the
saturation is looked for, and in the end."""

_DARKEST_DN = 8
_SATURATIONS = (0.75, 1.5)
_GOLDEN = (np.sqrt(5) - 1) / 2
_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class ChartFit:
    """A camera's look undone; fields as in `WhiteEvidence`, ``error`` as `LARGEST_ERROR`."""

    saturation: float
    linear: NDArray[np.float32]
    matrix: Array
    error: float


def fit_chart(codes: Array, kelvin: float, locked_kelvin: float) -> ChartFit:
    """Find what a camera does to colours from the codes of a chart in known light.

    The greys give the tone curve, all patches the matrix and how uneven the light on the chart
    is; the saturation is the one with which both fit best.

    Parameters
    ----------
    codes : (24, 3) float64
        Mean RGB codes of the patches.
    kelvin, locked_kelvin : float
        Of the light on the chart, and of the camera's locked white balance, K.

    Returns
    -------
    ChartFit
        ``matrix`` stays near the unit matrix: 24 patches say little of lights that are much
        warmer than the chart's.

    Raises
    ------
    Unmeasurable
        If the white patch is clipped or dark, or the colours are not the chart's.

    Notes
    -----
    **Source**: C. S. McCamy et al., "A color-rendition chart", J. Appl. Photogr. Eng. 2 (1976);
    least squares as in G. D. Finlayson et al., IEEE Trans. Image Process. 24 (2015).

    Examples
    --------
    >>> from studiocheck.measure.light.srgb import srgb_from_linear
    >>> light = white_xyz(6504.0)
    >>> seen = patch_xyz(light) @ np.linalg.inv(RGB_TO_XYZ).T * 0.9
    >>> fit = fit_chart(255 * srgb_from_linear(seen), 6500, 6500)
    >>> round(float(fit.saturation), 1), bool(fit.error < 0.05)
    (1.0, True)
    """
    _refuse_bad_exposure(codes)
    as_seen = np.linalg.inv(undone_lock(locked_kelvin) @ RGB_TO_XYZ)
    target = patch_xyz(white_xyz(kelvin)) @ as_seen.T
    low, high = _SATURATIONS
    inner = [high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)]
    fits = [_fit(codes, target, each) for each in inner]
    for _ in range(12):
        if fits[0].error < fits[1].error:
            high, inner[1], fits[1] = inner[1], inner[0], fits[0]
            inner[0] = high - _GOLDEN * (high - low)
            fits[0] = _fit(codes, target, inner[0])
        else:
            low, inner[0], fits[0] = inner[0], inner[1], fits[1]
            inner[1] = low + _GOLDEN * (high - low)
            fits[1] = _fit(codes, target, inner[1])
    best = min(fits, key=lambda fit: fit.error)
    if best.error > LARGEST_ERROR:
        raise _not_the_chart()
    return _fit(codes, target, best.saturation, _HELD)


def _fit(codes: Array, target: Array, saturation: float, hold: float = _FREE) -> ChartFit:
    """Return tone curve and matrix at one saturation."""
    grey = (codes @ RGB_TO_XYZ[1])[:, None]
    plain = np.clip(grey + (codes - grey) / saturation, 0, 255)
    used = (codes.min(axis=1) > _DARKEST_DN) & (codes.max(axis=1) < BRIGHTEST_DN + 5)
    shading = np.zeros(len(codes))
    for _ in range(_ROUNDS):
        linear = _tone_curve(plain[NEUTRALS], target[NEUTRALS, 1], shading[NEUTRALS])
        light = np.interp(plain, np.arange(256), linear)
        matrix = _matrix(light[used], (target * np.exp(shading)[:, None])[used], hold)
        seen = light @ matrix.T
        shading = _shading(seen @ RGB_TO_XYZ[1], target @ RGB_TO_XYZ[1], used)
    wanted = target * np.exp(shading)[:, None]
    size = np.abs(wanted).mean(axis=1, keepdims=True) + 0.03
    error = float(np.sqrt(np.mean(((seen - wanted) / size)[used] ** 2)))
    return ChartFit(float(saturation), linear.astype(np.float32), matrix, error)


def _tone_curve(greys: Array, reflectances: Array, shading: Array) -> Array:
    """Return the linear light of each code, (256,): a power of sRGB, gently bent, rising."""
    base = np.log(np.maximum(linear_table(), 1e-4))
    codes = greys.ravel()
    hats = _hats(codes)
    channel = np.tile(np.eye(3), (len(greys), 1))
    seen = np.interp(codes, np.arange(256), base)
    wanted = np.repeat(np.log(reflectances) + shading, 3)
    weight = np.repeat([1.0, 1.0, 1.0, 1.0, 1.0, 0.5], 3)[:, None]  # black has flare
    rows = np.hstack([hats, -channel]) * weight
    right = (wanted - seen) * weight[:, 0]
    place = np.log(_KNOT_CODES)
    slope = np.diff(np.eye(len(place)), axis=0) / np.diff(place)[:, None]
    bend = np.hstack([np.diff(slope, axis=0), np.zeros((len(place) - 2, 3))])
    gauge = np.zeros((1, rows.shape[1]))
    gauge[0, len(place) - 1] = 1.0  # a common factor belongs to the matrix
    system = np.vstack([rows, np.sqrt(_BEND) * bend, gauge])
    right = np.concatenate([right, np.zeros(len(bend) + 1)])
    solved = np.linalg.lstsq(system, right, rcond=None)[0][: len(place)]
    curve = np.exp(base + _hats(np.arange(256.0)) @ solved)
    curve[0] = 0.0
    curve = np.maximum.accumulate(curve)
    return np.asarray(curve / curve[-1])


def _hats(codes: Array) -> Array:
    place = np.log(np.clip(codes, _KNOT_CODES[0], _KNOT_CODES[-1]))
    knots = np.log(_KNOT_CODES)
    return np.array([np.interp(place, knots, hat) for hat in np.eye(len(knots))]).T


def _matrix(light: Array, target: Array, weight_of_unit: float) -> Array:
    """Return light to target by least squares, held near a multiple of the unit matrix."""
    weight = 1 / (np.abs(target).mean(axis=1, keepdims=True) + 0.05)
    seen, wanted = light * weight, target * weight
    gain = float((seen * wanted).sum() / (seen * seen).sum())
    hold = weight_of_unit * len(light) * np.eye(3)
    normal = seen.T @ seen + hold
    return np.asarray(np.linalg.solve(normal, seen.T @ wanted + gain * hold).T)


def _shading(seen: Array, wanted: Array, used: NDArray[np.bool_]) -> Array:
    """Return the log of how the light falls off across the chart, a plane, (24,)."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    plane = np.stack([np.ones(24), column / 5 - 0.5, row / 3 - 0.5], axis=1)
    ratio = np.log(np.maximum(seen, 1e-4) / wanted)
    bright = used & (wanted > 0.05)
    slope = np.linalg.lstsq(plane[bright], ratio[bright], rcond=None)[0]
    return np.asarray(plane[:, 1:] @ np.clip(slope[1:], -0.7, 0.7))


def _refuse_bad_exposure(codes: Array) -> None:
    white = codes[NEUTRALS][0]
    if white.max() > BRIGHTEST_DN:
        raise Unmeasurable(
            Text(
                "the chart's white patch is overexposed (above 245)", "色卡的白块过曝（高于 245）"
            ),
            Text(
                "stop the camera down, or turn the chart out of the glare",
                "收小光圈，或把色卡转开反光方向",
            ),
        )
    if white.min() < DARKEST_WHITE_DN / 2 or white.max() < DARKEST_WHITE_DN:
        raise Unmeasurable(
            Text("the chart is too dark to calibrate by", "色卡太暗，无法校准"),
            Text(
                "hold it into the key light, or open the camera", "请把色卡放到主光里，或加大曝光"
            ),
        )


def _not_the_chart() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "what was found does not have the colours of a ColorChecker Classic",
            "找到的色块颜色与 24 色色卡不符",
        ),
        Text(
            "see that the chart is a ColorChecker Classic, evenly lit, without glare and not faded",
            "请确认是 24 色 ColorChecker Classic，光照均匀、无反光、未褪色",
        ),
    )
