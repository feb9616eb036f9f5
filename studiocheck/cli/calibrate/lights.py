"""``studiocheck calibrate lights``: the light of every lamp alone, stored to compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        help=say(
            "Store the light of every lamp alone: all on, all off, one lamp at a time.",
            "保存每盏灯单独的光：全部打开、全部关闭、逐盏打开。",
        )
    )
    def lights(
        role: Annotated[str | None, common.role()] = None,
        lamps: Annotated[str | None, _lamps()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        profile: Annotated[str | None, opt.profile()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        from_: Annotated[Path | None, _from()] = None,
        seconds: Annotated[float, _seconds()] = 1.5,
        again: Annotated[bool, _again()] = False,
        by: Annotated[str | None, common.by()] = None,
        lasts: Annotated[float, common.lasts()] = 90,
        yes: Annotated[bool, common.yes()] = False,
        no_input: Annotated[bool, common.no_input()] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.cli import room
        from studiocheck.cli.calibrate.lights_session import Session
        from studiocheck.cli.folders import calibration_folder

        place = common.place(studio, simulated, fault)
        session = Session(
            place=place,
            profile=room.profile_for(place.studio, profile),
            root=calibration_folder(opt.existing(calibration)),
            role=common.chosen_role(place.studio, role),
            named=None if lamps is None else [name.strip() for name in lamps.split(",")],
            seconds=seconds,
            by=common.name_of(by),
            lasts_days=lasts,
            may_ask=common.may_ask(no_input),
            yes=yes,
        )
        folder = opt.existing(from_)
        return session.from_folder(folder) if folder else session.guided(anew=again)


def _lamps() -> Any:
    return typer.Option(
        "--lamps",
        "-l",
        metavar="NAME,…",
        help=say(
            "The lamps; default those of [lamps] in the studio file, else key,fill,back. A window "
            "may be one.",
            "灯名；默认取直播间设备文件的 [lamps]，否则为 key,fill,back。窗户也可作为一盏灯。",
        ),
    )


def _from() -> Any:
    return typer.Option(
        "--from",
        metavar="FOLDER",
        help=say(
            "Make it from pictures or clips: off, all, and one named like each lamp.",
            "由图片或视频生成：off、all，以及以每盏灯命名的文件。",
        ),
    )


def _seconds() -> Any:
    return typer.Option(
        "--seconds",
        min=1,
        max=60,
        metavar="S",
        help=say(
            "How long each state is averaged: the flicker of the mains has to even out.",
            "每种状态的平均时长（秒），用于抵消工频闪烁。",
        ),
    )


def _again() -> Any:
    return typer.Option(
        "--again",
        help=say("Do not go on with an unfinished one.", "不继续未完成的校准，从头开始。"),
    )
