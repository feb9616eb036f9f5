"""Dips in courses whose truth is known: a stream with key frames, and a line whose rate is given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.network.dips import Dips, dips

STREAM = 6.0
FPS, KEYFRAME_S = 30, 2.0
STEP_S = 0.05


def read(rate: Callable[[float], float], seconds: float = 60.0) -> Dips:
    """Send a stream whose key frames are six times the others over a line, and look at it."""
    frames = np.arange(round(seconds * FPS))
    weight = np.where(frames % round(KEYFRAME_S * FPS) == 0, 6.0, 1.0)
    sizes = STREAM * 1e6 / 8 / FPS * weight / weight[: round(KEYFRAME_S * FPS)].mean()
    due_s, made = frames / FPS, np.cumsum(sizes)
    t_s = np.arange(0, seconds, STEP_S)
    delivered = np.zeros(len(t_s))
    for place in range(1, len(t_s)):
        there = np.interp(t_s[place], due_s, made)
        carried = delivered[place - 1] + rate(t_s[place]) * 1e6 / 8 * STEP_S
        delivered[place] = min(there, carried)
    oldest = np.searchsorted(made, delivered + 1)
    backlog_s = np.clip(t_s - due_s[np.minimum(oldest, len(due_s) - 1)], 0, None)
    return dips(t_s, np.rint(delivered).astype(np.int64), backlog_s, STREAM, KEYFRAME_S)


@given(st.floats(1.15, 20))
def test_a_line_with_some_room_has_no_dip_however_its_key_frames_wait(headroom):
    found = read(lambda _: STREAM * headroom, seconds=20)
    assert found.dips == ()
    assert found.would_drop_s == 0


@pytest.mark.parametrize("headroom", [1.3, 3.3])
@pytest.mark.parametrize("length_s", [0.5, 1.5, 4.0])
def test_a_line_that_stops_is_a_dip_of_full_depth(headroom, length_s):
    found = read(lambda t: 0.0 if 30 <= t < 30 + length_s else STREAM * headroom)
    (dip,) = found.dips
    assert dip.began_s == pytest.approx(30, abs=0.3)
    assert dip.depth > 0.95
    assert dip.length_s >= length_s - 0.1  # until it has caught up
    assert dip.backlog_s == pytest.approx(length_s, abs=0.5)
    assert (found.would_drop_s > 0) == (length_s > 1)


def test_half_the_rate_for_a_while_is_half_as_deep():
    found = read(lambda t: STREAM / 2 if 20 <= t < 23 else 20.0)
    (dip,) = found.dips
    assert dip.depth == pytest.approx(0.5, abs=0.08)
    assert dip.backlog_s == pytest.approx(1.5, abs=0.5)


def test_dips_far_apart_are_counted_and_those_close_together_are_one():
    apart = read(lambda t: 0.0 if t % 10 < 0.8 and t > 5 else 20.0)
    assert len(apart.dips) == 5
    close = read(lambda t: 0.0 if 20 <= t < 24 and t % 1.5 < 0.7 else 20.0)
    assert len(close.dips) == 1


def test_a_line_that_is_too_slow_is_one_dip_to_the_end():
    found = read(lambda _: 0.8 * STREAM)
    (dip,) = found.dips
    assert dip.began_s + dip.length_s == pytest.approx(60, abs=0.2)
    assert found.backlog_s > 10


def test_the_start_does_not_count():
    assert read(lambda t: 0.0 if t < 1.2 else 20.0).dips == ()


def test_a_course_without_a_second_key_frame_tells_nothing():
    with pytest.raises(Unmeasurable):
        read(lambda _: 20.0, seconds=3)
