"""Choosing inputs, naming errors, collecting takes: what needs no sound system."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import DeviceGone, FormatRefused, SourceTimeout
from studiocheck.core.studio import MicrophoneRole
from studiocheck.sources.microphones import take_recorder
from studiocheck.sources.microphones.portaudio import InputDevice, bindings, choose
from studiocheck.sources.microphones.portaudio_problems import library_missing, portaudio_error
from studiocheck.sources.microphones.roles import microphone_for
from studiocheck.sources.microphones.take_recorder import TakeRecorder

INPUTS = [
    InputDevice(index=0, name="HDA Intel PCH: ALC257 Analog (hw:0,0)", host_api="ALSA"),
    InputDevice(index=3, name="RODE Wireless GO II RX: USB Audio (hw:2,0)", host_api="ALSA"),
    InputDevice(index=5, name="default", host_api="ALSA", is_default=True),
]
RATE_HZ = 8000


@pytest.mark.parametrize(
    ("binding", "index"),
    [("default", 5), ("index:0", 0), ("index:3", 3), ("name:rode wireless", 3), ("name: hda ", 0)],
)
def test_a_binding_finds_its_input(binding: str, index: int) -> None:
    assert choose(INPUTS, binding).index == index


@pytest.mark.parametrize("binding", ["index:1", "name:Neumann"])
def test_an_absent_input_is_gone_and_the_message_lists_what_is_there(binding: str) -> None:
    with pytest.raises(DeviceGone) as caught:
        choose(INPUTS, binding)
    for language in (caught.value.message.en, caught.value.message.zh):
        assert "RODE Wireless GO II RX" in language
        assert "index:3" in language


def test_a_name_of_two_inputs_is_refused_but_a_whole_name_wins_over_a_part() -> None:
    twins = [
        InputDevice(index=1, name="USB Mic", host_api="ALSA"),
        InputDevice(index=2, name="USB Mic 2", host_api="ALSA"),
        InputDevice(index=4, name="USB Mic 2 (front)", host_api="ALSA"),
    ]
    assert choose(twins, "name:usb mic").index == 1
    assert choose(twins, "name:front").index == 4
    with pytest.raises(DeviceGone, match="more than one"):
        choose(twins, "name:usb")


def test_one_microphone_under_four_windows_apis_is_one_microphone() -> None:
    apis = ["MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS"]
    inputs = [InputDevice(index=i, name="Yeti", host_api=api) for i, api in enumerate(apis)]
    assert choose(inputs, "name:yeti").host_api == "Windows WASAPI"
    assert {d.index: b for b, d in bindings(inputs)}[2] == "name:Yeti"


def test_no_input_at_all_is_said_so() -> None:
    with pytest.raises(DeviceGone, match="no microphone at all"):
        choose([], "default")


@given(st.text(max_size=20))
def test_no_binding_makes_a_traceback(binding: str) -> None:
    words = ("default", "index:", "name:")
    if binding.strip().startswith(words):
        with contextlib.suppress(DeviceGone, FormatRefused):
            choose(INPUTS, binding)
    else:
        with pytest.raises(FormatRefused):
            choose(INPUTS, binding)


@pytest.mark.parametrize(
    ("code", "said", "expected"),
    [
        (-9999, "Unanticipated host error (0, -5, 'Input/output error')", "gone"),
        (-9999, "Unanticipated host error [errno -13] Permission denied", "denied"),
        (-9999, "Unanticipated host error: Device or resource busy", "busy"),
        (-9985, "Device unavailable", "busy"),
        (-9996, "Invalid device", "gone"),
        (-9997, "Invalid sample rate", "format"),
        (-9998, "Invalid number of channels", "format"),
        (-9994, "Sample format not supported", "format"),
        (-9992, "Insufficient memory", "source"),
        (None, "Error querying device -1", "source"),
    ],
)
def test_portaudio_errors_become_ours(code: int | None, said: str, expected: str) -> None:
    error = portaudio_error("Host lavalier", code, said, rate_hz=44100, channels=2)
    assert error.code == expected
    assert error.advice is not None
    assert "Host lavalier" in error.message.zh


@pytest.mark.parametrize(
    ("code", "rate_hz", "channels", "own"),
    [(-9997, 48000, 1, "44100 Hz"), (-9998, 48000, 2, "mono"), (-9998, 48000, 1, "2 channels")],
)
def test_what_a_device_refuses_is_told_with_what_it_has_itself(
    code: int, rate_hz: int, channels: int, own: str
) -> None:
    error = portaudio_error(
        "Lav",
        code,
        "Invalid",
        rate_hz=rate_hz,
        channels=channels,
        own_rate_hz=44100,
        own_channels=3 - channels,
    )
    assert isinstance(error, FormatRefused)
    assert error.message.en.endswith(f"by itself it gives {own}")
    assert error.advice is not None
    assert "studio file" in error.advice.en


def test_a_missing_library_names_the_command() -> None:
    advice = library_missing("PortAudio", "portaudio").advice
    assert advice is not None
    assert "install" in advice.en


@pytest.mark.parametrize("backend", ["auto", "sounddevice", "pyaudio"])
def test_microphones_are_picklable_before_they_are_opened(backend: str) -> None:
    device = microphone_for(MicrophoneRole(device="name:x"), backend=backend)  # type: ignore[arg-type]
    pickle.loads(pickle.dumps(device))  # noqa: S301
    device.close()


@pytest.mark.parametrize("backend", ["auto", "sounddevice", "pyaudio"])
def test_without_portaudio_the_library_is_named_and_nothing_breaks(
    tmp_path: Path, backend: str
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    (tmp_path / "pyaudio.py").write_text("raise ImportError('no pyaudio')")
    code = (
        "from studiocheck.core.errors import LibraryMissing\n"
        "from studiocheck.core.studio import MicrophoneRole\n"
        "from studiocheck.sources.microphones.roles import microphone_for, list_microphones\n"
        f"role, backend = MicrophoneRole(device='default'), {backend!r}\n"
        "for action in (microphone_for(role, backend=backend).open,"
        " lambda: list_microphones(backend)):\n"
        "    try: action()\n"
        "    except LibraryMissing as error: print(error.message.en, '|', error.advice.en)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    library = "PyAudio" if backend == "pyaudio" else "PortAudio"
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{library} is not installed | run `") for line in lines)
    assert done.stderr == ""


# ---------------------------------------------------------------- takes


def played(recorder: TakeRecorder, blocks: int, stop: threading.Event) -> threading.Thread:
    """Feed a ramp in blocks of 10 ms, twenty times as fast as real."""

    def run() -> None:
        for index in range(blocks):
            if stop.is_set():
                return
            ramp = np.arange(80 * index, 80 * (index + 1), dtype=np.float32)
            recorder.receive(ramp[:, None], overflow=index % 10 == 0)
            time.sleep(0.0005)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_a_take_has_exactly_the_samples_asked_for_without_a_seam() -> None:
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    stop, shares = threading.Event(), list[float]()
    thread = played(recorder, 100_000, stop)
    for seconds in (1.0, 0.5):
        samples, overflows = recorder.take(seconds, shares.append)
        assert samples.shape == (round(seconds * RATE_HZ), 1)
        assert np.all(np.diff(samples[:, 0]) == 1)
        assert overflows >= 1
    stop.set()
    thread.join()
    assert shares[-1] == 1.0


def test_the_start_of_a_take_is_left_out() -> None:
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    wait = threading.Thread(target=lambda: played(recorder, 400, threading.Event()).join())
    timer = threading.Timer(0.1, wait.start)
    timer.start()
    samples, _ = recorder.take(1.0, lambda _: None)
    wait.join()
    assert samples[0, 0] == round(take_recorder.START_UP_S * RATE_HZ)


def test_a_stream_that_never_delivers_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_recorder, "SILENCE_S", 0.3)
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    with pytest.raises(SourceTimeout):
        recorder.wait_for_sound()


def test_a_stream_that_falls_silent_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_recorder, "SILENCE_S", 0.3)
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    played(recorder, 20, threading.Event())
    with pytest.raises(SourceTimeout):
        recorder.take(5.0, lambda _: None)


def test_a_stream_that_ends_is_a_microphone_that_left() -> None:
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    threading.Timer(0.1, recorder.end).start()
    with pytest.raises(DeviceGone):
        recorder.take(5.0, lambda _: None)
    with pytest.raises(DeviceGone):
        TakeRecorder("mic", RATE_HZ, 1, lambda: False).take(5.0, lambda _: None)


def test_signs_of_life_come_four_times_a_second() -> None:
    recorder = TakeRecorder("mic", RATE_HZ, 1, lambda: True)
    beats: list[float] = []
    threading.Timer(1.1, recorder.end).start()
    with pytest.raises(DeviceGone):
        recorder.take(5.0, lambda _: beats.append(time.monotonic()))
    assert len(beats) >= 4
