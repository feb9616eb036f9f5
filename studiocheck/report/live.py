"""The run as it goes on: what every device is doing and what a person has to do now.

Draws on stderr while that is a terminal, and otherwise says nothing, or one plain line for each
step. Events come from several threads; the picture is drawn by another.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text as Line

from studiocheck.core.events import (
    DeviceDone,
    DeviceOpened,
    Event,
    PersonAsked,
    RunStopping,
    Take,
    TakeStarted,
)
from studiocheck.core.measurement import Verdict
from studiocheck.core.text import Language, Text
from studiocheck.report.labels import GROUPS, MARKS, VERDICTS
from studiocheck.report.layout import cells, clean, pad, wrap
from studiocheck.report.live_state import DONE, OPEN, TAKES, DeviceState, RunState

_FRAMES_PER_SECOND = 8
_BAR = 16
_CALLS: Mapping[Take, Text] = {
    "quiet": Text("QUIET PLEASE - {left} s", "请保持安静 - 还有 {left} 秒"),
    "speech": Text("SPEAK AS IN THE SHOW - {left} s", "请像直播时一样说话 - 还有 {left} 秒"),
    "sweep": Text(
        "QUIET, THE SPEAKER PLAYS A TEST TONE - {left} s",
        "请保持安静，音箱正在播放测试音 - 还有 {left} 秒",
    ),
}
_ASKS: Mapping[str | None, Text] = {
    "quiet": Text(
        "BE QUIET for {s} s: press Enter when everybody is",
        "需要安静 {s} 秒：准备好后按回车",
    ),
    "speech": Text(
        "SPEAK AS IN THE SHOW for {s} s: press Enter, then speak",
        "像直播时一样说话 {s} 秒：按回车后开始",
    ),
    None: Text("Enter: go on", "按回车继续"),
}
_AGAIN = Text("r: the last take again", "按 r 重录上一段")
_AT_RATE = Text("{stage} {rate:.1f} Mbit/s", "{stage} {rate:.1f} Mbit/s")
_WITH_BACKLOG = Text("{said}, backlog {s:.1f} s", "{said}，积压 {s:.1f} 秒")
_LEFT = Text("about {left} s left", "大约还需 {left} 秒")
_LATE = Text("taking longer than expected", "比预计慢")
_CHECKED = Text("{done} of {all} checked", "已检查 {done}/{all} 项")
_STOPPING = Text(
    "STOPPING: devices are released and the record is kept, one moment",
    "正在停止：释放设备并保存记录，请稍候",
)
_DOMAINS = {"camera": "camera", "mic": "mic", "microphone": "mic", "uplink": "net", "net": "net"}


class LiveView:
    """Shows a run while it goes on; give it to the engine as a listener.

    Parameters
    ----------
    language : Language
        In which language.
    console : Console, optional
        Where to draw; by default stderr.
    verbose : bool
        Whether to write a plain line for each step where nothing can be drawn.
    colour : bool
        Whether colour is wanted; ``NO_COLOR`` is honoured anyway.

    Examples
    --------
    >>> from studiocheck.core.events import RunStarted
    >>> with LiveView("en") as listener:
    ...     listener(RunStarted(devices=("camera.main",), checks=1, expected_s=5.0))
    """

    def __init__(
        self,
        language: Language,
        *,
        console: Console | None = None,
        verbose: bool = False,
        colour: bool = True,
    ) -> None:
        self._language = language
        self._console = console or Console(
            stderr=True, highlight=False, no_color=None if colour else True
        )
        self._drawing = self._console.is_terminal and not self._console.is_dumb_terminal
        self._verbose = verbose and not self._drawing
        self._lock = Lock()
        self._known = RunState()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._known.began_s = self._console.get_time()
        if self._drawing:
            self._live = Live(
                get_renderable=self._picture,
                console=self._console,
                refresh_per_second=_FRAMES_PER_SECOND,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wipe the picture; what remains on the screen is the checklist."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def __call__(self, event: Event) -> None:
        """Take note of an event. Returns at once, from any thread."""
        with self._lock:
            self._known.note(event, self._console.get_time())
            if self._verbose and (told := self._told(event)):
                self._console.print(self._safe(told), markup=False, highlight=False, soft_wrap=True)

    def _told(self, event: Event) -> str:
        """Say an event in a plain line; progress is not worth one."""
        match event:
            case DeviceOpened(device, name):
                return f"{self._name(device)}: {self._to(OPEN)} - {clean(name)}"
            case TakeStarted(device, kind, seconds):
                call = _CALLS.get(kind, TAKES[kind]).fill(left=f"{seconds:.0f}")
                return f"{self._name(device)}: {self._to(call)}"
            case DeviceDone(device, problem):
                said = self._to(problem.message) if problem else self._to(DONE)
                return f"{self._name(device)}: {said}"
            case RunStopping():
                return self._to(_STOPPING)
            case _:
                return ""

    # ------------------------------------------------------------------ how it looks

    def _picture(self) -> RenderableType:
        with self._lock:
            known = self._known.snapshot()
        width = max(12, self._console.width - 1)
        now = self._console.get_time()
        lines = [self._call(known, now, width)]
        names = max((cells(self._name(device)) for device in known.devices), default=0)
        names = min(names, max(6, width // 3))
        for device, state in known.devices.items():
            lines.append(self._row(device, state, now, names, width))
        lines.append(self._foot(known, now, width))
        return Line("\n").join(lines)

    def _call(self, known: RunState, now: float, width: int) -> Line:
        """Say what a person has to do now; the line stays where it is when there is nothing."""
        said = self._called(known, now)
        return Line(self._fit(f" {said} ", width), style="bold black on color(214)" if said else "")

    def _called(self, known: RunState, now: float) -> str:
        if known.stopping:
            return self._to(_STOPPING)
        if known.asked is not None:
            asked, since_s = known.asked
            left_s = max(0.0, since_s + asked.patience_s - now)
            return f"{self._ask(asked)}  ({left_s:.0f} s)"
        for state in known.devices.values():
            call = _CALLS.get(state.take) if state.take else None
            if call is not None:
                left_s = max(0.0, state.began_s + state.seconds - now)
                return self._to(call.fill(left=f"{left_s:.0f}"))
        return ""

    def _ask(self, asked: PersonAsked) -> str:
        call = self._to(_ASKS[asked.kind].fill(s=f"{asked.seconds:.0f}"))
        return f"{call} - {self._to(_AGAIN)}" if asked.again else call

    def _row(self, device: str, state: DeviceState, now: float, names: int, width: int) -> Line:
        name = pad(self._fit(self._name(device), names), names)
        if state.done:
            mark = "×" if state.problem else "√"
            said = self._to(state.problem.message) if state.problem else self._to(DONE)
            style = "bold color(202)" if state.problem else "color(32)"
            return Line.assemble(
                (self._safe(f"{mark} "), style),
                f"{name}  ",
                (self._fit(said, width - names - 4), style),
            )
        size = min(_BAR, max(0, width - names - 24))
        share = state.share_at(now)
        full = round(size * share)
        on, off = ("━", "─") if self._console.encoding.lower().startswith("utf") else ("#", ".")
        head = f"  {name}  "
        return Line.assemble(
            head,
            (on * full, "color(32)"),
            (off * (size - full), "bright_black"),
            "  " if size else "",
            self._fit(self._stage(state), width - cells(head) - size - 2),
        )

    def _stage(self, state: DeviceState) -> str:
        """Say what a device is doing, and what its line carries just now."""
        said, flow = state.stage, state.flow
        if flow is not None:
            said = _AT_RATE.fill(stage=said, rate=flow.mbit_s)
            if flow.backlog_s is not None:
                said = _WITH_BACKLOG.fill(said=said, s=flow.backlog_s)
        return self._to(said)

    def _foot(self, known: RunState, now: float, width: int) -> Line:
        if known.asked is not None:  # the clock of the run stands still
            now = known.asked[1]
        left = known.expected_s - (now - known.began_s)
        parts = []
        if known.expected_s > 0 and not known.stopping:
            parts.append(_LEFT.fill(left=f"{left:.0f}") if left >= 0.5 else _LATE)
        verdicts = known.verdicts
        if done := verdicts.total():
            parts.append(_CHECKED.fill(done=done, all=max(done, known.checks)))
        said = [self._to(part) for part in parts]
        said += [
            f"{MARKS[verdict]} {verdicts[verdict]} {self._to(VERDICTS[verdict])}"
            for verdict in (Verdict.FAIL, Verdict.UNMEASURED, Verdict.MARGINAL)
            if verdicts[verdict]
        ]
        return Line(self._fit("  " + "  ".join(said), width), style="bright_black")

    def _name(self, device: str) -> str:
        kind, _, role = device.partition(".")
        group = GROUPS.get(_DOMAINS.get(kind, kind))
        return clean(f"{self._to(group)} {role}" if group else device)

    def _to(self, text: Text) -> str:
        return clean(text.to(self._language))

    def _fit(self, text: str, width: int) -> str:
        """Cut a text to a width, marking the cut, in characters that the console can print."""
        safe = self._safe(text)
        if cells(safe) <= width:
            return safe
        return wrap(safe, max(4, width - 1))[0] + "~" if width > 4 else ""

    def _safe(self, text: str) -> str:
        encoding = self._console.encoding
        return text.encode(encoding, "replace").decode(encoding, "replace")
