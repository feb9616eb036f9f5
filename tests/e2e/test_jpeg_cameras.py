"""Network cameras that send Motion JPEG: torn, stalled, and looked at by a slow computer."""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from studiocheck.core.capture import Camera, Frame
from studiocheck.core.errors import (
    FormatRefused,
)
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.measure.picture.cadence import cadence
from studiocheck.sources.capture.recorder import record_clip
from tests.e2e import cameras as rig


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
        error, took_s = rig.failure(f"{sender.url}/cam?tear=1")
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


def lost(clip: ClipEvidence) -> int | None:
    """What is claimed to have got lost; plain HTTP carries no times, so nothing may be."""
    return cadence(clip.series, clip.torn_s, clip.camera.clock).lost


@pytest.mark.slow
def test_a_busy_computer_invents_no_drops_of_a_clean_stream(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender, rig.busy_computer():
        captured, clip = rig.record(f"{sender.url}/cam", 5)
        with urllib.request.urlopen(f"{sender.url}/stats", timeout=5) as stats:
            sent = json.load(stats)["cam"]
    assert captured.problem is None
    assert sent["skipped"] == 0
    assert not lost(clip)
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.02)


@pytest.mark.slow
def test_a_computer_too_slow_to_look_at_all_frames_still_counts_them(jpegs: Path) -> None:
    with rig.jpeg_sending(jpegs) as sender, rig.opened(f"{sender.url}/cam") as (camera, info):
        # looking at a frame takes longer than a frame lasts
        captured = record_clip(SlowToSee(camera), info, 4.0, lambda _: None)
    clip = captured.evidence
    assert isinstance(clip, ClipEvidence)
    assert not lost(clip)
    assert rig.rate_fps(clip) == pytest.approx(30, rel=0.02)
    assert clip.series.lag_s.max() > 1
    assert 0 < (~clip.series.seen).sum() < len(clip.series) / 2


def test_an_h264_camera_too_fast_for_this_computer_loses_no_frame(
    h264: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studiocheck.sources.cameras.av_camera._PACKETS_AHEAD", 20)
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
