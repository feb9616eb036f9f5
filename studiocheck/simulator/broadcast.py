"""One simulated camera shown live to any number of viewers: paced by the clock on the wall."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator

import cv2

from studiocheck.core.errors import SourceError
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.scene import Scene

JPEG_QUALITY = 90
_BACKLOG, _FRAMES_AHEAD = 60, 150
_TICK_S = 0.1

Part = tuple[bytes, float]
"""One JPEG and its capture time, s from the start of the show."""


class Broadcast:
    """Renders and encodes each frame once; while nobody watches, only a few seconds ahead.

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
        """Begin to make pictures, before the first viewer comes."""
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
            _camera(self._scene, self._role).open()

    @contextlib.contextmanager
    def watch(self, has_left: Callable[[], bool]) -> Iterator[Iterator[Part]]:
        """Watch the camera: yields JPEGs as they fall due, ends where the camera leaves.

        ``has_left`` tells, while nothing comes, whether the viewer is no longer there.
        """
        parts: queue.Queue[Part | None] = queue.Queue(_BACKLOG)
        with self._changed:
            self._viewers.append(parts)
            self._changed.notify_all()
        try:
            yield self._until_end(parts, has_left)
        finally:
            with self._changed:
                if parts in self._viewers:
                    self._viewers.remove(parts)
                self._changed.notify_all()

    def _until_end(
        self, parts: queue.Queue[Part | None], has_left: Callable[[], bool]
    ) -> Iterator[Part]:
        while not self._stopping:
            try:
                part = parts.get(timeout=_TICK_S)
            except queue.Empty:
                if has_left():
                    return
                continue
            if part is None:
                return
            yield part

    def _run(self) -> None:
        while not self._stopping:
            reel = _Reel(self._scene, self._role)
            try:
                if self._somebody_watches():
                    self._show(reel)
            finally:
                reel.stop()

    def _somebody_watches(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: bool(self._viewers) or self._stopping)
        return not self._stopping

    def _show(self, reel: _Reel) -> None:
        began_s = None
        while self._viewers and not self._stopping:
            try:
                part = reel.parts.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            if part is None:
                self._end()
                return
            if began_s is None:
                began_s = time.monotonic() - part[1]
            self._wait_until(began_s + part[1])
            self._publish(part)

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


class _Reel:
    """Renders and encodes a show from its beginning, some seconds ahead of it.

    A computer that renders slower than real time still shows its first seconds at full rate.
    """

    def __init__(self, scene: Scene, role: str) -> None:
        self.parts: queue.Queue[Part | None] = queue.Queue(_FRAMES_AHEAD)
        self._scene, self._role = scene, role
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"reel {role}")
        self._thread.start()

    def stop(self) -> None:
        """Render no more."""
        self._stopping.set()
        self._thread.join(5.0)

    def _run(self) -> None:
        camera = _camera(self._scene, self._role)
        captured_s = 0.0
        try:
            camera.open()
            while not self._stopping.is_set():
                if self._hangs_after(captured_s):
                    # the connection stays and nothing comes; the camera's own read never returns
                    return
                frame = camera.read()
                if frame is None:
                    break
                captured_s = frame.captured_s
                quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
                _, jpeg = cv2.imencode(".jpg", frame.bgr(), quality)
                self._put((jpeg.tobytes(), captured_s))
            self._put(None)
        except SourceError:
            self._put(None)
        finally:
            camera.close()

    def _hangs_after(self, captured_s: float) -> bool:
        model = self._scene.at(captured_s).cameras[self._role]
        return self._scene.at(captured_s + 1.5 / model.fps).cameras[self._role].hung

    def _put(self, part: Part | None) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Full):
                self.parts.put(part, timeout=_TICK_S)
                return


def _camera(scene: Scene, role: str) -> SimulatedCamera:
    model = scene.cameras[role]
    return SimulatedCamera(scene, role, model.width, model.height, model.fps)
