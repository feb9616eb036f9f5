"""``studiocheck calibrate``: what a good evening looked like, stored to compare with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studiocheck.cli.room import Room
    from studiocheck.core.picture import ClipEvidence, LookEvidence
    from studiocheck.core.record import Finding
    from studiocheck.core.studio import Studio
    from studiocheck.profile.models import Profile

_MAIN = "main"


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        no_args_is_help=True,
        help=say("Store what a good evening looks like.", "保存状态良好时的基准，供日后对照。"),
    )
    app.add_typer(group, name="calibrate")

    @group.callback()
    def every() -> None:
        """Keep ``camera`` a command of its own, though it is the only one."""

    @group.command(
        help=say(
            "Store the golden look of a camera: one frame and its settings.",
            "保存一台摄像头的基准画面：一帧画面及其设置。",
        )
    )
    def camera(
        role: Annotated[
            str | None,
            typer.Option(
                "--role",
                "-r",
                help=say("Which camera; main if there is one.", "哪台摄像头；默认 main（如有）。"),
            ),
        ] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        profile: Annotated[str | None, opt.profile()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        from_: Annotated[
            Path | None,
            typer.Option(
                "--from",
                metavar="PICTURE",
                help=say(
                    "A picture or clip of that evening instead of the camera.",
                    "用当晚的图片或视频代替摄像头。",
                ),
            ),
        ] = None,
        by: Annotated[
            str | None,
            typer.Option(
                metavar="NAME", help=say("Who says that this is good.", "由谁确认状态良好。")
            ),
        ] = None,
        lasts: Annotated[
            float,
            typer.Option(
                min=1, max=3650, metavar="DAYS", help=say("For how many days.", "有效天数。")
            ),
        ] = 90,
        anyway: Annotated[
            bool,
            typer.Option(
                "--anyway",
                help=say("Store it though a blocker failed.", "即使有阻断项不合格也保存。"),
            ),
        ] = False,
        yes: Annotated[
            bool,
            typer.Option(
                "--yes",
                "-y",
                help=say("Store and replace without asking.", "不询问，直接保存或替换。"),
            ),
        ] = False,
        no_input: Annotated[
            bool, typer.Option("--no-input", help=say("Ask nothing.", "不询问任何问题。"))
        ] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.calibrate.camera import look_of, numbers_of, reasons_against
        from studiocheck.calibrate.looks import write_look
        from studiocheck.cli import exit_codes, room
        from studiocheck.cli.folders import calibration_folder
        from studiocheck.core.record import Decision

        place = room.room(
            studio=opt.existing(studio),
            simulated=simulated,
            or_simulated=False,
            faults=fault or (),
            seed=None,
            audio_backend="auto",
        )
        root = calibration_folder(opt.existing(calibration))
        chosen = _role(place.studio, role)
        _refuse_to_replace(root, place.studio.name, chosen, may_ask=_asks(no_input), yes=yes)
        seen = _from_picture(place.studio, chosen, opt.existing(from_))
        clip, findings = _watched(place, seen, chosen, room.profile_for(place.studio, profile))
        against = reasons_against(findings)
        _show(chosen, clip, findings)
        if against and not anyway:
            _say_why_not(against)
            return exit_codes.of_decision(Decision.NO_GO, "studiocheck")
        look = look_of(clip, findings, _name(by), lasts)
        if _asks(no_input) and not yes and not _agreed(chosen):
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_look(root, place.studio.name, chosen, look, numbers_of(findings))
        _say_stored(chosen, look, path)
        return 0


def _role(studio: Studio, role: str | None) -> str:
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    roles = list(studio.cameras)
    chosen = role or (_MAIN if _MAIN in roles else roles[0] if len(roles) == 1 else None)
    if chosen in roles:
        return chosen
    there, there_zh = ", ".join(roles) or "none", "、".join(roles) or "无"
    if chosen is None:
        raise UsageError(
            Text(
                f"say which camera: this studio has {there}",
                f"请指明摄像头：此直播间有 {there_zh}",
            ),
            Text("add --role", "请加上 --role"),
        )
    raise UsageError(
        Text(
            f"there is no camera {chosen!r}; this studio has {there}",
            f"没有摄像头 {chosen!r}；此直播间有 {there_zh}",
        ),
        Text("name one of these with --role", "请用 --role 指定其中一个"),
    )


def _asks(no_input: bool) -> bool:
    from studiocheck.cli.room import interactive

    return interactive() and not no_input


def _refuse_to_replace(root: Path, studio: str, role: str, *, may_ask: bool, yes: bool) -> None:
    """Say early that a look is there already; where nobody can be asked, keep it."""
    from studiocheck.calibrate.looks import read_look
    from studiocheck.core.errors import CalibrationError, UsageError
    from studiocheck.core.text import Text

    try:
        there = read_look(root, studio, role)
    except CalibrationError:  # a damaged one is no loss
        return
    if there is None or yes:
        return
    known = Text(
        f"camera {role} has a golden look of {there.taken[:10]} by {there.by}",
        f"摄像头 {role} 已有基准画面，摄于 {there.taken[:10]}，由 {there.by} 保存",
    )
    if not may_ask:
        raise UsageError(known, Text("--yes replaces it", "加上 --yes 可替换"))
    print(tell(known), file=sys.stderr)


def _from_picture(studio: Studio, role: str, picture: Path | None) -> Studio:
    """Return the studio with one camera's place taken by a file."""
    from dataclasses import replace

    if picture is None:
        return studio
    camera = replace(studio.cameras[role], device=f"file:{picture}")
    return replace(studio, cameras={**studio.cameras, role: camera})


