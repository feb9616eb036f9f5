"""Eight live 1080p30 MJPEG cameras on two cores, checked by the program as a user starts it.

The pictures are those of the scene ``eight-cameras``, rendered once; one process sends them all.
"""

from __future__ import annotations

import json
import os
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import psutil

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Clip
from studiocheck.core.picture import ClipEvidence
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import read_evidence
from studiocheck.measure.picture.frame_row import luma_grid
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.scene import load_scene
from tests.bench import watching
from tests.bench.watching import Watched
from tests.e2e.cameras import jpeg_sending

SCENE, CORES, LOOP = "eight-cameras", 2, 45
ROUNDS = 3
# as webcams send it: colour at half the width
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 88,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422]  # fmt: skip


def run(folder: Path) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    scene, loops = load_scene(SCENE), folder / "loops"
    with ProcessPoolExecutor(CORES) as pool:
        sizes = list(pool.map(_render, scene.cameras, [loops] * len(scene.cameras)))
    print(f"eight cameras: {sum(sizes) / len(sizes) / 1000:.0f} kB a frame, "
          f"{30 * sum(sizes) * 8 / 1e6:.0f} Mbit/s in all", flush=True)  # fmt: skip
    for turn in range(ROUNDS):
        with jpeg_sending(loops) as sender:
            studio = folder / "eight.toml"
            studio.write_text(_studio(list(scene.cameras), sender.url), "utf-8")
            server = psutil.Process(sender.process.pid)
            begin, load = time.perf_counter(), os.getloadavg()[0]
            ran = watching.check(studio, folder / f"eight-{turn}", but=[sender.process.pid])
            took_s = time.perf_counter() - begin
            with urllib.request.urlopen(f"{sender.url}/stats", timeout=5) as answer:
                sent = json.load(answer)
            times = server.cpu_times()
        _tell(folder / f"eight-{turn}", ran, sent, loops)
        print(f"  took {took_s:.1f} s ({ran.record['timings']}); CPU {ran.cpu_s:.1f} s ours "
              f"({ran.capture_s:.1f} s of it capturing), "
              f"{times.user + times.system:.1f} s sender; peak memory of a camera "
              f"{max(ran.peaks_mb.values()) - ran.shared_mb:.0f} MB beside {ran.shared_mb:.0f} MB "
              f"shared; load before {load:.1f}", flush=True)  # fmt: skip


def _render(role: str, folder: Path) -> int:
    """Write one camera's loop; returns the mean size of a frame, bytes."""
    camera = SimulatedCamera(load_scene(SCENE), role, 1920, 1080, 30)
    camera.open()
    target = folder / role
    target.mkdir(parents=True)
    total = 0
    for n in range(LOOP):
        frame = camera.read()
        assert frame is not None
        jpeg = cv2.imencode(".jpg", frame.bgr(), JPEG)[1].tobytes()
        (target / f"{n:03d}.jpg").write_bytes(jpeg)
        total += len(jpeg)
    return total // LOOP


def _studio(roles: list[str], url: str) -> str:
    cameras = "".join(f'[cameras.{role}]\ndevice = "{url}/{role}"\n' for role in roles)
    return f'name = "eight"\n{cameras}'


def _tell(home: Path, ran: Watched, sent: dict[str, dict[str, int]], loops: Path) -> None:
    print("  camera    frames  unseen  max lag ms  lost  torn  sender skipped  frame rate")
    run_folder = home / "state" / "runs" / ran.record["run_id"]
    for role, verdict in ran.verdicts("camera.frame_rate").items():
        captured = read_evidence(run_folder, DeviceKey(Scope.CAMERA, role)).get(Clip)
        clip = captured.evidence if captured is not None else None
        if not isinstance(clip, ClipEvidence):
            print(f"  {role:9} {verdict}", flush=True)
            continue
        series = clip.series
        print(f"  {role:9} {len(series):6} {int((~series.seen).sum()):7} "
              f"{1000 * float(series.lag_s.max()):11.0f} {_lost(clip, loops / role):5} "
              f"{len(clip.torn_s):5} {sent[role]['skipped']:15}  {verdict}", flush=True)  # fmt: skip


def _lost(clip: ClipEvidence, loop: Path) -> int:
    """Count frames that were sent and have no row: each picture says where in the loop it stands."""
    places = {}
    for place, file in enumerate(sorted(loop.glob("*.jpg"))):
        small = cv2.imread(str(file), cv2.IMREAD_REDUCED_GRAYSCALE_8)
        places[luma_grid(np.asarray(small, np.uint8)).tobytes()] = place
    rows = clip.series.watched
    sent = np.array([places[clip.series.grid[row].tobytes()] for row in rows])
    return int(((np.diff(sent) - np.diff(rows)) % LOOP).sum())
