"""An exponential sweep and the impulse response that its recording gives."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.deconvolution import impulse_response
from studiocheck.measure.sound.impulse_response import ImpulseResponse, octave_bands
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from tests import rooms

SWEEP = Sweep()
PLAYED = sweep_samples(SWEEP)


def studio(seed: int = 1, t60_s: float = 0.4) -> tuple[np.ndarray, np.random.Generator]:
    """A room heard through a loudspeaker; the direct sound 5 ms after the start."""
    rng = np.random.default_rng(seed)
    room = np.pad(rooms.diffuse_room(t60_s, rng, direct_db=3, predelay_s=0.004), (240, 0))
    return rooms.convolve(room, rooms.loudspeaker(rng)), rng


def likeness(got: ImpulseResponse, true: np.ndarray) -> float:
    """How much of the true response, in the band of speech, is in the measured one; 1 is all."""
    first = int(np.argmax(np.abs(true) > 0.1 * np.abs(true).max()))
    size = min(len(got.after_onset), len(true) - first, 24000)
    room = np.pad(true, (4800, 4800))[4800 + first - 96 : 4800 + first + size]
    heard = got.samples[got.onset - 96 : got.onset + size]
    one, two = (octave_bands(w, 48000, (1000,))[0] for w in (room, heard))
    lags = np.fft.irfft(np.fft.rfft(one, 65536).conj() * np.fft.rfft(two, 65536))
    return float(lags.max() / np.sqrt((one @ one) * (two @ two)))


@given(
    seconds=st.floats(1, 12),
    low_hz=st.floats(20, 200),
    high_hz=st.floats(1000, 20000),
    peak_dbfs=st.floats(-60, 0),
)
@settings(max_examples=20)
def test_a_sweep_never_exceeds_its_peak_and_starts_and_ends_in_silence(
    seconds: float, low_hz: float, high_hz: float, peak_dbfs: float
) -> None:
    wave = sweep_samples(
        Sweep(seconds=seconds, low_hz=low_hz, high_hz=high_hz, peak_dbfs=peak_dbfs)
    )
    peak = 10 ** (peak_dbfs / 20)
    assert np.abs(wave).max() <= peak * (1 + 1e-12)
    assert np.abs(wave).max() >= 0.9 * peak
    assert abs(wave[0]) < 0.01 * peak
    assert abs(wave[-1]) < 0.01 * peak


@pytest.mark.parametrize(
    "wrong",
    [{"seconds": 0.5}, {"peak_dbfs": 1}, {"high_hz": 23000}, {"low_hz": 6000}, {"fade_in_s": 3}],
)
def test_a_sweep_that_cannot_be_played_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="sweep"):
        Sweep(**wrong)


def test_the_way_from_loudspeaker_to_microphone_is_timed_to_a_tenth_of_a_millisecond() -> None:
    room, rng = studio()
    for latency_s in (0.0, 0.0531, 0.3):
        heard = rooms.record(PLAYED, room, rng, latency_s=latency_s)
        assert impulse_response(heard, SWEEP).delay_s == pytest.approx(latency_s + 0.005, abs=2e-4)


@pytest.mark.parametrize(
    "trouble",
    [
        {},
        {"latency_s": -0.2},
        {"latency_s": 1.0, "tail_s": 3.0},
        {"tail_s": 0.6},
        {"clock_ppm": 100.0},
        {"clock_ppm": -250.0},
        {"clicks": 1},
        {"clicks": 3},
        {"second_harmonic": 0.1},
        {"clicks": 1, "clock_ppm": 100.0, "latency_s": -0.2, "second_harmonic": 0.05},
    ],
)
def test_the_response_survives_what_recordings_suffer(trouble: dict[str, float]) -> None:
    room, rng = studio()
    got = impulse_response(rooms.record(PLAYED, room, rng, snr_db=50, **trouble), SWEEP)
    assert likeness(got, room) > 0.995
    assert got.clock_ppm == pytest.approx(trouble.get("clock_ppm", 0), abs=25)
    assert (got.repaired > 0) == ("clicks" in trouble)


def test_a_recording_that_starts_late_knows_which_octaves_it_lost() -> None:
    room, rng = studio()
    got = impulse_response(rooms.record(PLAYED, room, rng, latency_s=-1.0), SWEEP)
    assert not got.carries(125)
    assert got.carries(500)


def test_a_recording_that_stops_early_knows_which_octaves_it_lost() -> None:
    room, rng = studio()
    got = impulse_response(rooms.record(PLAYED, room, rng, tail_s=-0.8), SWEEP)
    assert not got.carries(8000)
    assert got.carries(1000)


def test_what_the_loudspeaker_distorts_stands_ahead_of_the_response_and_is_told() -> None:
    room, rng = studio()
    clean = impulse_response(rooms.record(PLAYED, room, rng), SWEEP)
    driven = impulse_response(rooms.record(PLAYED, room, rng, second_harmonic=0.2), SWEEP)
    assert clean.distortion_db is None or clean.distortion_db < -50
    assert driven.distortion_db == pytest.approx(-20, abs=1.5)
    assert likeness(driven, room) > 0.995


def test_a_recording_without_the_sweep_is_no_response() -> None:
    rng = np.random.default_rng(1)
    for heard in (0.01 * rng.standard_normal(336000), 0.1 * np.sin(np.arange(336000) / 50)):
        with pytest.raises(Unmeasurable, match="not heard"):
            impulse_response(heard, SWEEP)
    with pytest.raises(Unmeasurable, match="silence"):
        impulse_response(np.zeros(336000), SWEEP)
    with pytest.raises(Unmeasurable, match="silence"):
        impulse_response(np.zeros(0), SWEEP)


def test_a_recording_of_the_last_moment_of_the_sweep_is_refused() -> None:
    room, rng = studio()
    with pytest.raises(Unmeasurable):
        impulse_response(rooms.record(PLAYED, room, rng, latency_s=-4.5, tail_s=0.4), SWEEP)


def test_the_sweep_is_found_20_db_below_the_noise() -> None:
    room, rng = studio()
    got = impulse_response(rooms.record(PLAYED, room, rng, snr_db=-20), SWEEP)
    assert got.delay_s == pytest.approx(0.105, abs=1e-3)


def test_a_sweep_at_another_rate_is_as_good() -> None:
    sweep = Sweep.at(16000, seconds=3)
    rng = np.random.default_rng(2)
    room = rooms.diffuse_room(0.3, rng, direct_db=3, predelay_s=0.004, rate_hz=16000)
    heard = rooms.record(sweep_samples(sweep), room, rng, rate_hz=16000)
    assert impulse_response(heard, sweep).delay_s == pytest.approx(0.1, abs=2e-4)


@pytest.mark.slow
def test_five_seconds_of_sweep_are_analysed_in_a_moment() -> None:
    room, rng = studio()
    heard = rooms.record(PLAYED, room, rng)
    took = []
    for _ in range(5):
        start = time.process_time()
        impulse_response(heard, SWEEP)
        took.append(time.process_time() - start)
    print(f"impulse response of a 5 s sweep: {1000 * min(took):.0f} ms")
    assert min(took) < 0.5
