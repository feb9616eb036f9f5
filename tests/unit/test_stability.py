"""Claims about `measure.picture.stability`, on real photographs that are moved by known amounts."""

from functools import cache

import cv2
import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.picture.stability import stability
from tests.photographs import grey, photographs

FRAMES, SECONDS = 30, 5.0
TIMES = np.linspace(0, SECONDS, FRAMES)
PHOTOS = ["coffee", "chelsea", "rocket", "china", "flower"]
MOVES = [(0.0, (0, 0)), (0.5, (0, 0)), (0.5, (1.0, -0.5)), (2.0, (0, 0)), (4.0, (2.0, 1.0))]
BLOCK, WIDTH, HEIGHT, MARGIN = 4, 960, 540, 20
"""Pictures are made at 960 × 540 and averaged over 4 × 4, which leaves 8 px of 1920 a block."""

INSIDE = np.s_[MARGIN:-MARGIN, MARGIN:-MARGIN]


@cache
def photo(name):
    taken = grey(photographs()[name])
    width, height = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN
    scale = max(width / taken.shape[1], height / taken.shape[0])
    large = cv2.resize(taken, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return large[:height, :width]


def shaking(rng, rms_px, drift_px=(0.0, 0.0)):
    """Return positions at 1920 px of width: shake of a known size about a known even drift."""
    turns = TIMES[:, None, None] * np.array([2.3, 3.7, 5.3]) + rng.random((2, 3))
    at = np.sin(2 * np.pi * turns).sum(axis=2)
    line = np.stack([np.ones(FRAMES), TIMES], axis=1)
    at -= line @ np.linalg.lstsq(line, at, rcond=None)[0]
    at *= rms_px / np.sqrt((at**2).sum(axis=1).mean())
    return at + np.outer(TIMES / SECONDS, drift_px)


def shifted(picture, moves):
    """Move a picture by shares of a pixel, exactly: a turn of the phase of its spectrum."""
    height, width = picture.shape
    spectrum = np.fft.rfft2(picture)
    for x, y in moves:
        down, across = np.fft.fftfreq(height)[:, None] * y, np.fft.rfftfreq(width)[None] * x
        turn = np.exp(-2j * np.pi * down) * np.exp(-2j * np.pi * across)
        yield np.fft.irfft2(spectrum * turn, s=picture.shape)


def clip(rng, name, at, presenter=True, noise_dn=2.0, jpeg=80):
    """Return grids of a photograph that moves, with somebody before it who moves otherwise."""
    scene = photo(name).astype(np.float64)
    other = photo("chelsea" if name != "chelsea" else "coffee")[INSIDE].astype(np.float64)
    grids = []
    for k, moved in enumerate(shifted(scene, at * BLOCK / 8)):
        picture = moved[INSIDE]
        if presenter:
            sway = 8 * np.sin(2 * np.pi * 0.6 * TIMES[k])
            mask = np.zeros((HEIGHT, WIDTH), np.float32)
            cv2.ellipse(mask, (round(480 + sway), 390), (130, 215), 0, 0, 360, 1, -1)
            picture = np.where(mask > 0, np.roll(other, round(sway), axis=1), picture)
        picture = picture + rng.normal(0, noise_dn, picture.shape)
        code = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        if jpeg:
            code = cv2.imdecode(cv2.imencode(".jpg", code, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1], 0)
        grids.append(cv2.resize(code, (240, 135), interpolation=cv2.INTER_AREA))
    return np.stack(grids)


@pytest.mark.slow
@pytest.mark.parametrize(("rms_px", "drift_px"), MOVES)
def test_shake_and_drift_are_known_to_a_tenth_of_a_pixel_with_somebody_moving(rms_px, drift_px):
    seed = MOVES.index((rms_px, drift_px))
    for name in (PHOTOS[seed % len(PHOTOS)], PHOTOS[(seed + 2) % len(PHOTOS)]):
        rng = np.random.default_rng(seed)
        found = stability(clip(rng, name, shaking(rng, rms_px, drift_px)), TIMES)
        assert found.shake_rms_px == pytest.approx(rms_px, abs=0.1)
        assert found.drift_px == pytest.approx(np.hypot(*drift_px), abs=0.1)


@pytest.mark.slow
def test_the_stated_uncertainty_covers_the_truth_95_times_in_100():
    covered = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rms_px, drift_px = rng.choice([0.0, 0.3, 0.8, 2.0]), rng.uniform(-1, 1, 2)
        at = shaking(rng, rms_px, drift_px)
        found = stability(clip(rng, PHOTOS[seed % 5], at, presenter=seed % 3 > 0), TIMES)
        covered.append(abs(found.shake_rms_px - rms_px) <= found.shake_uncertainty_px)
        drift = float(np.hypot(*drift_px))
        covered.append(abs(found.drift_px - drift) <= found.drift_uncertainty_px)
    assert np.mean(covered) >= 0.93


def test_a_tripod_is_still_though_a_presenter_moves_and_lamps_flicker():
    rng = np.random.default_rng(1)
    still = clip(rng, "coffee", np.zeros((FRAMES, 2)))
    rows = TIMES[:, None] + 0.016 * np.arange(135) / 135
    light = (1 + 0.05 * np.sin(2 * np.pi * 100 * rows)) ** (1 / 2.2)
    lit = np.clip(still * light[:, :, None], 0, 255).astype(np.uint8)
    assert stability(lit, TIMES).shake_rms_px < 0.1


def test_a_change_of_exposure_is_no_movement():
    still = clip(np.random.default_rng(1), "china", np.zeros((FRAMES, 2)))
    dimmed = (still * np.linspace(1.0, 0.6, FRAMES)[:, None, None]).astype(np.uint8)
    found = stability(dimmed, TIMES)
    assert found.shake_rms_px < 0.1
    assert found.drift_px < 0.3


def test_a_presenter_before_a_plain_sky_is_not_taken_for_the_background():
    rng = np.random.default_rng(1)
    assert stability(clip(rng, "rocket", np.zeros((FRAMES, 2))), TIMES).shake_rms_px < 0.1


def test_pixels_that_are_not_square_on_the_grid_count_as_they_are():
    rng = np.random.default_rng(1)
    at = shaking(rng, 2.0) * [0.0, 1.0]
    wide = clip(rng, "china", at, presenter=False)
    usual = stability(wide, TIMES, (1920, 1080)).shake_rms_px
    assert stability(wide, TIMES, (1440, 1080)).shake_rms_px == pytest.approx(4 / 3 * usual)


@pytest.mark.parametrize(
    "plain",
    [
        np.full((135, 240), 16, np.uint8),
        np.full((135, 240), 128, np.uint8),
        np.tile(np.linspace(60, 180, 240), (135, 1)).astype(np.uint8),
        np.tile(np.where(np.arange(240) // 20 % 2, 60, 180), (135, 1)).astype(np.uint8),
    ],
    ids=["dark", "grey wall", "gradient", "upright stripes"],
)
def test_a_picture_without_edges_of_all_directions_shows_no_movement(plain):
    noise = np.random.default_rng(1).normal(0, 0.3, (FRAMES, 135, 240))
    with pytest.raises(Unmeasurable, match="too dark or too plain"):
        stability(np.rint(plain + noise).astype(np.uint8), TIMES)


def test_a_pan_is_a_moving_shot_and_no_shake():
    scene = cv2.resize(photo("coffee"), (600, 135), interpolation=cv2.INTER_AREA)
    pan = np.stack([scene[:, 3 * k : 3 * k + 240] for k in range(FRAMES)])
    with pytest.raises(Unmeasurable, match="moving shot"):
        stability(pan, TIMES)


def test_a_few_frames_tell_nothing():
    with pytest.raises(Unmeasurable, match="only 5 frames"):
        stability(np.zeros((5, 135, 240), np.uint8), np.arange(5) / 30)
