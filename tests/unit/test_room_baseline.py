"""Noise in third octaves, and what has changed in a room since a good day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.sound import CalibratedMicrophone
from studiocheck.core.takes import MicrophoneInfo
from studiocheck.measure.sound.energy_time import find_echoes
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.noise_floor import a_weighting
from studiocheck.measure.sound.room_baseline import acoustics_of, was_there
from studiocheck.measure.sound.sound_pressure import unlike
from studiocheck.measure.sound.third_octaves import (
    NOMINAL_HZ,
    Rise,
    centre_hz,
    noise_rise,
    third_octaves,
)
from studiocheck.simulator import room
from tests.rooms import diffuse_room

RATE_HZ = 48000


def quiet(seed: int, *, dbfs: float = -70.0, seconds: float = 5.0) -> np.ndarray:
    return room.noise(round(seconds * RATE_HZ), RATE_HZ, dbfs, np.random.default_rng(seed))


def band(hz: float, dbfs: float, seed: int) -> np.ndarray:
    """Return five seconds of noise within one third octave."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(5 * RATE_HZ))
    at = np.fft.rfftfreq(5 * RATE_HZ, 1 / RATE_HZ)
    spectrum[(at < hz * 10**-0.05) | (at > hz * 10**0.05)] = 0
    wave = np.fft.irfft(spectrum)
    return wave * 10 ** (dbfs / 20) / wave.std()


def rise(now: np.ndarray, then: np.ndarray) -> Rise:
    found = third_octaves(now, RATE_HZ)
    weight_db = 20 * np.log10(a_weighting(centre_hz(found.nominal_hz)))
    return noise_rise(found, third_octaves(then, RATE_HZ), weight_db)


@given(st.sampled_from(NOMINAL_HZ[1:-1]), st.floats(-80, -10), st.integers(0, 99))
@settings(max_examples=25)
def test_the_noise_of_one_band_is_found_in_it_and_nowhere_else(nominal, dbfs, seed):
    found = third_octaves(band(float(centre_hz(np.array([nominal]))[0]), dbfs, seed), RATE_HZ)
    at = list(found.nominal_hz).index(nominal)
    # at the bottom, a window of half a second spreads a part of a narrow band beside it
    assert found.level_dbfs[at] == pytest.approx(dbfs, abs=1.0 if nominal < 400 else 0.4)
    others = np.delete(found.level_dbfs, [at - 1, at, at + 1])
    assert others.max() < dbfs - 40


def test_levels_lie_within_their_uncertainty_of_the_truth_nineteen_times_of_twenty():
    truth = third_octaves(quiet(1000, seconds=120), RATE_HZ).level_dbfs
    hits = [
        np.abs(found.level_dbfs - truth) <= found.uncertainty_db
        for found in (third_octaves(quiet(seed), RATE_HZ) for seed in range(15))
    ]
    assert np.mean(hits) > 0.93


def test_a_fan_is_named_by_its_band_and_the_same_room_is_not_blamed():
    for seed in range(8):
        assert rise(quiet(seed), quiet(seed + 100)).largest_db < 6
    then = quiet(1)
    level = third_octaves(then, RATE_HZ)
    was = float(level.level_dbfs[list(level.nominal_hz).index(200.0)])
    fan = rise(quiet(2) + band(199.5, was + 12, 3), then)
    assert (fan.at_hz, fan.all_alike) == (200.0, False)
    assert fan.largest_db == pytest.approx(12.3, abs=fan.uncertainty_db + 0.5)
    assert 200.0 in fan.risen_hz


def test_a_gain_that_was_turned_up_is_told_from_a_noise():
    assert rise(quiet(2, dbfs=-62), quiet(1)).all_alike


def test_too_little_quiet_and_silence_are_refused():
    for samples in (quiet(1, seconds=1.5), np.zeros(5 * RATE_HZ), np.zeros(0)):
        with pytest.raises(Unmeasurable):
            third_octaves(samples, RATE_HZ)


def response(seed: int, *echoes: tuple[float, float]) -> ImpulseResponse:
    wave = np.zeros(RATE_HZ)
    answer = diffuse_room(0.3, np.random.default_rng(seed), direct_db=3.0, predelay_s=0.004)
    wave[240 : 240 + len(answer)] = answer / answer[0]
    for delay_ms, level_db in echoes:
        wave[240 + round(delay_ms * RATE_HZ / 1000)] += 10 ** (level_db / 20)
    return ImpulseResponse.of(wave, RATE_HZ)


def test_an_echo_is_new_only_where_nothing_as_loud_came_back_before():
    then = acoustics_of(response(1, (120.0, -20.0)), "name:monitor")
    dry = acoustics_of(response(1), "name:monitor").t20
    assert dry is not None
    assert dry.seconds == pytest.approx(0.3, abs=max(0.02, dry.uncertainty_s))
    assert [round(echo.delay_ms) for echo in then.echoes] == [120]
    tonight = find_echoes(response(1, (120.0, -20.0), (180.0, -22.0))).echoes
    known = {round(echo.delay_ms): was_there(echo, then) for echo in tonight}
    assert known == {120: True, 180: False}
    (louder,) = find_echoes(response(1, (120.0, -8.0))).echoes
    assert not was_there(louder, then)


NOW = MicrophoneInfo(
    device="name:lav", name="Lav", backend="x", rate_hz=48000, channels=1, attached_to="mic_lav",
    gain_db=-6.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, None),
        ({"gain_db": None}, None),
        ({"attached_to": None}, None),
        ({"attached_to": None, "name": ""}, None),
        ({"device": "default"}, None),  # another binding of the same source
        ({"attached_to": "mic_desk"}, "mic_desk"),
        ({"attached_to": None, "name": "Desk"}, "Desk"),
        ({"attached_to": None, "device": "default"}, "another microphone"),
        ({"gain_db": -3.0}, "gain of -3 dB, now -6 dB"),
        ({"rate_hz": 44100}, "44100 Hz, now 48000 Hz"),
    ],
)
def test_a_calibration_belongs_to_one_microphone_as_it_was_set(changes, says):
    then = {"device": "name:lav", "name": "Lav", "rate_hz": 48000, "attached_to": "mic_lav",
            "gain_db": -6.0} | changes  # fmt: skip
    said = unlike(CalibratedMicrophone(**then), NOW)
    assert (said is None) == (says is None)
    assert says is None or says in said.en
