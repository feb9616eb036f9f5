"""`mic.clock`: the microphone's sample clock against the computer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.sample_clock import SampleClock, lost_samples, sample_clock

_METHOD = Text(
    "arrival of blocks against the computer's clock, lower envelope",
    "音频块到达时间与电脑时钟之比，取下包络",
)
_MOST_BETWEEN_S = 60.0


def _assess(case: Case) -> Assessment:
    clock, rate_hz = _clock(case), case.speech.rate_hz
    note = None
    if clock.likely_rate_hz is not None:
        note = Text(
            "{asked} Hz was asked for and {real} Hz is delivered: pitch and length are wrong",
            "要求 {asked} Hz，实际为 {real} Hz：音高和时长都不对",
        ).fill(asked=rate_hz, real=clock.likely_rate_hz)
    return Assessment(
        measurements=[
            Measurement.of("clock_offset", clock.offset_ppm, "ppm", _METHOD, clock.uncertainty_ppm)
        ],
        note=note,
    )


def _clock(case: Case) -> SampleClock:
    """Compare clocks over both takes where one stream gave them without a loss."""
    speech = case.speech
    if speech.arrived_s is None or speech.frames_by_then is None:
        raise NotAsked(Text("a recording has no clock to compare", "录音文件没有可比较的时钟"))
    arrived_s, frames, rate_hz = speech.arrived_s, speech.frames_by_then, speech.rate_hz
    quiet = _same_stream(case, speech)
    if quiet is not None and quiet.arrived_s is not None and quiet.frames_by_then is not None:
        both = np.concatenate([quiet.arrived_s, arrived_s])
        counted = np.concatenate([quiet.frames_by_then, frames])
        if not lost_samples(both, counted, rate_hz).lost:
            return sample_clock(both, counted, rate_hz)
    return sample_clock(arrived_s, frames, rate_hz)


def _same_stream(case: Case, speech: TakeEvidence) -> TakeEvidence | None:
    """Return the quiet take if the stream ran on from it to the speech take."""
    try:
        quiet = case.quiet if RoomTone in case.captured else None
    except Unmeasurable:
        return None
    if quiet is None or quiet.arrived_s is None or quiet.frames_by_then is None:
        return None
    if not len(quiet.arrived_s) or speech.arrived_s is None or speech.frames_by_then is None:
        return None
    between_s = float(speech.arrived_s[0] - quiet.arrived_s[-1])
    ran_on = speech.frames_by_then[0] > quiet.frames_by_then[-1] and between_s > 0
    same = quiet.rate_hz == speech.rate_hz and between_s < _MOST_BETWEEN_S
    return quiet if ran_on and same else None


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "own figure: crystals keep 100 ppm; 1000 ppm are 40 ms of lip sync in 40 s",
        "自定：晶振误差在 100 ppm 内；1000 ppm 时 40 秒后音画相差 40 毫秒",
    )
    limit = Limit(minimum=-1000, warn_minimum=-200, warn_maximum=200, maximum=1000)
    return {"clock_offset": Default(limit, source, "ppm")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    offset = next((abs(m.value) for m in measurements if m.name == "clock_offset"), 0.0)
    if offset > 10000:
        return Text(
            "set the device to 48 kHz in its control panel and in the system's sound settings",
            "先在声卡控制面板和系统声音设置里把设备都设为 48 kHz",
        )
    return Text(
        "take clock and sound from one device: set the interface to internal clock; in OBS, "
        "check lip sync again after ten minutes",
        "让声卡使用内部时钟；在 OBS 中十分钟后再核对一次音画同步",
    )


CHECK = Check(
    id="mic.clock",
    title=Text("Sample clock", "采样时钟"),
    about=Text(
        "How fast the microphone's samples come against the computer's clock: a drift moves sound "
        "away from the picture.",
        "麦克风采样相对电脑时钟的快慢：漂移会使声音逐渐偏离画面。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a good crystal", verdict=Verdict.PASS, role="host"),
        Example(
            says="a clock that is 500 ppm fast",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:clock=500ppm",),
            role="host",
        ),
        Example(
            says="44.1 kHz instead of 48 kHz",
            verdict=Verdict.FAIL,
            faults=("mic.host:clock=-81250ppm",),
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
