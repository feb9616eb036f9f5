"""A whole camera on a simulated driver: what it asks for, what it tells, how it fails."""

from __future__ import annotations

import errno
import pickle
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.capture import Camera, Frame
from studiocheck.core.errors import SourceError
from studiocheck.sources.cameras import opencv_camera, v4l2_camera
from studiocheck.sources.cameras import v4l2_kernel as kernel
from studiocheck.sources.cameras.binding import Node, Usb
from studiocheck.sources.cameras.v4l2_camera import V4l2Camera
from studiocheck.sources.cameras.v4l2_quirks import Quirk, quirk_of, quirks
from studiocheck.sources.capture.messages import Borrower
from tests.unit.simulated_v4l2 import EXPOSURE, PATH, Webcam, jpeg

Opened = Callable[..., V4l2Camera]


@pytest.fixture
def camera() -> Iterator[Opened]:
    made: list[V4l2Camera] = []

    def make(webcam: Webcam, **asked: object) -> V4l2Camera:
        made.append(V4l2Camera(Node(PATH), system=webcam, **asked))
        return made[-1]

    yield make
    for one in made:
        one.close()


def frames(camera: V4l2Camera, n: int) -> list[Frame]:
    return [frame for _ in range(n) if (frame := camera.read()) is not None]


def test_a_camera_tells_what_it_delivers_and_not_what_was_asked(camera: Opened) -> None:
    webcam = Webcam(largest=(1280, 720), picture=lambda _: jpeg(90, (640, 360)))
    info = camera(webcam, width=1920, height=1080, fps=30).open()
    assert (info.width, info.height) == (640, 360)
    assert webcam.size == (1280, 720)
    assert info.pixel_format == "MJPG"
    assert info.compressed is True
    assert info.nominal_fps == pytest.approx(30)
    assert info.backend == "V4L2 simulated"
    assert info.name == "Webcam"
    assert info.clock == "device"


def test_frames_carry_the_driver_s_time_and_number(camera: Opened) -> None:
    one = camera(Webcam())
    one.open()
    seen = frames(one, 10)
    assert np.diff([frame.sequence for frame in seen]).tolist() == [1] * 9
    steps_s = np.diff([frame.captured_s for frame in seen])
    assert steps_s == pytest.approx(1 / 200, abs=1e-5)
    assert all(frame.arrived_s is not None and frame.payload for frame in seen)


def test_a_driver_without_a_monotonic_clock_leaves_only_arrival(camera: Opened) -> None:
    one = camera(Webcam(monotonic=False))
    assert one.open().clock == "arrival"
    frame = frames(one, 1)[0]
    assert frame.captured_s == frame.arrived_s


