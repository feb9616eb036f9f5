"""What is known of a room's lamps and of a camera's white from the day of calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.studio import LampKind

WhiteMethod = Literal["card", "chart", "two-point"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedLamp:
    """One lamp on the day of calibration.

    Parameters
    ----------
    name, kind : str
        As in the studio file.
    kelvin, output : float, optional
        What it was set to, K and share of its full output; None where nobody said.
    share : float
        Its share of all the light in the picture, 0…1, by luminance.
    witnessed : bool
        Whether it lights enough that stands still. A rim light that only the presenter catches
        cannot be told once the presenter moves.
    """

    name: str
    kind: LampKind
    share: float
    kelvin: float | None = None
    output: float | None = None
    witnessed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LampsEvidence:
    """The light of each lamp alone as one camera sees it, and the camera's tone curve.

    Parameters
    ----------
    taken : str
        When, ISO 8601 in UTC.
    by : str
        Who calibrated.
    lamps : tuple of CalibratedLamp
        In the order of ``bases``.
    bases : (lamps, 270, 480, 3) float16
        Linear RGB light of each lamp alone, less that of none; 1 is full scale.
    ambient : (270, 480, 3) float16
        Linear RGB light with every lamp off.
    clear : (270, 480) bool
        Where nothing was clipped in any state.
    linear : (256,) float32
        Linear light of each code of the camera, 1 at code 255.
    additivity_error, srgb_error : float
        Root mean square of what does not add up, as a share of the light: with this tone curve,
        and taking the camera for sRGB.
    sigma : float
        Robust spread of what was left of the picture with all lamps on, in units of its expected
        noise.
    reference : (height, width, 3) uint8
        BGR picture with all lamps on.
    age_days, lasts_days : float
        How old it was when it was used, and how long it was meant to hold, days.
    """

    taken: str
    by: str
    camera: CameraInfo
    controls: Controls | None
    lamps: tuple[CalibratedLamp, ...]
    bases: NDArray[np.float16]
    ambient: NDArray[np.float16]
    clear: NDArray[np.bool_]
    linear: NDArray[np.float32]
    additivity_error: float
    srgb_error: float
    sigma: float
    reference: NDArray[np.uint8]
    age_days: float = 0.0
    lasts_days: float = 90.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WhiteEvidence:
    """How one camera with its white balance locked sees white light of a known colour.

    Codes become linear by ``saturation`` and ``linear``; ``colour_scale``, by which ln(R/G) and
    ln(B/G) are multiplied, and ``matrix`` make of the camera one that is sRGB, whose lock can be
    undone. What then is seen of a neutral, in mired and Duv, needs only ``offset_mired`` and
    ``duv_offset`` added.

    Parameters
    ----------
    taken, by : str
        When, ISO 8601 in UTC, and who calibrated.
    method : str
        ``card``, ``chart`` or ``two-point``.
    camera, controls
        What opened, and how it was set.
    locked_kelvin : float
        What its white balance was locked to, K.
    known_kelvin : tuple of float
        Of the light that it was shown, K.
    offset_mired, duv_offset : float
        Added to what is seen.
    mired_uncertainty, duv_uncertainty : float
        Expanded (k = 2), at the known light.
    level_dn : float
        How bright the card was, 8-bit code of its green.
    colour_scale, saturation : float
        As above; 1 for a camera that is sRGB.
    linear : (256,) float32, optional
        The camera's tone curve where calibration found one or had to suppose one; else sRGB.
    matrix : (3, 3) float64, optional
        Linear camera RGB to that of an sRGB camera with the same lock, where a chart gave it.
    age_days, lasts_days : float
        How old it was when it was used, and how long it was meant to hold, days.
    """

    taken: str
    by: str
    method: WhiteMethod
    camera: CameraInfo
    controls: Controls | None
    locked_kelvin: float
    known_kelvin: tuple[float, ...]
    offset_mired: float
    mired_uncertainty: float
    duv_uncertainty: float
    level_dn: float
    duv_offset: float = 0.0
    colour_scale: float = 1.0
    saturation: float = 1.0
    linear: NDArray[np.float32] | None = None
    matrix: NDArray[np.float64] | None = None
    age_days: float = 0.0
    lasts_days: float = 180.0
