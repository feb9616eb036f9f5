"""``studiocheck calibrate regions``: a page to draw on where things stand in a camera's picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studiocheck.cli.room import Room
    from studiocheck.core.studio import CameraRole, Region, Studio

_WIDTH_PX, _WATCHED_S = 1600, 1.0


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        help=say(
            "Write a page on which to draw face, goods, background … of a camera's picture.",
            "生成一个网页，用来标出画面中的人脸、商品、背景等区域。",
        )
    )
    def regions(
        role: Annotated[str | None, common.role()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        from_: Annotated[
            Path | None,
            typer.Option(
                "--from",
                metavar="PICTURE",
                help=say("A picture or clip instead of the camera.", "用图片或视频代替摄像头。"),
            ),
        ] = None,
        output: Annotated[
            Path | None,
            typer.Option(
                "--output",
                "-o",
                metavar="FILE",
                help=say(
                    "Where to write the page; default ./regions-ROLE.html.",
                    "网页保存位置；默认 ./regions-角色.html。",
                ),
            ),
        ] = None,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.cli.localisation import current_language
        from studiocheck.engine.store import write_atomically
        from studiocheck.measure.picture.face import has_detector
        from studiocheck.report.pictures.raster import fitted, jpeg
        from studiocheck.report.regions_page import regions_of, regions_page

        place = common.place(studio, simulated, fault)
        chosen = common.chosen_role(place.studio, role)
        camera = place.studio.cameras[chosen]
        seen = common.from_picture(place.studio, chosen, opt.existing(from_))
        image = _picture(place, seen, chosen)
        face = _found_face(image, camera)
        page = regions_page(
            chosen, jpeg(fitted(image, _WIDTH_PX)), regions_of(camera), current_language(), face
        )
        path = (output or Path(f"regions-{_file_name(chosen)}.html")).absolute()
        write_atomically(path, page.encode())
        _say_what_to_do(path, chosen, found=face is not None, can_find=has_detector())
        return 0


def _picture(place: Room, studio: Studio, role: str) -> NDArray[np.uint8]:
    """Watch the camera for a moment and return the last frame that came."""
    from dataclasses import replace

    from studiocheck.checks import all_checks
    from studiocheck.core.check import Scope
    from studiocheck.core.errors import SourceError
    from studiocheck.core.evidence import Clip
    from studiocheck.core.picture import ClipEvidence
    from studiocheck.engine.acquire import Capture
    from studiocheck.engine.device_keys import DeviceKey
    from studiocheck.engine.devices import connect
    from studiocheck.engine.plan import make_plan
    from studiocheck.profile.load import load_profile

    profile = load_profile("base-1080p30")
    video = replace(profile.targets.video, window_s=_WATCHED_S)
    profile = replace(profile, targets=replace(profile.targets, video=video))
    one = {("camera.brightness", role)}
    plan = make_plan(studio, profile, all_checks(), only=["camera.brightness"], findings=one)
    print(say(f"looking through camera {role} …", f"正在读取摄像头 {role} …"), file=sys.stderr)
    capture = Capture(plan, connect(plan, place.wiring), listen=lambda _: None)
    capture.run()
    captured = capture.captured[DeviceKey(Scope.CAMERA, role)][Clip]
    if captured.problem is not None:
        raise SourceError(captured.problem.message, captured.problem.advice)
    if not isinstance(captured.evidence, ClipEvidence):  # pragma: no cover - a clip gives a clip
        raise TypeError
    return captured.evidence.stills[-1].image


def _found_face(image: NDArray[np.uint8], camera: CameraRole) -> Region | None:
    from studiocheck.measure.picture.face import face_region

    found = face_region([image], camera)
    return found.region if found is not None and found.how == "detected" else None


def _file_name(role: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "-" for char in role)


def _say_what_to_do(path: Path, role: str, *, found: bool, can_find: bool) -> None:
    from studiocheck.measure.picture.face import INSTALL

    print(
        say(
            f"√ {path}\n  → open it in a browser, draw, and copy the lines into studio.toml under "
            f"[cameras.{role}]",
            f"√ {path}\n  → 用浏览器打开，画好后把生成的几行复制到 studio.toml 的 "
            f"[cameras.{role}] 下",
        )
    )
    if found:
        print(say("  the face was found: see whether it is right", "  已自动找到人脸，请确认"))
    elif not can_find:
        print(f"  {tell(INSTALL)}", file=sys.stderr)
