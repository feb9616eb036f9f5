"""Claims about `measure.picture.upscaling` and `checks.camera_format`, on real photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studiocheck.checks.camera_format import CHECK
from studiocheck.core.measurement import Verdict, judge
from studiocheck.core.studio import Targets
from studiocheck.measure.picture.upscaling import enlargement
from tests.clips import case_of, clip_of
from tests.photographs import DETAILED, grey, noisy, photographs, spread_out, through_jpeg

KERNELS = {
    "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "Lanczos": cv2.INTER_LANCZOS4,
}  # fmt: skip
SIZE = (960, 540)
"""A quarter of 1080p: what is told does not depend on the size, and the tests take a quarter."""


def luma_of(name, width, height):
    return grey(spread_out(photographs()[name], width, height))


def scaled(luma, size, kernel=cv2.INTER_LINEAR):
    return np.asarray(cv2.resize(luma, size, interpolation=kernel), np.uint8)


@pytest.mark.parametrize("name", DETAILED)
def test_a_real_picture_is_never_called_enlarged(name):
    """Sharp, soft, compressed, noisy, or made smaller, as 1080 lines are of a sensor's 1440."""
    rng = np.random.default_rng(1)
    large = luma_of(name, 1280, 720)
    own = large[:540, :960]
    looks = [own, noisy(own, 3.0, rng), through_jpeg(own, 75), through_jpeg(own, 90)]
    looks += [cv2.GaussianBlur(own, (0, 0), sigma) for sigma in (0.6, 1.0, 1.5, 2.5, 5.0)]
    looks += [scaled(large, SIZE), scaled(large, SIZE, cv2.INTER_AREA)]
    assert {enlargement(look).real_height for look in looks} <= {540, None}
    assert enlargement(own).real_height == 540


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("name", DETAILED)
def test_a_picture_enlarged_by_half_has_two_thirds_of_its_lines(name, kernel):
    assert enlargement(scaled(luma_of(name, 640, 360), SIZE, kernel)).real_height == 360


def test_a_picture_enlarged_to_twice_its_size_has_half_its_lines():
    assert enlargement(scaled(luma_of("china", 480, 270), SIZE)).real_height == 270


def test_what_jpeg_and_noise_leave_of_an_enlargement_is_enough():
    rng = np.random.default_rng(2)
    enlarged = scaled(luma_of("coffee", 640, 360), SIZE)
    assert enlargement(through_jpeg(enlarged, 90)).real_height == 360
    assert enlargement(noisy(enlarged, 1.0, rng), 1.0).real_height == 360


def test_a_soft_picture_cannot_be_told_from_an_enlarged_one():
    soft = cv2.GaussianBlur(luma_of("coffee", *SIZE), (0, 0), 4.0)
    found = enlargement(soft)
    assert found.real_height is None
    assert found.soft


def test_a_small_picture_is_no_reason_to_fail():
    assert enlargement(luma_of("coffee", 60, 40)).real_height is None


def assessed(frames, **camera):
    return CHECK.assess(case_of(clip_of(frames, **camera)))


def named(found, name):
    return next((m for m in found.measurements if m.name == name), None)


def test_an_enlarged_picture_fails_and_the_advice_names_the_capture_card():
    rng = np.random.default_rng(3)
    small = spread_out(photographs()["coffee"], 1280, 720)
    frames = [cv2.resize(noisy(small, 1.5, rng), (1920, 1080)) for _ in range(8)]
    found = assessed(frames)
    limits = CHECK.defaults(Targets())
    judged = [m.against(limits[m.name].limit) for m in found.measurements]
    assert [judge(m) for m in judged if m.name == "real_height"] == [Verdict.FAIL]
    assert "capture card" in CHECK.advice(judged).en


@pytest.mark.parametrize(
    ("pixel_format", "link", "load"),
    [("YUYV", 480.0, 259.2), ("NV12", 480.0, 194.4), ("YUYV", 5000.0, 24.9)],
)
def test_an_uncompressed_picture_loads_the_bus_by_its_bits(pixel_format, link, load):
    frames = [np.zeros((1080, 1920, 3), np.uint8)]
    found = assessed(frames, pixel_format=pixel_format, link_mbit_s=link, compressed=False)
    assert named(found, "bus_load").value == pytest.approx(load, abs=0.1)


@pytest.mark.parametrize(
    "camera",
    [
        {"pixel_format": "MJPG", "link_mbit_s": 480.0, "compressed": True},
        {"pixel_format": "YUYV", "link_mbit_s": None, "compressed": False},
        {"pixel_format": "unknown", "link_mbit_s": 480.0, "compressed": None},
    ],
)
def test_where_bits_or_bus_are_not_known_no_load_is_stated(camera):
    assert named(assessed([np.zeros((1080, 1920, 3), np.uint8)], **camera), "bus_load") is None


def test_the_note_names_format_port_and_link():
    frames = [np.zeros((90, 160, 3), np.uint8)]
    note = assessed(
        frames, pixel_format="YUYV", port="1-2.3", link_mbit_s=480.0, compressed=False
    ).note
    assert note is not None
    for word in ("YUYV", "uncompressed", "1-2.3", "480 Mbit/s"):
        assert word in note.en


def test_vga_at_thirty_fits_on_usb_2_with_room_to_spare():
    frames = [np.zeros((480, 640, 3), np.uint8)]
    found = assessed(frames, pixel_format="YUYV", link_mbit_s=480.0, compressed=False)
    assert named(found, "bus_load").value == pytest.approx(38.4)
