"""How cost grows with the number of cameras, and how much memory one may take."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from studiocheck.measure.picture.frame_row import THUMBNAIL
from studiocheck.sources.capture.reel import MOST_GRIDS
from tests.bench import codecs, watching

COUNTS = (1, 2, 4, 8)
FRAMES = 151
STILLS, BURST, JPEGS_WAITING, PACKETS_WAITING, DECODED = 3 + 1, 8, 60, 900, 16 + 1


def bound_mb(codec: str, frames: int, payload_bytes: float, width: int, height: int) -> float:
    """The most that capturing one camera adds to its process.

    Colour stills, kept once and sent once; the grids of all frames, kept, stacked and sent; the
    frames that are kept until the end, and the burst while it is made of them: mean, last frame
    and sum; what waits to be looked at; and the pictures that an H.264 decoder holds.
    """
    pixels = width * height
    stills = 2 * STILLS * 3 * pixels
    grids = 3 * min(frames, MOST_GRIDS) * THUMBNAIL[0] * THUMBNAIL[1]
    burst = pixels * (1 + 1 + 2)
    jpeg = codec == "MJPEG"
    kept = (STILLS + BURST + 1) * pixels * (1 if jpeg else 1.5)
    waiting = (JPEGS_WAITING if jpeg else PACKETS_WAITING) * payload_bytes
    decoder = 0 if jpeg else DECODED * 1.5 * pixels
    return (stills + grids + burst + kept + waiting + decoder) / 1e6


def run(folder: Path) -> None:
    for codec, (suffix, _, _) in codecs.CODECS.items():
        path = codecs.clip(folder, codec)
        ran = {}
        for count in COUNTS:
            studio = _studio(folder, path, suffix, count)
            ran[count] = watching.check(studio, folder / f"home-{codec}-{count}")
            rates = ran[count].verdicts("camera.frame_rate")
            assert set(rates.values()) == {"PASS"}, rates
        _line(f"{codec}: CPU of capturing n clips of 5 s", [ran[n].capture_s for n in COUNTS])
        _line(f"{codec}: CPU of the whole check", [ran[n].cpu_s for n in COUNTS])
        own = max(max(found.peaks_mb.values()) - found.shared_mb for found in ran.values())
        payload = path.stat().st_size / (30 * codecs.SECONDS)
        bounds = [bound_mb(codec, n, payload, 1920, 1080) for n in (FRAMES, 60 * 30 + 1)]
        print(f"{codec}: peak memory of a capture process beside the {ran[8].shared_mb:.0f} MB that "
              f"all share: {own:.0f} MB; bound for 5 s {bounds[0]:.0f}, for 60 s {bounds[1]:.0f}",
              flush=True)  # fmt: skip


def _line(what: str, values: Sequence[float]) -> None:
    slope, start = np.polyfit(COUNTS, values, 1)
    apart = max(abs(v / (start + slope * n) - 1) for n, v in zip(COUNTS, values, strict=True))
    took = ", ".join(f"{n}: {value:.1f}" for n, value in zip(COUNTS, values, strict=True))
    print(f"{what}, s  {took}; {start:.1f} + {slope:.2f} n fits within {100 * apart:.0f} %",
          flush=True)  # fmt: skip


def _studio(folder: Path, clip: Path, suffix: str, count: int) -> Path:
    lines = ['name = "bench"']
    for n in range(count):
        link = folder / f"camera{n}{suffix}"
        if not link.exists():
            os.link(clip, link)
        lines += [f"[cameras.c{n}]", f'device = "file:{link}"']
    target = folder / f"studio{suffix}-{count}.toml"
    target.write_text("\n".join(lines), "utf-8")
    return target
