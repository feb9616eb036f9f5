"""What one camera costs: capture and everything that is kept of every frame, against ffmpeg."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import cv2

from studiocheck.checks import all_checks
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.studio import CameraRole, Studio
from studiocheck.engine.evaluate import judge_one
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.sources.cameras.roles import camera_for
from studiocheck.sources.capture.recorder import record_clip
from tests.bench.quotients import cpu_s, ratios, show
from tests.e2e.cameras import ffmpeg

FILTERS = "signalstats,blurdetect,freezedetect,blackdetect"
SECONDS = 10
# fmt: off
CODECS = {
    "H.264": (".mp4", 8.0, ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M",
                            "-pix_fmt", "yuv420p"]),
    "MJPEG": (".avi", 12.0, ["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj422p"]),
}
# fmt: on


def clip(folder: Path, codec: str) -> Path:
    """Ten seconds of 1080p30 with motion and sensor noise."""
    suffix, _, options = CODECS[codec]
    target = folder / f"clip{suffix}"
    if not target.exists():
        source = "testsrc2=s=1920x1080:r=30,noise=alls=6:allf=t"
        begin = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", source, "-t", str(SECONDS)]
        subprocess.run([*begin, *options, str(target)], check=True)
    return target


def capture(path: Path) -> Captured:
    cv2.setNumThreads(1)  # as in the capture process of a camera
    camera = camera_for(CameraRole(device=f"file:{path}"), width=1920, height=1080, fps=30)
    try:
        return record_clip(camera, camera.open(), SECONDS, lambda _: None)
    finally:
        camera.close()


def against_ffmpeg(folder: Path) -> None:
    for codec, (_, target, _) in CODECS.items():
        path = clip(folder, codec)

        def ours(path: Path = path) -> float:
            return cpu_s(lambda: capture(path))

        def theirs(*options: str, path: Path = path) -> float:
            command = [ffmpeg(), "-v", "error", "-i", str(path), *options, "-f", "null", "-"]
            return cpu_s(lambda: subprocess.run(command, check=True, capture_output=True))

        faster = ratios(lambda: theirs("-vf", FILTERS), ours, 3)
        show(f"{codec}: CPU of ffmpeg {FILTERS} / ours (wanted: {target:g})", faster)
        show(f"{codec}: CPU of ours / ffmpeg decoding alone", ratios(ours, theirs, 5))
        show(f"{codec}: share of one core that a 1080p30 camera costs, %",
             [100 * ours() / SECONDS for _ in range(3)])  # fmt: skip
        evaluation(codec, capture(path))


def evaluation(codec: str, captured: Captured) -> None:
    """What judging costs afterwards, once a run: not part of the figures above."""
    studio = Studio(name="bench", cameras={"main": CameraRole(device="file:clip")})
    plan = make_plan(studio, load_profile("live-commerce-1080p30"), all_checks(), only=["camera"])
    spent: dict[str, float] = {}
    for entry in plan.checks:
        begin = time.process_time()
        judge_one(entry, {entry.device: {Clip: captured}}, studio)
        spent[entry.check.id] = time.process_time() - begin
    most = sorted(spent, key=lambda id_: -spent[id_])[:4]
    dearest = ", ".join(f"{id_} {1000 * spent[id_]:.0f}" for id_ in most)
    print(f"{codec}: CPU of judging all {len(spent)} camera checks of that clip afterwards, ms"
          f"  {1000 * sum(spent.values()):.0f}  ({dearest})", flush=True)  # fmt: skip
