"""One DMX universe while we hold it: the look that is sent, and giving it back.

A DMX frame always carries every channel, so all lamps of a universe share one of these.
"""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from studiocheck.core.errors import DeviceBusy, SourceError
from studiocheck.sources.bounded import bounded
from studiocheck.sources.lamps import problems
from studiocheck.sources.lamps.dmx_wire import Wire, highest, laid_over
from studiocheck.sources.lamps.fixture import Levels
from studiocheck.sources.lamps.hearing import Ears, Heard

GAP_S, REPEAT_S = 0.025, 0.25
"""Frames are at least 25 ms apart (DMX itself carries 44 a second) and at most 250 ms: some nodes
go dark after one second without."""
LONGEST_SILENCE_S = 900.0
"""Without an order for so long, the universe is given back: nobody may be left in our light."""
_BURST = 3
"""How often news is sent: UDP may lose a frame, and E1.31 asks for three farewells."""
_OPEN_S = 5.0
_FAILED_FOR_S = 1.0


@dataclass
class Universe:
    """A universe that lamps take hold of and let go again.

    Parameters
    ----------
    wire : Wire
        How it is sent.
    resting : mapping of int to int
        What all lamps of the studio file on it are set to for the show.
    """

    wire: Wire
    resting: Mapping[int, int]
    _stream: Stream | None = field(default=None, repr=False, compare=False)
    _frames: int = field(default=0, repr=False, compare=False)

    def base(self) -> bytes:
        """Return the look without us; raises `SourceError` where nobody may know it."""
        return self._running().base()

    def hold(self, levels: Levels) -> None:
        """Send these channel values until they are let go; raises `SourceError`."""
        self._running().hold(levels)

    def debt(self) -> Callable[[], None]:
        """Return what another process does to give the universe back; raises `SourceError`."""
        stream = self._running()
        return functools.partial(give_back, self.wire, stream.base(), stream.priority)

    def release(self, channels: Iterable[int]) -> None:
        """Let channels go; with the last of them the universe is given back.

        Raises
        ------
        SourceError
            If it could not be.
        """
        stream = self._stream
        if stream is None or not stream.release(channels):
            return
        self._stream, self._frames = None, stream.frames
        stream.end()

    def _running(self) -> Stream:
        if self._stream is None:
            self._stream = Stream.begin(self.wire, self.resting, self._frames)
        return self._stream


