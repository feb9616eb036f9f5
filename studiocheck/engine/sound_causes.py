"""Causes behind several findings on sound: what microphones share, or the one that is alone. Pure.

A fault that every microphone has sits where their paths meet; a fault of one sits before that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from studiocheck.core.check import Scope
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text
from studiocheck.engine.causes import (
    Captures,
    Rule,
    diagnosis,
    is_bad,
    is_low,
    measured,
    where,
)
from studiocheck.engine.device_keys import DeviceKey

_BAD = (Verdict.FAIL, Verdict.MARGINAL)
_OF_NOISE = ("mic.noise_floor", "mic.snr")
_SAME_MAINS_HZ = 0.3
"""One grid has one frequency; farther apart than this, two things hum."""

_HUM_IS_THE_NOISE_DB = 3.0
"""Hum at most this much below a noise floor makes up half of it."""

_BLUETOOTH = re.compile(
    r"bluetooth|bluez|hands.?free|headset|\bhfp\b|\bhsp\b|air ?pods|buds|蓝牙|耳机", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Spread:
    """Which microphones have a fault, by the positions of their findings."""

    bad: tuple[int, ...]
    good: tuple[int, ...]
    others: int

    @property
    def everywhere(self) -> bool:
        """Whether each of several microphones has it."""
        return len(self.bad) > 1 and not self.good and not self.others

    @property
    def alone(self) -> bool:
        """Whether one has it and another surely has not; what is not known proves nothing."""
        return len(self.bad) == 1 and bool(self.good)


def _spread(findings: Sequence[Finding], check: str) -> _Spread:
    there = [i for i, f in enumerate(findings) if f.check == check]
    bad = tuple(i for i in there if findings[i].verdict in _BAD)
    good = tuple(i for i in there if findings[i].verdict is Verdict.PASS)
    return _Spread(bad, good, len(there) - len(bad) - len(good))


def _of(findings: Sequence[Finding], role: str, *checks: str) -> list[int]:
    """Return the positions of what is bad in some checks of one microphone."""
    hits = (i for check in checks for i in where(findings, check, *_BAD))
    return [i for i in hits if findings[i].role == role]


def _hum(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """The same hum on all microphones: mains, mixer, ground. On one: its own cable.

    Otherwise it is still the first thing to touch where it is what makes the noise.
    """
    spread = _spread(findings, "mic.hum")
    hits = [*spread.bad, *(j for i in spread.bad for j in _noise_of_hum(findings, i))]
    mains_hz = [
        found.value for i in spread.bad if (found := measured(findings[i], "mains_frequency"))
    ]
    known = len(mains_hz) == len(spread.bad)
    if spread.everywhere and known and max(mains_hz) - min(mains_hz) <= _SAME_MAINS_HZ:
        hertz = f"{sum(mains_hz) / len(mains_hz):.0f}"
        text = Text(
            f"every microphone hums at {hertz} Hz: it comes in where they meet; run mixer, audio "
            "interface and computer from one mains outlet first, then lift the ground between "
            "mixer and computer with an isolating transformer",
            f"所有麦克风都有 {hertz} Hz 交流声，来自它们的公共部分："
            "先让调音台、声卡和电脑共用一个电源插座，再在调音台与电脑之间加音频隔离变压器",
        )
        return [diagnosis("mic.hum_everywhere", text, hits)]
    if spread.alone:
        role = findings[spread.bad[0]].role
        text = Text(
            f"only microphone {role} hums: swap its cable first, and keep it away from power "
            "supplies and dimmers",
            f"只有麦克风 {role} 有交流声：先换它的音频线，并让线远离电源适配器和调光器",
        )
        return [diagnosis("mic.hum_cable", text, hits)]
    return [
        _hum_is_noise(findings[i].role, [i, *noise])
        for i in spread.bad
        if (noise := _noise_of_hum(findings, i))
    ]


def _hum_is_noise(role: str, hits: Sequence[int]) -> Diagnosis:
    text = Text(
        f"the noise of microphone {role} is mains hum: unplug the laptop's power supply and "
        "listen; if the hum stops, run computer and mixer from one outlet; if not, swap the audio "
        "cable and keep it away from power supplies and dimmers",
        f"麦克风 {role} 的噪声主要是交流声：先拔掉笔记本电源试听；若消失，"
        "让电脑和调音台共用一个插排；若还在，换音频线，并远离电源适配器和调光器",
    )
    return diagnosis("mic.hum_is_noise", text, hits)


def _noise_of_hum(findings: Sequence[Finding], hum: int) -> list[int]:
    """Return the findings on noise of a microphone whose noise is mostly its hum."""
    role, level = findings[hum].role, measured(findings[hum], "hum_level")
    floors = _of(findings, role, "mic.noise_floor")
    floor = measured(findings[floors[0]], "noise_floor") if floors else None
    if level is None or floor is None or level.value < floor.value - _HUM_IS_THE_NOISE_DB:
        return []
    return _of(findings, role, *_OF_NOISE)


def _gaps(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Holes on all microphones: the computer. On one: its way here."""
    spread = _spread(findings, "mic.gaps")
    if spread.everywhere:
        text = Text(
            "every microphone drops out: it is the computer, not the microphones; plug the audio "
            "interface straight into the computer first, then close other programs and set the "
            "sound system's buffer to 1024 samples",
            "所有麦克风都断音，问题在电脑而不在麦克风："
            "先把声卡直接插到电脑上，再关掉其他程序，并把声音缓冲调到 1024 采样",
        )
        return [diagnosis("mic.gaps_everywhere", text, spread.bad)]
    if spread.alone:
        role = findings[spread.bad[0]].role
        text = Text(
            f"only microphone {role} drops out: if it is wireless, charge its transmitter, bring "
            "the receiver within sight and change the channel; if not, swap its cable",
            f"只有麦克风 {role} 断音：若是无线，先给发射机充电，让接收机无遮挡可见，再换频道；"
            "若是有线，换线",
        )
        return [diagnosis("mic.gaps_link", text, spread.bad)]
    return []


