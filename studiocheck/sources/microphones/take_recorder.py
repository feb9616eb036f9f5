"""Collects one take from the callbacks of a running stream, and notices when they stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.capture import Report
from studiocheck.core.errors import SourceTimeout
from studiocheck.core.text import Text
from studiocheck.sources.microphones.portaudio_problems import gone

START_UP_S = 0.15
"""Left out at the start of every take: converters settle, the click of the mouse dies away."""
SILENCE_S = 2.0
_SLICE_S = 0.2
_SLOWNESS = 1.5


class TakeRecorder:
    """Between a sound library's thread, which calls `receive`, and the one that wants a take.

    Parameters
    ----------
    name : str
        The microphone, for messages.
    rate_hz, channels : int
        Of the stream.
    is_active : callable
        Whether the library still considers the stream running.
    """

    def __init__(
        self, name: str, rate_hz: int, channels: int, is_active: Callable[[], bool]
    ) -> None:
        self._name, self._rate_hz, self._channels = name, rate_hz, channels
        self._is_active = is_active
        self._changed = threading.Condition()
        self._blocks: list[NDArray[np.float32]] = []
        self._frames = 0
        self._wanted = 0
        self._skip = 0
        self._overflows = 0
        self._delivered = 0
        self._arrivals: list[tuple[float, int]] = []
        self._ended = False
        self._heard_s: float | None = None

    def receive(self, block: NDArray[np.float32], *, overflow: bool) -> None:
        """Take one block, (frames, channels); called by the library, so it only copies."""
        with self._changed:
            self._heard_s = time.monotonic()
            self._delivered += len(block)
            if self._frames < self._wanted:
                self._overflows += overflow
                self._arrivals.append((self._heard_s, self._delivered))
                kept = block[self._skip :].copy()
                self._skip = max(0, self._skip - len(block))
                self._blocks.append(kept)
                self._frames += len(kept)
            self._changed.notify_all()

    def end(self) -> None:
        """Note that the stream is over; called by the library."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for_sound(self) -> None:
        """Wait for the first block; raises `SourceTimeout` or `DeviceGone`."""
        begun_s = time.monotonic()
        self._wait(lambda: self._heard_s is not None, begun_s, begun_s + SILENCE_S, lambda: None)

    def take(self, seconds: float, report: Report) -> tuple[NDArray[np.float32], int]:
        """Record for ``seconds``.

        Returns
        -------
        (n, channels) float32
            Exactly as many samples as asked for.
        int
            How often the library reported lost input.

        Raises
        ------
        SourceTimeout
            When no block comes for 2 s, or they come at less than two thirds of real time.
        DeviceGone
            When the stream ends.
        """
        wanted = round(seconds * self._rate_hz)
        with self._changed:
            self._blocks, self._frames, self._overflows = [], 0, 0
            self._arrivals = []
            self._skip, self._wanted = round(START_UP_S * self._rate_hz), wanted
        begun_s = time.monotonic()
        self._wait(
            lambda: self._frames >= wanted,
            begun_s,
            begun_s + _SLOWNESS * (seconds + START_UP_S) + SILENCE_S,
            lambda: report(min(1.0, self._frames / wanted)),
        )
        with self._changed:
            self._wanted = 0
            samples = np.concatenate(self._blocks) if self._blocks else np.empty((0, 1), np.float32)
            return samples[:wanted].reshape(-1, self._channels), self._overflows

    def arrivals(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return when each block of the last take arrived, and the samples delivered by then.

        Returns
        -------
        (blocks,) float64
            s, monotonic.
        (blocks,) int64
            Samples per channel since the stream was opened, those between takes included.
        """
        with self._changed:
            arrived_s = np.array([at_s for at_s, _ in self._arrivals], dtype=np.float64)
            frames_by_then = np.array([count for _, count in self._arrivals], dtype=np.int64)
        return arrived_s, frames_by_then

    def _wait(
        self,
        ready: Callable[[], bool],
        begun_s: float,
        until_s: float,
        beat: Callable[[], None],
    ) -> None:
        while True:
            with self._changed:
                is_ready = self._changed.wait_for(lambda: ready() or self._ended, _SLICE_S)
                done, ended = is_ready and ready(), self._ended
                silent_s = time.monotonic() - max(begun_s, self._heard_s or begun_s)
            beat()
            if done:
                return
            if ended or not self._is_active():
                raise gone(self._name)
            if silent_s > SILENCE_S or time.monotonic() > until_s:
                raise _stuck(self._name)


def _stuck(name: str) -> SourceTimeout:
    return SourceTimeout(
        Text(
            f"{name} is open but delivers no sound, or not in time",
            f"{name} 已打开，但没有声音送来或跟不上实时",
        ),
        Text(
            "unplug it, wait five seconds, plug it in again; if that does not help, restart the "
            "sound service or the computer",
            "拔下麦克风，等五秒再插上；仍不行就重启声音服务或电脑",
        ),
    )
