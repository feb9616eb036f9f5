"""The simulated uplink as a device: its shaped port, measured by the code that measures real ones.

It lives here because sources and simulator do not know each other.
"""

from __future__ import annotations

from dataclasses import dataclass

from studiocheck.core.capture import Report
from studiocheck.core.evidence import LinkEvidence, UploadEvidence
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
    """

    scene: Scene
    role: str

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
