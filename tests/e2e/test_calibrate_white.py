"""The white calibration from the command line: stored on a good evening, used ever after."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.photographs import photographs
from tests.spectral import (
    Held,
    SpectralCamera,
    card_stills,
    chart_colours,
    chart_picture,
    held_before,
    led,
    mired_of,
)

pytestmark = pytest.mark.slow
WHITE = ("calibrate", "camera", "--no-input", "--white")
CHECK = ("check", "--no-input", "--json", "--only", "light.colour_temperature")
CAMERA = SpectralCamera("narrow", "S-curve and saturation")


def picture(path: Path, kelvin: float, seed: int = 1) -> Path:
    """Write a frame that a grey card fills."""
    (card,) = card_stills(CAMERA, led(kelvin), np.random.default_rng(seed), stills=1)
    cv2.imwrite(str(path), cv2.resize(card, (640, 480), interpolation=cv2.INTER_CUBIC))
    return path


def studio(folder: Path, tonight: Path, **more: str) -> tuple[str, ...]:
    """Write a studio file whose camera shows a picture; records lie beside it."""
    lines = {"lighting": '"three-point"', "white_balance": "5500",
             "neutral_patch": "[0.3, 0.3, 0.4, 0.4]", "width": "640", "height": "480"} | more  # fmt: skip
    (folder / "records").mkdir(exist_ok=True)
    file = folder / "studio.toml"
    file.write_text(
        f'name = "room 1"\n[cameras.main]\ndevice = "file:{tonight}"\n'
        + "\n".join(f"{key} = {value}" for key, value in lines.items())
    )
    return "--studio", str(file), "--calibration", str(folder / "records")


def mired_in(run) -> float:
    finding = run.finding("light.colour_temperature", "main")
    return next(m["value"] for m in finding["measurements"] if m["name"] == "mired")


def test_two_known_settings_make_a_camera_of_any_look_right(program, tmp_path: Path):
    tonight = picture(tmp_path / "tonight.png", 4300, seed=9)
    where = studio(tmp_path, tonight)
    before = mired_in(program(*CHECK, *where))
    warm, cold = (picture(tmp_path / f"{kelvin}.png", kelvin) for kelvin in (3200, 5600))
    said = program(*WHITE, "two-point", "--from", str(warm), "--from", str(cold), *where)
    assert said.code == 0, said.err
    assert "after this calibration ±" in said.out
    (path,) = (tmp_path / "records").glob("*/white.main.json")
    record = json.loads(path.read_text("utf-8"))
    assert (record["schema"], record["known_kelvin"]) == ("studiocheck.white/1", [3200, 5600])

    run = program(*CHECK, *where)
    truth = mired_of(led(4300))
    assert abs(before - truth) > 15
    assert mired_in(run) == pytest.approx(truth, abs=8)
    finding = run.finding("light.colour_temperature", "main")
    assert finding["verdict"] == "FAIL"
    assert "two lamp settings" in finding["note"]["en"]
    assert "K too warm: set every lamp to 5500 K" in finding["advice"]["en"]
    assert (
        program("evaluate", "last", "--json").finding("light.colour_temperature", "main")[
            "measurements"
        ]
        == finding["measurements"]
    )


def test_a_chart_is_found_in_a_picture_and_calibrates(program, tmp_path: Path):
    behind = cv2.resize(photographs()["coffee"], (1920, 1080))
    chart = chart_picture(chart_colours(CAMERA, led(5500), level=0.7))
    seen, _ = held_before(
        behind, chart, Held(width_px=420, tilt=0.1, turn=0.1), np.random.default_rng(2)
    )
    cv2.imwrite(str(tmp_path / "chart.png"), seen)
    where = studio(tmp_path, picture(tmp_path / "tonight.png", 4600))
    said = program(
        *WHITE, "chart", "--kelvin", "5500", "--from", str(tmp_path / "chart.png"), *where
    )
    assert said.code == 0, said.err
    assert mired_in(program(*CHECK, *where)) == pytest.approx(1e6 / 4600, abs=10)


def test_what_cannot_be_calibrated_is_refused_and_nothing_is_stored(program, tmp_path: Path):
    card = picture(tmp_path / "card.png", 5500)
    automatic = studio(tmp_path, card, white_balance='"auto"')
    said = program(*WHITE, "card", "--kelvin", "5500", *automatic)
    assert (said.code, "automatic" in said.err) == (20, True)
    where = studio(tmp_path, card)
    for words, part in (
        (("card",), "--kelvin 5500"),
        (("card", "--kelvin", "warm"), "not numbers"),
        (("card", "--kelvin", "5500", "--box", "1,2"), "--box 0.4,0.4,0.1,0.2"),
        (("grey", "--kelvin", "5500"), "card, chart or two-point"),
        (("two-point",), "two files"),
    ):
        said = program(*WHITE, *words, *where)
        assert said.code == 2, said.err
        assert part in said.err
    said = program(*WHITE, "chart", "--kelvin", "5500", *where)
    assert (said.code, "no ColorChecker" in said.err) == (20, True)
    said = program("calibrate", "camera", "--no-input", "--kelvin", "5500", *where)
    assert (said.code, "--kelvin goes with --white" in said.err) == (2, True)
    assert list((tmp_path / "records").iterdir()) == []


def test_a_calibration_is_replaced_only_when_told_so(program, home):
    words = ("calibrate", "camera", "--simulated", "--no-input", "--white", "--kelvin", "5500")
    assert program(*words, "--by", "anna").code == 0
    said = program(*words)
    assert (said.code, "--yes replaces it" in said.err) == (2, True)
    assert program(*words, "--yes", "--by", "ben").code == 0
    check = program(*CHECK, "--simulated").finding("light.colour_temperature", "main")
    assert (check["verdict"], "by ben (grey card)" in check["note"]["en"]) == ("PASS", True)


def test_a_white_balance_that_was_moved_since_is_told(program, home):
    words = ("calibrate", "camera", "--simulated", "--no-input", "--white", "--kelvin", "5500")
    assert program(*words).code == 0
    moved = program(*CHECK, "--simulated", "--fault", "camera.main:wb=4300K")
    finding = moved.finding("light.colour_temperature", "main")
    assert finding["verdict"] == "UNMEASURED"
    assert "set it back to 5500 K" in finding["advice"]["en"]
