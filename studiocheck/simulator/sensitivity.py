"""The calibration of a simulated microphone: a sound calibrator that nobody had to put on."""

from __future__ import annotations

from dataclasses import replace

from studiocheck.core.sound import CalibratedMicrophone, SensitivityEvidence
from studiocheck.simulator.models import TAKEN
from studiocheck.simulator.scene import Scene

_LEVEL_DB = 94.0
_UNCERTAINTY_DB = 0.46  # expanded, of a calibrator of class 1


def known_sensitivity(scene: Scene, role: str) -> SensitivityEvidence:
    """Return what a calibration of a scene's microphone would have stored before any fault.

    Parameters
    ----------
    scene : Scene
        Its faults are left out.
    role : str
        A microphone of the scene.
    """
    model = replace(scene, faults=()).microphones[role]
    return SensitivityEvidence(
        taken=TAKEN,
        by="simulator",
        method="calibrator",
        microphone=CalibratedMicrophone(
            device=f"sim:{role}",
            name=f"simulated microphone {role}",
            rate_hz=model.rate_hz,
            attached_to=f"simulated.{role}",
            gain_db=model.gain_db,
        ),
        full_scale_db_spl=model.full_scale_db_spl - model.gain_db,
        uncertainty_db=_UNCERTAINTY_DB,
        level_db=_LEVEL_DB,
        measured_dbfs=_LEVEL_DB - model.full_scale_db_spl + model.gain_db,
        frequency_hz=1000.0,
    )
