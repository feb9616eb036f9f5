"""The simulated studio as servers of this computer, and as files: for demos, drills and tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import cv2

from studiocheck.core.studio import Studio
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.shaped_port import ShapedPort
from studiocheck.simulator.wav import wav_bytes
from studiocheck.simulator.web import StudioWeb

Kind = Literal["quiet", "speech"]
_STILLS = 3


class SimulatedServers:
    """Cameras as MJPEG, microphones as WAV, uplinks as shaped ports; all on 127.0.0.1.

    Parameters
    ----------
    scene : Scene
        With its faults.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._web = StudioWeb(scene)
        self._ports = {role: ShapedPort(scene, role) for role in scene.uplinks}
        self._targets: dict[str, str] = {}
        self._ingests: dict[str, str] = {}

    def start(self, port: int = 0) -> None:
        """Open all ports; 0 takes any free one for the web. Raises `OSError` if one is taken."""
        self._web.start(port)
        for role, shaped in self._ports.items():
            host, number = shaped.start(0)
            self._targets[role] = f"tcp://{host}:{number}"
            if self._scene.uplinks[role].ingest:
                self._ingests[role] = f"rtmp://{host}:{number}/live"

    def stop(self) -> None:
        """Close all ports and end all streams."""
        self._web.stop()
        for shaped in self._ports.values():
            shaped.stop()

    @property
    def urls(self) -> tuple[str, ...]:
        """The index page, then every camera, microphone, uplink and ingest."""
        return (
            f"{self._web.base}/",
            *(self._web.camera(role) for role in self._scene.cameras),
            *(self._web.microphone(role) for role in self._scene.microphones),
            *self._targets.values(),
            *self._ingests.values(),
        )

    def studio(self) -> Studio:
        """Return the studio file that a room with these addresses would have."""
        studio = self._scene.studio()
        return replace(
            studio,
            cameras={
                role: replace(camera, device=self._web.camera(role))
                for role, camera in studio.cameras.items()
            },
            uplinks={
                role: replace(uplink, target=self._targets[role], ingest=self._ingests.get(role))
                for role, uplink in studio.uplinks.items()
            },
        )


@contextlib.contextmanager
def serve(scene: Scene, port: int = 0) -> Iterator[SimulatedServers]:
    """Serve a scene until the block ends; raises `OSError` when the port is taken."""
    servers = SimulatedServers(scene)
    try:
        servers.start(port)
        yield servers
    finally:
        servers.stop()


def render(scene: Scene, folder: Path, seconds: float) -> list[Path]:
    """Write pictures of every camera and both takes of every microphone.

    Parameters
    ----------
    scene : Scene
        With its faults.
    folder : Path
        Made if it is not there.
    seconds : float
        Length of the takes; the pictures are spread over it, s.

    Returns
    -------
    list of Path
        What was written: ``camera-ROLE-N.png``, ``mic-ROLE-quiet.wav``, ``mic-ROLE-speech.wav``.

    Raises
    ------
    OSError
        If the folder cannot be written.
    SourceError
        If the scene's faults take a device away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        path for role in scene.cameras for path in _render_camera(scene, role, folder, seconds)
    ]
    for role in scene.microphones:
        microphone = SimulatedMicrophone(scene, role)
        microphone.open()
        kinds: tuple[Kind, ...] = ("quiet", "speech")
        for kind in kinds:
            take = microphone.record(kind, seconds, lambda _: None)
            target = folder / f"mic-{role}-{kind}.wav"
            target.write_bytes(wav_bytes(take))
            written.append(target)
        microphone.close()
    return written


def _render_camera(scene: Scene, role: str, folder: Path, seconds: float) -> list[Path]:
    model = scene.cameras[role]
    camera = SimulatedCamera(scene, role, model.width, model.height, model.fps)
    camera.open()
    written: list[Path] = []
    try:
        while len(written) < _STILLS:
            frame = camera.read()
            if frame is None:
                break
            if frame.captured_s < len(written) * seconds / (_STILLS - 1) - 1 / model.fps:
                continue
            target = folder / f"camera-{role}-{len(written) + 1}.png"
            # not cv2.imwrite: it cannot write to a Chinese path on Windows
            _, png = cv2.imencode(".png", frame.bgr())
            target.write_bytes(png.tobytes())
            written.append(target)
    finally:
        camera.close()
    return written
