"""The simulated microphone: every parameter is heard, and time costs nothing."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from studiocheck.core.capture import Microphone
from studiocheck.core.errors import DeviceGone
from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.loudness_bs1770 import loudness
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.signal_state import SignalState, dead_tail_s, signal_state
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import Scene, load_scene


def scene(*faults: str, seed: int = 3, **microphone: Any) -> Scene:
    plain = replace(load_scene(), seed=seed)
    model = replace(plain.microphones["host"], **microphone)
    changed = replace(plain, microphones={"host": model})
    return changed.with_faults(*map(parse_fault, faults))


def takes(*faults: str, seconds: float = 4.0, **microphone: Any) -> list[TakeEvidence]:
    """The quiet take of 2 s, then the speech take."""
    device = SimulatedMicrophone(scene(*faults, **microphone), "host")
    device.open()
    return [
        device.record("quiet", 2.0, lambda _: None),
        device.record("speech", seconds, lambda _: None),
    ]


def spectrum_db(take: TakeEvidence, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(take.mono)) ** 2
    frequency_hz = np.fft.rfftfreq(len(take.mono), 1 / take.rate_hz)
    band = (frequency_hz >= low_hz) & (frequency_hz < high_hz)
    return float(10 * np.log10(power[band].sum() / power.sum() + 1e-20))


def test_it_is_a_microphone_that_can_be_sent_to_another_process() -> None:
    device = SimulatedMicrophone(scene(), "host")
    assert isinstance(device, Microphone)
    again = pickle.loads(pickle.dumps(device))  # noqa: S301
    assert isinstance(again, SimulatedMicrophone)


def test_speech_has_the_loudness_that_the_scene_says() -> None:
    for lufs in (-18.0, -27.0):
        _, speech = takes(speech_lufs=lufs)
        assert loudness(speech.samples, 48000).integrated_lufs == pytest.approx(lufs, abs=0.2)


def test_the_same_seed_speaks_the_same_and_another_does_not() -> None:
    first, again = takes()[1].samples, takes()[1].samples
    other = SimulatedMicrophone(scene(seed=4), "host").record("speech", 4.0, lambda _: None)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other.samples)


def test_the_voice_reaches_above_15_khz_and_a_headset_does_not() -> None:
    assert spectrum_db(takes()[1], 15000, 18000) > -40
    assert spectrum_db(takes("mic.host:narrowband")[1], 4000, 20000) < -60


def test_noise_and_hum_have_their_levels() -> None:
    quiet, _ = takes("mic.host:noise=-45dBFS")
    assert noise_floor(quiet.samples, 48000).flat_dbfs == pytest.approx(-45, abs=0.2)
    quiet, _ = takes("mic.host:hum=-45dBFS")
    assert noise_floor(quiet.samples, 48000).flat_dbfs == pytest.approx(-45, abs=0.3)
    assert spectrum_db(quiet, 45, 55) > -5


def test_gain_moves_everything() -> None:
    plain, turned = takes(), takes("mic.host:gain=-20dB")
    for before, after in zip(plain, turned, strict=True):
        assert after.mono.std() == pytest.approx(before.mono.std() / 10, rel=1e-3)
    assert turned[0].microphone.gain_db == -20


def test_overdrive_clips_and_health_does_not() -> None:
    assert clipping(takes()[1].samples, 48000).runs == 0
    assert clipping(takes("mic.host:clip=6dB")[1].samples, 48000).runs > 10
    assert np.abs(takes("mic.host:clip=6dB")[0].samples).max() < 0.1


def test_a_microphone_moved_away_hears_less_voice_and_as_much_noise() -> None:
    near, far = takes(), takes("mic.host:moved")
    drop = [loudness(t[1].samples, 48000).integrated_lufs for t in (near, far)]
    assert 6 < drop[0] - drop[1] < 14
    floors = [noise_floor(t[0].samples, 48000).flat_dbfs for t in (near, far)]
    assert floors[0] == pytest.approx(floors[1], abs=0.1)


def test_a_leak_is_heard_while_nobody_speaks() -> None:
    assert takes("mic.host:leak=-20dB")[0].mono.std() > 10 * takes()[0].mono.std()


def test_gaps_are_exact_zeros() -> None:
    samples = takes("mic.host:gaps=5")[1].samples[:, 0]
    assert np.count_nonzero(samples == 0) >= 0.005 * 48000


def test_mute_is_exact_zeros_from_when_it_begins() -> None:
    quiet, speech = takes("mic.host:mute@4s")
    assert signal_state(quiet.samples) is SignalState.ALIVE
    assert dead_tail_s(speech.samples, 48000) == pytest.approx(2.0, abs=0.01)
    assert all(signal_state(t.samples) is SignalState.ZERO for t in takes("mic.host:mute"))
    assert takes("mic.host:mute")[0].microphone.muted


def test_one_side_of_a_pair_can_be_inverted() -> None:
    left, right = takes("mic.host:invert", channels=2)[1].samples.T
    assert np.corrcoef(left, right)[0, 1] < -0.99


def test_a_fast_clock_delivers_more_samples() -> None:
    assert len(takes("mic.host:clock=300ppm", seconds=10)[1].samples) == 480144


@pytest.mark.parametrize("rate_hz", [16000, 44100, 96000])
def test_other_sample_rates_are_served(rate_hz: int) -> None:
    _, speech = takes(rate_hz=rate_hz)
    assert len(speech.samples) == 4 * rate_hz
    assert loudness(speech.samples, rate_hz).integrated_lufs == pytest.approx(-18, abs=0.3)


def test_unplugged_it_does_not_open_and_unplugged_later_it_leaves() -> None:
    with pytest.raises(DeviceGone):
        SimulatedMicrophone(scene("mic.host:unplug"), "host").open()
    with pytest.raises(DeviceGone):
        takes("mic.host:unplug@5s")


def test_hung_it_never_returns() -> None:
    device = SimulatedMicrophone(scene("mic.host:hang"), "host")
    thread = threading.Thread(target=device.open, daemon=True)
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()


def test_ten_seconds_cost_less_than_one_of_the_processor() -> None:
    takes()  # caches
    begun_s = time.process_time()
    takes(seconds=10)
    spent_s = time.process_time() - begun_s
    print(f"2 s quiet and 10 s speech: {spent_s:.2f} s of the processor")
    assert spent_s < 2  # a slow machine is allowed twice the promise
