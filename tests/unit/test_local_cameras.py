"""Which camera a binding means, on file trees like those that Linux shows."""

from __future__ import annotations

import ctypes
import errno
from pathlib import Path

import pytest

from studiocheck.core.errors import DeviceGone
from studiocheck.sources import camera_problems, v4l2
from studiocheck.sources.binding import Index, LocalBinding, Named, Node, Usb
from studiocheck.sources.local_cameras import PluggedCamera, _told_apart, _usb_of, find_local

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


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="figures of 64-bit systems")
def test_the_requests_are_those_of_the_kernel() -> None:
    # as `strace` prints them on x86-64 and arm64
    assert v4l2._QUERYCAP == 0x80685600
    assert v4l2._ENUM_FMT == 0xC0405602
    assert (v4l2._G_FMT, v4l2._S_FMT) == (0xC0D05604, 0xC0D05605)
    assert (v4l2._G_PARM, v4l2._S_PARM) == (0xC0CC5615, 0xC0CC5616)
    assert v4l2._G_CTRL == 0xC008561B
    assert v4l2._ENUM_FRAMESIZES == 0xC02C564A
    assert v4l2._ENUM_FRAMEINTERVALS == 0xC034564B
