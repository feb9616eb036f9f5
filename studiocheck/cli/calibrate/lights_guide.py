"""Leads through the states of a lamp calibration and measures each, with a person or without."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studiocheck.calibrate.lamp_states import (
    ALL,
    OFF,
    Doubt,
    doubt_of_light,
    doubt_of_settings,
    states_of,
)
from studiocheck.calibrate.unfinished import Unfinished
from studiocheck.cli.calibrate.lamp_switches import Switches
from studiocheck.cli.calibrate.lights_words import warn
from studiocheck.cli.words import complain, say, tell
from studiocheck.core.errors import SourceError, StudioCheckError, UsageError
from studiocheck.core.text import Text

if TYPE_CHECKING:
    from studiocheck.core.picture import MeanFrameEvidence
    from studiocheck.core.studio import Studio
    from studiocheck.profile.models import Profile


class Stopped(Exception):
    """The person stopped; what was measured is kept."""


class Refused(StudioCheckError):
    """What was measured cannot make a calibration, and nobody is there to mend it."""


@dataclass
class Guide:
    """One guided sequence.

    Parameters
    ----------
    studio, role, profile
        The camera, and in which size and rate it is asked for.
    switches : Switches
        The lamps.
    store : Unfinished
        Where every measured state is kept.
    seconds : float
        For how long each state is averaged.
    may_ask : bool
        Whether somebody sits there.
    """

    studio: Studio
    role: str
    profile: Profile
    switches: Switches
    store: Unfinished
    seconds: float
    may_ask: bool

    def measured(self, done: dict[str, MeanFrameEvidence]) -> dict[str, MeanFrameEvidence]:
        """Measure every state that is not done yet.

        Raises
        ------
        Stopped
            When the person stops.
        Refused
            When a picture cannot be used and nobody can be asked.
        UsageError
            When lamps are switched by hand and nobody can be asked.
        """
        order = states_of(tuple(self.switches.lamps))
        if self.switches.manual and not self.may_ask and len(done) < len(order):
            raise _nobody_there(self.switches.manual)
        if self.switches.manual and len(done) < len(order):
            _introduce(len(order))
        with self.switches.ready():
            while len(done) < len(order):
                state = order[len(done)]
                if self._person_is_ready(f"[{len(done) + 1}/{len(order)}]", state, bool(done)):
                    self._measure(f"[{len(done) + 1}/{len(order)}]", state, done)
                else:
                    again = order[len(done) - 1]
                    self.store.forget([again])
                    del done[again]
        return done

    def _person_is_ready(self, step: str, state: str, can_repeat: bool) -> bool:
        """Have a person switch lamps; False when the state before is to be measured again."""
        request = self.switches.request(state)
        if request is None:
            return True
        while True:
            title = _title(state)
            answer = _answer(f"{step} {say(f'{title}: {request}', f'{title}：{request}')} > ")
            if answer == "r" and can_repeat:
                self.switches.ask_again()
                return False
            if not answer:
                self.switches.switched(state)
                return True

    def _measure(self, step: str, state: str, done: dict[str, MeanFrameEvidence]) -> None:
        while True:
            try:
                self.switches.switch(state)
                seen = self._look(state, done)
            except SourceError as error:
                if not self.may_ask:
                    raise
                complain(error)
                _answer(say("  Enter tries again, q stops > ", "  回车重试，q 停止 > "))
                continue
            doubt = self._doubt(state, seen, done)
            if doubt is None or self._is_kept(doubt):
                break
        self.store.keep(state, seen)
        done[state] = seen
        warn(f"√ {step} {_title(state)}  {_seen(seen)}")
        if state == ALL and seen.controls is None:
            warn(_tells_nothing())

    def _look(self, state: str, done: dict[str, MeanFrameEvidence]) -> MeanFrameEvidence:
        from studiocheck.engine.mean_frames import mean_frame

        first = done[ALL].controls if ALL in done else None
        return mean_frame(
            self.studio,
            self.role,
            self.profile,
            self.switches.wiring_in(state),
            seconds=self.seconds,
            hold_as=first.after if first is not None else None,
        )

    def _doubt(
        self, state: str, seen: MeanFrameEvidence, done: dict[str, MeanFrameEvidence]
    ) -> Doubt | None:
        first = done.get(ALL)
        if first is not None and first.mean.shape != seen.mean.shape:
            return _another_size(first, seen)
        camera = self.studio.cameras[self.role]
        settings = doubt_of_settings(seen.controls, first.controls if first else None)
        return settings or doubt_of_light(state, seen, done, camera.ignore)

    def _is_kept(self, doubt: Doubt) -> bool:
        """Say what is wrong; whether the picture is kept all the same."""
        if not self.may_ask and doubt.fatal:
            raise Refused(doubt.message, doubt.advice)
        warn(f"▲ {tell(doubt.message)}\n  → {tell(doubt.advice)}")
        if not self.may_ask:
            return True
        if doubt.fatal:
            _answer(say("  Enter measures again, q stops > ", "  回车重新测量，q 停止 > "))
            return False
        question = say(
            "  Enter measures again, k keeps it, q stops > ",
            "  回车重新测量，k 保留，q 停止 > ",
        )
        return _answer(question) == "k"


def _answer(prompt: str) -> str:
    """Ask; no more input means stop."""
    print(prompt, end="", file=sys.stderr, flush=True)
    try:
        answer = input().strip().lower()
    except EOFError:
        print(file=sys.stderr)
        raise Stopped from None
    if answer == "q":
        raise Stopped
    return answer


def _introduce(steps: int) -> None:
    warn(
        say(
            f"{steps} steps. The presenter may sit there or be away; nobody walks through the "
            "light, the camera and the dimmers stay as they are.\n"
            "Enter measures, r repeats the step before, q stops (the same command goes on later).",
            f"共 {steps} 步。主播在或不在均可；测量时不要有人走过光线，摄像头和各灯亮度保持不变。\n"
            "回车：测量；r：重做上一步；q：停止（之后用同一命令继续）。",
        )
    )


def _title(state: str) -> str:
    if state == ALL:
        return say("all lamps on", "全部灯打开")
    if state == OFF:
        return say("all lamps off", "全部灯关闭")
    return say(f"{state} alone", f"只开 {state}")


def _seen(seen: MeanFrameEvidence) -> str:
    percent = f"{float(seen.mean.mean()) / 256 / 2.55:.0f} %"
    return say(
        f"{seen.n} frames in {seen.seconds:.1f} s, mean {percent}",
        f"{seen.n} 帧，{seen.seconds:.1f} 秒，平均 {percent}",
    )


def _tells_nothing() -> str:
    return say(
        "▲ this camera does not tell how it is set: only how well the light adds up will show "
        "whether it stayed still\n"
        "  → set exposure, gain, white balance and focus to manual in its own menu, HDR off",
        "▲ 此摄像头不报告自身设置：只能由光的叠加误差判断设置是否保持不变\n"
        "  → 请在摄像头菜单中把曝光、增益、白平衡和对焦设为手动，并关闭 HDR",
    )


def _another_size(first: MeanFrameEvidence, seen: MeanFrameEvidence) -> Doubt:
    before = f"{first.mean.shape[1]} × {first.mean.shape[0]}"
    now = f"{seen.mean.shape[1]} × {seen.mean.shape[0]}"
    return Doubt(
        Text(
            f"the camera gives {now} now and gave {before} at the first step",
            f"摄像头现为 {now}，第一步时为 {before}",
        ),
        Text(
            "set the size back, or begin anew with --again",
            "请恢复画面尺寸，或加上 --again 重新开始",
        ),
    )


def _nobody_there(lamps: tuple[str, ...]) -> UsageError:
    en, zh = ", ".join(lamps), "、".join(lamps)
    return UsageError(
        Text(
            f"these lamps are switched by hand, and nobody can be asked: {en}",
            f"这些灯需要手动开关，而现在无法询问：{zh}",
        ),
        Text(
            "run it in a terminal without --no-input; or give the lamps a `control` in [lamps] of "
            "the studio file; or make it from pictures with --from FOLDER",
            "请在终端中运行且不加 --no-input；或在直播间设备文件的 [lamps] 中为灯写 `control`；"
            "或用 --from 文件夹 由图片生成",
        ),
    )
