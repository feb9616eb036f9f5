"""`mic.quality`: what listeners would say of the voice, by a model; advice, never a blocker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.dnsmos import (
    LEAST_SPEECH_S,
    RATE_HZ,
    SPEAK,
    TOO_LITTLE,
    has_model,
    opinion,
)
from studiocheck.measure.sound.heard import heard, low_rate_voice

_METHOD = Text(
    "DNSMOS P.835, a model of listeners: 1 bad, 5 excellent",
    "DNSMOS P.835 模型模拟听众评分：1 很差，5 优秀",
)


def _assess(case: Case) -> Assessment:
    if not has_model():
        raise NotAsked(
            Text(
                'needs an extra that is not installed: `pip install "studiocheck[mos]"`',
                '需要安装扩展：`pip install "studiocheck[mos]"`',
            ),
            optional=True,
        )
    take = case.speech
    if take.rate_hz < RATE_HZ:
        raise Unmeasurable(
            Text("the model needs a sample rate of 16 kHz", "评分模型至少需要 16 kHz 采样率"),
            Text(
                "set the device to 48 kHz in the system's sound settings",
                "在系统声音设置中把设备设为 48 kHz",
            ),
        )
    voice = case.once(heard, take)
    if voice.activity.speech_s < LEAST_SPEECH_S:
        raise Unmeasurable(TOO_LITTLE, SPEAK)
    found = opinion(case.once(low_rate_voice, voice).mono, voice.activity)
    scores = {
        "mos_overall": found.overall,
        "mos_background": found.background,
        "mos_speech": found.speech,
    }
    return Assessment(
        measurements=[
            Measurement.of(name, score, "", _METHOD, n=found.windows)
            for name, score in scores.items()
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "measured: clean speech scores 3.4 overall and 4.1 for its background, speech in noise 20 "
        "dB below it 2.9 and 3.2",
        "实测：干净语音总分 3.4、背景分 4.1；信噪比 20 dB 时为 2.9 和 3.2",
    )
    return {
        "mos_overall": Default(Limit(warn_minimum=2.5), source, ""),
        "mos_background": Default(Limit(warn_minimum=3.2), source, ""),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    low = {m.name for m in measurements if exceeded(m) == "low"}
    if "mos_background" in low:
        return Text(
            "listeners would hear the background: switch off fans and air conditioning, then bring "
            "the microphone to a hand's width from the mouth",
            "观众会注意到背景声：先关风扇和空调，再把麦克风移到离嘴一掌宽处",
        )
    return Text(
        "listen to the take on headphones: for a roomy sound move the microphone closer and hang "
        "up curtains; for holes and crackle look at the other findings of this microphone",
        "戴耳机回听录音：声音发空就把麦克风移近、拉上窗帘；断续或爆音请看这支麦克风的其他检查结果",
    )


CHECK = Check(
    id="mic.quality",
    title=Text("Voice as listeners hear it", "人声听感"),
    about=Text(
        "A model's guess at what listeners would say of voice and background. It only advises: "
        "it differs by 0.3 between talkers and does not notice clipping.",
        "用模型估计听众对人声和背景的评分。仅供参考：不同说话人相差约 0.3 分，且听不出削波。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    extra="mos",
    examples=(
        Example(says="a clear voice", verdict=Verdict.PASS, role="host"),
        Example(
            says="a voice in the noise of a loud fan",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-28dBFS",),
            role="host",
        ),
        Example(
            says="nobody speaks",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:mute",),
            role="host",
        ),
    ),
)
