"""`mic.intelligibility`: how much of the words is left after room and noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomTone, Speech, Sweep
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import heard
from studiocheck.measure.sound.octave_levels import octave_levels_db
from studiocheck.measure.sound.sti_iec60268 import speech_transmission_index
from studiocheck.measure.sound.swept_room import room_response

Levels = NDArray[np.float64]

_METHOD = Text("IEC 60268-16, indirect, sweep", "IEC 60268-16 间接法，扫频")
_LEAST_SPEECH_S = 3.0


def _assess(case: Case) -> Assessment:
    response = case.once(room_response, case.sweep)
    speech_db, noise_db = _levels(case)
    heard_speech = speech_db is not None
    index = speech_transmission_index(response, speech_db, noise_db)
    path = Text(
        "from the monitor speaker to the microphone, with the noise of the room",
        "监听音箱到麦克风的路径，含房间底噪",
    )
    silent = Text(
        "from the monitor speaker to the microphone, without noise: nobody spoke",
        "监听音箱到麦克风的路径，不含底噪：没有录到说话声",
    )
    return Assessment(
        measurements=[Measurement.of("sti", index.sti, "", _METHOD, index.uncertainty)],
        note=path if heard_speech else silent,
    )


def _levels(case: Case) -> tuple[Levels, Levels] | tuple[None, None]:
    """Return the octave levels of speech and noise, where both were heard."""
    try:
        quiet, speech = case.quiet, case.speech
        if case.once(heard, speech).activity.speech_s < _LEAST_SPEECH_S:
            return None, None
        return (
            octave_levels_db(speech.samples, speech.rate_hz),
            octave_levels_db(quiet.samples, quiet.rate_hz),
        )
    except Unmeasurable:
        return None, None


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "IEC 60268-16: excellent above 0.75, good above 0.60",
        "IEC 60268-16：0.75 以上为优，0.60 以上为良",
    )
    return {"sti": Default(Limit(minimum=0.60, warn_minimum=0.75), source, "")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "bring the microphone within 30 cm of the mouth; then switch fans off and damp the bare "
        "walls",
        "先把麦克风移到离嘴 30 厘米以内；再关掉风扇，给空墙加吸音",
    )


CHECK = Check(
    id="mic.intelligibility",
    title=Text("Speech intelligibility", "语言清晰度"),
    about=Text(
        "The speech transmission index: how much of the words survives room and noise on the way "
        "from the monitor speaker to the microphone; a talker who stands closer fares better.",
        "语言传输指数 STI：从监听音箱到麦克风，语音经过房间和底噪后还剩多少；说话人更近时会更好。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech(), Sweep()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a furnished room", verdict=Verdict.PASS, role="host"),
        Example(
            says="a hall",
            verdict=Verdict.FAIL,
            faults=("mic.host:rt60=2s",),
            role="host",
        ),
        Example(
            says="the monitor speaker is off",
            verdict=Verdict.UNMEASURED,
            faults=("speaker.monitor:mute",),
            role="host",
        ),
    ),
)
