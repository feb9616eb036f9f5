"""`mic.hum`: mains hum from cables, power supplies and dimmers."""

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
from studiocheck.measure.sound.heard import heard
from studiocheck.measure.sound.hum import LEAST_TAKE_S, Hum, hum
from studiocheck.measure.sound.signal_state import SignalState, require_alive, signal_state

_LOUDEST_DBFS = -55.0
_QUIET = Text("lines of 50 or 60 Hz in the quiet take", "安静录音中 50/60 Hz 及其谐波谱线")
_SPEECH = Text("lines of 50 or 60 Hz under the speech", "语音之下 50/60 Hz 及其谐波谱线")


def _assess(case: Case) -> Assessment:
    quiet = _quiet(case)
    take = quiet or case.speech
    require_alive(case.once(signal_state, take.samples))
    found = hum(case.once(heard, take).mono, take.rate_hz)
    if found.mains_hz is None or found.level_dbfs is None:
        return _nothing(found)
    method = _QUIET if quiet else _SPEECH
    lines = ", ".join(f"{line:.0f}" for line in found.lines_hz)
    return Assessment(
        measurements=[
            Measurement.of("hum_level", found.level_dbfs, "dBFS", method, found.uncertainty_db),
            Measurement.of(
                "mains_frequency", found.mains_hz, "Hz", method, found.mains_uncertainty_hz
            ),
        ],
        note=Text("lines at {lines} Hz", "谱线位于 {lines} Hz").fill(lines=lines),
    )


def _quiet(case: Case) -> TakeEvidence | None:
    """Return the quiet take where hum can be seen in it: joined pauses break its phase."""
    try:
        quiet = case.quiet if RoomTone in case.captured else None
    except Unmeasurable:
        return None
    if quiet is None or quiet.joined or quiet.duration_s < LEAST_TAKE_S:
        return None
    return quiet if case.once(signal_state, quiet.samples) is SignalState.ALIVE else None


def _nothing(found: Hum) -> Assessment:
    level = found.detectable_dbfs
    if level > _LOUDEST_DBFS:
        raise Unmeasurable(
            Text(
                "hum below {level:.0f} dBFS could not be seen in this much noise",
                "噪声太大，低于 {level:.0f} dBFS 的交流声测不出来",
            ).fill(level=level),
            Text("reduce the noise first", "请先降低噪声"),
        )
    return Assessment(
        note=Text(
            "no hum found; hum below {level:.0f} dBFS could not have been seen",
            "未发现交流声；低于 {level:.0f} dBFS 的交流声测不出来",
        ).fill(level=level)
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text("rule of thumb: 10 dB below a good noise floor", "经验值：比良好的底噪再低 10 dB")
    return {
        "hum_level": Default(Limit(maximum=_LOUDEST_DBFS, warn_maximum=-70), rule, "dBFS"),
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "unplug the power supply of the laptop and listen: if the hum goes, take mains for "
        "computer and mixer from one socket strip; then change the cable for a balanced one (XLR), "
        "away from power cables and dimmers",
        "先拔掉笔记本电源试听：若交流声消失，请让电脑和调音台共用一个插排；再换平衡线（XLR），"
        "并远离电源线和调光器",
    )


CHECK = Check(
    id="mic.hum",
    title=Text("Mains hum", "交流声"),
    about=Text(
        "Hum of the mains and its harmonics, with its frequency: from cables, power supplies, "
        "dimmers.",
        "电源交流声及其谐波的电平和频率：来自线缆、电源和调光器。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="no hum", verdict=Verdict.PASS, role="host"),
        Example(
            says="a little hum of 60 Hz mains",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:hum60=-62dBFS",),
            role="host",
        ),
        Example(
            says="a ground loop",
            verdict=Verdict.FAIL,
            faults=("mic.host:hum=-45dBFS",),
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
