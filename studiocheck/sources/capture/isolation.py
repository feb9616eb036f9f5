"""Runs one device in a killable child process with a deadline, and brings its evidence back.

A driver can block for ever, crash, or print to the terminal. None of that may reach the run: the
child is watched for signs of life, told to stop, and killed when it does not. Large arrays (full
frames, takes) cross by shared memory; everything else by a pipe.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

from studiocheck.core.capture import Device
from studiocheck.core.errors import StudioCheckError
from studiocheck.core.evidence import Captured, Need
from studiocheck.sources.capture import child, children
from studiocheck.sources.capture import child_problems as problems
from studiocheck.sources.capture.messages import Done, Failed, Message, Opened, Owes, Ready
from studiocheck.sources.capture.watchdog import Watchdog


@dataclass
class _Owed:
    """What a child said that it owes to its device, and whether that could not be put back."""

    put_back: Callable[[], None] | None = None
    failed: bool = False


@dataclass
class _Line:
    """Our end of the line to a child: what it says to us alone, and our answers."""

    pipe: Connection
    watchdog: Watchdog
    direct: Callable[[Need | None], str | None] | None
    owed: _Owed
    ready: Ready | None = None

    def keeps(self, message: Message) -> bool:
        """Note a message that is for nobody else; says whether it was one."""
        if isinstance(message, Owes):
            self.owed.put_back = message.put_back
        elif isinstance(message, Ready):
            self.ready = message
        return isinstance(message, Owes | Ready)

    def direct_it(self) -> None:
        """Pass the word on to a child that waits for it."""
        if self.ready is None or self.direct is None:
            return
        self.watchdog.heard()  # nobody is late who waits for a person
        word = self.direct(self.ready.need)
        if word is not None:
            self.ready = None
            with contextlib.suppress(OSError):
                self.pipe.send(word)


_PUT_BACK_S = 10.0


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
    direct: Callable[[Need | None], str | None] | None = None,
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
    direct : callable, optional
        Asked, while the device waits, what it is to do with its next need: ``go``, ``again``
        (the one before that), or nothing yet. It may wait as long as it takes.

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
    owed = _Owed()
    try:
        return _capture(device, needs, name, tell, cancelled, patience, log, enough, direct, owed)
    except StudioCheckError as error:
        if owed.failed:
            raise problems.still_changed(error) from error
        raise


def _capture(
    device: Device,
    needs: tuple[Need, ...],
    name: str,
    tell: Callable[[Message], None],
    cancelled: threading.Event,
    patience: Patience | None,
    log: Path | None,
    enough: Callable[[], bool] | None,
    direct: Callable[[Need | None], str | None] | None,
    owed: _Owed,
) -> dict[type[Need], Captured]:
    children.warm_up()
    patience = patience or Patience()
    with _running(device, needs, log, patience, owed, direct is not None) as (
        pipe,
        process,
        block,
    ):
        results: dict[type[Need], Captured] = {}
        is_open = False
        watchdog = Watchdog(process.pid)
        line = _Line(pipe, watchdog, direct, owed)
        while True:
            if cancelled.is_set():
                raise Cancelled
            if enough is not None and enough():
                enough = None
                with contextlib.suppress(OSError):
                    pipe.send(child.ENOUGH)
            line.direct_it()
            if pipe.poll(0.05):
                try:
                    message = _receive(pipe, block)
                except (EOFError, OSError):
                    process.join(1.0)
                    raise problems.died(name, process.exitcode) from None
                watchdog.heard()
                if line.keeps(message):
                    continue
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
            if watchdog.is_over(limit):
                raise problems.silent(name, limit, opened=is_open)


@contextlib.contextmanager
def _running(
    device: Device,
    needs: tuple[Need, ...],
    log: Path | None,
    patience: Patience,
    owed: _Owed,
    directed: bool,  # noqa: FBT001 - passed on
) -> Iterator[tuple[Connection, Any, str]]:
    context = children.context_of_children()
    ours, theirs = context.Pipe(duplex=True)
    block = f"studiocheck-{uuid.uuid4().hex[:12]}"
    process = context.Process(  # type: ignore[attr-defined]
        target=child.main,
        args=(theirs, device, needs, block, str(log) if log else None, dict(os.environ), directed),
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
        if process.exitcode not in child.RELEASED:
            _put_back(ours, block, owed)
        ours.close()
        _forget(block)


def _put_back(pipe: Connection, block: str, owed: _Owed) -> None:
    """Undo in another child what a killed one had changed: the driver may still hang."""
    with contextlib.suppress(EOFError, OSError, pickle.PickleError):
        while pipe.poll(0):  # said, and not yet heard
            message = _receive(pipe, block)
            if isinstance(message, Owes):
                owed.put_back = message.put_back
    if owed.put_back is not None:
        try:
            children.ask(owed.put_back, _PUT_BACK_S, "put back")
        except StudioCheckError:
            owed.failed = True


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
