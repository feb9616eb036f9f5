"""``studiocheck check``: the pre-show check."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.options import Backend, Format, Lang, Style
from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.core.events import Event
    from studiocheck.core.record import Finding
    from studiocheck.engine.plan import Plan
    from studiocheck.engine.run import Outcome


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(help=say("The pre-show check: GO or NO-GO.", "开播前检查：可开播或不可开播。"))
    def check(
        profile: Annotated[str | None, opt.profile()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        only: Annotated[
            list[str] | None,
            typer.Option(
                "--only",
                metavar="ID…",
                help=say("Only these checks or families.", "只做这些检查项或类别。"),
            ),
        ] = None,
        skip: Annotated[
            list[str] | None,
            typer.Option(
                "--skip",
                metavar="ID…",
                help=say("Leave these out.", "跳过这些检查项或类别。"),
            ),
        ] = None,
        failed: Annotated[
            bool,
            typer.Option(
                "--failed",
                help=say("Only what did not pass last time.", "只重做上次未通过的项目。"),
            ),
        ] = False,
        show_at: Annotated[
            str | None,
            typer.Option(
                "--show-at",
                metavar="20:00",
                help=say("When the show begins.", "开播时间。"),
            ),
        ] = None,
        format_: Annotated[Format, opt.format_()] = Format.TERMINAL,
        output: Annotated[Path | None, opt.output()] = None,
        json: Annotated[bool, opt.as_json()] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        or_simulated: Annotated[
            bool,
            typer.Option(
                "--or-simulated",
                help=say(
                    "Simulated studio when this computer has no device.",
                    "本机没有设备时使用模拟直播间。",
                ),
            ),
        ] = False,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        seed: Annotated[
            int | None,
            typer.Option(help=say("Seed of the simulated studio.", "模拟直播间随机种子。")),
        ] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        audio_backend: Annotated[Backend, opt.audio_backend()] = Backend.AUTO,
        thorough: Annotated[
            bool,
            typer.Option(
                "--thorough",
                help=say(
                    "Also send at the planned rate for a minute (net.stability).",
                    "另以计划码率连续发送一分钟（net.stability）。",
                ),
            ),
        ] = False,
        no_input: Annotated[
            bool, typer.Option("--no-input", help=say("Ask nothing.", "不询问任何问题。"))
        ] = False,
        broadcast_to: Annotated[
            list[str] | None,
            typer.Option(
                "--broadcast-to",
                metavar="HOST",
                help=say(
                    "Publish the test broadcast to this ingest: viewers may see it.",
                    "允许向此推流服务器测试推流：可能会直接开播，观众可见。",
                ),
            ),
        ] = None,
        exit_style: Annotated[
            Style,
            typer.Option("--exit-style", help=say("Family of exit codes.", "退出码风格。")),
        ] = Style.STUDIOCHECK,
        quiet: Annotated[
            bool, typer.Option("--quiet", "-q", help=say("No progress.", "不显示进度。"))
        ] = False,
        verbose: Annotated[bool, opt.verbose()] = False,
        no_color: Annotated[bool, opt.no_color()] = False,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.cli import exit_codes, room
        from studiocheck.cli.folders import folders
        from studiocheck.sources.capture.children import warm_up

        begin = time.monotonic()
        warm_up()
        at = room.show_time(show_at)
        place = room.room(
            studio=opt.existing(studio),
            simulated=simulated,
            or_simulated=or_simulated,
            faults=fault or (),
            seed=seed,
            audio_backend=audio_backend.value,
        )
        from studiocheck.checks import all_checks
        from studiocheck.engine.plan import make_plan
        from studiocheck.engine.run import run_check

        runs = folders().runs
        plan = make_plan(
            place.studio,
            room.profile_for(place.studio, profile),
            all_checks(),
            only=only or (),
            skip=skip or (),
            findings=room.not_passed_last_time(runs, place.studio) if failed else None,
            thorough=thorough,
        )
        if place.found and not quiet:
            _say_what_was_found(plan)
        asks = room.interactive() and not no_input
        from studiocheck.cli.keyboard import keyboard

        with (
            _live(quiet=quiet, verbose=verbose, no_color=no_color) as listen,
            keyboard(asks and not quiet) as keys,
        ):
            outcome = run_check(
                plan,
                room.with_consent(
                    room.with_stored_records(place, opt.existing(calibration)), broadcast_to or ()
                ).wiring,
                runs,
                listen,
                show_at=at,
                plan_s=time.monotonic() - begin,
                keys=keys,
            )
        if asks and not outcome.interrupted:
            outcome = _signed(outcome)
        form = Format.JSON if json else format_
        from studiocheck.cli.show import publish

        publish(
            outcome.record,
            form,
            outcome.folder,
            output=output,
            no_color=no_color,
            quiet=quiet,
            full=verbose,
        )
        style: exit_codes.ExitStyle = exit_style.value
        if outcome.unkept is not None:
            raise outcome.unkept
        if outcome.interrupted:
            return exit_codes.of_error(exit_codes.INTERRUPTED, style)
        return exit_codes.of_decision(outcome.record.decision, style)


def _live(
    *, quiet: bool, verbose: bool, no_color: bool
) -> AbstractContextManager[Callable[[Event], None]]:
    """Return the live view, or nothing that shows."""
    from studiocheck.cli.localisation import current_language

    if quiet:
        return nullcontext(lambda _: None)
    from rich.console import Console

    from studiocheck.report.live import LiveView

    console = Console(stderr=True, highlight=False, no_color=no_color or None)
    return LiveView(current_language(), console=console, verbose=verbose)


def _say_what_was_found(plan: Plan) -> None:
    devices = ", ".join(str(key) for key in plan.needs)
    print(
        say(
            f"no studio file: checking what this computer has ({devices}); "
            "`studiocheck devices --write-studio studio.toml` writes one",
            f"没有直播间设备文件：检查本机设备（{devices}）；"
            "可用 `studiocheck devices --write-studio studio.toml` 生成",
        ),
        file=sys.stderr,
    )


def _signed(outcome: Outcome) -> Outcome:
    """Ask a person about each manual step, and keep the answers in the stored record."""
    from dataclasses import replace

    from studiocheck.core.record import decide
    from studiocheck.engine.store import rewrite_record

    findings = _asked(outcome.record.findings)
    if findings == outcome.record.findings:
        return outcome
    record = replace(outcome.record, findings=findings, decision=decide(findings))
    if outcome.folder is not None:
        rewrite_record(outcome.folder, record)
    return replace(outcome, record=record)


def _asked(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Ask for one signature after the other; Ctrl-C or the end of the input leaves the rest."""
    answered = list(findings)
    for place, finding in enumerate(findings):
        if finding.owner is not None:
            try:
                answered[place] = _ask(finding)
            except (EOFError, KeyboardInterrupt):
                print(file=sys.stderr)
                break
    return tuple(answered)


def _ask(finding: Finding) -> Finding:
    from studiocheck.cli.words import tell
    from studiocheck.engine.evaluate import sign
    from studiocheck.report.labels import owner_of

    question = say("initials to sign, Enter to leave open", "输入姓名缩写确认，回车跳过")
    owner = tell(owner_of(finding.owner or ""))
    print(f"○ {tell(finding.title)} ({owner})  [{question}] ", end="", file=sys.stderr, flush=True)
    by = input().strip()
    return sign(finding, signed=bool(by), by=by) if by else finding
