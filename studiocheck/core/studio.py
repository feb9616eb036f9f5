"""What stands in a room, and what a show asks of it: the nouns behind the two user files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, MinLen

Share = Annotated[float, Ge(0), Le(1)]
Region = tuple[Share, Share, Share, Share]
"""x, y, width, height as shares of the picture, origin top left."""

_STRICT: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRole:
    """One camera of the studio and how it is used.

    ``device`` is a binding: ``usb:VID:PID:SERIAL``, ``/dev/video0``, ``index:0``, ``name:…``,
    ``rtsp://…``, ``http://…``, ``file:clip.mp4``, ``obs:…`` or ``sim:main``. ``lock`` allows
    studiocheck to hold exposure, white balance and focus still while it measures; what it sets it
    puts back. Regions say where things stand in its picture; ``ignore`` lists lamps, windows and
    screens that may be white.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    device: Annotated[str, MinLen(1)]
    lock: bool = False
    width: Annotated[int, Gt(0), Le(16384)] | None = None
    height: Annotated[int, Gt(0), Le(16384)] | None = None
    fps: Annotated[float, Gt(0), Le(480)] | None = None
    lighting: Literal["three-point"] | None = None
    white_balance: Annotated[int, Ge(1000), Le(20000)] | Literal["auto"] | None = None
    neutral_patch: Region | None = None
    subject: Region | None = None
    face: Region | None = None
    product: Region | None = None
    background: Region | None = None
    green_screen: Region | None = None
    ignore: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneRole:
    """One microphone: ``default``, ``index:3``, ``name:…``, ``file:room.wav`` or ``sim:host``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    device: Annotated[str, MinLen(1)]
    channels: Annotated[int, Ge(1), Le(32)] = 1
    rate_hz: Annotated[int, Ge(8000), Le(192000)] = 48000


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerRole:
    """The monitor loudspeaker, needed only by active acoustic measurements.

    ``device`` is ``default``, ``index:3``, ``name:…`` or ``sim:monitor``. ``sweep_dbfs`` is the
    peak level of the sweep that it plays. ``on_air`` says whether it plays the programme while the
    show is on; one that is mute then cannot leak into a microphone.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    device: Annotated[str, MinLen(1)]
    sweep_dbfs: Annotated[float, Ge(-60), Le(-6)] = -20.0
    on_air: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkRole:
    """One way out of the room, and the far end that it is measured to.

    ``target`` takes uploads; ``ingest`` takes the show: ``rtmp://HOST/APP``, ``rtmps://…`` or
    ``srt://HOST:PORT``, and stands for ``target`` where that is one of these. The stream key is a
    secret: ``stream_key`` is its name, never itself. ``platform`` says whose ingest it is where the
    address does not; it stands for that of the profile.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    interface: str | None = None
    target: Annotated[str, MinLen(1)] | None = None
    ingest: Annotated[str, MinLen(1)] | None = None
    stream_key: Annotated[str, MinLen(1)] | None = None
    platform: Annotated[str, MinLen(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderRole:
    """The encoder: OBS Studio by its websocket."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    obs: str | None = None


