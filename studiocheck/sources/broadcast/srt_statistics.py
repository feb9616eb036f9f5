"""What ``srt-live-transmit`` tells of a stream that it sends, and the course that follows from it.

SRT gives up what comes too late, on both sides, and a sender is told only of its own. What the far
end gave up is estimated: a packet that was sent again is lost as often as any other, and then there
is no time for a third try. What was given up stays owed to the end, and the backlog says so.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Literal

import numpy as np

from studiocheck.core.network import BroadcastEvidence, Consent, IngestEvidence, StreamPlan
from studiocheck.measure.network.backlog import backlog_course, frame_delays


@dataclass(frozen=True, slots=True)
class Interval:
    """What was sent since the report before, in packets, and what is on its way now.

    Parameters
    ----------
    sent, first_time, again, given_up : int
        All packets; those of them that were new, that were sent again; dropped as too late.
    in_flight : int
        Sent, and not yet acknowledged.
    rtt_ms : float
        Round trip, ms.
    """

    sent: int
    first_time: int
    again: int
    given_up: int
    in_flight: int
    rtt_ms: float

    @property
    def arrived(self) -> float:
        """How many packets got there, or still may, at most."""
        lost_again = self.again * self.again / self.sent if self.sent else 0.0
        return max(0.0, self.first_time - lost_again) - self.given_up


def interval_of(line: str) -> Interval | None:
    """Read one line of ``-pf json``; None when it is none.

    Examples
    --------
    >>> interval_of('{"window":{"flight":4},"link":{"rtt":30.5},"send":{"packets":57,'
    ...     '"packetsUnique":55,"packetsRetransmitted":2,"packetsDropped":0}}')
    Interval(sent=57, first_time=55, again=2, given_up=0, in_flight=4, rtt_ms=30.5)
    >>> interval_of("SRT target connected") is None
    True
    """
    try:
        said = json.loads(line)
        sent = said["send"]
        return Interval(
            sent=int(sent["packets"]),
            first_time=int(sent["packetsUnique"]),
            again=int(sent["packetsRetransmitted"]),
            given_up=int(sent["packetsDropped"]),
            in_flight=int(said["window"]["flight"]),
            rtt_ms=float(said["link"]["rtt"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


class SrtCourse:
    """The course of a stream of constant rate; heard in one thread, asked in another.

    Parameters
    ----------
    plan : StreamPlan
        Its rate and its pictures.
    packet_bytes : int
        Payload of every packet.
    """

    def __init__(self, plan: StreamPlan, packet_bytes: int) -> None:
        self._plan, self._packet_bytes = plan, packet_bytes
        self._byte_s = plan.bitrate_mbit_s * 1e6 / 8
        self._given = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._t_s: list[float] = [0.0]
        self._delivered: list[int] = [0]
        self._rtt_ms: list[float] = [np.nan]
        self._again: list[int] = [0]
        self._sent: list[int] = [0]
        self._arrived = 0.0
        self._moved_s = 0.0

    @property
    def is_known(self) -> bool:
        """Whether anything was told at all."""
        return len(self._t_s) > 1

    def begin(self, at: float) -> None:
        """Start the clock, at a monotonic time, s."""
        self._began = at

    def due(self, now_s: float) -> int:
        """Return how many packets are due and were not asked for yet; they count as given."""
        count = int(now_s * self._byte_s / self._packet_bytes) - self._given
        self._given += count
        return count

    def hear(self, line: str) -> None:
        """Take a line of statistics."""
        found = interval_of(line)
        if found is not None:
            self.add(time.monotonic() - self._began, found)

    def add(self, now_s: float, found: Interval) -> None:
        """Take what was told at a time."""
        with self._lock:
            self._arrived += found.arrived
            self._sent.append(self._sent[-1] + found.sent)
            self._again.append(self._again[-1] + found.again)
            arrived = int(self._arrived) - found.in_flight
            delivered = max(self._delivered[-1], arrived * self._packet_bytes)
            if delivered > self._delivered[-1]:
                self._moved_s = now_s
            self._t_s.append(now_s)
            self._rtt_ms.append(found.rtt_ms)
            self._delivered.append(delivered)

    def quiet_s(self, now_s: float) -> float:
        """Return for how long nothing was delivered, s."""
        with self._lock:
            return now_s - self._moved_s

    def flow(self, now_s: float) -> tuple[float, float]:
        """Return what arrived in the last second, Mbit/s, and how far the stream is behind, s."""
        with self._lock:
            since = int(np.searchsorted(self._t_s, now_s - 1.0, side="right")) - 1
            seconds = max(self._t_s[-1] - self._t_s[max(0, since)], 0.1)
            arrived = self._delivered[-1] - self._delivered[max(0, since)]
            behind = self._t_s[-1] - self._delivered[-1] / self._byte_s
        return arrived * 8e-6 / seconds, max(0.0, behind)

    def evidence(
        self,
        ingest: IngestEvidence,
        consent: Consent,
        seconds: float,
        stopped: Literal["time", "stalled", "cut"],
    ) -> BroadcastEvidence:
        """Return the course as evidence; rows after ``seconds`` only tell when frames arrived."""
        with self._lock:
            fine_s, delivered = np.array(self._t_s), np.array(self._delivered, np.int64)
            rows = np.flatnonzero(fine_s <= seconds)
            rtt_ms = np.array(self._rtt_ms)[rows]
            again, sent = (np.array(counts, np.int64)[rows] for counts in (self._again, self._sent))
        t_s = fine_s[rows]
        last_s = min(seconds, float(fine_s[-1]))
        # at a constant rate the last bytes of a frame are there when the next one begins
        due_s = np.arange(1, int(last_s * self._plan.fps) + 1) / self._plan.fps
        end_bytes = (due_s * self._byte_s).astype(np.int64)
        return BroadcastEvidence(
            ingest=ingest,
            how="srt",
            consent=consent,
            planned_mbit_s=self._plan.bitrate_mbit_s,
            progress="peer",
            t_s=t_s,
            due_bytes=(t_s * self._byte_s).astype(np.int64),
            delivered_bytes=delivered[rows],
            backlog_s=backlog_course(t_s, delivered[rows], due_s, end_bytes),
            rtt_ms=rtt_ms,
            retransmitted=again,
            segments=sent,
            frame_due_s=due_s,
            frame_delay_ms=frame_delays(fine_s, delivered, due_s, end_bytes),
            stopped=stopped,
        )
