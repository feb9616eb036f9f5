"""The simulated studio as servers, watched by the sources that watch real cameras."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import wave
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import Scene, load_scene
from studiocheck.simulator.serve import render, serve
from tests.e2e import cameras as rig


def small(*faults: str) -> Scene:
    """One small camera, so that a loaded machine renders it in real time."""
    scene = load_scene()
    camera = replace(scene.cameras["main"], width=640, height=360)
    return replace(scene, cameras={"main": camera}).with_faults(*map(parse_fault, faults))


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def test_a_simulated_camera_is_watched_like_a_real_one() -> None:
    with serve(small()) as servers:
        captured, clip = rig.record(servers.studio().cameras["main"].device, 2)
    assert captured.problem is None
    assert (clip.camera.width, clip.camera.height) == (640, 360)
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.05)


def test_faults_come_at_their_time_after_the_viewer() -> None:
    with serve(small("camera.main:unplug@2s")) as servers:
        captured, clip = rig.record(servers.studio().cameras["main"].device, 4)
    assert captured.problem is not None
    assert captured.problem.code == "gone"
    assert clip.series.captured_s[-1] - clip.series.captured_s[0] < 2


def test_a_simulated_camera_that_hangs_keeps_the_connection_and_sends_nothing() -> None:
    with serve(small("camera.main:hang@1.5s")) as servers:
        captured, _ = rig.record(servers.studio().cameras["main"].device, 4)
    assert captured.problem is not None
    assert captured.problem.code == "timeout"


def test_page_picture_and_sound_are_served() -> None:
    with serve(small("mic.host:gain=-20dB")) as servers:
        index, _, microphone, uplink = servers.urls
        page = fetch(index).decode()
        picture = cv2.imdecode(np.frombuffer(fetch(f"{index}camera/main.jpg"), np.uint8), 1)
        sound = fetch(f"{microphone}?seconds=1&kind=quiet")
        assert status_of(f"{index}camera/nobody.mjpg") == 404
        assert status_of(f"{microphone}?seconds=x") == 400
    assert "模拟直播间" in page
    assert "simulated studio" in page
    assert "mic.host:gain=-20dB" in page
    assert picture.shape == (360, 640, 3)
    with wave.open(io.BytesIO(sound)) as take:
        assert (take.getframerate(), take.getsampwidth(), take.getnframes()) == (48000, 3, 48000)
    assert uplink.startswith("tcp://127.0.0.1:")


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.parametrize(("fault", "status"), [("unplug", 404), ("busy", 503)])
def test_a_camera_that_is_not_there_is_an_http_error(fault: str, status: int) -> None:
    with serve(small(f"camera.main:{fault}")) as servers:
        assert status_of(servers.urls[1]) == status


def test_a_scene_is_rendered_to_files(tmp_path: Path) -> None:
    written = render(small(), tmp_path / "房间", 1.0)
    assert [path.name for path in written] == [
        *(f"camera-main-{n}.png" for n in (1, 2, 3)),
        *("mic-host-quiet.wav", "mic-host-speech.wav"),
    ]
    _, clip = rig.record(f"file:{written[0]}", 1)
    assert clip.camera.timeless
    with wave.open(str(written[-1])) as take:
        assert take.getnframes() == 48000
