"""Network cameras by RTSP, against GStreamer's server: healthy and with each fault."""

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
    PermissionDenied,
)
from studiocheck.core.picture import ClipEvidence
from studiocheck.sources.capture.recorder import record_clip
from tests.e2e import cameras as rig

needs_rtsp = pytest.mark.skipif(
    not rig.has_rtsp_server(),
    reason="GStreamer's RTSP server is not installed for /usr/bin/python3",
)


def rtsp(sender: rig.Sender, path: str) -> str:
    """The address of a picture alone, of one with sound, or of that behind a password."""
    way_in = "://op:p%40ss@" if path == "/locked" else "://"
    return sender.url.replace("://", way_in) + path


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
        error, _ = rig.failure(f"{sender.url}/locked")
        assert isinstance(error, PermissionDenied)
        error, _ = rig.failure(f"{sender.url}/nowhere")
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
