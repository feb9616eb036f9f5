"""DNSMOS: the scores of the package that carries the model, advice and never a verdict."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studiocheck.checks import mic_quality
from studiocheck.core.case import Case
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, Speech
from studiocheck.core.measurement import Verdict, judge
from studiocheck.core.studio import MicrophoneRole, Targets
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.measure.sound import dnsmos
from studiocheck.measure.sound.dnsmos import RATE_HZ, has_model, opinion
from studiocheck.measure.sound.voice_activity import voice_activity
from studiocheck.simulator.voice import speak

needs_model = pytest.mark.skipif(not has_model(), reason="the extra [mos] is not installed")


def voice(seconds: float = 10.0, noise_db: float = -50.0) -> np.ndarray:
    speech = speak(seconds, RATE_HZ, 3)
    noise = np.random.default_rng(4).standard_normal(len(speech))
    return 0.1 * speech / speech.std() + 0.1 * 10 ** (noise_db / 20) * noise


def case_of(samples: np.ndarray, rate_hz: int = RATE_HZ) -> Case:
    info = MicrophoneInfo(device="x", name="x", backend="x", rate_hz=rate_hz, channels=1)
    take = TakeEvidence(
        microphone=info,
        kind="speech",
        samples=samples.astype(np.float32)[:, None],
        rate_hz=rate_hz,
        prompted=True,
    )
    role = MicrophoneRole(device="name:x")
    return Case(role="host", binding=role, targets=Targets(), captured={Speech: Captured(take)})


@needs_model
def test_noise_costs_the_background_and_the_level_costs_nothing():
    clear, noisy, faint = (
        opinion(x, voice_activity(x, RATE_HZ))
        for x in (voice(), voice(noise_db=-10), 0.1 * voice())
    )
    assert clear.background > 3.2
    assert noisy.background < 2.9
    assert clear.overall > noisy.overall
    assert faint.overall == pytest.approx(clear.overall, abs=0.02)
    assert 1 <= noisy.background <= clear.background <= 5


@needs_model
def test_the_stretches_of_a_long_take_are_a_few_and_those_with_speech():
    silence = 1e-4 * np.random.default_rng(1).standard_normal(12 * RATE_HZ)
    long = np.concatenate([silence, voice(30)])
    assert opinion(long, voice_activity(long, RATE_HZ)).windows == 2


@needs_model
def test_a_score_is_never_worse_than_marginal():
    limits = mic_quality.CHECK.defaults(Targets())
    found = mic_quality.CHECK.assess(case_of(voice(noise_db=-10)))
    background = next(m for m in found.measurements if m.name == "mos_background")
    assert background.value < 3.0
    judged = replace(background, limit=limits["mos_background"].limit)
    assert judge(judged) is Verdict.MARGINAL
    assert all(default.limit.minimum is None for default in limits.values())
    assert not mic_quality.CHECK.blocker


@needs_model
@pytest.mark.parametrize("samples", [voice(2.0), np.zeros(10 * RATE_HZ), voice()[:100]])
def test_silence_of_which_the_model_thinks_highly_is_no_score(samples: np.ndarray):
    with pytest.raises(Unmeasurable):
        mic_quality.CHECK.assess(case_of(samples))


@needs_model
def test_a_telephone_has_no_score():
    with pytest.raises(Unmeasurable, match="16 kHz"):
        mic_quality.CHECK.assess(case_of(voice(), 8000))


def test_without_the_extra_it_is_skipped_and_nobody_misses_it(monkeypatch: pytest.MonkeyPatch):
    dnsmos.model_path.cache_clear()
    monkeypatch.setattr(dnsmos, "find_spec", lambda _: None)
    try:
        with pytest.raises(NotAsked, match="pip install") as caught:
            mic_quality.CHECK.assess(case_of(voice()))
    finally:
        dnsmos.model_path.cache_clear()
    assert caught.value.optional


@needs_model
def test_the_library_that_runs_the_model_leaves_no_identifier_and_reports_to_nobody(tmp_path: Path):
    # its uploader waits half a minute; the identifier that it would send is written at once
    begun = "from studiocheck.measure.sound.dnsmos import _network; _network()"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", begun], env=home, check=True)
    assert list(tmp_path.rglob("*")) == []
