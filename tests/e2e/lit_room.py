"""A room whose lamps can be switched, and its network camera: Motion JPEG on 127.0.0.1."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
from numpy.typing import NDArray

from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.lamps import with_lamps
from studiocheck.simulator.scene import load_scene

LAMPS = ("key", "fill", "back")
SIZE = (640, 360)
FPS = 20.0

Picture = NDArray[np.uint8]


@cache
def photographs(
    lit: frozenset[str], size: tuple[int, int] = SIZE, n: int = 3
) -> tuple[Picture, ...]:
    """What the simulated studio's camera sees with these lamps on."""
    scene = with_lamps(load_scene(), dict.fromkeys(lit, True))
    camera = SimulatedCamera(scene, "main", *size, 30.0)
    camera.open()
    frames = [camera.read() for _ in range(n)]
    camera.close()
    return tuple(frame.bgr().copy() for frame in frames if frame is not None)


def states() -> dict[str, frozenset[str]]:
    """The states of a calibration and the lamps that are on in each."""
    alone = {name: frozenset((name,)) for name in LAMPS}
    return {"all": frozenset(LAMPS), "off": frozenset(), **alone}


def every_light() -> list[frozenset[str]]:
    return [frozenset(c) for n in range(4) for c in itertools.combinations(LAMPS, n)]


@dataclass
class Room:
    """``lit`` is what shines now; ``gain`` is what the camera makes of it by itself."""

    url: str
    lit: Callable[[], frozenset[str]]
    seen: list[frozenset[str]]


@contextlib.contextmanager
def lit_room(lit: Callable[[], frozenset[str]]) -> Iterator[Room]:
    """A camera that sees what is lit at that moment."""
    jpegs: Mapping[frozenset[str], list[bytes]] = {
        light: [bytes(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 95])[1]) for p in photos]
        for light, photos in ((light, photographs(light)) for light in every_light())
    }
    closing = threading.Event()
    seen: list[frozenset[str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            began_s, n = time.monotonic(), 0
            with contextlib.suppress(OSError):
                while not closing.wait(max(0.0, began_s + n / FPS - time.monotonic())):
                    light = lit()
                    if seen[-1:] != [light]:
                        seen.append(light)
                    jpeg = jpegs[light][n % len(jpegs[light])]
                    head = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
                    self.wfile.write(head % len(jpeg) + jpeg + b"\r\n")
                    n += 1

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        port = server.server_address[1]
        yield Room(f"http://127.0.0.1:{port}/room.mjpg", lit, seen)
    finally:
        closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
