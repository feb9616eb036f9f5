"""Runs one device in a killable child process with a deadline, and brings its evidence back.

A driver can block for ever, crash, or print to the terminal. None of that may reach the run: the
child is watched for signs of life, told to stop, and killed when it does not. Large arrays (full
frames, takes) cross by shared memory; everything else by a pipe.
"""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import pickle
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, TypeVar

from studiocheck.core.capture import Device
from studiocheck.core.errors import DeviceGone, SourceTimeout, StudioCheckError
from studiocheck.core.evidence import Captured, Need
from studiocheck.core.text import Text
from studiocheck.sources import child
from studiocheck.sources.messages import Done, Failed, Message, Opened

T = TypeVar("T")
_PRELOAD = ["__main__", "numpy", "cv2", "studiocheck.sources.child"]
_QUIET = {
    "OPENCV_LOG_LEVEL": "ERROR",
    "OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT": "3",
    "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a child may take.

    Parameters
    ----------
    open_s : float
        Until the device is open (Media Foundation alone can need ten seconds).
    silence_s : float
        Between two signs of life once it is open.
    stop_s : float
        From being told to stop to being killed.
    """

    open_s: float = 15.0
    silence_s: float = 4.0
    stop_s: float = 2.0


class Cancelled(Exception):
    """The run was cancelled while a device was being captured."""


def _context() -> mp.context.BaseContext:
    """A fork server on Linux: children start in milliseconds from a clean, warm process."""
    if not sys.platform.startswith("linux"):
        return mp.get_context("spawn")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(_PRELOAD)
    return context


def warm_up() -> None:
    """Start loading the heavy libraries of children while the main process still plans."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    if sys.platform.startswith("linux"):
        from multiprocessing import forkserver  # noqa: PLC0415 - exists only on POSIX

        _context()
        forkserver.ensure_running()


def capture(
    device: Device,
    needs: tuple[Need, ...],
    *,
    name: str,
    tell: Callable[[Message], None],
    cancelled: threading.Event,
    patience: Patience | None = None,
    log: Path | None = None,
    enough: Callable[[], bool] | None = None,
) -> dict[type[Need], Captured]:
    """Capture a device's needs in a child process.

    Parameters
    ----------
    device : Device
        Picklable, not yet open.
    needs : tuple of Need
        Served one after the other.
    name : str
        What to call the device in messages, for example ``camera.main``.
    tell : callable
        Receives every message of the child, in this thread.
    cancelled : threading.Event
        When set, the child is told to stop and release the device.
    log : Path, optional
        Where the child's own standard output and error go; nowhere if absent.
    enough : callable, optional
        Asked whether an open-ended watch has been long enough; only for a `Host`.

    Returns
    -------
    dict of type to Captured
        What came of each need.

    Raises
    ------
    StudioCheckError
        When the device could not be opened, went silent, or its process died.
    Cancelled
        When the run was cancelled.
    """
    warm_up()
    patience = patience or Patience()
    with _running(device, needs, log, patience) as (pipe, process, block):
        results: dict[type[Need], Captured] = {}
        is_open = False
        last = time.monotonic()
        while True:
            if cancelled.is_set():
                raise Cancelled
            if enough is not None and enough():
                enough = None
                with contextlib.suppress(OSError):
                    pipe.send(child.ENOUGH)
            if pipe.poll(0.05):
                try:
                    message = _receive(pipe, block)
                except (EOFError, OSError):
                    process.join(1.0)
                    raise _died(name, process.exitcode) from None
                last = time.monotonic()
                tell(message)
                if isinstance(message, Failed):
                    raise message.error
                if isinstance(message, Opened):
                    is_open = True
                elif isinstance(message, Done):
                    if message.need is None:
                        return results
                    if message.captured is not None:
                        results[type(message.need)] = message.captured
            limit = patience.silence_s if is_open else patience.open_s
            if time.monotonic() - last > limit:
                raise _silent(name, limit, opened=is_open)


@contextlib.contextmanager
def _running(
    device: Device, needs: tuple[Need, ...], log: Path | None, patience: Patience
) -> Iterator[tuple[Connection, Any, str]]:
    context = _context()
    ours, theirs = context.Pipe(duplex=True)
    block = f"studiocheck-{uuid.uuid4().hex[:12]}"
    process = context.Process(  # type: ignore[attr-defined]
        target=child.main,
        args=(theirs, device, needs, block, str(log) if log else None, dict(os.environ)),
        daemon=True,
    )
    process.start()
    theirs.close()
    try:
        yield ours, process, block
    finally:
        with contextlib.suppress(OSError, ValueError):
            ours.send(child.STOP)
        process.join(patience.stop_s)
        if process.is_alive():
            process.kill()
            process.join(5.0)
        ours.close()
        _forget(block)


def _receive(pipe: Connection, block: str) -> Message:
    header, sizes = pipe.recv()
    buffers: list[bytes] = []
    if sizes:
        shared = SharedMemory(name=block)
        try:
            memory = memoryview(shared.buf or b"")
            start = 0
            for size in sizes:
                buffers.append(bytes(memory[start : start + size]))
                start += size
            memory.release()
        finally:
            shared.close()
            shared.unlink()
        pipe.send(child.TAKEN)
    message: Message = pickle.loads(header, buffers=buffers)  # noqa: S301 - from our own child
    return message


def _forget(block: str) -> None:
    """Remove a block that a killed child left behind."""
    try:
        shared = SharedMemory(name=block)
    except (FileNotFoundError, OSError):
        return
    shared.close()
    shared.unlink()


def ask(question: Callable[[], T], limit_s: float, name: str) -> T:
    """Call a function of ours in a child process, for answers that drivers may never give.

    Parameters
    ----------
    question : callable
        A module-level function without arguments; its answer is picklable.
    limit_s : float
        How long it may take.
    name : str
        What to call it when it does not answer.

    Raises
    ------
    StudioCheckError
        What the function raised, or `SourceTimeout`.
    """
    warm_up()
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=child.answer, args=(theirs, question, dict(os.environ)), daemon=True
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit_s):
            raise _silent(name, limit_s, opened=False)
        answer = ours.recv()
    except (EOFError, OSError):
        process.join(1.0)
        raise _died(name, process.exitcode) from None
    finally:
        process.kill()
        process.join(1.0)
        ours.close()
    if isinstance(answer, StudioCheckError):
        raise answer
    found: T = answer
    return found


def _silent(name: str, limit_s: float, *, opened: bool) -> StudioCheckError:
    if not opened:
        return SourceTimeout(
            Text(
                f"{name} did not open within {limit_s:.0f} s",
                f"{name} 在 {limit_s:.0f} 秒内未能打开",
            ),
            Text(
                "unplug it, wait five seconds, plug it in again; close other programs that use it",
                "拔下设备，等五秒再插上；关闭占用它的其他程序",
            ),
        )
    return SourceTimeout(
        Text(
            f"{name} stopped answering: nothing for {limit_s:.0f} s",
            f"{name} 停止响应：{limit_s:.0f} 秒内没有任何数据",
        ),
        Text(
            "unplug it, wait five seconds, plug it in again; then check its cable and hub",
            "拔下设备，等五秒再插上；然后检查线缆和集线器",
        ),
    )


def _died(name: str, code: int | None) -> StudioCheckError:
    return DeviceGone(
        Text(
            f"the driver process of {name} crashed (exit {code})",
            f"{name} 的驱动进程崩溃（退出码 {code}）",
        ),
        Text(
            "run the check again; if it repeats, update the device's driver or firmware",
            "请重新检查；若再次出现，请更新该设备的驱动或固件",
        ),
    )