class Stream:
    """The thread that sends, from the first frame to the farewell."""

    def __init__(self, wire: Wire, sock: socket.socket, ears: Ears, priority: int) -> None:
        self.priority = priority
        self.frames = 0
        """How many there were: receivers sort out by number what comes late."""
        self._wire, self._sock, self._ears = wire, sock, ears
        self._known = b""
        self._held: Levels = {}
        self._lock = threading.Condition()
        self._due = 0
        self._stop = False
        self._lost: SourceError | None = None
        self._failed: tuple[float, OSError] | None = None
        self._last_order_s = time.monotonic()
        self._thread: threading.Thread | None = None

    @classmethod
    def begin(cls, wire: Wire, resting: Mapping[int, int], frames: int) -> Stream:
        """Listen, claim the universe and be ready to send; raises `SourceError`."""
        try:
            sock = bounded(wire.open, _OPEN_S)
        except (OSError, UnicodeError) as error:
            raise problems.of_network(str(wire), wire.where, error) from error
        ears = None
        try:
            ears = wire.ears(sock)
            others = ears.others()
            stream = cls(wire, sock, ears, wire.claim(others))
        except BaseException:
            if ears is not None:
                ears.close()
            sock.close()
            raise
        stream.frames, stream._known = frames, laid_over(b"", resting)
        stream._base(others)
        return stream

    def base(self) -> bytes:
        """Return the look without us: the console's as it is now, else the declared one."""
        self._check()
        return self._base(self._ears.others())

    def hold(self, levels: Levels) -> None:
        """Send these values; returns when the first frames with them are out."""
        with self._lock:
            self._check()
            self._held.update(levels)
            self._due = _BURST
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True, name="dmx sender")
                self._thread.start()
            out = self._lock.wait_for(lambda: self._due == 0 or self._lost is not None, 2.0)
            self._check()
            if not out:
                raise problems.no_answer(str(self._wire), self._wire.where)

    def release(self, channels: Iterable[int]) -> bool:
        """Let channels go back to the base; returns whether none is held any more."""
        with self._lock:
            for channel in channels:
                self._held.pop(channel, None)
            self._due = _BURST
            return not self._held

    def end(self) -> None:
        """Leave the base look, say farewell, and close; raises `SourceError` if that failed."""
        with self._lock:
            self._stop = True
        if self._thread is not None:
            self._thread.join(5.0)
        self._ears.close()
        self._sock.close()
        if self._lost is None and self._failed is not None:
            raise problems.of_network(str(self._wire), self._wire.where, self._failed[1])

    def _check(self) -> None:
        self._last_order_s = time.monotonic()
        if self._lost is not None:
            raise self._lost
        failed = self._failed
        if failed is not None and time.monotonic() - failed[0] < _FAILED_FOR_S:
            raise problems.of_network(str(self._wire), self._wire.where, failed[1]) from failed[1]

    def _base(self, others: Sequence[Heard]) -> bytes:
        if others and self._wire.follows:
            top = [heard.levels for heard in others if heard.priority == others[0].priority]
            self._known = highest(top)
        return self._known

    def _run(self) -> None:
        try:
            self._send_on()
        finally:
            self._leave()

    def _send_on(self) -> None:
        sent, sent_s = b"", 0.0
        while not self._stop:
            others = self._ears.others()
            try:
                self._wire.still_ours(others, self.priority)
                if time.monotonic() - self._last_order_s > LONGEST_SILENCE_S:
                    raise problems.given_back(str(self._wire), LONGEST_SILENCE_S / 60)
            except SourceError as error:
                self._lost = error
                break
            look = laid_over(self._base(others), self._held)
            if look != sent or self._due or time.monotonic() - sent_s >= REPEAT_S:
                self._send(self._wire.frame(look, self.frames, self.priority))
                sent, sent_s = look, time.monotonic()
                with self._lock:
                    self._due = max(0, self._due - 1)
                    self._lock.notify_all()
            time.sleep(GAP_S)

    def _leave(self) -> None:
        """Leave what was there before us; not under somebody who has taken the universe."""
        self._failed = None
        if not isinstance(self._lost, DeviceBusy):
            for _ in range(_BURST):
                self._send(self._wire.frame(self._known, self.frames, self.priority))
                time.sleep(GAP_S)
        for _ in range(_BURST):
            packet = self._wire.farewell(self._known, self.frames, self.priority)
            if packet is not None:
                self._send(packet)
                time.sleep(GAP_S)

    def _send(self, packet: bytes) -> None:
        self.frames += 1
        try:
            self._sock.send(packet)
        except BlockingIOError:
            return  # the network card is busy: the next frame says the same
        except OSError as error:
            self._failed = time.monotonic(), error


def give_back(wire: Wire, base: bytes, priority: int) -> None:
    """Give a universe back for a sender that died: its look as it was, then a farewell.

    Raises
    ------
    SourceError
        If it cannot be reached.
    """
    # which frame was the last is not known: receivers drop at most one of four numbers that are
    # a quarter of their circle apart (E1.31-2018, 6.7.2), and take all that follow
    numbers = (0, 64, 128, 192)
    try:
        with wire.open() as sock:
            for number in numbers:
                sock.send(wire.frame(base, number, priority))
                time.sleep(GAP_S)
            for number in range(193, 193 + _BURST):
                packet = wire.farewell(base, number, priority)
                if packet is not None:
                    sock.send(packet)
                    time.sleep(GAP_S)
    except (OSError, UnicodeError) as error:
        raise problems.of_network(str(wire), wire.where, error) from error
