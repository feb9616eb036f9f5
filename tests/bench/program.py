"""The program as a whole: how fast it starts, and what a check takes beside its evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.quotients import ratios, show, wall_s
from tests.e2e import cameras

BARE_TYPER = "import typer; a = typer.Typer(); a.command()(lambda: None); a(['--help'])"


def run(folder: Path) -> None:
    help_against_bare_typer()
    check_against_its_longest_window(folder)


def help_against_bare_typer() -> None:
    python = sys.executable
    show(
        "wall time of `studiocheck --help` / bare typer's own",
        ratios(
            lambda: wall_s([python, "-m", "studiocheck", "--help"]),
            lambda: wall_s([python, "-c", BARE_TYPER]),
        ),
    )


def check_against_its_longest_window(folder: Path) -> None:
    """A camera in real time: one second for the stream to settle, then the five-second window."""
    window_s = 1.0 + 5.0
    clip = cameras.make(folder / "live.avi", *cameras.moving(), "-t", "4", *cameras.MJPEG)
    env = os.environ | {"STUDIOCHECK_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "studiocheck", "check", "--no-input", "--json"]
    values = []
    for _ in range(3):
        with cameras.sending(clip, "mpjpeg") as sender:
            studio = f'name = "r"\n[cameras.main]\ndevice = "{sender.url}"\n'
            (folder / "studio.toml").write_text(studio, "utf-8")
            begin = time.perf_counter()
            said = subprocess.run(
                command, check=False, capture_output=True, env=env, text=True, cwd=folder
            )
            values.append((time.perf_counter() - begin) / window_s)
        verdicts = {f["check"]: f["verdict"] for f in json.loads(said.stdout)["findings"]}
        assert verdicts["camera.frame_rate"] == "PASS", verdicts
    show("wall time of a check of a live 1080p30 camera / its evidence window (6 s)", values)
