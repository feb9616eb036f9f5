"""Claims about `measure.picture.frame_clock`, `measure.picture.cadence` and `camera.cadence`."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks.camera_cadence import CHECK
from studiocheck.core.case import Case
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.measurement import Verdict
from studiocheck.core.picture import CameraInfo, ClipEvidence, FrameSeries
from studiocheck.core.studio import CameraRole, Targets
from studiocheck.measure.picture.cadence import cadence
from studiocheck.measure.picture.frame_clock import frame_clock

RATES = [25.0, 30.0, 50.0, 60000 / 1001, 60.0]


def gauss(rng, n, jitter_s):
    return rng.normal(0, jitter_s, n)


def usb(rng, n, jitter_s):
    """Return lateness as of a busy host controller: one-sided, with a long tail."""
    return rng.exponential(jitter_s / 2, n)


def stamped(rng, fps, jitter=gauss, jitter_s=0.0003, drop=0.0, seconds=5.0):
    """Return the times of a camera, in whole 10 µs as V4L2 gives them, and which ticks came."""
    ticks = np.arange(round(fps * seconds) + 1)
    came = rng.random(len(ticks)) >= drop
    came[[0, -1]] = True
    times = ticks / fps + jitter(rng, len(ticks), jitter_s)
    times = np.maximum.accumulate(np.round(50.0 + times, 5))
    return times[came], ticks[came]


def series(times, sequence=None, identical=(), unseen=(), arrived=None, lag_s=0.0):
    n = len(times)
    return FrameSeries(
        captured_s=np.asarray(times, np.float64),
        arrived_s=np.asarray(times if arrived is None else arrived, np.float64),
        lag_s=np.full(n, lag_s, np.float32),
        seen=~np.isin(np.arange(n), list(unseen)),
        sequence=np.full(n, -1) if sequence is None else np.asarray(sequence, np.int64),
        motion=np.ones(n, np.float32),
        identical=np.isin(np.arange(n), list(identical)),
        grid=np.zeros((0, 135, 240), np.uint8),
    )


NONE = np.empty(0)


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("jitter", [gauss, usb])
@pytest.mark.parametrize("jitter_s", [0.0003, 0.001, 0.003])
def test_every_lost_frame_is_found_by_time_alone_and_none_invented(fps, jitter, jitter_s):
    for seed in range(12):
        for drop in (0.0, 0.03):
            times, ticks = stamped(np.random.default_rng(seed), fps, jitter, jitter_s, drop)
            found = cadence(series(times), NONE, "device")
            assert found.lost == ticks[-1] + 1 - len(ticks)


@pytest.mark.parametrize("fps", RATES)
def test_every_lost_frame_is_found_by_number_whatever_the_times_say(fps):
    for seed in range(8):
        times, ticks = stamped(np.random.default_rng(seed), fps, gauss, 0.2 / fps, 0.03)
        found = cadence(series(times, ticks + 1000), NONE, "device")
        assert (found.lost, found.open_frames) == (ticks[-1] + 1 - len(ticks), 0)


@settings(max_examples=60)
@given(
    fps=st.floats(5, 120),
    start_s=st.floats(0, 1e5),
    lost=st.sets(st.integers(2, 97), max_size=8),
)
def test_lost_frames_of_any_even_clock_are_found_where_they_were(fps, start_s, lost):
    ticks = np.array([tick for tick in range(100) if tick not in lost])
    found = frame_clock(start_s + ticks / fps, np.full(len(ticks), -1))
    assert found.slot.tolist() == ticks.tolist()
    assert found.period_s == pytest.approx(1 / fps, rel=1e-6)


def test_a_clean_stream_that_arrives_in_a_mess_has_lost_nothing():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        times, ticks = stamped(rng, 30.0)
        mess = np.maximum.accumulate(times + rng.exponential(0.08, len(times)))
        found = cadence(series(times, ticks, arrived=mess, lag_s=0.4), NONE, "device")
        assert (found.lost, found.repeated) == (0, 0)
        assert found.jitter_p99_s < 0.0015


def test_frames_that_the_driver_dropped_because_we_were_stalled_are_not_the_cameras():
    ticks = np.delete(np.arange(150), np.arange(70, 80))
    times = ticks / 30
    arrived = times + 0.005
    # nobody took a frame from 65 on until 79.5 ticks had passed; four lay in the queue
    arrived[66:70] = 79.5 / 30
    found = cadence(series(times, ticks, arrived=arrived), NONE, "device")
    assert (found.lost, found.untaken) == (0, 10)


def test_frames_lost_while_we_took_every_one_in_time_are_the_cameras():
    ticks = np.delete(np.arange(150), np.arange(70, 80))
    found = cadence(series(ticks / 30, ticks, arrived=ticks / 30 + 0.02), NONE, "device")
    assert (found.lost, found.untaken) == (10, 0)


@pytest.mark.parametrize("numbered", [True, False])
def test_torn_frames_are_lost_and_named(numbered):
    ticks = np.delete(np.arange(150), [0, 40, 90, 91])
    torn_s = np.array([0, 40, 91]) / 30
    found = cadence(series(ticks / 30, ticks if numbered else None), torn_s, "device")
    assert (found.lost, found.torn, found.ticks) == (4, 3, 150)


def test_torn_frames_that_the_driver_did_not_number_are_lost_all_the_same():
    ticks = np.delete(np.arange(150), [40, 90])
    found = cadence(series(ticks / 30, np.arange(148)), np.array([40, 90]) / 30, "device")
    assert (found.lost, found.torn) == (2, 2)


def test_repeats_are_counted_and_a_frozen_picture_is_not_one_of_them():
    times = np.arange(150) / 30
    found = cadence(series(times, identical=[20, 50, *range(80, 110)]), NONE, "device")
    assert (found.repeated, found.frozen) == (2, 30)


def test_a_picture_that_stands_for_most_of_the_clip_hides_its_repeats():
    found = cadence(series(np.arange(150) / 30, identical=range(30, 150)), NONE, "device")
    assert found.repeated is None
    assert found.lost == 0


def test_arrival_times_tell_of_repeats_and_not_of_loss():
    times, _ = stamped(np.random.default_rng(1), 30.0, drop=0.05)
    found = cadence(series(times, identical=[10]), NONE, "arrival")
    assert (found.lost, found.repeated) == (None, 1)


def test_a_rate_that_changes_on_the_way_is_no_loss_and_not_called_one():
    times = np.cumsum([0.0] + [1 / 30] * 75 + [1 / 15] * 60)
    assert cadence(series(times), NONE, "device").lost is None


def test_the_uncertainty_from_unseen_frames_covers_the_truth_95_times_in_100():
    covered = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        repeats = rng.random(150) < 0.05
        seen = rng.random(150) >= 0.3
        rows = series(
            np.arange(150) / 30,
            identical=np.flatnonzero(repeats & seen),
            unseen=np.flatnonzero(~seen),
        )
        found = cadence(rows, NONE, "device")
        error = abs(found.repeated - int(repeats.sum()))
        covered.append(error <= found.repeated_spread + 0.5)  # a count of whole frames
    assert np.mean(covered) >= 0.93  # two standard errors of 300 trials below 95.45 %


def assessed(rows, clock="device", torn_s=NONE):
    info = CameraInfo(
        device="x", name="x", backend="x", clock=clock, width=1920, height=1080, pixel_format="MJPG"
    )
    clip = ClipEvidence(
        camera=info,
        series=rows,
        stills=(),
        sampled=np.empty(0, np.int64),
        histogram=np.empty((0, 256), np.uint32),
        torn_s=torn_s,
    )
    return CHECK.assess(
        Case(
            role="main",
            binding=CameraRole(device="x"),
            targets=Targets(),
            captured={Clip: Captured(clip)},
        )
    )


def test_our_own_lag_is_said_and_not_counted():
    times, ticks = stamped(np.random.default_rng(1), 30.0)
    said = assessed(series(times, ticks, unseen=range(60, 72), lag_s=0.4))
    rates = {m.name: m.value for m in said.measurements}
    assert rates["drop_rate"] == 0.0
    assert "lagged up to 0.4 s and did not look at 12 frames" in said.note.en
    assert "与摄像头无关" in said.note.zh


def test_without_capture_times_the_check_does_not_turn_green():
    said = assessed(series(np.arange(150) / 30), clock="arrival")
    assert said.verdict is Verdict.UNMEASURED
    assert {m.name for m in said.measurements} == {"duplicate_rate", "jitter_p99", "longest_gap"}


def test_numbered_frames_are_counted_exactly():
    times, ticks = stamped(np.random.default_rng(1), 30.0, drop=0.03)
    stutter = assessed(series(times, ticks)).measurements[0]
    assert (stutter.name, stutter.uncertainty) == ("stutter_rate", 0.0)
