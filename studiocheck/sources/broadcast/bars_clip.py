"""The picture and the sound of a test broadcast: colour bars and silence, encoded once.

Each picture is padded with filler that decoders discard, so that any bitrate is met to the byte.
What a channel would show if ever it went on air is what a test broadcast has always shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import LibraryMissing
from studiocheck.core.network import StreamPlan
from studiocheck.core.text import Text
from studiocheck.sources.bounded import silently
from studiocheck.sources.broadcast.encoder_shape import frame_bytes
from studiocheck.wire import amf0, flv, h264

SOUND_RATE_HZ = 48000
SOUND_FRAME = 1024
"""Samples in one AAC frame."""
_MESSAGE_BYTES = 14
"""What RTMP adds to a message, about."""
_BARS_YUV = (
    (180, 128, 128), (162, 44, 142), (131, 156, 44), (112, 72, 58),
    (84, 184, 198), (65, 100, 212), (35, 212, 114),
)  # fmt: skip
"""75 % colour bars, Rec. 709, studio range."""


@dataclass(frozen=True, slots=True)
class BarsClip:
    """One key frame's period of a stream: bodies of FLV tags, to be repeated.

    Parameters
    ----------
    about : mapping
        What the server is told.
    picture_header, sound_header : bytes
        For the decoders.
    pictures : tuple of bytes
        The first is the key frame.
    sound : bytes
        One AAC frame of silence, the same every time.
    fps : float
        Pictures per second.
    """

    about: amf0.Value
    picture_header: bytes
    sound_header: bytes
    pictures: tuple[bytes, ...]
    sound: bytes
    fps: float


@contextmanager
def encoders() -> Iterator[None]:
    """Say what to do where PyAV lacks the encoders of a test broadcast; raises `LibraryMissing`."""
    try:
        yield
    except (av.error.FFmpegError, ValueError) as error:
        raise LibraryMissing(
            Text(
                "PyAV on this computer cannot encode the test picture (H.264, AAC)",
                "本机的 PyAV 无法编码测试画面（H.264、AAC）",
            ),
            Text("run `pip install --upgrade av`", "请运行 `pip install --upgrade av`"),
        ) from error


def make_clip(plan: StreamPlan, beat: Callable[[], None] = silently) -> BarsClip:
    """Encode the clip of a plan: some tenths of a second.

    Parameters
    ----------
    plan : StreamPlan
        Picture, key-frame interval and bitrate, sound included.
    beat : callable
        Called for every picture.

    Raises
    ------
    LibraryMissing
        If this computer's PyAV cannot encode H.264 or AAC.
    """
    shape = frame_bytes(plan)
    with encoders():
        pictures, configuration = _pictures(plan, len(shape), beat)
        silence, sound_configuration = _silence()
    sound = flv.sound(silence)
    sound_share = (len(sound) + _MESSAGE_BYTES) * SOUND_RATE_HZ / SOUND_FRAME / plan.fps
    padded = tuple(
        _padded(units, size - _MESSAGE_BYTES - sound_share, key=place == 0)
        for place, (units, size) in enumerate(zip(pictures, shape, strict=True))
    )
    return BarsClip(
        about=_about(plan, sound_share),
        picture_header=flv.picture_header(configuration),
        sound_header=flv.sound_header(sound_configuration),
        pictures=padded,
        sound=sound,
        fps=plan.fps,
    )


def _about(plan: StreamPlan, sound_share: float) -> amf0.Value:
    sound_kbit_s = sound_share * plan.fps * 8e-3
    return {
        "width": plan.width, "height": plan.height, "framerate": plan.fps,
        "videocodecid": 7.0, "videodatarate": plan.bitrate_mbit_s * 1000 - sound_kbit_s,
        "audiocodecid": 10.0, "audiodatarate": sound_kbit_s,
        "audiosamplerate": float(SOUND_RATE_HZ), "stereo": True, "encoder": "studiocheck",
    }  # fmt: skip


def _padded(units: bytes, size: float, *, key: bool) -> bytes:
    filler = h264.filler(int(size) - flv.PICTURE_HEADER_BYTES - len(units))
    return flv.picture(units + filler, key=key)


def _pictures(plan: StreamPlan, count: int, beat: Callable[[], None]) -> tuple[list[bytes], bytes]:
    """Return the units of each picture, and the configuration of their decoder."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)  # noqa: S101 - a video encoder was asked for
    encoder.width, encoder.height = (size + size % 2 for size in (plan.width, plan.height))
    encoder.pix_fmt = "yuv420p"
    rate = Fraction(plan.fps).limit_denominator(1001)
    encoder.time_base, encoder.framerate = 1 / rate, rate
    encoder.bit_rate = 200_000
    encoder.options = {
        "preset": "ultrafast", "tune": "zerolatency", "g": str(count), "sc_threshold": "0",
    }  # fmt: skip
    frame = av.VideoFrame.from_ndarray(bars(encoder.width, encoder.height), format="yuv420p")
    packets = []
    for place in range(count):
        beat()
        frame.pts = place
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    taken = [h264.units_of(bytes(packet)) for packet in packets]
    sets = {h264.kind_of(unit): unit for unit in taken[0]}
    header_kinds = {h264.SPS, h264.PPS}
    pictures = [
        h264.length_prefixed([unit for unit in units if h264.kind_of(unit) not in header_kinds])
        for units in taken
    ]
    if len(pictures) != count or not header_kinds <= set(sets):
        message = "the encoder does not give a picture for each frame"
        raise ValueError(message)
    return pictures, h264.configuration(sets[h264.SPS], sets[h264.PPS])


def bars(width: int, height: int) -> NDArray[np.uint8]:
    """Return colour bars as planes of 4:2:0."""
    place = np.arange(width) * len(_BARS_YUV) // width
    luma, blue, red = np.array(_BARS_YUV, np.uint8).T
    half = place[::2]
    planes = (
        np.broadcast_to(row, (rows, len(row))).ravel()
        for row, rows in (
            (luma[place], height),
            (blue[half], height // 2),
            (red[half], height // 2),
        )
    )
    return np.concatenate(list(planes)).reshape(height * 3 // 2, width)


def _silence() -> tuple[bytes, bytes]:
    """Return one AAC frame of silence, and the configuration of its decoder."""
    encoder = av.CodecContext.create("aac", "w")
    assert isinstance(encoder, av.AudioCodecContext)  # noqa: S101 - a sound encoder was asked for
    encoder.sample_rate, encoder.layout = SOUND_RATE_HZ, "stereo"
    encoder.format, encoder.bit_rate = "fltp", 128_000
    packets: list[bytes] = []
    for place in range(4):
        samples = np.zeros((2, SOUND_FRAME), np.float32)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = SOUND_RATE_HZ, place * SOUND_FRAME
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets[-1], bytes(encoder.extradata or b"\x11\x90")
