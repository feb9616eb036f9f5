"""Every calibration record of a studio at once, as checks want them and as people list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studiocheck.calibrate.lamp_records import LAMPS, read_lamps
from studiocheck.calibrate.looks import LOOK, read_look
from studiocheck.calibrate.record_reading import read_record
from studiocheck.calibrate.records import Kind, Record, room_folder
from studiocheck.calibrate.white_records import WHITE, read_white
from studiocheck.core.errors import CalibrationError, Problem
from studiocheck.core.evidence import Captured, Evidence, Golden, Lamps, Need, White
from studiocheck.core.studio import Studio

Read = Callable[[Path, str, str], Evidence | None]
"""From the folder of all records, a studio and a camera's role to what is stored of it."""

_READERS: Mapping[type[Need], Read] = {
    Golden: read_look,
    Lamps: read_lamps,
    White: read_white,
}
_KINDS: tuple[Kind[Any], ...] = (LOOK, LAMPS, WHITE)


def stored_records(root: Path, studio: Studio) -> dict[tuple[str, type[Need]], Captured]:
    """Return every record that a camera of a studio has, or why it cannot be read."""
    found: dict[tuple[str, type[Need]], Captured] = {}
    for role in studio.cameras:
        for need, read in _READERS.items():
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
    """Return the head of every record of a studio, whether or not it still has that camera."""
    found: list[Listed] = []
    for kind in _KINDS:
        for path in sorted(room_folder(root, studio).glob(f"{kind.prefix}.*.json")):
            role = path.name.removeprefix(f"{kind.prefix}.").removesuffix(".json")
            try:
                read = read_record(root, studio, role, kind)
            except CalibrationError as error:
                problem = Problem.of(error)
                found.append(Listed(kind=kind, role=role, path=path, problem=problem))
                continue
            if read is not None:
                found.append(Listed(kind=kind, role=role, path=path, head=read[1]))
    return found
