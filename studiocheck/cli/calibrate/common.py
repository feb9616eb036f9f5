"""What every ``studiocheck calibrate`` command asks and answers alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from studiocheck.calibrate.records import Dated
    from studiocheck.cli.room import Room
    from studiocheck.core.errors import Unmeasurable
    from studiocheck.core.evidence import Captured
    from studiocheck.core.studio import Studio
    from studiocheck.core.text import Text

E = TypeVar("E")

_MAIN, _HOST = "main", "host"


def role() -> Any:
    """Return ``--role``, which is ``--camera`` too."""
    return typer.Option(
        "--role",
        "-r",
        "--camera",
        "-c",
        metavar="ROLE",
        help=say("Which camera; main if there is one.", "哪台摄像头；默认 main（如有）。"),
    )


def microphone_role() -> Any:
    """Return ``--role``, which is ``--mic`` too."""
    return typer.Option(
        "--role",
        "-r",
        "--mic",
        "-m",
        metavar="ROLE",
        help=say("Which microphone; host if there is one.", "哪支麦克风；默认 host（如有）。"),
    )


def by() -> Any:
    """Return ``--by``."""
    return typer.Option(
        metavar="NAME", help=say("Who says that this is good.", "由谁确认状态良好。")
    )


def lasts() -> Any:
    """Return ``--lasts``."""
    return typer.Option(
        min=1, max=3650, metavar="DAYS", help=say("For how many days.", "有效天数。")
    )


def yes() -> Any:
    """Return ``--yes``."""
    return typer.Option(
        "--yes",
        "-y",
        help=say("Store and replace without asking.", "不询问，直接保存或替换。"),
    )


def no_input() -> Any:
    """Return ``--no-input``."""
    return typer.Option("--no-input", help=say("Ask nothing.", "不询问任何问题。"))


def place(studio: Path | None, simulated: str | None, faults: Sequence[str] | None) -> Room:
    """Return the studio whose records are made.

    Raises
    ------
    StudioCheckError
        When the file or the scene is wrong, or there is nothing to calibrate.
    """
    from studiocheck.cli import options, room

    return room.room(
        studio=options.existing(studio),
        simulated=simulated,
        or_simulated=False,
        faults=faults or (),
        seed=None,
        audio_backend="auto",
    )


def chosen_role(studio: Studio, role: str | None) -> str:
    """Return the camera that is meant: as named, else main, else the only one.

    Raises
    ------
    UsageError
        When the studio has no such camera, or several and none was named.
    """
    from studiocheck.core.text import Text

    return _chosen(list(studio.cameras), role, _MAIN, Text("camera", "摄像头"))


def chosen_microphone(studio: Studio, role: str | None) -> str:
    """Return the microphone that is meant: as named, else host, else the only one.

    Raises
    ------
    UsageError
        When the studio has no such microphone, or several and none was named.
    """
    from studiocheck.core.text import Text

    return _chosen(list(studio.microphones), role, _HOST, Text("microphone", "麦克风"))


def _chosen(roles: Sequence[str], role: str | None, usual: str, kind: Text) -> str:
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    chosen = role or (usual if usual in roles else roles[0] if len(roles) == 1 else None)
    if chosen is not None and chosen in roles:
        return chosen
    there, there_zh = ", ".join(roles) or "none", "、".join(roles) or "无"
    if chosen is None:
        raise UsageError(
            Text(
                f"say which {kind.en}: this studio has {there}",
                f"请指明{kind.zh}：此直播间有 {there_zh}",
            ),
            Text("add --role", "请加上 --role"),
        )
    raise UsageError(
        Text(
            f"there is no {kind.en} {chosen!r}; this studio has {there}",
            f"没有{kind.zh} {chosen!r}；此直播间有 {there_zh}",
        ),
        Text("name one of these with --role", "请用 --role 指定其中一个"),
    )


def may_ask(no_input: bool) -> bool:
    """Return whether somebody sits there who can be asked."""
    """Return whether somebody sits there who can be asked."""
    from studiocheck.cli.room import interactive

    return interactive() and not no_input


def from_picture(studio: Studio, role: str, picture: Path | None) -> Studio:
    """Return the studio with one camera's place taken by a file."""
    from dataclasses import replace

    if picture is None:
        return studio
    camera = replace(studio.cameras[role], device=f"file:{picture}")
    return replace(studio, cameras={**studio.cameras, role: camera})


def evidence_of(captured: Captured, form: type[E]) -> E:
    """Return what was captured.

    Raises
    ------
    SourceError
        When something stood in the way.
    """
    from studiocheck.core.errors import SourceError

    if captured.problem is not None:
        raise SourceError(captured.problem.message, captured.problem.advice)
    if not isinstance(captured.evidence, form):  # pragma: no cover - a clip gives a clip
        raise TypeError
    return captured.evidence


def name_of(by: str | None) -> str:
    """Return who calibrates: as given, else the user's name, else a dash."""
    """Return who calibrates: as given, else the user's name, else a dash."""
    import getpass

    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a user without a name
            by = "-"
    return by.encode("utf-8", "replace").decode().strip() or "-"


def refuse_to_replace(known: Callable[[], Text | None], *, may_ask: bool, yes: bool) -> None:
    """Say early that a record is there already; where nobody can be asked, keep it.

    Raises
    ------
    UsageError
        When it would be replaced and nobody said so.
    """
    from studiocheck.core.errors import CalibrationError, UsageError
    from studiocheck.core.text import Text

    try:
        there = known()
    except CalibrationError:  # a damaged one is no loss
        return
    if there is None or yes:
        return
    if not may_ask:
        raise UsageError(there, Text("--yes replaces it", "加上 --yes 可替换"))
    print(tell(there), file=sys.stderr)


def wait_for_person(request: Text, *, may_ask: bool) -> None:
    """Say what is to be made ready, and wait for Enter where somebody can be asked."""
    print(tell(request), file=sys.stderr)
    if may_ask:
        print(say("then press Enter ", "准备好后按回车 "), end="", file=sys.stderr, flush=True)
        try:
            input()
        except EOFError:
            print(file=sys.stderr)


def agreed(en: str, zh: str) -> bool:
    """Ask a question that is answered with yes or no; no answer is no."""
    print(f"{say(en, zh)} [y/N] ", end="", file=sys.stderr, flush=True)
    try:
        return input().strip().lower() in {"y", "yes", "是"}
    except EOFError:
        print(file=sys.stderr)
        return False


def say_why_not(error: Unmeasurable) -> None:
    """Say that nothing was stored, why, and what to do about it."""
    print(say("× nothing was stored: ", "× 未保存：") + tell(error.reason), file=sys.stderr)
    if error.advice is not None:
        print(f"  → {tell(error.advice)}", file=sys.stderr)


def say_stored(en: str, zh: str, found: Dated, path: Path) -> None:
    """Say what was stored, for how long it holds, and where."""
    print(
        say(
            f"√ {en} by {found.by}, holds {found.lasts_days:g} days\n  {path}",
            f"√ 已保存{zh}（{found.by}），有效 {found.lasts_days:g} 天\n  {path}",
        )
    )
