"""What it costs to take one frame apart into six lamps; wanted: at most 50 ms of one core."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np

from studiocheck.measure.light.lamps_tonight import light_tonight
from tests.bench.quotients import show
from tests.lamp_cameras import CAMERAS, LOCKED, calibrate
from tests.lamp_scenes import Room, Setup, Sitter


def six_lamps(_: Path) -> None:
    room = Room(Setup(2, lamps=6), Sitter())
    rng = np.random.default_rng(1)
    day = calibrate(room, CAMERAS["sRGB"], rng)
    light = room.light({name: float(rng.uniform(0.3, 1.2)) for name in room.lamps})
    small = CAMERAS["sRGB"].photograph(light, rng, exposure=day.exposure)[0]
    frame = np.asarray(cv2.resize(small, (1920, 1080), interpolation=cv2.INTER_CUBIC), np.uint8)

    def spent_ms() -> float:
        begin = time.process_time()
        light_tonight([frame], day.evidence, LOCKED)
        return 1000 * (time.process_time() - begin)

    cv2.setNumThreads(1)
    spent_ms()
    show("one 1080p frame judged for six lamps, ms of processor (wanted: 50)",
         [spent_ms() for _ in range(9)])  # fmt: skip
