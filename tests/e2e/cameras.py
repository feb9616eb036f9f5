"""Network cameras that are not ours: FFmpeg and GStreamer as servers, and clips made by FFmpeg."""

from __future__ import annotations

import contextlib
import functools
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from studiocheck.core.capture import Camera
from studiocheck.core.errors import NetworkRefused, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.core.picture import CameraInfo, ClipEvidence
from studiocheck.core.studio import CameraRole
from studiocheck.sources.cameras.roles import camera_for
from studiocheck.sources.capture.recorder import record_clip

RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")
JPEG_SERVER = Path(__file__).with_name("jpeg_server.py")
SYSTEM_PYTHON = "/usr/bin/python3"


@functools.cache
def ffmpeg() -> str:
    """The FFmpeg binary that comes with imageio-ffmpeg, else that of the system."""
    try:
        import imageio_ffmpeg
    except ImportError:
        found = shutil.which("ffmpeg")
        assert found, "no ffmpeg: install the dev dependencies"
        return found
    return imageio_ffmpeg.get_ffmpeg_exe()


def make(target: Path, *options: str) -> Path:
    """Make a clip; `options` stand between the global ones and the output file."""
    command = [ffmpeg(), "-v", "error", "-y", *options, str(target)]
    subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)
    return target


def moving(rate: float | str = 30, size: str = "1920x1080") -> list[str]:
    """Input options of a picture in which every frame differs from the one before."""
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"]


# fmt: off
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "4M",
        "-g", "30", "-pix_fmt", "yuv420p"]
MJPEG = ["-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p"]
# fmt: on


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Sender:
    """A running server; `process` may be stopped or killed."""

    url: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def sending(clip: Path, form: str) -> Iterator[Sender]:
    """Serve a clip once, at its own pace, as a network camera does (``mpjpeg`` or ``mpegts``)."""
    url = f"http://127.0.0.1:{free_port()}/camera"
    source = ["-re", "-stream_loop", "-1", "-i", str(clip)]
    target = ["-an", "-c", "copy", "-f", form, "-listen", "1", url]
    process = subprocess.Popen(
        [ffmpeg(), "-v", "error", *source, *target],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Sender(url, process)
    finally:
        process.kill()
        process.wait(5)


def split(clip: Path, folder: Path) -> Path:
    """Take a Motion JPEG clip apart, for `jpeg_sending`."""
    folder.mkdir(parents=True)
    return make(folder / "%04d.jpg", "-i", str(clip), "-c", "copy", "-f", "image2").parent


@contextlib.contextmanager
def jpeg_sending(folder: Path) -> Iterator[Sender]:
    """Serve each folder of JPEGs in a folder as a camera at /NAME; see `jpeg_server`."""
    process = subprocess.Popen(
        [sys.executable, str(JPEG_SERVER), str(folder)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield Sender(f"http://127.0.0.1:{int(process.stdout.readline())}", process)
    finally:
        process.kill()
        process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def busy_computer(processes: int = 4, limit_s: float = 30.0) -> Iterator[None]:
    """Keep the processors busy with other things, for a limited time."""
    code = f"import time\nt = time.monotonic() + {limit_s}\nwhile time.monotonic() < t: pass"
    busy = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait(5)


@contextlib.contextmanager
def rtsp_sending(clip: Path) -> Iterator[Sender]:
    """GStreamer's RTSP server: ``/cam``, ``/sound``, and ``/locked`` for user op, password p@ss."""
    port = free_port()
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(RTSP_SERVER), str(port), str(clip)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        yield Sender(f"rtsp://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


def has_rtsp_server() -> bool:
    """Whether the system's Python can run GStreamer's RTSP server."""
    check = [SYSTEM_PYTHON, str(RTSP_SERVER), "--check"]
    try:
        return subprocess.run(check, check=False, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes the connection and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


@contextlib.contextmanager
def answering(status: int) -> Iterator[int]:
    """A web server with one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextlib.contextmanager
def opened(device: str, patience_s: float = 5.0) -> Iterator[tuple[Camera, CameraInfo]]:
    """Open a camera as the capture child does, as soon as its server listens."""
    began_s = time.monotonic()
    while True:
        camera = camera_for(CameraRole(device=device), width=1920, height=1080, fps=30)
        try:
            info = camera.open()
        except NetworkRefused:
            camera.close()
            if time.monotonic() - began_s > patience_s:
                raise
            time.sleep(0.05)
            continue
        try:
            yield camera, info
        finally:
            camera.close()
        return


def record(device: str, seconds: float) -> tuple[Captured, ClipEvidence]:
    """Open, record and close."""
    with opened(device) as (camera, info):
        captured = record_clip(camera, info, seconds, lambda _: None)
    assert isinstance(captured.evidence, ClipEvidence)
    return captured, captured.evidence


def rate_fps(clip: ClipEvidence) -> float:
    """The mean rate by the capture times."""
    times = clip.series.captured_s
    return float((len(times) - 1) / (times[-1] - times[0]))


def failure(device: str) -> tuple[SourceError, float]:
    """Open what cannot be opened: the error, and how long it took, s."""
    camera = camera_for(CameraRole(device=device))
    began_s = time.monotonic()
    try:
        camera.open()
    except SourceError as error:
        return error, time.monotonic() - began_s
    finally:
        camera.close()
    message = f"{device} opened"
    raise AssertionError(message)
