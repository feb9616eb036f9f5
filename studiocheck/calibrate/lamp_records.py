"""Lamp calibrations on disk: a JSON record, its arrays and a reference picture."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studiocheck.calibrate.record_reading import read_file, read_picture, read_record
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
from studiocheck.core.lighting import CalibratedLamp, LampsEvidence
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.lamps/1"] = "studiocheck.lamps/1"
LASTS_DAYS = 90.0
"""A set is rearranged and lamps age within a season (rule of thumb)."""

MOST_LAMPS = 24
_GRID = (270, 480)
_MAX_UNPACKED_BYTES = 64_000_000
_FORMS: dict[str, Any] = {
    "bases": np.float16, "ambient": np.float16, "clear": np.bool_, "linear": np.float32,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LampsRecord(Record):
    """The JSON beside the arrays and the picture."""

    schema: Literal["studiocheck.lamps/1"] = SCHEMA
    camera: CameraInfo
    controls: Controls | None = None
    lamps: tuple[CalibratedLamp, ...]
    additivity_error: float
    srgb_error: float
    sigma: float
    arrays: str
    arrays_sha256: str
    picture: str
    picture_sha256: str


LAMPS = Kind("lights", SCHEMA, LampsRecord, "lights", Text("lamp calibration", "灯光校准"))


def write_lamps(root: Path, studio: str, role: str, lamps: LampsEvidence) -> Path:
    """Store a lamp calibration; one that was there is replaced, in one step.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose calibration it is.
    lamps : LampsEvidence
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
    name = record_name(LAMPS.prefix, role)
    packed, png = _packed(lamps), as_png(lamps.reference)
    arrays, arrays_sha256 = named_by_hash(name, ".npz", packed)
    picture, picture_sha256 = named_by_hash(name, ".png", png)
    record = LampsRecord(
        **head_of(studio, role, lamps),
        camera=lamps.camera,
        controls=lamps.controls,
        lamps=lamps.lamps,
        additivity_error=lamps.additivity_error,
        srgb_error=lamps.srgb_error,
        sigma=lamps.sigma,
        arrays=arrays,
        arrays_sha256=arrays_sha256,
        picture=picture,
        picture_sha256=picture_sha256,
    )
    return write_record(root, LAMPS, record, {arrays: packed, picture: png})


def read_lamps(
    root: Path, studio: str, role: str, now: datetime | None = None
) -> LampsEvidence | None:
    """Read the lamp calibration of a camera; None where none was ever stored.

    Parameters
    ----------
    root, studio, role
        As for `write_lamps`.
    now : datetime, optional
        When it is used; by default the time of this call.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another camera.
    """
    found = read_record(root, studio, role, LAMPS)
    if found is None:
        return None
    path, record = found
    if not 1 <= len(record.lamps) <= MOST_LAMPS:
        raise LAMPS.damaged(path, "lamps")
    arrays = _unpacked(path, record)
    return LampsEvidence(
        **dates_of(record, now),
        camera=record.camera,
        controls=record.controls,
        lamps=record.lamps,
        bases=arrays["bases"],
        ambient=arrays["ambient"],
        clear=arrays["clear"],
        linear=arrays["linear"],
        additivity_error=record.additivity_error,
        srgb_error=record.srgb_error,
        sigma=record.sigma,
        reference=read_picture(path, record.picture, record.picture_sha256, LAMPS),
    )


def _packed(lamps: LampsEvidence) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        bases=lamps.bases,
        ambient=lamps.ambient,
        clear=lamps.clear,
        linear=lamps.linear,
    )
    return buffer.getvalue()


def _unpacked(path: Path, record: LampsRecord) -> dict[str, NDArray[Any]]:
    data = read_file(path, record.arrays, record.arrays_sha256, LAMPS)
    file = path.parent / record.arrays
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise LAMPS.damaged(file, "too large")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in _FORMS}
    # what numpy and zipfile raise for damaged files is no small, documented set
    except (OSError, ValueError, KeyError, EOFError, SyntaxError, NotImplementedError) as error:
        raise LAMPS.damaged(file, str(error)) from error
    except (zipfile.BadZipFile, zlib.error, MemoryError, RuntimeError) as error:
        raise LAMPS.damaged(file, str(error)) from error
    shapes = {
        "bases": (len(record.lamps), *_GRID, 3), "ambient": (*_GRID, 3), "clear": _GRID,
        "linear": (256,),
    }  # fmt: skip
    for name, array in arrays.items():
        if array.shape != shapes[name] or array.dtype != _FORMS[name]:
            raise LAMPS.damaged(file, name)
        if not math.isfinite(float(array.sum(dtype=np.float64))):
            raise LAMPS.damaged(file, f"{name}: not finite")
    return arrays
