"""The webcam itself: what runs in the device when somebody plugs it in.

Everything on the computer's side of the cable is the guest's kernel: vhci_hcd, usbcore, uvcvideo.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from tests.hardware.webcam import descriptors as d
from tests.hardware.webcam import usbip
from tests.hardware.webcam.controls import (
    GET_CUR,
    GET_DEF,
    GET_INFO,
    GET_LEN,
    GET_MAX,
    GET_MIN,
    SET_CUR,
    Settings,
    mask,
)
from tests.hardware.webcam.pictures import Light, Pictures

_PROBE, _COMMIT = 1, 2
_AGREEMENT = struct.Struct("<HBBIHHHHHII")  # USB Video Class 1.0, table 4-47
_LOOK_S = 0.05
"""How soon a change of `Behaviour` is noticed."""

_BEHIND_S = 0.5
"""How far the camera's clock may run ahead of what this computer found time to send."""


class Hub:
    """What webcams hang on: it carries so many bytes a second, of all of them together."""

    def __init__(self, bytes_s: float = float("inf")) -> None:
        self._bytes_s, self._free_s = bytes_s, 0.0

    def wait_s(self) -> float:
        """Return how long it has no room."""
        return max(0.0, self._free_s - time.monotonic())

    def carry(self, count: int) -> None:
        """Carry so many bytes."""
        self._free_s = max(self._free_s, time.monotonic()) + count / self._bytes_s


@dataclass
class Behaviour:
    """What the tests may do to a webcam while it streams.

    Parameters
    ----------
    light : str
        ``dark`` halves the rate where the exposure priority lets it.
    frozen : bool
        Sends one picture again and again.
    stalled : bool
        Stays plugged in and sends nothing.
    torn : int
        Of so many frames one ends in the middle, without an error flag; 0: none.
    fps : float, optional
        Delivers this rate whatever was agreed.
    """

    light: Light = "lit"
    frozen: bool = False
    stalled: bool = False
    torn: int = 0
    fps: float | None = None


@dataclass
class Agreement:
    """Format, size and interval that kernel and camera agreed upon."""

    offer: d.Offer
    format: int = 1
    frame: int = 1
    interval: int = field(default_factory=lambda: d.interval(30))

    @property
    def size(self) -> d.Size:
        return self.offer.size(self.format, self.frame)

    @property
    def pixel_format(self) -> d.PixelFormat:
        return self.offer.formats[self.format - 1]

    def changed_by(self, data: bytes) -> Agreement:
        """Return the nearest thing that this camera can do."""
        _, wanted_format, wanted_frame, wanted, *_ = _AGREEMENT.unpack_from(data.ljust(26, b"\0"))
        chosen = min(max(wanted_format, 1), len(self.offer.formats))
        count = len(d.SIZES[self.offer.formats[chosen - 1]])
        frame = min(max(wanted_frame, 1), count)
        rates = [d.interval(rate) for rate in self.offer.size(chosen, frame).rates]
        nearest = min(rates, key=lambda i: abs(i - wanted)) if wanted else rates[0]
        return Agreement(self.offer, chosen, frame, nearest)

    def __bytes__(self) -> bytes:
        return _AGREEMENT.pack(
            *(1, self.format, self.frame, self.interval, 0, 0, 0, 0, 0),
            *(self.size.bytes, d.PAYLOAD),
        )


