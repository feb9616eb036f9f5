"""The parts of the simulated studio: what each is set to, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le

from studiocheck.core.studio import (
    Region,
    Share,
)

TAKEN = "2026-01-01T00:00:00Z"
"""A scene has no past; its calibrations are from the first day of the year it was made in."""


_MOST_PIXELS = 7680
"""Of a side of a camera's picture: 8K; larger ones would fill the memory."""
_STRICT: dict[str, Any] = {"extra": "forbid"}


Point = tuple[float, float, float]
"""x to the right, y up, z towards the camera; metres; the presenter stands at the origin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """One lamp: an area light of ``size_m`` at ``at``, aimed at ``aim``.

    ``intensity`` is relative; ``output`` is what the dimmer gives, 1 as planned.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    at: Point
    aim: Point = (0.0, 1.3, 0.0)
    size_m: Annotated[float, Gt(0)] = 0.6
    intensity: Annotated[float, Ge(0)] = 1.0
    beam: Annotated[float, Ge(0)] = 1.0
    output: Annotated[float, Ge(0)] = 1.0
    cct_kelvin: Annotated[float, Ge(1500), Le(20000)] = 5500.0
    flicker: Annotated[float, Ge(0), Le(1)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """One camera: what it sees with, what it delivers, and what is wrong with it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    width: Annotated[int, Gt(15), Le(_MOST_PIXELS)] = 1920
    height: Annotated[int, Gt(15), Le(_MOST_PIXELS)] = 1080
    fps: Annotated[float, Gt(0)] = 30.0
    pan_m: float = 0.0
    zoom: Annotated[float, Gt(0)] = 1.0
    exposure_stops: float = 0.0
    white_balance_kelvin: Annotated[float, Ge(1500), Le(20000)] = 5500.0
    auto_white_balance: bool = False
    auto_exposure: bool = False
    auto_exposure_priority: bool = False
    auto_focus: bool = False
    exposure_100us: Annotated[int, Gt(0)] = 20
    port: str | None = None
    link_mbit_s: Annotated[float, Gt(0)] | None = None
    contrast: Annotated[float, Ge(0.5), Le(2.5)] = 1.0
    noise_dn: Annotated[float, Ge(0)] = 1.2
    blur_px: Annotated[float, Ge(0)] = 0.6
    jitter_ms: Annotated[float, Ge(0)] = 0.3
    shake_px: Annotated[float, Ge(0)] = 0.0
    moved_px: float = 0.0
    upscaled: bool = False
    torn_share: Annotated[float, Ge(0), Le(1)] = 0.0
    drop_share: Annotated[float, Ge(0), Le(1)] = 0.0
    duplicate_share: Annotated[float, Ge(0), Le(1)] = 0.0
    frozen: bool = False
    black: bool = False
    slate: Literal["", "bars", "nosignal", "solid"] = ""
    gone: bool = False
    hung: bool = False
    busy: bool = False
    lighting: Literal["three-point"] | None = None
    neutral_patch: Region | None = None
    subject: Region | None = None
    face: Region | None = None
    product: Region | None = None
    background: Region | None = None
    green_screen: Region | None = None
    ignore: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """The room that is heard and seen: reverberation, its own noise, ambient light.

    ``wall`` is the reflectance of a plain wall in the place of the dressed one; ``bounce`` the
    light of its colour that it throws on what is turned to it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    rt60_s: Annotated[float, Ge(0), Le(5)] = 0.25
    noise_dbfs: Annotated[float, Le(0)] = -72.0
    ambient: Annotated[float, Ge(0)] = 0.02
    ambient_cct_kelvin: Annotated[float, Ge(1500), Le(20000)] = 4500.0
    window: Annotated[float, Ge(0)] = 0.0
    window_cct_kelvin: Annotated[float, Ge(1500), Le(20000)] = 6500.0
    wall: tuple[Share, Share, Share] | None = None
    bounce: Annotated[float, Ge(0), Le(10)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    """Who stands in the light and speaks.

    ``shine`` is what skin and clothes mirror of a lamp, ``blush`` how red make-up turns the skin.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    present: bool = True
    speaks: bool = True
    at: Point = (0.0, 0.0, 0.0)
    sway_m: Annotated[float, Ge(0)] = 0.012
    skin: Annotated[float, Gt(0), Le(1)] = 0.5
    shine: Annotated[float, Ge(0), Le(1)] = 0.05
    blush: Annotated[float, Ge(0), Le(1)] = 0.0
    shirt: tuple[float, float, float] = (0.16, 0.24, 0.36)
    pitch_hz: Annotated[float, Gt(40), Le(500)] = 165.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneModel:
    """One microphone: where it stands, how loud speech is in it, and what is wrong with it.

    ``full_scale_db_spl`` is the sound pressure of 0 dBFS rms, ``tone_db_spl`` what a sound
    calibrator on it gives; while that sits there, nothing else is heard.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    rate_hz: Annotated[int, Ge(8000)] = 48000
    channels: Annotated[int, Ge(1), Le(2)] = 1
    speech_lufs: Annotated[float, Le(0)] = -18.0
    distance_m: Annotated[float, Gt(0)] = 0.3
    full_scale_db_spl: Annotated[float, Ge(60), Le(180)] = 100.0
    tone_db_spl: Annotated[float, Ge(0), Le(160)] | None = None
    tone_hz: Annotated[float, Gt(0), Le(20000)] = 1000.0
    gain_db: float = 0.0
    drive_db: float = 0.0
    noise_dbfs: Annotated[float, Le(0)] = -75.0
    hum_dbfs: float | None = None
    hum_hz: Literal[50, 60] = 50
    echo_ms: Annotated[float, Ge(0)] = 0.0
    echo_db: float | None = None
    leak_db: float | None = None
    gaps: Annotated[int, Ge(0)] = 0
    repeats: Annotated[int, Ge(0)] = 0
    losses: Annotated[int, Ge(0)] = 0
    dc_offset: Annotated[float, Ge(-1), Le(1)] = 0.0
    dead_side: bool = False
    bandwidth_hz: Annotated[float, Gt(0)] | None = None
    inverted: bool = False
    clock_ppm: float = 0.0
    muted: bool = False
    gone: bool = False
    hung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerModel:
    """The monitor loudspeaker.

    ``heard_db`` is the level of its sound in a microphone ``distance_m`` away, all ways through the
    room together, against what is played; ``gain_db`` what its knob adds. So quiet a monitor does
    not leak, and only a sweep of ``sweep_dbfs`` shows the decay of the room in it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    heard_db: float = -46.5
    sweep_dbfs: Annotated[float, Ge(-60), Le(-6)] = -6.0
    distance_m: Annotated[float, Gt(0)] = 1.5
    gain_db: float = 0.0
    muted: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkModel:
    """One uplink: rate, delay, loss, and what is wrong with it.

    ``ingest`` says that its far end takes streams (RTMP) too; ``bad_app``, ``bad_key`` and
    ``hangs_up`` that it refuses them sooner or later, ``silent`` that it takes them and never
    answers, ``no_ingest`` that it turns out to be no such server, ``foreign`` that it is a
    platform's, where a test could go on air. ``others_mbit_s`` is what
    another program of the computer, ``sender``, sends; ``same_path`` that the router behind this
    uplink is the one behind the first; ``no_names`` that no name can be looked up.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    rate_mbit_s: Annotated[float, Gt(0)] = 20.0
    loss: Annotated[float, Ge(0), Le(1)] = 0.0
    delay_ms: Annotated[float, Ge(0)] = 15.0
    jitter_ms: Annotated[float, Ge(0)] = 0.0
    queue_ms: Annotated[float, Ge(0)] = 40.0
    """How long what is sent waits in the router when the line is full."""
    medium: Literal["wired", "wireless", "cellular", "phone", "vpn", "unknown"] = "wired"
    link_mbit_s: float | None = 1000.0
    cut: bool = False
    blackhole: bool = False
    refused: bool = False
    platform: str | None = None
    unreadable: bool = False
    ingest: bool = False
    bad_app: bool = False
    bad_key: bool = False
    hangs_up: bool = False
    silent: bool = False
    no_ingest: bool = False
    foreign: bool = False
    dns_ms: Annotated[float, Ge(0)] = 18.0
    no_names: bool = False
    others_mbit_s: Annotated[float, Ge(0)] = 0.0
    sender: str = "cloud-backup"
    signal_dbm: float | None = None
    same_path: bool = False

    @property
    def free_mbit_s(self) -> float:
        """What the other programs leave of its rate, Mbit/s."""
        return max(0.05 * self.rate_mbit_s, self.rate_mbit_s - self.others_mbit_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostModel:
    """The computer.

    ``clock_ms`` is by how much its clock is ahead, None where no time server is there to ask;
    ``clock_kept`` whether its kernel says that somebody keeps it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT
    cpu_percent: Annotated[float, Ge(0), Le(100)] = 35.0
    cores: Annotated[int, Gt(0)] = 8
    memory_gb: Annotated[float, Gt(0)] = 16.0
    memory_free_gb: Annotated[float, Ge(0)] = 9.0
    disk_free_gb: Annotated[float, Ge(0)] = 250.0
    clock_ms: float | None = 3.0
    clock_kept: bool = True
    unreadable: bool = False
