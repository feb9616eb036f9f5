"""Claims about `measure.picture.frame_rate` and `camera.frame_rate`."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.checks.camera_frame_rate import CHECK
from studiocheck.core.case import Case
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.picture import CameraInfo, ClipEvidence, Controls, FrameSeries
from studiocheck.core.studio import CameraRole, Targets
from studiocheck.measure.picture.frame_rate import frame_rate


def clock(rng, fps=30.0, seconds=5.0, jitter_s=0.0003, drop=0.0):
    """Return times, driver's numbers, and the rate of this very window."""
    numbers = np.arange(round(fps * seconds) + 1)
    kept = rng.random(len(numbers)) >= drop
    kept[[0, -1]] = True
    times = 100.0 + numbers / fps + jitter_s * rng.normal(size=len(numbers))
    numbers = numbers[kept]
    true_fps = (len(numbers) - 1) / (numbers[-1] - numbers[0]) * fps
    return np.sort(times[kept]), numbers, true_fps


def none_repeat(times):
    return np.zeros(len(times), bool)


def unnumbered(times):
    return np.full(len(times), -1)


@pytest.mark.parametrize("fps", [15.0, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001])
def test_a_steady_camera_is_known_to_a_hundredth_of_a_frame_in_five_seconds(fps):
    errors = []
    for seed in range(40):
        times, numbers, true_fps = clock(np.random.default_rng(seed), fps)
        errors.append(abs(frame_rate(times, numbers, none_repeat(times)).delivered_fps - true_fps))
    assert max(errors) < 0.01


@pytest.mark.parametrize("numbered", [True, False])
def test_every_dropped_frame_counts_as_missing_and_none_is_invented(numbered):
    for seed in range(40):
        times, numbers, true_fps = clock(np.random.default_rng(seed), drop=0.03)
        found = frame_rate(times, numbers if numbered else unnumbered(times), none_repeat(times))
        assert found.missing == numbers[-1] + 1 - len(numbers)
        assert found.delivered_fps == pytest.approx(true_fps, abs=0.01)


@pytest.mark.parametrize("jitter_s", [0.0001, 0.0003, 0.003, 0.005, 0.008])
@pytest.mark.parametrize("drop", [0.0, 0.05])
def test_the_stated_uncertainty_covers_the_truth_95_times_in_100(jitter_s, drop):
    covered = []
    for seed in range(300):
        times, _, true_fps = clock(np.random.default_rng(seed), jitter_s=jitter_s, drop=drop)
        found = frame_rate(times, unnumbered(times), none_repeat(times))
        covered.append(abs(found.delivered_fps - true_fps) <= found.uncertainty_fps)
    assert np.mean(covered) >= 0.918  # three standard errors of 300 trials below 95.45 %


def test_arrival_times_know_less_and_count_no_lost_frames():
    covered, spreads = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        times, _, true_fps = clock(rng, drop=0.02)
        late = np.maximum.accumulate(times + rng.exponential(0.008, len(times)))
        found = frame_rate(late, unnumbered(late), none_repeat(late), arrival=True)
        covered.append(abs(found.delivered_fps - true_fps) <= found.uncertainty_fps)
        spreads.append(found.uncertainty_fps)
        assert found.missing is None
    assert np.mean(covered) >= 0.95
    assert 0.05 < np.median(spreads) < 0.3


def test_a_camera_that_repeats_frames_is_not_30_fps():
    times, numbers, _ = clock(np.random.default_rng(1))
    found = frame_rate(times, numbers, np.arange(len(times)) % 2 == 1)
    assert found.delivered_fps == pytest.approx(30, abs=0.01)
    assert found.unique_fps == pytest.approx(15, abs=0.2)


def test_repeats_among_unseen_frames_are_taken_to_be_as_frequent_and_widen_the_uncertainty():
    times, numbers, _ = clock(np.random.default_rng(1))
    seen = np.arange(len(times)) % 3 > 0
    repeats = seen & (np.arange(len(times)) % 10 == 1)
    share = repeats[1:].sum() / seen[1:].sum()
    found = frame_rate(times, numbers, repeats, seen=seen)
    assert found.delivered_fps == pytest.approx(30, abs=0.01)
    assert found.unique_fps == pytest.approx(30 * (1 - share), abs=0.01)
    assert found.unique_uncertainty_fps > 0.3 > found.uncertainty_fps


def test_a_camera_that_slows_down_on_the_way_has_the_rate_of_the_whole_window():
    times = np.cumsum([0.0] + [1 / 30] * 75 + [1 / 24] * 60)
    found = frame_rate(times, unnumbered(times), none_repeat(times))
    assert found.delivered_fps == pytest.approx(135 / 5.0, abs=0.05 + found.uncertainty_fps)