def _watched(
    place: Room, studio: Studio, role: str, profile: Profile
) -> tuple[ClipEvidence, Sequence[Finding]]:
    """Watch one camera, and let every check of its picture judge what was seen."""
    from studiocheck.checks import all_checks
    from studiocheck.core.check import Scope
    from studiocheck.core.errors import SourceError
    from studiocheck.core.evidence import Clip
    from studiocheck.core.picture import ClipEvidence
    from studiocheck.engine.acquire import Capture
    from studiocheck.engine.devices import connect
    from studiocheck.engine.evaluate import evaluate
    from studiocheck.engine.plan import DeviceKey, make_plan

    checks = all_checks()
    alone = {(c.id, role) for c in checks if c.scope is Scope.CAMERA and not c.with_peers}
    plan = make_plan(studio, profile, checks, only=["camera", "light"], findings=alone)
    seconds = f"{profile.targets.video.window_s:g}"
    print(
        say(f"watching camera {role} for {seconds} s …", f"正在采集摄像头 {role}，{seconds} 秒…"),
        file=sys.stderr,
    )
    capture = Capture(plan, connect(plan, place.wiring), listen=lambda _: None)
    capture.run()
    captured = capture.captured[DeviceKey(Scope.CAMERA, role)][Clip]
    if captured.problem is not None:
        raise SourceError(captured.problem.message, captured.problem.advice)
    if not isinstance(captured.evidence, ClipEvidence):  # pragma: no cover - a clip gives a clip
        raise TypeError
    return captured.evidence, evaluate(plan, capture.captured)


def _name(by: str | None) -> str:
    import getpass

    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError, ImportError):  # a user without a name
            by = "-"
    return by.encode("utf-8", "replace").decode().strip() or "-"


def _show(role: str, clip: ClipEvidence, findings: Sequence[Finding]) -> None:
    """Show what was seen: the camera, and each check that measured something."""
    from studiocheck.core.measurement import Verdict
    from studiocheck.report.labels import MARKS, values_of

    info = clip.camera
    print(
        say(
            f"camera {role}: {info.name}, {info.width} × {info.height}",
            f"摄像头 {role}：{info.name}，{info.width} × {info.height}",
        )
    )
    for finding in findings:
        if finding.verdict in (Verdict.SKIPPED, Verdict.UNMEASURED) and not finding.blocker:
            continue
        said = say("; ", "；").join(map(tell, values_of(finding))) if finding.measurements else ""
        missing = tell(finding.reason) if finding.reason and not said else ""
        print(f"  {MARKS[finding.verdict]} {tell(finding.title)}  {said or missing}".rstrip())


def _say_why_not(against: Sequence[Finding]) -> None:
    names = say(", ", "、").join(tell(finding.title) for finding in against)
    print(
        say(
            f"× nothing was stored: this is no good evening ({names})\n"
            "  → mend that first; --anyway stores it as it is",
            f"× 未保存：当前状态不佳（{names}）\n  → 请先处理；--anyway 可照样保存",
        ),
        file=sys.stderr,
    )
    for finding in against:
        if finding.advice is not None:
            print(f"  → {tell(finding.advice)}", file=sys.stderr)


def _agreed(role: str) -> bool:
    question = say(
        f"store this as the golden look of camera {role}? [y/N] ",
        f"把它保存为摄像头 {role} 的基准画面？[y/N] ",
    )
    print(question, end="", file=sys.stderr, flush=True)
    try:
        return input().strip().lower() in {"y", "yes", "是"}
    except EOFError:
        print(file=sys.stderr)
        return False


def _say_stored(role: str, look: LookEvidence, path: Path) -> None:
    settings = len(look.controls.found) if look.controls is not None else 0
    print(
        say(
            f"√ golden look of camera {role} by {look.by}, {settings} settings, holds "
            f"{look.lasts_days:g} days\n  {path}",
            f"√ 已保存摄像头 {role} 的基准画面（{look.by}），{settings} 项设置，有效 "
            f"{look.lasts_days:g} 天\n  {path}",
        )
    )
