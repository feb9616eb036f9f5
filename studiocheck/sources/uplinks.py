"""One way out of the room: everything that can be found out about an uplink, under one roof."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from studiocheck.core.capture import Report
from studiocheck.core.errors import LibraryMissing, NotConsented, Problem
from studiocheck.core.evidence import Captured
from studiocheck.core.network import (
    BroadcastEvidence,
    LinkEvidence,
    RouteEvidence,
    StreamPlan,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.secret import Secret
from studiocheck.core.studio import UplinkRole, ingest_of
from studiocheck.sources.broadcast.ingest_address import IngestAddress, ingest_address
from studiocheck.sources.network.connection import Endpoint
from studiocheck.sources.network.link import interface_to, link_to
from studiocheck.sources.network.upload_target import (
    FarEnd,
    UntestedTarget,
    UploadTarget,
    far_end_of,
    upload_target,
)
from studiocheck.sources.secrets import read_secret


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
    secrets : Path, optional
        The file that stream keys are read from.
    """

    role: UplinkRole
    plan: StreamPlan = field(default_factory=StreamPlan)
    consented: frozenset[str] = frozenset()
    secrets: Path | None = None

    @property
    def target(self) -> UploadTarget:
        """What takes uploads."""
        return upload_target(self.role.target, self.role.interface, self.plan.enough_mbit_s)

    @property
    def far_end(self) -> FarEnd:
        """Host and port of what the show or the upload goes to; None where nobody named any."""
        return far_end_of(ingest_of(self.role)) or self.target.far_end

    def link(self) -> LinkEvidence:
        """Say which interface carries the traffic; raises `SourceError`."""
        host, port = self.far_end or (None, 443)
        return link_to(host, port, interface=self.role.interface)

    def route(self, report: Report) -> Captured:
        """Look the target up and connect to it; raises `SourceError`."""
        from studiocheck.sources.network.route import route_to  # noqa: PLC0415 - one need of several

        far_end = self.far_end
        if self._speaks_srt:  # nobody can connect to that by TCP
            far_end = None if isinstance(self.target, UntestedTarget) else self.target.far_end
        if far_end is None:  # nothing but an interface, or a speed test that finds its server
            return Captured(RouteEvidence(target=""))
        return route_to(Endpoint(*far_end, interface=self.role.interface), report)

    def traffic(self, seconds: float, report: Report) -> TrafficEvidence:
        """Watch what others send through the interface; raises `SourceError`."""
        from studiocheck.sources.network.traffic import watch  # noqa: PLC0415 - one need of several

        host, port = self.far_end or (None, 443)
        return watch(self.role.interface or interface_to(host, port)[0], seconds, report)

    def upload(self, seconds: float, report: Report) -> UploadEvidence:
        """Upload for at most ``seconds``; raises `SourceError` when it never began."""
        return self.target.upload(seconds, report)

    def ingest(self, report: Report) -> Captured:
        """Go to the server that takes the show, and stop before anything is published."""
        from studiocheck.sources.broadcast.ingest import reach  # noqa: PLC0415 - one need of several
        from studiocheck.sources.broadcast.srt_ingest import reach_srt  # noqa: PLC0415 - the other way

        go = reach_srt if self._speaks_srt else reach
        return go(self._ingest_address(), self.role.interface, report)

    def broadcast(self, seconds: float, report: Report) -> Captured:
        """Publish the planned stream where that cannot go on air."""
        from studiocheck.sources.broadcast.broadcast import broadcast  # noqa: PLC0415 - needs PyAV
        from studiocheck.sources.broadcast.srt_broadcast import broadcast_srt  # noqa: PLC0415 - needs PyAV

        if self._speaks_srt:
            return broadcast_srt(
                self._ingest_address(),
                self.plan,
                seconds,
                report,
                has_key=self.role.stream_key is not None,
                interface=self.role.interface,
                consented=self.consented,
            )
        return broadcast(
            self._ingest_address(),
            self.plan,
            seconds,
            report,
            key=self._stream_key,
            interface=self.role.interface,
            consented=self.consented,
        )

    def sustain(self, seconds: float, report: Report) -> BroadcastEvidence:
        """Send at the planned rate for ``seconds``: to the ingest if that may be, else as upload.

        Raises
        ------
        SourceError
            When it never began.
        """
        from studiocheck.sources.broadcast.sustained import (  # noqa: PLC0415 - one need of several
            SUSTAINED_S,
            sustain_upload,
        )

        published = self._published(seconds or SUSTAINED_S, report)
        return published or sustain_upload(self.target, self.plan, seconds, report)

    def _published(self, seconds: float, report: Report) -> BroadcastEvidence | None:
        """Return the long broadcast; None where nothing may be published and uploads can be."""
        if ingest_of(self.role) is None:
            return None
        try:
            found = self.broadcast(seconds, report)
        except LibraryMissing as error:
            found = Captured(problem=Problem.of(error))
        if isinstance(found.evidence, BroadcastEvidence):
            return found.evidence
        problem = found.problem
        assert problem is not None  # noqa: S101 - what was not captured has a problem
        if problem.code in {NotConsented.code, LibraryMissing.code} and not isinstance(
            self.target, UntestedTarget
        ):
            return None
        raise problem.error()

    @property
    def _speaks_srt(self) -> bool:
        return (ingest_of(self.role) or "").startswith("srt:")

    def _ingest_address(self) -> IngestAddress:
        return ingest_address(ingest_of(self.role) or "")

    def _stream_key(self) -> Secret | None:
        name = self.role.stream_key
        return read_secret(name, self.secrets) if name else None


def uplink_for(
    role: UplinkRole,
    plan: StreamPlan | None = None,
    consented: frozenset[str] = frozenset(),
    secrets: Path | None = None,
) -> StudioUplink:
    """Return the uplink that a studio file's entry means. Opens nothing, raises nothing."""
    return StudioUplink(role, plan or StreamPlan(), consented, secrets)
