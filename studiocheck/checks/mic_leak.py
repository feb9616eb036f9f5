"""`mic.leak`: the programme that returns from the monitor into the microphone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Sweep
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.takes import SweepEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.deconvolution import SweepUnheard
from studiocheck.measure.sound.level import strongest_channel
from studiocheck.measure.sound.sweep_leak import detectable_db, sweep_leak
from studiocheck.measure.sound.swept_room import played_sweep, room_response

_METHOD = Text("sweep, weighed as speech", "扫频，按语音频谱加权")
_DELAY = Text("sweep, latency of both devices included", "扫频，含两端设备延迟")
_FAIL_DB, _WARN_DB = 30.0, 45.0


def _assess(case: Case) -> Assessment:
    evidence = case.sweep
    if not evidence.speaker.on_air:
        raise NotAsked(
            Text("the monitor speaker is mute during the show", "直播时监听音箱静音，不会串音")
        )
    try:
        response = case.once(room_response, evidence)
    except SweepUnheard:
        return _unheard(evidence)
    leak = sweep_leak(response)
    found = [
        Measurement.of("leak_attenuation", leak.attenuation_db, "dB", _METHOD, leak.uncertainty_db)
    ]
    if evidence.played_after_s is not None:
        delay_ms = 1000 * (response.delay_s - evidence.played_after_s)
        found.append(Measurement.of("leak_delay", delay_ms, "ms", _DELAY))
    return Assessment(measurements=found)


def _unheard(evidence: SweepEvidence) -> Assessment:
    """Say how faint a return would still have been heard; too loud a noise hides one."""
    limit_db = detectable_db(strongest_channel(evidence.samples), played_sweep(evidence))
    if limit_db < _WARN_DB:
        raise Unmeasurable(
            Text(
                "too noisy to hear whether the monitor returns: only up to {limit:.0f} dB",
                "噪声太大，只能测到 {limit:.0f} dB 以内的串音",
            ).fill(limit=limit_db),
            Text(
                "make the room quieter, or raise sweep_dbfs of the speaker in the studio file",
                "降低环境噪声，或调高直播间设备文件中音箱的 sweep_dbfs",
            ),
        )
    return Assessment(
        note=Text(
            "nothing of the monitor is heard; a return above -{limit:.0f} dB would have been",
            "麦克风里听不到监听声；高于 -{limit:.0f} dB 的串音能测出来",
        ).fill(limit=limit_db)
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "rule of thumb: below 45 dB viewers may hear it, below 30 dB they do",
        "经验值：低于 45 dB 观众可能听到，低于 30 dB 一定听到",
    )
    limit = Limit(minimum=_FAIL_DB, warn_minimum=_WARN_DB)
    return {"leak_attenuation": Default(limit, source, "dB")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "mute the monitor speaker and give the presenter headphones; if it must play, turn it down "
        "by 15 dB and away from the microphone. One that is mute in the show: set on_air = false",
        "先关掉监听音箱，让主播戴耳机；必须外放时调低 15 dB 并背对麦克风。"
        "若直播时本来就静音，请设 on_air = false",
    )


CHECK = Check(
    id="mic.leak",
    title=Text("Programme leak", "串音"),
    about=Text(
        "How much of what the monitor speaker plays comes back into the microphone, and when: "
        "viewers hear it as an echo.",
        "监听音箱的声音有多少、隔多久又进入麦克风：观众会听成回声。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Sweep(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a monitor that is hardly heard", verdict=Verdict.PASS, role="host"),
        Example(
            says="a monitor that is turned off",
            verdict=Verdict.PASS,
            faults=("speaker.monitor:mute",),
            role="host",
        ),
        Example(
            says="a monitor beside the microphone",
            verdict=Verdict.FAIL,
            faults=("mic.host:leak=-20dB",),
            role="host",
        ),
        Example(
            says="a monitor turned up by 10 dB",
            verdict=Verdict.MARGINAL,
            faults=("speaker.monitor:gain=10dB",),
            role="host",
        ),
        Example(
            says="a monitor that is not plugged in",
            verdict=Verdict.UNMEASURED,
            faults=("speaker.monitor:unplug",),
            role="host",
        ),
    ),
)
