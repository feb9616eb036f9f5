"""Which pictures can be drawn of an uplink, and under which names; each is drawn in its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    StreamPlan,
    UploadEvidence,
)
from studiocheck.report.pictures.broadcast import broadcast, sustained
from studiocheck.report.pictures.connection import connection
from studiocheck.report.pictures.delay import delay
from studiocheck.report.pictures.kinds import file_name
from studiocheck.report.pictures.throughput import throughput

Draw = Callable[[], bytes]


def of_upload(role: str, upload: UploadEvidence, stream: StreamPlan) -> Mapping[str, Draw]:
    """Return what can be drawn of an upload: file name → how; nothing of a bare figure.

    Parameters
    ----------
    role : str
        Of the uplink.
    upload : UploadEvidence
        What was seen.
    stream : StreamPlan
        What the uplink has to carry.
    """
    drawn: dict[str, Draw] = {}
    if len(upload.t_s):
        drawn[file_name(role, "throughput")] = partial(throughput, upload, stream)
    if len(upload.loaded_ms):
        drawn[file_name(role, "delay")] = partial(delay, upload)
    return drawn


def of_ingest(role: str, ingest: IngestEvidence) -> Mapping[str, Draw]:
    """Return what can be drawn of the way to an ingest: file name → how."""
    if not ingest.steps_ms and not ingest.step:
        return {}
    return {file_name(role, "connection"): partial(connection, ingest)}


def of_stream(
    role: str, sent: BroadcastEvidence, stream: StreamPlan, *, long: bool = False
) -> Mapping[str, Draw]:
    """Return what can be drawn of a stream sent at its planned rate: file name → how.

    Parameters
    ----------
    role : str
        Of the uplink.
    sent : BroadcastEvidence
        What was seen.
    stream : StreamPlan
        What it was to carry.
    long : bool
        Whether it is the minute of a thorough check rather than the test broadcast.
    """
    if not len(sent.t_s):
        return {}
    if long:
        return {file_name(role, "sustained"): partial(sustained, sent, stream.keyframe_s)}
    return {file_name(role, "broadcast"): partial(broadcast, sent)}
