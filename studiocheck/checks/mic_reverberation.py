"""`mic.reverberation`: how long the room keeps sounding after a word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Speech, Sweep
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.blind_reverberation import Light, blind_reverberation
from studiocheck.measure.sound.clarity import clarity
from studiocheck.measure.sound.decay_iso3382 import (
    T20,
    T30,
    DecayRange,
    DecayTime,
    decay_curve,
    decay_time,
    mid_frequency_time,
)
from studiocheck.measure.sound.heard import low_rate_voice
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.swept_room import room_response

T = TypeVar("T")

_MIDDLE = Text("ISO 3382, sweep, mean of 500 Hz and 1 kHz", "ISO 3382，扫频，500 Hz 与 1 kHz 平均")
_BROAD = Text("ISO 3382, sweep, 88 Hz to 11.3 kHz", "ISO 3382，扫频，88 Hz 至 11.3 kHz")
_CLARITY = Text("ISO 3382-1, annex A, early to late energy", "ISO 3382-1 附录 A，早后期声能比")
_DECLARE = Text(
    "declare the monitor speaker under [speakers.monitor] to have it measured",
    "请在 [speakers.monitor] 中登记监听音箱，以便实测",
)


def _assess(case: Case) -> Assessment:
    try:
        return _measured(case.once(room_response, case.sweep))
    except NotAsked as undeclared:
        return _from_speech(case, undeclared)
    except Unmeasurable as unheard:
        return _from_speech(case, unheard)


def _measured(response: ImpulseResponse) -> Assessment:
    """Measure the decay that the sweep shows; raises `Unmeasurable` where T20 is not there."""
    try:
        method, decay = _MIDDLE, mid_frequency_time(response, T20)
    except Unmeasurable:
        method, decay = _BROAD, _broadband(response, T20)
    found = [_time("t20", decay, method)]
    of = mid_frequency_time if method is _MIDDLE else _broadband
    longer = _or_none(lambda: of(response, T30))
    if longer is not None:
        found.append(_time("t30", longer, method))
    early = _or_none(lambda: clarity(response))
    if early is not None:
        found.append(Measurement.of("c50", early.c50_db, "dB", _CLARITY, early.uncertainty_db))
    return Assessment(measurements=found)


def _broadband(response: ImpulseResponse, part: DecayRange) -> DecayTime:
    return decay_time(decay_curve(response), part)


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
        voice = case.once(low_rate_voice, case.speech)
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
    return {"t20": Default(Limit(warn_maximum=0.4, maximum=0.6), source, "s")}


def _advice(_: Sequence[Measurement]) -> Text:
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
    needs=(Speech(), Sweep()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a furnished room, 0.25 s", verdict=Verdict.PASS, role="host"),
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
