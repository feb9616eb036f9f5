"""`mic.clipping`: flat tops in the presenter's speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.clipping import clipping
from studiocheck.measure.sound.heard import heard

_LEAST_SPEECH_S = 1.0
_METHOD = Text(
    "flat tops: equal samples at the extreme, or level ones between steep edges",
    "平顶：极值处连续相同的采样，或两侧陡峭的平台",
)
_CUT = Text("the wave is cut off at {ceiling:.1f} dBFS", "波形在 {ceiling:.1f} dBFS 处被削平")
_BLURRED = Text(
    "the wave was cut off at about {ceiling:.1f} dBFS before it reached the converter",
    "波形在进入声卡之前就被削平，约在 {ceiling:.1f} dBFS 处",
)


def _assess(case: Case) -> Assessment:
    take = case.speech
    found = clipping(take.samples, take.rate_hz)
    if not found.runs and case.once(heard, take).activity.speech_s < _LEAST_SPEECH_S:
        raise Unmeasurable(
            Text("no speech was heard, so nothing could clip", "没有听到人声，无法判断是否削波"),
            Text(
                "speak as loud as in the show while the speech take is recorded",
                "录语音时请按直播时最大的音量说话",
            ),
        )
    note = None
    if found.ceiling_dbfs is not None:
        cut = _BLURRED if found.blurred else _CUT
        note = cut.fill(ceiling=found.ceiling_dbfs)
    return Assessment(
        measurements=[
            Measurement.of(
                "clipped_runs",
                found.runs_per_10_s,
                "per 10 s",
                _METHOD,
            )
        ],
        note=note,
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text("rule of thumb: more than 3 in 10 s are heard", "经验值：10 秒内超过 3 次即可听出")
    return {"clipped_runs": Default(Limit(maximum=3, warn_maximum=0), rule, "per 10 s")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "turn down the first gain in the chain (transmitter or preamplifier): what is cut off "
        "there cannot be mended later",
        "降低链路第一级的增益（发射机或话放）：那里削掉的波形后面无法修复",
    )


CHECK = Check(
    id="mic.clipping",
    title=Text("Clipping", "削波"),
    about=Text(
        "Places where the wave is cut off flat, at full scale or in a stage before it.",
        "波形被削平的次数，无论发生在满刻度还是之前的某一级。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="speech with headroom", verdict=Verdict.PASS, role="host"),
        Example(
            says="speech driven 6 dB over",
            verdict=Verdict.FAIL,
            faults=("mic.host:clip=6dB",),
            role="host",
        ),
        Example(
            says="clipped in the preamplifier, turned down behind it",
            verdict=Verdict.FAIL,
            faults=("mic.host:clip=6dB", "mic.host:gain=-12dB"),
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
