"""The picture and the sound of a test broadcast as an MPEG transport stream of constant rate.

What the picture does not need is filled with null packets, so that any bitrate is met to the byte.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from fractions import Fraction

import av
import numpy as np

from studiocheck.core.network import StreamPlan
from studiocheck.sources.bounded import silently
from studiocheck.sources.broadcast.bars_clip import SOUND_FRAME, SOUND_RATE_HZ, bars, encoders
from studiocheck.sources.broadcast.encoder_shape import frames_per_key

PACKET_BYTES = 188
_PICTURE_BIT_S = 200_000
_SILENT_FRAMES = 4
"""The first ones still tell of the encoder's start."""


class TransportStream:
    """Colour bars and silence without end, encoded once.

    Parameters
    ----------
    plan : StreamPlan
        Picture, key-frame interval and bitrate, with all that a transport stream adds.
    beat : callable
        Called for every picture.

    Raises
    ------
    LibraryMissing
        If this computer's PyAV cannot encode H.264 or AAC.
    """

    def __init__(self, plan: StreamPlan, beat: Callable[[], None] = silently) -> None:
        self._sink = _Sink()
        self._rate = Fraction(plan.fps).limit_denominator(1001)
        rate = str(round(plan.bitrate_mbit_s * 1e6))
        options = {"muxrate": rate, "mpegts_flags": "resend_headers", "flush_packets": "1"}
        with encoders():
            # PyAV asks nothing of a sink but `write`
            self._file = av.open(self._sink, "w", format="mpegts", options=options)
            self._video = self._video_stream(plan)
            self._audio = self._file.add_stream("aac", rate=SOUND_RATE_HZ)
            self._audio.layout = "stereo"
            self._pictures = self._encoded_pictures(frames_per_key(plan), beat)
            self._silence = self._encoded_silence()

    def datagrams(self, packets: int) -> Iterator[bytes]:
        """Yield the stream without end, so many packets of 188 bytes at a time."""
        size, place, sound = packets * PACKET_BYTES, 0, 0
        while True:
            while place * SOUND_RATE_HZ >= sound * SOUND_FRAME * self._rate:
                self._add_silence(sound)
                sound += 1
            self._add_picture(place)
            place += 1
            while len(self._sink.written) >= size:
                yield bytes(self._sink.written[:size])
                del self._sink.written[:size]

    def _video_stream(self, plan: StreamPlan) -> av.VideoStream:
        stream = self._file.add_stream("libx264", rate=self._rate)
        assert isinstance(stream, av.VideoStream)  # noqa: S101 - a video encoder was asked for
        stream.width, stream.height = (size + size % 2 for size in (plan.width, plan.height))
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = _PICTURE_BIT_S
        stream.options = {
            "preset": "ultrafast", "tune": "zerolatency", "g": str(frames_per_key(plan)),
            "sc_threshold": "0",
        }  # fmt: skip
        return stream

    def _encoded_pictures(self, count: int, beat: Callable[[], None]) -> list[bytes]:
        picture = bars(self._video.width, self._video.height)
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        found = []
        for place in range(count):
            beat()
            frame.pts = place
            found += self._video.encode(frame)
        return [bytes(packet) for packet in found]

    def _encoded_silence(self) -> bytes:
        found: list[bytes] = []
        for place in range(_SILENT_FRAMES):
            samples = np.zeros((2, SOUND_FRAME), np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = SOUND_RATE_HZ, place * SOUND_FRAME
            found += [bytes(packet) for packet in self._audio.encode(frame)]
        return found[-1]

    def _add_picture(self, place: int) -> None:
        within = place % len(self._pictures)
        packet = av.Packet(self._pictures[within])
        packet.stream, packet.time_base = self._video, 1 / self._rate
        packet.pts = packet.dts = place
        packet.is_keyframe = within == 0
        self._file.mux(packet)

    def _add_silence(self, place: int) -> None:
        packet = av.Packet(self._silence)
        packet.stream, packet.time_base = self._audio, Fraction(1, SOUND_RATE_HZ)
        packet.pts = packet.dts = place * SOUND_FRAME
        self._file.mux(packet)


class _Sink(io.RawIOBase):
    """Takes what the muxer writes."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self.written += piece
        return len(piece)
