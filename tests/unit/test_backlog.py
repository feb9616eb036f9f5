"""Tests of what a broadcast at its planned rate suffered."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.network import BroadcastEvidence, IngestEvidence, StreamPlan
from studiocheck.measure.network.backlog import backlog_course, delivery, frame_delays
from studiocheck.sources.broadcast.bars_clip import make_clip
from studiocheck.sources.broadcast.encoder_shape import frame_bytes
from studiocheck.sources.broadcast.paced_evidence import REFUSAL_S

RATE = 750_000.0
"""6 Mbit/s in bytes per second."""


def sent_over(carried: Any, seconds: float = 15.0, **changed: Any) -> BroadcastEvidence:
    """A stream of 6 Mbit/s over a line that carries so many bytes per second at each time."""
    t_s = np.arange(0, seconds, 0.05)
    due_s = np.arange(0, seconds, 1 / 30)
    shape = frame_bytes(StreamPlan())
    ends = np.cumsum([shape[i % len(shape)] for i in range(len(due_s))]).astype(np.int64)
    due = np.interp(t_s, due_s, ends).astype(np.int64)
    delivered = np.zeros(len(t_s))
    for place in range(1, len(t_s)):
        step = 0.05 * carried(t_s[place])
        delivered[place] = min(due[place - 1], delivered[place - 1] + step)
    rows: dict[str, Any] = {
        "ingest": IngestEvidence(target="rtmp://a/b", steps_ms={}),
        "how": "rtmp",
        "consent": "own",
        "planned_mbit_s": 6.0,
        "progress": "kernel",
        "t_s": t_s,
        "due_bytes": due,
        "delivered_bytes": delivered.astype(np.int64),
        "backlog_s": backlog_course(t_s, delivered.astype(np.int64), due_s, ends),
        "rtt_ms": np.full(len(t_s), 30.0),
        "retransmitted": np.zeros(len(t_s), np.int64),
        "segments": (delivered / 1448).astype(np.int64),
        "frame_due_s": due_s,
        "frame_delay_ms": frame_delays(t_s, delivered.astype(np.int64), due_s, ends),
        "stopped": "time",
    }
    return BroadcastEvidence(**(rows | changed))


def test_a_line_with_room_is_never_behind() -> None:
    found = delivery(sent_over(lambda _: 2 * RATE))
    assert found.backlog_max_s < 0.2
    assert found.noticed_s is None
    assert found.longest_quiet_s <= 0.051


@pytest.mark.parametrize("dropped_s", [5.0, 5.3, 5.9, 6.7])
def test_a_drop_to_half_the_rate_is_noticed_within_a_second_and_a_half(dropped_s: float) -> None:
    found = delivery(sent_over(lambda t: 2 * RATE if t < dropped_s else RATE / 2))
    assert found.noticed_s is not None
    assert 0 < found.noticed_s - dropped_s < 1.3


def test_a_stall_of_a_third_of_a_second_is_no_congestion() -> None:
    assert delivery(sent_over(lambda t: 0.0 if 5 < t < 5.33 else 2 * RATE)).noticed_s is None


def test_half_a_line_falls_behind_by_half_a_second_each_second() -> None:
    found = delivery(sent_over(lambda t: 2 * RATE if t < 5 else RATE / 2))
    assert found.backlog_end_s == pytest.approx(5.0, abs=0.3)
    assert found.carried_mbit_s == pytest.approx(3.0, rel=0.02)


def test_a_line_that_is_a_little_too_small_is_known_before_it_stalls() -> None:
    found = delivery(sent_over(lambda _: 0.96 * RATE))
    assert found.backlog_max_s < 0.8
    assert found.growth == pytest.approx(0.04, abs=0.02)
    assert found.carried_mbit_s == pytest.approx(5.76, rel=0.02)


@pytest.mark.parametrize("carried", [1.05, 1.2, 3.0])
def test_a_line_that_is_just_large_enough_does_not_fall_behind(carried: float) -> None:
    assert delivery(sent_over(lambda _: carried * RATE)).growth is None


def test_a_line_that_dies_shows_its_whole_silence() -> None:
    found = delivery(sent_over(lambda t: 2 * RATE if t < 5 else 0.0))
    assert found.longest_quiet_s == pytest.approx(10, abs=0.2)
    assert found.backlog_end_s == pytest.approx(10, abs=0.3)
    assert found.frame_delay_p95_ms > 8000


def test_a_stall_that_recovers_is_not_behind_at_the_end() -> None:
    found = delivery(sent_over(lambda t: 0.0 if 5 < t < 6.5 else 2 * RATE))
    assert found.backlog_max_s == pytest.approx(1.5, abs=0.2)
    assert found.backlog_end_s < 0.2


def test_what_was_not_counted_stays_unknown() -> None:
    none = np.full(300, -1)
    found = delivery(sent_over(lambda _: 2 * RATE, retransmitted=none, segments=none))
    assert found.retransmitted is None


def test_two_probes_among_a_few_large_segments_are_no_loss() -> None:
    again, sent = np.minimum(2, np.arange(300) // 100), np.arange(300) * 2
    assert (
        delivery(sent_over(lambda _: 2 * RATE, retransmitted=again, segments=sent)).retransmitted
        is None
    )


def test_a_stream_that_ended_at_once_is_not_measured() -> None:
    with pytest.raises(Unmeasurable):
        delivery(sent_over(lambda _: RATE, seconds=REFUSAL_S))


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=40),
    st.lists(st.integers(1, 500), min_size=1, max_size=30),
)
def test_the_delay_of_a_frame_and_the_backlog_tell_the_same_story(
    steps: list[int], sizes: list[int]
) -> None:
    t_s = np.linspace(0, 0.05 * (len(steps) - 1), len(steps))
    delivered = np.cumsum(steps).astype(np.int64)
    due_s, ends = np.linspace(0, 1, len(sizes)), np.cumsum(sizes).astype(np.int64)
    delays = frame_delays(t_s, delivered, due_s, ends)
    backlog = backlog_course(t_s, delivered, due_s, ends)
    assert (backlog >= 0).all()
    for due, end, delay in zip(due_s, ends, delays, strict=True):
        waiting = (delivered < end) & (t_s >= due)
        assert not waiting.any() or backlog[waiting].min() >= (t_s[waiting] - due).min() - 1e-9
        assert np.isnan(delay) == (delivered[-1] < end)


@given(
    st.floats(0.3, 60), st.sampled_from([24.0, 25.0, 29.97, 30.0, 59.94, 60.0]), st.floats(0.5, 4)
)
def test_the_shape_of_an_encoder_meets_its_rate(
    mbit_s: float, fps: float, keyframe_s: float
) -> None:
    plan = StreamPlan(bitrate_mbit_s=mbit_s, fps=fps, keyframe_s=keyframe_s)
    shape = frame_bytes(plan)
    rate = sum(shape) * 8e-6 * fps / len(shape)
    assert rate == pytest.approx(mbit_s, rel=0.001)
    if len(shape) > 2:
        assert 4 < shape[0] / shape[1] < 6.5


def test_the_clip_is_padded_to_the_planned_rate_at_the_planned_size() -> None:
    plan = StreamPlan(bitrate_mbit_s=3.0, width=642, height=362, fps=25.0, keyframe_s=1.0)
    clip = make_clip(plan)
    about = cast(dict[str, Any], clip.about)
    assert (about["width"], about["height"]) == (642, 362)
    assert len(clip.pictures) == 25
    assert sum(map(len, clip.pictures)) * 8e-6 == pytest.approx(3.0, rel=0.01)
