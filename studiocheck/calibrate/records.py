"""Where calibration records lie, and how a file of theirs is written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from studiocheck.core.errors import CalibrationError, StateError
from studiocheck.core.text import Text
from studiocheck.profile.problems import explain
from studiocheck.sources.whole_file import replace_file

_LONGEST_NAME = 40
_MAX_JSON_BYTES = 1_000_000


def room_folder(root: Path, studio: str) -> Path:
    """Return the folder of a studio's records; any name that a studio may have gives a safe one.

    Examples
    --------
    >>> room_folder(Path("calibration"), "../room 1").name
    'room-1-3ab8dc40'
    """
    kept = "".join(letter if letter.isalnum() else " " for letter in studio)
    short = "-".join(kept.split())[:_LONGEST_NAME]
    digest = hashlib.sha256(studio.encode()).hexdigest()[:8]
    return root / f"{short or 'studio'}-{digest}"


def record_name(kind: str, role: str) -> str:
    """Return how the files of a role begin, for example ``camera.main``.

    Raises
    ------
    CalibrationError
        For a role that cannot name a file.
    """
    if not role.replace("-", "").replace("_", "").isalnum() or len(role) > _LONGEST_NAME:
        raise CalibrationError(
            Text(
                f"{role!r} cannot name a file: a role is made of letters, digits, - and _",
                f"{role!r} 不能用作文件名：角色名只能用文字、数字、- 和 _",
            ),
            Text("rename the camera in the studio file", "请在直播间设备文件中给摄像头改名"),
        )
    return f"{kind}.{role}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it; makes its folder.

    Raises
    ------
    StateError
        When it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)
    except OSError as error:
        why = error.strerror or str(error)
        raise StateError(
            Text(f"{path}: cannot be written: {why}", f"{path}：无法写入：{why}"),
            Text(
                "name a folder that this user can write with --calibration, or free some space",
                "请用 --calibration 指定当前用户可写的文件夹，或清理磁盘空间",
            ),
        ) from error


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a record's JSON; None when there is none.

    Raises
    ------
    CalibrationError
        When it is damaged.
    """
    try:
        with path.open("rb") as handle:
            data = json.loads(handle.read(_MAX_JSON_BYTES + 1))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CalibrationError(explain(str(path), error), again()) from error
    except (ValueError, RecursionError) as error:
        raise damaged(path, str(error)) from error
    if not isinstance(data, dict):
        raise damaged(path, "no object")
    return data


def damaged(path: Path, why: str) -> CalibrationError:
    """Say that a record cannot be used, and the way out."""
    return CalibrationError(
        Text(f"{path}: damaged calibration record: {why}", f"{path}：校准记录损坏：{why}"), again()
    )


def again() -> Text:
    """Return what to do about a record that cannot be used."""
    return Text(
        "store it again on a good evening with `studiocheck calibrate camera`, or delete the file",
        "状态良好时请用 `studiocheck calibrate camera` 重新保存，或删除该文件",
    )
