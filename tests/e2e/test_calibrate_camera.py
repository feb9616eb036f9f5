"""The golden look from the command line: stored on a good evening, compared with ever after."""

from __future__ import annotations

import json
import re
from functools import partial
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.evenings import Evening, shot

pytestmark = pytest.mark.slow


@pytest.fixture
def scene(tmp_path: Path) -> str:
    """The simulated studio with one camera of its two: looks are taken one by one."""
    text = (resources.files("studiocheck.simulator") / "scenes" / "studio.toml").read_text("utf-8")
    path = tmp_path / "one.toml"
    path.write_text(
        re.sub(r"\[cameras\.product\].*?(?=\[micro)", "", text, flags=re.DOTALL), "utf-8"
    )
    return str(path)


@pytest.fixture
def calibrate(program, scene):
    return partial(program, "calibrate", "camera", "--no-input", "--simulated", scene)


@pytest.fixture
def check(program, scene):
    return partial(
        program, "check", "--no-input", "--json", "--only", "camera.view", "--simulated", scene
    )


def records(home: Path) -> list[Path]:
    return sorted((home / "state" / "calibration").glob("*/*.json"))


def values(finding) -> dict[str, float]:
    return {m["name"]: m["value"] for m in finding["measurements"]}


def test_a_good_evening_is_stored_and_a_moved_camera_is_found_by_it(
    calibrate, check, program, home
):
    said = calibrate("--by", "anna")
    assert said.code == 0, said.err
    assert "golden look of camera main by anna" in said.out
    (path,) = records(home)
    record = json.loads(path.read_text("utf-8"))
    assert (record["schema"], record["by"], record["role"]) == (
        "studiocheck.look/1",
        "anna",
        "main",
    )
    assert record["controls"]["found"]["white_balance"] == 5500
    assert {n["check"] for n in record["numbers"]} >= {"camera.brightness", "camera.freeze"}

    good = check().finding("camera.view", "main")
    assert good["verdict"] == "PASS"
    assert "by anna" in good["note"]["en"]

    knocked = check("--fault", "camera.main:moved=90px")
    finding = knocked.finding("camera.view", "main")
    assert finding["verdict"] == "FAIL"
    assert values(finding)["shift"] == pytest.approx(90, abs=1)
    assert "turn the camera to the right (90 px)" in finding["advice"]["en"]

    again = program("evaluate", "last", "--json")
    assert again.finding("camera.view", "main")["measurements"] == finding["measurements"]
    assert again.finding("camera.view", "main")["verdict"] == "FAIL"


def test_a_bad_evening_is_not_stored_unless_told_so(calibrate, home):
    said = calibrate("--fault", "camera.main:freeze@1s")
    assert said.code == 20
    assert "nothing was stored" in said.err
    assert records(home) == []
    said = calibrate("--fault", "camera.main:freeze@1s", "--anyway")
    assert said.code == 0
    assert len(records(home)) == 1


def test_a_camera_that_is_not_there_stores_nothing_and_says_why(calibrate, home):
    said = calibrate("--fault", "camera.main:unplug")
    assert said.code == 2
    assert "there is no camera at sim:main" in said.err
    assert records(home) == []


def test_a_look_that_is_there_is_replaced_only_when_told_so(calibrate, home):
    assert calibrate("--by", "anna").code == 0
    said = calibrate("--by", "ben")
    assert said.code == 2
    assert "--yes replaces it" in said.err
    assert calibrate("--by", "ben", "--yes").code == 0
    (path,) = records(home)
    assert json.loads(path.read_text("utf-8"))["by"] == "ben"


def test_a_picture_of_that_evening_will_do_and_looks_can_lie_elsewhere(program, tmp_path):
    rng = np.random.default_rng(1)
    for name, how in {
        "good": Evening(stops=-0.5),
        "tonight": Evening(stops=-0.5, right_px=60),
    }.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), shot("coffee", how, rng))
    studio = tmp_path / "studio.toml"
    studio.write_text(
        f'name = "room 1"\n[cameras.main]\ndevice = "file:{tmp_path / "tonight.png"}"\n'
        "width = 1280\nheight = 720\n"
    )
    where = ("--studio", str(studio), "--calibration", str(tmp_path / "looks"))
    none_yet = program("check", "--no-input", "--json", "--only", "camera.view", *where)
    assert none_yet.code == 2
    assert "no such folder" in none_yet.err
    said = program(
        "calibrate", "camera", "--no-input", "--from", str(tmp_path / "good.png"), *where
    )
    assert said.code == 0, said.err
    checked = program("check", "--no-input", "--json", "--only", "camera.view", *where)
    finding = checked.finding("camera.view", "main")
    assert values(finding)["shift"] == pytest.approx(60, abs=1)
    assert finding["verdict"] == "FAIL"


def test_a_damaged_look_is_not_measured_and_said_in_both_languages(calibrate, check, home):
    assert calibrate().code == 0
    (path,) = records(home)
    path.write_bytes(b"{")
    finding = check().finding("camera.view", "main")
    assert finding["verdict"] == "UNMEASURED"
    assert "damaged" in finding["reason"]["en"]
    assert "损坏" in finding["reason"]["zh"]
    assert calibrate().code == 0  # a damaged one is replaced without a question


def test_an_old_look_says_so(calibrate, check, home):
    assert calibrate().code == 0
    (path,) = records(home)
    record = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(record | {"taken": "2025-01-01T00:00:00Z"}))
    note = check().finding("camera.view", "main")["note"]
    assert "days old" in note["en"]
    assert "已过" in note["zh"]


def test_a_camera_without_a_look_is_skipped_with_the_way_to_one(program, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), shot("coffee", Evening(), np.random.default_rng(1)))
    (tmp_path / "studio.toml").write_text(
        f'name = "room 1"\n[cameras.main]\ndevice = "file:{tmp_path / "a.png"}"\n'
    )
    said = program("check", "--no-input", "--json", "--only", "camera.view")
    finding = said.finding("camera.view", "main")
    assert finding["verdict"] == "SKIPPED"
    assert "studiocheck calibrate camera --role main" in finding["reason"]["en"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "../../x"), "there is no camera"),
        (("--role", "nobody"), "main"),
        (("--from", "gone.png"), "gone.png"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_stored(calibrate, home, arguments, said):
    answer = calibrate(*arguments)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert records(home) == []