LampKind = Literal["key", "fill", "back", "background", "window", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LampRole:
    """One lamp of the set, or the window, and how it is switched.

    ``control`` is ``elgato://HOST``, ``artnet://HOST/UNIVERSE/CHANNEL``, ``sacn://UNIVERSE/CHANNEL``
    or ``sacn://HOST/UNIVERSE/CHANNEL``; without it the lamp is switched by hand. ``output`` (share
    of full) and ``kelvin`` are what the lamp is set to for the show. A DMX frame always carries the
    whole universe, so ``dmx_universe_is_ours`` is the crew's word that nothing but the lamps named
    in this file hangs on it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    control: Annotated[str, MinLen(1)] | None = None
    kind: LampKind | None = None
    kelvin: Annotated[int, Ge(1000), Le(20000)] | None = None
    output: Annotated[float, Gt(0), Le(1)] | None = None
    dmx_universe_is_ours: bool = False


_KINDS_BY_WORD: Mapping[str, LampKind] = {
    "background": "background", "backdrop": "background", "cyc": "background", "背景": "background",
    "key": "key", "主光": "key",
    "fill": "fill", "辅光": "fill", "补光": "fill",
    "back": "back", "rim": "back", "hair": "back", "轮廓": "back", "逆光": "back", "发光": "back",
    "window": "window", "blinds": "window", "daylight": "window", "窗": "window",
}  # fmt: skip


def lamp_kind(name: str, lamp: LampRole) -> LampKind:
    """Return what a lamp is for: as declared, else by its name.

    Examples
    --------
    >>> lamp_kind("key-left", LampRole()), lamp_kind("背景光", LampRole())
    ('key', 'background')
    >>> lamp_kind("desk", LampRole(kind="fill")), lamp_kind("desk", LampRole())
    ('fill', 'other')
    """
    if lamp.kind is not None:
        return lamp.kind
    kinds = (kind for word, kind in _KINDS_BY_WORD.items() if word in name.lower())
    return next(kinds, "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The equipment of one room, by role; ``ntp`` is the time server that its clock is held to.

    ``secrets`` is a TOML file of stream keys, which nobody but its owner may read; a relative path
    begins where the studio file lies.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    name: Annotated[str, MinLen(1)]
    profile: str | None = None
    cameras: Mapping[str, CameraRole] = field(default_factory=dict)
    microphones: Mapping[str, MicrophoneRole] = field(default_factory=dict)
    speakers: Mapping[str, SpeakerRole] = field(default_factory=dict)
    uplinks: Mapping[str, UplinkRole] = field(default_factory=dict)
    lamps: Mapping[str, LampRole] = field(default_factory=dict)
    encoder: EncoderRole | None = None
    ntp: Annotated[str, MinLen(1)] | None = None
    secrets: Annotated[str, MinLen(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The picture that the show is made in."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    width: Annotated[int, Gt(0), Le(16384)] = 1920
    height: Annotated[int, Gt(0), Le(16384)] = 1080
    fps: Annotated[float, Gt(0), Le(480)] = 30.0
    window_s: Annotated[float, Ge(1), Le(60)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """How long the microphones listen."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    quiet_s: Annotated[float, Ge(1), Le(60)] = 5.0
    speech_s: Annotated[float, Ge(3), Le(120)] = 10.0


BackgroundFamily = Literal["white", "pink", "warm", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light that the show is made in.

    Parameters
    ----------
    cct_kelvin : float
        Colour temperature of the light on the presenter, K.
    key_fill_stops, back_key_stops : float
        By how much the key light outshines the fill on the subject, and the back light the key,
        stops; negative where it is weaker.
    subject_luma : float
        How bright the subject is meant to be, % of full scale.
    background : str, optional
        What the background of this kind of show looks like; None where anything goes.
    mains_hz : int
        The country's mains frequency.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    cct_kelvin: Annotated[float, Ge(2000), Le(12000)] = 5500.0
    key_fill_stops: Annotated[float, Ge(-3), Le(5)] = 1.0
    back_key_stops: Annotated[float, Ge(-5), Le(3)] = -0.5
    subject_luma: Annotated[float, Ge(10), Le(90)] = 55.0
    background: BackgroundFamily | None = None
    mains_hz: Literal[50, 60] = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The stream that the uplink has to carry: video and audio together.

    ``platform`` names the row of the platform table that it is compared with; ``broadcast_s`` is
    the length of a test broadcast, ``sustained_s`` that of a thorough check of the uplink, s.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    bitrate_mbit_s: Annotated[float, Gt(0), Le(1000)] = 6.0
    recording_mbit_s: Annotated[float, Gt(0), Le(10000)] = 12.0
    show_hours: Annotated[float, Gt(0), Le(48)] = 2.0
    keyframe_s: Annotated[float, Gt(0), Le(10)] = 2.0
    broadcast_s: Annotated[float, Ge(5), Le(120)] = 15.0
    sustained_s: Annotated[float, Ge(3), Le(600)] = 60.0
    platform: Annotated[str, MinLen(1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Everything a check may hold a measurement against, from profile and studio file."""

    video: Video = field(default_factory=Video)
    sound: Sound = field(default_factory=Sound)
    light: Light = field(default_factory=Light)
    stream: Stream = field(default_factory=Stream)


def sweep_speaker(studio: Studio, microphone: MicrophoneRole) -> tuple[str, SpeakerRole] | None:
    """Return the loudspeaker that a microphone can hear a sweep from: the monitor, or the first.

    Examples
    --------
    >>> desk, wall = SpeakerRole(device="name:desk"), SpeakerRole(device="name:wall")
    >>> room = Studio(name="a", speakers={"wall": wall, "monitor": desk})
    >>> sweep_speaker(room, MicrophoneRole(device="default"))[0]
    'monitor'
    >>> sweep_speaker(room, MicrophoneRole(device="file:room.wav")) is None  # it was long ago
    True
    """
    if microphone.device.startswith("file:") or not studio.speakers:
        return None
    name = "monitor" if "monitor" in studio.speakers else next(iter(studio.speakers))
    return name, studio.speakers[name]


_INGEST_SCHEMES = ("rtmp://", "rtmps://", "srt://")


def ingest_of(uplink: UplinkRole) -> str | None:
    """Return the address of the server that takes the show; None where none is named.

    Examples
    --------
    >>> ingest_of(UplinkRole(target="rtmp://live.example/app"))
    'rtmp://live.example/app'
    >>> ingest_of(UplinkRole(target="https://up.example/")) is None
    True
    """
    target = uplink.target or ""
    return uplink.ingest or (target if target.startswith(_INGEST_SCHEMES) else None)


def has_ingest(binding: Role, *_: object) -> bool:
    """Return whether the show goes out by an uplink; fits `Check.applies`."""
    return isinstance(binding, UplinkRole) and ingest_of(binding) is not None


Role = CameraRole | MicrophoneRole | UplinkRole | None
