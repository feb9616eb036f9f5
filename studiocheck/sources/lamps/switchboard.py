"""All switchable lamps in one killable child process that puts them back whatever happens.

The child puts back when it is told to, when the main process is gone, and when it is asked to end.
If the child itself is killed, the main process pays what it owes.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing as mp
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from studiocheck.core.capture import Lamp, LampState
from studiocheck.core.errors import DeviceGone, SourceError, SourceTimeout, StudioCheckError
from studiocheck.core.text import Text
from studiocheck.sources.bounded import bounded
from studiocheck.sources.capture.children import warm_up
from studiocheck.sources.capture.messages import Borrower

ANSWER_S = 25.0
"""The longest that one order may take: every exchange with a lamp has limits of its own."""
_PUT_BACK_S = 8.0
_STOP = "stop"
_UNPLUG = Text(
    "run it again; if it repeats, switch these lamps by hand", "请重试；若再次出现，请手动开关灯"
)


@dataclass(frozen=True, slots=True)
class _Order:
    lamp: str
    on: bool | None = None
    output: float | None = None
    kelvin: float | None = None
    verb: str = "state"


@dataclass(frozen=True, slots=True)
class _Answer:
    said: LampState | StudioCheckError | None


@dataclass(frozen=True, slots=True)
class _Owes:
    lamp: str
    put_back: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Left:
    failures: Mapping[str, StudioCheckError]


class _End(BaseException):
    """The system asks the child to end."""


class Switchboard:
    """The lamps as the main process sees them.

    Parameters
    ----------
    names : iterable of str
        The lamps that can be switched.
    """

    def __init__(self, pipe: Connection | None, process: Any, names: Mapping[str, Lamp]) -> None:  # noqa: ANN401
        self.lamps: Mapping[str, Lamp] = {name: _Far(self, name) for name in names}
        self.not_put_back: dict[str, StudioCheckError] = {}
        """What is not as it was found, by lamp; filled when the switchboard is left."""
        self._pipe, self._process = pipe, process
        self._owed: dict[str, Callable[[], None]] = {}
        self._lock = threading.Lock()

    def order(self, order: _Order) -> LampState | None:
        """Pass on an order and return what came of it; raises `StudioCheckError`."""
        with self._lock:
            if self._pipe is None:
                raise _gone(order.lamp)
            try:
                self._pipe.send(order)
                said: LampState | StudioCheckError | None = self._await(_Answer, ANSWER_S).said
            except TimeoutError as error:
                self._pay()
                raise _silent(order.lamp) from error
            except (EOFError, OSError) as error:
                self._pay()
                raise _gone(order.lamp) from error
        if isinstance(said, StudioCheckError):
            raise said
        if order.verb == "restore":
            self._owed.pop(order.lamp, None)
        return said

    def leave(self) -> None:
        """Put every lamp back and end the child. Never raises; fills `not_put_back`."""
        with self._lock:
            if self._pipe is None:
                return
            try:
                self._pipe.send(_STOP)
                self.not_put_back.update(self._await(_Left, ANSWER_S).failures)
                self._owed.clear()
            except (TimeoutError, EOFError, OSError):
                pass
            self._pay()

    def _await(self, kind: type[Any], seconds: float) -> Any:  # noqa: ANN401 - of that kind
        assert self._pipe is not None  # noqa: S101 - for the type checker
        while True:
            if not self._pipe.poll(seconds):
                raise TimeoutError
            message = self._pipe.recv()
            if isinstance(message, _Owes):
                self._owed[message.lamp] = message.put_back
            elif isinstance(message, kind):
                return message

    def _pay(self) -> None:
        """End the child; what it still owes is put back from here."""
        if self._owed:
            self._process.kill()
        self._process.join(2.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(2.0)
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        for lamp, put_back in self._owed.items():
            try:
                bounded(put_back, _PUT_BACK_S)
            except StudioCheckError as error:
                self.not_put_back[lamp] = error
            except TimeoutError:
                self.not_put_back[lamp] = _silent(lamp)
        self._owed.clear()


@dataclass(frozen=True, slots=True)
class _Far:
    """One lamp whose driver lives in the child."""

    board: Switchboard
    name: str

    def state(self) -> LampState:
        """Return what it is set to."""
        return self._told(_Order(self.name))

    def set(
        self, *, on: bool | None = None, output: float | None = None, kelvin: float | None = None
    ) -> LampState:
        """Change what is given."""
        return self._told(_Order(self.name, on, output, kelvin, "set"))

    def restore(self) -> None:
        """Put back what was found."""
        self.board.order(_Order(self.name, verb="restore"))

    def _told(self, order: _Order) -> LampState:
        state = self.board.order(order)
        assert state is not None  # noqa: S101 - only `restore` has no answer
        return state


@contextlib.contextmanager
def switching(lamps: Mapping[str, Lamp]) -> Iterator[Switchboard]:
    """Switch lamps; when this is left, each is as it was found.

    Parameters
    ----------
    lamps : mapping of str to Lamp
        Drivers that are not open, as `studiocheck.sources.lamps.rig.lamps_for` returns them.

    Raises
    ------
    StudioCheckError
        On leaving, if a lamp could not be put back. An error that is under way goes first; the
        switchboard's ``not_put_back`` tells in either case.
    """
    if not lamps:
        yield Switchboard(None, None, {})
        return
    board = _started(lamps)
    try:
        yield board
    finally:
        board.leave()
    for error in board.not_put_back.values():
        raise error


def _started(lamps: Mapping[str, Lamp]) -> Switchboard:
    warm_up()
    method: Any = "forkserver" if sys.platform.startswith("linux") else "spawn"
    context = mp.get_context(method)
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=serve, args=(theirs, dict(lamps)), daemon=True)
    process.start()
    theirs.close()
    return Switchboard(ours, process, lamps)


def serve(pipe: Connection, lamps: Mapping[str, Lamp]) -> None:
    """Serve orders until there are no more, then put everything back; the child's entry point."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides
    endings = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    try:
        for ending in endings:
            signal.signal(ending, _end)
        for name, lamp in lamps.items():
            if isinstance(lamp, Borrower):
                lamp.promise(functools.partial(_promise, pipe, name))
        while (order := pipe.recv()) != _STOP:
            pipe.send(_Answer(_obey(lamps[order.lamp], order)))
    except (EOFError, OSError, _End):
        pass  # nobody is left to tell
    finally:
        for ending in endings:
            signal.signal(ending, signal.SIG_IGN)
        failures = {}
        for name, lamp in lamps.items():
            try:
                lamp.restore()
            except StudioCheckError as error:
                failures[name] = error
            except Exception as error:  # noqa: BLE001 - the other lamps are put back all the same
                failures[name] = _unexpected(name, error)
        with contextlib.suppress(OSError):
            pipe.send(_Left(failures))
            pipe.close()


