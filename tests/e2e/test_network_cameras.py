"""Network cameras and clips against servers and encoders that are not ours."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.errors import (
    DeviceGone,
    FormatRefused,
    NetworkRefused,
    PermissionDenied,
    SourceTimeout,
)
from tests.e2e import cameras as rig

# its green differs by 20 codes between the two matrices
ORANGE_BGR = (0x30, 0x80, 0xE0)
EXACT = "flags=accurate_rnd+full_chroma_int"


# ---------------------------------------------------------------- healthy


def test_a_healthy_h264_camera_reads_30_by_the_sender_clock(h264: Path) -> None:
    with rig.sending(h264, "mpegts") as sender:
        captured, clip = rig.record(sender.url, 3)
    assert captured.problem is None
    assert clip.camera.clock == "sender"
    assert (clip.camera.width, clip.camera.height) == (1920, 1080)
    assert rig.rate_fps(clip) == pytest.approx(30, abs=0.001)
    assert len(clip.series) == 91
    assert not clip.series.identical.any()
    assert [still.index for still in clip.stills] == [0, 45, 90]
    assert all(still.image.shape == (1080, 1920, 3) for still in clip.stills)


def test_an_mjpeg_camera_has_only_arrival_times_and_they_are_not_made_up(mjpeg: Path) -> None:
    with rig.sending(mjpeg, "mpjpeg") as sender:
        captured, clip = rig.record(sender.url, 3)
    assert captured.problem is None
    # FFmpeg's demuxer would call this stream 25 fps whatever comes
    assert clip.camera.clock == "arrival"
    assert clip.camera.nominal_fps is None
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.03)


def test_a_camera_that_sends_24_is_not_30(tmp_path: Path) -> None:
    clip = rig.make(tmp_path / "24.mp4", *rig.moving(24, "1280x720"), "-t", "6", *rig.H264)
    with rig.sending(clip, "mpegts") as sender:
        _, evidence = rig.record(sender.url, 2)
    assert rig.rate_fps(evidence) == pytest.approx(24, abs=0.01)
    assert (evidence.camera.width, evidence.camera.height) == (1280, 720)


def test_a_camera_that_freezes_still_sends_30_but_identical_frames(tmp_path: Path) -> None:
    frozen = "trim=duration=2.5,tpad=stop_mode=clone:stop_duration=5"
    clip = rig.make(
        tmp_path / "frozen.avi", *rig.moving(30, "1280x720"), "-vf", frozen, "-t", "6", *rig.MJPEG
    )
    with rig.sending(clip, "mpjpeg") as sender:
        captured, evidence = rig.record(sender.url, 3)
    assert captured.problem is None
    assert rig.rate_fps(evidence) == pytest.approx(30, rel=0.05)
    identical = evidence.series.identical
    assert identical[-30:].all()
    assert not identical[:20].any()


# ---------------------------------------------------------------- what goes wrong on the way


def test_a_camera_that_dies_in_the_middle_leaves_what_it_gave(h264: Path) -> None:
    with rig.sending(h264, "mpegts") as sender:
        died_s: list[float] = []

        def kill() -> None:
            died_s.append(time.monotonic())
            sender.process.kill()

        threading.Timer(3.0, kill).start()
        captured, clip = rig.record(sender.url, 6)
    assert time.monotonic() - died_s[0] < 5
    assert captured.problem is not None
    assert captured.problem.code == "gone"
    assert "stopped" in captured.problem.message.en
    assert len(clip.series) > 10
    assert clip.stills[-1].index == len(clip.series) - 1


def test_an_mjpeg_camera_that_dies_leaves_what_it_gave(mjpeg: Path) -> None:
    with rig.sending(mjpeg, "mpjpeg") as sender:
        threading.Timer(2.5, sender.process.kill).start()
        captured, clip = rig.record(sender.url, 6)
    assert captured.problem is not None
    assert captured.problem.code == "gone"
    assert len(clip.series) > 10


@pytest.mark.parametrize("form", ["mpegts", "mpjpeg"])
def test_a_camera_that_hangs_is_a_timeout_in_bounded_time(
    form: str, h264: Path, mjpeg: Path
) -> None:
    with rig.sending(h264 if form == "mpegts" else mjpeg, form) as sender:
        hung_s: list[float] = []

        def hang() -> None:
            hung_s.append(time.monotonic())
            os.kill(sender.process.pid, signal.SIGSTOP)

        threading.Timer(2.5, hang).start()
        captured, clip = rig.record(sender.url, 6)
        waited_s = time.monotonic() - hung_s[0]
    assert captured.problem is not None
    assert captured.problem.code == "timeout"
    assert 2.5 < waited_s < 5
    assert len(clip.series) > 10


# ---------------------------------------------------------------- what never opens


def test_a_closed_port_is_refused_at_once() -> None:
    error, took_s = rig.failure(f"http://127.0.0.1:{rig.free_port()}/video")
    assert isinstance(error, NetworkRefused)
    assert took_s < 3


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_port_that_says_nothing_is_a_timeout_in_bounded_time(scheme: str) -> None:
    with rig.silent_port() as port:
        error, took_s = rig.failure(f"{scheme}://127.0.0.1:{port}/video")
    assert isinstance(error, SourceTimeout)
    assert took_s < 7


def test_a_wrong_path_is_a_camera_that_is_not_there() -> None:
    with rig.answering(404) as port:
        error, _ = rig.failure(f"http://127.0.0.1:{port}/wrong")
    assert isinstance(error, DeviceGone)
    assert "404" in error.message.en


def test_a_wrong_password_is_denied_and_never_shown() -> None:
    with rig.answering(401) as port:
        error, _ = rig.failure(f"http://admin:hunter2@127.0.0.1:{port}/video")
    assert isinstance(error, PermissionDenied)
    told = f"{error.message} {error.advice} {error} {error.__cause__!r}"
    assert "hunter2" not in told
    assert "***@127.0.0.1" in told


def test_a_page_that_is_no_video_is_refused() -> None:
    with rig.answering(200) as port:
        error, _ = rig.failure(f"http://127.0.0.1:{port}/index.html")
    assert isinstance(error, FormatRefused | DeviceGone)


def test_a_protocol_that_this_ffmpeg_cannot_speak_is_said_so() -> None:
    error, _ = rig.failure("srt://127.0.0.1:9000")
    assert error.code == "library"


# ---------------------------------------------------------------- clips on disk


def test_a_clip_is_judged_by_its_own_times(tmp_path: Path) -> None:
    clip = rig.make(tmp_path / "片段.mp4", *rig.moving("30000/1001"), "-t", "3", *rig.H264)
    began_s = time.monotonic()
    captured, evidence = rig.record(f"file:{clip}", 5)
    assert captured.problem is None
    assert evidence.camera.clock == "file"
    assert rig.rate_fps(evidence) == pytest.approx(30000 / 1001, abs=0.001)
    assert time.monotonic() - began_s < 3


def test_frames_dropped_in_a_clip_are_gaps_in_its_times(tmp_path: Path) -> None:
    drop = "select=not(eq(mod(n\\,10)\\,5))"
    options = [*rig.moving(30, "640x360"), "-t", "4", "-vf", drop, "-fps_mode", "passthrough"]
    clip = rig.make(tmp_path / "dropped.mkv", *options, *rig.H264)
    _, evidence = rig.record(f"file:{clip}", 5)
    steps_ms = np.diff(evidence.series.captured_s) * 1000
    assert len(evidence.series) == 108
    assert (steps_ms > 60).sum() == 12


@pytest.mark.parametrize(("range_", "limited"), [("tv", True), ("pc", False)])
def test_the_range_of_a_clip_is_what_its_stream_says(
    range_: str, limited: bool, tmp_path: Path
) -> None:
    options = ["-f", "lavfi", "-i", "color=white:size=320x180:rate=30", "-t", "0.2"]
    options += ["-vf", f"scale=out_range={range_}", "-color_range", range_]
    clip = rig.make(tmp_path / "range.mp4", *options, *rig.H264)
    with rig.opened(f"file:{clip}") as (camera, _):
        frame = camera.read()
    assert frame is not None
    assert frame.limited is limited
    assert abs(int(np.median(frame.luma())) - (235 if limited else 255)) <= 1
    assert np.median(frame.bgr()) >= 253


@pytest.mark.parametrize("matrix", ["bt709", "bt601"])
def test_colours_come_by_the_matrix_of_the_stream(matrix: str, tmp_path: Path) -> None:
    options = ["-f", "lavfi", "-i", "color=0xE08030:size=1280x720:rate=30", "-t", "0.2"]
    space = {"bt709": "bt709", "bt601": "smpte170m"}[matrix]
    options += [
        "-vf",
        f"scale=out_color_matrix={matrix}:out_range=tv:{EXACT}",
        "-colorspace",
        space,
    ]
    clip = rig.make(tmp_path / "colour.mp4", *options, *rig.H264)
    with rig.opened(f"file:{clip}") as (camera, _):
        frame = camera.read()
    assert frame is not None
    assert np.abs(np.median(frame.bgr(), axis=(0, 1)) - ORANGE_BGR).max() <= 2


def test_an_hd_stream_that_names_no_matrix_is_bt709(tmp_path: Path) -> None:
    options = ["-f", "lavfi", "-i", "color=0xE08030:size=1280x720:rate=30", "-t", "0.2"]
    options += [
        "-vf",
        f"scale=out_color_matrix=bt709:out_range=tv:{EXACT},setparams=colorspace=unknown",
    ]
    clip = rig.make(tmp_path / "colour.mp4", *options, *rig.H264)
    with rig.opened(f"file:{clip}") as (camera, _):
        frame = camera.read()
    assert frame is not None
    assert np.abs(np.median(frame.bgr(), axis=(0, 1)) - ORANGE_BGR).max() <= 2


def test_a_motion_jpeg_clip_keeps_its_packets(mjpeg: Path) -> None:
    captured, evidence = rig.record(f"file:{mjpeg}", 3)
    assert captured.problem is None
    assert (evidence.camera.clock, len(evidence.series)) == ("file", 91)
    assert not evidence.series.identical.any()
    with rig.opened(f"file:{mjpeg}") as (camera, _):
        frame = camera.read()
    assert frame is not None
    assert frame.payload is not None
    assert bytes(frame.payload[:2]) == b"\xff\xd8"
    assert frame.luma().shape == (1080, 1920)


def test_motion_jpeg_that_is_not_full_range_is_ffmpegs_work(tmp_path: Path) -> None:
    options = [*rig.moving(30, "640x360"), "-t", "0.5", "-c:v", "mjpeg", "-q:v", "3"]
    options += ["-vf", "scale=out_range=tv", "-color_range", "tv", "-strict", "unofficial"]
    clip = rig.make(tmp_path / "studio.avi", *options, "-pix_fmt", "yuv420p")
    with rig.opened(f"file:{clip}") as (camera, _):
        frame = camera.read()
    assert frame is not None
    assert frame.payload is None
    assert frame.limited


def test_a_ten_bit_clip_is_read(tmp_path: Path) -> None:
    options = [*rig.moving(30, "640x360"), "-t", "0.5", "-c:v", "ffv1", "-pix_fmt", "yuv422p10le"]
    clip = rig.make(tmp_path / "ten.mkv", *options)
    _, evidence = rig.record(f"file:{clip}", 5)
    assert len(evidence.series) == 15
    assert evidence.stills[0].image.shape == (360, 640, 3)


def test_a_picture_has_no_time(tmp_path: Path) -> None:
    picture = rig.make(tmp_path / "灯光.png", *rig.moving(1), "-frames:v", "1")
    captured, evidence = rig.record(f"file:{picture}", 5)
    assert captured.problem is None
    assert evidence.camera.timeless
    assert len(evidence.series) == 1
    assert [still.index for still in evidence.stills] == [0]


def test_a_clip_that_breaks_off_gives_what_it_holds(tmp_path: Path) -> None:
    whole = rig.make(tmp_path / "whole.ts", *rig.moving(30, "640x360"), "-t", "3", *rig.H264)
    half = tmp_path / "half.ts"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    _, evidence = rig.record(f"file:{half}", 5)
    assert 30 < len(evidence.series) < 60


@pytest.mark.parametrize("name", ["broken.mp4", "broken.png", "empty.mkv", "speech.wav"])
def test_a_file_without_a_picture_is_refused_by_name(name: str, tmp_path: Path) -> None:
    target = tmp_path / name
    if name == "speech.wav":
        rig.make(target, "-f", "lavfi", "-i", "sine", "-t", "1")
    else:
        target.write_bytes(b"" if name == "empty.mkv" else b"\x00\x01not a clip" * 400)
    error, _ = rig.failure(f"file:{target}")
    assert isinstance(error, FormatRefused)
    assert name in error.message.en
    assert str(tmp_path) not in error.message.en


@pytest.mark.parametrize("name", ["none.mp4", "none.png"])
def test_a_missing_file_is_a_camera_that_is_gone(name: str, tmp_path: Path) -> None:
    error, _ = rig.failure(f"file:{tmp_path / name}")
    assert isinstance(error, DeviceGone)
    assert name in error.message.en
