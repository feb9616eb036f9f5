"""The Typer application: all command groups, in the language of this call."""

from __future__ import annotations

from typing import Annotated

import typer

from studiocheck import __version__
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say


def _version(value: bool) -> None:
    if value:
        typer.echo(f"studiocheck {__version__}")
        raise typer.Exit


def build() -> typer.Typer:
    """Build the application; the language must have been installed before."""
    from studiocheck.cli import (
        calibrate,
        check,
        checks,
        devices,
        doctor,
        profile,
        runs,
        simulate,
        target,
    )

    app = typer.Typer(
        name="studiocheck",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help=say(
            "GO or NO-GO for a livestream studio: real cameras, microphones, light and uplink, "
            "measured before the show.",
            "直播间开播前检查：实测摄像头、麦克风、灯光和上行网络，给出可开播或不可开播的结论。",
        ),
    )

    @app.callback()
    def options(
        _: Annotated[
            bool,
            typer.Option(
                "--version",
                callback=_version,
                is_eager=True,
                help=say("Show the version.", "显示版本。"),
            ),
        ] = False,
        __: Annotated[
            Lang | None,
            typer.Option("--lang", help=say("Language: en or zh.", "语言：en 或 zh。")),
        ] = None,
    ) -> None:
        """Hold the options that stand before a command."""

    check.add(app)
    devices.add(app)
    calibrate.add(app)
    runs.add(app)
    checks.add(app)
    profile.add(app)
    simulate.add(app)
    target.add(app)
    doctor.add(app)
    return app
