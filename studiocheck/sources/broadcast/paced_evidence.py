"""The evidence of a course that was sent at its planned rate."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from studiocheck.core.network import BroadcastEvidence, Consent, IngestEvidence, StreamPlan
from studiocheck.measure.network.backlog import backlog_course, frame_delays
from studiocheck.sources.broadcast.paced import PacedCourse

REFUSAL_S = 2.0
"""Some servers say yes and hang up: so soon after the start, that is a no."""


def course_evidence(
    course: PacedCourse,
    ingest: IngestEvidence,
    how: str,
    consent: Consent | None,
    plan: StreamPlan,
) -> BroadcastEvidence:
    """Return the evidence of a course that was sent at its planned rate."""
    rows, fine_s = course.rows, np.array(course.fine_s)
    delivered = course.delivered()
    due_s, end_bytes = np.array(course.frame_due_s), np.array(course.frame_end_bytes, np.int64)
    told = [course.info[row] for row in rows]
    stopped: Literal["time", "stalled", "cut", "refused"] = course.stopped
    if stopped == "cut" and course.fine_s[-1] < REFUSAL_S and consent is not None:
        stopped = "refused"
    return BroadcastEvidence(
        ingest=ingest,
        how=how,
        consent=consent,
        planned_mbit_s=plan.bitrate_mbit_s,
        progress=course.progress,
        t_s=fine_s[rows],
        due_bytes=np.array(course.due, np.int64)[rows],
        delivered_bytes=delivered[rows],
        backlog_s=backlog_course(fine_s[rows], delivered[rows], due_s, end_bytes),
        rtt_ms=np.array([info.rtt_ms if info else math.nan for info in told]),
        retransmitted=np.array([info.retransmitted if info else -1 for info in told], np.int64),
        segments=np.array([info.segments if info else -1 for info in told], np.int64),
        frame_due_s=due_s,
        frame_delay_ms=frame_delays(fine_s, delivered, due_s, end_bytes),
        stopped=stopped,
    )
