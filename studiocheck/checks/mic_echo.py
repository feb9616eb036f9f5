"""`mic.echo`: a second, later copy of the presenter's voice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import RoomBaseline, Speech, Sweep
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.sound.echo_cepstrum import Echo, echo_cepstrum
from studiocheck.measure.sound.energy_time import DiscreteEcho, EchoSearch, find_echoes
from studiocheck.measure.sound.heard import heard, low_rate_voice
from studiocheck.measure.sound.room_baseline import answer_to_same, was_there
from studiocheck.measure.sound.swept_room import room_response

_LEAST_SPEECH_S = 3.0
_CEPSTRUM = Text("cepstrum of the speech", "语音倒谱")
_SWEEP = Text("sweep, energy-time curve", "扫频，能量时间曲线")
_SPOKEN = Text("from 18 to 700 ms after the voice", "人声之后 18 至 700 毫秒内")
_SWEPT = Text("from 30 ms to 1 s after the sweep", "扫频之后 30 毫秒至 1 秒内")


def _assess(case: Case) -> Assessment:
    """Look for an echo in the sweep, where there is one, and in the voice: either may find it."""
    swept = _swept(case)
    if swept is not None and swept.echoes:
        return _in_sweep(swept.echoes[0], _since(case, swept.echoes[0]))
    try:
        spoken = _spoken(case)
    except Unmeasurable:
        if swept is None:
            raise
        return _none_above(swept.detectable_db, _SWEPT)
    if spoken.found:
        return _in_speech(spoken)
    if swept is not None and swept.detectable_db < spoken.detectable_db:
        return _none_above(swept.detectable_db, _SWEPT)
    return _none_above(spoken.detectable_db, _SPOKEN)


def _swept(case: Case) -> EchoSearch | None:
    """Return what the sweep shows; None where there is none, or it was not heard."""
    try:
        return find_echoes(case.once(room_response, case.sweep))
    except (NotAsked, Unmeasurable):
        return None


def _spoken(case: Case) -> Echo:
    """Return what the voice shows; raises `Unmeasurable`."""
    take = case.once(heard, case.speech)
    if take.activity.speech_s < _LEAST_SPEECH_S:
        raise Unmeasurable(
            Text("too little speech to hear an echo of it", "语音太少，无法判断有无回声"),
            Text(
                "speak through the whole speech take, five seconds at least",
                "录语音时请连续说话，至少 5 秒",
            ),
        )
    voice = case.once(low_rate_voice, take)
    return echo_cepstrum(voice.mono, voice.rate_hz)


def _none_above(level_db: float, looked: Text) -> Assessment:
    none = Text(
        "no echo found {looked}; one below {level:.0f} dB could not have been seen",
        "{looked}未发现回声；低于 {level:.0f} dB 的回声测不出来",
    )
    return Assessment(note=none.fill(looked=looked, level=level_db))


def _since(case: Case, echo: DiscreteEcho) -> Text | None:
    """Say whether an echo was there when the room was stored."""
    try:
        stored = case.room_baseline
    except Unmeasurable as error:
        return error.reason
    then = answer_to_same(stored, case.sweep)
    if stored is None or then is None:
        return None
    if was_there(echo, then):
        return Text(f"it was there on {stored.taken[:10]}", f"{stored.taken[:10]} 时已存在")
    return Text(
        f"new since {stored.taken[:10]}: look what was moved",
        f"{stored.taken[:10]} 之后新出现：看看动过什么",
    )


def _in_sweep(echo: DiscreteEcho, since: Text | None) -> Assessment:
    note = Text(
        "the monitor's sound returns after {delay:.1f} ms, at {level:.0f} dB",
        "监听声在 {delay:.1f} 毫秒后有回声，电平 {level:.0f} dB",
    ).fill(delay=echo.delay_ms, level=echo.level_db)
    return Assessment(
        measurements=[
            Measurement.of("echo_level", echo.level_db, "dB", _SWEEP, echo.level_uncertainty_db),
            Measurement.of("echo_delay", echo.delay_ms, "ms", _SWEEP, echo.delay_uncertainty_ms),
        ],
        verdict=Verdict.MARGINAL,
        note=note if since is None else joined([note, since]),
    )


def _in_speech(echo: Echo) -> Assessment:
    return Assessment(
        measurements=[
            Measurement.of("echo_level", echo.level_db, "dB", _CEPSTRUM, echo.uncertainty_db),
            Measurement.of("echo_delay", echo.delay_ms, "ms", _CEPSTRUM),
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
        "A discrete echo, heard in the speech (18 to 700 ms late) and, where there is a monitor "
        "speaker, in a sweep (30 ms to 1 s): from a loudspeaker that plays the show, or a hard "
        "wall.",
        "独立的回声：从语音中查找（18 至 700 毫秒），有监听音箱时也用扫频查找（30 毫秒至 1 秒）；"
        "来自正在放直播声的音箱，或坚硬的墙面。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(), Sweep(), RoomBaseline()),
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
