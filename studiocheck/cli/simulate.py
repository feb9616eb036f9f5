"""``studiocheck simulate``: the simulated studio as real streams, or as files."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.core.errors import StudioCheckError
    from studiocheck.simulator.scene import Scene


def _scene_argument() -> Any:
    return typer.Argument(metavar="[SCENE]", help=say("Scene by name or file.", "场景名或文件。"))


def _fault_option() -> Any:
    return typer.Option(
        "--fault",
        metavar="SPEC",
        help=say("DEVICE:FAULT[=VALUE][@TIMEs]; repeatable.", "设备:故障[=值][@时间s]，可重复。"),
    )


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(no_args_is_help=True, help=say("The simulated studio.", "模拟直播间。"))
    app.add_typer(group, name="simulate")

    @group.command(
        help=say(
            "Serve camera, microphone and uplink on this computer.",
            "在本机提供摄像头、麦克风和上行网络的模拟服务。",
        )
    )
    def serve(
        scene: Annotated[str, _scene_argument()] = "studio",
        port: Annotated[
            int, typer.Option(min=0, max=65535, help=say("Port of the web page.", "网页端口。"))
        ] = 8600,
        fault: Annotated[list[str] | None, _fault_option()] = None,
        seed: Annotated[int | None, typer.Option()] = None,
    ) -> int:
        from studiocheck.simulator.serve import serve as serving

        with ExitStack() as stack:
            try:
                servers = stack.enter_context(serving(_scene(scene, fault, seed), port))
            except OSError as error:
                raise _port_taken(port, error) from error
            for url in servers.urls:
                print(url, flush=True)
            print(say("Ctrl-C ends it", "按 Ctrl-C 结束"), file=sys.stderr)
            try:
                while True:
                    time.sleep(1)
            except KeyboardInterrupt:
                return 0

    @group.command(help=say("Write pictures and sound to files.", "将画面和声音写入文件。"))
    def render(
        folder: Annotated[Path, typer.Argument(metavar="FOLDER")],
        scene: Annotated[str, typer.Option(help=say("Scene.", "场景。"))] = "studio",
        seconds: Annotated[float, typer.Option(min=0.1, max=600)] = 5.0,
        fault: Annotated[list[str] | None, _fault_option()] = None,
        seed: Annotated[int | None, typer.Option()] = None,
    ) -> int:
        from studiocheck.engine.store import file_error
        from studiocheck.simulator.serve import render as rendering

        try:
            written = rendering(_scene(scene, fault, seed), folder, seconds)
        except OSError as error:
            raise file_error(folder, error) from error
        for path in written:
            print(path)
        return 0

    @group.command(help=say("Every fault that --fault takes.", "列出 --fault 支持的全部故障。"))
    def faults() -> int:
        from studiocheck.simulator.faults import vocabulary

        names = {"camera": "camera.ROLE", "lamp": "lamp.NAME", "mic": "mic.ROLE"}
        for kind, words in vocabulary().items():
            device = names.get(kind, "uplink.ROLE" if kind == "uplink" else kind)
            print(_hanging(f"{device:14} ", words))
        return 0


def _hanging(head: str, words: list[str]) -> str:
    """Write words behind a head, broken at 80 columns below the first word."""
    import textwrap

    return textwrap.fill(
        "  ".join(words),
        width=80,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _port_taken(port: int, error: OSError) -> StudioCheckError:
    from studiocheck.core.errors import UsageError
    from studiocheck.core.system_words import reason_of
    from studiocheck.core.text import Text

    why = reason_of(error)
    return UsageError(
        Text(f"port {port} cannot be opened: {why.en}", f"无法打开端口 {port}：{why.zh}"),
        Text(
            "give another one with --port; 0 takes any free one",
            "请用 --port 换一个端口；0 表示任意空闲端口",
        ),
    )


def _scene(name: str, faults: list[str] | None, seed: int | None) -> Scene:
    from dataclasses import replace

    from studiocheck.simulator.faults import parse_fault
    from studiocheck.simulator.scene import load_scene

    scene = load_scene(name).with_faults(*map(parse_fault, faults or ()))
    for fault in scene.faults:
        scene.at(fault.at_s)
    return scene if seed is None else replace(scene, seed=seed)
