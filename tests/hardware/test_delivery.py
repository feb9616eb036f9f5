"""What comes, against what was asked for, and against what the driver was told to lose."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from studiocheck.measure.picture.frame_rate import frame_rate
from tests.hardware.conftest import Plug
from tests.hardware.vm.machine import Guest
from tests.hardware.webcam.firmware import Hub, Webcam

LoadVivid = Callable[..., None]

QUIET_MOMENTS = 4
"""The driver loses frames of its own when the computer under the emulator is busy."""


def rate(clip: dict[str, Any]) -> float:
    """Frames per second by the kernel's stamps, as the program measures them."""
    stamps, numbers = np.array(clip["captured_s"]), np.array(clip["sequence"])
    return frame_rate(stamps, numbers, np.zeros(len(stamps), bool)).delivered_fps


def missing(clip: dict[str, Any]) -> float:
    """The share of frames that the driver numbered and nobody got."""
    numbers = clip["sequence"]
    return 1 - len(numbers) / (numbers[-1] - numbers[0] + 1)


def test_a_webcam_delivers_what_was_asked_in_its_own_time(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    clip = guest.call("clip", device=webcam.binding, width=1280, height=720, fps=15, seconds=3)
    camera = clip["camera"]
    assert (camera["width"], camera["height"], camera["pixel_format"]) == (1280, 720, "MJPG")
    assert camera["clock"] == "device"
    assert camera["compressed"] is True
    assert camera["port"] == "1-1"
    assert camera["link_mbit_s"] == 480
    assert rate(clip) == pytest.approx(15, rel=0.04)
    assert not clip["torn_s"]


def test_a_capture_card_that_agrees_to_1080p30_and_gives_5_is_measured_at_5(
    guest: Guest, vivid: LoadVivid
) -> None:
    vivid(n_devs=1, node_types="0x1")
    clip = guest.call("clip", device="/dev/video0", width=1920, height=1080, fps=30, seconds=3)
    assert (clip["camera"]["width"], clip["camera"]["height"]) == (1920, 1080)
    assert rate(clip) == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize("percent", [10, 30, 50])
def test_dropped_buffers_are_found_by_their_numbers(
    guest: Guest, vivid: LoadVivid, percent: int
) -> None:
    vivid(n_devs=1, node_types="0x1", no_error_inj=0)
    told = guest.run("v4l2-ctl", "-d0", "-c", f"percentage_of_dropped_buffers={percent}")
    assert told.code == 0, told.err
    share = percent / 100
    for _ in range(QUIET_MOMENTS):
        clip = guest.call("clip", device="/dev/video0", width=320, height=180, fps=30, seconds=5)
        slots = clip["sequence"][-1] - clip["sequence"][0] + 1
        assert rate(clip) == pytest.approx(30 * (1 - missing(clip)), rel=0.05)
        four_sigma = 4 * math.sqrt(share * (1 - share) / slots)
        if missing(clip) < share + four_sigma:
            break
    assert missing(clip) == pytest.approx(share, abs=four_sigma)


def test_uncompressed_webcams_on_one_hub_share_what_it_carries(guest: Guest, plug: Plug) -> None:
    hub = Hub(bytes_s=4e6)
    webcams = [plug(serial, formats=("YUYV",), hub=hub) for serial in ("A1", "A2")]
    asked = {"width": 640, "height": 480, "fps": 30, "seconds": 3}

    def take(webcam: Webcam) -> Any:
        return guest.call("clip", device=webcam.binding, **asked)

    alone = take(webcams[0])
    with ThreadPoolExecutor() as both:
        together = list(both.map(take, webcams))
    assert alone["camera"]["pixel_format"] == "YUYV"
    assert alone["camera"]["compressed"] is False
    assert alone["camera"]["nominal_fps"] == pytest.approx(30)
    assert rate(alone) < 8
    assert sum(map(rate, together)) < 8
    assert [clip["camera"]["port"] for clip in together] == ["1-1", "1-2"]


def test_torn_frames_are_counted_and_never_taken_for_pictures(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.torn = 5
    clip = guest.call("clip", device=webcam.binding, width=640, height=480, fps=30, seconds=3)
    torn, whole = len(clip["torn_s"]), len(clip["captured_s"])
    assert torn / (torn + whole) == pytest.approx(1 / 5, abs=0.03)


def test_a_slow_webcam_is_measured_at_what_it_sends(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.fps = 7
    clip = guest.call("clip", device=webcam.binding, width=640, height=480, fps=30, seconds=3)
    assert clip["camera"]["nominal_fps"] == pytest.approx(30)
    assert rate(clip) == pytest.approx(7, rel=0.05)


def test_a_frozen_webcam_repeats_itself(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.frozen = True
    clip = guest.call("clip", device=webcam.binding, width=640, height=480, fps=15, seconds=2)
    assert all(clip["identical"][1:])


def test_a_webcam_behind_its_cap_is_black(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.light = "black"
    clip = guest.call("clip", device=webcam.binding, width=640, height=480, fps=15, seconds=1)
    assert max(clip["luma"]) < 3
