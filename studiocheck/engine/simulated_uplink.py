"""The simulated uplink as a device: its shaped port, measured by the code that measures real ones.

It lives here because sources and simulator do not know each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from studiocheck.core.capture import Report
from studiocheck.core.evidence import Captured
from studiocheck.core.network import (
    BroadcastEvidence,
    LinkEvidence,
    RouteEvidence,
    StreamPlan,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.simulator.scene import Scene
from studiocheck.simulator.uplink import SimulatedUplink
from studiocheck.sources.upload import TcpUpload


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
            return uplink.dress(TcpUpload(host, port).upload(seconds, report))
        finally:
            uplink.stop()

    def route(self, report: Report) -> RouteEvidence:
        """Go the simulated way; raises `SourceError`."""
        raise NotImplementedError

    def traffic(self, seconds: float, report: Report) -> TrafficEvidence:
        """Return what the scene says that others send; raises `SourceError`."""
        raise NotImplementedError

    def ingest(self, report: Report) -> Captured:
        """Go to the scene's own ingest."""
        raise NotImplementedError

    def broadcast(self, seconds: float, report: Report) -> Captured:
        """Publish to the scene's own ingest."""
        raise NotImplementedError

    def sustain(self, seconds: float, report: Report) -> BroadcastEvidence:
        """Send at the planned rate; raises `SourceError`."""
        raise NotImplementedError
