"""Finds the pictures of a lamp calibration in a folder, one for each state, by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studiocheck.calibrate.lamp_states import ALL, OFF, states_of
from studiocheck.core.errors import UsageError
from studiocheck.core.system_words import reason_of
from studiocheck.core.text import Text

_PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")
_CLIPS = (".mp4", ".mkv", ".mov", ".avi", ".mjpeg", ".mjpg", ".m4v", ".ts", ".webm")


@dataclass(frozen=True, slots=True)
class FoundPictures:
    """The file of each state, and what else lies there and was left alone."""

    files: dict[str, Path]
    left: tuple[str, ...]


def pictures_in(folder: Path, lamps: Sequence[str] | None, usual: Sequence[str]) -> FoundPictures:
    """Return the picture or clip of each state.

    Parameters
    ----------
    folder : Path
        Holds ``off.png``, ``key.png``, …, ``all.png``; any kind of picture or clip will do.
    lamps : sequence of str, optional
        The lamps as the user named them; what else lies there is then left alone.
    usual : sequence of str
        The lamps where the user named none. A picture of another one is then an error: its light
        would be missing in the sum.

    Raises
    ------
    UsageError
        Naming every file that is missing, too many, or there twice.
    """
    try:
        there = sorted(
            f for f in folder.iterdir() if f.suffix.lower() in (*_PICTURES, *_CLIPS) and f.is_file()
        )
    except OSError as error:
        why = reason_of(error)
        raise UsageError(
            Text(f"--from {folder}: {why.en}", f"--from {folder}：{why.zh}"),
            Text("name the folder of the pictures", "请指定图片所在的文件夹"),
        ) from error
    by_name: dict[str, list[Path]] = {}
    for file in there:
        by_name.setdefault(file.stem.casefold(), []).append(file)
    wanted = {state.casefold(): state for state in states_of(lamps or usual)}
    _refuse_missing(folder, [state for word, state in wanted.items() if word not in by_name])
    twice = [names for word, names in by_name.items() if word in wanted and len(names) > 1]
    if twice:
        said = ", ".join(file.name for names in twice for file in names)
        raise UsageError(
            Text(
                f"{folder}: more than one file for a state: {said}", f"{folder}：文件重复：{said}"
            ),
            Text("keep one of each", "每种状态请只留一个文件"),
        )
    left = tuple(file.name for file in there if file.stem.casefold() not in wanted)
    if left and lamps is None:
        raise _too_many(folder, left, usual)
    return FoundPictures({wanted[w]: by_name[w][0] for w in wanted}, left)


def _refuse_missing(folder: Path, missing: Sequence[str]) -> None:
    if not missing:
        return
    said = ", ".join(f"{state}.png" for state in missing)
    raise UsageError(
        Text(f"{folder}: missing: {said}", f"{folder}：缺少：{said}"),
        Text(
            f"{OFF}: all lamps off, {ALL}: all on, and one picture (or short clip) of each lamp "
            "alone, named like it; name the lamps with --lamps",
            f"{OFF} 为全部灯关闭，{ALL} 为全部灯打开，另需每盏灯单独打开的图片（或短视频），"
            "以灯名命名；灯名用 --lamps 指定",
        ),
    )


def _too_many(folder: Path, left: Sequence[str], lamps: Sequence[str]) -> UsageError:
    said = ", ".join(left)
    all_lamps = ",".join((*lamps, Path(left[0]).stem))
    return UsageError(
        Text(f"{folder}: of no lamp that is known: {said}", f"{folder}：不属于已知的灯：{said}"),
        Text(
            f"name all lamps, for example --lamps {all_lamps}; or take these files away",
            f"请写出全部灯名，例如 --lamps {all_lamps}；或移走这些文件",
        ),
    )
