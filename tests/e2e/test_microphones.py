"""Real PortAudio devices through the real sources, in the real capture child."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.checks import mic_present
from studiocheck.core.case import Case
from studiocheck.core.errors import DeviceGone, SourceTimeout, StudioCheckError
from studiocheck.core.evidence import Captured, RoomTone, Speech
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import MicrophoneRole, Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.bandwidth import bandwidth
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.hum import hum
from studiocheck.measure.sound.level import rms_dbfs
from studiocheck.measure.sound.loudness_bs1770 import loudness
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.signal_state import SignalState, signal_state
from studiocheck.measure.sound.snr import speech_to_noise
from studiocheck.measure.sound.true_peak_bs1770 import true_peak
from studiocheck.simulator.voice import speak
from studiocheck.sources.capture import children, isolation
from studiocheck.sources.capture.messages import Began, Message
from studiocheck.sources.microphones.roles import Backend, list_microphones, microphone_for
from tests.e2e.pulse import NAMES, RATE_HZ, Rig, rig

__all__ = ["rig"]  # a fixture

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the rig is a PulseAudio daemon on Linux"
)

TAKE_S = 2.0


@pytest.fixture(params=["sounddevice", "pyaudio"])
def backend(request: pytest.FixtureRequest) -> Backend:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return request.param


def capture(
    device: str,
    backend: Backend,
    *,
    seconds: float = TAKE_S,
    after_s: float = 0.5,
    happening: Callable[[], object] | None = None,
) -> Captured:
    """Capture one speech take; ``happening`` comes ``after_s`` into it."""
    timers: list[threading.Timer] = []

    def tell(message: Message) -> None:
        if isinstance(message, Began) and happening is not None:
            timers.append(threading.Timer(after_s, happening))
            timers[-1].start()

    try:
        captured = isolation.capture(
            microphone_for(MicrophoneRole(device=device), backend=backend),
            (Speech(seconds),),
            name="microphone.host",
            tell=tell,
            cancelled=threading.Event(),
        )
    finally:
        for timer in timers:
            timer.join(10)
    return captured[Speech]


def take_of(captured: Captured) -> TakeEvidence:
    assert isinstance(captured.evidence, TakeEvidence), captured.problem
    return captured.evidence


def voice(seconds: float = 12.0, lufs: float = -18.0) -> NDArray[np.float64]:
    speech = speak(seconds, RATE_HZ, seed=11)
    return speech * 10 ** ((lufs - loudness(speech, RATE_HZ).integrated_lufs) / 20)


def stretch_of(fed: NDArray[np.float64], heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stretch of what was fed that a take heard, by correlation."""
    size = 1 << (len(fed) + len(heard)).bit_length()
    product = np.fft.rfft(fed, size) * np.fft.rfft(heard, size).conj()
    start = int(np.argmax(np.fft.irfft(product, size)[: len(fed) - len(heard)]))
    return fed[start : start + len(heard)]


def test_speech_of_a_known_level_is_measured_within_a_third_of_a_decibel(
    rig: Rig,
    backend: Backend,
) -> None:
    fed = voice()
    rig.feed("lav", fed)
    take = take_of(capture("name:lavalier", backend, seconds=4.0))
    heard = take.samples[:, 0].astype(np.float64)
    stretch = stretch_of(fed, heard)
    assert len(heard) == 4 * RATE_HZ
    assert take.overflows == 0
    expected = loudness(stretch, RATE_HZ).integrated_lufs
    got = loudness(heard, RATE_HZ).integrated_lufs
    print(f"{backend}: fed {expected:.3f} LUFS, measured {got:.3f} LUFS")
    assert got == pytest.approx(expected, abs=0.3)
    assert take.attached_after == take.microphone.attached_to == "mic_lav"
    assert take.microphone.muted is False
    assert clipping(take.samples, RATE_HZ).runs == 0


@pytest.mark.slow
def test_both_libraries_give_the_same_numbers_of_the_same_microphone(rig: Rig) -> None:
    pytest.importorskip("pyaudio")
    rng = np.random.default_rng(3)
    once_s = 4.0
    t = np.arange(round(once_s * RATE_HZ)) / RATE_HZ
    hum_ = 10 ** (-50 / 20) * np.sqrt(2) * np.sin(2 * np.pi * 50 * t)
    again = voice(once_s) + rng.normal(0, 10 ** (-55 / 20), len(t)) + hum_
    quiet = rng.normal(0, 10 ** (-55 / 20), len(t)) + hum_
    numbers = {}
    for backend in ("sounddevice", "pyaudio"):
        # whatever it is that plays, one period of it is the same wherever a take begins
        rig.feed("lav", np.tile(again, 5))
        speech = take_of(capture("name:lavalier", backend, seconds=2 * once_s))
        rig.silence()
        rig.feed("lav", np.tile(quiet, 4))
        room = take_of(capture("name:lavalier", backend, seconds=once_s))
        rig.silence()
        numbers[backend] = numbers_of(from_its_start(speech, again), from_its_start(room, quiet))
    print(numbers)
    tolerances = {
        "loudness": 0.02, "true_peak": 0.02, "noise_floor": 0.05, "hum": 0.02, "mains_hz": 0.01,
        "snr": 0.2, "edge_khz": 0.25,
    }  # fmt: skip
    for name, tolerance in tolerances.items():
        one, other = (numbers[backend][name] for backend in ("sounddevice", "pyaudio"))
        assert one == pytest.approx(other, abs=tolerance), name


