"""Reverberation time and clarity against rooms whose decay is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.clarity import clarity
from studiocheck.measure.sound.decay_curve_schroeder import decay_curve
from studiocheck.measure.sound.decay_iso3382 import (
    EDT,
    T20,
    T30,
    DecayRange,
    curvature_percent,
    decay_time,
    mid_frequency_time,
)
from studiocheck.measure.sound.deconvolution import impulse_response
from studiocheck.measure.sound.impulse_response import ImpulseResponse, octave_bands
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from tests import rooms

SWEEP = Sweep()
PLAYED = sweep_samples(SWEEP)


def response_of(room: np.ndarray, noise_db: float | None = None, seed: int = 0) -> ImpulseResponse:
    """The room's own response, 5 ms of lead, with noise that much below its loudest 2 ms."""
    samples = np.pad(room, (240, 24000))
    if noise_db is not None:
        loud = (samples[: len(samples) // 96 * 96].reshape(-1, 96) ** 2).mean(axis=1).max()
        rng = np.random.default_rng([seed, 5])
        samples = samples + math.sqrt(loud) * 10 ** (-noise_db / 20) * rng.standard_normal(
            len(samples)
        )
    return replace(ImpulseResponse.of(samples, 48000), onset=240)


def true_time(room: np.ndarray, centre_hz: float, part: DecayRange) -> float:
    """The definition, on the response without noise."""
    band = octave_bands(np.pad(room, (2400, 9600)), 48000, (centre_hz,))[0]
    start = 2400 + int(np.argmax(np.abs(room) > 0.1 * np.abs(room).max()))
    curve = np.cumsum((band[start:] ** 2)[::-1])[::-1]
    level = 10 * np.log10(np.maximum(curve / curve[0], 1e-12))
    first, last = (int(np.argmax(level <= bound)) for bound in (part.from_db, part.to_db))
    slope = np.polyfit(np.arange(last - first) / 48000, level[first:last], 1)[0]
    return float(-60 / slope)


@pytest.mark.parametrize("t60_s", [0.15, 0.3, 0.6, 1.2])
def test_a_diffuse_decay_reads_its_own_time(t60_s: float) -> None:
    curve = decay_curve(response_of(rooms.diffuse_room(t60_s, np.random.default_rng(11))))
    for part in (T20, T30, EDT):
        decay = decay_time(curve, part)
        assert decay.seconds == pytest.approx(t60_s, abs=decay.uncertainty_s)
        assert decay.uncertainty_s < 0.12 * t60_s


def check_coverage(seeds: range, noise_db: float | None) -> None:
    errors: dict[str, list[tuple[float, float]]] = {}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        t60_s = float(rng.uniform(0.2, 1.0))
        response = response_of(rooms.diffuse_room(t60_s, rng), noise_db, seed)
        for part in (T20, T30):
            for centre_hz in (None, 500.0, 1000.0, 4000.0):
                try:
                    decay = decay_time(decay_curve(response, centre_hz), part)
                except Unmeasurable:
                    continue
                errors.setdefault(f"{part.name} {centre_hz}", []).append(
                    (abs(decay.seconds - t60_s), decay.uncertainty_s)
                )
    for name, pairs in errors.items():
        covered = np.mean([error <= spread for error, spread in pairs])
        print(f"{name}: {len(pairs)} rooms, covered {covered:.3f}")
    everything = [pair for pairs in errors.values() for pair in pairs]
    assert len(everything) > 4 * len(seeds)
    assert np.mean([error <= spread for error, spread in everything]) >= 0.93


def test_the_uncertainty_covers_the_truth_of_the_room() -> None:
    check_coverage(range(610_000, 610_012), 60)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("noise_db", [None, 60, 48])
def test_the_uncertainty_covers_the_truth_of_the_room_in_many_rooms(noise_db: float | None) -> None:
    check_coverage(range(611_000, 611_060), noise_db)


def check_sweeps(seeds: range, snr_db: float) -> None:
    misses, count = [], 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        if seed % 2:
            room = rooms.random_box(rng).response
        else:
            room = np.pad(
                rooms.diffuse_room(rng.uniform(0.2, 0.9), rng, direct_db=rng.uniform(-6, 4)),
                (240, 0),
            )
        heard = rooms.record(
            PLAYED, rooms.convolve(room, rooms.loudspeaker(rng)), rng, snr_db=snr_db,
            latency_s=float(rng.uniform(-0.1, 0.3)), clock_ppm=float(rng.uniform(-100, 100)),
        )  # fmt: skip
        response = impulse_response(heard, SWEEP)
        for centre_hz in (500.0, 1000.0, 2000.0, 4000.0):
            for part in (T20, T30):
                try:
                    got = decay_time(decay_curve(response, centre_hz), part)
                except Unmeasurable:
                    continue
                true_s = true_time(room, centre_hz, part)
                assert abs(got.seconds - true_s) <= got.uncertainty_s, (seed, centre_hz, part)
                misses.append(abs(got.seconds / true_s - 1))
                count += 1
    print(f"{count} decays: median {100 * np.median(misses):.2f} %, 95 % within "
          f"{100 * np.percentile(misses, 95):.2f} %, worst {100 * max(misses):.2f} %")  # fmt: skip
    assert np.percentile(misses, 95) < 0.05
    assert count >= 6 * len(seeds)


def test_reverberation_is_within_5_percent_at_40_db_sweep_snr() -> None:
    check_sweeps(range(620_000, 620_004), 40)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_reverberation_is_within_5_percent_at_40_db_sweep_snr_in_many_rooms() -> None:
    check_sweeps(range(621_000, 621_024), 40)


def test_too_little_decay_above_the_noise_is_refused_with_the_numbers() -> None:
    rng = np.random.default_rng(3)
    room = rooms.diffuse_room(0.5, rng)
    curve = decay_curve(response_of(room, 40), None)
    assert decay_time(curve, T20).seconds == pytest.approx(0.5, rel=0.05)
    with pytest.raises(Unmeasurable, match="T30 needs 45 dB"):
        decay_time(curve, T30)
    with pytest.raises(Unmeasurable, match="T20 needs 35 dB"):
        decay_time(decay_curve(response_of(room, 28), None), T20)


def test_noise_alone_has_no_reverberation_time() -> None:
    noise = np.random.default_rng(1).standard_normal(48000)
    for part in (T20, T30, EDT):
        with pytest.raises(Unmeasurable):
            decay_time(decay_curve(ImpulseResponse.of(noise, 48000)), part)


def test_a_direct_sound_without_a_room_has_no_reverberation_time() -> None:
    alone = np.zeros(48000)
    alone[480] = 1.0
    with pytest.raises(Unmeasurable):
        decay_time(decay_curve(ImpulseResponse.of(alone, 48000)), T20)
    rng = np.random.default_rng(5)
    near = rooms.diffuse_room(0.5, rng, direct_db=10, predelay_s=0.003)
    assert decay_time(decay_curve(response_of(near)), T20).seconds == pytest.approx(0.5, rel=0.05)
    near = rooms.diffuse_room(0.5, rng, direct_db=20, predelay_s=0.003)
    with pytest.raises(Unmeasurable, match="line"):
        decay_time(decay_curve(response_of(near)), T20)


def test_two_coupled_rooms_are_bent() -> None:
    rng = np.random.default_rng(4)
    short, long = (
        rooms.decaying_noise(0.25, rng, seconds=1.6),
        rooms.decaying_noise(1.0, rng, seconds=1.6),
    )
    curve = decay_curve(response_of(short + 0.07 * long))
    try:
        bent = curvature_percent(decay_time(curve, T20), decay_time(curve, T30))
    except Unmeasurable:
        return
    assert bent > 10


def test_an_octave_that_was_not_played_is_refused() -> None:
    room = replace(response_of(rooms.diffuse_room(0.5, np.random.default_rng(1))), low_hz=300.0)
    with pytest.raises(Unmeasurable, match="octave"):
        decay_curve(room, 125)
    with pytest.raises(Unmeasurable, match="octave"):
        clarity(room, 125)


def test_one_number_is_the_mean_of_500_and_1000_hz() -> None:
    room = response_of(rooms.diffuse_room(0.5, np.random.default_rng(8)))
    parts = [decay_time(decay_curve(room, hz), T20).seconds for hz in (500.0, 1000.0)]
    assert mid_frequency_time(room).seconds == pytest.approx(sum(parts) / 2)


def test_clarity_of_a_diffuse_field_covers_the_analytic_value() -> None:
    hits, count = 0, 0
    for seed in range(630_000, 630_040):
        rng = np.random.default_rng(seed)
        t60_s, direct_db = float(rng.uniform(0.2, 0.9)), float(rng.uniform(-20, 6))
        room = rooms.diffuse_room(t60_s, rng, direct_db=direct_db, predelay_s=0.003)
        direct = 10 ** (direct_db / 10) / (1 + 10 ** (direct_db / 10))
        early = 1 - (1 - direct) * math.exp(-6 * math.log(10) * 0.047 / t60_s)
        true_db = 10 * math.log10(early / (1 - early))
        for centre_hz in (None, 1000.0):
            got = clarity(response_of(room, 60, seed), centre_hz)
            hits += abs(got.c50_db - true_db) <= got.uncertainty_db
            count += 1
            assert got.d50_percent == pytest.approx(100 / (1 + 10 ** (-got.c50_db / 10)), abs=1e-6)
    assert hits / count >= 0.93


def test_clarity_of_a_room_drier_than_the_noise_shows_is_refused() -> None:
    alone = np.zeros(48000)
    alone[480] = 1.0
    alone += 1e-4 * np.random.default_rng(1).standard_normal(48000)
    with pytest.raises(Unmeasurable, match="50 ms"):
        clarity(ImpulseResponse.of(alone, 48000))
