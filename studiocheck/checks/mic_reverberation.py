"""`mic.reverberation`: how long the room keeps sounding after a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import RoomBaseline, Speech, Sweep
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.sound import DecayMethod
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.blind_reverberation import Light, blind_reverberation
from studiocheck.measure.sound.clarity import clarity
from studiocheck.measure.sound.decay_iso3382 import T30, DecayTime
from studiocheck.measure.sound.heard import heard, low_rate_voice
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.room_baseline import change_percent, decay_by, t20_of
from studiocheck.measure.sound.sound_pressure import unlike
from studiocheck.measure.sound.swept_room import room_response

T = TypeVar("T")

_METHODS: Mapping[DecayMethod, Text] = {
    "middle": Text(
        "ISO 3382, sweep, mean of 500 Hz and 1 kHz", "ISO 3382，扫频，500 Hz 与 1 kHz 平均"
    ),
    "broadband": Text("ISO 3382, sweep, 88 Hz to 11.3 kHz", "ISO 3382，扫频，88 Hz 至 11.3 kHz"),
}
_CHANGE = Text("T20 against the stored room", "T20 与保存的房间基准对比")
_CLARITY = Text("ISO 3382-1, annex A, early to late energy", "ISO 3382-1 附录 A，早后期声能比")
_DECLARE = Text(
    "declare the monitor speaker under [speakers.monitor] to have it measured",
    "请在 [speakers.monitor] 中登记监听音箱，以便实测",
)


def _assess(case: Case) -> Assessment:
    try:
        return _measured(case)
    except NotAsked as undeclared:
        return _from_speech(case, undeclared)
    except Unmeasurable as unheard:
        return _from_speech(case, unheard)


def _measured(case: Case) -> Assessment:
    """Measure the decay that the sweep shows; raises `Unmeasurable` where T20 is not there."""
    response = case.once(room_response, case.sweep)
    which, decay = t20_of(response)
    method = _METHODS[which]
    found = [_time("t20", decay, method)]
    longer = _or_none(lambda: decay_by(response, which, T30))
    if longer is not None:
        found.append(_time("t30", longer, method))
    early = _or_none(lambda: clarity(response))
    if early is not None:
        found.append(Measurement.of("c50", early.c50_db, "dB", _CLARITY, early.uncertainty_db))
    change, note = _since(case, response, which, decay)
    if change is not None:
        found.append(change)
    return Assessment(measurements=found, note=note)


def _since(
    case: Case, response: ImpulseResponse, which: DecayMethod, decay: DecayTime
) -> tuple[Measurement | None, Text | None]:
    """Return by how much the reverberation changed since the room was stored."""
    try:
        stored = case.room_baseline
    except Unmeasurable as error:
        return None, error.reason
    if stored is None or stored.acoustics is None or stored.acoustics.t20 is None:
        return None, None
    then = stored.acoustics.t20
    if stored.acoustics.speaker != case.sweep.speaker.device:
        said = Text("the stored room was swept by another speaker", "房间基准用的是另一只音箱")
        return None, said
    doubt = unlike(stored.microphone, case.sweep.microphone)
    if doubt is not None:
        said = Text("the stored room is not compared: {doubt}", "未与保存的房间基准对比：{doubt}")
        return None, said.fill(doubt=doubt)
    same = which == then.method
    now = decay if same else _or_none(lambda: decay_by(response, then.method))
    if now is None:
        return None, None
    change = change_percent(now, then)
    day = stored.taken[:10]
    note = Text(f"{then.seconds:.2f} s on {day}", f"{day} 时为 {then.seconds:.2f} 秒")
    if stored.age_days > stored.lasts_days:
        note = Text(
            "{note}, {age:.0f} days ago: on a good day repeat `studiocheck calibrate room`",
            "{note}，已过 {age:.0f} 天：状态良好时请重做 `studiocheck calibrate room`",
        ).fill(note=note, age=stored.age_days)
    return Measurement.of("t20_change", change[0], "%", _CHANGE, change[1]), note


def _time(name: str, decay: DecayTime, method: Text) -> Measurement:
    return Measurement.of(name, decay.seconds, "s", method, decay.uncertainty_s)


def _or_none(measure: Callable[[], T]) -> T | None:
    try:
        return measure()
    except Unmeasurable:
        return None


def _from_speech(case: Case, why: NotAsked | Unmeasurable) -> Assessment:
    """Judge the room by the voice alone: never worse than marginal, and no number."""
    try:
        voice = case.once(low_rate_voice, case.once(heard, case.speech))
        blind = blind_reverberation(voice.mono, voice.rate_hz)
    except Unmeasurable:
        if isinstance(why, Unmeasurable):  # what stood in the way first
            raise why from None
        raise
    if blind.light is Light.DOUBTFUL:
        if isinstance(why, Unmeasurable):
            raise why
        raise NotAsked(
            Text(
                "speech alone does not tell whether this room is dry: {declare}",
                "仅凭语音无法判断房间是否够干：{declare}",
            ).fill(declare=_DECLARE)
        )
    sure = 100 * blind.confidence
    if blind.light is Light.DRY:
        note = Text(
            "judged from the speech alone: dry ({sure:.0f} % sure that it is below 0.5 s)",
            "仅凭语音判断：较干（{sure:.0f}% 的把握低于 0.5 秒）",
        ).fill(sure=sure)
    else:
        note = Text(
            "judged from the speech alone: reverberant ({sure:.0f} % sure that it is above 0.5 s)",
            "仅凭语音判断：混响偏长（{sure:.0f}% 的把握高于 0.5 秒）",
        ).fill(sure=sure)
    if isinstance(why, Unmeasurable):
        note = Text("{why}; {note}", "{why}；{note}").fill(why=why.reason, note=note)
    verdict = Verdict.PASS if blind.light is Light.DRY else Verdict.MARGINAL
    return Assessment(verdict=verdict, note=note)


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "EBU Tech 3276: 0.2 to 0.4 s in a listening room; 0.6 s is audible in every word",
        "EBU Tech 3276：听音室 0.2 至 0.4 秒；0.6 秒时每个字都听得出混响",
    )
    change = Text(
        "rule of thumb: four steps of what is just audible (5 %, ISO 3382-1)",
        "经验值：4 个最小可觉差（ISO 3382-1，5 %）",
    )
    return {
        "t20": Default(Limit(warn_maximum=0.4, maximum=0.6), source, "s"),
        "t20_change": Default(Limit(warn_maximum=20), change, "%"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = {m.name: exceeded(m) for m in measurements}
    if sides.get("t20_change") == "high" and sides.get("t20") != "high":
        return Text(
            "the room has become more reverberant: close the curtains and bring back carpet, "
            "screens or furniture that was taken out; then look whether a door stands open",
            "房间混响变长：先拉上窗帘，把撤走的地毯、屏风或家具放回；再看是否有门开着",
        )
    return Text(
        "bring the microphone within 30 cm of the mouth or use a lavalier; then hang curtains or "
        "duvets on the bare wall behind the camera and lay a carpet",
        "先把麦克风移到离嘴 30 厘米以内或改用领夹麦；再在摄像机后的空墙挂窗帘或被子，地面铺地毯",
    )


CHECK = Check(
    id="mic.reverberation",
    title=Text("Reverberation", "混响"),
    about=Text(
        "How long the room keeps sounding: from a sweep through the monitor speaker; without one "
        "the speech tells dry from reverberant, and no number.",
        "房间余音的长短：由监听音箱播放扫频实测；没有音箱时只凭语音区分干与混响，不给数值。",
    ),
    scope=Scope.MICROPHONE,
    needs=(Speech(), Sweep(), RoomBaseline()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a furnished room, 0.25 s", verdict=Verdict.PASS, role="host"),
        Example(
            says="dry enough, and yet livelier than when the room was stored",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:rt60=0.36s",),
            role="host",
        ),
        Example(
            says="a bare room, 0.9 s",
            verdict=Verdict.FAIL,
            faults=("mic.host:rt60=0.9s",),
            role="host",
        ),
        Example(
            says="a bare room whose speaker is off: from speech, a warning at most",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:rt60=1.2s", "mic.host:moved", "speaker.monitor:mute"),
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
