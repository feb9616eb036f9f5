"""The capture child: opens one device, serves its needs, releases it whatever happens.

The child ignores Ctrl-C (the main process decides), stops when it is told to, and stops by itself
when the main process is gone, so that no setting of a device stays changed. What it is about to
change it tells before: should it be killed, the main process has it put back.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from studiocheck.core.capture import (
    Camera,
    Device,
    Enough,
    Microphone,
    flow_of,
)
from studiocheck.core.errors import SourceError, StudioCheckError
from studiocheck.core.evidence import (
    Need,
)
from studiocheck.core.text import Text
from studiocheck.sources.capture.messages import (
    Alive,
    Borrower,
    Done,
    Failed,
    Message,
    Owes,
    Ready,
)
from studiocheck.sources.capture.serving import serve
from studiocheck.sources.missing import missing_library

STOP, TAKEN, ENOUGH, GO, AGAIN = "stop", "taken", "enough", "go", "again"
_LARGE = 65536
_SIGN_OF_LIFE_S = 0.2
_GRACE_S = 1.5

RELEASED = (0, 3)
"""Exit codes of a child that closed its device: at the end, or from beside a stuck driver."""


class _Stop(BaseException):
    """Raised inside the capture loop when the main process wants no more."""


def _fits_in_shared_memory(size: int) -> bool:
    """Whether a block can be filled: a container may have a tiny one, and overfilling it kills."""
    folder = Path("/dev/shm")  # noqa: S108 - where Linux keeps POSIX shared memory
    return not folder.is_dir() or shutil.disk_usage(folder).free > size


class _Line:
    """The child's end of the line: sends messages, listens for *stop* and for silence."""

    def __init__(self, pipe: Connection, block: str) -> None:
        self._pipe, self._block = pipe, block
        self._lock = threading.Lock()
        self._taken = threading.Event()
        self.stop = threading.Event()
        self.enough = threading.Event()
        self._words: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._last = 0.0

    def listen(self, on_stop: Callable[[], None]) -> None:
        def loop() -> None:
            while True:
                try:
                    word = self._pipe.recv()
                except (EOFError, OSError):
                    break
                if word == TAKEN:
                    self._taken.set()
                elif word == ENOUGH:
                    self.enough.set()
                elif word in (GO, AGAIN):
                    self._words.put(word)
                else:
                    break
            self.stop.set()
            self._taken.set()
            self._words.put(STOP)
            on_stop()

        threading.Thread(target=loop, daemon=True).start()

    def send(self, message: Message) -> None:
        if self.stop.is_set():
            raise _Stop
        large: list[pickle.PickleBuffer] = []

        def out_of_band(buffer: pickle.PickleBuffer) -> bool:
            if buffer.raw().nbytes < _LARGE:
                return True
            large.append(buffer)
            return False

        header = pickle.dumps(message, protocol=5, buffer_callback=out_of_band)
        sizes = [b.raw().nbytes for b in large]
        if not _fits_in_shared_memory(sum(sizes)):
            header, sizes = pickle.dumps(message, protocol=5), []
        with self._lock:
            if not sizes:
                self._pipe.send((header, sizes))
                return
            self._taken.clear()
            shared = SharedMemory(name=self._block, create=True, size=sum(sizes))
            try:
                memory = memoryview(shared.buf or b"")
                start = 0
                for buffer, size in zip(large, sizes, strict=True):
                    memory[start : start + size] = buffer.raw()
                    start += size
                memory.release()
                self._pipe.send((header, sizes))
                self._taken.wait(30)
            finally:
                shared.close()

    def may_go_on(self, need: Need | None) -> bool:
        """Wait for the word to go on with a need; False asks for the one before it again."""
        self.send(Ready(need))
        word = self._words.get()
        if word == STOP:
            raise _Stop
        return word == GO

    def report(self, share: float) -> None:
        """Pass on progress, at most five times a second."""
        if self.stop.is_set():
            raise _Stop
        if self.enough.is_set():
            raise Enough
        now = time.monotonic()
        if now - self._last >= _SIGN_OF_LIFE_S:
            self._last = now
            self.send(Alive(min(1.0, max(0.0, float(share))), flow_of(share)))


def main(
    pipe: Connection,
    device: Device,
    needs: tuple[Need, ...],
    block: str,
    log: str | None,
    environment: dict[str, str],
    directed: bool = False,  # noqa: FBT001, FBT002 - an argument of a process
) -> None:
    """Serve the needs of one device; the entry point of the child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment)
    _redirect(log)
    line = _Line(pipe, block)

    def leave() -> None:
        # the capture loop may be stuck in a driver: give it a moment, then release from here
        time.sleep(_GRACE_S)
        _close(device)
        os._exit(RELEASED[1])

    line.listen(leave)
    _on_signals(line.stop, leave)
    if isinstance(device, Borrower):
        device.promise(lambda put_back: line.send(Owes(put_back)))
    try:
        serve(device, needs, line.send, line.report, line.may_go_on if directed else None)
        line.send(Done())
    except _Stop:
        pass
    except StudioCheckError as error:
        _last_word(line, Failed(error))
    except Exception as error:  # noqa: BLE001 - the last line of defence of a foreign process
        traceback.print_exc()
        _last_word(line, Failed(_unexpected(error)))
    finally:
        _close(device)
        with contextlib.suppress(OSError):
            pipe.close()


def _on_signals(stop: threading.Event, leave: Callable[[], None]) -> None:
    """A closed terminal or a stopped service signals us as well: that is a *stop*, no end."""

    def handle(*_: object) -> None:
        stop.set()
        threading.Thread(target=leave, daemon=True).start()

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), handle)


def answer(pipe: Connection, question: Callable[[], object], environment: dict[str, str]) -> None:
    """Answer one question in a child process: the function's result, or the error it raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.update(environment)
    _redirect(None)
    try:
        said = question()
    except StudioCheckError as error:
        said = error
    except Exception as error:  # noqa: BLE001 - the last line of defence of a foreign process
        said = _unexpected(error)
    pipe.send(said)
    pipe.close()


def _close(device: Device) -> None:
    if isinstance(device, Camera | Microphone):
        with contextlib.suppress(Exception):
            device.close()


def _last_word(line: _Line, message: Message) -> None:
    with contextlib.suppress(_Stop, OSError):
        line.send(message)


def _unexpected(error: Exception) -> StudioCheckError:
    if isinstance(error, ImportError):
        return missing_library(error)
    said = f"{type(error).__name__}: {error}"
    return SourceError(
        Text(f"the device's software failed: {said}", f"设备软件出错：{said}"),
        Text(
            "run `studiocheck doctor`, then the check again; the log lies in the run's folder",
            "请先运行 `studiocheck doctor`，再重新检查；日志在运行文件夹中",
        ),
    )


def _redirect(log: str | None) -> None:
    """Keep what drivers print off the terminal."""
    target = os.open(log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(target, stream)
    os.close(target)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="replace", closefd=False)
