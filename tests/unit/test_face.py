"""Faces in photographs: found where there are any, and nowhere else. Skipped without the extra."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.studio import CameraRole
from studiocheck.measure.picture import face as faces
from studiocheck.measure.picture.face import face_region, find_faces, has_detector, subject_region
from tests.photographs import photographs, through_jpeg

needs_detector = pytest.mark.skipif(not has_detector(), reason="the extra [face] is not installed")
CAMERA = CameraRole(device="sim:main")
TRUE_FACES = {"astronaut": (0.44, 0.22), "camera": (0.44, 0.30)}
"""Photograph → where the face's middle is."""


def in_hd(name: str, height: int, left: int, top: int):
    """A photograph as part of a 1080p picture, its other parts a grey wall."""
    picture = np.full((1080, 1920, 3), 120, np.uint8)
    image = photographs()[name]
    scale = height / image.shape[0]
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    picture[top : top + small.shape[0], left : left + small.shape[1]] = small
    return picture


@needs_detector
@pytest.mark.parametrize("name", TRUE_FACES)
def test_a_face_in_a_photograph_is_found_where_it_is(name):
    (found,) = find_faces(photographs()[name])
    x, y, w, h = found.region
    across, down = TRUE_FACES[name]
    assert abs(x + w / 2 - across) < 0.05
    assert abs(y + h / 2 - down) < 0.06


@needs_detector
def test_things_that_are_no_faces_are_none():
    pictures = {name: p for name, p in photographs().items() if name not in TRUE_FACES}
    assert {name: find_faces(p) for name, p in pictures.items() if find_faces(p)} == {}


@needs_detector
@pytest.mark.parametrize(
    ("height", "left", "top"), [(1080, 500, 0), (720, 100, 200), (500, 1300, 80)]
)
@pytest.mark.parametrize("jpeg", [0, 70])
def test_it_is_found_from_close_up_to_wide_shot(height, left, top, jpeg):
    picture = in_hd("astronaut", height, left, top)
    picture = through_jpeg(picture, jpeg) if jpeg else picture
    found = find_faces(picture)
    assert found
    x, y, w, h = found[0].region
    assert abs((x + w / 2) * 1920 - (left + 0.44 * height)) < 0.08 * height
    assert abs((y + h / 2) * 1080 - (top + 0.22 * height)) < 0.08 * height


@needs_detector
def test_of_two_faces_the_nearer_one_is_the_presenters():
    picture = in_hd("astronaut", 1000, 0, 0)
    picture[500:1000, 1200:1700] = in_hd("astronaut", 500, 0, 0)[:500, :500]
    found = face_region([picture], CAMERA)
    assert found is not None
    assert found.region[0] < 0.5
    assert found.how == "detected"


@needs_detector
def test_a_face_that_is_there_for_a_moment_is_not_the_presenters():
    there, away = in_hd("astronaut", 1000, 0, 0), np.full((1080, 1920, 3), 120, np.uint8)
    assert face_region([there, away, away], CAMERA) is None
    assert face_region([there, there, away], CAMERA) is not None


def test_what_the_studio_file_says_is_taken_before_what_is_found():
    picture = in_hd("astronaut", 1000, 0, 0)
    declared = CameraRole(device="sim:main", face=(0.7, 0.1, 0.1, 0.2), subject=(0.6, 0, 0.3, 1))
    assert face_region([picture], declared).region == (0.7, 0.1, 0.1, 0.2)
    assert subject_region([picture], declared).region == (0.6, 0, 0.3, 1)


def test_without_the_detector_nothing_is_found_and_it_is_said_how_to_get_it(monkeypatch):
    faces.model_path.cache_clear()
    monkeypatch.setattr(faces, "find_spec", lambda _: None)
    try:
        picture = np.full((90, 160, 3), 128, np.uint8)
        assert face_region([picture], CAMERA) is None
        with pytest.raises(Unmeasurable) as unknown:
            find_faces(picture)
        assert "studiocheck[face]" in unknown.value.advice.en
    finally:
        faces.model_path.cache_clear()


@needs_detector
def test_the_presenter_below_a_face_stays_inside_the_picture():
    picture = in_hd("astronaut", 1080, 840, 0)
    x, y, w, h = subject_region([picture], CAMERA).region
    assert x >= 0
    assert y >= 0
    assert x + w <= 1
    assert y + h <= 1
