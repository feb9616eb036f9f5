"""Ratios against named peers, measured in the same run: ``make bench``.

Absolute times of a shared machine mean little; every figure here is a quotient of two things that
ran in turn on the same machine, and the median of several turns.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROUNDS = 5
BARE_TYPER = "import typer; a = typer.Typer(); a.command()(lambda: None); a(['--help'])"
FILTERS = "signalstats,blurdetect,freezedetect,blackdetect"


def wall_s(command: Sequence[str], env: dict[str, str] | None = None) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=False, capture_output=True, env=env, stdin=subprocess.DEVNULL)
    return time.perf_counter() - begin


def cpu_s(work: Callable[[], object]) -> float:
    def used() -> float:
        own, children = (
            resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    begin = used()
    work()
    return used() - begin


def ratios(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int = ROUNDS
) -> list[float]:
    """Run in turn, after one warm-up of each; a ratio for each pair."""
    ours(), theirs()
    return [ours() / theirs() for _ in range(rounds)]


def show(what: str, values: Sequence[float]) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{what:76} {middle:6.2f}  ({low:.2f} … {high:.2f}, n={len(values)})", flush=True)


def help_against_bare_typer() -> None:
    python = sys.executable
    show(
        "wall time of `studiocheck --help` / bare typer's own",
        ratios(
            lambda: wall_s([python, "-m", "studiocheck", "--help"]),
            lambda: wall_s([python, "-c", BARE_TYPER]),
        ),
    )


def check_against_its_longest_window() -> None:
    """A camera in real time: one second for the stream to settle, then the five-second window."""
    from tests.e2e import cameras

    window_s = 1.0 + 5.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = cameras.make(folder / "clip.avi", *cameras.moving(), "-t", "4", *cameras.MJPEG)
        env = os.environ | {"STUDIOCHECK_HOME": name}
        command = [sys.executable, "-m", "studiocheck", "check", "--no-input", "--json"]
        values = []
        for _ in range(3):
            with cameras.sending(clip, "mpjpeg") as sender:
                studio = f'name = "r"\n[cameras.main]\ndevice = "{sender.url}"\n'
                (folder / "studio.toml").write_text(studio, "utf-8")
                begin = time.perf_counter()
                said = subprocess.run(
                    command, check=False, capture_output=True, env=env, text=True, cwd=folder
                )
                values.append((time.perf_counter() - begin) / window_s)
            verdicts = {f["check"]: f["verdict"] for f in json.loads(said.stdout)["findings"]}
            assert verdicts["camera.frame_rate"] == "PASS", verdicts
        show("wall time of a check of a live 1080p30 camera / its evidence window (6 s)", values)


def camera_against_ffmpeg(folder: Path, codec: str, arguments: Sequence[str], suffix: str) -> None:
    """CPU of capture, decoding and every per-frame figure, against ffmpeg's filters and decoding."""
    import imageio_ffmpeg

    from studiocheck.core.studio import CameraRole
    from studiocheck.sources.cameras import camera_for
    from studiocheck.sources.recorder import record_clip

    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    clip = folder / f"clip{suffix}"
    source = "testsrc2=s=1920x1080:r=30,noise=alls=6:allf=t"
    subprocess.run(
        [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-t", "10", *arguments, str(clip)],
        check=True,
    )

    def ours() -> float:
        def work() -> None:
            camera = camera_for(CameraRole(device=f"file:{clip}"), width=1920, height=1080, fps=30)
            record_clip(camera, camera.open(), 10.0, lambda _: None)
            camera.close()

        return cpu_s(work)

    def filters(chain: str) -> Callable[[], float]:
        command = [ffmpeg, "-v", "error", "-i", str(clip), "-vf", chain, "-f", "null", "-"]
        return lambda: cpu_s(lambda: subprocess.run(command, check=True, capture_output=True))

    def decode() -> float:
        command = [ffmpeg, "-v", "error", "-i", str(clip), "-f", "null", "-"]
        return cpu_s(lambda: subprocess.run(command, check=True, capture_output=True))

    show(f"{codec}: CPU of ours / ffmpeg {FILTERS}", ratios(ours, filters(FILTERS), 3))
    show(f"{codec}: CPU of ours / ffmpeg decoding alone", ratios(ours, decode, 3))
    show(f"{codec}: share of one core that a 1080p30 camera costs", [ours() / 10 for _ in range(3)])


def main() -> None:
    help_against_bare_typer()
    check_against_its_longest_window()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        h264 = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-pix_fmt", "yuv420p"]
        mjpeg = ["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj422p"]
        camera_against_ffmpeg(folder, "H.264", h264, ".mp4")
        camera_against_ffmpeg(folder, "MJPEG", mjpeg, ".avi")


if __name__ == "__main__":
    main()
