"""Golden looks on disk: a PNG and a JSON record for each camera of a studio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from studiocheck.calibrate.record_reading import read_picture, read_record
from studiocheck.calibrate.records import (
    Kind,
    Record,
    as_png,
    dates_of,
    head_of,
    named_by_hash,
    record_name,
    write_record,
)
from studiocheck.core.picture import CameraInfo, Controls, LookEvidence
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.look/1"] = "studiocheck.look/1"
LASTS_DAYS = 90.0
"""A set is rearranged and lamps age within a season (rule of thumb)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One value that was measured when a look was stored."""

    check: str
    name: str
    value: float
    unit: str
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecord(Record):
    """The JSON beside the picture."""

    schema: Literal["studiocheck.look/1"] = SCHEMA
    picture: str
    sha256: str
    camera: CameraInfo
    controls: Controls | None = None
    noise_dn: float | None = None
    numbers: tuple[Number, ...] = ()


LOOK = Kind("camera", SCHEMA, LookRecord, "camera", Text("golden look", "基准画面"))


def write_look(
    root: Path, studio: str, role: str, look: LookEvidence, numbers: tuple[Number, ...] = ()
) -> Path:
    """Store a golden look; one that was there is replaced, in one step.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose look it is.
    look : LookEvidence
        What to store.
    numbers : tuple of Number
        What else was measured then.

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
    name = record_name(LOOK.prefix, role)
    png = as_png(look.image)
    picture, digest = named_by_hash(name, ".png", png)
    record = LookRecord(
        **head_of(studio, role, look),
        picture=picture,
        sha256=digest,
        camera=look.camera,
        controls=look.controls,
        noise_dn=look.noise_dn,
        numbers=numbers,
    )
    return write_record(root, LOOK, record, {picture: png})


def read_look(
    root: Path, studio: str, role: str, now: datetime | None = None
) -> LookEvidence | None:
    """Read the golden look of a camera; None where none was ever stored.

    Parameters
    ----------
    root, studio, role
        As for `write_look`.
    now : datetime, optional
        When it is compared with; by default the time of this call.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another camera.
    """
    found = read_record(root, studio, role, LOOK)
    if found is None:
        return None
    path, record = found
    return LookEvidence(
        **dates_of(record, now),
        camera=record.camera,
        image=read_picture(path, record.picture, record.sha256, LOOK),
        controls=record.controls,
        noise_dn=record.noise_dn,
    )
