"""Claims about `measure.picture.flicker`: lamps on the mains, seen through a rolling shutter."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.checks.camera_flicker import CHECK
from studiocheck.core.case import Case
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.picture import CameraInfo, ClipEvidence, Controls, FrameSeries
from studiocheck.core.studio import CameraRole, Targets
from studiocheck.measure.light.srgb import linear_from_srgb, srgb_from_linear
from studiocheck.measure.picture.flicker import flicker, stands_still
from tests.photographs import grey, photographs


def lit_by(
    flicker_hz: float,
    modulation: float,
    *,
    fps: float = 30,
    readout_s: float = 0.016,
    seed: int = 0,
    moving: bool = True,
    seconds: float = 5.0,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """A photograph in the light of a lamp that flickers, with somebody who sways before it."""
    rng = np.random.default_rng(seed)
    small = cv2.resize(photographs()["astronaut"], (80, 135), interpolation=cv2.INTER_AREA)
    scene = linear_from_srgb(grey(small) / 255)
    times = np.arange(round(seconds * fps)) / fps
    pictures, phase = [], rng.uniform(0, 2 * np.pi)
    for at in times:
        light = scene.copy()
        if moving:
            sway = int(3 * np.sin(2 * np.pi * 0.6 * at))
            light[40:, 26:54] = 0.8 * np.roll(scene[40:, 26:54], sway, axis=1)
        row_s = at + readout_s * np.arange(135) / 135
        light *= (1 + modulation * np.cos(2 * np.pi * flicker_hz * row_s + phase))[:, None]
        pictures.append(255 * srgb_from_linear(light) + rng.normal(0, 0.4, light.shape))
    return np.clip(np.rint(pictures), 0, 255).astype(np.uint8), times


@pytest.mark.parametrize(("fps", "hz"), [(30, 100), (29.97, 100), (25, 120), (60, 100)])
@pytest.mark.parametrize("percent", [0.0, 0.5, 5.0])
def test_modulation_is_measured_within_0_3_points_though_somebody_moves(fps, hz, percent):
    grid, times = lit_by(hz, percent / 100, fps=fps, readout_s=0.012, seed=int(10 * percent))
    found = flicker(grid, times, hz)
    assert found.modulation_percent == pytest.approx(percent, abs=0.3)
    assert found.found or percent == 0


@pytest.mark.slow
def test_the_stated_uncertainty_covers_the_truth_95_times_in_100():
    covered = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        percent = rng.uniform(0.5, 8)
        hz, readout_s = 100 + rng.uniform(-0.3, 0.3), rng.uniform(0.006, 0.03)
        grid, times = lit_by(hz, percent / 100, readout_s=readout_s, seed=seed)
        found = flicker(grid, times, 100)
        covered.append(abs(found.modulation_percent - percent) <= found.uncertainty_percent)
    assert np.mean(covered) >= 0.95


def test_a_global_shutter_pulses_and_is_found_as_well():
    grid, times = lit_by(100, 0.04, readout_s=0.0)
    assert flicker(grid, times, 100).modulation_percent == pytest.approx(4, abs=0.3)


def test_50_and_60_hz_mains_are_not_confused():
    grid, times = lit_by(100, 0.05, fps=29.5)
    assert flicker(grid, times, 100).found
    assert flicker(grid, times, 120).modulation_percent < 0.3


def test_steady_light_is_below_the_floor_whoever_moves():
    grid, times = lit_by(100, 0.0)
    found = flicker(grid, times, 100)
    assert found.modulation_percent < 0.2
    assert found.floor_percent < 0.5


@pytest.mark.parametrize(
    ("hz", "fps", "still"),
    [(120, 30, True), (120, 29.97, True), (100, 25, True), (100, 50, True), (100, 30, False)],
)
def test_bands_that_stand_still_cannot_be_seen(hz, fps, still):
    assert stands_still(hz, fps, 5.0) is still


@pytest.mark.parametrize("grid", [np.zeros((60, 135, 240), np.uint8), np.full((60, 135, 240), 255)])
def test_a_picture_with_nothing_lit_in_it_is_no_answer(grid):
    with pytest.raises(Unmeasurable):
        flicker(grid.astype(np.uint8), np.arange(60) / 30, 100)


def test_a_clip_of_a_second_is_too_short():
    grid, times = lit_by(100, 0.05, seconds=1.0)
    with pytest.raises(Unmeasurable):
        flicker(grid, times, 100)


def exposed(found: dict[str, int], held: dict[str, int] | None = None) -> Case:
    """A clip at 25 fps, where bands of 50 Hz mains stand still, of a camera set in some way."""
    times, none = np.arange(126) / 25, np.zeros(126, np.bool_)
    series = FrameSeries(
        captured_s=times, arrived_s=times, lag_s=np.zeros(126, np.float32), seen=~none,
        sequence=np.arange(126), motion=np.ones(126, np.float32), identical=none,
        grid=np.full((126, 135, 240), 90, np.uint8),
    )  # fmt: skip
    info = CameraInfo(
        device="", name="", backend="", clock="device", width=1920, height=1080, pixel_format=""
    )
    clip = ClipEvidence(
        camera=info, series=series, stills=(), sampled=np.array([0]),
        histogram=np.ones((1, 256), np.uint32), torn_s=np.empty(0),
        controls=Controls(found=found, held=held or {}, after=found | (held or {})),
    )  # fmt: skip
    return Case(
        role="main",
        binding=CameraRole(device="x"),
        targets=Targets(),
        captured={Clip: Captured(clip)},
    )


def test_an_exposure_of_whole_periods_that_stands_cannot_flicker():
    assert CHECK.assess(exposed({"auto_exposure": 0, "exposure": 100})).note is not None


@pytest.mark.parametrize(
    ("found", "held"),
    [
        ({"auto_exposure": 1, "exposure": 100}, None),
        ({"auto_exposure": 0, "exposure": 100}, {"exposure": 30}),
        ({"auto_exposure": 0, "exposure": 30}, None),
        ({}, None),
    ],
)
def test_an_exposure_that_may_be_another_proves_nothing(found, held):
    with pytest.raises(Unmeasurable):
        CHECK.assess(exposed(found, held))
