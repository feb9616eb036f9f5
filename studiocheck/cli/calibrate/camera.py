"""``studiocheck calibrate camera``: a frame of a good evening, stored to compare with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.calibrate import white_options as by_white
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studiocheck.cli.room import Room
    from studiocheck.core.picture import ClipEvidence, LookEvidence
    from studiocheck.core.record import Finding
    from studiocheck.core.studio import Studio
    from studiocheck.core.text import Text
    from studiocheck.profile.models import Profile


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        help=say(
            "Store the golden look of a camera: one frame and its settings; or, with --white, how "
            "it sees white.",
            "保存一台摄像头的基准画面：一帧画面及其设置；加 --white 则保存它如何看白光。",
        )
    )
    def camera(
        role: Annotated[str | None, common.role()] = None,
        white: Annotated[str | None, by_white.white()] = None,
        kelvin: Annotated[str | None, by_white.kelvin()] = None,
        duv: Annotated[float | None, by_white.duv()] = None,
        box: Annotated[str | None, by_white.box()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        profile: Annotated[str | None, opt.profile()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        from_: Annotated[
            list[Path] | None,
            typer.Option(
                "--from",
                metavar="PICTURE",
                help=say(
                    "A picture or clip of that evening instead of the camera; --white two-point "
                    "takes two.",
                    "用当晚的图片或视频代替摄像头；--white two-point 需要两个。",
                ),
            ),
        ] = None,
        by: Annotated[str | None, common.by()] = None,
        lasts: Annotated[float | None, common.lasts()] = None,
        anyway: Annotated[
            bool,
            typer.Option(
                "--anyway",
                help=say("Store it though a blocker failed.", "即使有阻断项不合格也保存。"),
            ),
        ] = False,
        yes: Annotated[bool, common.yes()] = False,
        no_input: Annotated[bool, common.no_input()] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.calibrate.camera import look_of, numbers_of, reasons_against
        from studiocheck.calibrate.looks import LASTS_DAYS, write_look
        from studiocheck.cli import exit_codes, room
        from studiocheck.cli.folders import calibration_folder
        from studiocheck.core.record import Decision

        place = common.place(studio, simulated, fault)
        root = calibration_folder(opt.existing(calibration))
        chosen = common.chosen_role(place.studio, role)
        may_ask = common.may_ask(no_input)
        files = tuple(path for each in from_ or () if (path := opt.existing(each)) is not None)
        if white is not None:
            from studiocheck.cli.calibrate.white import WhiteSession

            return WhiteSession(
                place=place,
                profile=room.profile_for(place.studio, profile),
                root=root,
                role=chosen,
                light=by_white.known_light(white, kelvin, duv),
                box=by_white.region_of(box),
                files=files,
                by=common.name_of(by),
                lasts_days=lasts,
                may_ask=may_ask,
                yes=yes,
            ).run()
        by_white.refuse_without_white(kelvin, duv, box, files)
        common.refuse_to_replace(
            lambda: _known(root, place.studio.name, chosen), may_ask=may_ask, yes=yes
        )
        seen = common.from_picture(place.studio, chosen, files[0] if files else None)
        clip, findings = _watched(place, seen, chosen, room.profile_for(place.studio, profile))
        against = reasons_against(findings)
        _show(chosen, clip, findings)
        if against and not anyway:
            _say_why_not(against)
            return exit_codes.of_decision(Decision.NO_GO, "studiocheck")
        look = look_of(clip, findings, common.name_of(by), lasts or LASTS_DAYS)
        if may_ask and not yes and not _agreed(chosen):
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_look(root, place.studio.name, chosen, look, numbers_of(findings))
        _say_stored(chosen, look, path)
        return 0


def _known(root: Path, studio: str, role: str) -> Text | None:
    """Return what is said of a look that is there already."""
    from studiocheck.calibrate.looks import read_look
    from studiocheck.core.text import Text

    there = read_look(root, studio, role)
    if there is None:
        return None
    return Text(
        f"camera {role} has a golden look of {there.taken[:10]} by {there.by}",
        f"摄像头 {role} 已有基准画面，摄于 {there.taken[:10]}，由 {there.by} 保存",
    )


def _watched(
    place: Room, studio: Studio, role: str, profile: Profile
) -> tuple[ClipEvidence, Sequence[Finding]]:
    """Watch one camera, and let every check of its picture judge what was seen."""
    from studiocheck.checks import all_checks
    from studiocheck.core.check import Scope
    from studiocheck.core.evidence import Clip
    from studiocheck.core.picture import ClipEvidence
    from studiocheck.engine.acquire import Capture
    from studiocheck.engine.device_keys import DeviceKey
    from studiocheck.engine.devices import connect
    from studiocheck.engine.evaluate import evaluate
    from studiocheck.engine.plan import make_plan

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
    clip = common.evidence_of(capture.captured[DeviceKey(Scope.CAMERA, role)][Clip], ClipEvidence)
    return clip, evaluate(plan, capture.captured)


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
    return common.agreed(
        f"store this as the golden look of camera {role}?",
        f"把它保存为摄像头 {role} 的基准画面？",
    )


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
