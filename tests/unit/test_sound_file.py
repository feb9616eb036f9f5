"""A sound file as a microphone."""

from __future__ import annotations

import contextlib
import pickle
import struct
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
from studiocheck.sources.microphones.roles import microphone_for
from studiocheck.sources.microphones.sound_file import SoundFileMicrophone, read_sound

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


# ---------------------------------------------------------------- bad input


def riff(data: bytes, code: int, channels: int, bits: int, rate_hz: int, **odd: bytes) -> bytes:
    """A WAV by hand; ``odd`` overrides its marks, its data size, or inserts chunks."""
    block = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", code, channels, rate_hz, rate_hz * block % 2**32, block % 2**16, bits
    )
    if code == 0xFFFE:
        kind = 3 if bits in {32, 64} and odd.get("float") else 1
        guid = struct.pack("<H", kind) + bytes.fromhex("000000001000800000aa00389b71")
        form += struct.pack("<HHI", 22, bits, (1 << channels) - 1) + guid
    size = odd.get("size", struct.pack("<I", len(data)))
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + odd.get("chunk", b"")
    body += b"data" + size + data
    return odd.get("mark", b"RIFF") + struct.pack("<I", len(body)) + body


def pcm(channels: int = 1, count: int = 4800) -> bytes:
    return np.tile(np.linspace(-9000, 9000, count).astype("<i2")[:, None], (1, channels)).tobytes()


LIST = b"LIST" + struct.pack("<I", 5) + b"INFOx" + b"\0"  # of an odd length, padded
READABLE = {
    "16 bit": (riff(pcm(), 1, 1, 16, 48000), 1, 48000),
    "extensible": (riff(pcm(2), 0xFFFE, 2, 16, 48000), 2, 48000),
    "eight channels": (riff(pcm(8), 0xFFFE, 8, 16, 48000), 8, 48000),
    "192 kHz": (riff(pcm(), 1, 1, 16, 192_000), 1, 192_000),
    "a chunk of odd length before the sound": (riff(pcm(), 1, 1, 16, 48000, chunk=LIST), 1, 48000),
    "a size that was never filled in": (
        riff(pcm(), 1, 1, 16, 48000, size=b"\xff\xff\xff\xff"), 1, 48000,
    ),
    "cut off in the sound": (riff(pcm(), 1, 1, 16, 48000)[:-3001], 1, 48000),
    "double": (riff(np.linspace(-0.3, 0.3, 4800).tobytes(), 3, 1, 64, 48000), 1, 48000),
    "RF64": (
        riff(
            pcm(), 1, 1, 16, 48000, mark=b"RF64", size=b"\xff\xff\xff\xff",
        ).replace(
            b"WAVEfmt ",
            b"WAVEds64" + struct.pack("<IQQQI", 28, 72 + 9600, 9600, 4800, 0) + b"fmt ", 1,
        ), 1, 48000,
    ),
}  # fmt: skip
UNREADABLE = {
    "text": b"dear diary, " * 400,
    "a header alone": riff(pcm(), 1, 1, 16, 48000)[:30],
    "no sample": riff(b"", 1, 1, 16, 48000),
    "a rate of nothing": riff(pcm(), 1, 1, 16, 0),
    "a rate beyond reason": riff(pcm(), 1, 1, 16, 4_000_000_000),
    "no channel": riff(pcm(), 1, 0, 16, 48000),
    "sixty thousand channels": riff(pcm(1, 60_000), 1, 60_000, 16, 48000),
    "not a number": riff(np.full(4800, np.nan, "<f4").tobytes(), 3, 1, 32, 48000),
    "infinite": riff(np.full(4800, np.inf, "<f4").tobytes(), 3, 1, 32, 48000),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}


@pytest.mark.parametrize("name", READABLE)
def test_a_wav_that_can_be_read_is_read_however_odd(tmp_path: Path, name: str) -> None:
    content, channels, rate_hz = READABLE[name]
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    samples, rate = read_sound(path)
    assert (samples.shape[1], rate) == (channels, rate_hz)
    assert len(samples) >= 3000
    assert 0.2 < np.abs(samples).max() < 0.4


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_wav_that_is_none_is_refused_with_advice_in_both_languages(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(UNREADABLE[name])
    with pytest.raises(FormatRefused) as caught:
        SoundFileMicrophone(f"file:{path}").open()
    assert caught.value.advice is not None
    assert "读不出声音" in caught.value.message.zh


def test_a_folder_is_no_sound(tmp_path: Path) -> None:
    with pytest.raises(FormatRefused, match="folder"):
        SoundFileMicrophone(f"file:{tmp_path}").open()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(READABLE)),
    damage=st.lists(st.tuples(st.integers(0, 79), st.integers(0, 255)), max_size=6),
    end=st.integers(0, 10_000),
)
def test_a_damaged_wav_is_read_or_refused_and_nothing_else(
    tmp_path: Path, name: str, damage: list[tuple[int, int]], end: int
) -> None:
    content = bytearray(READABLE[name][0])
    for place, value in damage:
        content[place] = value
    path = tmp_path / "x.wav"
    path.write_bytes(bytes(content[:end]))
    with contextlib.suppress(SourceError):
        samples, rate_hz = read_sound(path)
        assert np.isfinite(samples).all()
        assert samples.size
        assert 8000 <= rate_hz <= 768_000
