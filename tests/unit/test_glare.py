"""Glare: highlights on rendered balls and on photographs, and white things that are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light.glare import glare, highlights_in
from studiocheck.measure.light.srgb import srgb_from_linear
from tests.photographs import photographs

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, RADIUS = 960, 540, 165
BALL = (0.5 - 172 / WIDTH, 0.5 - 172 / HEIGHT, 344 / WIDTH, 344 / HEIGHT)
SKIN, DARK_SKIN, RED, GREY, BLACK = (0.59, 0.44, 0.35), (0.16, 0.1, 0.07), (0.5, 0.05, 0.05), (0.3,) * 3, (0.03,) * 3  # fmt: skip
MATT = 0.0


def camera(light: NDArray[np.float64], blur_px: float = 0.8, seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(light, (0, 0), blur_px)
    code = 255 * srgb_from_linear(soft)[..., ::-1] + rng.normal(0, 1.2, light.shape)
    return np.clip(np.rint(code), 0, 255).astype(np.uint8)


def ball(colour, gloss: float, exponent: float, exposure: float = 0.7) -> NDArray[np.float64]:
    """Light of a ball under a lamp at the left above: Lambert and Phong, before a grey wall."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    dx, dy = (x - WIDTH / 2) / RADIUS, (HEIGHT / 2 - y) / RADIUS
    z = np.sqrt(np.maximum(1 - dx**2 - dy**2, 0))
    normal = np.stack([dx, dy, z], -1)
    lamp = np.array([-0.5, 0.7, 0.8]) / np.linalg.norm([-0.5, 0.7, 0.8])
    half = lamp + np.array([0, 0, 1])
    half /= np.linalg.norm(half)
    diffuse = np.maximum(normal @ lamp, 0) + 0.2
    highlight = np.maximum(normal @ half, 0) ** exponent
    light = diffuse[..., None] * np.array(colour) + gloss * highlight[..., None]
    return np.where((z > 0)[..., None], exposure * light, [0.2, 0.25, 0.3])


@pytest.mark.parametrize("colour", [SKIN, DARK_SKIN, RED, GREY, BLACK])
@pytest.mark.parametrize(("gloss", "exponent"), [(3.0, 60), (3.0, 400), (8.0, 2000)])
def test_the_lamp_mirrored_in_a_ball_is_glare_whatever_the_ball_is_of(colour, gloss, exponent):
    light = ball(colour, gloss, exponent)
    burnt = float((light.min(axis=2) >= 1).sum()) / (344 * 344) * 100
    found = glare([camera(light)], BALL)
    assert burnt > 0.05
    assert found.share_percent == pytest.approx(burnt, rel=0.8, abs=0.1)
    x, y, w, h = found.highlights[0].region
    assert x < 0.5 - 0.02 < x + w + 0.1  # at the left above, where the lamp is
    assert y + h < 0.5


@pytest.mark.parametrize("colour", [SKIN, DARK_SKIN, RED, GREY, BLACK, (0.8, 0.8, 0.78)])
def test_a_matt_ball_has_no_glare(colour):
    assert glare([camera(ball(colour, MATT, 1))], BALL).share_percent == 0


def test_a_white_ball_that_clips_in_the_middle_is_clipped_and_has_no_glare():
    white = camera(ball((0.85, 0.84, 0.8), MATT, 1, exposure=1.05))
    assert (white.min(axis=2) >= 250).mean() > 0.01
    assert glare([white], BALL).share_percent == 0


@pytest.mark.parametrize("paint", [0.0, 0.8])
def test_the_strip_of_a_softbox_in_a_bottle_is_glare_and_a_painted_stripe_is_not(paint: float):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    across = (x - WIDTH / 2) / 90
    bottle = (abs(across) < 1) & (abs(y - HEIGHT / 2) < 180)
    light = np.full((HEIGHT, WIDTH, 3), 0.2)
    shade = 0.25 + 0.8 * np.sqrt(np.maximum(1 - across**2, 0))
    light[bottle] = shade[bottle, None] * (0.1, 0.3, 0.15)
    strip = bottle & (abs(across + 0.3) < 0.08) & (abs(y - HEIGHT / 2) < 150)
    light[strip] = shade[strip, None] * paint if paint else 2.0
    found = glare([camera(light)], (0.4, 0.1, 0.2, 0.8)).share_percent
    assert found == 0 if paint else found > 2


