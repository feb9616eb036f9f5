"""`mic.bandwidth`: how high the voice reaches; a telephone band is found by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.bandwidth import bandwidth_of
from studiocheck.measure.sound.heard import heard

_METHOD = Text(
    "loudest 2 % of frames over the quietest quarter, bands of 250 Hz",
    "最响 2% 帧与最静四分之一帧之比，250 Hz 分带",
)
_TELEPHONE_HZ, _WIDE_HZ = 4500.0, 9500.0
_NAMES = (
    (
        _TELEPHONE_HZ,
        Text(
            "a telephone band: a Bluetooth headset in hands-free mode, or a device at 8 kHz",
            "电话频带：蓝牙耳机处于通话模式，或设备工作在 8 kHz",
        ),
    ),
    (
        _WIDE_HZ,
        Text(
            "a band of 8 kHz: a Bluetooth headset (mSBC), or a device at 16 kHz",
            "8 kHz 频带：蓝牙耳机（mSBC），或设备工作在 16 kHz",
        ),
    ),
)


def _assess(case: Case) -> Assessment:
    take = case.speech
    found = bandwidth_of(case.once(heard, take))
    edge_hz = found.upper_edge_hz
    if found.hidden_by_noise and edge_hz < _WIDE_HZ:
        raise Unmeasurable(
            Text(
                "above {edge:.1f} kHz noise hides the voice: it may reach higher",
                "{edge:.1f} kHz 以上人声被噪声淹没，实际上限可能更高",
            ).fill(edge=edge_hz / 1000),
            Text("reduce the noise first, or speak closer", "请先降低噪声，或靠近麦克风说话"),
        )
    note = next((name for limit_hz, name in _NAMES if edge_hz < limit_hz), None)
    return Assessment(
        measurements=[
            Measurement.of(
                "upper_edge", edge_hz / 1000, "kHz", _METHOD, found.uncertainty_hz / 1000
            )
        ],
        note=note,
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "measured on coded speech: CVSD 4 kHz, mSBC below 9.5 kHz",
        "编码语音实测：CVSD 4 kHz，mSBC 低于 9.5 kHz",
    )
    limit = Limit(minimum=_TELEPHONE_HZ / 1000, warn_minimum=_WIDE_HZ / 1000)
    return {"upper_edge": Default(limit, source, "kHz")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "choose another input: the microphone by its cable or its own receiver instead of the "
        "Bluetooth headset; then set the device to 48 kHz",
        "先换输入：用有线或自带接收机的麦克风，不用蓝牙耳机；再把设备设为 48 kHz",
    )


CHECK = Check(
    id="mic.bandwidth",
    title=Text("Voice bandwidth", "人声频带"),
    about=Text(
        "The highest frequency that comes through: Bluetooth headsets in hands-free mode sound "
        "like a telephone.",
        "人声能到达的最高频率：蓝牙耳机的通话模式听起来像电话。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a studio microphone", verdict=Verdict.PASS, role="host"),
        Example(
            says="a Bluetooth headset in hands-free mode",
            verdict=Verdict.FAIL,
            faults=("mic.host:narrowband",),
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
