"""Clips that the tests of network cameras share; each is made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import cameras as rig

COMPUTING = {"test_program", "test_calibrate_camera", "test_installation", "test_lamp_drivers"}
"""Whole programs that wait for nothing but the processor."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.stem not in COMPUTING:
            item.add_marker(pytest.mark.realtime)


@pytest.fixture(scope="session")
def h264(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clips") / "h264.mp4"
    return rig.make(target, *rig.moving(), "-t", "12", *rig.H264)


@pytest.fixture(scope="session")
def mjpeg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("clips") / "mjpeg.avi"
    return rig.make(target, *rig.moving(), "-t", "4", *rig.MJPEG)


@pytest.fixture(scope="session")
def jpegs(mjpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cameras")
    rig.split(mjpeg, folder / "cam")
    return folder


@pytest.fixture(scope="session")
def talking(h264: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with sound."""
    target = tmp_path_factory.mktemp("clips") / "talking.mp4"
    sound = ["-f", "lavfi", "-i", "sine=sample_rate=48000", "-c:v", "copy", "-c:a", "aac"]
    return rig.make(target, "-i", str(h264), *sound, "-shortest")
