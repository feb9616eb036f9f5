"""Speech transmission index against the standard's own arithmetic and analytic decays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.measure.sound.deconvolution import impulse_response
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.octave_levels import octave_levels_db
from studiocheck.measure.sound.sti_iec60268 import (
    MODULATIONS_HZ,
    SPEECH_SPECTRUM_DB,
    speech_transmission_index,
    transmission_index,
)
from studiocheck.measure.sound.sweep import Sweep, sweep_samples
from tests import rooms

SWEEP = Sweep()
PLAYED = sweep_samples(SWEEP)
PREDELAY_S = 0.002


def response_of(room: np.ndarray) -> ImpulseResponse:
    return replace(ImpulseResponse.of(np.pad(room, (240, 9600)), 48000), onset=240)


def analytic(t60_s: float, direct_db: float, snr_db: np.ndarray | float) -> float:
    """Schroeder's transfer of a direct sound and an exponential decay, and of steady noise."""
    direct = 10 ** (direct_db / 10) / (1 + 10 ** (direct_db / 10))
    turn = 2j * np.pi * MODULATIONS_HZ
    diffuse = np.exp(-turn * PREDELAY_S) / (1 + turn * t60_s / (6 * math.log(10)))
    noise = 1 + 10 ** (-np.broadcast_to(snr_db, 7) / 10)
    return transmission_index(np.abs(direct + (1 - direct) * diffuse) / noise[:, None])[0]


@pytest.mark.parametrize(
    ("m", "index"), [(0.0, 0.0), (0.1, 0.18), (0.2, 0.30), (0.3, 0.38), (0.4, 0.44), (0.5, 0.5),
                     (0.6, 0.56), (0.7, 0.62), (0.8, 0.70), (0.9, 0.82), (1.0, 1.0)]
)  # fmt: skip
def test_equal_modulation_everywhere_gives_the_transmission_index(m: float, index: float) -> None:
    assert transmission_index(np.full((7, 14), m))[0] == pytest.approx(index, abs=0.006)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_modulation_is_never_less_intelligible(one: float, two: float) -> None:
    low, high = sorted((one, two))
    worse, better = (transmission_index(np.full((7, 14), m))[0] for m in (low, high))
    assert 0 <= worse <= better <= 1


def check_decays(seeds: range, snr_db: float | None) -> None:
    errors, covered = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        t60_s, direct_db = float(rng.uniform(0.15, 1.2)), float(rng.uniform(-30, 6))
        speech_db = rng.uniform(-6, 30) + rng.uniform(-5, 5, 7)
        room = rooms.diffuse_room(t60_s, rng, direct_db=direct_db, predelay_s=PREDELAY_S)
        response = response_of(room)
        if snr_db is not None:
            heard = rooms.convolve(room, rooms.loudspeaker(rng))
            response = impulse_response(rooms.record(PLAYED, heard, rng, snr_db=snr_db), SWEEP)
        got = speech_transmission_index(response, speech_db, np.zeros(7))
        errors.append(abs(got.sti - analytic(t60_s, direct_db, speech_db)))
        covered.append(errors[-1] <= got.uncertainty)
        assert not got.level_dependent
    print(f"{len(errors)} rooms: median {np.median(errors):.4f}, worst {max(errors):.4f}, "
          f"covered {np.mean(covered):.2f}")  # fmt: skip
    assert max(errors) < 0.02
    assert np.mean(covered) >= 0.95


def test_decays_with_noise_read_their_analytic_value() -> None:
    check_decays(range(710_000, 710_008), None)


def test_a_recorded_sweep_reads_the_analytic_value() -> None:
    check_decays(range(711_000, 711_003), 30)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("snr_db", [None, 40, 20])
def test_many_decays_with_noise_read_their_analytic_value(snr_db: float | None) -> None:
    check_decays(range(712_000, 712_040), snr_db)


def test_a_perfect_path_without_noise_is_perfectly_intelligible() -> None:
    impulse = np.zeros(96000)
    impulse[0] = 1.0
    assert speech_transmission_index(response_of(impulse)).sti > 0.99


def test_masking_and_hearing_count_only_with_a_calibrated_level() -> None:
    impulse = np.zeros(48000)
    impulse[0] = 1.0
    response = response_of(impulse)
    speech_db = SPEECH_SPECTRUM_DB - 30.0
    relative = speech_transmission_index(response, speech_db)
    loud = speech_transmission_index(response, speech_db, spl_offset_db=90.0)
    shouted = speech_transmission_index(response, speech_db, spl_offset_db=120.0)
    whispered = speech_transmission_index(response, speech_db, spl_offset_db=45.0)
    assert relative.sti > loud.sti > shouted.sti  # a loud octave masks the next
    assert loud.sti > 0.9 > whispered.sti  # what is too soft is not heard
    assert loud.level_dependent
    assert not relative.level_dependent


def test_masking_of_one_octave_by_the_next_lower_is_that_of_the_standard() -> None:
    """80 dB at 500 Hz masks 1 kHz with 60.2 dB (slope −19.8 dB)."""
    impulse = np.zeros(48000)
    impulse[0] = 1.0
    speech_db = np.array([20.0, 20.0, 80.0, 60.2, 60.2, 60.2, 60.2])
    got = speech_transmission_index(response_of(impulse), speech_db, spl_offset_db=0.0)
    assert got.octave_index[3] == pytest.approx(0.5, abs=0.01)


def test_octave_levels_of_pink_noise_are_equal_and_add_up() -> None:
    rng = np.random.default_rng(1)
    spectrum = np.fft.rfft(rng.standard_normal(480000))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    pink = np.fft.irfft(spectrum)
    levels = octave_levels_db(pink, 48000)
    assert np.ptp(levels) < 0.6
    with pytest.raises(Unmeasurable, match="silence"):
        octave_levels_db(np.zeros(48000), 48000)
    with pytest.raises(Unmeasurable, match="8 kHz"):
        octave_levels_db(pink, 16000)


def test_a_sweep_without_the_outer_octaves_is_refused() -> None:
    room = rooms.diffuse_room(0.4, np.random.default_rng(1))
    with pytest.raises(Unmeasurable, match="125 Hz to 8 kHz"):
        speech_transmission_index(replace(response_of(room), low_hz=200.0))
    with pytest.raises(Unmeasurable, match="125 Hz to 8 kHz"):
        speech_transmission_index(replace(response_of(room), high_hz=7200.0))
