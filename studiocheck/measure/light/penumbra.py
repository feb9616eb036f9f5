"""Cast shadows of calibrated lamps: how deep they are tonight and how soft their edge is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.studio import Region
from studiocheck.core.text import Text
from studiocheck.measure.light.lamp_balance import blocking_doubt
from studiocheck.measure.light.lamps_tonight import LightTonight
from studiocheck.measure.light.linear_light import FINE, LUMINANCE, linear_grid
from studiocheck.measure.light.shadow_edges import Edge, edges_of
from studiocheck.measure.light.shadow_profiles import Crossed
from studiocheck.measure.opencv import cv2

_SHALLOWEST = 1.4
"""Less of a step of light nobody sees as a shadow's edge: half a stop."""

_DARKEST = 0.004
"""Linear light below which a cell says nothing, share of full scale."""

_FAINTEST = 0.03
"""A lamp that gives less of the brightest light in the picture casts no shadow that is seen."""

_LEAST_FILLED = 0.3
"""Of what a lamp lights, other light must reach so much: where nothing else does, a dark thing and
a shadow look alike."""

_MOVED = 0.12
"""A cell in which the lamps' light does not add up to the picture with all of them, to this share
of it, showed something else in one of the pictures: somebody moved."""

_TYPE_B_WIDTH, _TYPE_B_CELLS, _TYPE_B_DEPTH = 0.10, 0.5, 0.05
"""k = 2: share of the width (a square and a round lamp differ by that much), cells, share of the
depth."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ShadowPlanes:
    """The calibrated light of each lamp on the fine grid, its gain tonight, and where both count.

    Parameters
    ----------
    names : tuple of str
        The lamps.
    light : (lamps, rows, columns, 3) float32
        Linear RGB that each gave at calibration, 1 is full scale.
    gains : (lamps, 3) float32
        What of it each gives tonight, 0 for a lamp that is off.
    rest : (rows, columns, 3) float32
        What no lamp gives.
    clear : (rows, columns) bool
        Where nothing clipped, nothing moved, and no body stands.
    """

    names: tuple[str, ...]
    light: Array
    gains: Array
    rest: Array
    clear: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """One edge of a cast shadow; uncertainties are expanded (k = 2).

    Parameters
    ----------
    lamp : str
        Whose light is blocked.
    region : Region
        Where the edge runs.
    depth : float
        Light beside the shadow over light in it, with all that shines tonight, ≥ 1.
    width_percent : float
        10–90 % width of the penumbra, % of the picture's width.
    n : int
        Places along the edge.
    """

    lamp: str
    region: Region
    depth: float
    depth_uncertainty: float
    width_percent: float
    width_uncertainty: float
    n: int


def shadow_planes(
    calibrated: LampsEvidence, tonight: LightTonight, bodies: Sequence[Region] = ()
) -> ShadowPlanes:
    """Return what each lamp gives tonight, cell by cell, with all that cannot be judged masked.

    Parameters
    ----------
    calibrated : LampsEvidence
        Where the shadows stood at calibration.
    tonight : LightTonight
        What the lamps give of their calibrated light.
    bodies : sequence of Region
        Where people stand: what is dark on them is their own shape, and they move.

    Notes
    -----
    **Source**: additivity of light (CIE 15:2018): where it fails between pictures of one
    calibration, something moved.
    """
    bases, rest = calibrated.bases.astype(np.float32), calibrated.ambient.astype(np.float32)
    gains = [_gain(tonight, position) for position in range(len(bases))]
    clear = calibrated.clear & ~_moved(calibrated, _luminance(bases.sum(axis=0) + rest))
    for x, y, w, h in bodies:
        columns, rows = FINE
        clear[
            int(y * rows) : int((y + h) * rows) + 1, int(x * columns) : int((x + w) * columns) + 1
        ] = False
    return ShadowPlanes(
        names=tuple(lamp.name for lamp in calibrated.lamps),
        light=bases,
        gains=np.array(gains, np.float32).reshape(-1, 3),
        rest=rest,
        clear=clear,
    )


def _gain(tonight: LightTonight, position: int) -> NDArray[np.float64]:
    if blocking_doubt(tonight, position) is not None:
        return np.ones(3)  # what cannot be told fills shadows as it did at calibration
    return np.zeros(3) if tonight.readings[position].on is False else tonight.gains[position]


def _luminance(light: Array) -> Array:
    return np.asarray(light @ LUMINANCE.astype(np.float32), np.float32)


def _moved(calibrated: LampsEvidence, total: Array) -> NDArray[np.bool_]:
    grid = linear_grid([calibrated.reference], calibrated.linear, FINE)
    together = _luminance(grid.light)
    missing = np.abs(cv2.GaussianBlur(total - together, (0, 0), 1.0))
    wrong = missing > _MOVED * np.maximum(total, together) + _DARKEST
    return np.asarray(cv2.dilate(wrong.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0)


def cast_shadows(planes: ShadowPlanes) -> tuple[Shadow, ...]:
    """Find the edges of the shadows that each lamp casts, the worst first.

    A lamp's light over all other light has no reflectance in it: on one surface its edges are
    edges of shadows. An edge at which the other light steps as well is a change of surface, or
    another lamp's shadow, and is left out.

    Parameters
    ----------
    planes : ShadowPlanes
        Tonight's light, lamp by lamp.

    Returns
    -------
    tuple of Shadow
        Edges along which the light steps by half a stop or more, and that are no wider than about
        12 % of the picture. The worst is the narrowest of those with a depth above 2, else the
        deepest.

    Raises
    ------
    Unmeasurable
        If there is hardly any light besides one lamp's, and the others cast nothing deep: its
        shadows cannot be told from dark things.

    Notes
    -----
    **Source**: penumbra of an area source, width = size · gap / distance (similar triangles);
    the ratio image of two lights cancels reflectance (A. Shashua, T. Riklin-Raviv, IEEE PAMI 23
    (2001) 129). Widths are between 10 % and 90 % of the lamp's light, across the edge as it is
    seen in the picture: 0.8 of the whole penumbra for a square lamp, 0.69 for a round one.

    Examples
    --------
    >>> lamp = np.full((270, 480, 3), 0.4, np.float32)
    >>> lamp[:, 200:] = 0.0
    >>> other = np.full((270, 480, 3), 0.1, np.float32)
    >>> planes = ShadowPlanes(("key",), lamp[None], np.ones((1, 3)), other, other[..., 0] > 0)
    >>> found = cast_shadows(planes)[0]
    >>> round(found.depth, 1), found.width_percent < 0.5
    (5.0, True)
    """
    sources = [*planes.light, planes.rest]
    then = [_luminance(source) for source in sources]
    now = [_luminance(light * gain) for light, gain in zip(planes.light, planes.gains, strict=True)]
    total_then, total_now = sum(then), sum(now) + then[-1]
    usable = planes.clear & (total_then > _DARKEST) & (total_now > _DARKEST)
    brightest = float(total_now[usable].max(initial=0.0))
    found: list[Shadow] = []
    unfilled = False
    for i, name in enumerate(planes.names):
        if now[i][usable].max(initial=0.0) <= _FAINTEST * brightest:
            continue
        other = total_then - then[i]
        comparable = usable & (other > _DARKEST)
        if comparable.sum() < _LEAST_FILLED * usable.sum():
            unfilled = True
            continue
        crossed = Crossed(
            light=then[i],
            other=np.maximum(other, _DARKEST / 4),
            light_now=now[i],
            other_now=np.maximum(total_now - now[i], _DARKEST / 4),
            apart=sources[:i] + sources[i + 1 :],
            usable=comparable,
        )
        found += [_shadow(name, edge) for edge in edges_of(crossed, _SHALLOWEST)]
    if unfilled and not any(shadow.depth > 2 for shadow in found):
        raise _unfilled()
    return tuple(sorted(found, key=_badness, reverse=True))


def _unfilled() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "besides one lamp there is hardly any light in the picture: its shadows cannot be told "
            "from dark things",
            "除一盏灯外画面里几乎没有别的光，分不清影子和深色物体",
        ),
        Text(
            "calibrate the lamps again with a second lamp or the room light on the set, or with a "
            "brighter picture",
            "请加一盏灯、打开室内灯或调亮画面，然后重新校准灯光",
        ),
    )


def _badness(shadow: Shadow) -> tuple[bool, float]:
    deep = shadow.depth > 2
    return deep, -shadow.width_percent if deep else shadow.depth


def _shadow(lamp: str, edge: Edge) -> Shadow:
    columns = FINE[0]
    return Shadow(
        lamp=lamp,
        region=edge.region,
        depth=edge.depth,
        depth_uncertainty=float(np.hypot(edge.depth_spread, _TYPE_B_DEPTH * edge.depth)),
        width_percent=100 * edge.width_cells / columns,
        width_uncertainty=100
        / columns
        * float(np.hypot(edge.width_spread, _TYPE_B_WIDTH * edge.width_cells) + _TYPE_B_CELLS),
        n=edge.n,
    )
