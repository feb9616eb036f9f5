"""Every calibration record of a studio at once, as checks want them and as people list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from studiocheck.calibrate.lamp_records import LAMPS, read_lamps
from studiocheck.calibrate.looks import LOOK, read_look
from studiocheck.calibrate.record_reading import read_record
from studiocheck.calibrate.records import Kind, Record, room_folder
from studiocheck.calibrate.room_records import ROOM, read_room
from studiocheck.calibrate.sensitivity_records import SENSITIVITY, read_sensitivity
from studiocheck.calibrate.white_records import WHITE, read_white
from studiocheck.core.errors import CalibrationError, Problem
from studiocheck.core.evidence import (
    Captured,
    Evidence,
    Golden,
    Lamps,
    Need,
    RoomBaseline,
    Sensitivity,
    White,
)
from studiocheck.core.studio import Studio

Read = Callable[[Path, str, str], Evidence | None]
"""From the folder of all records, a studio and a device's role to what is stored of it."""

_OF_CAMERAS: Mapping[type[Need], Read] = {
    Golden: read_look,
    Lamps: read_lamps,
    White: read_white,
}
_OF_MICROPHONES: Mapping[type[Need], Read] = {
    Sensitivity: read_sensitivity,
    RoomBaseline: read_room,
}
_KINDS: Mapping[Kind[Any], Read] = {
    LOOK: read_look,
    LAMPS: read_lamps,
    WHITE: read_white,
    SENSITIVITY: read_sensitivity,
    ROOM: read_room,
}


def stored_records(root: Path, studio: Studio) -> dict[tuple[str, type[Need]], Captured]:
    """Return every record that a device of a studio has, or why it cannot be read."""
    found: dict[tuple[str, type[Need]], Captured] = {}
    for roles, readers in (
        (studio.cameras, _OF_CAMERAS),
        (studio.microphones, _OF_MICROPHONES),
    ):
        for role, (need, read) in product(roles, readers.items()):
            try:
                stored = read(root, studio.name, role)
            except CalibrationError as error:
                found[role, need] = Captured(problem=Problem.of(error))
                continue
            if stored is not None:
                found[role, need] = Captured(stored)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One record that lies in a studio's folder: its head, or why it cannot be read."""

    kind: Kind[Any]
    role: str
    path: Path
    head: Record | None = None
    problem: Problem | None = None


def listed_records(root: Path, studio: str) -> list[Listed]:
    """Return the head of every record of a studio, whether or not it still has that device.

    A record is read whole: one whose picture is damaged is no use to a check.
    """
    found: list[Listed] = []
    for kind, read_whole in _KINDS.items():
        for path in sorted(room_folder(root, studio).glob(f"{kind.prefix}.*.json")):
            role = path.name.removeprefix(f"{kind.prefix}.").removesuffix(".json")
            try:
                read = read_record(root, studio, role, kind)
                read_whole(root, studio, role)
            except CalibrationError as error:
                problem = Problem.of(error)
                found.append(Listed(kind=kind, role=role, path=path, problem=problem))
                continue
            if read is not None:
                found.append(Listed(kind=kind, role=role, path=path, head=read[1]))
    return found
