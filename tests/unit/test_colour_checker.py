"""Finding a ColorChecker, and telling it from everything else."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.light import chart_finder
from studiocheck.measure.light.chart_finder import find_chart
from studiocheck.measure.light.chart_response import fit_chart
from studiocheck.measure.light.colour_checker import is_chart, likeness, patch_xyz
from studiocheck.measure.light.srgb import RGB_TO_XYZ, srgb_from_linear
from tests.photographs import DETAILED, photographs
from tests.spectral import (
    Held,
    SpectralCamera,
    chart_colours,
    chart_picture,
    daylight,
    held_before,
    led,
)

SIZE = (1920, 1080)


def behind(name: str) -> np.ndarray:
    return cv2.resize(photographs()[name], SIZE, interpolation=cv2.INTER_AREA)


def before(name: str, held: Held, seed: int = 1, light=None, camera=None):
    rng = np.random.default_rng(seed)
    colours = chart_colours(camera or SpectralCamera(), daylight(5500) if light is None else light)
    return (*held_before(behind(name), chart_picture(colours), held, rng), colours)


HELD = {
    "small": Held(width_px=180),
    "small, tilted": Held(width_px=200, tilt=0.15, turn=0.12),
    "soft": Held(width_px=260, tilt=0.1, blur_px=1.4),
    "turned": Held(width_px=400, tilt=0.2, turn=-0.35),
    "upside down": Held(width_px=320, turn=0.1, upside_down=True),
    "near": Held(width_px=800, tilt=0.2, turn=0.2),
}


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
@pytest.mark.parametrize("warm", [False, True], ids=["5500 K", "3200 K"])
def test_a_chart_is_found_however_it_is_held_and_in_warm_light_too(held: Held, warm: bool):
    light = led(3200) if warm else daylight(5500)
    picture, corners, colours = before("coffee", held, seed=3 + warm, light=light)
    found = find_chart(picture)
    off = np.hypot(*(found.centres.mean(axis=0) - corners.mean(axis=0))) / held.width_px
    assert off < 0.08
    assert np.abs(found.codes - colours).mean() < 4


@pytest.mark.slow
def test_nine_charts_in_ten_are_found_without_a_guide_and_none_in_the_wrong_place():
    rng, found = np.random.default_rng(8), []
    for seed in range(14):
        held = Held(
            width_px=int(rng.uniform(180, 700)),
            tilt=rng.uniform(0, 0.2),
            turn=rng.uniform(-0.4, 0.4),
            blur_px=rng.uniform(0, 1.2),
        )
        picture, corners, _ = before(DETAILED[seed % len(DETAILED)], held, seed)
        try:
            reading = find_chart(picture)
        except Unmeasurable:
            found.append(False)
            continue
        off = np.hypot(*(reading.centres.mean(axis=0) - corners.mean(axis=0)))
        assert off < 0.1 * held.width_px
        found.append(True)
    assert np.mean(found) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", DETAILED)
def test_photographs_without_a_chart_have_none(name: str):
    smaller = cv2.resize(behind(name), (1280, 720), interpolation=cv2.INTER_AREA)
    with pytest.raises(Unmeasurable, match="no ColorChecker"):
        find_chart(smaller)


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("standing", [False, True])
def test_without_the_detector_a_guide_box_will_do(monkeypatch, upside_down: bool, standing: bool):
    monkeypatch.setattr(chart_finder, "has_detector", lambda: False)
    colours = chart_colours(SpectralCamera(), daylight(5500))
    chart = chart_picture(colours, cell=50, gap=8, frame=12)
    chart = chart[::-1, ::-1] if upside_down else chart
    chart = np.rot90(chart) if standing else chart
    picture = behind("coffee")
    height, width = chart.shape[:2]
    picture[300 : 300 + height, 700 : 700 + width] = chart[..., ::-1]
    box = (700 / 1920, 300 / 1080, width / 1920, height / 1080)
    assert np.abs(find_chart(picture, box).codes - colours).max() < 2
    with pytest.raises(Unmeasurable, match="cannot look for a chart") as refused:
        find_chart(picture)
    assert "--box" in refused.value.advice.en


def test_a_guide_box_around_something_else_is_refused():
    with pytest.raises(Unmeasurable, match="no ColorChecker"):
        find_chart(behind("coffee"), (0.3, 0.3, 0.2, 0.25))


def test_the_same_picture_gives_the_same_reading():
    picture, *_ = before("coffee", HELD["small, tilted"])
    np.testing.assert_array_equal(find_chart(picture).codes, find_chart(picture).codes)


def test_only_the_chart_has_the_likeness_of_the_chart():
    colours = chart_colours(SpectralCamera("narrow", "S-curve and saturation"), led(3200))
    assert is_chart(colours)
    rng = np.random.default_rng(2)
    shuffled = [likeness(colours[rng.permutation(24)]) for _ in range(50)]
    assert max(shuffled) < 0.6
    assert not is_chart(np.full((24, 3), 128.0))


@pytest.mark.parametrize(
    ("patch", "srgb"),
    # the maker's own 8-bit sRGB values, which belong to another edition of its Lab
    [(0, (115, 82, 68)), (1, (194, 150, 130)), (14, (175, 54, 60)), (19, (200, 200, 200)),
     (21, (122, 122, 121)), (23, (52, 52, 52))],
)  # fmt: skip
def test_the_patches_are_the_published_ones(patch: int, srgb: tuple[int, int, int]):
    xyz = patch_xyz(RGB_TO_XYZ.sum(axis=1))[patch]
    codes = 255 * srgb_from_linear(np.linalg.inv(RGB_TO_XYZ) @ xyz)
    np.testing.assert_allclose(codes, srgb, atol=6)


@pytest.mark.parametrize("saturation", [1.0, 1.2])
def test_saturation_and_uneven_light_are_found_from_the_chart(saturation: float):
    look = "S-curve and saturation" if saturation > 1 else "S-curve 1.35"
    colours = chart_colours(SpectralCamera("colorimetric", look), led(5500), fall_off=(0.3, -0.2))
    fit = fit_chart(colours, 5500, 5500)
    assert fit.saturation == pytest.approx(saturation, abs=0.06)
    codes = np.array([60.0, 100.0, 150.0, 200.0])
    true = np.interp(
        codes,
        SpectralCamera(look="S-curve 1.35").codes(np.linspace(0, 1, 999)),
        np.linspace(0, 1, 999),
    )
    seen = np.interp(codes, np.arange(256), fit.linear)
    np.testing.assert_allclose(np.diff(np.log(seen)), np.diff(np.log(true)), rtol=0.12)


def test_a_clipped_or_dark_chart_is_refused():
    bright = chart_colours(SpectralCamera(), daylight(5500), level=1.3)
    with pytest.raises(Unmeasurable, match="overexposed"):
        fit_chart(bright, 5500, 5500)
    dark = chart_colours(SpectralCamera(), daylight(5500), level=0.1)
    with pytest.raises(Unmeasurable, match="too dark"):
        fit_chart(dark, 5500, 5500)


def test_what_is_no_chart_is_refused():
    rng = np.random.default_rng(4)
    colours = chart_colours(SpectralCamera(), daylight(5500))
    colours[:18] = rng.uniform(40, 220, (18, 3))
    with pytest.raises(Unmeasurable, match="ColorChecker Classic"):
        fit_chart(colours, 5500, 5500)