def sheet(ground: tuple[int, int, int], blur_px: float) -> Picture:
    scene = np.empty((HEIGHT, WIDTH, 3), np.float32)
    scene[:] = ground
    scene[180:360, 380:560] = 254
    rng = np.random.default_rng(1)
    soft = cv2.GaussianBlur(scene, (0, 0), blur_px) + rng.normal(0, 1.5, scene.shape)
    return np.clip(np.rint(soft), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("ground", [(110, 140, 180), (30, 30, 30), (60, 90, 200), (140, 160, 190)])
@pytest.mark.parametrize("blur_px", [0.6, 1.2, 1.6])
def test_a_sheet_of_paper_is_white_and_no_glare(ground, blur_px):
    assert glare([sheet(ground, blur_px)], BALL).share_percent == 0


@pytest.mark.parametrize("exposure", [0.9, 1.1, 1.4])
def test_a_white_shirt_with_folds_is_no_glare_however_bright(exposure):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    folds = 0.8 * (1 + 0.25 * np.sin(x / 30 + np.sin(y / 45))) * exposure
    light = np.empty((HEIGHT, WIDTH, 3))
    light[:] = (0.2, 0.2, 0.25)
    body = (abs(x - WIDTH / 2) < 180) & (y > 110)
    light[body] = folds[body][:, None] * np.array([1.0, 0.99, 0.97])
    assert glare([camera(light, 1.2)], (0.3, 0.2, 0.4, 0.7)).share_percent == 0


def test_a_lamp_in_the_picture_that_is_declared_is_left_out():
    light = ball(SKIN, 3.0, 400)
    seen = camera(light)
    first = highlights_in(seen, BALL)[0].region
    x, y, w, h = first
    around = (x - 0.01, y - 0.01, w + 0.02, h + 0.02)
    assert glare([seen], BALL, [around]).share_percent == 0


def test_in_a_face_a_bright_wall_behind_the_hair_is_no_glare():
    light = np.full((HEIGHT, WIDTH, 3), 1.5)  # a blown white wall
    head = ball(SKIN, 3.0, 60)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    inside = (x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2 < RADIUS**2
    light[inside] = head[inside]
    seen = camera(light)
    found = glare([seen], BALL, skin=True)
    alone = glare([camera(head)], BALL, skin=True)
    assert found.share_percent == pytest.approx(alone.share_percent, rel=0.3)


def test_in_photographs_without_lamps_on_things_there_is_next_to_none():
    for name in ("brick", "chelsea", "flower", "grass", "gravel", "coins", "text"):
        assert glare([photographs()[name]], (0, 0, 1, 1)).share_percent < 0.01, name


def test_in_photographs_the_mirrored_lamps_are_found():
    cup = highlights_in(photographs()["coffee"], (0, 0, 1, 1))
    chrome = highlights_in(photographs()["motorcycle_left"], (0, 0, 1, 1))
    assert cup
    assert len(chrome) > 5


def test_in_the_dark_nobody_can_tell():
    with pytest.raises(Unmeasurable):
        glare([np.full((100, 100, 3), 12, np.uint8)], (0.2, 0.2, 0.5, 0.5))


def test_without_light_on_it_the_share_has_the_uncertainty_of_the_repeat():
    pictures = [camera(ball(SKIN, 3.0, 60), seed=seed) for seed in range(3)]
    found = glare(pictures, BALL)
    assert 0 < (found.uncertainty_percent or 0) < 0.1
    assert glare(pictures[:1], BALL).uncertainty_percent is None
