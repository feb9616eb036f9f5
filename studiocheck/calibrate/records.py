"""What every kind of calibration record shares: its place, its head, how it is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Generic, Protocol, TypedDict, TypeVar

from annotated_types import Gt, Le

from studiocheck.core.errors import CalibrationError, StateError
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text
from studiocheck.sources.whole_file import replace_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CAMERA = Text("camera", "摄像头")
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The head of every record. Names may be added; what is absent is absent."""

    schema: str
    studio: str
    role: str
    taken: datetime
    expires: datetime
    by: str
    lasts_days: Annotated[float, Gt(0), Le(36500)]


class Dated(Protocol):
    """Evidence that was stored, or is about to be."""

    @property
    def taken(self) -> str:
        """When, ISO 8601."""

    @property
    def by(self) -> str:
        """Who says that it was good."""

    @property
    def lasts_days(self) -> float:
        """For how long it holds, days."""


class Head(TypedDict):
    """What the head of a record takes from evidence."""

    studio: str
    role: str
    taken: datetime
    expires: datetime
    by: str
    lasts_days: float


class Dates(TypedDict):
    """What evidence takes from the head of a record."""

    taken: str
    by: str
    age_days: float
    lasts_days: float


R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind of record.

    Parameters
    ----------
    prefix : str
        How the names of its files begin.
    schema : str
        Which version this program reads.
    form : type
        The record's dataclass.
    command : str
        The command that stores one, after ``studiocheck calibrate``.
    title, device : Text
        What it is, and of what.
    """

    prefix: str
    schema: str
    form: type[R]
    command: str
    title: Text
    device: Text = CAMERA

    def damaged(self, path: Path, why: str | Text) -> CalibrationError:
        """Say that a record cannot be used, and the way out."""
        return damaged(path, why, self.command)


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


def can_name_a_file(name: str) -> bool:
    """Return whether a role's or a lamp's name is safe in the name of a file.

    Examples
    --------
    >>> can_name_a_file("key-left"), can_name_a_file("主光"), can_name_a_file("../key")
    (True, True, False)
    """
    return name.replace("-", "").replace("_", "").isalnum() and len(name) <= _LONGEST_NAME


def record_name(kind: str, role: str) -> str:
    """Return how the files of a role begin, for example ``camera.main``.

    Raises
    ------
    CalibrationError
        For a role that cannot name a file.
    """
    if not can_name_a_file(role):
        raise CalibrationError(
            Text(
                f"{role!r} cannot name a file: a role is made of letters, digits, - and _",
                f"{role!r} 不能用作文件名：角色名只能用文字、数字、- 和 _",
            ),
            Text("rename it in the studio file", "请在直播间设备文件中改名"),
        )
    return f"{kind}.{role}"


def head_of(studio: str, role: str, found: Dated) -> Head:
    """Return the head of the record of evidence."""
    taken = datetime.fromisoformat(found.taken)
    return Head(
        studio=studio,
        role=role,
        taken=taken,
        expires=taken + timedelta(days=found.lasts_days),
        by=found.by,
        lasts_days=found.lasts_days,
    )


def dates_of(record: Record, now: datetime | None = None) -> Dates:
    """Return when and by whom a record was stored, and how old it is now; never negative."""
    age = (now or datetime.now(UTC)) - record.taken
    return Dates(
        taken=utc(record.taken),
        by=record.by,
        age_days=max(0.0, age / timedelta(days=1)),
        lasts_days=record.lasts_days,
    )


def write_record(
    root: Path, kind: Kind[R], record: R, files: Mapping[str, bytes] | None = None
) -> Path:
    """Write a record and the files that it names; those of the one before are removed.

    Parameters
    ----------
    root : Path
        The folder of all calibration records.
    kind : Kind
        Of which kind it is.
    record : Record
        What to write.
    files : mapping of str to bytes
        Its other files by name, as `named_by_hash` gives them.

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
    folder, name = room_folder(root, record.studio), record_name(kind.prefix, record.role)
    kept = dict(files or {})
    for file, data in kept.items():
        write_whole(folder / file, data)
    text = json.dumps(plain(asdict(record)), ensure_ascii=False, indent=2, allow_nan=False)
    write_whole(folder / f"{name}.json", f"{text}\n".encode())
    for suffix in {Path(file).suffix for file in kept}:
        for old in folder.glob(f"{name}.*{suffix}"):  # the record names the new ones by now
            if old.name not in kept:
                old.unlink(missing_ok=True)
    return folder / f"{name}.json"


def named_by_hash(name: str, suffix: str, data: bytes) -> tuple[str, str]:
    """Return the name of a record's file and its SHA-256."""
    digest = hashlib.sha256(data).hexdigest()
    return f"{name}.{digest[:12]}{suffix}", digest


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
        why = reason_of(error)
        raise StateError(
            Text(f"{path}: cannot be written: {why.en}", f"{path}：无法写入：{why.zh}"),
            Text(
                "name a folder that this user can write with --calibration, or free some space",
                "请用 --calibration 指定当前用户可写的文件夹，或清理磁盘空间",
            ),
        ) from error


def utc(when: datetime) -> str:
    """Write a time as records do.

    Examples
    --------
    >>> utc(datetime(2026, 11, 1, 19, 30, tzinfo=UTC))
    '2026-11-01T19:30:00Z'
    """
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON-ready data; absent values are absent."""
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def as_png(image: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Return a BGR picture as a PNG file, without loss."""
    import cv2  # noqa: PLC0415 - heavy

    return bytes(cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])


def damaged(path: Path, why: str | Text, command: str = "camera") -> CalibrationError:
    """Say that a record cannot be used, and the way out."""
    because = why if isinstance(why, Text) else Text(why, why)
    said = Text("{path}: damaged calibration record: {why}", "{path}：校准记录损坏：{why}")
    return CalibrationError(
        said.fill(path=path, why=because),
        again(command),
    )


def again(command: str = "camera") -> Text:
    """Return what to do about a record that cannot be used."""
    return Text(
        f"store it again on a good evening with `studiocheck calibrate {command}`, or delete the "
        "file",
        f"状态良好时请用 `studiocheck calibrate {command}` 重新保存，或删除该文件",
    )