def _too_far(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A voice that is faint and close to the noise is far away: gain would raise both."""
    found = []
    for i in where(findings, "mic.level", *_BAD):
        role = findings[i].role
        noise = _of(findings, role, *_OF_NOISE)
        if is_low(findings[i], "loudness") and noise:
            text = Text(
                f"the voice is too faint in microphone {role} and close to the noise: move the "
                "microphone to a hand's width from the mouth; more gain would raise the noise "
                "as well",
                f"麦克风 {role} 里人声太小、接近噪声：先把麦克风移到离嘴一掌宽处；"
                "只加增益会把噪声一起放大",
            )
            found.append(diagnosis("mic.too_far", text, [i, *noise]))
    return found


def _headset(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """A narrow band, and a name that says why."""
    found = []
    for i in where(findings, "mic.bandwidth", *_BAD):
        role = findings[i].role
        name = _name(role, captures)
        if is_bad(findings[i], "upper_edge") and _BLUETOOTH.search(name):
            text = Text(
                f"microphone {role} is a Bluetooth headset ({name}) in hands-free mode: it sounds "
                "like a telephone; choose a wired or a lavalier microphone instead",
                f"麦克风 {role} 是处于通话模式的蓝牙耳机（{name}），声音像打电话："
                "请改用有线麦克风或领夹麦",
            )
            found.append(diagnosis("mic.bluetooth", text, [i]))
    return found


def _name(role: str, captures: Captures) -> str:
    """Return everything that a microphone and the system call it."""
    takes = captures.get(DeviceKey(Scope.MICROPHONE, role), {})
    for need in (Speech, RoomTone):
        evidence = takes[need].evidence if need in takes else None
        if isinstance(evidence, TakeEvidence):
            info = evidence.microphone
            return " ".join(dict.fromkeys(filter(None, (info.name, info.attached_to))))
    return ""


def _too_loud(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A wave that is cut off tells nothing new about its level: one gain is too high."""
    found = []
    for i in where(findings, "mic.clipping", *_BAD):
        role = findings[i].role
        level = _of(findings, role, "mic.level")
        high = [j for j in level if not is_low(findings[j], "loudness")]
        low = [j for j in level if j not in high]
        if high:
            text = Text(
                f"microphone {role} clips because it is too loud: turn the gain down by 6 dB at "
                "the first stage, transmitter or preamplifier, and speak again",
                f"麦克风 {role} 因声音过大而削波：从第一级（发射机或话放）把增益降 6 dB，再说一遍",
            )
            found.append(diagnosis("mic.too_loud", text, [i, *high]))
        elif low:
            text = Text(
                f"microphone {role} clips and is faint all the same: an early stage is too loud "
                "and a later one turned down; lower the gain of the transmitter or preamplifier "
                "first, then raise the level of the computer",
                f"麦克风 {role} 既削波又偏小：前级过大、后级被调低；"
                "先降发射机或话放的增益，再提高电脑的输入音量",
            )
            found.append(diagnosis("mic.gain_structure", text, [i, *low]))
    return found


def _echo(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Every microphone hears the voice again: a loudspeaker, or the room."""
    spread = _spread(findings, "mic.echo")
    if not spread.everywhere:
        return []
    roles = [findings[i].role for i in spread.bad]
    leaks = [i for i in where(findings, "mic.leak", *_BAD) if findings[i].role in roles]
    text = Text(
        "every microphone hears an echo: mute the monitor loudspeaker and use headphones first; "
        "if the echo stays, it is the room: curtains or blankets on the bare walls",
        "所有麦克风都有回声：先把监听音箱静音、改用耳机；若仍有回声就是房间反射，在光墙上挂帘子或毯子",
    )
    return [diagnosis("mic.echo_everywhere", text, [*spread.bad, *leaks])]


RULES: tuple[Rule, ...] = (_gaps, _hum, _too_loud, _too_far, _headset, _echo)
