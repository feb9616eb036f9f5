"""Real PortAudio devices through the real sources, in the real capture child."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.checks import mic_present
from studiocheck.core.case import Case
from studiocheck.core.errors import DeviceGone, SourceTimeout, StudioCheckError
from studiocheck.core.evidence import Captured, RoomTone, Speech, TakeEvidence
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import MicrophoneRole, Targets
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.level import rms_dbfs
from studiocheck.measure.sound.loudness_bs1770 import loudness
from studiocheck.measure.sound.signal_state import SignalState, signal_state
from studiocheck.simulator.voice import speak
from studiocheck.sources import isolation
from studiocheck.sources.messages import Began, Message
from studiocheck.sources.microphones import Backend, list_microphones, microphone_for
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


def test_a_frozen_sound_server_ends_with_the_deadline_of_the_child(rig: Rig) -> None:
    rig.daemon.send_signal(19)  # SIGSTOP
    try:
        with pytest.raises(StudioCheckError):
            isolation.capture(
                microphone_for(MicrophoneRole(device="name:lavalier"), backend="sounddevice"),
                (Speech(1.0),),
                name="microphone.host",
                tell=lambda _: None,
                cancelled=threading.Event(),
                patience=isolation.Patience(open_s=4.0, silence_s=4.0, stop_s=0.5),
            )
    finally:
        rig.daemon.send_signal(18)  # SIGCONT


def test_both_microphones_are_listed_by_name(rig: Rig, backend: Backend) -> None:
    found = isolation.ask(partial(list_microphones, backend), 15.0, "microphones")
    assert {f"name:{name}" for name in NAMES.values()} <= {m.binding for m in found}


def test_nothing_is_printed_while_microphones_are_listed(rig: Rig, backend: Backend) -> None:
    code = f"from studiocheck.sources.microphones import *; list_microphones({backend!r})"
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
        "from studiocheck.sources.microphones import microphone_for\n"
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