def test_reading_decodes_nothing(camera: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    one = camera(Webcam())
    one.open()
    monkeypatch.setattr("cv2.imdecode", lambda *_: pytest.fail("decoded"))
    assert all(frame.size == (64, 48) for frame in frames(one, 5))


def test_half_a_jpeg_an_error_flag_and_an_empty_buffer_are_torn(camera: Opened) -> None:
    def picture(n: int) -> bytes:
        whole = jpeg(60 + n % 50)
        return {1: whole[: len(whole) // 2], 2: b""}.get(n % 4, whole)

    one = camera(Webcam(picture=picture, damaged=frozenset(range(3, 4000, 4))))
    one.open()
    states = {frame.sequence % 4: frame.state for frame in frames(one, 12)}
    assert states == {0: "whole", 1: "torn", 2: "torn", 3: "torn"}


def test_uncompressed_lines_that_are_missing_are_torn(camera: Opened) -> None:
    size = 64 * 48 * 2
    webcam = Webcam(formats=("YUYV",), picture=lambda n: bytes(size if n % 2 == 0 else size - 1))
    one = camera(webcam)
    info = one.open()
    assert (info.pixel_format, info.compressed) == ("YUYV", False)
    assert {f.sequence % 2: f.state for f in frames(one, 6)} == {0: "whole", 1: "torn"}


def test_a_lost_frame_is_a_gap_in_the_numbers(camera: Opened) -> None:
    one = camera(Webcam(lost=frozenset(range(0, 4000, 5)), fps=400))
    one.open()
    numbers = np.array([frame.sequence for frame in frames(one, 40)])
    assert (numbers % 5 != 0).all()
    lost = numbers[-1] - numbers[0] + 1 - len(numbers)
    assert lost == sum(1 for n in range(numbers[0], numbers[-1]) if n % 5 == 0)


def test_who_looks_late_sees_the_times_of_all_frames_and_the_pictures_of_some(
    camera: Opened,
) -> None:
    one = camera(Webcam(fps=400))
    one.open()
    time.sleep(0.5)
    late = frames(one, 150)
    assert np.diff([frame.sequence for frame in late]).tolist() == [1] * 149
    states = [frame.state for frame in late]
    assert states[0] == "whole"
    assert "unseen" in states


@pytest.mark.parametrize(
    ("webcam", "code"),
    [
        (Webcam(fails={kernel.S_FMT: errno.EBUSY}), "busy"),
        (Webcam(fails={kernel.REQBUFS: errno.EBUSY}), "busy"),
        (Webcam(fails={kernel.STREAMON: errno.ENOSPC}), "format"),
        (Webcam(fails={kernel.STREAMON: errno.EIO}), "format"),
        (Webcam(fails={kernel.STREAMON: errno.ENODEV}), "gone"),
        (Webcam(fails={kernel.QUERYCAP: errno.ENOTTY}), "format"),
        (Webcam(capabilities=0x0080_0000), "format"),
        (Webcam(unplugged=True), "gone"),
        (Webcam(ends_at=0), "gone"),
        (Webcam(ends_at=0, end=errno.ENODEV), "gone"),
    ],
)
def test_a_camera_that_does_not_start_says_why_and_is_released(
    camera: Opened, webcam: Webcam, code: str
) -> None:
    with pytest.raises(SourceError) as caught:
        camera(webcam).open()
    assert caught.value.code == code
    assert webcam.open_files == 0


def test_a_busy_camera_names_who_holds_it(tmp_path: Path) -> None:
    node = tmp_path / "video0"
    node.touch()
    webcam = Webcam(fails={kernel.S_FMT: errno.EBUSY})
    with node.open() as held, subprocess.Popen(["sleep", "30"], stdin=held) as holder:
        try:
            with pytest.raises(SourceError, match=f"sleep .pid {holder.pid}."):
                V4l2Camera(Node(str(node)), system=webcam).open()
        finally:
            holder.kill()


def test_a_camera_that_is_unplugged_is_gone(camera: Opened) -> None:
    webcam = Webcam()
    one = camera(webcam)
    one.open()
    webcam.unplugged = True
    with pytest.raises(SourceError) as caught:
        frames(one, 100)
    assert caught.value.code == "gone"
    one.close()


def test_a_stream_that_ends_while_the_camera_stays_is_told_apart(camera: Opened) -> None:
    one = camera(Webcam(ends_at=20))
    one.open()
    with pytest.raises(SourceError, match="middle of the stream"):
        frames(one, 100)


@pytest.mark.realtime
def test_a_camera_that_falls_silent_is_a_timeout_in_bounded_time(
    camera: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studiocheck.sources.cameras.v4l2_capture.READ_LIMIT_S", 0.3)
    one = camera(Webcam(stalls_at=20))
    one.open()
    began_s = time.monotonic()
    with pytest.raises(SourceError) as caught:
        frames(one, 100)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began_s < 2


def test_a_camera_that_sends_only_torn_frames_says_so(
    camera: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studiocheck.sources.cameras.v4l2_capture.READ_LIMIT_S", 0.3)
    one = camera(Webcam(picture=lambda n: jpeg(9) if n < 20 else jpeg(9)[:200]))
    one.open()
    with pytest.raises(SourceError, match="no whole picture"):
        frames(one, 1000)


def test_the_format_is_put_back_as_it_was_found(camera: Opened) -> None:
    webcam = Webcam(largest=(1280, 720), picture=lambda _: jpeg(9, (1280, 720)))
    one = camera(webcam, width=1280, height=720, fps=30)
    one.open()
    assert (webcam.pixel_format, webcam.size, webcam.rate) == ("MJPG", (1280, 720), (1, 30))
    one.close()
    one.close()
    assert (webcam.pixel_format, webcam.size, webcam.rate) == ("YUYV", (64, 48), (1, 10))
    assert webcam.open_files == 0


def test_a_camera_that_may_not_be_set_is_only_read(camera: Opened) -> None:
    webcam = Webcam()
    one = camera(webcam, kelvin=5500)
    assert one.open().white_balance_locked is False
    webcam.knobs[EXPOSURE].value = 99
    told = one.controls()
    assert told is not None
    assert told.found["exposure"] == 156
    assert told.after["exposure"] == 99
    assert (told.held, told.refused) == ({}, ())
    assert webcam.written == []


@pytest.mark.parametrize(
    "webcam",
    [
        Webcam(capabilities=kernel.CAPTURE_MPLANE | kernel.STREAMING),
        Webcam(capabilities=kernel.CAPTURE),
        Webcam(formats=("BGR3",)),
        Webcam(fails={kernel.REQBUFS: errno.EINVAL}),
        Webcam(buffers=2),
    ],
)
def test_what_does_not_stream_plainly_goes_by_opencv(
    camera: Opened, webcam: Webcam, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def opened(stand_in: opencv_camera.OpenCvCamera) -> None:
        asked.append(stand_in.binding)
        raise opencv_camera.problems.gone(PATH)

    monkeypatch.setattr(opencv_camera.OpenCvCamera, "open", opened)
    with pytest.raises(SourceError):
        camera(webcam).open()
    assert asked == [Node(PATH)]
    assert webcam.open_files == 0


def test_a_camera_crosses_to_its_child_before_it_is_open() -> None:
    one = pickle.loads(pickle.dumps(V4l2Camera(Node(PATH), 1920, 1080, 30, lock=True)))  # noqa: S301 - ours
    assert isinstance(one, Camera)
    assert isinstance(one, Borrower)
    one.close()


# ---------------------------------------------------------------- single models


def test_every_quirk_names_where_it_is_known_from() -> None:
    for model, quirk in quirks().items():
        vendor, product = model.split(":")
        assert quirk_of(Usb(vendor, product)) is quirk
        assert quirk.source.strip()
    assert quirk_of(Usb("dead", "beef")).source == ""
    assert quirk_of(None).source == ""


def test_a_card_that_streams_only_its_first_format_is_asked_for_that(
    camera: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    quirk = Quirk(source="test", prefer_format="first")
    monkeypatch.setattr(v4l2_camera, "quirk_of", lambda _: quirk)
    size = 64 * 48 * 2
    assert camera(Webcam(picture=lambda _: bytes(size))).open().pixel_format == "YUYV"


def test_a_camera_that_goes_dark_when_asked_for_a_rate_is_not_asked(
    camera: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(v4l2_camera, "quirk_of", lambda _: Quirk(source="test", keep_rate=True))
    webcam = Webcam()
    camera(webcam, fps=30).open()
    assert webcam.rate == (1, 10)
