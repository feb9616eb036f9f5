"""`mic.echo`: a second, later copy of the presenter's voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.check import Assessment, Case, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.echo_cepstrum import echo_cepstrum
from studiocheck.measure.sound.voice_activity import voice_activity

_LEAST_SPEECH_S = 3.0


def _assess(case: Case) -> Assessment:
    take = case.speech
    if voice_activity(take.mono, take.rate_hz).speech_s < _LEAST_SPEECH_S:
        raise Unmeasurable(
            Text("too little speech to hear an echo of it", "语音太少，无法判断有无回声"),
            Text(
                "speak through the whole speech take, five seconds at least",
                "录语音时请连续说话，至少 5 秒",
            ),
        )
    echo = echo_cepstrum(take.mono, take.rate_hz)
    if not echo.found:
        none = Text(
            "no echo found; one below {level:.0f} dB could not have been seen",
            "未发现回声；低于 {level:.0f} dB 的回声测不出来",
        )
        return Assessment(note=none.fill(level=echo.detectable_db))
    method = Text("cepstrum of the speech", "语音倒谱")
    return Assessment(
        measurements=[
            Measurement.of("echo_level", echo.level_db, "dB", method, echo.uncertainty_db),
            Measurement.of("echo_delay", echo.delay_ms, "ms", method),
        ],
        verdict=Verdict.MARGINAL,
        note=Text(
            "the voice returns after {delay:.0f} ms, at {level:.0f} dB or louder",
            "{delay:.0f} 毫秒后有回声，电平不低于 {level:.0f} dB",
        ).fill(delay=echo.delay_ms, level=echo.level_db),
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "the show must be clear and without echo; -20 dB is a rule of thumb",
        "直播声音应清晰无回声；-20 dB 为经验值",
    )
    return {"echo_level": Default(Limit(maximum=-20), source, "dB")}


def _advice(measurements: Sequence[Measurement]) -> Text:
    delay_ms = next((m.value for m in measurements if m.name == "echo_delay"), 0.0)
    if delay_ms > 60:
        return Text(
            "something plays the voice back: mute the monitor speaker, use headphones, and close "
            "programs and browser tabs that play the stream",
            "有设备在回放人声：先关掉监听音箱改用耳机，再关闭正在播放直播的程序和网页",
        )
    return Text(
        "a hard surface throws the voice back: bring the microphone closer and cover the wall, "
        "table or glass opposite",
        "硬反射面造成回声：麦克风移近嘴边，并遮盖对面的墙、桌面或玻璃",
    )


CHECK = Check(
    id="mic.echo",
    title=Text("Echo", "回声"),
    about=Text(
        "A discrete echo of the voice, 18 to 700 ms late: from a loudspeaker that plays the show, "
        "or from a hard wall.",
        "人声在 18 至 700 毫秒后的独立回声：来自正在放直播声的音箱，或坚硬的墙面。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a room without echo", verdict=Verdict.PASS, role="host"),
        Example(
            says="the monitor speaker returns the voice",
            verdict=Verdict.FAIL,
            faults=("mic.host:echo=180ms/-12dB",),
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
