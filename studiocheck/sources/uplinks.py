"""One way out of the room: everything that can be found out about an uplink, under one roof."""

from __future__ import annotations

from dataclasses import dataclass, field

from studiocheck.core.capture import Report
from studiocheck.core.errors import LibraryMissing, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.core.network import (
    BroadcastEvidence,
    LinkEvidence,
    RouteEvidence,
    StreamPlan,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.studio import UplinkRole, ingest_of
from studiocheck.core.text import Text
from studiocheck.sources.link import link_to
from studiocheck.sources.upload_target import FarEnd, UploadTarget, far_end_of, upload_target


@dataclass(frozen=True, slots=True)
class StudioUplink:
    """An uplink as the studio file describes it; an `Uplink`. Opens nothing until it is asked.

    Parameters
    ----------
    role : UplinkRole
        Interface, upload target and ingest.
    plan : StreamPlan
        The stream that it has to carry.
    consented : frozenset of str
        The hosts that somebody allowed to be published to although that may go on air.
    """

    role: UplinkRole
    plan: StreamPlan = field(default_factory=StreamPlan)
    consented: frozenset[str] = frozenset()

    @property
    def target(self) -> UploadTarget:
        """What takes uploads."""
        return upload_target(self.role.target, self.role.interface)

    @property
    def far_end(self) -> FarEnd:
        """Host and port of what the show or the upload goes to; None where nobody named any."""
        return far_end_of(ingest_of(self.role)) or self.target.far_end

    def link(self) -> LinkEvidence:
        """Say which interface carries the traffic; raises `SourceError`."""
        host, port = self.far_end or (None, 443)
        return link_to(host, port, interface=self.role.interface)

    def route(self, report: Report) -> RouteEvidence:  # noqa: ARG002
        """Look the target up and connect to it; raises `SourceError`."""
        raise _not_yet("route")

    def traffic(self, seconds: float, report: Report) -> TrafficEvidence:  # noqa: ARG002
        """Watch what others send through the interface; raises `SourceError`."""
        raise _not_yet("traffic")

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds``; raises `SourceError` when it never began."""
        return self.target.upload(seconds, report)

    def ingest(self, report: Report) -> Captured:  # noqa: ARG002
        """Go to the server that takes the show, and stop before anything is published."""
        raise _not_yet("ingest")

    def broadcast(self, seconds: float, report: Report) -> Captured:  # noqa: ARG002
        """Publish the planned stream where that cannot go on air."""
        raise _not_yet("broadcast")

    def sustain(self, seconds: float, report: Report) -> BroadcastEvidence:  # noqa: ARG002
        """Send at the planned rate for ``seconds``; raises `SourceError`."""
        raise _not_yet("sustain")


def uplink_for(
    role: UplinkRole, plan: StreamPlan | None = None, consented: frozenset[str] = frozenset()
) -> StudioUplink:
    """Return the uplink that a studio file's entry means. Opens nothing, raises nothing."""
    return StudioUplink(role, plan or StreamPlan(), consented)


def _not_yet(what: str) -> SourceError:
    return LibraryMissing(Text(f"{what}: not measured by this version", f"{what}：当前版本不测量"))