def from_its_start(take: TakeEvidence, period: NDArray[np.float64]) -> TakeEvidence:
    """Turn a take of whole periods round until it begins where the period does."""
    product = np.fft.rfft(take.samples[: len(period), 0]) * np.fft.rfft(period).conj()
    start = int(np.argmax(np.fft.irfft(product, len(period))))
    return replace(take, samples=np.roll(take.samples, -start, axis=0))


def numbers_of(speech: TakeEvidence, room: TakeEvidence) -> dict[str, float]:
    wave, noise = speech.samples.astype(np.float64), room.samples.astype(np.float64)
    found = hum(noise[:, 0], room.rate_hz)
    assert found.level_dbfs is not None
    assert found.mains_hz is not None
    return {
        "loudness": loudness(wave, speech.rate_hz).integrated_lufs,
        "true_peak": true_peak(wave, speech.rate_hz),
        "noise_floor": noise_floor(noise, room.rate_hz).flat_dbfs,
        "hum": found.level_dbfs,
        "mains_hz": found.mains_hz,
        "snr": speech_to_noise(wave, speech.rate_hz, noise).snr_db,
        "edge_khz": bandwidth(wave, speech.rate_hz).upper_edge_hz / 1000,
    }


@pytest.mark.slow
def test_two_microphones_are_heard_at_the_same_time_by_the_whole_program(
    rig: Rig, tmp_path: Path
) -> None:
    said = voice(30.0) + np.random.default_rng(1).normal(0, 10 ** (-60 / 20), 30 * RATE_HZ)
    rig.feed("lav", said)
    rig.feed("desk", 0.1 * said)
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "two"\nprofile = "base-1080p30"\n'
        '[microphones.host]\ndevice = "name:Host lavalier"\n'
        '[microphones.guest]\ndevice = "name:Desk condenser"\n',
        "utf-8",
    )
    begun_s = time.monotonic()
    done = subprocess.run(
        [
            sys.executable, "-m", "studiocheck", "check", "--studio", str(studio), "--no-input",
            "--only", "mic.present", "--only", "mic.level", "--only", "mic.gaps", "--json",
        ],
        env={**rig.environment, "STUDIOCHECK_HOME": str(tmp_path / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )  # fmt: skip
    took_s = time.monotonic() - begun_s
    found = {(f["check"], f["role"]): f for f in json.loads(done.stdout)["findings"]}
    loud = {
        role: next(
            m["value"] for m in found["mic.level", role]["measurements"] if m["name"] == "loudness"
        )
        for role in ("host", "guest")
    }
    assert loud["host"] - loud["guest"] == pytest.approx(20, abs=1.0)
    assert {found["mic.present", role]["verdict"] for role in loud} == {"PASS"}
    for role in loud:
        holes = {m["name"]: m["value"] for m in found["mic.gaps", role]["measurements"]}
        assert (holes["zero_gaps"], holes["repeated_buffers"]) == (0, 0)
    assert took_s < 30  # 15 s of takes each, at the same time


def test_a_microphone_muted_by_the_system_gives_zeros_and_says_so(
    rig: Rig,
    backend: Backend,
) -> None:
    rig.feed("lav", voice())
    rig.mute("lav")
    take = take_of(capture("name:Host lavalier", backend))
    assert signal_state(take.samples) is SignalState.ZERO
    assert take.microphone.muted is True
    case = Case(
        role="host",
        binding=MicrophoneRole(device="name:Host lavalier"),
        targets=Targets(),
        captured={RoomTone: Captured(take), Speech: Captured(take)},
    )
    assert mic_present.CHECK.assess(case).verdict is Verdict.FAIL


def test_the_systems_gain_is_reported_with_the_take(rig: Rig, backend: Backend) -> None:
    tone = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(8 * RATE_HZ) / RATE_HZ)
    rig.feed("lav", tone)
    rig.gain("lav", -20)
    take = take_of(capture("name:lavalier", backend))
    assert take.microphone.gain_db == pytest.approx(-20, abs=0.1)
    assert rms_dbfs(take.samples) == pytest.approx(rms_dbfs(tone) - 20, abs=0.1)


def test_clipping_survives_the_way_through_portaudio(rig: Rig, backend: Backend) -> None:
    speech = voice()
    rig.feed("lav", np.clip(speech * (1.41 / np.abs(speech).max()), -1, 1))
    take = take_of(capture("name:lavalier", backend, seconds=4.0))
    assert clipping(take.samples, RATE_HZ).runs > 3


def test_a_microphone_pulled_out_during_the_take_is_gone(rig: Rig, backend: Backend) -> None:
    rig.feed("lav", voice())
    begun_s = time.monotonic()
    captured = capture("name:lavalier", backend, seconds=5.0, happening=partial(rig.yank, "lav"))
    assert captured.problem is not None
    assert captured.problem.code == DeviceGone.code
    assert time.monotonic() - begun_s < 8


def test_a_take_that_was_silently_moved_names_the_other_microphone(
    rig: Rig,
    backend: Backend,
) -> None:
    rig.feed("lav", voice())
    captured = capture("name:lavalier", backend, seconds=3.0, happening=partial(rig.unplug, "lav"))
    take = take_of(captured)
    assert (take.microphone.attached_to, take.attached_after) == ("mic_lav", "mic_desk")
    case = Case(
        role="host",
        binding=MicrophoneRole(device="name:lavalier"),
        targets=Targets(),
        captured={RoomTone: captured, Speech: captured},
    )
    found = mic_present.CHECK.assess(case)
    assert found.verdict is Verdict.FAIL
    assert found.note is not None
    assert "mic_desk" in found.note.en


def test_a_microphone_that_is_not_there_is_gone_and_the_list_says_what_is(
    rig: Rig,
    backend: Backend,
) -> None:
    with pytest.raises(DeviceGone) as caught:
        capture("name:Neumann", backend)
    assert all(name in caught.value.message.en for name in NAMES.values())


def test_a_name_that_means_two_microphones_is_refused(rig: Rig, backend: Backend) -> None:
    with pytest.raises(DeviceGone, match="more than one"):
        capture("name:o", backend)


def test_a_microphone_that_left_before_it_was_opened_is_gone(rig: Rig, backend: Backend) -> None:
    rig.unplug("lav")
    with pytest.raises(DeviceGone):
        capture("name:lavalier", backend)


def test_a_suspended_microphone_is_a_timeout_and_nobody_hangs(rig: Rig, backend: Backend) -> None:
    rig.suspend("lav")
    begun_s = time.monotonic()
    with pytest.raises(SourceTimeout):
        capture("name:lavalier", backend)
    assert time.monotonic() - begun_s < 8


def test_a_microphone_suspended_during_the_take_is_a_timeout(rig: Rig, backend: Backend) -> None:
    rig.feed("lav", voice())
    begun_s = time.monotonic()
    captured = capture("name:lavalier", backend, seconds=4.0, happening=partial(rig.suspend, "lav"))
    assert captured.problem is not None
    assert captured.problem.code == SourceTimeout.code
    assert time.monotonic() - begun_s < 9


def test_two_takes_come_from_one_opening(rig: Rig, backend: Backend) -> None:
    rig.feed("lav", voice())
    captured = isolation.capture(
        microphone_for(MicrophoneRole(device="default"), backend=backend),
        (RoomTone(1.0), Speech(1.5)),
        name="microphone.host",
        tell=lambda _: None,
        cancelled=threading.Event(),
    )
    assert [take_of(captured[n]).duration_s for n in (RoomTone, Speech)] == [1.0, 1.5]


def test_a_frozen_sound_server_ends_with_the_deadline_of_the_child(
    rig: Rig, backend: Backend
) -> None:
    rig.daemon.send_signal(19)  # SIGSTOP
    try:
        with pytest.raises(StudioCheckError):
            isolation.capture(
                microphone_for(MicrophoneRole(device="name:lavalier"), backend=backend),
                (Speech(1.0),),
                name="microphone.host",
                tell=lambda _: None,
                cancelled=threading.Event(),
                patience=isolation.Patience(open_s=4.0, silence_s=4.0, stop_s=0.5),
            )
    finally:
        rig.daemon.send_signal(18)  # SIGCONT


def test_both_microphones_are_listed_by_name(rig: Rig, backend: Backend) -> None:
    found = children.ask(partial(list_microphones, backend), 15.0, "microphones")
    assert {f"name:{name}" for name in NAMES.values()} <= {m.binding for m in found}


def test_nothing_is_printed_while_microphones_are_listed(rig: Rig, backend: Backend) -> None:
    code = f"from studiocheck.sources.microphones.roles import *; list_microphones({backend!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=rig.environment,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_portaudio_for_sounddevice_pyaudio_takes_over(rig: Rig, tmp_path: Path) -> None:
    pytest.importorskip("pyaudio")
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    code = (
        "from studiocheck.core.studio import MicrophoneRole\n"
        "from studiocheck.sources.microphones.roles import microphone_for\n"
        "microphone = microphone_for(MicrophoneRole(device='name:desk'), backend='auto')\n"
        "print(microphone.open().backend)\n"
        "microphone.close()\n"
    )
    path = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**rig.environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout.strip() == "pyaudio"
