"""The lamps of a studio from the command line: measured one by one, stored, and judged by it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.e2e.crew import Terminal, obey, terminal
from tests.e2e.lamp_servers import elgato
from tests.e2e.lit_room import LAMPS, lit_room, photographs, states

pytestmark = pytest.mark.slow
LIGHTS = ("calibrate", "lights", "--no-input")
HD = (1280, 720)


def stored(home: Path) -> list[str]:
    return sorted(f.name for f in (home / "state" / "calibration").glob("*/*"))


def record(home: Path):
    (path,) = (home / "state" / "calibration").glob("*/lights.main.json")
    return json.loads(path.read_text("utf-8"))


def share(home: Path) -> dict[str, float]:
    return {lamp["name"]: lamp["share"] for lamp in record(home)["lamps"]}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, lit in states().items():
        cv2.imwrite(str(folder / f"{name}.png"), photographs(lit, HD)[0])
    return folder


@pytest.fixture
def scene(tmp_path: Path) -> str:
    """The simulated studio with a small camera: a two-processor machine has other things to do."""
    text = (resources.files("studiocheck.simulator") / "scenes" / "studio.toml").read_text("utf-8")
    path = tmp_path / "small.toml"
    path.write_text(text.replace("[cameras.main]", "[cameras.main]\nwidth = 640\nheight = 360"))
    return str(path)


def studio(folder: Path, device: str, *more: str) -> str:
    path = folder / "studio.toml"
    camera = f'[cameras.main]\ndevice = "{device}"\nlighting = "three-point"\n'
    path.write_text("\n".join((f'name = "room 1"\n{camera}', *more)))
    return str(path)


# ---------------------------------------------------------------- simulated


def test_the_simulated_studio_calibrates_itself(program, home):
    said = program(*LIGHTS, "--simulated", "--by", "anna", "--seconds", "1", timeout=110)
    assert said.code == 0, said.err
    assert "good" in said.out
    assert record(home)["schema"] == "studiocheck.lamps/1"
    assert record(home)["by"] == "anna"
    assert list(share(home)) == ["key", "fill", "back"]
    assert share(home)["key"] > share(home)["fill"] > share(home)["back"] > 0.02
    assert record(home)["additivity_error"] < 0.02
    assert sorted(Path(name).suffix for name in stored(home)) == [".json", ".npz", ".png"]

    listed = program("calibrate", "list", "--simulated")
    assert "lamp calibration of camera main" in listed.out
    assert "by anna" in listed.out


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("autoexposure", "automatic exposure"), ("autowb", "automatic white balance")],
)
def test_an_automatic_camera_is_refused_and_named(program, home, scene, fault, cause):
    said = program(*LIGHTS, "--simulated", scene, "--fault", f"camera.main:{fault}")
    assert said.code == 20
    assert "nothing was stored" in said.err
    assert cause in said.err
    assert stored(home) == []


def test_a_calibration_that_is_there_is_replaced_only_when_told_so(program, home, scene):
    assert program(*LIGHTS, "--simulated", scene, "--seconds", "1", "--by", "anna").code == 0
    said = program(*LIGHTS, "--simulated", scene, "--seconds", "1", "--by", "ben")
    assert said.code == 2
    assert "--yes replaces it" in said.err
    assert record(home)["by"] == "anna"
    assert (
        program(*LIGHTS, "--simulated", scene, "--seconds", "1", "--by", "ben", "--yes").code == 0
    )
    assert record(home)["by"] == "ben"
    assert len(stored(home)) == 3


def test_a_lamp_with_a_fault_is_dark_while_it_is_off(program, home, scene):
    said = program(*LIGHTS, "--simulated", scene, "--fault", "lamp.key:output=60%")
    assert said.code == 0, said.err
    assert record(home)["additivity_error"] < 0.02
    assert share(home)["key"] < share(home)["fill"] * 1.3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--lamps", "key"), "2 to 24 lamps"),
        (("--lamps", "key,key"), "named twice"),
        (("--lamps", "key,all"), "no name for a lamp"),
        (("--lamps", "key,../x"), "no name for a lamp"),
        (("--lamps", "key,sun"), "this scene has no lamp sun"),
        (("--camera", "nobody"), "there is no camera"),
        (("--from", "nowhere"), "nowhere"),
        (("--fault", "camera.main:unplug"), "there is no camera at sim:main"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_stored(program, home, scene, arguments, said):
    answer = program(*LIGHTS, "--simulated", scene, *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert stored(home) == []


# ---------------------------------------------------------------- from pictures


def test_pictures_make_a_calibration_and_a_lamp_that_is_out_is_named(program, tmp_path, pictures):
    for name, lit in {"tonight": {"key", "back"}, "fine": set(LAMPS)}.items():
        photo = photographs(frozenset(lit), HD)[-1]
        cv2.imwrite(str(tmp_path / f"{name}.png"), photo)
    fine = studio(tmp_path, f"file:{tmp_path / 'fine.png'}")
    said = program(*LIGHTS, "--from", str(pictures), "--studio", fine, "--calibration", "kept")
    assert said.code == 0, said.err
    assert "good" in said.out
    check = ("check", "--no-input", "--json", "--calibration", "kept", "--only", "light.lamps")
    finding = program(*check, "--studio", fine).finding("light.lamps", "main")
    assert finding["verdict"] == "PASS", finding

    dark = studio(tmp_path, f"file:{tmp_path / 'tonight.png'}")
    finding = program(*check, "--studio", dark).finding("light.lamps", "main")
    assert finding["verdict"] == "FAIL"
    assert "fill" in finding["advice"]["en"]
    on = {m["name"]: m["value"] for m in finding["measurements"] if m["name"].endswith(".on")}
    assert on == {"key.on": 1, "fill.on": 0, "back.on": 1}


def test_any_kind_of_picture_will_do_and_a_clip_is_averaged(program, home, tmp_path, pictures):
    for name, suffix in {"key": "jpg", "fill": "bmp"}.items():
        picture = cv2.imread(str(pictures / f"{name}.png"))
        cv2.imwrite(str(pictures / f"{name}.{suffix}"), picture)
        (pictures / f"{name}.png").unlink()
    clip = cv2.VideoWriter(str(pictures / "Back.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, HD)
    for photo in photographs(frozenset({"back"}), HD):
        clip.write(photo)
    clip.release()
    (pictures / "back.png").unlink()
    jpegs = [cv2.imencode(".jpg", photo)[1] for photo in photographs(frozenset(), HD)]
    (pictures / "off.mjpeg").write_bytes(b"".join(map(bytes, jpegs)))
    (pictures / "off.png").unlink()
    (pictures / "notes.txt").write_text("key at 60 %")
    said = program(*LIGHTS, "--from", str(pictures), "--studio", studio(tmp_path, "index:7"))
    assert said.code == 0, said.err
    assert share(home)["key"] > share(home)["fill"] > share(home)["back"] > 0.02


def test_files_that_are_missing_strange_or_twice_are_named(program, tmp_path, home, pictures):
    where = ("--from", str(pictures), "--studio", studio(tmp_path, "index:7"))
    cv2.imwrite(str(pictures / "sun.png"), photographs(frozenset(), HD)[0])
    said = program(*LIGHTS, *where)
    assert (said.code, "sun.png" in said.err) == (2, True)
    assert "--lamps key,fill,back,sun" in said.err
    (pictures / "sun.png").unlink()

    (pictures / "key.jpg").write_bytes(b"")
    said = program(*LIGHTS, *where)
    assert (said.code, "key.jpg, key.png" in said.err) == (2, True)
    (pictures / "key.png").unlink()
    said = program(*LIGHTS, *where)
    assert (said.code, "key.jpg" in said.err) == (2, True)
    (pictures / "key.jpg").unlink()
    said = program(*LIGHTS, *where)
    assert (said.code, "missing: key.png" in said.err) == (2, True)

    cv2.imwrite(str(pictures / "key.png"), photographs(frozenset({"key"}), (640, 360))[0])
    said = program(*LIGHTS, *where)
    assert (said.code, "key.png 640 × 360" in said.err) == (2, True)
    assert stored(home) == []


def test_pictures_of_a_camera_that_evens_light_out_are_refused(program, tmp_path, home, pictures):
    for name in (*LAMPS, "off"):  # what automatic exposure does
        picture = cv2.imread(str(pictures / f"{name}.png")).astype(np.float32)
        brighter = np.clip(picture * (100 / picture.mean()), 0, 255).astype(np.uint8)
        cv2.imwrite(str(pictures / f"{name}.png"), brighter)
    said = program(
        *LIGHTS, "--from", str(pictures), "--studio", studio(tmp_path, "index:7"), "--lang", "zh"
    )
    assert said.code == 20
    assert "未保存" in said.err
    assert "自动补偿" in said.err
    assert stored(home) == []


# ---------------------------------------------------------------- with a person


@pytest.fixture
def lit() -> set[str]:
    return set()


@pytest.fixture
def room(lit: set[str]) -> Iterator[str]:
    with lit_room(lambda: frozenset(lit)) as running:
        yield running.url


def do_as_asked(line: Terminal, lit: set[str], steps: int) -> None:
    for _ in range(steps):
        request = line.wait_for(r"\[\d/5\] .* > ")[0]
        obey(request, lambda name, on: (lit.add if on else lit.discard)(name))
        line.press()


def test_a_person_is_led_through_and_a_killed_run_goes_on(environment, home, tmp_path, room, lit):
    where = ("calibrate", "lights", "--studio", studio(tmp_path, room), "--seconds", "1")
    with terminal(environment, tmp_path, *where) as line:
        line.wait_for("5 steps")
        do_as_asked(line, lit, 3)
        line.wait_for(r"√ \[3/5\]")
        os.kill(line.process.pid, signal.SIGKILL)
    (partial,) = (home / "state" / "calibration").glob("*/lights.main.partial")
    assert sorted(f.name for f in partial.iterdir()) == [
        "all.png",
        "key.png",
        "off.png",
        "state.json",
    ]
    assert cv2.imread(str(partial / "all.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16

    with terminal(environment, tmp_path, *where) as line:
        line.wait_for(r"3 of 5 steps were measured before: go on with them\? \[y/N\]")
        line.press("y")
        do_as_asked(line, lit, 1)
        line.wait_for(r"\[5/5\] back alone: switch on: back; switch off: key, fill > ")
        line.press("r")  # the step before once more
        do_as_asked(line, lit, 2)
        assert line.ended() == 0, line.said
    assert share(home)["key"] > share(home)["fill"] > share(home)["back"] > 0.02
    assert not partial.exists()


def test_a_finished_calibration_is_replaced_only_by_consent(environment, home, tmp_path, room, lit):
    where = ("calibrate", "lights", "--studio", studio(tmp_path, room), "--seconds", "1")
    for answer, code, by in (("", 0, "anna"), ("n", 30, "anna"), ("y", 0, "ben")):
        with terminal(environment, tmp_path, *where, "--by", by if not answer else "ben") as line:
            if answer == "y":  # all was measured, and refused to be stored, the time before
                line.wait_for("5 of 5 steps were measured before")
                line.press("y")
            else:
                do_as_asked(line, lit, 5)
            if answer:
                line.wait_for("replace the calibration of camera main")
                line.press(answer)
            assert line.ended() == code, line.said
        assert record(home)["by"] == by


def test_a_step_that_shows_the_lamps_are_not_switched_is_repeated(
    environment, home, tmp_path, room, lit
):
    where = ("calibrate", "lights", "--studio", studio(tmp_path, room), "--seconds", "1")
    with terminal(environment, tmp_path, *where) as line:
        do_as_asked(line, lit, 1)
        line.wait_for(r"\[2/5\] all lamps off: switch off: key, fill, back > ")
        line.press()  # and nobody did
        line.wait_for("as bright as with all on")
        line.wait_for("Enter measures again")
        lit.clear()
        line.press()
        line.wait_for(r"\[3/5\] key alone: .* > ")
        line.press()
        line.wait_for("key alone is as dark as all lamps off")
        line.wait_for("Enter measures again")
        line.press("q")
        assert line.ended() == 30
    assert "2 of 5 steps are kept" in line.said
    assert [name for name in stored(home) if name != "lights.main.partial"] == []


def test_lamps_by_hand_need_somebody_who_can_be_asked(program, home, tmp_path, room):
    said = program(*LIGHTS, "--studio", studio(tmp_path, room))
    assert said.code == 2
    assert "switched by hand" in said.err
    assert "--from FOLDER" in said.err
    assert stored(home) == []


def test_a_file_cannot_be_led_through(program, home, tmp_path, pictures):
    said = program(*LIGHTS, "--studio", studio(tmp_path, f"file:{pictures / 'all.png'}"))
    assert said.code == 2
    assert "--from FOLDER" in said.err


# ---------------------------------------------------------------- with lamps that obey


def lamps_at(port: int) -> str:
    return "\n".join(
        f'[lamps.{name}]\ncontrol = "elgato://127.0.0.1:{port}/{number}"\nkelvin = 5000\n'
        for number, name in enumerate(LAMPS)
    )


def test_lamps_that_can_be_switched_calibrate_by_themselves(program, home, tmp_path):
    found = [{"on": 1, "brightness": 40 + n, "temperature": 200} for n in range(3)]
    with elgato(*found) as device:

        def shining() -> frozenset[str]:
            lights = zip(LAMPS, device.lights, strict=True)
            return frozenset(name for name, light in lights if light["on"])

        with lit_room(shining) as running:
            where = ("--studio", studio(tmp_path, running.url, lamps_at(device.port)))
            said = program(*LIGHTS, *where, "--seconds", "1")
            assert said.code == 0, said.err
            assert device.lights == found
            assert set(states().values()) <= set(running.seen)
    assert [lamp["output"] for lamp in record(home)["lamps"]] == [0.4, 0.41, 0.42]
    assert share(home)["key"] > share(home)["fill"] > share(home)["back"] > 0.02


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_lamps_are_put_back_however_it_ends(environment, program, home, tmp_path, ending):
    found = [{"on": n % 2, "brightness": 40, "temperature": 200} for n in range(3)]
    with elgato(*found) as device:

        def shining() -> frozenset[str]:
            lights = zip(LAMPS, device.lights, strict=True)
            return frozenset(name for name, light in lights if light["on"])

        with lit_room(shining) as running:
            where = ("--studio", studio(tmp_path, running.url, lamps_at(device.port)))
            with terminal(environment, tmp_path, *LIGHTS, *where, "--seconds", "1") as line:
                line.wait_for(r"√ \[2/5\]")
                os.kill(line.process.pid, ending)
                code = line.ended()
            end = time.monotonic() + 10
            while device.lights != found and time.monotonic() < end:
                time.sleep(0.05)
            assert device.lights == found
            assert [name for name in stored(home) if name != "lights.main.partial"] == []
            if ending == signal.SIGINT:
                assert "2 of 5 steps are kept" in line.said
                said = program(*LIGHTS, *where, "--seconds", "1", "--yes")
                assert said.code == 0, said.err
                assert "going on with 2 of 5 steps" in said.err
                assert "lights.main.partial" not in stored(home)
    assert code == (130 if ending == signal.SIGINT else -9)
