"""What a stream to a simulated uplink would have looked like with the way's delay and its losses.

The stream itself is real and measured; loopback has neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from studiocheck.core.evidence import Captured
from studiocheck.core.network import BroadcastEvidence, IngestEvidence
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.shaped_port import round_trip_s

_ROUND_TRIPS: Mapping[str, int] = {"tcp": 1, "tls": 1, "handshake": 1, "connect": 1, "publish": 2}
"""How often each step waits for the far end."""


def dressed(scene: Scene, role: str, captured: Captured) -> Captured:
    """Return what came of an ingest or a test broadcast as the scene's way would have shown it."""
    match captured.evidence:
        case IngestEvidence() as ingest:
            return replace(captured, evidence=_ingest(scene, role, ingest))
        case BroadcastEvidence() as course:
            return replace(captured, evidence=dressed_course(scene, role, course))
        case _:
            return captured


def dressed_course(scene: Scene, role: str, course: BroadcastEvidence) -> BroadcastEvidence:
    """Return the course of a stream as the scene's way would have shown it.

    What arrived is known a round trip later. Sent again were those segments that the scene loses:
    the kernel counts its probes of a far end with little room too, and on loopback nothing else.
    """
    uplink = scene.at(0.0).uplinks[role]
    late_s = round_trip_s(uplink)
    again = np.rint(uplink.loss * np.maximum(course.segments, 0)).astype(np.int64)
    return replace(
        course,
        ingest=_ingest(scene, role, course.ingest),
        backlog_s=np.where(course.backlog_s > 0, course.backlog_s + late_s, 0.0),
        rtt_ms=course.rtt_ms + 1000 * late_s,
        frame_delay_ms=course.frame_delay_ms + 1000 * late_s,
        retransmitted=np.where(course.segments < 0, -1, again),
    )


def _ingest(scene: Scene, role: str, evidence: IngestEvidence) -> IngestEvidence:
    late_ms = 1000 * round_trip_s(scene.at(0.0).uplinks[role])
    steps = {
        step: taken_ms + late_ms * _ROUND_TRIPS.get(step, 0)
        for step, taken_ms in evidence.steps_ms.items()
    }
    return replace(evidence, target=f"sim:{role}", steps_ms=steps)
