"""Reads calibration records with care: what lies on the disk is a record or a clear error."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from studiocheck.calibrate.records import (
    Kind,
    R,
    Record,
    again,
    damaged,
    record_name,
    room_folder,
    utc,
)
from studiocheck.core.errors import CalibrationError
from studiocheck.core.text import Text
from studiocheck.profile.problems import explain

_MAX_JSON_BYTES = 1_000_000
_MAX_BYTES = 200_000_000
_NOT_WHOLE = Text("it is no whole JSON record", "不是完整的 JSON 记录")
_NOT_THAT_FILE = Text("it is cut short or was changed", "文件不完整或被改动过")


def read_record(root: Path, studio: str, role: str, kind: Kind[R]) -> tuple[Path, R] | None:
    """Read a record's head and numbers; None where none was ever stored.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    studio, role : str
        Whose record it is.
    kind : Kind
        Of which kind.

    Returns
    -------
    tuple of Path and Record
        The JSON file and what it says.

    Raises
    ------
    CalibrationError
        When it is damaged, of a newer schema, or of another camera.
    """
    path = room_folder(root, studio) / f"{record_name(kind.prefix, role)}.json"
    data = read_json(path, kind.command)
    if data is None:
        return None
    record = _validated(path, data, kind)
    if (record.studio, record.role) != (studio, role):
        raise CalibrationError(
            Text(
                f"{path}: this is the {kind.title.en} of {record.role} in {record.studio}",
                f"{path}：这是 {record.studio} 的 {record.role} 的{kind.title.zh}",
            ),
            again(kind.command),
        )
    return path, record


def read_file(path: Path, name: str, sha256: str, kind: Kind[Any]) -> bytes:
    """Read a file that a record names, and hold it against its SHA-256.

    Raises
    ------
    CalibrationError
        When it is not there, or not that file.
    """
    file = path.parent / name
    if Path(name).name != name:
        raise kind.damaged(path, name)
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise kind.damaged(file, "too large")
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        raise CalibrationError(explain(str(file), error), again(kind.command)) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise kind.damaged(file, _NOT_THAT_FILE)
    return data


def read_picture(path: Path, name: str, sha256: str, kind: Kind[Any]) -> NDArray[np.uint8]:
    """Read a picture that a record names, (height, width, 3) uint8 BGR.

    Raises
    ------
    CalibrationError
        When it is not there, or not that picture.
    """
    import cv2  # noqa: PLC0415 - heavy

    data = read_file(path, name, sha256, kind)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise kind.damaged(path.parent / name, "PNG") from error
    if image is None:
        raise kind.damaged(path.parent / name, "PNG")
    return np.asarray(image, np.uint8)


def read_json(path: Path, command: str = "camera") -> dict[str, Any] | None:
    """Read a record's JSON; None when there is none.

    Raises
    ------
    CalibrationError
        When it is damaged.
    """
    try:
        with path.open("rb") as handle:
            data = json.loads(
                handle.read(_MAX_JSON_BYTES + 1), parse_float=_finite, parse_constant=_finite
            )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CalibrationError(explain(str(path), error), again(command)) from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, _NOT_WHOLE, command) from error
    if not isinstance(data, dict):
        raise damaged(path, _NOT_WHOLE, command)
    return data


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        message = f"{text} is no finite number"
        raise ValueError(message)
    return value


@lru_cache(maxsize=8)
def _adapter(form: type[Record]) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _validated(path: Path, data: Mapping[str, Any], kind: Kind[R]) -> R:
    schema = data.get("schema")
    if schema != kind.schema:
        raise CalibrationError(
            Text(
                f"{path}: schema {schema!r}; this version reads {kind.schema}",
                f"{path}：schema 为 {schema!r}，本版本只能读取 {kind.schema}",
            ),
            again(kind.command),
        )
    try:
        record: R = _adapter(kind.form).validate_python(data)  # type: ignore[arg-type]
    except ValidationError as error:
        raise CalibrationError(explain(str(path), error), again(kind.command)) from error
    if record.taken.tzinfo is None or record.expires.tzinfo is None:
        raise kind.damaged(path, "no time zone")
    try:
        utc(record.taken), utc(record.expires)
    except OverflowError as error:
        raise kind.damaged(path, "taken") from error
    return record
