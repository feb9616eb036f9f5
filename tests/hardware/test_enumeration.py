"""Which cameras there are: names, stable ids, formats, and what only looks like a camera."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hardware.conftest import Plug
from tests.hardware.vm.machine import Guest, Refusal


def test_a_webcam_is_one_camera_although_it_has_two_nodes(guest: Guest, plug: Plug) -> None:
    webcam = plug("A1")
    assert len(guest.call("nodes")) == 2
    (camera,) = guest.call("plugged")
    assert camera["identity"] == webcam.binding
    assert camera["name"] == webcam.name


def test_a_metadata_node_says_that_it_is_no_camera(guest: Guest, plug: Plug) -> None:
    plug("A1")
    (camera,) = guest.call("plugged")
    (other,) = set(guest.call("nodes")) - {camera["path"]}
    with pytest.raises(Refusal, match="not a camera") as refusal:
        guest.call("clip", device=other, seconds=1)
    assert refusal.value.code == "format"


def test_two_webcams_of_one_model_are_told_apart_by_their_serial_numbers(
    guest: Guest, plug: Plug
) -> None:
    one, two = plug("A1"), plug("A2")
    paths = {c["identity"]: c["path"] for c in guest.call("plugged")}
    assert set(paths) == {one.binding, two.binding}
    assert [guest.call("identity", device=w.binding) for w in (one, two)] == [
        paths[one.binding],
        paths[two.binding],
    ]


def test_capture_cards_without_a_serial_number_go_by_their_place(
    guest: Guest, vivid: Callable[..., None]
) -> None:
    vivid(n_devs=2, node_types="0x1,0x1")
    found = guest.call("plugged")
    assert [camera["identity"] for camera in found] == ["/dev/video0", "/dev/video1"]
    (link,) = guest.run("sh", "-c", "udevadm settle; ls -d /dev/v4l/by-path/*").out.split()
    assert guest.call("identity", device=link) == guest.run("readlink", "-f", link).out.strip()


def test_the_program_lists_cameras_with_their_formats(
    guest: Guest, plug: Plug, vivid: Callable[..., None]
) -> None:
    webcam = plug("A1")
    vivid(n_devs=1, node_types="0x1")
    said = guest.run("python3", "-m", "studiocheck", "devices", "--json", limit_s=90)
    cameras = {camera["binding"]: camera for camera in said.record["cameras"]}
    assert len(cameras) == 2
    assert webcam.name in cameras[webcam.binding]["name"]
    assert "MJPG 1920x1080 30 fps" in cameras[webcam.binding]["formats"]
    assert "YUYV 1280x720 10 fps" in cameras[webcam.binding]["formats"]
