"""The test picture as a stream: what is sent on the connection of a publisher, and when."""

from __future__ import annotations

import math
from collections import deque

from studiocheck.core.errors import NetworkRefused
from studiocheck.sources.broadcast.bars_clip import SOUND_FRAME, SOUND_RATE_HZ, BarsClip
from studiocheck.sources.broadcast.paced import PacedCourse
from studiocheck.sources.broadcast.paced_evidence import REFUSAL_S
from studiocheck.sources.broadcast.rtmp_publisher import RtmpPublisher
from studiocheck.wire import flv
from studiocheck.wire.rtmp_chunks import Kind

_AHEAD_BYTES = 16384


class RtmpFeed:
    """The clip, over and over, on one connection; a `Feed`.

    Parameters
    ----------
    publisher : RtmpPublisher
        Live.
    clip : BarsClip
        What to send.
    """

    def __init__(self, publisher: RtmpPublisher, clip: BarsClip) -> None:
        self.ended = False
        self._publisher, self._client, self._clip = publisher, publisher.client, clip
        self._begin = self._client.frames_begin
        self._waiting: deque[int] = deque()
        self._said: NetworkRefused | None = None
        self._head_bytes = 0
        for kind, body in (
            (Kind.DATA, flv.metadata(clip.about)),
            (Kind.VIDEO, clip.picture_header),
            (Kind.AUDIO, clip.sound_header),
        ):
            self._head_bytes += self._client.length(0, len(body))
            self._client.send(kind, 0, body)

    @property
    def acknowledged(self) -> int | None:
        """How many bytes the server says it has."""
        told = self._client.acknowledged
        return None if told is None else told - self._begin

    def add(self, frame: int) -> int:
        """Queue a picture and the sound that goes with it."""
        self._waiting.append(frame)
        length = self._client.length
        head, self._head_bytes = self._head_bytes, 0
        sizes = (length(at_ms, len(body)) for _, at_ms, body in self._bodies(frame))
        return head + sum(sizes)

    def outgoing(self) -> memoryview:
        """Return what to send next; frames are put together only when their turn comes."""
        while self._waiting and len(self._client.outgoing) < _AHEAD_BYTES:
            for kind, at_ms, body in self._bodies(self._waiting.popleft()):
                self._client.send(kind, at_ms, body)
        return memoryview(bytes(self._client.outgoing[:_AHEAD_BYTES]))

    def took(self, count: int) -> None:
        """Note that so many bytes were sent."""
        self._client.took(count)

    def heard(self, data: bytes) -> None:
        """Take what the server says; the stream ends when it says no."""
        try:
            self._publisher.heard(data)
        except NetworkRefused as error:
            self._said, self.ended = error, True

    def refusal(self, course: PacedCourse) -> NetworkRefused | None:
        """Return why the server wants no more of the stream; None when that was not it."""
        if course.stopped != "cut":
            return None
        soon = course.fine_s[-1] < REFUSAL_S
        return self._said or (self._publisher.hung_up() if soon else None)

    def _bodies(self, frame: int) -> list[tuple[Kind, int, bytes]]:
        """Return kind, time stamp (ms) and body of all that belongs to a frame."""
        clip = self._clip
        picture = clip.pictures[frame % len(clip.pictures)]
        first, end = (
            math.ceil(place / clip.fps * SOUND_RATE_HZ / SOUND_FRAME)
            for place in (frame, frame + 1)
        )
        sounds = [
            (Kind.AUDIO, round(1000 * place * SOUND_FRAME / SOUND_RATE_HZ), clip.sound)
            for place in range(first, end)
        ]
        return [(Kind.VIDEO, round(1000 * frame / clip.fps), picture), *sounds]
