"""`mic.noise_floor`: how quiet it is when nobody speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomTone
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.signal_state import SignalState, signal_state

_METHOD = Text(
    "quiet take, 250 ms blocks without single events", "安静录音，250 毫秒分块，剔除突发声响"
)
_A_WEIGHTED = Text("{method}; IEC 61672-1 A", "{method}；IEC 61672-1 A 计权").fill(method=_METHOD)


def _assess(case: Case) -> Assessment:
    take = case.quiet
    if signal_state(take.samples) is SignalState.ZERO:
        raise Unmeasurable(
            Text(
                "digital silence: muted, or a noise gate is closed",
                "数字静音：麦克风被静音，或噪声门处于关闭状态",
            ),
            Text(
                "unmute; then switch noise gate and noise suppression off for the check",
                "先取消静音；再在检查期间关闭噪声门和降噪",
            ),
        )
    floor = noise_floor(take.samples, take.rate_hz)
    note = Text(
        "{n} short noise events (a cough, a chair) were left out",
        "已剔除 {n} 处短促声响（咳嗽、椅子声）",
    ).fill(n=floor.events)
    return Assessment(
        measurements=[
            Measurement.of(
                "noise_floor", floor.flat_dbfs, "dBFS", _METHOD, floor.uncertainty_db, floor.blocks
            ),
            Measurement.of(
                "noise_floor_a",
                floor.a_weighted_dbfs,
                "dBFS(A)",
                _A_WEIGHTED,
                floor.a_weighted_uncertainty_db,
                floor.blocks,
            ),
        ],
        note=note if floor.events else None,
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "ACX audio-book requirement: -60 dB rms; the failing limit is a rule of thumb",
        "ACX 有声书要求：-60 dB rms；不合格限值为经验值",
    )
    return {"noise_floor": Default(Limit(maximum=-50, warn_maximum=-60), source, "dBFS")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    value = {m.name: m.value for m in measurements}
    if value.get("noise_floor", 0) - value.get("noise_floor_a", 0) > 10:
        return Text(
            "the noise is low in pitch: switch on the low cut; then stop the ventilation and look "
            "for hum from cables",
            "噪声集中在低频：先打开低切；再关空调和通风，检查线缆交流声",
        )
    return Text(
        "switch off fans, air conditioning and computers nearby; then move the microphone closer "
        "and turn its gain down",
        "关掉风扇、空调和附近的电脑；再把麦克风移近并降低增益",
    )


CHECK = Check(
    id="mic.noise_floor",
    title=Text("Noise floor", "底噪"),
    about=Text(
        "Level of what the microphone hears while nobody speaks: room, ventilation, electronics.",
        "没人说话时麦克风收到的声音：房间、空调和电路噪声。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a quiet room", verdict=Verdict.PASS, role="host"),
        Example(
            says="a noisy preamplifier",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-55dBFS",),
            role="host",
        ),
        Example(
            says="a loud fan",
            verdict=Verdict.FAIL,
            faults=("mic.host:noise=-40dBFS",),
            role="host",
        ),
        Example(
            says="a muted microphone, of which nothing is known",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:mute",),
            role="host",
        ),
    ),
)
