"""Ratios against named peers, measured in the same run: ``make bench``.

Absolute times of a shared machine mean little; nearly every figure here is a quotient of two things
that ran in turn on the same machine, and the median of several turns. Names on the command line
choose: ``python -m tests.bench codecs``.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from studiocheck.cli.main import compute_alone

compute_alone()  # as the program does, before anything imports NumPy

from tests.bench import (  # noqa: E402
    broadcast,
    codecs,
    eight_cameras,
    growth,
    light,
    program,
    sound,
    uplink,
)
from tests.bench.quotients import adopt  # noqa: E402

PARTS = {
    "program": program.run,
    "codecs": codecs.against_ffmpeg,
    "growth": growth.run,
    "eight": eight_cameras.run,
    "light": light.six_lamps,
    "sound": sound.against_ffmpeg,
    "uplink": uplink.run,
    "broadcast": broadcast.notice,
}


def main(chosen: list[str]) -> None:
    adopt()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"processors: {os.cpu_count()}; load before: {load}")
    with tempfile.TemporaryDirectory() as name:
        for part in chosen or PARTS:
            PARTS[part](Path(name))


if __name__ == "__main__":
    main(sys.argv[1:])
