"""Cameras that go away, go silent, or belong to somebody else: an error with a name, in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hardware.conftest import Plug, after, plug_in, until
from tests.hardware.vm.machine import Guest, Refusal

IN_TIME_S = 6.0
VGA = {"width": 640, "height": 480, "fps": 15}


def test_a_webcam_that_is_pulled_out_is_gone_at_once(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    with after(4, webcam.unplug):
        clip = guest.call("clip", device=webcam.binding, seconds=30, **VGA)
    assert clip["problem"] == "gone"
    assert clip["closed_s"] < IN_TIME_S


def test_a_webcam_that_goes_silent_is_a_timeout(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")

    def stall() -> None:
        webcam.does.stalled = True

    with after(4, stall):
        clip = guest.call("clip", device=webcam.binding, seconds=30, **VGA)
    assert clip["problem"] == "timeout"
    assert clip["captured_s"][-1] - clip["captured_s"][0] < 10


def test_a_webcam_that_never_sends_is_a_timeout(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    webcam.does.stalled = True
    with pytest.raises(Refusal, match="sends nothing") as refusal:
        guest.call("clip", device=webcam.binding, seconds=3, **VGA)
    assert refusal.value.code == "timeout"
    assert refusal.value.after_s < IN_TIME_S


@pytest.mark.parametrize("trouble", ["disconnect", "inject_fatal_streaming_error"])
def test_a_capture_card_that_fails_is_named_so(
    guest: Guest, vivid: Callable[..., None], trouble: str
) -> None:
    vivid(n_devs=1, node_types="0x1", no_error_inj=0)
    with after(3, lambda: guest.run("v4l2-ctl", "-d0", "-c", f"{trouble}=1")):
        clip = guest.call("clip", device="/dev/video0", seconds=30, **VGA)
    assert clip["problem"] == "gone"
    assert clip["captured_s"][-1] - clip["captured_s"][0] < 10


def test_a_replugged_webcam_is_found_under_its_new_number(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    (before,) = guest.call("plugged")
    # whoever still has the old node open keeps its number taken
    with guest.start("sh", "-c", f"exec sleep 60 <{before['path']}"):
        until(lambda: guest.call("holders", path=before["path"]), "held")
        webcam.unplug()
        until(lambda: not guest.call("plugged"), "unplugged")
        plug_in(guest, webcam, 0, again=True)
        (now,) = guest.call("plugged")
        assert now["path"] != before["path"]
        clip = guest.call("clip", device=webcam.binding, seconds=1, **VGA)
    assert clip["camera"]["device"] == now["path"]


def test_a_busy_camera_names_its_holder(guest: Guest, vivid: Callable[..., None]) -> None:
    vivid(n_devs=1, node_types="0x1")
    streams = "exec v4l2-ctl -d0 --stream-mmap 2>holder.log"
    with guest.start("sh", "-c", streams) as holder:
        until(lambda: "fps" in guest.run("sh", "-c", "cat holder.log").out, "streaming")
        with pytest.raises(Refusal, match=rf"v4l2-ctl \(pid {holder.pid}\)") as refusal:
            guest.call("clip", device="/dev/video0", seconds=1, **VGA)
    assert refusal.value.code == "busy"
