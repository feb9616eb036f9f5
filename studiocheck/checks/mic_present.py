"""`mic.present`: the microphone opens, and stays the one that was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Example, Scope
from studiocheck.core.errors import (
    NO_SOUND,
    NO_SOUND_ADVICE,
    LibraryMissing,
    SourceTimeout,
    Unmeasurable,
)
from studiocheck.core.evidence import Captured, RoomTone, Speech
from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.takes import TakeEvidence, is_sound
from studiocheck.core.text import Text

_UNKNOWN = (LibraryMissing.code, SourceTimeout.code)  # nobody could look, or nothing answered
_PROMPTED = Text("takes began when somebody was ready", "录音在现场准备好后开始")
_UNPROMPTED = Text("takes began unprompted", "录音未经提示直接开始")


def _assess(case: Case) -> Assessment:
    captures = [case.capture(RoomTone), case.capture(Speech)]
    for captured in captures:
        problem = captured.problem
        if problem is not None and problem.code in _UNKNOWN:
            raise Unmeasurable(problem.message, problem.advice)
        if problem is not None:
            return Assessment(verdict=Verdict.FAIL, note=problem.message, advice=problem.advice)
    takes = [take for captured in captures if (take := _take(captured)) is not None]
    for take in takes:
        wrong = _moved(take, takes[0].microphone.attached_to) or _muted(take) or _no_sound(take)
        if wrong is not None:
            return wrong
    return Assessment(note=_opened(takes) if takes else None)


def _take(captured: Captured) -> TakeEvidence | None:
    return captured.evidence if isinstance(captured.evidence, TakeEvidence) else None


def _moved(take: TakeEvidence, began_on: str | None) -> Assessment | None:
    now = take.attached_after
    if began_on is None or now is None or now == began_on:
        return None
    return Assessment(
        verdict=Verdict.FAIL,
        note=Text(
            "during the take the system moved our recording from {began} to {now}",
            "录音过程中系统把输入从 {began} 换成了 {now}",
        ).fill(began=began_on, now=now),
        advice=Text(
            "plug {began} in again: the show would now hear {now}",
            "重新插好 {began}：现在直播听到的会是 {now}",
        ).fill(began=began_on, now=now),
    )


def _muted(take: TakeEvidence) -> Assessment | None:
    if not take.microphone.muted:
        return None
    return Assessment(
        verdict=Verdict.FAIL,
        note=Text("{name} is muted in the system", "{name} 在系统中被静音").fill(
            name=take.microphone.name
        ),
        advice=Text(
            "unmute it in the sound settings of this computer",
            "在本机的声音设置里取消静音",
        ),
    )


def _no_sound(take: TakeEvidence) -> Assessment | None:
    if is_sound(take.samples):
        return None
    return Assessment(verdict=Verdict.FAIL, note=NO_SOUND, advice=NO_SOUND_ADVICE)


def _opened(takes: Sequence[TakeEvidence]) -> Text:
    microphone = takes[0].microphone
    what = Text("{name} opened", "{name} 已打开").fill(name=microphone.name)
    if microphone.attached_to is not None:
        what = Text(
            "{name} opened and stayed on {source}", "{name} 已打开，全程接在 {source}"
        ).fill(name=microphone.name, source=microphone.attached_to)
    if microphone.backend == "file":
        return what
    how = _PROMPTED if all(take.prompted for take in takes) else _UNPROMPTED
    return Text("{what}; {how}", "{what}；{how}").fill(what=what, how=how)


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "check cable, receiver and battery; `studiocheck devices` lists what is connected",
        "检查连线、接收机和电池；`studiocheck devices` 会列出已连接的设备",
    )


CHECK = Check(
    id="mic.present",
    title=Text("Microphone present", "麦克风在位"),
    about=Text(
        "Whether the microphone opens, is not muted by the system, and is still the same one after "
        "the take: systems silently move to another microphone when one is unplugged.",
        "麦克风能否打开、是否被系统静音、录完后是否仍是同一支：拔掉麦克风时系统会悄悄换到另一支。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a microphone that is there", verdict=Verdict.PASS, role="host"),
        Example(
            says="a microphone that is not plugged in",
            verdict=Verdict.FAIL,
            faults=("mic.host:unplug",),
            role="host",
        ),
        Example(
            says="a microphone that is pulled out while somebody speaks",
            verdict=Verdict.FAIL,
            faults=("mic.host:unplug@7s",),
            role="host",
        ),
        Example(
            says="a microphone that the system has muted",
            verdict=Verdict.FAIL,
            faults=("mic.host:mute",),
            role="host",
        ),
        Example(
            says="a driver that does not answer",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:hang",),
            role="host",
        ),
    ),
)
