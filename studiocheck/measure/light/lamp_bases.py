"""From the pictures of a lamp calibration to the light of each lamp alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import CalibratedLamp
from studiocheck.core.studio import LampRole, Region, lamp_kind
from studiocheck.measure.light.camera_response import CameraResponse, camera_response
from studiocheck.measure.light.linear_light import COARSE, FINE, LUMINANCE, Pictures, linear_grid
from studiocheck.measure.light.unmixing import Unmixed, unmix
from studiocheck.measure.opencv import cv2

_USUAL_SUBJECT: Region = (0.32, 0.1, 0.36, 0.9)

_MISREAD, _TOLD = 0.015, 0.08
"""Where the light of a part of the picture may be misread by so much, a lamp whose output then
moves by less than this has a witness."""


@dataclass(frozen=True, slots=True)
class LampPictures:
    """The states of a calibration: all lamps off, each lamp alone, all on."""

    nothing: Pictures
    alone: Mapping[str, Pictures]
    everything: Pictures


@dataclass(frozen=True, slots=True)
class LampBases:
    """The light of each lamp alone and how well it adds up; arrays as in `LampsEvidence`."""

    lamps: tuple[CalibratedLamp, ...]
    bases: NDArray[np.float16]
    ambient: NDArray[np.float16]
    clear: NDArray[np.bool_]
    response: CameraResponse
    everything: Unmixed
    full: NDArray[np.float32]
    """Light with all lamps on, linear RGB on the coarse grid, (90, 160, 3)."""


def lamp_bases(
    pictures: LampPictures, roles: Mapping[str, LampRole], subject: Region | None = None
) -> LampBases:
    """Return the light of each lamp alone, through the tone curve that makes light add up.

    Parameters
    ----------
    pictures : LampPictures
        On the full range, all from one camera with all its settings held.
    roles : mapping
        What is declared of the lamps; one that is not declared is known by its name alone.
    subject : Region, optional
        Where people stand, shares of the picture: what a lamp lights only there is no witness of
        it. The middle of the picture where nobody said.

    Raises
    ------
    Unmeasurable
        If too little of the picture is lit without clipping.

    Notes
    -----
    **Source**: P. Debevec et al., SIGGRAPH 2000 (one light at a time); the tone curve as
    `camera_response` says.
    """
    alone = list(pictures.alone.values())
    response = camera_response(pictures.everything, alone, pictures.nothing)
    grids = [linear_grid(one, response.linear, FINE) for one in (*alone, pictures.nothing)]
    ambient = grids[-1].light
    bases = np.maximum([grid.light - ambient for grid in grids[:-1]], 0.0).astype(np.float16)
    full = linear_grid(pictures.everything, response.linear)
    clear = np.logical_and.reduce([grid.clear for grid in grids])
    usable = full.clear & coarse_clear(clear)
    mixture = mixture_bases(bases, ambient.astype(np.float16))
    everything = unmix(full.light, usable, mixture)
    still = unmix(full.light, usable & _outside(subject), mixture)
    return LampBases(
        lamps=_lamps(pictures.alone, roles, bases, ambient, _witnessed(still, len(bases))),
        bases=bases,
        ambient=ambient.astype(np.float16),
        clear=clear,
        response=response,
        everything=everything,
        full=full.light,
    )


def mixture_bases(
    bases: NDArray[np.floating], ambient: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Return what a picture is taken apart into, (lamps + 2, 90, 160, 3).

    The light of no lamp is given twice, fading to the right and to the left, so that daylight
    which comes from one side is not taken for a lamp's.

    Examples
    --------
    >>> lamps, room = np.ones((2, 270, 480, 3), np.float16), np.ones((270, 480, 3), np.float16)
    >>> found = mixture_bases(lamps, room)
    >>> found.shape, float(found[2:].sum(axis=0).mean())
    ((4, 90, 160, 3), 1.0)
    """
    shining = [coarse_light(basis) for basis in bases]
    rest = coarse_light(ambient)
    right = ((np.arange(COARSE[0], dtype=np.float32) + 0.5) / COARSE[0])[None, :, None]
    return np.array([*shining, rest * right, rest * (1 - right)])


def coarse_light(fine: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return light of the fine grid on the coarse one, (90, 160, 3)."""
    return np.asarray(
        cv2.resize(fine.astype(np.float32), COARSE, interpolation=cv2.INTER_AREA), np.float32
    )


def coarse_clear(clear: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the cells of the coarse grid whose every fine cell is clear, (90, 160)."""
    share = cv2.resize(clear.astype(np.float32), COARSE, interpolation=cv2.INTER_AREA)
    return np.asarray(share > 0.999)


def _outside(subject: Region | None) -> NDArray[np.bool_]:
    kept = np.ones((COARSE[1], COARSE[0]), np.bool_)
    x, y, width, height = subject or _USUAL_SUBJECT
    rows = slice(round(y * COARSE[1]), round((y + height) * COARSE[1]))
    kept[rows, round(x * COARSE[0]) : round((x + width) * COARSE[0])] = False
    return kept


def _witnessed(still: Unmixed, count: int) -> NDArray[np.bool_]:
    """Return which lamps can be told from what stands still alone."""
    if still.cells == 0 or not np.isfinite(still.condition):
        return np.zeros(count, np.bool_)
    moves = still.by_part[:, :count] @ LUMINANCE
    return np.asarray(_MISREAD * np.sqrt((moves**2).sum(axis=0)) < _TOLD)


def _lamps(
    names: Sequence[str] | Mapping[str, Pictures],
    roles: Mapping[str, LampRole],
    bases: NDArray[np.float16],
    ambient: NDArray[np.float32],
    witnessed: NDArray[np.bool_],
) -> tuple[CalibratedLamp, ...]:
    light = (bases.astype(np.float32) @ LUMINANCE).mean(axis=(1, 2))
    total = float(light.sum() + (ambient @ LUMINANCE).mean())
    found = []
    for name, mine, seen in zip(names, light, witnessed, strict=True):
        role = roles.get(name, LampRole())
        found.append(
            CalibratedLamp(
                name=name,
                kind=lamp_kind(name, role),
                share=float(mine) / max(total, 1e-9),
                kelvin=role.kelvin,
                output=role.output,
                witnessed=bool(seen),
            )
        )
    return tuple(found)
