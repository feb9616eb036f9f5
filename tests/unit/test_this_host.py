"""What this computer tells of itself, and who holds a device."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from studiocheck.core.errors import PermissionDenied
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.host import SimulatedHost
from studiocheck.simulator.scene import load_scene
from studiocheck.sources.cameras.holders import holders_of
from studiocheck.sources.host import ThisHost


def ignore(_: float) -> None:
    """Nobody watches the progress."""


@pytest.mark.realtime
def test_load_memory_and_disk_are_plausible_and_take_the_time_asked_for(tmp_path: Path):
    began = time.monotonic()
    shares: list[float] = []
    host = ThisHost(str(tmp_path)).sample(1.0, shares.append)
    assert 0.9 < time.monotonic() - began < 3
    assert len(host.cpu_percent) == 2
    assert all(0 <= load <= 100 for load in host.cpu_percent)
    assert 0 < host.memory_available_bytes < host.memory_total_bytes
    assert host.disk_free_bytes > 0
    assert host.disk_path == str(tmp_path)
    assert len(shares) >= 5


def test_a_recording_folder_that_does_not_exist_yet_is_judged_by_its_parent(tmp_path: Path):
    host = ThisHost(str(tmp_path / "recordings" / "today")).sample(0.0, ignore)
    assert host.disk_path == str(tmp_path)
    assert len(host.cpu_percent) == 1


def test_the_simulated_computer_is_as_its_scene_says():
    scene = load_scene().with_faults(parse_fault("host:cpu=90%"), parse_fault("host:disk=0.5GB"))
    host = SimulatedHost(scene).sample(5.0, ignore)
    assert host.cpu_percent.mean() == pytest.approx(90, abs=2)
    assert host.disk_free_bytes == 500_000_000


def test_the_simulated_computer_can_refuse():
    scene = load_scene().with_faults(parse_fault("host:unreadable"))
    with pytest.raises(PermissionDenied):
        SimulatedHost(scene).sample(1.0, ignore)


on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="procfs is Linux's own")


@on_linux
def test_who_holds_a_file_is_named_with_its_process_number(tmp_path: Path):
    device, link = tmp_path / "video0", tmp_path / "by-id"
    device.touch()
    link.symlink_to(device)
    assert holders_of(device) == ()
    with device.open():
        (holder,) = holders_of(link)
    assert holder.endswith(f"(pid {os.getpid()})")


def fake_process(proc: Path, number: int, name: str, *open_files: str) -> Path:
    (proc / str(number) / "fd").mkdir(parents=True)
    (proc / str(number) / "comm").write_text(f"{name}\n")
    for place, file in enumerate(open_files):
        (proc / str(number) / "fd" / str(place)).symlink_to(file)
    return proc / str(number)


@on_linux
def test_several_holders_are_named_in_order_and_others_are_not(tmp_path: Path):
    fake_process(tmp_path, 900, "chrome", "/dev/null", "/dev/video7")
    fake_process(tmp_path, 12, "obs", "/dev/video7")
    fake_process(tmp_path, 13, "bash", "/dev/video1")
    (tmp_path / "self").mkdir()
    assert holders_of("/dev/video7", tmp_path) == ("obs (pid 12)", "chrome (pid 900)")


@on_linux
def test_a_process_that_ends_while_we_look_is_passed_over(tmp_path: Path):
    (tmp_path / "77").mkdir()
    fake_process(tmp_path, 78, "obs", "/dev/video7")
    (tmp_path / "78" / "comm").unlink()
    assert holders_of("/dev/video7", tmp_path) == ("? (pid 78)",)
    assert holders_of("/dev/video7", tmp_path / "nowhere") == ()
