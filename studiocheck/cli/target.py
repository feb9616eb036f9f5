"""``studiocheck target``: this computer as the far end of measurements."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.sources.network.target_server import TargetServer, Visit

_WIDTH = 79
_WORTH_A_RATE = 100_000


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        no_args_is_help=True,
        help=say("This computer as the far end of an uplink.", "把本机作为上行网络的测速目标。"),
    )
    app.add_typer(group, name="target")

    @group.callback()
    def _() -> None:
        """Keep the name of the one command."""

    @group.command(
        help=say(
            "Take uploads and test broadcasts, count them, keep nothing.",
            "接收上传和测试推流，只统计，不保存。",
        )
    )
    def serve(
        host: Annotated[
            str, typer.Option(help=say("Address to listen on.", "监听地址。"))
        ] = "0.0.0.0",  # noqa: S104 - others are meant to reach it
        port: Annotated[
            int,
            typer.Option(
                min=0,
                max=65535,
                help=say("Port for uploads (TCP and HTTP).", "上传端口（TCP 和 HTTP）。"),
            ),
        ] = 7878,
        rtmp: Annotated[
            int | None,
            typer.Option(
                "--rtmp",
                min=0,
                max=65535,
                metavar="[PORT]",
                help=say(
                    "Take test broadcasts too; without a port on 1935.",
                    "同时接收测试推流；不写端口时用 1935。",
                ),
            ),
        ] = None,
        seconds: Annotated[
            float | None,
            typer.Option(min=0, help=say("End after so many seconds.", "运行多少秒后结束。")),
        ] = None,
    ) -> int:
        from studiocheck.sources.network.target_server import TargetServer

        try:
            with TargetServer(host, port, rtmp) as server:
                _greet(host, server)
                server.serve(seconds, _show, _keep_showing if sys.stderr.isatty() else _say_nothing)
        except KeyboardInterrupt:
            _clear()
        return 0


def _greet(host: str, server: TargetServer) -> None:
    from studiocheck.sources.network.own_addresses import authority, own_addresses

    print(
        say(
            "write this under [uplinks.primary] in the studio file of the other computer:",
            "请在另一台电脑的直播间设备文件 [uplinks.primary] 下填写：",
        )
    )
    keys = {"tcp": ("target", "tcp://{}"), "rtmp": ("ingest", "rtmp://{}/live")}
    for place, address in enumerate(own_addresses(host)):
        if place:
            print(say("or, on another network:", "或（另一网段）："))
        for manner, port in server.ports.items():
            key, form = keys[manner]
            print(f'{key} = "{form.format(authority(address, port))}"')
    print(
        say(
            "what comes is counted and thrown away; Ctrl-C ends it",
            "收到的数据只统计、不保存；按 Ctrl-C 结束",
        ),
        file=sys.stderr,
    )
    sys.stdout.flush()


def _line(visit: Visit) -> str:
    manner = f"{visit.manner} {visit.app}".rstrip()
    line = f"{visit.peer:15}  {manner:10}  {_size(visit.received_bytes):>10}"
    if visit.received_bytes < _WORTH_A_RATE:
        return line
    return f"{line}  {visit.seconds:6.1f} s  {visit.mbit_s:7.1f} Mbit/s"


def _size(count: int) -> str:
    return f"{count / 1e3:.1f} kB" if count < _WORTH_A_RATE else f"{count / 1e6:.1f} MB"


def _show(visit: Visit) -> None:
    _clear()
    print(_line(visit), flush=True)


def _keep_showing(visits: list[Visit]) -> None:
    line = _line(visits[-1]) if visits else ""
    more = f"  +{len(visits) - 1}" if len(visits) > 1 else ""
    print(f"\r{line + more:{_WIDTH}.{_WIDTH}}\r", end="", file=sys.stderr, flush=True)


def _say_nothing(_: list[Visit]) -> None:
    pass


def _clear() -> None:
    if sys.stderr.isatty():
        print(f"\r{' ' * _WIDTH}\r", end="", file=sys.stderr)
