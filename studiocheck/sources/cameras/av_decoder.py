"""Turns the packets of one stream into frames, each decoded no further than it must be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from studiocheck.core.capture import Frame
from studiocheck.sources.cameras import camera_problems as problems
from studiocheck.sources.cameras.av_frames import as_frame, pictures
from studiocheck.sources.cameras.jpeg_frames import JpegFrames, header_of, unseen_frame

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

_FULL_RANGE = 2  # AVCOL_RANGE_JPEG
_ONE_THREAD_PX = 1920 * 1088
_MOST_HELD_BACK = 32
"""More frames than any decoder holds back: what is older will never come out."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One packet with its time on the stream's clock; without its content once it was shed."""

    pts: int | None
    time_base: Fraction
    is_key: bool
    packet: Packet[VideoStream] | None

    @classmethod
    def of(cls, packet: Packet[VideoStream]) -> Parcel:
        """Wrap a packet as it came."""
        return cls(packet.pts, packet.time_base, packet.is_keyframe, packet)

    @property
    def pts_s(self) -> float | None:
        """When its picture was taken by the stream's clock, s."""
        return None if self.pts is None else float(self.pts * self.time_base)


def shed(parcel: Parcel) -> Parcel:
    """Return a parcel of which only the time is kept."""
    return replace(parcel, packet=None)


def is_jpeg(stream: VideoStream) -> bool:
    """Return whether the stream is full-range Motion JPEG: YCbCr, as JFIF has it."""
    codec = stream.codec_context
    planar = (codec.pix_fmt or "").startswith(("yuvj", "gray"))
    return codec.name == "mjpeg" and planar and codec.color_range == _FULL_RANGE


def is_intra_only(stream: VideoStream) -> bool:
    """Return whether every packet is a whole picture, so that one can be left out."""
    return bool(stream.codec_context.codec.intra_only)


def use_threads(stream: VideoStream) -> None:
    """Decode in one thread what one thread decodes faster than any camera sends.

    Threads cost a tenth more processor time, which the other cameras need.
    """
    if stream.width * stream.height <= _ONE_THREAD_PX:
        stream.thread_type = "NONE"
    else:
        stream.thread_type = "AUTO"


def has_picture(frame: Frame) -> bool:
    """Return whether a frame can be looked at."""
    try:
        return frame.state == "whole" and (frame.small or frame.luma)().size > 0
    except problems.Undecodable:
        return False


@dataclass
class Decoder:
    """The decoder of one stream.

    Parameters
    ----------
    stream : VideoStream
        Whose packets they are.
    by_arrival : bool
        Whether a frame's time is when it came; else its time on the stream's clock.
    """

    stream: VideoStream
    by_arrival: bool = False
    _jpegs: JpegFrames | None = field(default=None, repr=False)
    _sent: dict[int, tuple[float, float]] = field(default_factory=dict, repr=False)
    _needs_key: bool = False
    _began: bool = False

    def frames(self, parcel: Parcel, arrived_s: float | None = None) -> list[Frame]:
        """Return what frames a packet completes; one that says nothing of its time gives none.

        Parameters
        ----------
        parcel : Parcel
            The next packet in order.
        arrived_s : float, optional
            When it came, s, monotonic; absent where it was read from a file.
        """
        if not self._began and parcel.packet is not None:
            self._begin(parcel.packet)
        if self._jpegs is None:
            return self._decoded(parcel, arrived_s)
        captured_s = arrived_s if self.by_arrival else parcel.pts_s
        if captured_s is None:
            return []
        if parcel.packet is None:
            return [unseen_frame(captured_s, arrived_s)]
        data = bytes(parcel.packet)
        return [self._jpegs.frame(data, captured_s, arrived_s)] if data else []

    def _begin(self, packet: Packet[VideoStream]) -> None:
        """Look at the first packet: what is not one plain JPEG of that size is FFmpeg's work."""
        self._began = True
        if is_jpeg(self.stream):
            header, codec = header_of(bytes(packet)), self.stream.codec_context
            # a torn first packet has no header; an interlaced one has half the height
            if header is None or (header.width, header.height) == (codec.width, codec.height):
                self._jpegs = JpegFrames()

    def _decoded(self, parcel: Parcel, arrived_s: float | None) -> list[Frame]:
        frames = self._lost(parcel, arrived_s)
        if parcel.packet is None or self._needs_key:
            return frames
        if arrived_s is not None and parcel.pts is not None:
            self._sent[parcel.pts] = float(parcel.pts * parcel.time_base), arrived_s
        for picture in pictures(parcel.packet):
            if picture.pts is None:
                continue  # RTSP gives its first frame before it knows the sender's clock
            # a decoder holds frames back: each came when its own packet came
            _, came_s = self._sent.pop(picture.pts, (0.0, arrived_s))
            captured_s = came_s if self.by_arrival and came_s is not None else picture.time
            frames.append(as_frame(picture, captured_s, came_s))
        while len(self._sent) > _MOST_HELD_BACK:
            del self._sent[next(iter(self._sent))]
        return frames

    def _lost(self, parcel: Parcel, arrived_s: float | None) -> list[Frame]:
        """Return what cannot be decoded because its packet, or one before it, was shed."""
        lost: list[tuple[float, float]] = []
        if parcel.packet is None and not self._needs_key:
            self._needs_key = not is_intra_only(self.stream)
            lost, self._sent = sorted(self._sent.values()), {}
        elif self._needs_key and parcel.is_key and parcel.packet is not None:
            self._needs_key = False
            self.stream.codec_context.flush_buffers()
        if (parcel.packet is None or self._needs_key) and parcel.pts_s is not None:
            lost.append((parcel.pts_s, arrived_s or 0.0))
        return [unseen_frame(came if self.by_arrival else pts_s, came) for pts_s, came in lost]