class Webcam:
    """A webcam with a serial number; `port` is where its plug waits for a computer."""

    def __init__(
        self,
        pictures: Pictures,
        serial: str,
        *,
        name: str = "Studio Webcam",
        formats: tuple[d.PixelFormat, ...] = ("MJPG", "YUYV"),
        hub: Hub | None = None,
    ) -> None:
        self.serial, self.name = serial, name
        self.does = Behaviour()
        self.settings = Settings()
        self.sent = 0
        self.trouble: BaseException | None = None
        self._pictures, self._hub = pictures, hub or Hub()
        self._strings = ["", "Studio Rig", name, serial]
        self._agreed = Agreement(d.Offer(formats))
        self._proposed = self._agreed
        self._wanted: deque[usbip.Urb] = deque()
        self._rest: memoryview | None = None
        self._due_s, self._field = 0.0, 0
        self._plug = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None

    @property
    def binding(self) -> str:
        """As the studio file names it."""
        return f"usb:{d.VENDOR:04x}:{d.PRODUCT:04x}:{self.serial}"

    @property
    def port(self) -> int:
        """The TCP port on this computer."""
        return int(self._plug.getsockname()[1])

    def wait_for_computer(self) -> None:
        """Let whoever connects next have the camera; returns at once."""
        threading.Thread(target=self._live, daemon=True, name=f"webcam {self.serial}").start()

    def unplug(self) -> None:
        """Pull the plug, in the middle of whatever happens."""
        if self._connection is not None:
            self._connection.shutdown(socket.SHUT_RDWR)

    def throw_away(self) -> None:
        """Unplug it for good."""
        with contextlib.suppress(OSError):  # the computer was faster
            self.unplug()
        self._plug.close()

    # ------------------------------------------------------------ life

    def _live(self) -> None:
        try:
            connection, _ = self._plug.accept()
        except OSError:
            return
        with connection:
            self._connection = connection
            self._stop()
            cable = usbip.Cable(connection)
            try:
                while True:
                    for event in cable.events(self._patience_s()):
                        self._meet(cable, event)
                    self._stream(cable)
            except usbip.Unplugged:
                return
            except BaseException as error:
                self.trouble = error
                raise
            finally:
                self._connection = None

    def _patience_s(self) -> float:
        if not self._wanted or self.does.stalled:
            return _LOOK_S
        if self._rest is not None:
            return min(_LOOK_S, self._hub.wait_s())
        return min(_LOOK_S, max(0.0, self._due_s - time.monotonic()))

    def _meet(self, cable: usbip.Cable, event: usbip.Urb | usbip.TakenBack) -> None:
        if isinstance(event, usbip.TakenBack):
            kept = [urb for urb in self._wanted if urb.number != event.urb_number]
            cable.confirm(event, was_waiting=len(kept) < len(self._wanted))
            self._wanted = deque(kept)
            if not kept:
                self._stop()
        elif event.endpoint == d.VIDEO_ENDPOINT:
            self._wanted.append(event)
        else:
            answer = self._answer(event)
            if answer is None:
                cable.complete(event, status=usbip.STALL)
            else:
                cable.complete(event, answer)

    def _stop(self) -> None:
        self._wanted.clear()
        self._rest, self._due_s = None, time.monotonic()

    # ------------------------------------------------------------ pictures

    def _stream(self, cable: usbip.Cable) -> None:
        now_s = time.monotonic()
        if self.does.stalled:
            self._due_s = now_s
            return
        while self._wanted and not self._hub.wait_s():
            if self._rest is None:
                if now_s < self._due_s:
                    return
                self._rest = self._next_picture()
                self._due_s = max(self._due_s, now_s - _BEHIND_S) + self._interval_s()
            urb = self._wanted.popleft()
            self._hub.carry(urb.length)
            room = min(urb.length, d.PAYLOAD) - 2
            part, self._rest = self._rest[:room], self._rest[room:]
            end = 0 if self._rest else 2
            cable.complete(urb, bytes([2, 0x80 | end | self._field]) + part)
            if end:
                self._rest = None
                self._field ^= 1

    def _next_picture(self) -> memoryview:
        self.settings.expose(dark=self.does.light != "lit")
        number = 0 if self.does.frozen else self.sent
        picture = self._pictures.one(
            self._agreed.pixel_format, self._agreed.size, self.does.light, number
        )
        self.sent += 1
        torn = self.does.torn and self.sent % self.does.torn == 0
        return memoryview(picture)[: len(picture) // 2 if torn else None]

    def _interval_s(self) -> float:
        if self.does.fps:
            return 1 / self.does.fps
        slower = 2 if self.does.light != "lit" and self.settings.lets_rate_sink else 1
        return slower * self._agreed.interval / 1e7

    # ------------------------------------------------------------ answers

    def _answer(self, urb: usbip.Urb) -> bytes | None:
        """Return what a control transfer reads (nothing for one that writes); None refuses it."""
        kind, request, value, index, length = struct.unpack("<BBHHH", urb.setup)
        if kind & 0x60:
            return self._video_class(request, value >> 8, index, urb.data, length)
        if kind == 0x80 and request == 6:
            text = self._descriptor(value >> 8, value & 0xFF)
            return None if text is None else text[:length]
        if request == 1:  # the endpoint is cleared: what was begun is not continued
            self._rest = None
        if kind & 0x80:  # status: nothing to report
            return bytes(length)
        return b""

    def _descriptor(self, kind: int, number: int) -> bytes | None:
        if kind == 1:
            return d.device()
        if kind == 2:
            units = mask(d.CAMERA_TERMINAL), mask(d.PROCESSING_UNIT)
            return d.configuration(self._agreed.offer, *units)
        if kind == 3 and number < len(self._strings):
            return d.string(self._strings[number]) if number else d.languages()
        return None

    def _video_class(
        self, request: int, selector: int, index: int, data: bytes, length: int
    ) -> bytes | None:
        if index & 0xFF == d.STREAMING_INTERFACE:
            return self._negotiate(request, selector, data, length)
        unit = index >> 8
        if request == SET_CUR:
            return b"" if self.settings.write(unit, selector, data) else None
        answer = self.settings.answer(unit, selector, request)
        return None if answer is None else answer[:length]

    def _negotiate(self, request: int, selector: int, data: bytes, length: int) -> bytes | None:
        if selector not in {_PROBE, _COMMIT}:
            return None
        if request == SET_CUR:
            self._proposed = self._proposed.changed_by(data)
            if selector == _COMMIT:
                self._agreed = self._proposed
                self._rest = None
                for light in ("lit", self.does.light):
                    self._pictures.encode(self._agreed.pixel_format, self._agreed.size, light)
            return b""
        if request == GET_INFO:
            return b"\x03"
        if request == GET_LEN:
            return struct.pack("<H", _AGREEMENT.size)
        if request in {GET_CUR, GET_MIN, GET_MAX, GET_DEF}:
            return bytes(self._proposed)[:length]
        return None
