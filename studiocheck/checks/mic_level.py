"""`mic.level`: how loud the presenter is, and how close to full scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import heard
from studiocheck.measure.sound.loudness_bs1770 import KWeighted, k_weighted, loudness_of
from studiocheck.measure.sound.loudness_range_ebu3342 import loudness_range_of
from studiocheck.measure.sound.true_peak_bs1770 import true_peak

_LEAST_SPEECH_S = 1.0

_GATED = Text(
    "ITU-R BS.1770-4, gated; spread of the blocks", "ITU-R BS.1770-4，门限积分；各块离散度"
)
_PEAK = Text("ITU-R BS.1770-4, 4 × oversampled", "ITU-R BS.1770-4，4 倍过采样")
_MOMENTARY = Text("400 ms every 10 ms", "400 毫秒窗，每 10 毫秒")
_SHORT_TERM = Text("3 s every 10 ms", "3 秒窗，每 10 毫秒")
_RANGE = Text("EBU Tech 3342, 10th to 95th percentile", "EBU Tech 3342，第 10 至 95 百分位")


def _assess(case: Case) -> Assessment:
    take = case.speech
    if case.once(heard, take).activity.speech_s < _LEAST_SPEECH_S:
        raise Unmeasurable(
            Text("no speech was heard, so its level is not known", "没有听到人声，无法测量电平"),
            Text(
                "speak as in the show while the speech take is recorded",
                "录语音时请按直播的音量说话",
            ),
        )
    weighted = k_weighted(take.samples, take.rate_hz)
    level = loudness_of(weighted)
    measurements = [
        Measurement.of(
            "loudness", level.integrated_lufs, "LUFS", _GATED, level.uncertainty_lu, level.blocks
        ),
        Measurement.of("true_peak", true_peak(take.samples, take.rate_hz), "dBTP", _PEAK),
        Measurement.of("momentary_max", level.momentary_max_lufs, "LUFS", _MOMENTARY),
    ]
    if level.short_term_max_lufs is not None:
        measurements.append(
            Measurement.of("short_term_max", level.short_term_max_lufs, "LUFS", _SHORT_TERM)
        )
    return Assessment(measurements=[*measurements, *_range(weighted)])


def _range(weighted: KWeighted) -> list[Measurement]:
    """Return the loudness range where the take is long enough to have one."""
    try:
        range_lu = loudness_range_of(weighted)
    except Unmeasurable:
        return []
    return [Measurement.of("loudness_range", range_lu, "LU", _RANGE)]


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "loudness": Default(
            Limit(minimum=-35, warn_minimum=-21, warn_maximum=-15, maximum=-10),
            Text(
                "AES TD1008: -18 LUFS for speech, ± 3 LU; the outer limits are a rule of thumb",
                "AES TD1008：语音 -18 LUFS，±3 LU；外侧限值为经验值",
            ),
            "LUFS",
        ),
        "true_peak": Default(
            Limit(warn_maximum=-1, maximum=0),
            Text("EBU R 128: at most -1 dBTP", "EBU R 128：不超过 -1 dBTP"),
            "dBTP",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    side = {m.name: exceeded(m) for m in measurements}
    if side.get("loudness") == "low":
        return Text(
            "bring the microphone to a hand's width from the mouth, then turn its gain up",
            "先把麦克风移到离嘴一掌宽处，再提高增益",
        )
    if "high" in side.values():
        return Text(
            "turn the gain down at the first stage: transmitter or preamplifier",
            "从第一级开始降低增益：发射机或话放",
        )
    return Text("set the gain so that speech reads -18 LUFS", "调整增益，使语音读数为 -18 LUFS")


CHECK = Check(
    id="mic.level",
    title=Text("Speech level", "语音电平"),
    about=Text(
        "Loudness and true peak of the presenter's speech: too low drowns in noise, too high "
        "clips.",
        "主播语音的响度和真峰值：太低被噪声淹没，太高会削波。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="speech at -18 LUFS", verdict=Verdict.PASS, role="host"),
        Example(
            says="a gain that is 8 dB too low",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:gain=-8dB",),
            role="host",
        ),
        Example(
            says="a gain that is 20 dB too low",
            verdict=Verdict.FAIL,
            faults=("mic.host:gain=-20dB",),
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
