"""Microphone and room calibrations from the command line: made, used, expired, refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from studiocheck.simulator import room
from studiocheck.simulator.voice import speak
from tests.e2e.crew import terminal
from tests.e2e.pulse import Rig, rig, write_wave

__all__ = ["rig"]  # a fixture

pytestmark = pytest.mark.slow
RATE_HZ = 48000
SIMULATED = ("--simulated", "--no-input")
TONE = ("calibrate", "mic", *SIMULATED, "--fault", "mic.host:tone=94dB")
CHECK = ("check", "--no-input", "--json", "--only", "mic.noise_floor")


def tone(dbfs: float, hz: float = 1000.0, seconds: float = 4.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.sqrt(2) * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hz * time)


def quiet(dbfs: float, seed: int, seconds: float = 8.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return room.noise(round(seconds * RATE_HZ), RATE_HZ, dbfs, rng)


def fan(dbfs: float, seed: int, size: int) -> np.ndarray:
    """Return noise in the third octave of 200 Hz."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    at = np.fft.rfftfreq(size, 1 / RATE_HZ)
    spectrum[(at < 178) | (at > 224)] = 0
    wave = np.fft.irfft(spectrum, size)
    return wave * 10 ** (dbfs / 20) / wave.std()


def studio(folder: Path, tonight: np.ndarray) -> tuple[str, ...]:
    """Write a studio file whose microphone is tonight's recording; records lie beside it."""
    write_wave(folder / "tonight.wav", tonight, RATE_HZ, width=3)
    (folder / "records").mkdir(exist_ok=True)
    file = folder / "studio.toml"
    file.write_text(
        f'name = "room 1"\n[microphones.host]\ndevice = "file:{folder / "tonight.wav"}"\n', "utf-8"
    )
    return "--studio", str(file), "--calibration", str(folder / "records")


def values(finding) -> dict[str, tuple[float, float | None]]:
    return {m["name"]: (m["value"], m.get("uncertainty")) for m in finding["measurements"]}


def with_voice(noise: np.ndarray) -> np.ndarray:
    """Return quiet, and then somebody who speaks into it."""
    voice = speak(5, RATE_HZ, 3)[: 5 * RATE_HZ]
    voice *= 10 ** (-20 / 20) / voice.std()
    heard = np.concatenate([np.zeros(len(noise)), voice, np.zeros(2 * RATE_HZ)])
    return heard + quiet(20 * np.log10(noise.std()), 9, len(heard) / RATE_HZ)


def test_a_tone_in_a_file_gives_the_noise_its_pascals_and_a_quiet_room_its_memory(
    program, tmp_path: Path
):
    where = studio(tmp_path, with_voice(quiet(-66.0, 1)))
    before = program(*CHECK, *where).finding("mic.noise_floor")
    assert "noise_spl_a" not in values(before)
    assert "calibrate mic --role host" in before["note"]["en"]

    write_wave(tmp_path / "tone.wav", tone(-16.0), RATE_HZ, width=3)
    write_wave(tmp_path / "quiet.wav", quiet(-66.0, 2), RATE_HZ, width=3)
    made = program("calibrate", "mic", "--no-input", "--by", "anna", "--within", "0.4",
                   "--from", str(tmp_path / "tone.wav"), *where)  # fmt: skip
    assert made.code == 0, made.err
    assert "0 dBFS is 110.0 ± 0.5 dB SPL" in made.out
    made = program("calibrate", "room", "--no-input", "--from", str(tmp_path / "quiet.wav"), *where)
    assert made.code == 0, made.err
    (path,) = (tmp_path / "records").glob("*/mic.host.json")
    record = json.loads(path.read_text("utf-8"))
    assert (record["schema"], record["by"]) == ("studiocheck.microphone/1", "anna")

    good = program(*CHECK, *where).finding("mic.noise_floor")
    found = values(good)
    truth = 110.0 + found["noise_floor_a"][0]
    assert found["noise_spl_a"] == (pytest.approx(truth, abs=0.01), pytest.approx(0.5, abs=0.1))
    assert found["noise_rise"][0] < 6
    again = program("evaluate", "last", "--json").finding("mic.noise_floor")
    assert again["measurements"] == good["measurements"]

    louder = quiet(-66.0, 4) + fan(-68.0, 5, 8 * RATE_HZ)
    write_wave(tmp_path / "tonight.wav", louder, RATE_HZ, width=3)
    noisy = program(*CHECK, *where).finding("mic.noise_floor")
    assert values(noisy)["noise_rise"][0] > 6
    assert "200 Hz +" in noisy["note"]["en"]
    assert "a fan or air conditioning that was off" in noisy["note"]["en"]
    assert noisy["verdict"] == "MARGINAL"

    path.write_text(json.dumps(record | {"taken": "2024-01-01T00:00:00Z"}))
    old = program(*CHECK, *where).finding("mic.noise_floor")["note"]
    assert "days old" in old["en"]
    assert "已过" in old["zh"]
    path.write_bytes(b"{")
    damaged = program(*CHECK, *where).finding("mic.noise_floor")
    assert ("noise_spl_a" in values(damaged), damaged["verdict"]) == (False, "MARGINAL")
    assert "damaged" in damaged["note"]["en"]


