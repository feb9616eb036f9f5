"""The golden look of a simulated camera: its scene on a good evening, with no fault."""

from __future__ import annotations

from dataclasses import replace

from studiocheck.core.picture import LookEvidence
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.models import TAKEN
from studiocheck.simulator.scene import Scene


def golden_look(scene: Scene, role: str, width: int, height: int, fps: float) -> LookEvidence:
    """Return what a camera of the scene showed before anything was wrong with it.

    Parameters
    ----------
    scene : Scene
        Its faults are left out; its noise is another evening's.
    role : str
        A camera of the scene.
    width, height, fps : float
        What the show asks for, px and frames per second.

    Returns
    -------
    LookEvidence
        One frame, with the settings of the camera. At half the size, which costs a quarter of the
        time and is all that a comparison looks at.
    """
    good = replace(scene, faults=(), seed=scene.seed + 1)
    camera = SimulatedCamera(good, role, width // 2, height // 2, fps)
    info = camera.open()
    frame = camera.read()
    if frame is None:  # pragma: no cover - a simulated camera never ends
        raise AssertionError
    look = LookEvidence(
        taken=TAKEN,
        by="simulator",
        camera=info,
        image=frame.bgr(),
        controls=camera.controls(),
        noise_dn=good.cameras[role].noise_dn,
    )
    camera.close()
    return look
