"""The lamp calibration of a simulated camera: its scene on a good evening, one lamp at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.studio import LampRole
from studiocheck.measure.light.lamp_bases import LampPictures, lamp_bases
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.footage import Footage
from studiocheck.simulator.geometry import View
from studiocheck.simulator.models import TAKEN
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.sensor import Noise
from studiocheck.simulator.stage import build_stage

_FRAMES, _SMALLER = 8, 4


def with_lamps(scene: Scene, shining: Mapping[str, bool]) -> Scene:
    """Return a scene in which the lamps that are not named as shining are off."""
    lamps = {
        name: lamp if shining.get(name) else replace(lamp, output=0.0)
        for name, lamp in scene.lamps.items()
    }
    return replace(scene, lamps=lamps)


def calibrated_lamps(scene: Scene, role: str, width: int, height: int, fps: float) -> LampsEvidence:
    """Return what a lamp calibration would have stored before anything was wrong.

    Parameters
    ----------
    scene : Scene
        Its faults are left out; its noise is another evening's.
    role : str
        A camera of the scene.
    width, height, fps : float
        What the show asks for, px and frames per second. The pictures have a quarter of the width,
        which is all that is kept of them.
    """
    good = replace(scene, faults=(), seed=scene.seed + 2)
    model = good.cameras[role]
    size = min(width, model.width) // _SMALLER, min(height, model.height) // _SMALLER
    camera = SimulatedCamera(good, role, *size, fps)
    info, controls = camera.describe(), camera.controls()
    taken = _Photographer(good, role, View(*size, pan_m=model.pan_m, zoom=model.zoom))
    everything = taken.pictures(*good.lamps)
    found = lamp_bases(
        LampPictures(
            nothing=taken.pictures(),
            alone={name: taken.pictures(name) for name in good.lamps},
            everything=everything,
        ),
        {name: LampRole(kelvin=round(lamp.cct_kelvin)) for name, lamp in good.lamps.items()},
    )
    return LampsEvidence(
        taken=TAKEN,
        by="simulator",
        camera=info,
        controls=controls,
        lamps=found.lamps,
        bases=found.bases,
        ambient=found.ambient,
        clear=found.clear,
        linear=found.response.linear,
        additivity_error=found.response.error,
        srgb_error=found.response.srgb_error,
        sigma=found.everything.sigma,
        reference=everything[-1],
    )


class _Photographer:
    """Lights one set in many ways: the set itself is built once."""

    def __init__(self, scene: Scene, role: str, view: View) -> None:
        self._scene, self._role, self._stage = scene, role, build_stage(scene, view)
        noise_dn = scene.cameras[role].noise_dn
        self._noise = Noise(view.width, view.height, noise_dn, np.random.default_rng(scene.seed))

    def pictures(self, *shining: str) -> list[NDArray[np.uint8]]:
        """Return some frames with the named lamps on and the others off."""
        lit = with_lamps(self._scene, dict.fromkeys(shining, True))
        footage = Footage(lit, self._role, self._stage, self._noise)
        return [footage.picture(i / _FRAMES) for i in range(_FRAMES)]
