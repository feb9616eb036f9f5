"""What a camera did to the pictures of a lamp calibration, if they do not add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.camera_response import correction_of, tone_planes
from studiocheck.measure.light.linear_light import Pictures

_ROUNDS = 12
_RELATIVE, _ABSOLUTE = 0.02, 0.002
"""How well a cell's light is known: a share of it, and of full scale."""

_THIN = slice(None, None, 3)
"""Every third cell will do: a few numbers are looked for."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AddedUp:
    """Root mean square of what does not add up, as a share of the light.

    As the pictures are; with one gain for each picture, as exposure changes them; and with one for
    each picture and channel, as white balance does.
    """

    as_they_are: float
    with_exposures: float
    with_whites: float


def added_up(everything: Pictures, alone: Sequence[Pictures], nothing: Pictures) -> AddedUp:
    """Try which change from picture to picture makes the light of lamps add up again.

    Exposure multiplies a whole picture and white balance each channel of it; what differs from
    place to place is neither.

    Parameters
    ----------
    everything, nothing : Pictures
        With all lamps on, and with all off.
    alone : sequence of Pictures
        Of each lamp alone.

    Notes
    -----
    **Source**: additivity of light (Grassmann's laws, CIE 15:2018), solved by turns for the tone
    curve as `camera_response` does and for the gains.

    Examples
    --------
    >>> from studiocheck.measure.light.srgb import srgb_from_linear
    >>> wall = np.linspace(0.02, 0.4, 320)[None, :, None] * np.ones((180, 1, 3))
    >>> seen = lambda light: [np.rint(255 * srgb_from_linear(light)).astype(np.uint8)]
    >>> left, right = seen(wall + 0.01), seen(wall[:, ::-1] + 0.01)
    >>> both, none = 0.7 * (wall + wall[:, ::-1] + 0.01), 0 * wall + 0.01
    >>> found = added_up(seen(both), [left, right], seen(none))
    >>> found.as_they_are > 0.02, found.with_exposures < 0.01
    (True, True)
    """
    states = [tone_planes(each) for each in (everything, *alone, nothing)]
    clear = np.all([state.clear for state in states], axis=0)
    clear &= states[0].values.sum(axis=0).max(axis=2) > 2 * _ABSOLUTE
    planes = np.array([state.values[:, clear][:, _THIN] for state in states])
    due = np.array([1.0, *[-1.0] * len(alone), len(alone) - 1.0])
    return AddedUp(_left(planes, due, None), _left(planes, due, (1, 2)), _left(planes, due, (1,)))


def _left(planes: Array, due: Array, alike: tuple[int, ...] | None) -> float:
    """Return what is left with gains that are alike along some axes of the cells; None: all 1."""
    gains = np.repeat(due[:, None], 3, axis=1)
    noise = np.hypot(_RELATIVE * planes[0].sum(axis=0), _ABSOLUTE)
    for _ in range(_ROUNDS if alike else 1):
        missing = np.einsum("sknc,sc->knc", planes, gains) / noise
        correction = correction_of(missing.reshape(len(missing), -1).T)
        if alike:
            light = np.einsum("sknc,k->snc", planes, correction) / noise
            gains[1:] = _gains(light, per_channel=alike == (1,), towards=due)
    missing = np.einsum("sknc,sc->knc", planes, gains) / noise
    left = np.einsum("knc,k->nc", missing, correction)
    return float(_RELATIVE * np.sqrt(np.mean(left**2)))


def _gains(light: Array, *, per_channel: bool, towards: Array) -> Array:
    """Return the gains of all pictures but the first, (states − 1, 3)."""
    parts = np.moveaxis(light, 2, 0) if per_channel else light.reshape(1, len(light), -1)
    found = []
    for part in parts:
        normal = part[1:] @ part[1:].T
        normal += 1e-6 * np.trace(normal) * np.eye(len(normal))
        wanted = -part[1:] @ part[0] + 1e-6 * np.trace(normal) * towards[1:]
        found.append(np.linalg.solve(normal, wanted))
    return np.broadcast_to(np.array(found).T, (len(light) - 1, 3)).copy()
