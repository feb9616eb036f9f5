"""The planned rate over an upload target: for a line whose ingest nobody may publish to."""

from __future__ import annotations

from studiocheck.core.capture import Report
from studiocheck.core.errors import SourceError
from studiocheck.core.network import BroadcastEvidence, IngestEvidence, StreamPlan
from studiocheck.core.text import Text
from studiocheck.sources.broadcast.encoder_shape import frame_bytes
from studiocheck.sources.broadcast.paced import send_paced
from studiocheck.sources.broadcast.paced_evidence import course_evidence
from studiocheck.sources.network.connection import Endpoint, connect
from studiocheck.sources.network.http_conversation import FIRST_BYTES
from studiocheck.sources.network.sending import Conversation, Endless
from studiocheck.sources.network.upload import HttpUpload, TcpUpload
from studiocheck.sources.network.upload_target import UntestedTarget, UploadTarget

SUSTAINED_S = 60.0
_MARGIN = 1.2


def sustain_upload(
    target: UploadTarget, plan: StreamPlan, seconds: float, report: Report
) -> BroadcastEvidence:
    """Send to an upload target what an encoder would send to an ingest.

    Parameters
    ----------
    target : UploadTarget
        ``tcp://…`` or ``http(s)://…``.
    plan : StreamPlan
        Bitrate, key-frame interval and frame rate.
    seconds : float
        For how long; 0 takes a minute.
    report : callable
        Progress and sign of life.

    Raises
    ------
    SourceError
        When it never began, or the target is of a kind that cannot be paced.
    """
    seconds = seconds or SUSTAINED_S
    if isinstance(target, UntestedTarget):
        raise target.error
    if isinstance(target, TcpUpload):
        endpoint = Endpoint(target.host, target.port, interface=target.interface)
        return _send(endpoint, f"tcp://{endpoint}", Endless(), plan, seconds, report)
    if not isinstance(target, HttpUpload):
        raise SourceError(
            Text(
                "a speed test cannot be held at the bitrate of a stream",
                "测速服务不能按推流码率持续发送",
            ),
            Text(
                "set an https:// or tcp:// target, or the ingest of a `studiocheck target serve`",
                "请设置 https:// 或 tcp:// 目标，或使用 `studiocheck target serve` 的推流地址",
            ),
        )
    found = _post(target, FIRST_BYTES, plan, seconds, report)
    if found.stopped == "cut" and found.delivered_bytes[-1] < 2 * FIRST_BYTES:
        # a server that hangs up after every answer gets one request that is long enough
        whole = round(_MARGIN * plan.bitrate_mbit_s * 1e6 / 8 * seconds)
        found = _post(target, whole, plan, seconds, report)
    return found


def _post(
    target: HttpUpload, first_bytes: int, plan: StreamPlan, seconds: float, report: Report
) -> BroadcastEvidence:
    talk = target.talk(first_bytes)
    return _send(target.endpoint, target.shown, talk, plan, seconds, report)


def _send(
    endpoint: Endpoint,
    shown: str,
    talk: Conversation,
    plan: StreamPlan,
    seconds: float,
    report: Report,
) -> BroadcastEvidence:
    connection = connect(endpoint, lambda: report(0.0))
    try:
        feed = UploadFeed(talk, plan)
        course = send_paced(connection.sock, feed, plan.fps, seconds, report)
    finally:
        connection.abort()
    if course.stopped == "stalled":
        talk.lost(silent=True)
    ingest = IngestEvidence(target=shown, steps_ms=connection.steps_ms)
    return course_evidence(course, ingest, shown.partition(":")[0], None, plan)


class UploadFeed:
    """As many bytes of an upload as an encoder would have made by now; a `Feed`.

    Parameters
    ----------
    talk : Conversation
        The upload.
    plan : StreamPlan
        What the encoder makes.
    """

    def __init__(self, talk: Conversation, plan: StreamPlan) -> None:
        self._talk, self._shape, self._due = talk, frame_bytes(plan), 0

    @property
    def ended(self) -> bool:
        """Whether the far end wants no more."""
        return self._talk.done

    @property
    def acknowledged(self) -> int | None:
        """Nobody says it."""
        return None

    def add(self, frame: int) -> int:
        """Let as many bytes more go as a frame has."""
        size = self._shape[frame % len(self._shape)]
        self._due += size
        return size

    def outgoing(self) -> memoryview:
        """Return what to send next."""
        return self._talk.outgoing()[: self._due]

    def took(self, count: int) -> None:
        """Note that so many bytes were sent."""
        self._due -= count
        self._talk.took(count)

    def heard(self, data: bytes) -> None:
        """Take what the far end says; raises `SourceError` when it refuses."""
        self._talk.heard(data)
        if not data and not self._talk.done:
            self._talk.lost(silent=False)
