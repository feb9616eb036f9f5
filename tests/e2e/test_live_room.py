"""A sweep through a real output, a room, and a real input, in the real capture child."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.checks import mic_echo, mic_leak, mic_reverberation
from studiocheck.core.case import Case
from studiocheck.core.check import Check
from studiocheck.core.errors import DeviceGone, SourceTimeout
from studiocheck.core.evidence import Captured, Sweep
from studiocheck.core.measurement import Measurement
from studiocheck.core.studio import MicrophoneRole, SpeakerRole, Targets
from studiocheck.core.takes import SweepEvidence
from studiocheck.measure.sound.swept_room import room_response
from studiocheck.sources.capture import isolation
from studiocheck.sources.microphones.roles import Backend, microphone_for
from studiocheck.sources.microphones.swept_microphone import MicrophoneBesideSpeaker
from tests.e2e.pulse import RATE_HZ, Rig, rig
from tests.rooms import decaying_noise

__all__ = ["rig"]  # a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the rig is a PulseAudio daemon on Linux"
    ),
]
LAV = MicrophoneRole(device="name:lavalier")


def room_of(rt60_s: float, echo_ms: float, echo_db: float) -> NDArray[np.float64]:
    """Return a direct sound 30 dB down, its reverberation, and one echo of it."""
    response = np.zeros(round(1.2 * RATE_HZ))
    response[0] = 1.0
    tail = 0.03 * decaying_noise(rt60_s, np.random.default_rng(3), seconds=1.0)
    response[200 : 200 + len(tail)] += tail
    response[round(echo_ms * RATE_HZ / 1000)] += 10 ** (echo_db / 20)
    return 10 ** (-30 / 20) * response


def sweep(speaker: str = "name:monitor speaker", backend: Backend = "auto") -> Captured:
    device = MicrophoneBesideSpeaker(
        microphone_for(LAV, backend=backend),
        SpeakerRole(device=speaker, sweep_dbfs=-12),
        LAV.rate_hz,
    )
    needs = (Sweep(5.0),)
    captured = isolation.capture(
        device, needs, name="mic.host", tell=lambda _: None, cancelled=threading.Event()
    )
    return captured[Sweep]


def measured(check: Check, captured: Captured) -> dict[str, Measurement]:
    case = Case(role="host", binding=LAV, targets=Targets(), captured={Sweep: captured})
    return {m.name: m for m in check.assess(case).measurements}


@pytest.mark.parametrize("backend", ["sounddevice", "pyaudio"])
def test_a_room_is_measured_through_the_speaker(rig: Rig, backend: Backend) -> None:
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    response = room_of(0.4, 150.0, -26.0)
    rig.room("lav", response)
    captured = sweep(backend=backend)
    evidence = captured.evidence
    assert isinstance(evidence, SweepEvidence), captured.problem
    assert evidence.speaker.name == "Monitor speaker"
    assert evidence.attached_after == "mic_lav"
    found = room_response(evidence)
    print(found.delay_s, found.clock_ppm, found.peak_to_noise_db, evidence.played_after_s)
    decay = measured(mic_reverberation.CHECK, captured)["t20"]
    print(decay)
    assert decay.value == pytest.approx(0.4, abs=max(0.04, decay.uncertainty))
    echo = measured(mic_echo.CHECK, captured)
    print(echo)
    assert echo["echo_delay"].value == pytest.approx(150.0, abs=0.1)
    assert echo["echo_level"].value == pytest.approx(-26.0, abs=1.5)
    leak = measured(mic_leak.CHECK, captured)
    print(leak)
    assert leak["leak_attenuation"].value == pytest.approx(
        -10 * np.log10(np.sum(response**2)), abs=1.5
    )
    assert 0 < leak["leak_delay"].value < 1000  # the room's own buffers


def test_a_speaker_that_is_not_there_is_told_and_lists_what_is(rig: Rig) -> None:
    captured = sweep("name:no such speaker")
    assert captured.evidence is None
    assert captured.problem is not None
    assert captured.problem.code == DeviceGone.code
    assert "Monitor speaker" in captured.problem.message.en


def test_a_speaker_that_takes_no_sound_costs_its_deadline_and_says_so(rig: Rig) -> None:
    rig.run("pactl", "suspend-sink", "speaker", "1")
    captured = sweep()
    assert captured.evidence is None
    assert captured.problem is not None
    assert captured.problem.code == SourceTimeout.code
    assert "Monitor speaker" in captured.problem.message.en


def test_a_source_that_goes_during_the_sweep_is_not_taken_for_a_room(rig: Rig) -> None:
    timer = threading.Timer(3.0, lambda: rig.unplug("lav"))
    timer.start()
    captured = sweep()
    timer.join()
    assert captured.evidence is None
    assert captured.problem is not None


def test_the_program_plays_the_sweep_where_a_speaker_is_declared(rig: Rig, tmp_path: Path) -> None:
    rig.room("lav", room_of(0.3, 150.0, -26.0))
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "rig"\nprofile = "base-1080p30"\n[microphones.host]\n'
        'device = "name:lavalier"\n[speakers.monitor]\ndevice = "name:Monitor speaker"\n',
        "utf-8",
    )
    done = subprocess.run(
        [
            sys.executable, "-m", "studiocheck", "check", "--studio", str(studio), "--json",
            "--no-input", "--only", "mic.leak", "--only", "mic.reverberation",
        ],
        env={**rig.environment, "STUDIOCHECK_HOME": str(tmp_path / "state")},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    record = json.loads(done.stdout)
    values = {m["name"]: m["value"] for f in record["findings"] for m in f["measurements"]}
    assert values["t20"] == pytest.approx(0.3, abs=0.05)
    assert values["leak_attenuation"] == pytest.approx(27.5, abs=2)


def test_a_speaker_nobody_hears_is_no_error_and_no_echo(rig: Rig) -> None:
    rig.feed("lav", 1e-4 * np.random.default_rng(1).standard_normal(20 * RATE_HZ))
    captured = sweep()
    assert isinstance(captured.evidence, SweepEvidence), captured.problem
    assert not measured(mic_leak.CHECK, captured)
