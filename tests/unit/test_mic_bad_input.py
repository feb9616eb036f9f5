"""Every microphone check on takes that are hardly any: a finding with advice, never a traceback."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from studiocheck.checks import all_checks
from studiocheck.core.errors import Problem
from studiocheck.core.evidence import Captured, RoomTone, Speech
from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Finding
from studiocheck.core.studio import MicrophoneRole
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import Plan, make_plan
from studiocheck.profile.load import load_profile
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.voice import speak

RATE_HZ = 48000
NOISE = np.random.default_rng(1).normal(0, 10 ** (-65 / 20), 10 * RATE_HZ)


@lru_cache(maxsize=1)
def voice() -> np.ndarray:
    speech = speak(10, RATE_HZ, 5)
    return 0.07 * speech / speech.std() + NOISE


@lru_cache(maxsize=1)
def plan() -> Plan:
    studio = replace(
        load_scene("studio").studio(),
        cameras={},
        uplinks={},
        speakers={},
        microphones={"host": MicrophoneRole(device="name:lav")},
    )
    return make_plan(studio, load_profile("base-1080p30"), all_checks(), only={"mic"})


def take(samples: np.ndarray, kind: str = "speech", rate_hz: int = RATE_HZ) -> TakeEvidence:
    shaped = (samples if samples.ndim == 2 else samples[:, None]).astype(np.float32)
    info = MicrophoneInfo(
        device="name:lav", name="Lav", backend="x", rate_hz=rate_hz, channels=shaped.shape[1]
    )
    return TakeEvidence(microphone=info, kind=kind, samples=shaped, rate_hz=rate_hz, prompted=True)  # type: ignore[arg-type]


def findings(
    speech: np.ndarray | Problem, quiet: np.ndarray | Problem | None = None, rate_hz: int = RATE_HZ
) -> dict[str, Finding]:
    def captured(found: np.ndarray | Problem, kind: str) -> Captured:
        if isinstance(found, Problem):
            return Captured(problem=found)
        return Captured(evidence=take(found, kind, rate_hz))

    device = plan().checks[0].device
    taken = {
        Speech: captured(speech, "speech"),
        RoomTone: captured(speech if quiet is None else quiet, "quiet"),
    }
    found = {f.check: f for f in evaluate(plan(), {device: taken}) if f.check.startswith("mic.")}
    assert len(found) >= 15
    for finding in found.values():
        said = finding.reason.en if finding.reason else ""
        assert "bug of studiocheck" not in said, (finding.check, said)
        for measurement in finding.measurements:
            assert np.isfinite(measurement.value), finding
            assert measurement.uncertainty is None or np.isfinite(measurement.uncertainty)
        if finding.verdict not in {Verdict.PASS, Verdict.SKIPPED}:
            assert finding.advice is not None or finding.reason is not None, finding
    return found


def greens(found: dict[str, Finding]) -> set[str]:
    return {check for check, finding in found.items() if finding.verdict is Verdict.PASS}


def with_value(value: float, at: slice = slice(5000, 5001)) -> np.ndarray:
    samples = voice().copy()
    samples[at] = value
    return samples


def stereo(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=1)


def test_the_voice_itself_is_heard_so_that_the_rest_of_this_file_means_something():
    assert greens(findings(voice(), NOISE)) >= {"mic.signal", "mic.snr", "mic.gaps", "mic.hum"}


@pytest.mark.parametrize(
    "value", [np.nan, np.inf, -np.inf, 1e30], ids=["nan", "inf", "-inf", "huge"]
)
def test_one_value_that_is_no_number_and_no_check_is_green(value: float):
    of_the_quiet_take = {"mic.noise_floor", "mic.hum", "mic.dc"}
    assert greens(findings(with_value(value), NOISE)) <= of_the_quiet_take
    assert greens(findings(with_value(value))) == set()
    assert findings(with_value(value))["mic.present"].verdict is Verdict.FAIL


NOTHING_HEARD = {
    "zeros": np.zeros(10 * RATE_HZ),
    "constant": np.full(10 * RATE_HZ, 0.1),
    "full scale": np.ones(10 * RATE_HZ),
    "denormal": np.full(10 * RATE_HZ, 1e-40),
    "denormal noise": 1e-40 * np.sign(NOISE),
    "dither": np.round(NOISE * 3) / 32768,
    "one sample": np.zeros(1),
    "empty": np.zeros((0, 1)),
    "two zeros": np.zeros((2, 2)),
    "a click in silence": np.eye(1, 10 * RATE_HZ, 4000)[0],
    "zeros in stereo": np.zeros((10 * RATE_HZ, 2)),
}


@pytest.mark.parametrize("name", NOTHING_HEARD)
def test_of_a_microphone_that_hears_nothing_nothing_is_said_to_be_good(name: str):
    found = findings(NOTHING_HEARD[name])
    assert greens(found) <= {"mic.present", "mic.clock", "mic.dc"}, greens(found)
    assert found["mic.signal"].verdict is not Verdict.PASS


SHORT = {
    "one second of speech": (voice()[: 1 * RATE_HZ], RATE_HZ),
    "a hundredth of a second": (voice()[: RATE_HZ // 100], RATE_HZ),
    "three samples": (voice()[:3], RATE_HZ),
}


@pytest.mark.parametrize("name", SHORT)
def test_a_take_that_is_too_short_is_judged_by_nothing_that_needs_more(name: str):
    samples, rate_hz = SHORT[name]
    found = findings(samples, rate_hz=rate_hz)
    needing = {"mic.noise_floor", "mic.snr", "mic.hum", "mic.reverberation", "mic.quality"}
    assert not greens(found) & needing


ODD = {
    "one side dead": (stereo(voice(), 0 * NOISE), RATE_HZ),
    "one side not a number's neighbour": (stereo(voice(), 1e-30 * NOISE), RATE_HZ),
    "eight channels": (np.tile(voice()[:, None], (1, 8)), RATE_HZ),
    "square wave": (np.sign(voice()), RATE_HZ),
    "ten times full scale": (140 * voice(), RATE_HZ),
    "a telephone": (voice()[::6], 8000),
    "11 kHz": (voice()[::4], 12000),
    "44.1 kHz": (voice()[:441000], 44100),
    "192 kHz": (np.repeat(voice()[:240000], 4), 192000),
    "an odd rate": (voice(), 47951),
    "speech that ends in zeros": (voice() * (np.arange(480000) < 200000), RATE_HZ),
}


@pytest.mark.parametrize("name", ODD)
def test_no_odd_take_breaks_a_check(name: str):
    samples, rate_hz = ODD[name]
    findings(samples, rate_hz=rate_hz)


@pytest.mark.parametrize(
    "code", ["gone", "busy", "denied", "timeout", "format", "library", "source"]
)
def test_what_stands_in_the_way_is_told_by_every_check_with_its_advice(code: str):
    problem = Problem(code, Text("it does not open", "打不开"), Text("do this", "请这样做"))
    found = findings(problem)
    assert greens(found) == set()
    asked = [f for f in found.values() if f.verdict is not Verdict.SKIPPED]
    assert len(asked) >= 11
    assert all(f.advice == problem.advice for f in asked)
    assert found["mic.present"].verdict in {Verdict.FAIL, Verdict.UNMEASURED}


@settings(max_examples=25, deadline=None)
@given(
    samples=arrays.arrays(
        np.float32,
        st.tuples(st.integers(0, 4000), st.integers(1, 3)),
        elements=st.one_of(st.floats(width=32), st.sampled_from([0.0, 1.0, -1.0, 1e-42])),
        fill=st.floats(width=32),
    ),
    repeat=st.sampled_from([1, 7, 40]),
    rate_hz=st.sampled_from([8000, 44100, 48000]),
)
def test_no_array_of_floats_makes_a_traceback(samples: np.ndarray, repeat: int, rate_hz: int):
    findings(np.tile(samples, (repeat, 1)), rate_hz=rate_hz)
