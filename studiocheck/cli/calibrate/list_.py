"""``studiocheck calibrate list``: what is stored for this studio, and how long it still holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    from studiocheck.calibrate.stored import Listed


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        "list", help=say("List what is stored for this studio.", "列出此直播间已保存的校准。")
    )
    def list_(
        studio: Annotated[Path | None, opt.studio()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        simulated: Annotated[str | None, opt.simulated()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.calibrate.stored import listed_records
        from studiocheck.cli.folders import calibration_folder

        place = common.place(studio, simulated, ())
        name = place.studio.name
        found = listed_records(calibration_folder(opt.existing(calibration)), name)
        if not found:
            print(
                say(
                    f"{name}: nothing is stored; `studiocheck calibrate camera`, `lights`, `mic` "
                    "and `room` do that",
                    f"{name}：没有已保存的校准；可用 `studiocheck calibrate camera`、`lights`、"
                    "`mic`、`room` 保存",
                )
            )
        for entry in found:
            print(_line(entry, datetime.now(UTC)))
        return 0


def _line(entry: Listed, now: datetime) -> str:
    from studiocheck.calibrate import records

    title = say(
        f"{entry.kind.title.en} of {entry.kind.device.en} {entry.role}",
        f"{entry.kind.device.zh} {entry.role} 的{entry.kind.title.zh}",
    )
    if entry.head is None:
        why = tell(entry.problem.message) if entry.problem is not None else "-"
        do = entry.problem.advice if entry.problem is not None else None
        return f"× {title}  {why}" + (f"\n  → {tell(do)}" if do is not None else "")
    head = entry.head
    taken, expires = (when.astimezone().date().isoformat() for when in (head.taken, head.expires))
    late = head.expires < now
    until = say(f"until {expires}", f"有效至 {expires}")
    again = ""
    if late:
        until = say(f"expired {expires}", f"已于 {expires} 过期")
        again = f"\n  → {tell(records.again(entry.kind.command))}"
    when = say(f"{taken} by {head.by}", f"{taken}，{head.by}")
    return f"{'▲' if late else '√'} {title}  {when}  {until}\n  {entry.path}{again}"