def _promise(pipe: Connection, name: str, put_back: Callable[[], None]) -> None:
    pipe.send(_Owes(name, put_back))


def _obey(lamp: Lamp, order: _Order) -> LampState | StudioCheckError | None:
    try:
        if order.verb == "set":
            return lamp.set(on=order.on, output=order.output, kelvin=order.kelvin)
        if order.verb == "state":
            return lamp.state()
        lamp.restore()
    except StudioCheckError as error:
        return error
    except OSError:  # the line to the main process: nobody is left to answer
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence of a foreign process
        return _unexpected(order.lamp, error)
    return None


def _end(_number: int, _frame: object) -> NoReturn:
    raise _End


def _unexpected(lamp: str, error: Exception) -> SourceError:
    said = f"{type(error).__name__}: {error}"
    return SourceError(
        Text(f"the driver of lamp {lamp} failed: {said}", f"灯 {lamp} 的驱动出错：{said}"), _UNPLUG
    )


def _silent(lamp: str) -> SourceTimeout:
    return SourceTimeout(
        Text(f"the driver of lamp {lamp} does not answer", f"灯 {lamp} 的驱动没有应答"), _UNPLUG
    )


def _gone(lamp: str) -> DeviceGone:
    return DeviceGone(
        Text(f"the driver process of lamp {lamp} is gone", f"灯 {lamp} 的驱动进程已退出"), _UNPLUG
    )
