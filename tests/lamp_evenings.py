"""Evenings in the rooms of `lamp_scenes`: what the lamps gave, and what the product says of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from studiocheck.core.picture import Controls
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight, light_tonight
from tests.lamp_cameras import CAMERAS, LOCKED, Calibration, calibrate
from tests.lamp_scenes import Room, Setup, Sitter

_HERE = Sitter()


@dataclass(frozen=True)
class Condition:
    """How an evening differs from the day of calibration, lamps apart."""

    says: str
    camera: str = "sRGB"
    lamps: int = 3
    calibrated_with: Sitter | None = _HERE
    tonight: str = "same"
    """``same``, ``sways``, ``moved`` (15 cm, other shirt) or ``absent``."""
    moved_px: float = 0.0
    window: float = 0.0
    exposure: float = 1.0
    brighter: float = 1.0
    counter: bool = True
    fill_at_key: bool = False
    controls: Controls | None = LOCKED


@dataclass(frozen=True)
class Judged:
    """One lamp of one evening: truth and reading."""

    name: str
    output_percent: float
    drift_mired: float
    share: float
    reading: LampReading
    tonight: LightTonight

    @property
    def off_by(self) -> float:
        assert self.reading.output_percent is not None
        return abs(self.reading.output_percent - self.output_percent)


@lru_cache(maxsize=24)
def room(setup: Setup, sitter: Sitter | None) -> Room:
    return Room(setup, sitter)


@lru_cache(maxsize=64)
def calibration(setup: Setup, sitter: Sitter | None, camera: str, brighter: float) -> Calibration:
    rng = np.random.default_rng([setup.number, setup.lamps])
    return calibrate(room(setup, sitter), CAMERAS[camera], rng, brighter=brighter)


def _tonight(condition: Condition, number: int) -> Sitter | None:
    side = 1 if number % 2 else -1
    there = condition.calibrated_with or _HERE
    return {
        "same": there,
        "sways": replace(there, x_m=there.x_m + 0.015 * side),
        "moved": Sitter(x_m=0.15 * side, z_m=0.05 * side, shirt=5 + number, skin=number % 2),
        "absent": None,
    }[condition.tonight]


def evenings(condition: Condition, number: int, states: int, seed: int = 0) -> Iterator[Judged]:
    """Yield every lamp of some evenings in one room."""
    setup = Setup(number, condition.lamps, condition.counter, condition.fill_at_key)
    day = calibration(setup, condition.calibrated_with, condition.camera, condition.brighter)
    rng = np.random.default_rng([number, seed, 4])
    there = room(setup, _tonight(condition, number))
    for _ in range(states):
        off = rng.random(len(there.lamps)) < 0.15
        outputs = {
            name: 0.0 if dark else float(rng.uniform(0.3, 1.25))
            for name, dark in zip(there.lamps, off, strict=True)
        }
        drifts = {name: float(rng.uniform(-15, 60)) for name in there.lamps}
        kelvins = {
            name: 1e6 / (1e6 / lamp.kelvin + drifts[name]) for name, lamp in there.lamps.items()
        }
        light = there.light(
            outputs, kelvins, ambient=float(rng.uniform(0.5, 1.5)), window=condition.window
        )
        angle = rng.uniform(0, 2 * np.pi)
        stills = CAMERAS[condition.camera].photograph(
            light,
            rng,
            exposure=day.exposure * condition.exposure,
            moved_px=(condition.moved_px * np.cos(angle), condition.moved_px * np.sin(angle)),
        )
        found = light_tonight(stills, day.evidence, condition.controls)
        for reading in found.readings:
            name = reading.lamp.name
            yield Judged(
                name, 100 * outputs[name], drifts[name], reading.lamp.share, reading, found
            )
