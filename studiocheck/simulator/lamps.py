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
from studiocheck.simulator.look import TAKEN
from studiocheck.simulator.scene import Scene

_FRAMES = 4


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
        What the show asks for, px and frames per second. The pictures have half the size, which
        costs a quarter of the time and is more than the grids that are kept.
    """
    good = replace(scene, faults=(), seed=scene.seed + 2)
    camera = SimulatedCamera(good, role, width // 2, height // 2, fps)
    info = camera.open()
    controls = camera.controls()
    camera.close()

    def pictures(*shining: str) -> list[NDArray[np.uint8]]:
        state = with_lamps(good, dict.fromkeys(shining, True))
        return _frames(SimulatedCamera(state, role, width // 2, height // 2, fps))

    everything = pictures(*good.lamps)
    found = lamp_bases(
        LampPictures(
            nothing=pictures(),
            alone={name: pictures(name) for name in good.lamps},
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


def _frames(camera: SimulatedCamera) -> list[NDArray[np.uint8]]:
    camera.open()
    frames = [camera.read() for _ in range(_FRAMES)]
    camera.close()
    return [frame.bgr() for frame in frames if frame is not None]
