"""The simulated uplink as a device: its shaped port, measured by the code that measures real ones.

It lives here because sources and simulator do not know each other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from studiocheck.core.capture import Report
from studiocheck.core.evidence import Captured
from studiocheck.core.network import (
    BroadcastEvidence,
    LinkEvidence,
    StreamPlan,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.studio import UplinkRole
from studiocheck.simulator import stream, way
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.uplink import SimulatedUplink
from studiocheck.sources.network.connection import Endpoint
from studiocheck.sources.network.route import route_to
from studiocheck.sources.network.upload import TcpUpload
from studiocheck.sources.uplinks import StudioUplink, uplink_for


@dataclass(frozen=True, slots=True)
class MeasuredSimulatedUplink:
    """One uplink of a scene; an `Uplink`. Time 0 of its faults is the start of the upload.

    Parameters
    ----------
    scene : Scene
        The simulated studio with its faults.
    role : str
        Which uplink.
    plan : StreamPlan
        The stream that it has to carry.
    """

    scene: Scene
    role: str
    plan: StreamPlan = field(default_factory=StreamPlan)

    def link(self) -> LinkEvidence:
        """Describe the simulated interface; raises `SourceError`."""
        return SimulatedUplink(self.scene, self.role).link()

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload to the shaped port; raises `SourceError`."""
        uplink = SimulatedUplink(self.scene, self.role)
        host, port = uplink.start()
        try:
            target = TcpUpload(host, port, enough_mbit_s=self.plan.enough_mbit_s)
            return uplink.dress(target.upload(seconds, report))
        finally:
            uplink.stop()

    def route(self, report: Report) -> Captured:
        """Go the simulated way; raises `SourceError`."""
        self.link()  # where the system tells nothing, not this either
        if (blocked := way.blocked(self.scene, self.role)) is not None:
            return blocked
        uplink = SimulatedUplink(self.scene, self.role)
        host, port = uplink.start()
        try:
            return way.dressed(self.scene, self.role, route_to(Endpoint(host, port), report))
        finally:
            uplink.stop()

    def traffic(self, seconds: float, report: Report) -> TrafficEvidence:
        """Return what the scene says that others send; raises `SourceError`."""
        self.link()  # as above
        report(1.0)
        return way.traffic(self.scene, self.role, seconds)

    def ingest(self, report: Report) -> Captured:
        """Go to the scene's own ingest."""
        with self._real() as real:
            return stream.dressed(self.scene, self.role, real.ingest(report))

    def broadcast(self, seconds: float, report: Report) -> Captured:
        """Publish to the scene's own ingest."""
        with self._real() as real:
            return stream.dressed(self.scene, self.role, real.broadcast(seconds, report))

    def sustain(self, seconds: float, report: Report) -> BroadcastEvidence:
        """Send at the planned rate; raises `SourceError`."""
        with self._real() as real:
            return stream.dressed_course(self.scene, self.role, real.sustain(seconds, report))

    @contextlib.contextmanager
    def _real(self) -> Iterator[StudioUplink]:
        """Open the shaped port and give the real uplink that leads to it."""
        uplink = SimulatedUplink(self.scene, self.role)
        host, port = uplink.start()
        target = f"tcp://{host}:{port}"
        has_ingest = self.scene.at(0.0).uplinks[self.role].ingest
        ingest = f"rtmp://{host}:{port}/live" if has_ingest else None
        try:
            yield uplink_for(UplinkRole(target=target, ingest=ingest), self.plan)
        finally:
            uplink.stop()
