"""Which camera a binding means, on file trees like those that Linux shows."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path

import pytest

from studiocheck.core.errors import DeviceGone
from studiocheck.sources.cameras import camera_problems
from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.binding import Index, LocalBinding, Named, Node, Usb
from studiocheck.sources.cameras.local_cameras import (
    PluggedCamera,
    Socket,
    _told_apart,
    _usb_of,
    find_local,
    linux_cameras,
    socket_of,
    usb_of,
)
from studiocheck.sources.cameras.opencv_camera import tells_the_time
from studiocheck.sources.cameras.v4l2_kernel import Kernel

BRIO = PluggedCamera(
    0, "/dev/video0", "Logitech BRIO", "usb:046d:085e:8A", Usb("046d", "085e", "8A")
)
C920 = PluggedCamera(2, "/dev/video2", "HD Pro Webcam C920", "usb:046d:082d", Usb("046d", "082d"))
HDMI = PluggedCamera(4, "/dev/video4", "Cam Link", "/dev/video4")
ROOM = (BRIO, C920, HDMI)


def usb_camera(root: Path, name: str, serial: str | None, *, depth: str = "1-2/1-2:1.0") -> Path:
    """Write the sysfs folders of one USB camera; return the node's link to its device."""
    interface = root / "devices" / "pci0" / "usb1" / depth
    interface.mkdir(parents=True)
    (interface.parent / "idVendor").write_text("046D\n")
    (interface.parent / "idProduct").write_text("085e\n")
    if serial is not None:
        (interface.parent / "serial").write_text(serial + "\n")
    link = root / name
    link.symlink_to(interface)
    return link


@pytest.mark.parametrize(
    ("binding", "camera"),
    [
        (Index(2), C920),
        (Node("/dev/video4"), HDMI),
        (Named("brio"), BRIO),
        (Named("WEBCAM"), C920),
        (Usb("046d", "085e"), BRIO),
        (Usb("046d", "085e", "8a"), BRIO),
    ],
)
def test_a_binding_finds_its_camera(binding: LocalBinding, camera: PluggedCamera) -> None:
    assert find_local(binding, ROOM) is camera


@pytest.mark.parametrize(
    "binding",
    [Index(1), Node("/dev/video9"), Named("Sony"), Usb("046d", "085e", "8B"), Usb("dead", "beef")],
)
def test_a_camera_that_is_not_there_is_gone_and_those_there_are_listed(
    binding: LocalBinding,
) -> None:
    with pytest.raises(DeviceGone) as caught:
        find_local(binding, ROOM)
    for camera in ROOM:
        assert camera.name in caught.value.message.en
        assert camera.name in caught.value.message.zh


def test_a_name_of_two_cameras_is_refused_with_both() -> None:
    twin = PluggedCamera(6, "/dev/video6", "Cam Link", "/dev/video6")
    with pytest.raises(DeviceGone, match="more than one") as caught:
        find_local(Named("cam link"), (*ROOM, twin))
    assert "/dev/video4" in caught.value.message.en
    assert "/dev/video6" in caught.value.message.en


def test_a_replug_under_another_number_changes_nothing() -> None:
    moved = PluggedCamera(7, "/dev/video7", BRIO.name, BRIO.identity, BRIO.usb)
    assert find_local(Usb("046d", "085e", "8A"), (C920, moved)) is moved


def test_a_camera_with_an_infrared_node_is_its_first_node() -> None:
    infrared = PluggedCamera(2, "/dev/video2", BRIO.name, BRIO.identity, BRIO.usb)
    told = _told_apart([BRIO, infrared])
    assert [camera.identity for camera in told] == [BRIO.identity, "/dev/video2"]
    assert find_local(Usb("046d", "085e", "8A"), told) is told[0]


def test_twins_without_serial_numbers_are_told_apart_by_path() -> None:
    one = PluggedCamera(0, "/dev/video0", "Twin", "usb:1d6b:0102", Usb("1d6b", "0102"))
    two = PluggedCamera(2, "/dev/video2", "Twin", "usb:1d6b:0102", Usb("1d6b", "0102"))
    assert [c.identity for c in _told_apart([one, two])] == ["/dev/video0", "/dev/video2"]
    with pytest.raises(DeviceGone, match="more than one"):
        find_local(Usb("1d6b", "0102"), (one, two))


def test_the_identity_of_a_usb_camera_is_read_from_the_device_above_the_interface(
    tmp_path: Path,
) -> None:
    assert _usb_of(usb_camera(tmp_path, "a", "8A1F2C")) == Usb("046d", "085e", "8A1F2C")
    no_serial = usb_camera(tmp_path, "b", None, depth="1-3/1-3:1.0")
    assert _usb_of(no_serial) == Usb("046d", "085e", None)


def test_a_camera_on_another_bus_has_no_usb_identity(tmp_path: Path) -> None:
    (tmp_path / "platform" / "vivid.0").mkdir(parents=True)
    assert _usb_of(tmp_path / "platform" / "vivid.0") is None
    assert _usb_of(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.EACCES, "denied"),
        (errno.EBUSY, "busy"),
        (errno.ENOENT, "gone"),
        (errno.ENODEV, "gone"),
        (errno.ENOTTY, "format"),
        (errno.EIO, "source"),
    ],
)
def test_the_system_s_refusals_have_names(number: int, code: str) -> None:
    assert camera_problems.of_system("/dev/video0", OSError(number, "x")).code == code


