"""Goes to an ingest and turns back before anything is published."""

from __future__ import annotations

from studiocheck.core.capture import Report
from studiocheck.core.errors import Problem, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.sources.broadcast.ingest_address import IngestAddress
from studiocheck.sources.broadcast.rtmp_publisher import RtmpPublisher


def reach(address: IngestAddress, interface: str | None, report: Report) -> Captured:
    """Go to an ingest and stop before anything is published.

    Parameters
    ----------
    address : IngestAddress
        Where to.
    interface : str, optional
        The interface to use; the system's choice if absent.
    report : callable
        Sign of life.

    Returns
    -------
    Captured
        `IngestEvidence` of the steps that were finished, and the problem of the one that was not.
    """
    publisher = RtmpPublisher(address, interface, lambda: report(0.0))
    try:
        publisher.open()
    except SourceError as error:
        return Captured(publisher.evidence(error), Problem.of(error))
    finally:
        publisher.abort()
    return Captured(publisher.evidence())
