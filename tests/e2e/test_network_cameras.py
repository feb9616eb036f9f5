"""Network cameras and clips against servers and encoders that are not ours."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.capture import Camera, Frame
from studiocheck.core.errors import (
    DeviceGone,
    FormatRefused,
    NetworkRefused,
    PermissionDenied,
    SourceError,
    SourceTimeout,
)
from studiocheck.core.evidence import CameraInfo, ClipEvidence
from studiocheck.core.studio import CameraRole
from studiocheck.measure.picture.frame_clock import frame_clock
from studiocheck.sources.cameras import camera_for
from studiocheck.sources.recorder import record_clip
from tests.e2e import cameras as rig

# its green differs by 20 codes between the two matrices
ORANGE_BGR = (0x30, 0x80, 0xE0)
EXACT = "flags=accurate_rnd+full_chroma_int"
needs_rtsp = pytest.mark.skipif(
    not rig.has_rtsp_server(),
    reason="GStreamer's RTSP server is not installed for /usr/bin/python3",
)


@pytest.fixture(scope="session")
def h264(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clips") / "h264.mp4"
    return rig.make(target, *rig.moving(), "-t", "12", *rig.H264)


@pytest.fixture(scope="session")
def mjpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clips") / "mjpeg.avi"
    return rig.make(target, *rig.moving(), "-t", "4", *rig.MJPEG)


def failure(device: str) -> tuple[SourceError, float]:
    """Open what cannot be opened: the error, and how long it took, s."""
    camera = camera_for(CameraRole(device=device))
    began_s = time.monotonic()
    with pytest.raises(SourceError) as caught:
        camera.open()
    camera.close()
    return caught.value, time.monotonic() - began_s


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


# ---------------------------------------------------------------- Motion JPEG, frame by frame


@pytest.fixture(scope="session")
def jpegs(mjpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cameras")
    rig.split(mjpeg, folder / "cam")
    return folder


def test_a_jpeg_camera_keeps_its_packets_and_its_colours(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender, rig.opened(f"{sender.url}/cam") as (camera, info):
        frame = camera.read()
        assert frame is not None
        assert (info.clock, info.width, info.height) == ("arrival", 1920, 1080)
        assert frame.payload is not None
        assert frame.small is not None
        assert frame.small().shape == (135, 240)
        sent = bytes(frame.payload)
        assert sent in {file.read_bytes() for file in (jpegs / "cam").glob("*.jpg")}


@pytest.mark.parametrize("fault", ["tear", "cut"])
@pytest.mark.parametrize("length", [0, 1])
def test_torn_jpegs_are_counted_and_are_no_frames(fault: str, length: int, jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender:
        captured, clip = rig.record(f"{sender.url}/cam?{fault}=10&length={length}", 3)
    assert captured.problem is None
    assert len(clip.torn_s) == pytest.approx(9, abs=1)
    assert len(clip.series) + len(clip.torn_s) == pytest.approx(91, abs=4)
    # a torn frame stands where a frame is missing
    together = np.sort(np.concatenate([clip.series.captured_s, clip.torn_s]))
    assert np.median(np.diff(together)) == pytest.approx(1 / 30, rel=0.05)


def test_a_camera_of_torn_jpegs_alone_never_opens(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender:
        error, took_s = failure(f"{sender.url}/cam?tear=1")
    assert isinstance(error, FormatRefused)
    assert took_s < 9


def test_a_jpeg_camera_that_stalls_is_a_timeout_in_bounded_time(jpegs: Path) -> None:
    began_s = time.monotonic()
    with rig.jpeg_sending(jpegs) as sender:
        captured, clip = rig.record(f"{sender.url}/cam?stall=2.5", 6)
    assert captured.problem is not None
    assert captured.problem.code == "timeout"
    assert time.monotonic() - began_s < 9
    assert len(clip.series) > 10


def missing(clip: ClipEvidence) -> int:
    """Frames that the camera's clock had room for and that did not come."""
    series = clip.series
    clock = frame_clock(series.captured_s, series.sequence)
    return int(clock.slot[-1]) + 1 - len(series)


@pytest.mark.slow
def test_a_busy_computer_invents_no_drops_of_a_clean_stream(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender, rig.busy_computer():
        captured, clip = rig.record(f"{sender.url}/cam", 5)
        with urllib.request.urlopen(f"{sender.url}/stats", timeout=5) as stats:
            sent = json.load(stats)["cam"]
    assert captured.problem is None
    assert sent["skipped"] == 0
    assert missing(clip) == 0
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.02)


@pytest.mark.slow
def test_a_computer_too_slow_to_look_at_all_frames_still_counts_them(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender, rig.opened(f"{sender.url}/cam") as (camera, info):
        # looking at a frame takes longer than a frame lasts
        captured = record_clip(SlowToSee(camera), info, 4.0, lambda _: None)
    clip = captured.evidence
    assert isinstance(clip, ClipEvidence)
    assert missing(clip) == 0
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.02)
    assert clip.series.lag_s.max() > 1
    assert 0 < (~clip.series.seen).sum() < len(clip.series) / 2


