"""The page on which regions are drawn, from the command line."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from tests.photographs import photographs

pytestmark = pytest.mark.slow


def test_it_writes_one_page_and_says_where_and_what_to_do_with_it(program, tmp_path: Path):
    page = tmp_path / "where.html"
    said = program("calibrate", "regions", "--simulated", "--camera", "main", "-o", str(page))
    assert said.code == 0, said.err
    assert str(page) in said.out
    assert "[cameras.main]" in said.out
    text = page.read_text("utf-8")
    assert "data:image/jpeg;base64,/9j/" in text
    assert "[0.42, 0.22, 0.16, 0.5]" in text  # the subject of the simulated studio, as declared


def test_a_picture_does_in_the_place_of_the_camera(program, tmp_path: Path):
    picture, page = tmp_path / "evening.png", tmp_path / "page.html"
    cv2.imwrite(str(picture), photographs()["astronaut"])
    said = program(
        "calibrate", "regions", "--simulated", "--role", "product", "--from", str(picture),
        "--output", str(page), "--lang", "zh",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "用浏览器打开" in said.out
    assert '<html lang="zh"' in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--camera", "ghost"), "main"),
        (("--from", "nowhere.png"), "nowhere.png"),
        (("--output", "no/such/folder/page.html"), "cannot be written"),
        (("--fault", "camera.main:unplug"), "sim:main"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(program, arguments, names):
    said = program("calibrate", "regions", "--simulated", *arguments)
    assert said.code not in (0, 1)
    assert names in said.err
    assert "Traceback" not in said.err
