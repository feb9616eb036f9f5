"""From the pictures of a lamp calibration to its record, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from studiocheck.calibrate.lamp_records import LASTS_DAYS
from studiocheck.calibrate.lamp_states import ALL, OFF
from studiocheck.calibrate.records import utc
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import MeanFrameEvidence
from studiocheck.core.redaction import redacted
from studiocheck.core.studio import LampRole
from studiocheck.measure.light.lamp_bases import LampPictures, lamp_bases
from studiocheck.measure.light.lamp_grade import CalibrationGrade, grade


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A lamp calibration, and what it is worth."""

    evidence: LampsEvidence
    grade: CalibrationGrade


def calibrated_from(
    pictures: Mapping[str, MeanFrameEvidence],
    roles: Mapping[str, LampRole],
    by: str,
    lasts_days: float = LASTS_DAYS,
    now: datetime | None = None,
) -> Calibrated:
    """Return the calibration that the pictures of all states make.

    Parameters
    ----------
    pictures : mapping
        State → its mean frame, as `studiocheck.calibrate.lamp_states.states_of` names them.
    roles : mapping
        What is declared of the lamps.
    by : str
        Who calibrates.
    lasts_days : float
        For how long.
    now : datetime, optional
        When it was taken; by default the time of this call.

    Raises
    ------
    Unmeasurable
        If too little of the picture is lit without clipping.
    """
    alone = {name: seen.mean for name, seen in pictures.items() if name not in {ALL, OFF}}
    everything = pictures[ALL]
    states = LampPictures(pictures[OFF].mean, alone, everything.mean)
    bases = lamp_bases(states, roles)
    reference = np.minimum((everything.mean.astype(np.uint32) + 128) >> 8, 255).astype(np.uint8)
    return Calibrated(
        evidence=LampsEvidence(
            taken=utc(now or datetime.now(UTC)),
            by=by,
            camera=replace(everything.camera, device=redacted(everything.camera.device)),
            controls=everything.controls,
            lamps=bases.lamps,
            bases=bases.bases,
            ambient=bases.ambient,
            clear=bases.clear,
            linear=bases.response.linear,
            additivity_error=bases.response.error,
            srgb_error=bases.response.srgb_error,
            sigma=bases.everything.sigma,
            reference=reference,
            lasts_days=lasts_days,
        ),
        grade=grade(bases, states),
    )
