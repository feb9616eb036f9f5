"""``studiocheck calibrate``: what a good evening looked like, stored to compare with."""

from __future__ import annotations

import typer

from studiocheck.cli.calibrate import camera, lights, list_, microphone, regions, sound_room
from studiocheck.cli.words import say


def add(app: typer.Typer) -> None:
    """Add the command group."""
    group = typer.Typer(
        no_args_is_help=True,
        help=say("Store what a good evening looks like.", "保存状态良好时的基准，供日后对照。"),
    )
    app.add_typer(group, name="calibrate")

    camera.add(group)
    lights.add(group)
    microphone.add(group)
    sound_room.add(group)
    regions.add(group)
    list_.add(group)
