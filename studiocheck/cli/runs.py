"""``studiocheck evaluate`` and ``studiocheck report``: stored runs, judged or rendered again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.options import Format
from studiocheck.cli.words import say


def _run() -> Any:
    return typer.Argument(
        metavar="RUN",
        help=say(
            "`last`, a run's id or its beginning, or a folder.",
            "last、运行编号（或其开头）或文件夹。",
        ),
    )


def add(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say("Judge the stored evidence of a run again.", "用另一配置重新评判已保存的证据。")
    )
    def evaluate(
        run: Annotated[str, _run()],
        profile: Annotated[str | None, opt.profile()] = None,
        format_: Annotated[Format, opt.format_()] = Format.TERMINAL,
        output: Annotated[Path | None, opt.output()] = None,
        json: Annotated[bool, opt.as_json()] = False,
        no_color: Annotated[bool, opt.no_color()] = False,
        verbose: Annotated[bool, opt.verbose()] = False,
    ) -> int:
        from studiocheck.checks import all_checks
        from studiocheck.cli import exit_codes, room
        from studiocheck.cli.folders import folders
        from studiocheck.cli.show import publish
        from studiocheck.engine.plan import make_plan
        from studiocheck.engine.run import evaluate_stored, planned_ids, stored_studio
        from studiocheck.engine.store import find_run

        folder = find_run(folders().runs, run)
        studio = stored_studio(folder)
        plan = make_plan(
            studio,
            room.profile_for(studio, profile),
            all_checks(),
            only=planned_ids(folder),
        )
        record = evaluate_stored(folder, plan)
        publish(
            record,
            Format.JSON if json else format_,
            folder,
            output=output,
            no_color=no_color,
            full=verbose,
        )
        return exit_codes.of_decision(record.decision, "studiocheck")

    @app.command(help=say("Render a stored run again.", "重新生成已保存运行的报告。"))
    def report(
        run: Annotated[str, _run()],
        format_: Annotated[Format, opt.format_()] = Format.TERMINAL,
        output: Annotated[Path | None, opt.output()] = None,
        json: Annotated[bool, opt.as_json()] = False,
        no_color: Annotated[bool, opt.no_color()] = False,
        verbose: Annotated[bool, opt.verbose()] = False,
    ) -> int:
        from studiocheck.cli.folders import folders
        from studiocheck.cli.show import publish
        from studiocheck.engine.store import find_run, load_record

        folder = find_run(folders().runs, run)
        publish(
            load_record(folder),
            Format.JSON if json else format_,
            folder,
            output=output,
            no_color=no_color,
            quiet=True,
            full=verbose,
        )
        return 0
