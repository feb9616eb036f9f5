"""Keeps runs on disk: evidence and record, written whole or not at all, read back with care."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from studiocheck.core.errors import RecordError, StateError
from studiocheck.core.record import SCHEMA, RunRecord
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text
from studiocheck.profile.problems import explain
from studiocheck.sources.whole_file import replace_file

_RECORD, _INPUTS = "record.json", "inputs.json"
_ROOM_BYTES = 50_000_000
_PARTIAL = ".partial"
_STALE_S = 86_400


def new_run_id() -> str:
    """Return a UUID of version 7 that sorts by time below the millisecond (RFC 9562, 5.7, 6.2)."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds << 80) | (0x7 << 76) | (0b10 << 62)
    value |= (nanoseconds * 4096 // 1_000_000) << 64
    value |= int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return str(uuid.UUID(int=value))


class RunFolder:
    """The folder of a run that is being made; it becomes visible when it is whole."""

    def __init__(self, runs: Path, run_id: str) -> None:
        self.run_id = run_id
        self._final = runs / run_id
        self.path = runs / (run_id + _PARTIAL)
        try:
            runs.mkdir(parents=True, exist_ok=True)
            _remove_stale(runs)
            self.path.mkdir()
            free = shutil.disk_usage(runs).free
        except OSError as error:
            raise state_error(runs, error) from error
        if free < _ROOM_BYTES:
            self.discard()
            raise state_error(runs, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def subfolder(self, name: str) -> Path:
        """Return a folder inside the run, made if need be."""
        path = self.path / name
        try:
            path.mkdir(exist_ok=True)
        except OSError as error:
            raise state_error(self.path.parent, error) from error
        return path

    def write(self, name: str, data: bytes) -> None:
        """Write one file of the run.

        Raises
        ------
        StateError
            When the disk is full or the folder cannot be written.
        """
        target = self.path / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            raise state_error(self.path.parent, error) from error

    def finish(self, record: RunRecord, inputs: Mapping[str, Any]) -> Path:
        """Write the record last and make the run visible; returns its folder."""
        self.write(_INPUTS, _json(inputs))
        self.write(_RECORD, _json(record.to_json()))
        try:
            self.path.replace(self._final)
        except OSError as error:
            raise state_error(self.path.parent, error) from error
        return self._final

    def discard(self) -> None:
        """Remove everything that was written."""
        shutil.rmtree(self.path, ignore_errors=True)


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()


def _remove_stale(runs: Path) -> None:
    """Remove what runs that were killed half-way left behind, once it is a day old."""
    for folder in runs.glob(f"*{_PARTIAL}"):
        if time.time() - folder.stat().st_mtime > _STALE_S:
            shutil.rmtree(folder, ignore_errors=True)


def file_error(path: Path, error: OSError) -> StateError:
    """Say why a file or folder that the user named cannot be written and what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StateError(
        _not_written(path, error),
        Text("free some space on that disk", "请清理该磁盘空间")
        if full
        else Text("name a place that this user can write", "请换一个当前用户可写的位置"),
    )


def _not_written(path: Path, error: OSError) -> Text:
    why = reason_of(error)
    return Text(f"{path}: cannot be written: {why.en}", f"{path}：无法写入：{why.zh}")


def state_error(folder: Path, error: OSError) -> StateError:
    """Say why the state folder cannot be used and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StateError(
            Text(f"{folder}: the disk is full", f"{folder}：磁盘已满"),
            Text(
                "delete old recordings, or set STUDIOCHECK_HOME to a folder on another disk",
                "删除旧录像，或将 STUDIOCHECK_HOME 设为其他磁盘上的文件夹",
            ),
        )
    return StateError(
        _not_written(folder, error),
        Text(
            "make the folder writable for this user, or set STUDIOCHECK_HOME to one that is",
            "请让当前用户可写该文件夹，或将 STUDIOCHECK_HOME 设为可写的文件夹",
        ),
    )


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Raises
    ------
    StateError
        When it cannot be written.
    """
    try:
        replace_file(path, data)
    except OSError as error:
        raise file_error(path, error) from error


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[RunRecord]:
    return TypeAdapter(RunRecord)


def find_run(runs: Path, name: str) -> Path:
    """Return the folder of a run: by path, by id, by the beginning of one, or ``last``.

    Raises
    ------
    RecordError
        When there is none, or the beginning fits several.
    """
    given = Path(name)
    if (given / _RECORD).is_file():
        return given
    if given.name == _RECORD and given.is_file():
        return given.parent
    there = sorted(f for f in runs.glob("*") if (f / _RECORD).is_file())
    if name == "last":
        if there:
            return there[-1]
        raise RecordError(
            Text("there is no run yet", "还没有任何运行记录"),
            Text("run `studiocheck check` first", "请先运行 `studiocheck check`"),
        )
    hits = [folder for folder in there if folder.name.startswith(name)]
    if len(hits) == 1:
        return hits[0]
    raise RecordError(
        Text(f"{len(hits)} runs begin with {name!r}", f"有 {len(hits)} 个运行以 {name!r} 开头")
        if hits
        else Text(f"there is no run {name!r}", f"没有运行 {name!r}"),
        Text(
            f"runs are kept in {runs}; `last` is the newest",
            f"运行保存在 {runs}；`last` 为最新一次",
        ),
    )


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Read a JSON file of a run.

    Raises
    ------
    RecordError
        When it is missing or damaged.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RecordError(explain(str(path), error)) from error
    except (ValueError, RecursionError) as error:
        raise RecordError(
            Text(f"{path}: damaged, no whole JSON", f"{path}：文件损坏，不是完整的 JSON"),
            Text("choose another run, or check again", "请换一次运行，或重新检查"),
        ) from error


def load_record(folder: Path) -> RunRecord:
    """Read a run's record.

    Raises
    ------
    RecordError
        When it is missing, damaged, or of a newer schema.
    """
    path = folder / _RECORD
    data = read_json(path)
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise RecordError(
            Text(
                f"{path}: schema {schema!r}; this version reads {SCHEMA}",
                f"{path}：schema 为 {schema!r}，本版本只能读取 {SCHEMA}",
            ),
            Text("install a newer studiocheck", "请安装更新版本的 studiocheck"),
        )
    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        raise RecordError(explain(str(path), error)) from error


def load_inputs(folder: Path) -> dict[str, Any]:
    """Read what a run was planned from."""
    data = read_json(folder / _INPUTS)
    if not isinstance(data, dict):
        raise RecordError(Text(f"{folder / _INPUTS}: damaged", f"{folder / _INPUTS}：文件损坏"))
    return data


def rewrite_record(folder: Path, record: RunRecord) -> None:
    """Replace the record of a kept run, for example when steps have been signed.

    Raises
    ------
    StateError
        When it cannot be written; the old record then stays.
    """
    write_atomically(folder / _RECORD, _json(record.to_json()))
