"""The test broadcast: the planned stream to its ingest, where that cannot go on air."""

from __future__ import annotations

from collections.abc import Callable

from studiocheck.core.capture import Report
from studiocheck.core.errors import Problem, SourceError
from studiocheck.core.evidence import Captured
from studiocheck.core.network import Consent, StreamPlan
from studiocheck.core.secret import Secret
from studiocheck.core.text import Text
from studiocheck.sources.broadcast.bars_clip import make_clip
from studiocheck.sources.broadcast.consent import allowed
from studiocheck.sources.broadcast.ingest_address import IngestAddress
from studiocheck.sources.broadcast.paced import send_paced
from studiocheck.sources.broadcast.paced_evidence import course_evidence
from studiocheck.sources.broadcast.rtmp_feed import RtmpFeed
from studiocheck.sources.broadcast.rtmp_publisher import RtmpPublisher

BROADCAST_S = 15.0
"""How long a test broadcast lasts where nobody asks for a length."""
_ANY_KEY = Secret("studiocheck")

KeyReader = Callable[[], Secret | None]
"""Reads the stream key when it is needed; None where the studio file names none."""


def broadcast(
    address: IngestAddress,
    plan: StreamPlan,
    seconds: float,
    report: Report,
    *,
    key: KeyReader = lambda: None,
    interface: str | None = None,
    consented: frozenset[str] = frozenset(),
    ask_kernel: bool = True,
) -> Captured:
    """Publish the planned stream where that cannot go on air, or where somebody said it may.

    Parameters
    ----------
    address : IngestAddress
        Where to.
    plan : StreamPlan
        Bitrate, key-frame interval and picture.
    seconds : float
        For how long; 0 takes 15 s.
    report : callable
        Progress and sign of life.
    key : callable
        Reads the stream key; a server of our own needs none.
    interface : str, optional
        The interface to use; the system's choice if absent.
    consented : frozenset of str
        The hosts that somebody allowed by name.
    ask_kernel : bool
        Whether to use the kernel's own account of what was delivered where there is one.

    Returns
    -------
    Captured
        `BroadcastEvidence`, or `IngestEvidence` with the problem that kept it from beginning:
        ``consent`` where it could have gone on air; nothing was published then.
    """
    publisher = RtmpPublisher(address, interface, lambda: report(0.0))
    try:
        publisher.open()
        why, secret = _permission(address, key, consented, ours=publisher.ours)
        clip = make_clip(plan, lambda: report(0.0))
        publisher.publish(secret)
        feed = RtmpFeed(publisher, clip)
        course = send_paced(
            publisher.sock, feed, plan.fps, seconds or BROADCAST_S, report, ask_kernel=ask_kernel
        )
        if course.stopped == "time":
            publisher.leave()
    except SourceError as error:
        return Captured(publisher.evidence(error), Problem.of(error))
    finally:
        publisher.abort()
    refusal = feed.refusal(course)
    found = course_evidence(course, publisher.evidence(refusal), address.scheme, why, plan)
    return Captured(found, Problem.of(refusal) if refusal else None)


def _permission(
    address: IngestAddress, key: KeyReader, consented: frozenset[str], *, ours: bool
) -> tuple[Consent, Secret]:
    """Return why it may be published, and with which key; raises `SourceError`."""
    allowed(address.host, ours=ours, key=_ANY_KEY, consented=consented)
    # a server of our own looks at no key, so it is not told the real one
    secret = _ANY_KEY if ours else key()
    if secret is None:
        raise SourceError(
            Text("this uplink has no stream key", "该上行没有设置推流密钥"),
            Text(
                'write stream_key = "name" for this uplink in the studio file, and the key itself '
                "where `studiocheck` reads secrets",
                '请在直播间设备文件中为该上行填写 stream_key = "名称"，'
                "并把密钥本身放到密钥文件或环境变量中",
            ),
        )
    return allowed(address.host, ours=ours, key=secret, consented=consented)
