"""Direct component, sample clock and lost samples."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.dc_offset import dc_offset
from studiocheck.measure.sound.sample_clock import lost_samples, sample_clock
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.room import noise
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.voice import speak
from studiocheck.sources.microphones.take_recorder import TakeRecorder

RATE_HZ = 48000


@settings(max_examples=25)
@given(offset=st.floats(-0.05, 0.05), seed=st.integers(0, 10**6))
def test_an_offset_is_read_within_0_0003_and_its_uncertainty(offset: float, seed: int) -> None:
    wave = noise(5 * RATE_HZ, RATE_HZ, -60, np.random.default_rng(seed)) + offset
    found = dc_offset(wave, RATE_HZ)
    assert found.offset == pytest.approx(abs(offset), abs=0.0003)
    assert found.uncertainty < 0.0003


def test_speech_has_no_offset() -> None:
    wave = 0.1 * speak(10, RATE_HZ, 3)
    assert dc_offset(wave - wave.mean() + 0.004, RATE_HZ).offset == pytest.approx(0.004, abs=3e-4)


def test_one_value_for_ever_has_no_offset_and_a_blink_neither() -> None:
    with pytest.raises(Unmeasurable):
        dc_offset(np.full(RATE_HZ * 2, 0.1), RATE_HZ)
    with pytest.raises(Unmeasurable, match="one second"):
        dc_offset(np.random.default_rng(1).normal(size=100), RATE_HZ)


# ---------------------------------------------------------------- clock


def arrivals(
    seconds: float, ppm: float, jitter: str, jitter_s: float, seed: int, block: int = 960
) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    frames = block * np.arange(1, round(seconds * RATE_HZ / block) + 1)
    late = {
        "exponential": lambda: rng.exponential(jitter_s, len(frames)),
        "normal": lambda: rng.normal(0, jitter_s, len(frames)),
        "uniform": lambda: rng.uniform(0, jitter_s, len(frames)),
    }[jitter]()
    return 100 + frames / RATE_HZ / (1 + ppm * 1e-6) + late, frames


@pytest.mark.parametrize("jitter", ["exponential", "normal", "uniform"])
@pytest.mark.parametrize("block", [960, 2400])
def test_30_s_tell_20_ppm_at_1_ms_jitter_and_the_uncertainty_covers(
    jitter: str, block: int
) -> None:
    errors, covered = [], 0
    for seed in range(100):
        ppm = np.random.default_rng(seed).uniform(-500, 500)
        found = sample_clock(*arrivals(30, ppm, jitter, 0.001, seed, block), RATE_HZ)
        errors.append(abs(found.offset_ppm - ppm))
        covered += errors[-1] <= found.uncertainty_ppm
    print(f"{jitter} {block}: 95 % within {np.percentile(errors, 95):.1f} ppm, {covered} covered")
    assert np.percentile(errors, 95) < 20
    assert covered >= 90


@pytest.mark.parametrize(
    ("ppm", "rate_hz"), [(-81250, 44100), (1e6 * (16 / 48 - 1), 16000), (1e6, 96000)]
)
def test_a_mix_up_of_rates_is_named(ppm: float, rate_hz: int) -> None:
    found = sample_clock(*arrivals(10, ppm, "exponential", 0.002, 1), RATE_HZ)
    assert found.likely_rate_hz == rate_hz
    assert found.rate_hz == pytest.approx(rate_hz, rel=1e-3)


def test_a_good_clock_is_not_called_another_rate() -> None:
    assert sample_clock(*arrivals(10, 900, "normal", 0.001, 1), RATE_HZ).likely_rate_hz is None


@settings(max_examples=30)
@given(
    lost=st.lists(st.tuples(st.floats(2, 8), st.integers(500, 9600)), min_size=1, max_size=2),
    ppm=st.floats(-200, 200),
    seed=st.integers(0, 10**6),
)
def test_lost_buffers_are_missed(lost: list[tuple[float, int]], ppm: float, seed: int) -> None:
    arrived_s, frames = arrivals(10, ppm, "exponential", 0.0005, seed)
    for at_s, samples in lost:
        arrived_s = arrived_s + samples / RATE_HZ * (arrived_s - 100 > at_s)
    found = lost_samples(arrived_s, frames, RATE_HZ)
    total = sum(samples for _, samples in lost)
    assert found.lost == pytest.approx(total, rel=0.2, abs=150)


@pytest.mark.parametrize("seed", range(40))
def test_late_blocks_are_not_lost_ones(seed: int) -> None:
    arrived_s, frames = arrivals(10, 80, ("normal", "exponential")[seed % 2], 0.002, seed)
    stall = (arrived_s > 104) & (arrived_s < 104.5)
    arrived_s[stall] = arrived_s[stall].max()  # half a second held up, then all at once
    assert lost_samples(arrived_s, frames, RATE_HZ).lost == 0


def test_too_few_blocks_tell_nothing() -> None:
    for measure in (sample_clock, lost_samples):
        with pytest.raises(Unmeasurable):
            measure(np.empty(0), np.empty(0, np.int64), RATE_HZ)
        with pytest.raises(Unmeasurable):
            measure(*arrivals(2, 0, "normal", 0.001, 1), RATE_HZ)


# ---------------------------------------------------------------- the sources tell when


def test_the_recorder_tells_when_each_block_came_and_counts_between_takes_too() -> None:
    recorder = TakeRecorder("mic", 8000, 1, lambda: True)
    stop = threading.Event()

    def play() -> None:
        while not stop.is_set():
            recorder.receive(np.zeros((80, 1), np.float32), overflow=False)
            stop.wait(0.0005)

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    recorder.take(0.5, lambda _: None)
    first_s, first = recorder.arrivals()
    recorder.take(0.5, lambda _: None)
    then_s, then = recorder.arrivals()
    stop.set()
    thread.join()
    assert len(first_s) == len(first) >= 50
    assert np.all(np.diff(first) == 80)
    assert np.all(np.diff(first_s) >= 0)
    assert then[0] > first[-1]
    assert then_s[0] > first_s[-1]


def test_the_simulated_stream_runs_on_from_the_quiet_take_to_the_speech_take() -> None:
    scene = load_scene().with_faults(parse_fault("mic.host:clock=300ppm"))
    device = SimulatedMicrophone(scene, "host")
    device.open()
    takes = [device.record(kind, 5.0, lambda _: None) for kind in ("quiet", "speech")]
    arrived_s = np.concatenate([take.arrived_s for take in takes])
    frames = np.concatenate([take.frames_by_then for take in takes])
    assert np.all(np.diff(frames) > 0)
    found = sample_clock(arrived_s, frames, RATE_HZ)
    assert found.offset_ppm == pytest.approx(300, abs=found.uncertainty_ppm + 5)