def test_frame_numbers_that_do_not_count_frames_are_not_believed():
    times, _, _ = clock(np.random.default_rng(1))
    nonsense = np.concatenate([np.arange(len(times) - 1), [10_000]])
    assert frame_rate(times, nonsense, none_repeat(times)).missing == 0


def test_a_rate_that_changes_on_the_way_has_no_count_of_missing_frames():
    times = np.cumsum([0.0] + [1 / 30] * 75 + [1 / 24] * 60)
    assert frame_rate(times, unnumbered(times), none_repeat(times)).missing is None


def test_too_few_frames_have_no_rate():
    with pytest.raises(Unmeasurable, match="3 frames"):
        frame_rate(np.array([0.0, 0.1, 0.2]), np.full(3, -1), np.zeros(3, bool))


def test_frames_that_all_bear_one_time_have_no_rate():
    with pytest.raises(Unmeasurable):
        frame_rate(np.ones(30), np.full(30, -1), np.zeros(30, bool))


@given(
    fps=st.floats(5, 120),
    start_s=st.floats(0, 1e6),
    lost=st.sets(st.integers(1, 58), max_size=20),
    repeats=st.sets(st.integers(1, 38), max_size=20),
)
def test_rate_is_frames_over_slots_for_any_regular_clock(fps, start_s, lost, repeats):
    kept = np.array([i for i in range(60) if i not in lost])
    identical = np.isin(np.arange(len(kept)), list(repeats))
    found = frame_rate(start_s + kept / fps, kept, identical)
    assert found.delivered_fps == pytest.approx(fps * (len(kept) - 1) / 59, rel=1e-6)
    assert found.unique_fps <= found.delivered_fps
    assert found.missing == len(lost)


def assessed(fps, ticks=None, settings=None, luma=120):
    """Return what the check says of a camera that ticks at a rate and delivers some ticks."""
    ticks = np.arange(round(5 * fps)) if ticks is None else ticks
    n = len(ticks)
    series = FrameSeries(
        captured_s=ticks / fps,
        arrived_s=ticks / fps,
        lag_s=np.zeros(n, np.float32),
        seen=np.ones(n, bool),
        sequence=ticks,
        motion=np.ones(n, np.float32),
        identical=np.zeros(n, bool),
        grid=np.zeros((0, 135, 240), np.uint8),
    )
    histogram = np.zeros((1, 256), np.uint32)
    histogram[0, luma] = 100
    clip = ClipEvidence(
        camera=CameraInfo(
            device="x", name="x", backend="x", clock="device", width=1920, height=1080,
            pixel_format="MJPG",
        ),
        series=series,
        stills=(),
        sampled=np.zeros(1, np.int64),
        histogram=histogram,
        torn_s=np.empty(0),
        controls=None if settings is None else Controls(found=settings),
    )  # fmt: skip
    captured = {Clip: Captured(clip)}
    return CHECK.assess(
        Case(role="main", binding=CameraRole(device="x"), targets=Targets(), captured=captured)
    )


def test_what_was_expected_and_what_came_is_said():
    assert "expected 30 fps, delivered 15" in assessed(15.0).note.en
    assert "计划 30 fps，实际 15 fps" in assessed(15.0).note.zh


def test_an_exposure_longer_than_a_frame_is_named_as_the_cause():
    said = assessed(15.0, settings={"auto_exposure_priority": 1, "exposure": 666})
    assert "lengthens its exposure in the dark: 1/15 s" in said.note.en
    assert said.advice.en.startswith("give the set more light")


def test_a_dark_picture_points_at_exposure_priority_where_the_exposure_is_not_told():
    said = assessed(15.0, settings={"auto_exposure_priority": 1}, luma=20)
    assert "the picture is dark" in said.note.en


def test_a_bright_picture_or_a_fixed_exposure_does_not_blame_the_dark():
    for settings in (None, {"auto_exposure_priority": 0, "exposure": 666}, {"exposure": 100}):
        said = assessed(15.0, settings=settings, luma=20)
        assert "dark" not in said.note.en
    assert "dark" not in assessed(15.0, settings={"auto_exposure_priority": 1}).note.en


def test_a_rate_that_is_low_because_frames_get_lost_points_at_the_cable():
    lossy = np.delete(np.arange(150), np.arange(5, 145, 10))
    assert assessed(30.0, lossy).advice.en.startswith("frames get lost on the way")
