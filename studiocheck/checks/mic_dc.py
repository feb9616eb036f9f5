"""`mic.dc`: direct component of the signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.dc_offset import LEAST_TAKE_S, dc_offset
from studiocheck.measure.sound.signal_state import SignalState, signal_state

_METHOD = Text("mean of the take, worst channel", "整段录音的平均值，取最差声道")


def _assess(case: Case) -> Assessment:
    take = _quiet(case) or case.speech
    found = dc_offset(take.samples, take.rate_hz)
    return Assessment(
        measurements=[Measurement.of("dc_offset", found.offset, "", _METHOD, found.uncertainty)]
    )


def _quiet(case: Case) -> TakeEvidence | None:
    """Return the quiet take where it is alive: its mean is steadier than that of speech."""
    try:
        quiet = case.quiet if RoomTone in case.captured else None
    except Unmeasurable:
        return None
    if quiet is None or quiet.duration_s < LEAST_TAKE_S:
        return None
    return quiet if case.once(signal_state, quiet.samples) is SignalState.ALIVE else None


def _defaults(_: Targets) -> Mapping[str, Default]:
    practice = Text(
        "practice: beyond 0.5 % of full scale cuts click and headroom goes",
        "行业惯例：超过满刻度 0.5% 时剪辑处会有咔声并损失余量",
    )
    return {"dc_offset": Default(Limit(maximum=0.02, warn_maximum=0.005), practice, "")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "switch on the low cut of microphone or interface; if the offset stays, the input is "
        "faulty: use another one",
        "先打开麦克风或声卡的低切；若偏移仍在，该输入口有故障，请换一个",
    )


CHECK = Check(
    id="mic.dc",
    title=Text("DC offset", "直流偏移"),
    about=Text(
        "How far the middle of the wave lies from zero: a faulty input, or a plug-in power fault.",
        "波形中心偏离零点的程度：输入口故障或插入供电异常。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a healthy input", verdict=Verdict.PASS, role="host"),
        Example(
            says="a small offset",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:dc=1%",),
            role="host",
        ),
        Example(
            says="a faulty input",
            verdict=Verdict.FAIL,
            faults=("mic.host:dc=5%",),
            role="host",
        ),
        Example(
            says="nothing is heard",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:mute",),
            role="host",
        ),
    ),
)
