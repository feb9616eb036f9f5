"""Microphone calibrations on disk: one JSON record for each microphone of a studio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le

from studiocheck.calibrate.record_reading import read_record
from studiocheck.calibrate.records import Kind, Record, dates_of, head_of, write_record
from studiocheck.core.sound import (
    CalibratedMicrophone,
    SensitivityEvidence,
    SensitivityMethod,
)
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.microphone/1"] = "studiocheck.microphone/1"
LASTS_DAYS = 365.0
"""A capsule keeps its sensitivity for years; the knob that was touched does not (rule of thumb)."""

MICROPHONE = Text("microphone", "麦克风")


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRecord(Record):
    """The JSON; what its numbers mean is said by `SensitivityEvidence`."""

    schema: Literal["studiocheck.microphone/1"] = SCHEMA
    method: SensitivityMethod
    microphone: CalibratedMicrophone
    full_scale_db_spl: Annotated[float, Ge(40), Le(240)]
    uncertainty_db: Annotated[float, Gt(0), Le(20)]
    level_db: Annotated[float, Ge(30), Le(160)]
    measured_dbfs: Annotated[float, Ge(-120), Le(1)]
    channel: Annotated[int, Ge(0), Le(64)] = 0
    frequency_hz: Annotated[float, Gt(0), Le(100_000)] | None = None
    turned_down_db: Annotated[float, Ge(0), Le(80)] = 0.0
    against: str | None = None


SENSITIVITY = Kind(
    "mic",
    SCHEMA,
    SensitivityRecord,
    "mic",
    Text("sensitivity calibration", "灵敏度校准"),
    MICROPHONE,
)


def write_sensitivity(root: Path, studio: str, role: str, found: SensitivityEvidence) -> Path:
    """Store a microphone calibration; one that was there is replaced, in one step.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose it is.
    found : SensitivityEvidence
        What to store.

    Returns
    -------
    Path
        The JSON record.

    Raises
    ------
    StateError
        When it cannot be written; the old one then stays.
    CalibrationError
        For a role that cannot name a file.
    """
    record = SensitivityRecord(
        **head_of(studio, role, found),
        method=found.method,
        microphone=found.microphone,
        full_scale_db_spl=round(found.full_scale_db_spl, 4),
        uncertainty_db=round(found.uncertainty_db, 4),
        level_db=found.level_db,
        measured_dbfs=round(found.measured_dbfs, 4),
        channel=found.channel,
        frequency_hz=None if found.frequency_hz is None else round(found.frequency_hz, 3),
        turned_down_db=found.turned_down_db,
        against=found.against,
    )
    return write_record(root, SENSITIVITY, record)


def read_sensitivity(
    root: Path, studio: str, role: str, now: datetime | None = None
) -> SensitivityEvidence | None:
    """Read the calibration of a microphone; None where it was never calibrated.

    Parameters
    ----------
    root, studio, role
        As for `write_sensitivity`.
    now : datetime, optional
        When it is used; by default the time of this call.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another microphone.
    """
    found = read_record(root, studio, role, SENSITIVITY)
    if found is None:
        return None
    record = found[1]
    return SensitivityEvidence(
        **dates_of(record, now),
        method=record.method,
        microphone=record.microphone,
        full_scale_db_spl=record.full_scale_db_spl,
        uncertainty_db=record.uncertainty_db,
        level_db=record.level_db,
        measured_dbfs=record.measured_dbfs,
        channel=record.channel,
        frequency_hz=record.frequency_hz,
        turned_down_db=record.turned_down_db,
        against=record.against,
    )
