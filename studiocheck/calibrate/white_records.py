"""White calibrations on disk: one JSON record for each camera of a studio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Len, MinLen

from studiocheck.calibrate.record_reading import read_record
from studiocheck.calibrate.records import Kind, Record, dates_of, head_of, write_record
from studiocheck.core.lighting import WhiteEvidence, WhiteMethod
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.white/1"] = "studiocheck.white/1"
LASTS_DAYS = 180.0
"""A camera keeps its colours longer than a set its light (rule of thumb)."""

Kelvin = Annotated[float, Ge(1000), Le(20000)]
Triple = Annotated[tuple[float, ...], Len(3, 3)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhiteRecord(Record):
    """The JSON; what its numbers mean is said by `WhiteEvidence`."""

    schema: Literal["studiocheck.white/1"] = SCHEMA
    method: WhiteMethod
    camera: CameraInfo
    controls: Controls | None = None
    locked_kelvin: Kelvin
    known_kelvin: Annotated[tuple[Kelvin, ...], MinLen(1)]
    offset_mired: Annotated[float, Ge(-200), Le(200)]
    mired_uncertainty: Annotated[float, Gt(0), Le(200)]
    duv_offset: Annotated[float, Ge(-0.05), Le(0.05)] = 0.0
    duv_uncertainty: Annotated[float, Gt(0), Le(0.05)]
    level_dn: Annotated[float, Gt(0), Le(255)]
    colour_scale: Annotated[float, Gt(0.1), Le(10)] = 1.0
    saturation: Annotated[float, Gt(0.1), Le(10)] = 1.0
    linear: Annotated[tuple[Annotated[float, Ge(0), Le(1)], ...], Len(256, 256)] | None = None
    matrix: Annotated[tuple[Triple, ...], Len(3, 3)] | None = None


WHITE = Kind(
    "white", SCHEMA, WhiteRecord, "camera --white", Text("white calibration", "白平衡校准")
)


def write_white(root: Path, studio: str, role: str, white: WhiteEvidence) -> Path:
    """Store a white calibration; one that was there is replaced, in one step.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose it is.
    white : WhiteEvidence
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
    linear, matrix = white.linear, white.matrix
    record = WhiteRecord(
        **head_of(studio, role, white),
        method=white.method,
        camera=white.camera,
        controls=white.controls,
        locked_kelvin=white.locked_kelvin,
        known_kelvin=white.known_kelvin,
        offset_mired=white.offset_mired,
        mired_uncertainty=white.mired_uncertainty,
        duv_offset=white.duv_offset,
        duv_uncertainty=white.duv_uncertainty,
        level_dn=white.level_dn,
        colour_scale=white.colour_scale,
        saturation=white.saturation,
        linear=None if linear is None else tuple(round(float(x), 7) for x in linear),
        matrix=None if matrix is None else tuple(map(tuple, matrix.tolist())),
    )
    return write_record(root, WHITE, record)


def read_white(
    root: Path, studio: str, role: str, now: datetime | None = None
) -> WhiteEvidence | None:
    """Read the white calibration of a camera; None where none was ever stored.

    Parameters
    ----------
    root, studio, role
        As for `write_white`.
    now : datetime, optional
        When it is used; by default the time of this call.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another camera.
    """
    found = read_record(root, studio, role, WHITE)
    if found is None:
        return None
    path, record = found
    if record.linear is not None and (np.diff(record.linear) < 0).any():
        raise WHITE.damaged(path, "linear: a tone curve rises")
    return WhiteEvidence(
        **dates_of(record, now),
        method=record.method,
        camera=record.camera,
        controls=record.controls,
        locked_kelvin=record.locked_kelvin,
        known_kelvin=record.known_kelvin,
        offset_mired=record.offset_mired,
        mired_uncertainty=record.mired_uncertainty,
        duv_offset=record.duv_offset,
        duv_uncertainty=record.duv_uncertainty,
        level_dn=record.level_dn,
        colour_scale=record.colour_scale,
        saturation=record.saturation,
        linear=None if record.linear is None else np.array(record.linear, np.float32),
        matrix=None if record.matrix is None else np.array(record.matrix),
    )
