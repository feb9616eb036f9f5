"""The whole program on real devices: an FFmpeg camera, PortAudio microphones, a shaped uplink."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studiocheck.simulator.voice import speak
from tests.e2e import cameras, pulse
from tests.e2e import namespaces as net

pytestmark = pytest.mark.slow

microphones = pulse.rig
uplink = net.rig
QUIET_S, SPEECH_S = 3.0, 6.0
PROFILE = f"""
name = "quick"
extends = "base-1080p30"
[sound]
quiet_s = {QUIET_S}
speech_s = {SPEECH_S}
[limits."camera.brightness"]
enabled = false   # a test card is no presenter
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("whole") / "camera.avi"
    return cameras.make(target, *cameras.moving(), "-t", "4", *cameras.MJPEG)


@pytest.fixture
def check(program, tmp_path):
    """`studiocheck check` on a studio file, in a process of its own."""

    def run(studio: str, *options: str, **env: str):
        (tmp_path / "studio.toml").write_text(f'name = "real"\n{studio}', "utf-8")
        (tmp_path / "quick.toml").write_text(PROFILE, "utf-8")
        return program("check", "--profile", "quick.toml", "--no-input", "--json", *options, **env)

    return run


def verdicts(said, *ids: str) -> dict[str, str]:
    found = {f["check"]: f["verdict"] for f in said.record["findings"]}
    return {i: found[i] for i in ids} if ids else found


def voice() -> np.ndarray:
    """Quiet, then speech at a known level, for as long as a slow machine may need to start."""
    phrase = speak(4, 48000, seed=5)  # repeated, so that any six seconds of it are as loud
    speech = np.tile(phrase * 10 ** ((-18.0 - loudness_of(phrase)) / 20), 5)
    quiet = np.random.default_rng(1).normal(0, 10 ** (-75 / 20), round(2.2 * QUIET_S * 48000))
    return np.concatenate([quiet, speech])


def loudness_of(samples: np.ndarray) -> float:
    from studiocheck.measure.sound.loudness_bs1770 import loudness

    return loudness(samples, 48000).integrated_lufs


def test_a_camera_and_a_silent_studio_are_judged_by_what_they_deliver(check, clip, microphones):
    with cameras.sending(clip, "mpjpeg") as sender:
        said = check(
            f'[cameras.main]\ndevice = "{sender.url}"\n'
            '[microphones.host]\ndevice = "name:Host lavalier"\n',
            **microphones.environment,
        )
    assert said.record["simulated"] is False
    seen = verdicts(said)
    for camera in ("present", "format", "frame_rate", "freeze", "black"):
        assert seen[f"camera.{camera}"] == "PASS", said.finding(f"camera.{camera}")
    assert seen["mic.present"] == "PASS", said.finding("mic.present")
    assert seen["mic.signal"] == "FAIL"  # nothing plays: digital silence
    assert said.code == 20
    assert said.record["duration_s"] < QUIET_S + SPEECH_S + 8


def test_a_voice_at_a_known_level_passes(check, microphones):
    microphones.feed("lav", voice())
    said = check('[microphones.host]\ndevice = "name:Host lavalier"\n', "--only", "mic", **microphones.environment)  # fmt: skip
    (loudness,) = [m for m in said.finding("mic.level")["measurements"] if m["name"] == "loudness"]
    assert loudness["value"] == pytest.approx(-18.0, abs=1.5)
    assert verdicts(said, "mic.present", "mic.clipping") == {"mic.present": "PASS", "mic.clipping": "PASS"}  # fmt: skip


def test_a_camera_whose_server_dies_is_a_finding_and_no_hang(check, clip):
    with cameras.sending(clip, "mpjpeg") as sender:
        killer = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"import os, time; time.sleep(5); os.kill({sender.process.pid}, 9)",
            ]
        )
        begin = time.monotonic()
        said = check(f'[cameras.main]\ndevice = "{sender.url}"\n', "--only", "camera")
        killer.wait(10)
    assert time.monotonic() - begin < 5 + 5 + 4
    assert said.finding("camera.present")["verdict"] == "FAIL"
    assert said.finding("camera.freeze")["verdict"] == "UNMEASURED"
    assert said.code == 20


@pytest.mark.parametrize(("mbit_s", "verdict", "code"), [(20, "PASS", 0), (6, "FAIL", 20)])
def test_an_uplink_is_judged_over_a_real_shaped_link(
    uplink, environment, tmp_path, mbit_s, verdict, code
):
    uplink.shape(mbit_s)
    said = check_inside(uplink, environment, tmp_path)
    upload = next(f for f in said["findings"] if f["check"] == "net.upload")
    assert upload["verdict"] == verdict, upload
    assert said["decision"] == {0: "GO", 20: "NO_GO"}[code]


def test_a_cable_that_is_pulled_half_way_is_reported_as_cut(uplink, environment, tmp_path):
    uplink.shape(20)
    hand = threading.Thread(target=pull_when_sending, args=(uplink,))
    hand.start()
    begin = time.monotonic()
    said = check_inside(uplink, environment, tmp_path)
    hand.join(10)
    assert time.monotonic() - begin < 20
    upload = next(f for f in said["findings"] if f["check"] == "net.upload")
    assert upload["verdict"] == "FAIL"
    assert "cut after" in upload["note"]["en"], upload


def pull_when_sending(rig: net.Rig) -> None:
    """Pull the studio's cable as soon as half a megabyte has left it."""
    counter = ["ip", "netns", "exec", rig.studio, "cat", "/sys/class/net/st0/statistics/tx_bytes"]
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if int(subprocess.run(counter, capture_output=True, check=True).stdout) > 500_000:
            rig.cut()
            return
        time.sleep(0.02)


def check_inside(rig: net.Rig, environment: dict[str, str], tmp_path: Path):
    (tmp_path / "studio.toml").write_text(
        f'name = "r"\n[uplinks.primary]\ntarget = "{rig.target}"\n'
    )
    done = subprocess.run(
        ["ip", "netns", "exec", rig.studio, sys.executable, "-m", "studiocheck", "check",
         "--no-input", "--json", "--only", "net.upload"],
        cwd=tmp_path, env=environment | {"PATH": os.environ["PATH"]}, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
