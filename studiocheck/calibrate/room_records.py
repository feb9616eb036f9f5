"""Rooms as microphones heard them on a good day, on disk: one JSON record for each microphone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Ge, Gt, Le, Len

from studiocheck.calibrate.record_reading import read_record
from studiocheck.calibrate.records import Kind, Record, dates_of, head_of, write_record
from studiocheck.calibrate.sensitivity_records import MICROPHONE
from studiocheck.core.sound import (
    CalibratedMicrophone,
    DecayMethod,
    KnownDecay,
    KnownEcho,
    RoomAcoustics,
    RoomEvidence,
)
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.room/1"] = "studiocheck.room/1"
LASTS_DAYS = 180.0
"""A room is refurnished within a season or two (rule of thumb)."""

Level = Annotated[float, Ge(-400), Le(60)]
Seconds = Annotated[float, Gt(0), Le(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A third octave of the noise."""

    hz: Annotated[float, Gt(0), Le(100_000)]
    dbfs: Level
    uncertainty_db: Annotated[float, Ge(0), Le(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """`KnownDecay` as JSON has it."""

    seconds: Seconds
    uncertainty_s: Annotated[float, Ge(0), Le(100)]
    method: DecayMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Acoustics:
    """`RoomAcoustics` as JSON has it."""

    speaker: str
    t20: Decay | None = None
    t30_s: Seconds | None = None
    c50_db: Annotated[float, Ge(-200), Le(200)] | None = None
    sti: Annotated[float, Ge(0), Le(1)] | None = None
    echoes: tuple[KnownEcho, ...] = ()
    curve_db: Annotated[tuple[Level, ...], Len(1, 1000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord(Record):
    """The JSON; what its numbers mean is said by `RoomEvidence`."""

    schema: Literal["studiocheck.room/1"] = SCHEMA
    microphone: CalibratedMicrophone
    noise_dbfs: Level
    noise_a_dbfs: Level
    bands: Annotated[tuple[Band, ...], Len(1, 40)]
    acoustics: Acoustics | None = None


ROOM = Kind("room", SCHEMA, RoomRecord, "room", Text("room", "房间基准"), MICROPHONE)


def write_room(root: Path, studio: str, role: str, found: RoomEvidence) -> Path:
    """Store a room; one that was there is replaced, in one step.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Of which microphone it is.
    found : RoomEvidence
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
    bands = zip(found.bands_hz, found.bands_dbfs, found.bands_uncertainty_db, strict=True)
    record = RoomRecord(
        **head_of(studio, role, found),
        microphone=found.microphone,
        noise_dbfs=round(found.noise_dbfs, 3),
        noise_a_dbfs=round(found.noise_a_dbfs, 3),
        bands=tuple(
            Band(hz=float(hz), dbfs=round(float(level), 3), uncertainty_db=round(float(spread), 3))
            for hz, level, spread in bands
        ),
        acoustics=None if found.acoustics is None else _as_json(found.acoustics),
    )
    return write_record(root, ROOM, record)


def _as_json(found: RoomAcoustics) -> Acoustics:
    return Acoustics(
        speaker=found.speaker,
        t20=None if found.t20 is None else Decay(**asdict(found.t20)),
        t30_s=found.t30_s,
        c50_db=found.c50_db,
        sti=found.sti,
        echoes=found.echoes,
        curve_db=tuple(round(float(level), 1) for level in found.curve_db),
    )


def read_room(
    root: Path, studio: str, role: str, now: datetime | None = None
) -> RoomEvidence | None:
    """Read the room of a microphone; None where it was never stored.

    Parameters
    ----------
    root, studio, role
        As for `write_room`.
    now : datetime, optional
        When it is used; by default the time of this call.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another microphone.
    """
    found = read_record(root, studio, role, ROOM)
    if found is None:
        return None
    path, record = found
    bands = record.bands
    if any(a.hz >= b.hz for a, b in pairwise(bands)):
        raise ROOM.damaged(path, "bands: frequencies rise")
    return RoomEvidence(
        **dates_of(record, now),
        microphone=record.microphone,
        noise_dbfs=record.noise_dbfs,
        noise_a_dbfs=record.noise_a_dbfs,
        bands_hz=_array(band.hz for band in bands),
        bands_dbfs=_array(band.dbfs for band in bands),
        bands_uncertainty_db=_array(band.uncertainty_db for band in bands),
        acoustics=None if record.acoustics is None else _from_json(record.acoustics),
    )


def _from_json(found: Acoustics) -> RoomAcoustics:
    return RoomAcoustics(
        speaker=found.speaker,
        t20=None if found.t20 is None else KnownDecay(**asdict(found.t20)),
        t30_s=found.t30_s,
        c50_db=found.c50_db,
        sti=found.sti,
        echoes=found.echoes,
        curve_db=np.array(found.curve_db, np.float32),
    )


def _array(values: Iterable[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(list(values), np.float64)
