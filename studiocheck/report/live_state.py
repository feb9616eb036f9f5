"""What is known of a run while it goes on: what every device does, and what has been judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from studiocheck.core.errors import Problem
from studiocheck.core.events import (
    DeviceDone,
    DeviceOpened,
    DeviceOpening,
    Event,
    FindingMade,
    PersonAnswered,
    PersonAsked,
    Progress,
    RunFinished,
    RunStarted,
    RunStopping,
    Take,
    TakeStarted,
)
from studiocheck.core.measurement import Verdict
from studiocheck.core.network import Flow
from studiocheck.core.text import Text

TAKES: Mapping[Take, Text] = {
    "quiet": Text("listening to the room", "听环境声"),
    "speech": Text("listening to speech", "听说话声"),
    "sweep": Text("listening to the speaker", "听音箱声"),
    "clip": Text("watching the picture", "看画面"),
    "upload": Text("uploading", "测上行"),
    "broadcast": Text("test broadcast", "测试推流"),
    "sustained": Text("sending steadily", "持续发送"),
    "load": Text("watching the load", "看负载"),
}
WAITING = Text("waiting", "等待")
OPENING = Text("opening", "正在打开")
OPEN = Text("open", "已打开")
DONE = Text("done", "完成")


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What is known of one device."""

    stage: Text = WAITING
    take: Take | None = None
    began_s: float = 0.0
    seconds: float = 0.0
    share: float = 0.0
    flow: Flow | None = None
    done: bool = False
    problem: Problem | None = None

    def share_at(self, now_s: float) -> float:
        """Return how far a take is: what was reported, or what the clock says if that is more."""
        if self.take is None or self.seconds <= 0:
            return self.share
        return max(self.share, min(0.95, (now_s - self.began_s) / self.seconds))


@dataclass(slots=True)
class RunState:
    """What is known of the run; times in s, on the clock of whoever draws it.

    ``asked`` is what a person is asked for, and since when.
    """

    devices: dict[str, DeviceState] = field(default_factory=dict)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    checks: int = 0
    expected_s: float = 0.0
    began_s: float = 0.0
    asked: tuple[PersonAsked, float] | None = None
    stopping: bool = False

    def snapshot(self) -> RunState:
        """Return a copy that later events leave alone."""
        return replace(self, devices=dict(self.devices), verdicts=Counter(self.verdicts))

    def note(self, event: Event, now_s: float) -> None:
        """Take note of an event."""
        match event:
            case RunStarted(devices, checks, expected_s):
                self.devices = {device: DeviceState() for device in devices}
                self.checks, self.expected_s, self.began_s = checks, expected_s, now_s
            case DeviceOpening(device):
                self._change(device, stage=OPENING)
            case DeviceOpened(device):
                self._change(device, stage=OPEN)
            case PersonAsked():
                self.asked = event, now_s
            case PersonAnswered() if self.asked is not None:
                # nobody who is waited for makes the run late
                self.expected_s += now_s - self.asked[1]
                self.asked = None
            case TakeStarted(device, kind, seconds):
                self._change(
                    device, stage=TAKES[kind], take=kind, began_s=now_s, seconds=seconds,
                    share=0.0, flow=None,
                )  # fmt: skip
            case Progress(device, share, flow):
                self._change(device, share=min(1.0, max(0.0, share)), flow=flow)
            case DeviceDone(device, problem):
                self._change(device, stage=DONE, take=None, share=1.0, done=True, problem=problem)
            case FindingMade(finding):
                self.verdicts[finding.verdict] += 1
            case RunStopping():
                self.stopping, self.asked = True, None
            case RunFinished() | PersonAnswered():
                pass

    def _change(self, device: str, **changes: object) -> None:
        known = self.devices.get(device, DeviceState())
        self.devices[device] = replace(known, **changes)  # type: ignore[arg-type]