def test_a_busy_camera_names_its_holder() -> None:
    error = camera_problems.busy("/dev/video0", ["obs (pid 12)"])
    assert "obs (pid 12)" in error.message.zh
    assert error.advice is not None
    assert "obs (pid 12)" in error.advice.en


# ---------------------------------------------------------------- the system's own word


@dataclass
class Nodes(Kernel):
    """The nodes of a computer by path: pictures, metadata, or nothing that may be opened."""

    captures: dict[str, bool]

    def open(self, path: str) -> int:
        if path not in self.captures:
            raise PermissionError(errno.EACCES, "not yours", path)
        return list(self.captures).index(path)

    def close(self, _: int) -> None:
        pass

    def ioctl(self, fd: int, _: int, argument) -> None:
        argument.capabilities = kernel.HAS_DEVICE_CAPS | kernel.CAPTURE
        captures = list(self.captures.values())[fd]
        argument.device_caps = kernel.CAPTURE if captures else 0x0080_0000


def node(sysfs: Path, number: int, *, name: str, index: int, device: Path) -> None:
    folder = sysfs / f"video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n")
    (folder / "index").write_text(f"{index}\n")
    (folder / "device").symlink_to(device)


@pytest.fixture
def brio(tmp_path: Path) -> Path:
    return usb_camera(tmp_path / "bus", "brio", "8A").resolve()


def test_metadata_nodes_are_no_cameras(tmp_path: Path, brio: Path) -> None:
    sysfs = tmp_path / "sysfs"
    node(sysfs, 0, name="Logitech BRIO: Logitech BRIO", index=0, device=brio)
    node(sysfs, 1, name="Logitech BRIO: Logitech BRIO", index=1, device=brio)
    nodes = Nodes({"/dev/video0": True, "/dev/video1": False})
    (camera,) = linux_cameras(sysfs, Path("/dev"), nodes)
    assert camera == PluggedCamera(
        0, "/dev/video0", "Logitech BRIO", "usb:046d:085e:8A", Usb("046d", "085e", "8A")
    )


def test_nodes_that_may_not_be_opened_are_told_apart_by_their_order(
    tmp_path: Path, brio: Path
) -> None:
    sysfs = tmp_path / "sysfs"
    node(sysfs, 2, name="Logitech BRIO", index=0, device=brio)
    node(sysfs, 3, name="Logitech BRIO", index=1, device=brio)
    assert [camera.index for camera in linux_cameras(sysfs, Path("/dev"), Nodes({}))] == [2]


def test_a_replugged_camera_is_found_by_its_serial_under_another_number(
    tmp_path: Path, brio: Path
) -> None:
    binding = Usb("046d", "085e", "8A")
    before, after = tmp_path / "before", tmp_path / "after"
    node(before, 0, name="Logitech BRIO", index=0, device=brio)
    node(after, 2, name="Logitech BRIO", index=0, device=brio)
    nodes = Nodes({"/dev/video0": True, "/dev/video2": True})
    assert find_local(binding, linux_cameras(before, Path("/dev"), nodes)).path == "/dev/video0"
    assert find_local(binding, linux_cameras(after, Path("/dev"), nodes)).path == "/dev/video2"


def test_where_a_camera_is_plugged_in_is_read_with_what_that_carries(tmp_path: Path) -> None:
    camera = usb_camera(tmp_path / "bus", "cam", None, depth="1-2/1-2.3/1-2.3:1.0").resolve()
    (camera.parent / "speed").write_text("480\n")
    node(tmp_path / "sysfs", 4, name="Cam", index=0, device=camera)
    assert socket_of("/dev/video4", tmp_path / "sysfs") == Socket("1-2.3", 480.0)
    assert usb_of("/dev/video4", tmp_path / "sysfs") == Usb("046d", "085e")
    assert socket_of("/dev/video9", tmp_path / "sysfs") == Socket()


def test_a_full_usb_bus_is_named_with_the_port() -> None:
    error = camera_problems.of_start("/dev/video0", OSError(errno.ENOSPC, "x"), "1-2.3")
    assert error.code == "format"
    assert "(1-2.3)" in error.message.en
    assert error.advice is not None
    assert "MJPEG" in error.advice.zh


@pytest.mark.parametrize(
    ("stamps_s", "arrivals_s", "true"),
    [
        ([1.0, 1.033, 1.067, 1.1], [50.0, 50.04, 50.06, 50.1], True),
        ([0.0, 0.0, 0.0, 0.0], [50.0, 50.04, 50.06, 50.1], False),
        ([-1.0, -1.0, -1.0, -1.0], [50.0, 50.04, 50.06, 50.1], False),
        ([1.0, 2.0, 3.0, 4.0], [50.0, 50.04, 50.06, 50.1], False),
        ([1.0, 1.033, 1.033, 1.1], [50.0, 50.04, 50.06, 50.1], False),
    ],
)
def test_a_backend_s_time_is_believed_only_if_it_goes_as_time_does(
    stamps_s: list[float], arrivals_s: list[float], true: bool
) -> None:
    assert tells_the_time(stamps_s, arrivals_s) is true
