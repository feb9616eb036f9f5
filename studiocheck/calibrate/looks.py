"""Golden looks on disk: a PNG and a JSON record for each camera of a studio."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Gt, Le
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from studiocheck.calibrate.records import (
    again,
    damaged,
    read_json,
    record_name,
    room_folder,
    write_whole,
)
from studiocheck.core.errors import CalibrationError
from studiocheck.core.picture import CameraInfo, Controls, LookEvidence
from studiocheck.core.text import Text
from studiocheck.profile.problems import explain

SCHEMA: Literal["studiocheck.look/1"] = "studiocheck.look/1"
LASTS_DAYS = 90.0
"""A set is rearranged and lamps age within a season (rule of thumb)."""

_MAX_PNG_BYTES = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One value that was measured when a look was stored."""

    check: str
    name: str
    value: float
    unit: str
    uncertainty: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRecord:
    """The JSON beside the picture. Names may be added; what is absent is absent."""

    schema: Literal["studiocheck.look/1"] = SCHEMA
    studio: str
    role: str
    taken: datetime
    expires: datetime
    by: str
    lasts_days: Annotated[float, Gt(0), Le(36500)]
    picture: str
    sha256: str
    camera: CameraInfo
    controls: Controls | None = None
    noise_dn: float | None = None
    numbers: tuple[Number, ...] = ()


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[LookRecord]:
    return TypeAdapter(LookRecord)


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
    folder, name = room_folder(root, studio), record_name("camera", role)
    picture = _as_png(look.image)
    digest = hashlib.sha256(picture).hexdigest()
    taken = datetime.fromisoformat(look.taken)
    record = LookRecord(
        studio=studio,
        role=role,
        taken=taken,
        expires=taken + timedelta(days=look.lasts_days),
        by=look.by,
        lasts_days=look.lasts_days,
        picture=f"{name}.{digest[:12]}.png",
        sha256=digest,
        camera=look.camera,
        controls=look.controls,
        noise_dn=look.noise_dn,
        numbers=numbers,
    )
    write_whole(folder / record.picture, picture)
    text = json.dumps(_plain(asdict(record)), ensure_ascii=False, indent=2, allow_nan=False)
    write_whole(folder / f"{name}.json", f"{text}\n".encode())
    for old in folder.glob(f"{name}.*.png"):  # the record names the new one by now
        if old.name != record.picture:
            old.unlink(missing_ok=True)
    return folder / f"{name}.json"


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
    folder, name = room_folder(root, studio), record_name("camera", role)
    path = folder / f"{name}.json"
    data = read_json(path)
    if data is None:
        return None
    record = _validated(path, data)
    if (record.studio, record.role) != (studio, role):
        raise CalibrationError(
            Text(
                f"{path}: this is the look of {record.role} in {record.studio}",
                f"{path}：这是 {record.studio} 的 {record.role} 的基准画面",
            ),
            again(),
        )
    age = (now or datetime.now(UTC)) - record.taken
    return LookEvidence(
        taken=_utc(record.taken),
        by=record.by,
        camera=record.camera,
        image=_read_picture(folder, record),
        controls=record.controls,
        noise_dn=record.noise_dn,
        age_days=max(0.0, age / timedelta(days=1)),
        lasts_days=record.lasts_days,
    )


def _validated(path: Path, data: Mapping[str, Any]) -> LookRecord:
    schema = data.get("schema")
    if schema != SCHEMA:
        raise CalibrationError(
            Text(
                f"{path}: schema {schema!r}; this version reads {SCHEMA}",
                f"{path}：schema 为 {schema!r}，本版本只能读取 {SCHEMA}",
            ),
            again(),
        )
    try:
        record = _adapter().validate_python(data)
    except ValidationError as error:
        raise CalibrationError(explain(str(path), error), again()) from error
    if record.taken.tzinfo is None:
        raise damaged(path, "taken: no time zone")
    if record.noise_dn is not None and not math.isfinite(record.noise_dn):
        raise damaged(path, "noise_dn")
    return record


def _as_png(image: NDArray[np.uint8]) -> bytes:
    import cv2  # noqa: PLC0415 - heavy

    return bytes(cv2.imencode(".png", image)[1])


def _read_picture(folder: Path, record: LookRecord) -> NDArray[np.uint8]:
    import cv2  # noqa: PLC0415 - heavy

    path = folder / record.picture
    if Path(record.picture).name != record.picture:
        raise damaged(folder, record.picture)
    try:
        if path.stat().st_size > _MAX_PNG_BYTES:
            raise damaged(path, "too large")
        data = path.read_bytes()
    except OSError as error:
        raise CalibrationError(explain(str(path), error), again()) from error
    if hashlib.sha256(data).hexdigest() != record.sha256:
        raise damaged(path, "sha256")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise damaged(path, "PNG") from error
    if image is None:
        raise damaged(path, "PNG")
    return np.asarray(image, np.uint8)


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON-ready data; absent values are absent."""
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value
