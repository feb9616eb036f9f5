"""Every calibration record of a studio at once, as checks want them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from studiocheck.calibrate.looks import read_look
from studiocheck.core.errors import CalibrationError, Problem
from studiocheck.core.evidence import Captured, Evidence, Golden, Need
from studiocheck.core.studio import Studio

Read = Callable[[Path, str, str], Evidence | None]
"""From the folder of all records, a studio and a camera's role to what is stored of it."""

_READERS: Mapping[type[Need], Read] = {Golden: read_look}


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
