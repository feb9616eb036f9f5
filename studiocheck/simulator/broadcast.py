"""One simulated camera shown live to any number of viewers: paced by the clock on the wall."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Iterator

import cv2

from studiocheck.core.errors import SourceError
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.scene import Scene

JPEG_QUALITY = 90
_BACKLOG = 60
_TICK_S = 0.1

Part = tuple[bytes, float]
"""One JPEG and its capture time, s from the start of the show."""


class Broadcast:
    """Renders and encodes each frame once; renders nothing while nobody watches.

    The clock of the scene's faults starts with a viewer who finds nobody watching.

    Parameters
    ----------
    scene : Scene
        With its faults.
    role : str
        Which of its cameras.
    """

    def __init__(self, scene: Scene, role: str) -> None:
        self._scene, self._role = scene, role
        self._changed = threading.Condition()
        self._viewers: list[queue.Queue[Part | None]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"camera {role}")

    def start(self) -> None:
        """Begin to make the pictures of the set, before the first viewer comes."""
        self._thread.start()

    def stop(self) -> None:
        """End the show for all."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(5.0)

    def check(self) -> None:
        """Raise the `SourceError` that the camera would raise on opening."""
        model = self._scene.at(0.0).cameras[self._role]
        if model.gone or model.busy:
            self._camera().open()

    @contextlib.contextmanager
    def watch(self) -> Iterator[Iterator[Part]]:
        """Watch the camera: yields JPEGs as they fall due, ends where the camera leaves."""
        parts: queue.Queue[Part | None] = queue.Queue(_BACKLOG)
        with self._changed:
            self._viewers.append(parts)
            self._changed.notify_all()
        try:
            yield self._until_end(parts)
        finally:
            with self._changed:
                if parts in self._viewers:
                    self._viewers.remove(parts)
                self._changed.notify_all()

    def _until_end(self, parts: queue.Queue[Part | None]) -> Iterator[Part]:
        while not self._stopping:
            try:
                part = parts.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if part is None:
                return
            yield part

    def _run(self) -> None:
        while not self._stopping:
            camera = self._camera()
            try:
                camera.open()
                if self._somebody_watches():
                    self._show(camera)
            except SourceError:
                self._end()
                self._somebody_watches()
            finally:
                camera.close()

    def _show(self, camera: SimulatedCamera) -> None:
        began_s, captured_s = time.monotonic(), 0.0
        while self._viewers and not self._stopping:
            if self._scene.at(captured_s + _TICK_S).cameras[self._role].hung:
                # the connection stays and nothing comes, until the last viewer gives up
                time.sleep(_TICK_S)
                continue
            frame = camera.read()
            if frame is None:
                break
            captured_s = frame.captured_s
            _, jpeg = cv2.imencode(".jpg", frame.bgr(), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            self._wait_until(began_s + captured_s)
            self._publish((jpeg.tobytes(), captured_s))

    def _camera(self) -> SimulatedCamera:
        model = self._scene.cameras[self._role]
        return SimulatedCamera(self._scene, self._role, model.width, model.height, model.fps)

    def _somebody_watches(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._viewers) or self._stopping)
        return not self._stopping

    def _wait_until(self, due_s: float) -> None:
        delay_s = due_s - time.monotonic()
        if delay_s > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, timeout=delay_s)

    def _publish(self, part: Part) -> None:
        with self._changed:
            for parts in self._viewers:
                # who cannot keep up loses this frame, not the others' show
                with contextlib.suppress(queue.Full):
                    parts.put_nowait(part)

    def _end(self) -> None:
        with self._changed:
            viewers, self._viewers = self._viewers, []
        for parts in viewers:
            with contextlib.suppress(queue.Full):
                parts.put_nowait(None)
