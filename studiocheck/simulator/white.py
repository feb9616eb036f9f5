"""The white calibration of a simulated camera: a grey card in a lamp at two settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import WhiteEvidence
from studiocheck.measure.light.camera_white import CameraWhite
from studiocheck.measure.light.white_calibration import white_from_two
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.light import light_colour
from studiocheck.simulator.models import TAKEN, CameraModel
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.sensor import tone_curve

_KELVIN = (3200.0, 5600.0)
_CARD_LIGHT = 0.2


def calibrated_white(scene: Scene, role: str, width: int, height: int, fps: float) -> WhiteEvidence:
    """Return what a white calibration would have stored before anything was wrong.

    Parameters
    ----------
    scene : Scene
        Its faults are left out.
    role : str
        A camera of the scene.
    width, height, fps : float
        What the show asks for, px and frames per second.
    """
    good = replace(scene, faults=())
    camera = SimulatedCamera(good, role, width, height, fps)
    info, controls = camera.describe(), camera.controls()
    model = good.cameras[role]
    fit = white_from_two(
        [_card(model, kelvin) for kelvin in _KELVIN],
        _KELVIN,
        CameraWhite(locked_kelvin=model.white_balance_kelvin),
    )
    return WhiteEvidence(
        taken=TAKEN,
        by="simulator",
        method=fit.method,
        camera=info,
        controls=controls,
        locked_kelvin=fit.camera.locked_kelvin,
        known_kelvin=fit.known_kelvin,
        offset_mired=fit.offset_mired,
        mired_uncertainty=fit.mired_uncertainty,
        duv_offset=fit.duv_offset,
        duv_uncertainty=fit.duv_uncertainty,
        level_dn=fit.level_dn,
        colour_scale=fit.camera.colour_scale,
    )


def _card(model: CameraModel, kelvin: float) -> NDArray[np.float64]:
    """Return the codes of a grey card in light of a colour, as the camera sees it."""
    white = light_colour(model.white_balance_kelvin)
    light = light_colour(kelvin) * white[1] / white
    curve = tone_curve(model)
    at = np.rint(_CARD_LIGHT * light / light[1] * (len(curve) - 1)).astype(int)
    return np.asarray(curve[np.clip(at, 0, len(curve) - 1)], np.float64)
