"""`mic.channels`: the two channels of a microphone against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import MicrophoneRole, Role, Studio, Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.channels import channel_pair

_CORRELATION = Text("Pearson's correlation, while somebody speaks", "说话时的皮尔逊相关系数")
_BALANCE = Text("left less right, while somebody speaks", "说话时左声道减右声道")
_MONO = Text("power of the sum against the two apart", "合成单声道与左右分别之功率比")
_DEAD = {
    "left": Text("the left channel is dead", "左声道无声"),
    "right": Text("the right channel is dead", "右声道无声"),
}


def _assess(case: Case) -> Assessment:
    take = case.speech
    if take.samples.shape[1] < 2 <= case.microphone.channels:
        return Assessment(
            verdict=Verdict.MARGINAL,
            note=Text("two channels were asked for, one came", "要求双声道，实际只有单声道"),
            advice=Text(
                "set the input to stereo in the system, or write channels = 1 in the studio file",
                "在系统中把输入设为立体声，或在直播间设备文件中写 channels = 1",
            ),
        )
    if take.samples.shape[1] < 2:
        raise NotAsked(Text("one channel: there is nothing to compare", "单声道，无需比较左右声道"))
    pair = channel_pair(take.samples, take.rate_hz)
    if pair.dead is not None:
        return Assessment(
            verdict=Verdict.FAIL,
            note=_DEAD[pair.dead],
            advice=Text(
                "push the plug in fully and set the input to mono: half of the listeners' "
                "headphones would be silent",
                "先把插头插到底，再把输入设为单声道：否则听众耳机一侧没有声音",
            ),
        )
    found = (
        ("correlation", pair.correlation, "", _CORRELATION, pair.correlation_uncertainty),
        ("balance", pair.balance_db, "dB", _BALANCE, pair.balance_uncertainty_db),
        ("mono_loss", pair.mono_loss_db, "dB", _MONO, None),
    )
    return Assessment(
        measurements=[
            Measurement.of(name, value, unit, method, uncertainty)
            for name, value, unit, method, uncertainty in found
            if value is not None
        ]
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    phones = Text(
        "rule of thumb: telephones play mono, where inverted channels cancel",
        "经验值：手机以单声道播放，反相的两个声道会抵消",
    )
    sides = Text("rule of thumb: 6 dB off centre is heard", "经验值：偏离中心 6 dB 即可听出")
    return {
        "correlation": Default(Limit(minimum=-0.5, warn_minimum=0), phones, ""),
        "balance": Default(
            Limit(minimum=-20, warn_minimum=-6, warn_maximum=6, maximum=20), sides, "dB"
        ),
        "mono_loss": Default(Limit(maximum=6, warn_maximum=4), phones, "dB"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    value = {m.name: m.value for m in measurements}
    if value.get("correlation", 1.0) < 0:
        return Text(
            "one channel is inverted: press the ø button of one channel or change the cable with "
            "swapped wires; until then set the input to mono, left only",
            "有一个声道反相：先按其中一路的反相键，或更换接反的线；暂时可只用左声道单声道",
        )
    return Text(
        "the voice is off centre: set both gains alike, or set the input to mono",
        "人声偏向一侧：先把两路增益调一致，或把输入设为单声道",
    )


def _has_two_sides(role: Role, _: Studio, _targets: Targets) -> bool:
    if not isinstance(role, MicrophoneRole):
        return False
    # a file has as many channels as it has, whatever was declared
    return role.channels > 1 or role.device.startswith("file:")


CHECK = Check(
    id="mic.channels",
    title=Text("Left and right", "左右声道"),
    about=Text(
        "Polarity, balance and mono loss of a microphone with two channels: on a telephone, "
        "inverted channels are silent.",
        "双声道麦克风的极性、平衡和合成单声道的损失：反相的声道在手机上会没有声音。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_has_two_sides,
    examples=(
        Example(
            says="two channels alike",
            verdict=Verdict.PASS,
            faults=("mic.host:stereo",),
            role="host",
        ),
        Example(
            says="one channel inverted",
            verdict=Verdict.FAIL,
            faults=("mic.host:stereo", "mic.host:invert"),
            role="host",
        ),
        Example(
            says="one side dead",
            verdict=Verdict.FAIL,
            faults=("mic.host:deadside",),
            role="host",
        ),
        Example(
            says="nothing is heard on either side",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:stereo", "mic.host:mute"),
            role="host",
        ),
    ),
)