def test_an_h264_camera_too_fast_for_this_computer_loses_no_frame(
    h264: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studiocheck.sources.av_camera._PACKETS_AHEAD", 20)
    with rig.sending(h264, "mpegts") as sender, rig.opened(sender.url) as (camera, info):
        captured = record_clip(SlowToSee(camera), info, 4.0, lambda _: None)
    clip = captured.evidence
    assert isinstance(clip, ClipEvidence)
    assert np.diff(clip.series.captured_s) == pytest.approx(1 / 30, abs=1e-4)
    assert 0 < (~clip.series.seen).sum() < len(clip.series)
    assert clip.series.lag_s.max() > 0.5


@dataclass
class SlowToSee:
    """A camera of ours on a computer that needs 60 ms for whatever it looks at."""

    camera: Camera
    live: bool = True

    def open(self) -> CameraInfo:
        return self.camera.open()

    def read(self) -> Frame | None:
        frame = self.camera.read()
        if frame is not None and frame.state == "whole":
            time.sleep(0.06)
        return frame

    def controls(self) -> None:
        return

    def close(self) -> None:
        self.camera.close()


# ---------------------------------------------------------------- what never opens


def test_a_closed_port_is_refused_at_once() -> None:
    error, took_s = failure(f"http://127.0.0.1:{rig.free_port()}/video")
    assert isinstance(error, NetworkRefused)
    assert took_s < 3


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_port_that_says_nothing_is_a_timeout_in_bounded_time(scheme: str) -> None:
    with rig.silent_port() as port:
        error, took_s = failure(f"{scheme}://127.0.0.1:{port}/video")
    assert isinstance(error, SourceTimeout)
    assert took_s < 7


def test_a_wrong_path_is_a_camera_that_is_not_there() -> None:
    with rig.answering(404) as port:
        error, _ = failure(f"http://127.0.0.1:{port}/wrong")
    assert isinstance(error, DeviceGone)
    assert "404" in error.message.en


def test_a_wrong_password_is_denied_and_never_shown() -> None:
    with rig.answering(401) as port:
        error, _ = failure(f"http://admin:hunter2@127.0.0.1:{port}/video")
    assert isinstance(error, PermissionDenied)
    told = f"{error.message} {error.advice} {error} {error.__cause__!r}"
    assert "hunter2" not in told
    assert "***@127.0.0.1" in told


def test_a_page_that_is_no_video_is_refused() -> None:
    with rig.answering(200) as port:
        error, _ = failure(f"http://127.0.0.1:{port}/index.html")
    assert isinstance(error, FormatRefused | DeviceGone)


def test_a_protocol_that_this_ffmpeg_cannot_speak_is_said_so() -> None:
    error, _ = failure("srt://127.0.0.1:9000")
    assert error.code == "library"


# ---------------------------------------------------------------- RTSP


def rtsp(sender: rig.Sender, path: str) -> str:
    """The address of a picture alone, of one with sound, or of that behind a password."""
    way_in = "://op:p%40ss@" if path == "/locked" else "://"
    return sender.url.replace("://", way_in) + path


@pytest.fixture(scope="session")
def talking(h264: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with sound."""
    target = tmp_path_factory.mktemp("clips") / "talking.mp4"
    sound = ["-f", "lavfi", "-i", "sine=sample_rate=48000", "-c:v", "copy", "-c:a", "aac"]
    return rig.make(target, "-i", str(h264), *sound, "-shortest")


@needs_rtsp
@pytest.mark.parametrize("path", ["/cam", "/sound", "/locked"])
def test_a_healthy_rtsp_camera_reads_30_by_the_rtp_clock(path: str, talking: Path) -> None:
    with rig.rtsp_sending(talking) as sender:
        captured, clip = rig.record(rtsp(sender, path), 3)
    assert captured.problem is None
    assert clip.camera.clock == "sender"
    assert "ss@" not in clip.camera.device
    assert rig.rate_fps(clip) == pytest.approx(30, abs=0.005)
    assert np.diff(clip.series.captured_s).max() < 0.034


@needs_rtsp
def test_the_burst_at_the_start_of_an_rtsp_stream_is_not_in_the_clip(talking: Path) -> None:
    with rig.rtsp_sending(talking) as sender, rig.opened(rtsp(sender, "/cam")) as (camera, info):
        opened_s = time.monotonic()
        clip = record_clip(camera, info, 4, lambda _: None).evidence
    assert isinstance(clip, ClipEvidence)
    arrived_s = clip.series.arrived_s
    assert arrived_s[0] - opened_s > 0.9
    assert (len(arrived_s) - 1) / (arrived_s[-1] - arrived_s[0]) == pytest.approx(30, rel=0.05)


@needs_rtsp
def test_an_rtsp_camera_asks_for_its_password(talking: Path) -> None:
    with rig.rtsp_sending(talking) as sender:
        error, _ = failure(f"{sender.url}/locked")
        assert isinstance(error, PermissionDenied)
        error, _ = failure(f"{sender.url}/nowhere")
        assert isinstance(error, DeviceGone)


@needs_rtsp
@pytest.mark.parametrize("path", ["/sound", "/locked"])
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
def test_an_rtsp_camera_that_leaves_or_hangs_is_known_in_bounded_time(
    sign: signal.Signals, path: str, talking: Path
) -> None:
    with rig.rtsp_sending(talking) as sender:
        left_s: list[float] = []

        def leave() -> None:
            left_s.append(time.monotonic())
            os.kill(sender.process.pid, sign)

        threading.Timer(3.0, leave).start()
        captured, clip = rig.record(rtsp(sender, path), 8)
        waited_s = time.monotonic() - left_s[0]
    assert captured.problem is not None
    assert captured.problem.code == ("gone" if sign == signal.SIGKILL else "timeout")
    assert waited_s < 5
    assert len(clip.series) > 10


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
    error, _ = failure(f"file:{target}")
    assert isinstance(error, FormatRefused)
    assert name in error.message.en
    assert str(tmp_path) not in error.message.en


@pytest.mark.parametrize("name", ["none.mp4", "none.png"])
def test_a_missing_file_is_a_camera_that_is_gone(name: str, tmp_path: Path) -> None:
    error, _ = failure(f"file:{tmp_path / name}")
    assert isinstance(error, DeviceGone)
    assert name in error.message.en
