"""What a studio file may write for a camera, and what of it may be shown."""

from __future__ import annotations

import contextlib
import pickle
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.capture import Camera
from studiocheck.core.errors import FormatRefused, SourceError
from studiocheck.core.redaction import redacted
from studiocheck.core.studio import CameraRole
from studiocheck.sources.cameras.binding import (
    ClipFile,
    Index,
    Named,
    Node,
    Stream,
    Usb,
    parse_binding,
    same_stream,
)
from studiocheck.sources.cameras.local_cameras import words
from studiocheck.sources.cameras.roles import camera_for, resolved_identity

HEX4 = st.text("0123456789abcdef", min_size=4, max_size=4)
SERIAL = st.text(string.ascii_letters + string.digits + "-_. :", min_size=1).filter(
    lambda s: s == s.strip()
)
PASSWORD = st.text(string.ascii_letters + string.digits + "@:!$%&*+=~/-", min_size=4).filter(
    lambda s: "//" not in s and "@h" not in s
)


@pytest.mark.parametrize(
    ("device", "binding"),
    [
        ("/dev/video0", Node("/dev/video0")),
        ("/dev/v4l/by-id/usb-x-video-index0", Node("/dev/v4l/by-id/usb-x-video-index0")),
        ("index:12", Index(12)),
        ("name: Logitech BRIO ", Named("Logitech BRIO")),
        ("usb:046D:085E", Usb("046d", "085e")),
        ("usb:046d:085e:8A:1F 2C", Usb("046d", "085e", "8A:1F 2C")),
        ("rtsp://cam/live", Stream("rtsp://cam/live")),
        ("HTTP://cam/v.mjpg", Stream("HTTP://cam/v.mjpg")),
        ("file:a b.mp4", ClipFile("a b.mp4")),
        ("file:///clips/%E7%89%87.mp4", ClipFile("/clips/片.mp4")),
        (r"file:C:\clips\a.PNG", ClipFile(r"C:\clips\a.PNG")),
    ],
)
def test_every_form_of_the_contract_is_read(device: str, binding: object) -> None:
    assert parse_binding(device) == binding


@pytest.mark.parametrize(
    "device",
    [
        *("0", "video0", "clip.mp4", "index:", "index:-1", "index:x", "index:²", "name: ", "file:"),
        *(
            "usb:46d:85e",
            "usb:zzzz:0000",
            "rtsp://",
            "http:///x",
            "ftp://cam/x",
            "sim:main",
            "",
            ":",
        ),
    ],
)
def test_what_names_no_camera_is_refused_with_the_forms_that_do(device: str) -> None:
    with pytest.raises(FormatRefused) as caught:
        parse_binding(device)
    assert caught.value.advice is not None
    assert "index:0" in caught.value.advice.en
    assert "index:0" in caught.value.advice.zh


def test_a_camera_in_obs_is_refused_for_what_it_is() -> None:
    with pytest.raises(FormatRefused, match="OBS"):
        parse_binding("obs:Camera")


@given(HEX4, HEX4, st.none() | SERIAL)
def test_a_usb_binding_survives_writing_and_reading(
    vendor: str, product: str, serial: str | None
) -> None:
    binding = Usb(vendor, product, serial)
    assert parse_binding(words(binding)) == binding


@given(st.text())
def test_no_text_breaks_the_parser(device: str) -> None:
    with contextlib.suppress(SourceError):
        parse_binding(device)


@given(st.text(min_size=1))
def test_every_binding_gives_a_picklable_camera_that_is_not_open(device: str) -> None:
    camera = pickle.loads(pickle.dumps(camera_for(CameraRole(device=device))))  # noqa: S301 - ours
    assert isinstance(camera, Camera)
    camera.close()


@given(PASSWORD)
def test_a_password_never_shows(password: str) -> None:
    shown = redacted(f"rtsp://admin:{password}@host.local:554/live?ch=1")
    assert shown == "rtsp://***@host.local:554/live?ch=1"


@given(PASSWORD)
def test_a_camera_does_not_show_its_password_when_printed(password: str) -> None:
    camera = camera_for(CameraRole(device=f"rtsp://admin:{password}@host.local/live"))
    assert f"admin:{password}" not in repr(camera)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://cam/live", "rtsp://cam/live"),
        ("http://cam/v?user=a&pwd=b&w=3", "http://cam/v?user=***&pwd=***&w=3"),
        ("http://cam/v?apikey=b", "http://cam/v?apikey=***"),
        ("http://cam/v#token=b", "http://cam/v#***"),
        ("rtsp://u@cam", "rtsp://***@cam"),
        ("rtsp://u:p@[::1]:554/x", "rtsp://***@[::1]:554/x"),
        ("http://cam/path@2x/a:b", "http://cam/path@2x/a:b"),
    ],
)
def test_only_what_is_secret_is_hidden(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_two_spellings_of_one_stream_are_one_camera() -> None:
    assert same_stream("rtsp://a:b@CAM:554/x") == same_stream("rtsp://cam/x")
    assert same_stream("rtsp://cam/x") != same_stream("rtsp://cam/y")
    assert same_stream("http://cam/v?ch=1") != same_stream("http://cam/v?ch=2")
    assert "secret" not in same_stream("http://cam/v?ch=1&token=secret")


def test_what_cannot_be_resolved_stands_for_itself() -> None:
    assert resolved_identity("sim:main") == "sim:main"
    assert resolved_identity("name:no such camera at all") == "name:no such camera at all"