def test_what_is_no_calibrator_is_refused_and_nothing_is_stored(program, tmp_path: Path):
    where = studio(tmp_path, quiet(-66.0, 1))
    for name, samples, more, part in (
        ("noise", quiet(-30.0, 1), (), "no calibrator tone"),
        ("250", tone(-20.0, 250.0), (), "--frequency 250"),
        ("loud", np.clip(tone(0.0), -1, 1), (), "--turned-down 20"),
        ("reading", np.concatenate([quiet(-30.0, 1), quiet(-20.0, 1)]),
         ("--reference", "70", "--against", "meter"), "not steady"),
    ):  # fmt: skip
        write_wave(tmp_path / f"{name}.wav", samples, RATE_HZ, width=3)
        said = program("calibrate", "mic", "--no-input", "--from",
                       str(tmp_path / f"{name}.wav"), *more, *where)  # fmt: skip
        assert (said.code, part in said.err) == (20, True), said.err
        assert "nothing was stored" in said.err
    for words, part in (
        (("--reference", "70"), "--against"),
        (("--against", "meter"), "goes with --reference"),
        (("--reference", "70", "--against", "meter", "--level", "114"), "belongs to a calibrator"),
        (("--role", "guest"), "there is no microphone"),
        (("--from", "gone.wav"), "gone.wav"),
    ):
        said = program("calibrate", "mic", "--no-input", *words, *where)
        assert (said.code, part in said.err) == (2, True), said.err
    said = program("calibrate", "room", "--no-input", "--response", "x.wav", *where)
    assert (said.code, "goes with --from" in said.err) == (2, True)
    assert list((tmp_path / "records").iterdir()) == []


def test_the_simulated_studio_is_calibrated_and_a_changed_gain_is_noticed(program, home):
    made = program(*TONE, "--by", "anna")
    assert made.code == 0, made.err
    assert "0 dBFS is 100.0 ±" in made.out
    said = program(*TONE)
    assert (said.code, "--yes replaces it" in said.err) == (2, True)
    assert program(*TONE, "--yes", "--by", "ben").code == 0
    room_made = program("calibrate", "room", *SIMULATED)
    assert room_made.code == 0, room_made.err
    assert "T20 0.2" in room_made.out
    listed = program("calibrate", "list", "--simulated").out
    assert "sensitivity calibration of microphone host" in listed
    assert "room of microphone host" in listed

    turned = program(*CHECK, "--simulated", "--fault", "mic.host:gain=-6dB")
    finding = turned.finding("mic.noise_floor")
    assert not {"noise_spl_a", "noise_rise"} & values(finding).keys()
    assert "system gain of 0 dB, now -6 dB" in finding["note"]["en"]
    assert finding["verdict"] == "PASS"  # in dBFS it is judged all the same


def test_an_echo_that_is_new_is_told_from_one_that_was_there(program, home):
    echo = ("--fault", "mic.host:echo=180ms/-25dB")
    check = ("check", *SIMULATED, "--json", "--only", "mic.echo", *echo)
    assert "new since 2026-01-01" in program(*check).finding("mic.echo")["note"]["en"]
    stored = program("calibrate", "room", *SIMULATED, *echo)
    assert stored.code == 0, stored.err
    assert "echo after 180.0 ms" in stored.out
    known = program(*check).finding("mic.echo")
    assert "it was there on 20" in known["note"]["en"]
    assert known["verdict"] == "MARGINAL"  # known is not gone


def test_a_person_is_asked_to_put_the_calibrator_on_and_may_decline(environment, tmp_path: Path):
    words = (*TONE[:2], "--simulated", "--fault", "mic.host:tone=94dB")
    with terminal(environment, tmp_path, *words) as crew:
        crew.wait_for("put the calibrator on microphone host")
        crew.press()
        crew.wait_for("store this")
        crew.press("n")
        assert crew.ended() == 30


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a PulseAudio daemon on Linux")
def test_a_calibrator_is_heard_through_a_real_sound_server(rig: Rig, tmp_path: Path):
    studio_file = tmp_path / "studio.toml"
    studio_file.write_text(
        'name = "rig"\nprofile = "base-1080p30"\n[microphones.host]\ndevice = "name:lavalier"\n'
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "studiocheck", *words, "--studio", str(studio_file)],
            env={**rig.environment, "STUDIOCHECK_HOME": str(tmp_path / "state")},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    rig.feed("lav", tone(-20.0, seconds=15.0))
    made = run("calibrate", "mic", "--no-input")
    assert made.returncode == 0, made.stderr
    assert "0 dBFS is 114.0 ±" in made.stdout
    player = rig.players.pop()
    player.terminate()
    player.wait()
    rig.feed("lav", quiet(-60.0, 1, 40.0))
    check = run(*CHECK)
    (finding,) = json.loads(check.stdout)["findings"]
    found = values(finding)
    assert found["noise_spl_a"][0] == pytest.approx(114 + found["noise_floor_a"][0], abs=0.05)
    rig.gain("lav", -3)
    (finding,) = json.loads(run(*CHECK).stdout)["findings"]
    assert "noise_spl_a" not in values(finding)
    assert "system gain" in finding["note"]["en"]
