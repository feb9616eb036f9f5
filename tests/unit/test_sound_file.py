"""A sound file as a microphone."""

from __future__ import annotations

import pickle
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studiocheck.core.capture import Microphone
from studiocheck.core.errors import DeviceGone, FormatRefused, SourceError
from studiocheck.core.studio import MicrophoneRole
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.simulator.voice import speak
from studiocheck.sources.microphones import microphone_for
from studiocheck.sources.sound_file import SoundFileMicrophone, read_sound

RATE_HZ = 48000


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, width: int = 2) -> Path:
    frames = samples.reshape(len(samples), -1)
    top = 2 ** (8 * width - 1)
    whole = np.clip(np.round(frames * top), -top, top - 1).astype(np.int64)
    whole = whole + 128 if width == 1 else whole
    data = whole.astype("<i8").reshape(-1, 1).view(np.uint8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(data)
    return path


def room_and_speech() -> np.ndarray:
    speech = speak(8, RATE_HZ, 21)
    wave_ = np.concatenate([np.zeros(3 * RATE_HZ), speech * 0.1 / speech.std()])
    return wave_ + np.random.default_rng(2).normal(0, 10 ** (-58 / 20), len(wave_))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    width=st.integers(1, 4),
    channels=st.integers(1, 3),
    rate_hz=st.sampled_from([8000, 44100, 48000, 96000]),
    seed=st.integers(0, 1000),
)
def test_every_width_of_pcm_is_read_to_its_last_bit(
    tmp_path: Path, width: int, channels: int, rate_hz: int, seed: int
) -> None:
    samples = np.random.default_rng(seed).uniform(-1, 0.99, (200, channels))
    read, rate = read_sound(write(tmp_path / "x.wav", samples, rate_hz, width))
    assert rate == rate_hz
    assert read.shape == samples.shape
    assert read.dtype == np.float32
    assert np.abs(read - samples).max() <= 0.5 * 2.0 ** (1 - 8 * width) + 1e-7


def test_a_file_is_a_speech_take_whose_pauses_are_its_quiet_take(tmp_path: Path) -> None:
    path = write(tmp_path / "room.wav", room_and_speech())
    device = microphone_for(MicrophoneRole(device=f"file:{path}"))
    assert isinstance(device, Microphone)
    device = pickle.loads(pickle.dumps(device))  # noqa: S301
    assert device.open().rate_hz == RATE_HZ
    shares: list[float] = []
    speech = device.record("speech", 10.0, shares.append)
    quiet = device.record("quiet", 5.0, shares.append)
    device.close()
    assert speech.duration_s == pytest.approx(11)
    assert quiet.duration_s > 2
    assert noise_floor(quiet.samples, RATE_HZ).flat_dbfs == pytest.approx(-58, abs=1)
    assert not speech.prompted
    assert max(shares) == 1.0


@pytest.mark.parametrize(("suffix", "codec"), [(".flac", "flac"), (".m4a", "aac"), (".mp3", "mp3")])
def test_other_formats_are_read_by_pyav(tmp_path: Path, suffix: str, codec: str) -> None:
    import av

    tone = 0.25 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE_HZ) / RATE_HZ)
    path = tmp_path / f"tone{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE_HZ, layout="mono")
        whole = np.round(tone * 32767).astype(np.int16)[None, :]
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    samples, rate_hz = read_sound(path)
    assert rate_hz == RATE_HZ
    # LAME turns everything down to 95 % before it encodes
    assert samples[12000:-12000].std() == pytest.approx(0.25 / np.sqrt(2), rel=0.06)


def test_a_float_wav_is_read_too(tmp_path: Path) -> None:
    data = np.linspace(-1, 1, 4800, dtype="<f4").tobytes()
    header = (
        b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
        + (3).to_bytes(2, "little") + (1).to_bytes(2, "little") + (48000).to_bytes(4, "little")
        + (192000).to_bytes(4, "little") + (4).to_bytes(2, "little") + (32).to_bytes(2, "little")
        + b"data" + len(data).to_bytes(4, "little")
    )  # fmt: skip
    path = tmp_path / "float.wav"
    path.write_bytes(header + data)
    samples, rate_hz = read_sound(path)
    assert (rate_hz, samples.shape) == (48000, (4800, 1))
    assert samples[-1, 0] == pytest.approx(1.0)


def test_a_file_that_is_not_there_is_gone(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="no such file"):
        SoundFileMicrophone(f"file:{tmp_path}/none.wav").open()


@pytest.mark.parametrize("content", [b"", b"RIFF", b"hello, this is no sound at all" * 50])
def test_a_file_without_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(FormatRefused):
        SoundFileMicrophone(f"file:{path}").open()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300))
def test_no_content_makes_a_traceback(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(FormatRefused):
        read_sound(path)


def test_a_wav_cut_off_while_it_was_written_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wav", np.zeros((1000, 2)), width=3)
    path.write_bytes(path.read_bytes()[:-7])
    assert len(read_sound(path)[0]) == 998


def test_a_tone_without_a_pause_has_no_quiet_take(tmp_path: Path) -> None:
    short = np.random.default_rng(1).normal(0, 0.001, RATE_HZ // 2)
    device = SoundFileMicrophone(f"file:{write(tmp_path / 'x.wav', short)}")
    device.open()
    with pytest.raises(SourceError, match="no pauses"):
        device.record("quiet", 5, lambda _: None)


def test_of_a_long_file_two_minutes_are_heard(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", np.zeros(8000 * 130), 8000)
    assert len(read_sound(path)[0]) == 120 * 8000
