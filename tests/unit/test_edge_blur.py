"""Claims about `measure.picture.edge_blur` and `checks.camera_focus`, on real photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studiocheck.checks.camera_focus import CHECK
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import CameraRole
from studiocheck.measure.picture.edge_blur import View, edge_blur
from studiocheck.measure.picture.single_noise import noise_of_one
from tests.clips import case_of, clip_of
from tests.photographs import grey, noisy, photographs, spread_out, through_jpeg

SIZE = 1080
STEPS = ("astronaut", "camera", "chelsea", "china", "coffee", "flower", "motorcycle_left", "rocket")
TEXTURES = ("brick", "grass", "gravel")
MEAN_OF_EIGHT = 3 / 8**0.5


def blurred(picture, sigma_px):
    return cv2.GaussianBlur(picture, (0, 0), sigma_px) if sigma_px else picture


def luma_of(name):
    return grey(spread_out(photographs()[name], SIZE, SIZE))


def measured(luma, sigma_px, *, noise_dn=MEAN_OF_EIGHT, quality=85, seed=0):
    """What is measured on a luma picture after blur, the noise of eight frames' mean, and JPEG."""
    soft = blurred(luma.astype(np.float32), sigma_px)
    seen = through_jpeg(noisy(soft, noise_dn, np.random.default_rng(seed)), quality)
    return edge_blur([View(seen, noise_dn)])


@pytest.mark.slow
def test_one_threshold_parts_sharp_from_blurred_photographs_at_noise_of_three_codes():
    sharp, soft = [], []
    for name in STEPS + TEXTURES:
        luma = luma_of(name)
        sharp += [measured(luma, sigma).sigma_px for sigma in (0.0, 0.5)]
        soft += [measured(luma, sigma).sigma_px for sigma in (1.8, 3.0)]
    ranked = [(b > s) + 0.5 * (b == s) for b in soft for s in sharp]
    assert np.mean(ranked) >= 0.98


@pytest.mark.slow
def test_the_stated_uncertainty_covers_known_blur_of_photographs_95_times_in_100():
    """Truth: the blur that was added, and in quadrature what the photograph has of its own.

    What a camera sharpened has less than none; a first blur takes that out.
    """
    covered = []
    for name in STEPS:
        luma = blurred(luma_of(name), 0.8)
        own = edge_blur([View(luma, 0.0)]).sigma_px
        for sigma in (0.6, 1.0, 1.5, 2.0):
            found = measured(luma, sigma)
            covered.append(abs(found.sigma_px - np.hypot(own, sigma)) <= found.uncertainty_px)
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("name", TEXTURES)
def test_nothing_but_texture_looks_sharper_than_it_is_by_a_third_at_most(name):
    luma = blurred(luma_of(name), 0.8)
    own = edge_blur([View(luma, 0.0)]).sigma_px
    for sigma in (1.0, 2.0):
        assert measured(luma, sigma).sigma_px == pytest.approx(np.hypot(own, sigma), rel=1 / 3)


def drawn_discs(sigma_px, seed):
    """Discs over discs, drawn four times as large, so that their blur is known to the pixel."""
    rng = np.random.default_rng(seed)
    large = np.full((2160, 2160), 128, np.uint8)
    for _ in range(600):
        x, y = rng.integers(0, 2160, 2).tolist()
        radius = int(30 / (1 - 0.995 * rng.random()) ** 0.5)
        cv2.circle(large, (x, y), radius, int(rng.integers(20, 235)), -1)
    # averaging 4 × 4 px blurs by itself, by (16 − 1) / 12 px² of the large picture
    smooth = cv2.GaussianBlur(large.astype(np.float32), (0, 0), ((4 * sigma_px) ** 2 - 1.25) ** 0.5)
    return cv2.resize(smooth, (540, 540), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("sigma_px", [0.5, 0.8, 1.2, 1.6, 2.0, 3.0])
def test_the_blur_of_a_drawn_scene_is_within_the_stated_uncertainty(sigma_px):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        picture = noisy(drawn_discs(sigma_px, seed), MEAN_OF_EIGHT, rng)
        found = edge_blur([View(picture, MEAN_OF_EIGHT)])
        # of 540 lines: every pixel counts as two of 1080
        assert found.sigma_px == pytest.approx(2 * sigma_px, abs=found.uncertainty_px)


def test_pictures_of_another_size_are_told_in_pixels_of_1080_lines():
    luma = blurred(luma_of("coffee"), 2.0)
    half = cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    whole = edge_blur([View(luma, 0.0)]).sigma_px
    assert edge_blur([View(half, 0.0)]).sigma_px == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize("name", ["coffee", "grass", "rocket"])
@pytest.mark.parametrize("sigma_px", [6.0, 12.0])
def test_a_picture_far_out_of_focus_is_soft_and_not_unknown(name, sigma_px):
    found = measured(luma_of(name), sigma_px)
    assert found.sigma_px - found.uncertainty_px > 1.6


def test_an_empty_wall_with_the_fall_off_of_a_lamp_is_unknown():
    y, x = np.mgrid[:1080, :1920]
    wall = 150 - 60 * np.hypot((x - 500) / 1920, (y - 300) / 1080)
    with pytest.raises(Unmeasurable, match="too few edges"):
        edge_blur([View(noisy(wall, 2.0, np.random.default_rng(1)), 2.0)])


def test_noise_alone_is_no_edge():
    grain = noisy(np.full((1080, 1920), 120.0), 6.0, np.random.default_rng(2))
    with pytest.raises(Unmeasurable):
        edge_blur([View(grain, noise_of_one(grain))])


def test_the_subject_counts_and_not_the_background():
    sharp = spread_out(photographs()["coffee"], 1920, 1080)
    picture = blurred(sharp, 4.0)
    picture[300:800, 600:1300] = sharp[300:800, 600:1300]
    region = (610 / 1920, 310 / 1080, 680 / 1920, 480 / 1080)
    subject = CHECK.assess(case_of(clip_of([picture]), CameraRole(device="x", subject=region)))
    elsewhere = CameraRole(device="x", subject=(0.0, 0.8, 1.0, 0.2))
    ground = CHECK.assess(case_of(clip_of([picture]), elsewhere))
    assert subject.measurements[0].value < 1.2
    assert ground.measurements[0].value > 2.5


def test_a_presenter_who_moves_is_judged_on_a_single_frame():
    """The mean of eight frames smears what moves; the still wall behind is out of focus."""
    rng = np.random.default_rng(4)
    wall = blurred(spread_out(photographs()["flower"], 1280, 720), 5.0)
    person = spread_out(photographs()["astronaut"], 512, 512)
    frames = []
    for step in range(9):
        frame = wall.copy()
        frame[100:612, 300 + 6 * step : 812 + 6 * step] = person
        frames.append(noisy(frame, 2.0, rng))
    assert CHECK.assess(case_of(clip_of(frames))).measurements[0].value < 1.6


def test_a_sharp_clock_drawn_into_a_soft_picture_does_not_make_it_sharp():
    rng = np.random.default_rng(5)
    soft = blurred(spread_out(photographs()["coffee"], 1920, 1080), 3.0)
    frames = []
    for _ in range(8):
        frame = noisy(soft, 2.0, rng)
        cv2.rectangle(frame, (60, 50), (960, 150), (0, 0, 0), -1)
        cv2.putText(frame, "2026-11-22 19:30:05 CAM 1", (70, 120), 0, 2, (255, 255, 255), 3)
        frames.append(frame)
    assert CHECK.assess(case_of(clip_of(frames))).measurements[0].value > 2.0
