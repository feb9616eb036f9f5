"""What the light of one lamp and all other light do across an edge: read along profiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

FINEST = 1.0
"""Least scale, cells: an edge that is no wider than the cells can only be told there."""

_PROFILE_BLUR = 0.5
"""Of the scale, laid on the light before its profile is read."""

_REACH, _STEP = 12.0, 0.25
"""Half length of a profile and distance of its samples, in units of the scale."""

_FLAT = 0.1
"""An edge ends where the slope has fallen to this share of its steepest."""

_COUNTS_FROM = 0.1
"""Of all other light: a lamp that gives less says nothing of the surface."""

_NARROW = 8.0
"""Cells from the beginning of an edge to its end."""

_UNEVEN = 0.4
"""Of the step: by more than this the light may not change right beside the edge (a round body
turns away from the lamp slowly, a cast shadow ends)."""

_LOPSIDED = 2.2
"""An attached shadow rises at once and levels off slowly; the penumbra of a lamp is even."""

Array = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Crossed:
    """The light of one lamp, and that of all else: its sum, and apart by source and colour.

    Parameters
    ----------
    light, other : (rows, columns) float32
        Luminance at calibration of the lamp, and of all that is not this lamp, above 0.
    light_now, other_now : (rows, columns) float32
        The same tonight.
    apart : sequence of (rows, columns, 3) float32
        Linear RGB of every other source at calibration.
    usable : (rows, columns) bool
        Where all of it can be trusted.
    """

    light: Array
    other: Array
    light_now: Array
    other_now: Array
    apart: Sequence[Array]
    usable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Places:
    """Places (x, y) on edges, the ways to their lit side, and the part that each belongs to."""

    points: Floats
    ways: Floats
    part: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Profiles:
    """What was read across an edge at n places.

    ``ratio`` is the step of light at calibration, ``depth`` tonight's; ``steps`` are logarithms of
    those of the other sources, plain and less an even fall-off, (n, sources · 3, 2).
    """

    good: NDArray[np.bool_]
    ratio: Floats
    depth: Floats
    width: Floats
    steps: Floats


def profiles(crossed: Crossed, places: Places, scale: float) -> Profiles:
    """Read the light across an edge: from its shadow, at negative places, to its lit side.

    Parameters
    ----------
    crossed : Crossed
        The lamp's light and all other light.
    places : Places
        Where to read across.
    scale : float
        Blur at which the edge was found, cells.

    Returns
    -------
    Profiles
        10–90 % widths in cells with the blur taken out in quadrature, and depths.

    Notes
    -----
    **Source**: 10–90 % rise distance of an edge, as in the practice of edge responses.
    """
    blur = _PROFILE_BLUR * scale
    steps = np.arange(-_REACH, _REACH + _STEP / 2, _STEP) * scale
    at = places.points[:, None, :] + steps[None, :, None] * places.ways[:, None, :]
    along = np.stack([-places.ways[:, 1], places.ways[:, 0]], 1)[:, None, :] * scale
    both = np.dstack([blurred(crossed.light, blur), blurred(crossed.other, blur)])
    planes = np.sum([sampled(both, at + k * along) for k in (-1, 0, 1)], axis=0)
    ratio = np.asarray(planes[..., 0] / planes[..., 1])
    dark, lit = _ends(ratio)
    index = np.arange(len(ratio))
    low, high = ratio[index, dark], ratio[index, lit]
    swing = np.maximum(high - low, 1e-9)
    tenth, half, most = (_crossing(ratio, low + share * swing, dark) for share in (0.1, 0.5, 0.9))
    raw = (most - tenth) * _STEP * scale
    # what the blur and the cells themselves make of a step, taken out as widths of Gaussians
    own = 2.563 * np.sqrt(blur**2 + 1 / 6)
    # a coarser scale says nothing of an edge that is finer than its own blur
    resolved = (raw > 1.3 * own) | (scale <= FINEST)
    symmetric = (most - half) < _LOPSIDED * np.maximum(half - tenth, 1e-6)
    trusted = sampled(crossed.usable.astype(np.float32), at) > 0.99
    return Profiles(
        good=resolved & symmetric & (high > low) & _whole(ratio, dark, lit, trusted),
        ratio=(1 + high) / (1 + low),
        depth=_depth_now(crossed, at[index, dark], at[index, lit], blur),
        width=np.sqrt(np.maximum(raw**2 - own**2, 0.0)),
        steps=_other_steps(crossed, _around(at, dark, lit), blur),
    )


def _whole(
    ratio: Floats, dark: NDArray[np.int64], lit: NDArray[np.int64], trusted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where an edge lies in the profile with both its sides, and both are even."""
    index, last = np.arange(len(ratio)), ratio.shape[1] - 1
    low, high = ratio[index, dark], ratio[index, lit]
    beyond_lit = np.minimum(lit + np.maximum((lit - dark) // 2, 4), last)
    beyond_dark = np.maximum(dark - np.maximum((lit - dark) // 4, 2), 0)
    swing = np.maximum(high - low, 1e-9)
    even = (np.abs(ratio[index, beyond_lit] - high) < _UNEVEN * swing) & (
        np.abs(ratio[index, beyond_dark] - low) < _UNEVEN * swing
    )
    samples = np.arange(last + 1)[None]
    between = (samples >= dark[:, None]) & (samples <= lit[:, None])
    seen = (trusted | ~between).all(axis=1)
    return np.asarray(even & seen & (dark > 0) & (lit < last))


def _depth_now(crossed: Crossed, dark: Floats, lit: Floats, blur: float) -> Floats:
    mine, rest = blurred(crossed.light_now, blur), blurred(crossed.other_now, blur)
    beside, inside = (1 + sampled(mine, at) / sampled(rest, at) for at in (lit, dark))
    return np.asarray(np.maximum(beside / inside, 1.0 + 1e-6))


def _around(at: Floats, dark: NDArray[np.int64], lit: NDArray[np.int64]) -> tuple[Floats, ...]:
    """Return the places before an edge, where it begins, where it ends, and beyond it."""
    index, last = np.arange(len(at)), at.shape[1] - 1
    beside = np.maximum((lit - dark) // 2, 4)
    samples = (np.maximum(dark - beside, 0), dark, lit, np.minimum(lit + beside, last))
    return tuple(at[index, sample] for sample in samples)


def _other_steps(crossed: Crossed, around: tuple[Floats, ...], blur: float) -> Floats:
    """Return by how much every other source steps from the shadow to its lit side, in each colour.

    Light that falls off evenly goes on beside the edge as it goes across it, and is no step. A
    source that gives little here says nothing.
    """
    before, dark, lit, _ = around
    total = np.minimum(*(sampled(crossed.other, at) for at in (dark, lit)))
    found = []
    for source in crossed.apart:
        soft = blurred(source, blur)
        light = [sampled(soft, at) for at in around]
        counts = np.maximum(light[1], light[2]).max(axis=1) > _COUNTS_FROM * total
        logs = np.log(np.maximum(light, 1e-4))
        falloff = (logs[1] - logs[0]) + (logs[3] - logs[2])
        width, outside = (
            np.maximum(np.linalg.norm(far - near, axis=1), 1e-3)
            for near, far in ((dark, lit), (before, dark))
        )
        # across a narrow edge nothing falls off, and what lies beside it may be another thing
        wide = np.clip((width - _NARROW) / _NARROW, 0.0, 1.0)
        plain = logs[2] - logs[1]
        steps = np.stack([plain, plain - falloff * (0.5 * wide * width / outside)[:, None]], -1)
        found.append(np.where(counts[:, None, None], steps, 0.0))
    return np.concatenate(found, axis=1) if found else np.zeros((len(dark), 1, 2))


def _ends(ratio: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the edge that runs through the middle begins and ends, sample numbers."""
    slope = np.gradient(ratio, axis=1)
    middle = ratio.shape[1] // 2
    near = slice(middle - 4, middle + 5)
    steepest = slope[:, near].max(axis=1, keepdims=True)
    rising = slope > _FLAT * np.maximum(steepest, 1e-12)
    up = np.logical_and.accumulate(rising[:, middle:], axis=1).sum(axis=1)
    down = np.logical_and.accumulate(rising[:, middle::-1], axis=1).sum(axis=1)
    lit = np.minimum(middle + up, ratio.shape[1] - 1)
    return np.maximum(middle - down, 0), lit


def _crossing(ratio: Floats, level: Floats, start: NDArray[np.int64]) -> Floats:
    """Return where a profile first reaches a level after its start, in samples."""
    samples = np.arange(ratio.shape[1])
    above = (ratio >= level[:, None]) & (samples[None] >= start[:, None])
    first = np.maximum(above.argmax(axis=1), 1)
    index = np.arange(len(ratio))
    before, after = ratio[index, first - 1], ratio[index, first]
    part = (level - before) / np.maximum(after - before, 1e-12)
    return np.asarray(first - 1 + np.clip(part, 0.0, 1.0), np.float64)


def blurred(plane: Array, sigma: float) -> Array:
    """Return a plane under a Gaussian.

    Parameters
    ----------
    plane : (rows, columns, …) float32
        Anything.
    sigma : float
        Cells.

    Notes
    -----
    **Source**: `cv2.GaussianBlur`.
    """
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def sampled(plane: Array, points: Floats) -> Floats:
    """Return a plane at some places, bilinear.

    Parameters
    ----------
    plane : (rows, columns) or (rows, columns, channels) float32
        Anything.
    points : (…, 2) float
        x and y, cells; beyond the edge the plane goes on as it ends.

    Notes
    -----
    **Source**: `cv2.remap`.

    Examples
    --------
    >>> ramp = np.arange(5, dtype=np.float32)[None].repeat(3, axis=0)
    >>> sampled(ramp, np.array([[1.5, 1.0], [9.0, 0.0]])).tolist()
    [1.5, 4.0]
    """
    x, y = (points[..., axis].ravel().astype(np.float32) for axis in (0, 1))
    # OpenCV takes no more than 32767 rows or columns at once
    size = -(-len(x) // 1024) * 1024
    across, down = (np.resize(each, size).reshape(-1, 1024) for each in (x, y))
    found = cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    channels = found.shape[2:]
    flat = np.asarray(found, np.float64).reshape(size, *channels)
    return flat[: points[..., 0].size].reshape(*points.shape[:-1], *channels)
