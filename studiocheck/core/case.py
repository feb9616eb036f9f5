"""One check on one device: the evidence it may look at, and what it says where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from studiocheck.core.errors import (
    NO_SOUND,
    NO_SOUND_ADVICE,
    NotAsked,
    Problem,
    Unmeasurable,
)
from studiocheck.core.evidence import (
    Captured,
    Clip,
    Clock,
    ClockEvidence,
    Evidence,
    Golden,
    HostEvidence,
    HostLoad,
    Lamps,
    Link,
    Need,
    RoomBaseline,
    RoomTone,
    Sensitivity,
    Speech,
    Sustained,
    Sweep,
    Traffic,
    Upload,
    White,
)
from studiocheck.core.lighting import LampsEvidence, WhiteEvidence
from studiocheck.core.network import (
    BroadcastEvidence,
    LinkEvidence,
    TrafficEvidence,
    UploadEvidence,
)
from studiocheck.core.once import Once
from studiocheck.core.picture import ClipEvidence, LookEvidence
from studiocheck.core.sound import RoomEvidence, SensitivityEvidence
from studiocheck.core.studio import (
    CameraRole,
    MicrophoneRole,
    Role,
    Targets,
    UplinkRole,
)
from studiocheck.core.takes import SweepEvidence, TakeEvidence, is_sound
from studiocheck.core.text import Text

E = TypeVar("E", bound=Evidence)
S = TypeVar("S", TakeEvidence, SweepEvidence)


def _is_sound(heard: TakeEvidence | SweepEvidence) -> bool:
    return is_sound(heard.samples)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another device of the same kind in the same run, for checks that compare."""

    binding: Role
    captured: Mapping[type[Need], Captured]

    @property
    def clip(self) -> ClipEvidence | None:
        """Its clip, whole; None where there is none."""
        found = self.captured.get(Clip)
        if found is None or found.problem is not None:
            return None
        return found.evidence if isinstance(found.evidence, ClipEvidence) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One check on one device: everything that its measurement may look at."""

    role: str
    binding: Role
    targets: Targets
    captured: Mapping[type[Need], Captured]
    peers: Mapping[str, Peer] = field(default_factory=dict)
    """The other devices of the same kind, by role, in the order of the studio file."""
    place: int = 0
    """How many of its kind come before it in the studio file: the first uplink carries the show."""
    once: Once = field(default_factory=Once)
    """Does work that checks share: ``case.once(function, evidence)``."""

    def capture(self, need: type[Need]) -> Captured:
        """Return what came of a need, problem included.

        Raises
        ------
        Unmeasurable
            If this evidence was never taken.
        """
        found = self.captured.get(need)
        if found is None:
            raise Unmeasurable(
                Text(
                    "the evidence this check needs was not captured in that run",
                    "那次运行没有采集这项检查所需的证据",
                ),
                Text("run `studiocheck check` again", "请重新运行 `studiocheck check`"),
            )
        return found

    def _evidence(self, need: type[Need], kind: type[E]) -> E:
        found = self.capture(need)
        if found.problem is not None or not isinstance(found.evidence, kind):
            problem = found.problem or Problem("evidence", Text("wrong evidence", "证据类型不符"))
            raise Unmeasurable(problem.message, problem.advice)
        return found.evidence

    def _sound(self, need: type[Need], kind: type[S]) -> S:
        heard = self._evidence(need, kind)
        if not self.once(_is_sound, heard):
            raise Unmeasurable(NO_SOUND, NO_SOUND_ADVICE)
        return heard

    @property
    def clip(self) -> ClipEvidence:
        """The camera's clip, whole; otherwise `Unmeasurable`."""
        return self._evidence(Clip, ClipEvidence)

    @property
    def moving_clip(self) -> ClipEvidence:
        """The camera's clip if it has a time axis; a single picture is `Unmeasurable`."""
        clip = self.clip
        if clip.camera.timeless or len(clip.series) < 2:
            raise Unmeasurable(
                Text("a single picture has no time axis", "单张图片没有时间信息"),
                Text("give a camera or a clip instead of a picture", "请改用摄像头或视频文件"),
            )
        return clip

    @property
    def golden(self) -> LookEvidence:
        """The camera's golden look; `NotAsked` where none was ever stored."""
        if Golden not in self.captured:
            raise NotAsked(
                Text(
                    f"no golden look of this camera yet: on a good evening run "
                    f"`studiocheck calibrate camera --role {self.role}`",
                    f"此摄像头还没有基准画面：状态良好时请运行 "
                    f"`studiocheck calibrate camera --role {self.role}`",
                )
            )
        return self._evidence(Golden, LookEvidence)

    @property
    def lamps(self) -> LampsEvidence:
        """The light of every lamp alone in this camera; `NotAsked` where never calibrated."""
        if Lamps not in self.captured:
            raise NotAsked(
                Text(
                    f"the lamps were never calibrated for this camera: on a good evening run "
                    f"`studiocheck calibrate lights --camera {self.role}`",
                    f"此摄像头还没有灯光校准：状态良好时请运行 "
                    f"`studiocheck calibrate lights --camera {self.role}`",
                )
            )
        return self._evidence(Lamps, LampsEvidence)

    @property
    def white(self) -> WhiteEvidence | None:
        """How this camera sees a known white; None where it was never calibrated."""
        return self._evidence(White, WhiteEvidence) if White in self.captured else None

    @property
    def quiet(self) -> TakeEvidence:
        """The quiet take, whole; otherwise `Unmeasurable`."""
        return self._sound(RoomTone, TakeEvidence)

    @property
    def speech(self) -> TakeEvidence:
        """The speech take, whole; otherwise `Unmeasurable`."""
        return self._sound(Speech, TakeEvidence)

    @property
    def sweep(self) -> SweepEvidence:
        """What was heard of the sweep, whole; `NotAsked` where no loudspeaker could play one."""
        if Sweep in self.captured:
            return self._sound(Sweep, SweepEvidence)
        if self.microphone.device.startswith("file:"):
            raise NotAsked(
                Text(
                    "a recording cannot hear the monitor speaker: check the microphone itself",
                    "录音文件听不到监听音箱：请改用实际的麦克风",
                )
            )
        raise NotAsked(
            Text(
                "no monitor speaker is declared: give its device under [speakers.monitor] in the "
                "studio file, and a quiet sweep of 5 s is played through it",
                "未登记监听音箱：请在直播间设备文件的 [speakers.monitor] 中写明 device，"
                "检查时会用它轻声播放 5 秒扫频",
            )
        )

    @property
    def sensitivity(self) -> SensitivityEvidence | None:
        """What this microphone's full scale stands for; None where it was never calibrated."""
        return (
            self._evidence(Sensitivity, SensitivityEvidence)
            if Sensitivity in self.captured
            else None
        )

    @property
    def room_baseline(self) -> RoomEvidence | None:
        """How this microphone heard its room on a good day; None where nobody stored it."""
        return self._evidence(RoomBaseline, RoomEvidence) if RoomBaseline in self.captured else None

    @property
    def upload(self) -> UploadEvidence:
        """The upload; `NotAsked` where the uplink names nothing that takes one."""
        target = self.uplink.target or ""
        if not target or target.startswith(("rtmp:", "rtmps:", "srt:")):
            raise NotAsked(
                Text(
                    "an ingest takes a stream and no upload: set an https:// or tcp:// address as "
                    "the target of this uplink (`studiocheck target serve` on another computer "
                    "is one), and the ingest as its `ingest`",
                    "推流服务器不接受上传测速：请把该上行的 target 设为 https:// 或 tcp:// 地址"
                    "（可在另一台电脑上运行 `studiocheck target serve`），推流地址写在 ingest 中",
                )
            )
        return self._evidence(Upload, UploadEvidence)

    @property
    def link(self) -> LinkEvidence:
        """The interface in use; otherwise `Unmeasurable`."""
        return self._evidence(Link, LinkEvidence)

    @property
    def traffic(self) -> TrafficEvidence:
        """What else is sent; otherwise `Unmeasurable`."""
        return self._evidence(Traffic, TrafficEvidence)

    @property
    def sustained(self) -> BroadcastEvidence:
        """The long course at the planned rate; `NotAsked` where nobody asked for a long check."""
        if Sustained not in self.captured:
            raise NotAsked(
                Text(
                    "needs a minute: `studiocheck check --thorough`",
                    "需要一分钟：`studiocheck check --thorough`",
                )
            )
        return self._evidence(Sustained, BroadcastEvidence)

    @property
    def clock(self) -> ClockEvidence:
        """The computer's clock; otherwise `Unmeasurable`."""
        return self._evidence(Clock, ClockEvidence)

    @property
    def host(self) -> HostEvidence:
        """The computer's load; otherwise `Unmeasurable`."""
        return self._evidence(HostLoad, HostEvidence)

    @property
    def camera(self) -> CameraRole:
        """The camera's entry in the studio file."""
        return _as(self.binding, CameraRole)

    @property
    def microphone(self) -> MicrophoneRole:
        """The microphone's entry in the studio file."""
        return _as(self.binding, MicrophoneRole)

    @property
    def uplink(self) -> UplinkRole:
        """The uplink's entry in the studio file."""
        return _as(self.binding, UplinkRole)


R = TypeVar("R", CameraRole, MicrophoneRole, UplinkRole)


def _as(binding: Role, kind: type[R]) -> R:
    if not isinstance(binding, kind):
        message = f"this case is about {type(binding).__name__}, not {kind.__name__}"
        raise TypeError(message)
    return binding
