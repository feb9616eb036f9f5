"""``studiocheck devices``: what cameras, microphones, speakers and networks there are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.options import Backend
from studiocheck.cli.words import complain, say

if TYPE_CHECKING:
    from studiocheck.engine.discover import Found


def add(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "Cameras, microphones, speakers and network paths of this computer.",
            "列出本机的摄像头、麦克风、音箱和网络接口。",
        )
    )
    def devices(
        write_studio: Annotated[
            Path | None,
            typer.Option(
                "--write-studio",
                metavar="FILE",
                help=say("Write a first studio file.", "生成初始直播间设备文件。"),
            ),
        ] = None,
        json: Annotated[bool, opt.as_json()] = False,
        audio_backend: Annotated[Backend, opt.audio_backend()] = Backend.AUTO,
    ) -> int:
        from studiocheck.engine.discover import discover, monitors_of, studio_of

        found = discover(audio_backend.value)
        if json:
            import json as json_module

            json_module.dump(found.to_json(), sys.stdout, ensure_ascii=False, indent=2)
            print()
        else:
            _show(found)
        for problem in found.problems:
            complain(problem)
        if write_studio is not None:
            from studiocheck.core.errors import UsageError
            from studiocheck.core.text import Text
            from studiocheck.engine.store import write_atomically
            from studiocheck.profile.write import studio_toml

            if write_studio.exists():
                raise UsageError(
                    Text(f"{write_studio} is there already", f"{write_studio} 已存在"),
                    Text("choose another name or move it away", "请换一个文件名或先移走它"),
                )
            written = studio_toml(studio_of(found), monitors_of(found))
            write_atomically(write_studio, written.encode())
            print(say(f"written: {write_studio}", f"已写入：{write_studio}"), file=sys.stderr)
        return 0


def _show(found: Found) -> None:
    none = say("none found", "未找到")
    print(say("Cameras", "摄像头"))
    for camera in found.cameras:
        held = (
            f"  ({say('held by', '被占用：')} {', '.join(camera.holders)})"
            if camera.holders
            else ""
        )
        print(f"  {camera.binding:32} {camera.name}{held}")
        for line in camera.formats:
            print(f"  {'':32} {line}")
    if not found.cameras:
        print(f"  {none}")
    print(say("Microphones", "麦克风"))
    for microphone in found.microphones:
        default = say(" (default)", "（默认）") if microphone.is_default else ""
        print(f"  {microphone.binding:32} {microphone.name}{default}")
    if not found.microphones:
        print(f"  {none}")
    print(say("Speakers", "音箱"))
    for speaker in found.speakers:
        default = say(" (default)", "（默认）") if speaker.is_default else ""
        print(f"  {speaker.binding:32} {speaker.name}{default}")
    if not found.speakers:
        print(f"  {none}")
    print(say("Network", "网络"))
    for path in found.network:
        print(f"  {path.interface:32} {path.text}")
    if not found.network:
        print(f"  {none}")
