"""The pictures of an uplink say what is true of it, and never more than is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.check import Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Broadcast, Captured, Ingest, Sustained, Upload
from studiocheck.core.measurement import Verdict
from studiocheck.core.network import (
    BroadcastEvidence,
    IngestEvidence,
    StreamPlan,
    UploadEvidence,
)
from studiocheck.core.record import Finding, ProfileRef, RunRecord, decide
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import with_views, write_evidence
from studiocheck.engine.store import RunFolder, new_run_id
from studiocheck.report.html import _pictures, render
from studiocheck.report.pictures.broadcast import broadcast, sustained
from studiocheck.report.pictures.connection import connection
from studiocheck.report.pictures.delay import delay
from studiocheck.report.pictures.kinds import OF_UPLINK, explaining, file_name, parse
from studiocheck.report.pictures.svg import is_drawing
from studiocheck.report.pictures.throughput import throughput
from studiocheck.report.pictures.uplink import of_stream, of_upload
from studiocheck.report.sheet import HOW_TO_READ, TITLES

PRIMARY = DeviceKey(Scope.UPLINK, "primary")
STEPS = {"dns": 12.0, "tcp": 31.0, "handshake": 62.0, "connect": 40.0}
INGEST = IngestEvidence(target="rtmp://live.example/app", steps_ms=STEPS)


def course(rate_mbit_s, seconds=3.0, **more):
    """An upload whose rate is a function of time."""
    t_s = np.arange(0, seconds + 1e-9, 0.05)
    rates = np.array([rate_mbit_s(at_s) for at_s in t_s])
    delivered = np.concatenate([[0], np.cumsum(rates[1:] * 0.05e6 / 8)]).astype(np.int64)
    known = {
        "target": "tcp://x:1", "backend": "tcp", "progress": "kernel", "connect_ms": 30.0,
        "t_s": t_s, "delivered_bytes": delivered, "rtt_ms": np.full(len(t_s), 31.0),
        "retransmitted": np.zeros(len(t_s), np.int64), "segments": delivered // 1448,
        "stopped": "steady", "idle_ms": np.full(4, 30.0), "loaded_ms": np.full(20, 90.0),
    }  # fmt: skip
    return UploadEvidence(**(known | more))


def stream(link_mbit_s, seconds=15.0, planned_mbit_s=6.0, **more):
    """A stream of equal frames on a link whose rate is a function of time."""
    t_s = np.arange(0, seconds, 0.05)
    due = planned_mbit_s * 1e6 / 8 * t_s
    room = np.array([link_mbit_s(at_s) for at_s in t_s]) * 0.05e6 / 8
    delivered = np.zeros(len(t_s))
    for i in range(1, len(t_s)):
        delivered[i] = min(due[i], delivered[i - 1] + room[i])
    frames_s = np.arange(0, seconds, 1 / 30)
    arrived_s = np.interp(planned_mbit_s * 1e6 / 8 * frames_s, delivered, t_s, right=np.nan)
    known = {
        "ingest": INGEST, "how": "rtmp", "consent": "own", "planned_mbit_s": planned_mbit_s,
        "progress": "kernel", "t_s": t_s, "due_bytes": due.astype(np.int64),
        "delivered_bytes": delivered.astype(np.int64),
        "backlog_s": t_s - delivered * 8e-6 / planned_mbit_s, "rtt_ms": np.full(len(t_s), 30.0),
        "retransmitted": np.zeros(len(t_s), np.int64),
        "segments": (delivered // 1448).astype(np.int64), "frame_due_s": frames_s,
        "frame_delay_ms": 1000 * (arrived_s - frames_s), "stopped": "time",
    }  # fmt: skip
    return BroadcastEvidence(**(known | more))


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg.decode())


def marks(svg, look):
    return svg.decode().count(f'class="{look}"')


# ---------------------------------------------------------------- upload


def test_an_upload_shows_its_figures_the_stream_and_what_is_enough():
    said = texts(throughput(course(lambda _: 19.1), StreamPlan()))
    assert "median 中位 19.1 · p5 19.1" in said
    assert "▼ 0" in said
    assert {"6", "10"} <= set(said)


def test_a_dip_below_the_stream_is_marked_and_the_start_up_is_not_one():
    line = course(lambda at_s: 40 * at_s if at_s < 0.5 else 3.0 if 1.5 < at_s < 1.9 else 20.0)
    assert "▼ 1" in texts(throughput(line, StreamPlan()))


def test_a_line_that_is_below_the_stream_all_the_time_has_no_dips():
    assert "▼ 0" in texts(throughput(course(lambda _: 4.0), StreamPlan()))


def test_an_upload_that_was_cut_ends_with_a_mark_and_shows_no_median():
    cut = course(lambda at_s: 20.0 if at_s < 1.5 else 0.0, seconds=4.5, stopped="cut")
    said = texts(throughput(cut, StreamPlan()))
    assert "1.5 s" in said
    assert not any("median" in text for text in said)


def test_several_connections_stand_lightly_behind_one():
    four = course(lambda _: 18.8, connections=4)
    alone = throughput(course(lambda _: 4.2), StreamPlan())
    both = throughput(course(lambda _: 4.2, together=four), StreamPlan())
    assert "— ×4" in texts(both)
    assert marks(both, "softline") == marks(alone, "softline") + 1


def test_an_upload_of_a_blink_has_no_course_to_draw():
    with pytest.raises(Unmeasurable):
        throughput(course(lambda _: 10.0, seconds=0.2), StreamPlan())


def test_a_bare_figure_gives_no_picture():
    none = np.empty(0)
    bare = course(lambda _: 1.0, t_s=none, delivered_bytes=none.astype(np.int64),
                  idle_ms=none, loaded_ms=none)  # fmt: skip
    assert of_upload("primary", bare, StreamPlan()) == {}


def test_delay_says_idle_and_loaded_and_marks_what_never_connected():
    late = np.array([np.nan] + 19 * [375.0])
    svg = delay(course(lambda _: 9.0, loaded_ms=late, loaded_at_s=np.linspace(0, 3, 20)))
    assert "30 → 375 ms" in texts(svg)
    assert {"+100", "+300"} <= set(texts(svg))
    assert marks(svg, "redline") == 2


def test_delays_of_which_too_few_are_known_show_no_figure():
    svg = delay(course(lambda _: 9.0, loaded_ms=np.array([90.0] + 9 * [np.nan])))
    assert not any("→" in text for text in texts(svg))
    nothing = np.full(3, np.nan)
    with pytest.raises(Unmeasurable):
        delay(course(lambda _: 9.0, idle_ms=nothing, loaded_ms=nothing))


# ---------------------------------------------------------------- broadcast


def test_a_steady_broadcast_raises_no_alarm():
    said = texts(broadcast(stream(lambda _: 20.0)))
    assert not any("▼" in text for text in said)
    assert "max 0.0 s" in said


def test_a_broadcast_shows_when_its_backlog_was_noticed():
    said = texts(broadcast(stream(lambda at_s: 20.0 if at_s < 5 else 3.0)))
    (noticed,) = [text for text in said if text.startswith("▼")]
    assert 5.5 <= float(noticed.split()[1]) <= 6.5  # half the rate: 0.5 s are owed after 1 s


def test_a_stream_that_stalled_ends_with_a_mark_and_its_frames_are_late():
    half = stream(lambda at_s: 20.0 if at_s < 5 else 0.0, seconds=9.0, stopped="stalled")
    said = texts(broadcast(half))
    assert "5.0 s" in said
    (late,) = [text for text in said if text.startswith("p95")]
    assert float(late.split()[1]) > 3000


def test_a_minute_counts_its_dips_as_the_check_does():
    twice = stream(lambda at_s: 0.5 if at_s % 20 > 18.5 else 20.0, seconds=45.0)
    assert "▼ 2" in texts(sustained(twice, 2.0))
    assert "▼ 0" in texts(sustained(stream(lambda _: 20.0), 2.0))


def test_what_nobody_counts_is_not_said_to_be_none():
    blind = stream(lambda _: 20.0)
    blind = replace(
        blind, retransmitted=np.full(len(blind.t_s), -1), segments=blind.segments * 0 - 1
    )
    assert not any("重传" in text for text in texts(broadcast(blind)))


def test_a_failed_step_is_marked_and_what_came_before_keeps_its_time():
    said = texts(connection(replace(INGEST, step="publish", refused=True)))
    assert said[-2:] == ["publish", "×"]
    assert "31 ms" in said
    assert "Σ 145 ms" in texts(connection(INGEST))


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=2, max_size=60),
    step_s=st.floats(0.001, 0.3),
    stopped=st.sampled_from(["time", "stalled", "cut", "refused"]),
    gaps=st.floats(0, 1),
)
def test_whatever_was_seen_is_drawn_in_our_own_hand_or_refused(counts, step_s, stopped, gaps):
    t_s = step_s * np.arange(len(counts))
    sent = np.cumsum(counts)
    hole = np.arange(len(counts)) / len(counts) < gaps
    odd = stream(lambda _: 9.0)
    odd = replace(
        odd, t_s=t_s, due_bytes=sent, delivered_bytes=sent, stopped=stopped,
        backlog_s=t_s, rtt_ms=t_s, retransmitted=sent, segments=sent,
        frame_due_s=t_s, frame_delay_ms=np.full(len(t_s), np.nan),
    )  # fmt: skip
    line = course(lambda _: 9.0, t_s=t_s, delivered_bytes=sent, rtt_ms=np.where(hole, np.nan, t_s),
                  retransmitted=sent, segments=sent, stopped="cut" if stopped == "cut" else "time",
                  loaded_ms=np.where(hole, np.nan, t_s))  # fmt: skip
    for draw in [
        *of_stream("a", odd, StreamPlan()).values(),
        *of_stream("a", odd, StreamPlan(), long=True).values(),
        *of_upload("a", line, StreamPlan()).values(),
    ]:
        try:
            svg = draw()
        except Unmeasurable:
            continue
        assert is_drawing(svg)
        assert b"nan" not in svg


# ---------------------------------------------------------------- files and page


def test_every_kind_has_a_title_a_key_and_a_check_that_it_explains():
    names = [file_name("primary", kind) for kind in OF_UPLINK]
    assert [parse(name).kind for name in names] == list(OF_UPLINK)
    for check in ("upload", "loss", "delay", "ingest", "broadcast", "stability"):
        assert explaining(f"net.{check}", names), check
    assert all(TITLES[kind].zh and HOW_TO_READ[kind].zh for kind in OF_UPLINK)


def seen():
    return {
        Upload: Captured(course(lambda _: 19.0)),
        Ingest: Captured(INGEST),
        Broadcast: Captured(stream(lambda at_s: 20.0 if at_s < 5 else 3.0)),
        Sustained: Captured(stream(lambda _: 20.0, seconds=60.0)),
    }


def test_an_uplink_has_a_small_sheet_of_its_own_in_the_page(tmp_path):
    folder = RunFolder(tmp_path, new_run_id())
    write_evidence(folder, PRIMARY, seen())
    files = {f"net/{path.name}": path.read_bytes() for path in (folder.path / "net").iterdir()}
    assert set(files) == {file_name("primary", kind) for kind in OF_UPLINK}
    assert sum(len(address) for address in _pictures(files).values()) < 100_000
    findings = tuple(
        Finding(check=check, role="primary", title=Text("x", "甲"), verdict=verdict, blocker=True,
                evidence=item.files)
        for (check, verdict), item in zip(
            [("net.upload", Verdict.PASS), ("net.ingest", Verdict.PASS),
             ("net.broadcast", Verdict.FAIL), ("net.stability", Verdict.PASS)],
            with_views(PRIMARY, seen()).values(), strict=True)
    )  # fmt: skip
    record = RunRecord(
        run_id="01a1fda0-0000-7000-8000-000000000000", started=datetime(2026, 11, 22, tzinfo=UTC),
        duration_s=1.0, studio="x", simulated=False, profile=ProfileRef(name="x", sha256="0" * 64),
        decision=decide(findings), findings=findings,
    )  # fmt: skip
    page = render(record, "zh", evidence=files)
    assert "上行线路实测" in page
    assert page.count("data:image/svg+xml") == len(OF_UPLINK) + 1  # and beside what to touch
    assert "摄像头画面" not in page
