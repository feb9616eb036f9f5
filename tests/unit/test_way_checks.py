"""What the checks around an upload say of evidence that the simulated studio does not make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studiocheck.checks import (
    net_backup,
    net_clock,
    net_contention,
    net_link,
    net_path,
    net_stability,
)
from studiocheck.core.case import Case, Peer
from studiocheck.core.check import Assessment, Check
from studiocheck.core.errors import NotAsked, Problem, Unmeasurable
from studiocheck.core.evidence import (
    Captured,
    Clock,
    ClockEvidence,
    Link,
    LinkAfter,
    Need,
    Route,
    Sustained,
    Traffic,
    Upload,
)
from studiocheck.core.measurement import Verdict, judge, worst
from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    LinkEvidence,
    Medium,
    RouteEvidence,
    Sender,
    TrafficEvidence,
)
from studiocheck.core.studio import Targets, UplinkRole
from studiocheck.core.text import Text
from tests.unit.test_network_checks import upload

Captures = dict[type[Need], Captured]


def assess(
    check: Check, captured: Captures, peers: dict[str, Captures] | None = None
) -> tuple[Verdict, Assessment]:
    role = UplinkRole(target="tcp://far.end:1")
    found = check.assess(
        Case(
            role="primary",
            binding=role,
            targets=Targets(),
            captured=captured,
            peers={name: Peer(role, of) for name, of in (peers or {}).items()},
        )
    )
    limits = check.defaults(Targets())
    judged = [
        judge(m.against(limits[m.name].limit)) for m in found.measurements if m.name in limits
    ]
    return worst([found.verdict, *judged]), found


def link(interface: str = "eth0", medium: Medium = "wired", **changed: Any) -> LinkEvidence:
    facts: dict[str, Any] = {"frame_errors": 5, "carrier_changes": 2, "up": True}
    return LinkEvidence(interface=interface, medium=medium, **(facts | changed))


def route(**changed: Any) -> RouteEvidence:
    facts: dict[str, Any] = {
        "target": "far.end:1",
        "dns_ms": np.array([20.0, 1.0, 1.0]),
        "connect_ms": np.array([30.0, 31.0, 29.0]),
        "gateway": "192.168.1.1",
        "gateway_ms": 0.5,
        "gateway_mac": "00:00:5e:00:53:0a",
    }
    return RouteEvidence(**(facts | changed))


def problem(code: str) -> Problem:
    return Problem(code, Text("it failed", "失败了"), Text("mend it", "请修好"))


# ------------------------------------------------------------------ net.link


@pytest.mark.parametrize(
    ("after", "verdict", "says"),
    [
        (link(), Verdict.PASS, ""),
        (link(frame_errors=9), Verdict.MARGINAL, "4 frames"),
        (link(carrier_changes=4), Verdict.FAIL, "plugs"),
        (link(frame_errors=0), Verdict.PASS, ""),  # the driver was started again
        (link("wlan0", frame_errors=99), Verdict.PASS, ""),  # another one is none of our business
    ],
)
def test_what_changes_on_the_link_while_it_is_used_counts(after, verdict, says):
    found, assessment = assess(net_link.CHECK, {Link: Captured(link()), LinkAfter: Captured(after)})
    assert found is verdict
    if says:
        limits = net_link.CHECK.defaults(Targets())
        judged = [
            m.against(limits[m.name].limit) for m in assessment.measurements if m.name in limits
        ]
        assert says in net_link.CHECK.advice(judged).en


def test_a_link_that_goes_away_while_it_is_used_fails():
    captured = {Link: Captured(link()), LinkAfter: Captured(problem=problem("gone"))}
    verdict, found = assess(net_link.CHECK, captured)
    assert verdict is Verdict.FAIL
    assert found.note is not None
    assert "went away" in found.note.en


@pytest.mark.parametrize(("place", "verdict"), [(0, Verdict.MARGINAL), (1, Verdict.PASS)])
def test_a_mobile_network_is_a_poor_primary_line_and_a_fine_spare(place, verdict):
    captured = {Link: Captured(link("wwan0", "cellular"))}
    role = UplinkRole(target="tcp://far.end:1")
    case = Case(role="x", binding=role, targets=Targets(), captured=captured, place=place)
    assert net_link.CHECK.assess(case).verdict is verdict


# ------------------------------------------------------------------ net.path


def test_a_silent_router_is_no_fault():
    verdict, found = assess(net_path.CHECK, {Route: Captured(route(gateway_ms=None))})
    assert verdict is Verdict.PASS
    assert found.note is not None
    assert "silent" in found.note.en


@pytest.mark.parametrize(
    ("dns_ms", "connect_ms", "verdict"),
    [(20, 30, Verdict.PASS), (600, 30, Verdict.MARGINAL), (900, 900, Verdict.FAIL)],
)
def test_the_slowest_look_up_and_connection_count(dns_ms, connect_ms, verdict):
    seen = route(dns_ms=np.array([1.0, dns_ms]), connect_ms=np.array([2.0, connect_ms]))
    assert assess(net_path.CHECK, {Route: Captured(seen)})[0] is verdict


def test_what_works_only_sometimes_is_marginal():
    seen = route(dns_ms=np.array([20.0, np.nan, 1.0]))
    assert assess(net_path.CHECK, {Route: Captured(seen)})[0] is Verdict.MARGINAL


@pytest.mark.parametrize(
    ("step", "code", "alive", "says"),
    [
        ("dns", "refused", True, "DNS server"),
        ("dns", "refused", False, "mend it"),
        ("tcp", "timeout", True, "provider"),
        ("tcp", "timeout", False, "mend it"),
        ("tcp", "refused", True, "mend it"),  # who refuses was reached: the line is not to blame
    ],
)
def test_whether_the_router_answers_says_where_to_look(step, code, alive, says):
    seen = route(step=step, connect_ms=np.array([]), gateway_ms=0.5 if alive else None)
    verdict, found = assess(net_path.CHECK, {Route: Captured(seen, problem(code))})
    assert verdict is Verdict.FAIL
    assert found.advice is not None
    assert says in found.advice.en


def test_a_target_without_a_server_of_its_own_asks_for_one_and_blocks_nobody():
    with pytest.raises(NotAsked) as nothing:
        assess(net_path.CHECK, {Route: Captured(RouteEvidence(target=""))})
    assert nothing.value.optional


# ------------------------------------------------------------------ net.contention


def traffic(mbit_s: float, *senders: Sender) -> Captured:
    return Captured(
        TrafficEvidence(
            interface="eth0",
            seconds=1.0,
            sent_mbit_s=np.full(10, mbit_s),
            received_mbit_s=np.zeros(10),
            senders=senders,
        )
    )


@pytest.mark.parametrize(
    ("others", "line", "verdict"),
    [
        (0.9, 20, Verdict.PASS),
        (2.0, 20, Verdict.MARGINAL),
        (2.0, 200, Verdict.PASS),  # nobody misses it there
        (6.0, 20, Verdict.FAIL),
        (0.2, None, Verdict.PASS),  # of the planned 6
        (1.0, None, Verdict.MARGINAL),
        (2.0, None, Verdict.FAIL),
    ],
)
def test_other_uploads_are_held_against_the_line_or_else_the_stream(others, line, verdict):
    captured = {Traffic: traffic(others)}
    if line is not None:
        captured[Upload] = Captured(upload(line))
    assert assess(net_contention.CHECK, captured)[0] is verdict


def test_the_program_is_named_with_its_rate_and_bystanders_are_not():
    senders = (Sender(name="OneDrive", pid=77, mbit_s=4.2), Sender(name="chat", pid=9, mbit_s=0.05))
    found = assess(net_contention.CHECK, {Traffic: traffic(4.3, *senders)})[1]
    assert found.advice is not None
    assert "OneDrive (pid 77, 4.2 Mbit/s)" in found.advice.en
    assert "chat" not in found.advice.en


def test_where_rates_are_not_told_it_may_be_any_of_them():
    senders = (Sender(name="OneDrive", pid=77), Sender(name="Dropbox", pid=9))
    found = assess(net_contention.CHECK, {Traffic: traffic(4.3, *senders)})[1]
    assert found.advice is not None
    assert "one of these sends: OneDrive (pid 77), Dropbox (pid 9)" in found.advice.en


# ------------------------------------------------------------------ net.backup

PRIMARY: Captures = {Link: Captured(link()), Route: Captured(route()), Upload: Captured(upload(20))}
OTHER = "00:00:5e:99:53:0a"


@pytest.mark.parametrize(
    ("interface", "medium", "way", "verdict"),
    [
        ("eth0", "wired", route(gateway_mac=OTHER), Verdict.FAIL),  # one cable
        ("wlan0", "wireless", route(), Verdict.FAIL),  # the Wi-Fi of the same router
        ("wlan0", "wireless", route(gateway_mac=OTHER), Verdict.PASS),  # a router of that address
        (
            "wlan0",
            "wireless",
            route(gateway_mac="02:00:5e:00:53:0b"),
            Verdict.MARGINAL,
        ),  # its guests'
        ("wlan0", "wireless", route(gateway="10.0.0.1", gateway_mac=None), Verdict.PASS),
        ("wlan0", "wireless", route(gateway_mac=None), Verdict.MARGINAL),
        ("wwan0", "cellular", route(gateway=None, gateway_mac=None), Verdict.PASS),
        ("usb0", "phone", None, Verdict.PASS),
        ("eth1", "wired", None, Verdict.MARGINAL),
    ],
)
def test_another_way_is_proven_and_not_believed(interface, medium, way, verdict):
    own: Captures = {Link: Captured(link(interface, medium)), Upload: Captured(upload(20))}
    own[Route] = Captured(way) if way is not None else Captured(problem=problem("denied"))
    found, assessment = assess(net_backup.CHECK, own, {"primary": PRIMARY})
    assert found is verdict, assessment.note
    assert verdict is Verdict.PASS or assessment.advice is not None


@pytest.mark.parametrize(
    ("mbit_s", "verdict"),
    [(20, Verdict.PASS), (6.5, Verdict.MARGINAL), (2, Verdict.MARGINAL), (1, Verdict.FAIL)],
)
def test_a_backup_slower_than_planned_is_better_than_none(mbit_s, verdict):
    own: Captures = {
        Link: Captured(link("wwan0", "cellular")),
        Route: Captured(route(gateway_mac=OTHER)),
        Upload: Captured(upload(mbit_s)),
    }
    assert assess(net_backup.CHECK, own, {"primary": PRIMARY})[0] is verdict


def test_a_backup_without_a_target_is_not_green():
    own: Captures = {Link: Captured(link("wwan0", "cellular"))}
    with pytest.raises(Unmeasurable, match="no target"):
        assess(net_backup.CHECK, own, {"primary": PRIMARY})


def test_a_single_line_asks_for_another_and_blocks_nobody():
    with pytest.raises(NotAsked) as nothing:
        assess(net_backup.CHECK, PRIMARY)
    assert nothing.value.optional


# ------------------------------------------------------------------ net.clock


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (ClockEvidence(synchronised=True, kernel_error_ms=20.0), Verdict.PASS),
        (ClockEvidence(synchronised=True, kernel_error_ms=5000.0), Verdict.MARGINAL),
        (ClockEvidence(synchronised=False, kernel_error_ms=16000.0), Verdict.MARGINAL),
        # what was measured counts more than what the kernel believes
        (ClockEvidence(synchronised=False, server="a", offset_ms=3, delay_ms=8), Verdict.PASS),
        (ClockEvidence(synchronised=True, server="a", offset_ms=-3000, delay_ms=8), Verdict.FAIL),
        (ClockEvidence(server="a", offset_ms=1001, delay_ms=80), Verdict.MARGINAL),
        (
            ClockEvidence(synchronised=False, server="a", why=Text("no answer", "没有应答")),
            Verdict.MARGINAL,
        ),
    ],
)
def test_a_clock_is_judged_by_the_server_or_else_by_the_kernel(seen, verdict):
    assert assess(net_clock.CHECK, {Clock: Captured(seen)})[0] is verdict


def test_a_clock_that_nobody_tells_of_is_not_green():
    with pytest.raises(NotAsked) as nothing:
        assess(net_clock.CHECK, {Clock: Captured(ClockEvidence())})
    assert nothing.value.optional
    silent = ClockEvidence(server="a", why=Text("no answer", "没有应答"))
    with pytest.raises(Unmeasurable, match="no answer"):
        assess(net_clock.CHECK, {Clock: Captured(silent)})


# ------------------------------------------------------------------ net.stability


def sustained(rate: float, stop_at_s: float = 99.0, **changed: Any) -> BroadcastEvidence:
    """Send 6 Mbit/s over a line that has ``rate`` of it from some time on."""
    t_s = np.arange(0, 60, 0.1)
    behind = np.clip(t_s - stop_at_s, 0, None) * (1 - rate)
    none = np.zeros(len(t_s), dtype=np.int64)
    whole = BroadcastEvidence(
        ingest=IngestEvidence(target="tcp://far.end:1", steps_ms={}),
        how="tcp",
        consent=None,
        planned_mbit_s=6.0,
        progress="kernel",
        t_s=t_s,
        due_bytes=(0.75e6 * t_s).astype(np.int64),
        delivered_bytes=(0.75e6 * (t_s - behind)).astype(np.int64),
        backlog_s=behind,
        rtt_ms=np.full(len(t_s), 30.0),
        retransmitted=none,
        segments=none,
        frame_due_s=np.array([]),
        frame_delay_ms=np.array([]),
        stopped="time",
    )
    return replace(whole, **changed)


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        (sustained(1.0), Verdict.PASS),
        (sustained(0.5, 59.3), Verdict.MARGINAL),  # 0.35 s behind at its end
        (sustained(0.5, 50.0), Verdict.FAIL),
        (sustained(1.0, stopped="stalled"), Verdict.FAIL),
        (sustained(1.0, stopped="cut"), Verdict.FAIL),
    ],
)
def test_a_dip_is_marginal_and_a_stream_that_would_break_fails(seen, verdict):
    assert assess(net_stability.CHECK, {Sustained: Captured(seen)})[0] is verdict


def test_a_line_that_never_took_the_stream_fails_and_a_forbidden_look_is_unknown():
    gone: Captures = {Sustained: Captured(problem=problem("timeout"))}
    assert assess(net_stability.CHECK, gone)[0] is Verdict.FAIL
    with pytest.raises(Unmeasurable):
        assess(net_stability.CHECK, {Sustained: Captured(problem=problem("denied"))})
    with pytest.raises(NotAsked, match="thorough"):
        assess(net_stability.CHECK, {})
