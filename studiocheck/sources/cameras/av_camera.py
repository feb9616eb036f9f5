"""Network cameras and clips on disk, through PyAV."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.core.capture import Frame
from studiocheck.core.picture import CameraInfo
from studiocheck.core.redaction import redacted
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras import stream_problems as streams
from studiocheck.sources.cameras.av_decoder import (
    Decoder,
    Parcel,
    has_picture,
    is_intra_only,
    shed,
    use_threads,
)
from studiocheck.sources.cameras.av_frames import pixel_format
from studiocheck.sources.cameras.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

OPEN_LIMIT_S = 8.0
"""Eight cameras that open at once on two cores need their time."""

READ_LIMIT_S = 3.0
_LAST_RESORT_S = 2 * READ_LIMIT_S
"""FFmpeg's protocols look for data before they give up; the limit around them only looks at the
clock, and would blame the camera when it was this computer that stood still."""

KEY_FRAME_LIMIT_S, PICTURE_LIMIT_S = 6.0, READ_LIMIT_S
"""How long packets may come without one picture: at first a key frame can be that far away."""

_PICTURES_AHEAD, _PACKETS_AHEAD = 60, 900
"""How many packets may wait for the analysis: whole pictures, and those of which none can be left
out without losing all up to the next key frame."""

_CLOSE_LIMIT_S = 1.0
_MICROSECONDS = 1_000_000
_NO_TIMESTAMPS = 0x0080  # AVFMT_NOTIMESTAMPS: what such a demuxer calls a time it made up


@dataclass
class StreamCamera:
    """A network camera: the sender's clock where its format carries one, else arrival."""

    url: str = field(repr=False)
    live: bool = True
    _reader: Reader[Parcel] | None = field(default=None, repr=False)
    _decoder: Decoder | None = field(default=None, repr=False)
    _ready: deque[Frame] = field(default_factory=deque, repr=False)
    _is_picture: bool = False
    _whole_s: float = 0.0

    @property
    def label(self) -> str:
        """The URL as it may be shown."""
        return redacted(self.url)

    def open(self) -> CameraInfo:
        """Connect, wait for the first picture, and say what came; raises `SourceError`."""
        import av  # noqa: PLC0415 - heavy

        container = self._connect()
        if not container.streams.video:
            container.close()
            raise streams.no_picture(self.label)
        stream = container.streams.video[0]
        self._is_picture = container.format.name.startswith("image2") or (
            container.format.name.endswith("_pipe")
        )
        by_arrival = self._is_picture or bool(container.format.flags & _NO_TIMESTAMPS)
        use_threads(stream)
        self._decoder = Decoder(stream, by_arrival=by_arrival)
        parcels = map(Parcel.of, container.demux(stream))
        self._reader = Reader(
            lambda: next(parcels, None),
            container.close,
            ahead=_PICTURES_AHEAD if is_intra_only(stream) else _PACKETS_AHEAD,
            shed=shed,
        )
        width, height = self._first_picture().size
        rate = None if by_arrival else stream.average_rate or stream.guessed_rate
        return CameraInfo(
            device=self.label,
            name=self.label,
            backend=f"PyAV {av.__version__} ({container.format.name})",
            clock="arrival" if by_arrival else "sender",
            width=width,
            height=height,
            pixel_format=pixel_format(stream),
            nominal_fps=float(rate) if rate else None,
            timeless=self._is_picture,
        )

    def read(self) -> Frame | None:
        """Return the next frame; raises `SourceError` within bounded time."""
        return self._next_frame(PICTURE_LIMIT_S)

    def controls(self) -> None:
        """Return None: a stream does not tell how its camera is set."""
        return

    def close(self) -> None:
        """Disconnect."""
        reader, self._reader = self._reader, None
        self._ready.clear()
        if reader is not None:
            # a read that hangs ends by FFmpeg's own limit; the thread then closes the connection
            reader.stop(_CLOSE_LIMIT_S)

    def _connect(self) -> InputContainer:
        import av  # noqa: PLC0415 - heavy

        from studiocheck.sources.cameras import av_problems  # noqa: PLC0415 - imports av

        began = time.monotonic()
        try:
            return av.open(
                self.url, timeout=(OPEN_LIMIT_S, _LAST_RESORT_S), options=_options(self.url)
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            elapsed_s = time.monotonic() - began
            raise av_problems.of_stream(
                error, self.label, opened=False, elapsed_s=elapsed_s, limit_s=READ_LIMIT_S
            ) from _without_url(error)

    def _first_picture(self) -> Frame:
        """Wait for a whole picture; who joins a stream may find it in the middle of one."""
        began_s = self._whole_s = time.monotonic()
        while (frame := self._next_frame(KEY_FRAME_LIMIT_S)) is not None:
            if has_picture(frame):
                self._ready.appendleft(frame)
                return frame
            if time.monotonic() - began_s > KEY_FRAME_LIMIT_S:
                raise problems.broken_frames(self.label, KEY_FRAME_LIMIT_S)
        raise streams.no_picture(self.label)

    def _next_frame(self, limit_s: float) -> Frame | None:
        while not self._ready:
            parcel, arrived_s = self._next_packet()
            if parcel is None or self._decoder is None:
                if self._is_picture:
                    return None
                raise streams.stopped(self.label)
            frames = self._decoder.frames(parcel, arrived_s)
            if any(frame.state != "torn" for frame in frames):
                self._whole_s = arrived_s
            elif arrived_s - self._whole_s > limit_s:
                raise problems.broken_frames(self.label, limit_s)
            self._ready.extend(frames)
        return self._ready.popleft()

    def _next_packet(self) -> tuple[Parcel | None, float]:
        import av  # noqa: PLC0415 - loaded by open()

        from studiocheck.sources.cameras import av_problems  # noqa: PLC0415 - imports av

        if self._reader is None:
            raise streams.stopped(self.label)
        try:
            return self._reader.next(READ_LIMIT_S)
        except (av.error.FFmpegError, OSError) as error:
            raise av_problems.of_stream(
                error, self.label, opened=True, elapsed_s=0.0, limit_s=READ_LIMIT_S
            ) from _without_url(error)


@dataclass
class ClipCamera:
    """A clip on disk, by its own timestamps, as fast as it can be read.

    ``untimed`` takes one without them too, where only its pictures count.
    """

    path: str
    live: bool = False
    untimed: bool = False
    _container: InputContainer | None = field(default=None, repr=False)
    _packets: Iterator[Packet[VideoStream]] | None = field(default=None, repr=False)
    _decoder: Decoder | None = field(default=None, repr=False)
    _ready: deque[Frame] = field(default_factory=deque, repr=False)

    def open(self) -> CameraInfo:
        """Open the file and decode its first picture; raises `SourceError`."""
        import av  # noqa: PLC0415 - heavy

        from studiocheck.sources.cameras import av_problems  # noqa: PLC0415 - imports av

        name = Path(self.path).name
        try:
            self._container = container = av.open(self.path)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise av_problems.of_file(error, name) from error
        if not container.streams.video:
            raise streams.no_picture(name)
        if container.format.flags & _NO_TIMESTAMPS and not self.untimed:
            raise streams.no_timestamps(name)
        stream = container.streams.video[0]
        use_threads(stream)
        self._packets = container.demux(stream)
        self._decoder = Decoder(stream)
        width, height = self._first_picture().size
        rate = stream.average_rate
        return CameraInfo(
            device=f"file:{self.path}",
            name=name,
            backend=f"PyAV {av.__version__} ({container.format.name})",
            clock="file",
            width=width,
            height=height,
            pixel_format=pixel_format(stream),
            nominal_fps=float(rate) if rate else None,
        )

    def read(self) -> Frame | None:
        """Return the next frame, None at the end; raises `SourceError` where the file is broken."""
        import av  # noqa: PLC0415 - loaded by open()

        from studiocheck.sources.cameras import av_problems  # noqa: PLC0415 - imports av

        while not self._ready:
            try:
                packet = next(self._packets, None) if self._packets else None
            except (av.error.FFmpegError, OSError) as error:
                raise av_problems.of_file(error, Path(self.path).name) from error
            if packet is None or self._decoder is None:
                return None
            self._ready.extend(self._decoder.frames(Parcel.of(packet)))
        return self._ready.popleft()

    def controls(self) -> None:
        """Return None: a clip does not tell how its camera was set."""
        return

    def close(self) -> None:
        """Close the file."""
        container, self._container = self._container, None
        self._packets = self._decoder = None
        self._ready.clear()
        if container is not None:
            container.close()

    def _first_picture(self) -> Frame:
        before: list[Frame] = []
        while (frame := self.read()) is not None:
            before.append(frame)
            if has_picture(frame):
                self._ready.extendleft(reversed(before))
                return frame
        raise streams.no_picture(Path(self.path).name)


def _options(url: str) -> dict[str, str]:
    limit = str(int(READ_LIMIT_S * _MICROSECONDS))
    if url.lower().startswith("rtsp"):
        # over UDP a lost packet of the network would look like a fault of the camera
        return {"rtsp_transport": "tcp", "timeout": limit}
    return {"rw_timeout": limit} if url.lower().startswith(("http", "rtmp")) else {}


def _without_url(error: Exception) -> Exception | None:
    """Keep a cause out of logs when its text holds the URL, and with it a password."""
    return None if getattr(error, "filename", None) else error
