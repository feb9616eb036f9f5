"""What the network and disk checks say of evidence that the simulated studio does not make."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from studiocheck.checks import (
    host_cpu,
    host_disk,
    net_broadcast,
    net_ingest,
    net_link,
    net_loss,
    net_upload,
)
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check
from studiocheck.core.errors import Problem, Unmeasurable
from studiocheck.core.evidence import (
    Broadcast,
    Captured,
    Evidence,
    HostEvidence,
    HostLoad,
    Ingest,
    Link,
    Upload,
)
from studiocheck.core.measurement import Verdict, judge, worst
from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    LinkEvidence,
    Medium,
    UploadEvidence,
)
from studiocheck.core.studio import Stream, Targets, UplinkRole
from studiocheck.core.text import Text

INGEST = IngestEvidence(target="rtmp://far.end/live", steps_ms={"dns": 5.0, "tcp": 1600.0})
STALLED = BroadcastEvidence(
    ingest=INGEST,
    how="rtmp",
    consent="own",
    planned_mbit_s=6.0,
    progress="kernel",
    t_s=np.array([0.0]),
    due_bytes=np.array([0]),
    delivered_bytes=np.array([0]),
    backlog_s=np.array([0.0]),
    rtt_ms=np.array([30.0]),
    retransmitted=np.array([0]),
    segments=np.array([0]),
    frame_due_s=np.array([0.0]),
    frame_delay_ms=np.array([np.nan]),
    stopped="stalled",
)


def assess(
    check: Check, evidence: Evidence | Problem, targets: Targets | None = None
) -> tuple[Verdict, Assessment]:
    targets = targets or Targets()
    problem = evidence if isinstance(evidence, Problem) else None
    seen = None if isinstance(evidence, Problem) else evidence
    need = {net_link.CHECK: Link, net_upload.CHECK: Upload}.get(check, HostLoad)
    case = Case(
        role="primary",
        binding=UplinkRole(target="tcp://far.end:1"),
        targets=targets,
        captured={need: Captured(seen, problem)},
    )
    found = check.assess(case)
    limits = check.defaults(targets)
    judged = [
        judge(m.against(limits[m.name].limit)) for m in found.measurements if m.name in limits
    ]
    return worst([found.verdict, *judged]), found


def upload(mbit_s: float = 20.0, seconds: float = 2.0, **changed: Any) -> UploadEvidence:
    t_s = np.arange(0, seconds + 0.01, 0.05)
    sent = (mbit_s * 1e6 / 8 * t_s).astype(np.int64)
    rows: dict[str, Any] = {
        "target": "tcp://far.end:1",
        "backend": "tcp",
        "progress": "kernel",
        "connect_ms": 12.0,
        "t_s": t_s,
        "delivered_bytes": sent,
        "rtt_ms": np.full(len(t_s), 30.0),
        "retransmitted": np.zeros(len(t_s), dtype=np.int64),
        "segments": sent // 1448,
        "stopped": "steady",
    }
    return UploadEvidence(**(rows | changed))


def link(medium: Medium = "wired", **changed: Any) -> LinkEvidence:
    facts: dict[str, Any] = {"interface": "eth0", "medium": medium, "up": True}
    return LinkEvidence(**(facts | {"speed_mbit_s": 1000.0, "duplex": "full"} | changed))


def host(free_gb: float = 100, loads: tuple[float, ...] = (30, 31, 29)) -> HostEvidence:
    return HostEvidence(
        cpu_percent=np.array(loads),
        cores=8,
        memory_total_bytes=16_000_000_000,
        memory_available_bytes=8_000_000_000,
        disk_free_bytes=round(1e9 * free_gb),
        disk_path="somewhere",
    )


# ------------------------------------------------------------------ net.upload


@pytest.mark.parametrize(
    ("mbit_s", "verdict"),
    [
        (20, Verdict.PASS),
        (10.01, Verdict.PASS),
        (9.6, Verdict.MARGINAL),
        (9.4, Verdict.FAIL),
        (0, Verdict.FAIL),
    ],
)
def test_ten_passes_a_line_sold_as_ten_is_marginal_less_fails(mbit_s: float, verdict: Verdict):
    assert assess(net_upload.CHECK, upload(mbit_s))[0] is verdict


@pytest.mark.parametrize(
    ("bitrate", "verdict"), [(13, Verdict.PASS), (15, Verdict.MARGINAL), (17, Verdict.FAIL)]
)
def test_the_planned_bitrate_needs_headroom(bitrate: float, verdict: Verdict):
    targets = Targets(stream=Stream(bitrate_mbit_s=bitrate))
    seen, found = assess(net_upload.CHECK, upload(20), targets)
    assert seen is verdict
    headroom = next(m for m in found.measurements if m.name == "headroom")
    assert headroom.value == pytest.approx(20 / bitrate, rel=1e-3)


def test_a_line_that_dips_below_the_stream_is_not_green():
    evidence = upload(20, seconds=4, stopped="time")
    rates = np.full(len(evidence.t_s) - 1, 20.0)
    rates[30:38] = 1.0
    sent = np.concatenate([[0], np.cumsum(rates * 1e6 / 8 * 0.05)]).astype(np.int64)
    assert assess(net_upload.CHECK, upload(20, 4, delivered_bytes=sent))[0] is Verdict.MARGINAL


def test_a_cut_connection_fails_and_says_when_whatever_it_carried_before():
    evidence = upload(20, seconds=4)
    sent = np.minimum(evidence.delivered_bytes, evidence.delivered_bytes[24])
    seen, found = assess(net_upload.CHECK, upload(20, 4, delivered_bytes=sent, stopped="cut"))
    assert seen is Verdict.FAIL
    assert found.note is not None
    assert found.note.en == "the connection was cut after 1.2 s"
    assert found.measurements[0].value == pytest.approx(20, rel=1e-3)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_connection_cut_at_once_fails_without_a_figure(rows: int):
    whole = upload()
    cut = {k: getattr(whole, k)[:rows] for k in ("t_s", "delivered_bytes", "rtt_ms")}
    counts = {k: getattr(whole, k)[:rows] for k in ("retransmitted", "segments")}
    seen, found = assess(net_upload.CHECK, upload(stopped="cut", **cut, **counts))
    assert seen is Verdict.FAIL
    assert found.measurements == []


@pytest.mark.parametrize("code", ["refused", "timeout", "gone", "cut"])
def test_no_way_out_fails_with_its_own_words(code: str):
    problem = Problem(code, Text("step dns", "步骤：DNS"), Text("do this", "这样做"))
    seen, found = assess(net_upload.CHECK, problem)
    assert seen is Verdict.FAIL
    assert (found.note, found.advice) == (problem.message, problem.advice)


@pytest.mark.parametrize("code", ["denied", "library", "source"])
def test_our_own_lack_of_means_is_unmeasured_not_failed(code: str):
    with pytest.raises(Unmeasurable, match="why"):
        assess(net_upload.CHECK, Problem(code, Text("why", "原因")))


def test_an_average_of_a_speed_test_is_at_best_marginal():
    empty = {k: np.empty(0) for k in ("t_s", "rtt_ms")}
    counts = {
        k: np.empty(0, dtype=np.int64) for k in ("delivered_bytes", "retransmitted", "segments")
    }
    for mbit_s, verdict in ((90.0, Verdict.MARGINAL), (5.0, Verdict.FAIL)):
        evidence = upload(
            progress="summary", backend="speedtest-cli", summary_mbit_s=mbit_s, **empty, **counts
        )
        seen, found = assess(net_upload.CHECK, evidence)
        assert seen is verdict
        assert found.note is not None
        assert "average" in found.note.en


def test_retransmissions_are_named():
    evidence = upload()
    _, found = assess(net_upload.CHECK, upload(retransmitted=evidence.segments // 50))
    assert found.note is not None
    assert re.search(r"\b(1\.9|2\.0) % of the segments were sent again", found.note.en)
    assert re.search(r"(1\.9|2\.0)%", found.note.zh)


def test_a_line_that_loses_what_the_stream_needs_fails_however_wide_the_interval():
    rng = np.random.default_rng(3)
    t_s = np.arange(0, 4.01, 0.05)
    rates = np.repeat(rng.choice([3.0, 12.0], len(t_s) // 10 + 1), 10)[: len(t_s)]
    sent = np.cumsum(rates * 0.05e6 / 8).astype(np.int64)
    lossy = {"t_s": t_s, "delivered_bytes": sent, "segments": sent // 1448, "stopped": "time",
             "rtt_ms": np.full(len(t_s), 30.0), "retransmitted": sent // 1448 // 100}  # fmt: skip
    seen, found = assess(net_upload.CHECK, upload(**lossy, together=upload(19.0, connections=4)))
    assert seen is Verdict.FAIL
    assert found.note is not None
    assert "loss, not bandwidth" in found.note.en
    # the same course on a line that has no more than that may just be uneven
    seen, _ = assess(net_upload.CHECK, upload(**lossy, together=upload(9.0, connections=4)))
    assert seen is not Verdict.PASS


def test_the_advice_names_a_bitrate_that_the_line_carries():
    _, found = assess(net_upload.CHECK, upload(6))
    assert found.advice is not None
    assert "4.0 Mbit/s" in found.advice.en


def test_nobody_is_told_to_lower_a_stream_that_fits_already():
    _, found = assess(net_upload.CHECK, upload(9.6))  # 6 Mbit/s are planned: headroom 1.6
    assert found.advice is not None
    assert "lower the stream" not in found.advice.en


@pytest.mark.parametrize(
    ("medium", "says"),
    [
        ("wired", "another network cable and another port"),
        ("wireless", "a network cable instead of Wi-Fi"),
        ("cellular", "instead of the mobile network"),
        ("phone", "instead of the mobile network"),
        ("vpn", "switch the VPN off"),
        ("unknown", "instead of Wi-Fi, or another one"),
        (None, "instead of Wi-Fi, or another one"),
    ],
)
def test_what_is_advised_follows_the_link_that_is_there(medium: Medium | None, says: str):
    seen = Captured(link(medium)) if medium else Captured(problem=Problem("gone", Text("no", "无")))
    lossy = upload(5, retransmitted=np.arange(41) * 20)
    for check in (net_upload.CHECK, net_loss.CHECK, net_broadcast.CHECK, net_ingest.CHECK):
        captured = {Upload: Captured(lossy), Link: seen, Ingest: Captured(INGEST)}
        case = Case(
            role="primary",
            binding=UplinkRole(target="tcp://far.end:1"),
            targets=Targets(),
            captured=captured | {Broadcast: Captured(STALLED)},
        )
        advice = check.assess(case).advice
        assert advice is not None
        assert says in advice.en
        assert ("Wi-Fi" in advice.en) == (medium in {"wireless", "unknown", None})
        assert ("Wi-Fi" in advice.zh) == (medium == "wireless")


def test_a_rate_that_nothing_held_back_is_at_least_that_and_no_failure():
    t_s = np.arange(0, 4.01, 0.05)
    slow = np.cumsum(np.interp(t_s, [0, 4], [2, 9]) * 0.05e6 / 8).astype(np.int64)
    course = {"t_s": t_s, "delivered_bytes": slow, "segments": slow // 1448, "stopped": "time",
              "rtt_ms": np.full(len(t_s), 150.0), "retransmitted": np.zeros(81, np.int64)}  # fmt: skip
    seen, found = assess(net_upload.CHECK, upload(**course, together=upload(18, connections=4)))
    assert seen is Verdict.MARGINAL
    assert found.note is not None
    assert found.note.en.startswith("at least ")
    assert found.advice is not None
    assert "lower the stream" not in found.advice.en


# ------------------------------------------------------------------ net.link


@pytest.mark.parametrize(
    ("medium", "verdict"),
    [
        ("wired", Verdict.PASS),
        ("wireless", Verdict.MARGINAL),
        ("cellular", Verdict.MARGINAL),
        ("phone", Verdict.MARGINAL),
        ("vpn", Verdict.MARGINAL),
        ("virtual", Verdict.MARGINAL),
        ("loopback", Verdict.MARGINAL),
        ("unknown", Verdict.MARGINAL),
    ],
)
def test_only_a_cable_is_green(medium: Medium, verdict: Verdict):
    seen, found = assess(net_link.CHECK, link(medium))
    assert seen is verdict
    assert found.note is not None
    assert found.note.en.startswith("eth0: ")
    assert (found.advice is None) == (verdict is Verdict.PASS)


def test_half_duplex_and_a_pulled_cable_fail_whatever_the_medium():
    assert assess(net_link.CHECK, link(duplex="half"))[0] is Verdict.FAIL
    assert assess(net_link.CHECK, link(up=False))[0] is Verdict.FAIL
    assert assess(net_link.CHECK, link("wireless", up=False))[0] is Verdict.FAIL


def test_no_connection_at_all_fails():
    assert assess(net_link.CHECK, Problem("gone", Text("none", "无网络")))[0] is Verdict.FAIL


def test_a_slow_port_is_noted_and_never_fails():
    seen, found = assess(net_link.CHECK, link(speed_mbit_s=100.0, errors=7))
    assert seen is Verdict.PASS
    assert found.note is not None
    assert "only 100 Mbit/s" in found.note.en
    assert {m.name: m.value for m in found.measurements} == {"link_speed": 100, "link_errors": 7}


def test_an_unknown_speed_is_not_a_number():
    _, found = assess(net_link.CHECK, link(speed_mbit_s=None))
    assert found.measurements == []


# ------------------------------------------------------------------ host


@pytest.mark.parametrize(
    ("free_gb", "hours", "verdict"),
    [
        (22, 2, Verdict.PASS),
        (21, 2, Verdict.MARGINAL),
        (22, 4, Verdict.MARGINAL),
        (4.9, 0.1, Verdict.MARGINAL),
        (5.1, 0.1, Verdict.PASS),
        (0.9, 0.1, Verdict.FAIL),
    ],
)
def test_the_disk_takes_twice_the_show_and_never_less_than_5_gb(
    free_gb: float, hours: float, verdict: Verdict
):
    targets = Targets(stream=Stream(recording_mbit_s=12, show_hours=hours))
    assert assess(host_disk.CHECK, host(free_gb), targets)[0] is verdict


def test_recording_time_left_is_told_in_hours():
    _, found = assess(host_disk.CHECK, host(54))
    assert {m.name: m.value for m in found.measurements}["recording_left"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("loads", "verdict"),
    [
        ((30, 32, 31), Verdict.PASS),
        ((75, 76, 74), Verdict.MARGINAL),
        ((97, 98, 99), Verdict.FAIL),
        ((70, 100, 100, 70), Verdict.MARGINAL),
    ],
)
def test_the_load_fails_only_when_its_fluctuation_leaves_no_doubt(
    loads: tuple[float, ...], verdict: Verdict
):
    assert assess(host_cpu.CHECK, host(loads=loads))[0] is verdict


def test_one_sample_has_no_known_uncertainty_and_none_is_unmeasurable():
    assert assess(host_cpu.CHECK, host(loads=(30,)))[1].measurements[0].uncertainty is None
    with pytest.raises(Unmeasurable):
        assess(host_cpu.CHECK, host(loads=()))
