"""`mic.signal`: the microphone is alive and hears speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Example, Scope
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import Heard, heard
from studiocheck.measure.sound.level import UNMUTE, rms_dbfs
from studiocheck.measure.sound.signal_state import (
    CONNECT,
    NOT_CONNECTED,
    SignalState,
    dead_tail_s,
    signal_state,
)

_LEAST_SPEECH_S = 1.0
_DIED_S = 2.0
_RMS = Text("root mean square of the take", "整段录音的均方根")
_DEAD: Mapping[SignalState, tuple[Text, Text]] = {
    SignalState.ZERO: (
        Text("digital silence: the microphone is muted", "数字静音：麦克风被静音"),
        UNMUTE,
    ),
    SignalState.CONSTANT: (
        Text("one constant value: the input is stuck", "信号恒定不变：输入卡死"),
        Text("unplug the audio interface and plug it in again", "重新插拔声卡"),
    ),
    SignalState.DEAD: (NOT_CONNECTED, CONNECT),
}


def _assess(case: Case) -> Assessment:
    take = case.speech
    state = case.once(signal_state, take.samples)
    if state in _DEAD:
        note, advice = _DEAD[state]
        return Assessment(verdict=Verdict.FAIL, note=note, advice=advice)
    level = Measurement.of("level", rms_dbfs(take.samples), "dBFS", _RMS)
    tail_s = dead_tail_s(take.samples, take.rate_hz)
    if tail_s >= _DIED_S:
        note = Text(
            "alive at first, then {tail:.1f} s of dead signal until the end",
            "开始时正常，最后 {tail:.1f} 秒信号中断",
        ).fill(tail=tail_s)
        return Assessment(measurements=[level], verdict=Verdict.FAIL, note=note, advice=UNMUTE)
    return _alive(case.once(heard, take), level)


def _alive(take: Heard, level: Measurement) -> Assessment:
    speech_s = take.activity.speech_s
    if speech_s >= _LEAST_SPEECH_S:
        note = Text("{s:.1f} s of speech heard", "听到 {s:.1f} 秒语音").fill(s=speech_s)
        return Assessment(measurements=[level], note=note)
    return Assessment(
        measurements=[level],
        verdict=Verdict.MARGINAL,
        note=Text("only the noise of the room was heard", "只听到环境噪声，没有人声"),
        advice=Text(
            "speak into this microphone and check again; tap it to see whether it is the right one",
            "对着这支麦克风说话，再检查一次；轻敲它，确认接的是这一支",
        ),
    )


def _advice(_: Sequence[Measurement]) -> Text:
    return CONNECT


CHECK = Check(
    id="mic.signal",
    title=Text("Microphone signal", "麦克风信号"),
    about=Text(
        "Whether the microphone is alive and hears speech: a device that opens may still be muted, "
        "stuck or unconnected.",
        "麦克风是否有信号、能否听到人声：设备能打开，仍可能被静音、卡死或没接麦克风。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="somebody speaks", verdict=Verdict.PASS, role="host"),
        Example(
            says="a muted microphone",
            verdict=Verdict.FAIL,
            faults=("mic.host:mute",),
            role="host",
        ),
        Example(
            says="a microphone that is muted halfway through the speech",
            verdict=Verdict.FAIL,
            faults=("mic.host:mute@7s",),
            role="host",
        ),
        Example(
            says="a microphone that hears only noise",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-10dBFS",),
            role="host",
        ),
        Example(
            says="a microphone that is not plugged in",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:unplug",),
            role="host",
        ),
    ),
)
