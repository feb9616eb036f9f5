"""Which pictures can be drawn of a camera, and under which names; each is drawn in its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import Burst, ClipEvidence, LookEvidence, Still
from studiocheck.core.studio import CameraRole
from studiocheck.measure.picture.difference import difference_picture
from studiocheck.measure.picture.single_noise import noise_of_one
from studiocheck.measure.picture.temporal_noise import stillness
from studiocheck.report.pictures.false_colour import false_colour
from studiocheck.report.pictures.frame_times import frame_times
from studiocheck.report.pictures.histogram import histogram
from studiocheck.report.pictures.kinds import file_name
from studiocheck.report.pictures.light_of_one import LightOfOne
from studiocheck.report.pictures.peaking import focus_peaking
from studiocheck.report.pictures.raster import fitted, jpeg, luma_of
from studiocheck.report.pictures.scopes import parade, waveform

Draw = Callable[[], bytes]
_LARGE_PX, _SMALL_PX = 960, 640
_LEAST_PX = 3
"""In a picture no larger than this there is no noise to be estimated."""


def drawings(
    role: str,
    clip: ClipEvidence,
    golden: LookEvidence | None = None,
    lamps: LampsEvidence | None = None,
    camera: CameraRole | None = None,
) -> Mapping[str, Draw]:
    """Return what can be drawn of a clip: file name → how.

    Parameters
    ----------
    role : str
        Of the camera.
    clip : ClipEvidence
        What it delivered.
    golden : LookEvidence, optional
        Its look on a good evening.
    lamps : LampsEvidence, optional
        The light of every lamp alone in its picture.
    camera : CameraRole, optional
        What the studio file says of it: whether it is lit for, and where things stand.

    Returns
    -------
    mapping
        Names inside the folder of the run; each function returns the content of its file. The
        names are known at once, so that findings can point to pictures that are drawn later.
    """
    drawn: dict[str, Draw] = {
        file_name(role, "still", number=number): partial(_view, still.image, _SMALL_PX)
        for number, still in enumerate(clip.stills)
    }
    telling = clip.worst or (clip.stills[-1] if clip.stills else None)
    if telling is not None:
        image = telling.image
        if clip.worst is not None:
            drawn[file_name(role, "worst", at_s=_at_s(clip, telling))] = partial(
                _view, image, _LARGE_PX
            )
        drawn[file_name(role, "false-colour")] = partial(false_colour, image)
        drawn[file_name(role, "focus-peaking")] = partial(_peaking, clip.burst, image)
        drawn[file_name(role, "waveform")] = partial(waveform, image)
        drawn[file_name(role, "parade")] = partial(parade, image)
        drawn[file_name(role, "histogram")] = partial(histogram, clip.histogram, image)
    if len(clip.series) > 1 and not clip.camera.timeless:
        drawn[file_name(role, "frame-times")] = partial(frame_times, clip)
    if golden is not None and clip.stills:
        last = clip.stills[-1].image
        drawn[file_name(role, "difference")] = partial(beside_look, golden.image, last)
    return drawn | _of_light(role, clip, lamps, camera)


def _of_light(
    role: str, clip: ClipEvidence, lamps: LampsEvidence | None, camera: CameraRole | None
) -> dict[str, Draw]:
    """Return what can be drawn of the light in a picture; most only of a camera that is lit for."""
    if not clip.stills or camera is None:
        return {}
    light = LightOfOne(clip, camera, lamps)
    drawn: dict[str, Draw] = {}
    if camera.lighting is not None:
        drawn[file_name(role, "light-stops")] = light.stops
        if lamps is not None:
            drawn[file_name(role, "lamps")] = partial(light.split, lamps)
    if camera.lighting is not None or camera.face is not None or camera.product is not None:
        drawn[file_name(role, "glare-shadow")] = light.faults
    return drawn


def _view(image: NDArray[np.uint8], width: int) -> bytes:
    return jpeg(fitted(image, width))


def _peaking(burst: Burst | None, image: NDArray[np.uint8]) -> bytes:
    luma = luma_of(image)
    if burst is not None and burst.spread.size:
        return focus_peaking(luma, stillness(burst).noise_dn)
    return focus_peaking(luma, noise_of_one(luma) if min(luma.shape) > _LEAST_PX else 0.0)


def beside_look(look: NDArray[np.uint8], tonight: NDArray[np.uint8]) -> bytes:
    """Draw the golden look, tonight, and where they differ, side by side.

    Parameters
    ----------
    look, tonight : (height, width, 3) uint8
        BGR pictures on the full range.

    Returns
    -------
    bytes
        JPEG. Where tonight cannot be laid on the look, both stand side by side as they are.
    """
    try:
        row = difference_picture(look, tonight)
    except Unmeasurable:
        row = None
    if row is None:
        size = 640, 360
        row = np.concatenate([cv2.resize(picture, size) for picture in (look, tonight)], axis=1)
    return jpeg(fitted(np.asarray(row, np.uint8), _LARGE_PX))


def _at_s(clip: ClipEvidence, still: Still) -> float:
    times = clip.series.captured_s
    return max(0.0, float(times[still.index] - times[0]))
