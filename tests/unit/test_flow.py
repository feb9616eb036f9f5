"""What is said of a line while it is measured is what it carries at that moment."""

from __future__ import annotations

import pytest

from studiocheck.core.capture import Flowing, flow_of, part_of
from studiocheck.core.network import Flow
from studiocheck.sources.broadcast.paced import PacedCourse
from studiocheck.sources.network.sending import Course


def test_a_share_of_a_part_keeps_what_flows_and_a_bare_one_has_none():
    assert flow_of(part_of(Flowing(0.5, Flow(6.0, 0.2)), 0.6, 1.0)) == Flow(6.0, 0.2)
    assert flow_of(0.5) is None


def test_an_upload_tells_its_last_half_second_and_not_its_mean():
    rows = [0.05 * i for i in range(41)]
    course = Course(t_s=rows, delivered_bytes=[round(2.5e6 * max(0.0, t - 1)) for t in rows])
    assert course.flow().mbit_s == pytest.approx(20.0, rel=0.01)
    assert Course(t_s=[0.0], delivered_bytes=[0]).flow().mbit_s == 0.0


def paced(arrived_mbit_s, seconds=4.0, **columns):
    """A stream of 6 Mbit/s of which less arrives."""
    fine_s = [0.01 * i for i in range(round(100 * seconds) + 1)]
    arrived = [round(1e6 / 8 * arrived_mbit_s * t) for t in fine_s]
    frames_s = [i / 30 for i in range(round(30 * seconds))]
    known = {"by_kernel": arrived, "by_peer": [-1] * len(fine_s), "taken": arrived}
    return PacedCourse(
        fine_s=fine_s,
        frame_due_s=frames_s,
        frame_end_bytes=[round(6e6 / 8 * (t + 1 / 30)) for t in frames_s],
        **(known | columns),
    )


def test_a_stream_that_falls_behind_tells_rate_and_backlog():
    flow = paced(3.0).flow()
    assert flow.mbit_s == pytest.approx(3.0, rel=0.01)
    assert flow.backlog_s == pytest.approx(2.0, abs=0.05)  # half of 4 s has arrived
    assert paced(6.1).flow().backlog_s == 0.0


def test_without_the_kernel_the_far_end_is_believed_and_then_the_socket():
    course = paced(3.0)
    nothing = [-1] * len(course.fine_s)
    told = paced(3.0, by_kernel=nothing, by_peer=course.by_kernel, taken=[10**9] * len(nothing))
    assert told.flow() == course.flow()
    assert paced(3.0, by_kernel=nothing).flow() == course.flow()
