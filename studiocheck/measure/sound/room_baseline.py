"""What is kept of a room's answer to a sweep, and what has changed since."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.sound import (
    DecayMethod,
    KnownDecay,
    KnownEcho,
    RoomAcoustics,
    RoomEvidence,
)
from studiocheck.core.takes import SweepEvidence
from studiocheck.measure.sound.clarity import clarity
from studiocheck.measure.sound.decay_curve_schroeder import decay_curve
from studiocheck.measure.sound.decay_iso3382 import (
    T20,
    T30,
    DecayRange,
    DecayTime,
    decay_time,
    mid_frequency_time,
)
from studiocheck.measure.sound.energy_time import DiscreteEcho, energy_time_curve, find_echoes
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.sound_pressure import unlike
from studiocheck.measure.sound.sti_iec60268 import speech_transmission_index

T = TypeVar("T")

_CURVE_S = 1.0
STEP_S = 0.001
"""Over which the stored curve keeps its highest level."""
_QUIETEST_DB = -120.0
_SAME_MS = 2
_LOUDER_DB = 6.0


def t20_of(response: ImpulseResponse) -> tuple[DecayMethod, DecayTime]:
    """Measure T20 in the middle octaves or, where these do not decay far enough, in all.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.

    Returns
    -------
    str, DecayTime
        Which of both, and the time, s.

    Raises
    ------
    Unmeasurable
        Where neither shows a decay of 20 dB.

    Notes
    -----
    **Source**: ISO 3382-1:2009, table A.1 (single number: mean of 500 Hz and 1 kHz).

    Examples
    --------
    >>> time = np.arange(48000) / 48000
    >>> decay = np.random.default_rng(3).standard_normal(48000) * 10 ** (-3 * time / 0.5)
    >>> t20_of(ImpulseResponse.of(decay, 48000))[0]
    'middle'
    """
    try:
        return "middle", decay_by(response, "middle")
    except Unmeasurable:
        return "broadband", decay_by(response, "broadband")


def decay_by(response: ImpulseResponse, method: DecayMethod, part: DecayRange = T20) -> DecayTime:
    """Measure a reverberation time in the middle octaves, or in all of them together.

    Raises
    ------
    Unmeasurable
        Where it is not there.

    Notes
    -----
    **Source**: as `t20_of`.
    """
    if method == "middle":
        return mid_frequency_time(response, part)
    return decay_time(decay_curve(response), part)


def acoustics_of(response: ImpulseResponse, speaker: str) -> RoomAcoustics:
    """Return what is kept of a room's answer.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.
    speaker : str
        What played.

    Returns
    -------
    RoomAcoustics
        s and dB.

    Raises
    ------
    Unmeasurable
        If it is too short to look for echoes.

    Notes
    -----
    **Source**: ISO 3382-1 (T20, T30, C50), IEC 60268-16 (STI), `find_echoes`.

    Examples
    --------
    >>> time = np.arange(48000) / 48000
    >>> decay = np.random.default_rng(3).standard_normal(48000) * 10 ** (-3 * time / 0.5)
    >>> decay[0] = 30.0
    >>> room = acoustics_of(ImpulseResponse.of(decay, 48000), "name:monitor")
    >>> round(room.t20.seconds, 1), room.echoes, round(float(room.curve_db[0]))
    (0.5, (), 0)
    """
    t20 = _or_none(lambda: _known(response))
    t30 = None if t20 is None else _or_none(lambda: decay_by(response, t20.method, T30))
    early = _or_none(lambda: clarity(response))
    index = _or_none(lambda: speech_transmission_index(response))
    found = find_echoes(response)
    return RoomAcoustics(
        speaker=speaker,
        t20=t20,
        t30_s=t30.seconds if t30 else None,
        c50_db=early.c50_db if early else None,
        sti=index.sti if index else None,
        echoes=tuple(
            KnownEcho(delay_ms=echo.delay_ms, level_db=echo.level_db) for echo in found.echoes
        ),
        curve_db=_decimated(response),
    )


def _known(response: ImpulseResponse) -> KnownDecay:
    method, decay = t20_of(response)
    return KnownDecay(seconds=decay.seconds, uncertainty_s=decay.uncertainty_s, method=method)


def was_there(echo: DiscreteEcho, room: RoomAcoustics) -> bool:
    """Return whether as much came back at that time on the day of calibration.

    Parameters
    ----------
    echo : DiscreteEcho
        Of tonight.
    room : RoomAcoustics
        Of that day.

    Notes
    -----
    **Source**: own. Within 2 ms, not 6 dB louder than then: the curve tells where no echo stood
    out enough to be listed.

    Examples
    --------
    >>> room = RoomAcoustics(speaker="x", t20=None, t30_s=None, c50_db=None, sti=None, echoes=(),
    ...                      curve_db=np.full(200, -40, np.float32))
    >>> echo = DiscreteEcho(delay_ms=100.0, delay_uncertainty_ms=0.1, level_db=-20.0,
    ...                     level_uncertainty_db=1.0, over_decay_db=20.0)
    >>> was_there(echo, room)
    False
    """
    at = round(echo.delay_ms / (1000 * STEP_S))
    near = room.curve_db[max(0, at - _SAME_MS) : at + _SAME_MS + 1]
    known = float(near.max()) if len(near) else -math.inf
    return echo.level_db < known + _LOUDER_DB


def answer_to_same(stored: RoomEvidence | None, sweep: SweepEvidence) -> RoomAcoustics | None:
    """Return how the stored room answered; None unless the same speaker and microphone were used.

    Parameters
    ----------
    stored : RoomEvidence or None
        Of the day of calibration.
    sweep : SweepEvidence
        Of tonight.

    Notes
    -----
    **Source**: an impulse response belongs to one loudspeaker and one microphone.

    Examples
    --------
    >>> from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo
    >>> here = MicrophoneInfo(device="lav", name="", backend="x", rate_hz=48000, channels=1)
    >>> sweep = SweepEvidence(
    ...     microphone=here, speaker=SpeakerInfo(device="left", name="left"), rate_hz=48000,
    ...     samples=np.zeros((1, 1), np.float32), sweep_s=5.0, low_hz=60.0, high_hz=20000.0,
    ...     peak_dbfs=-20.0, fade_in_s=0.2, fade_out_s=0.01)
    >>> answer_to_same(None, sweep) is None
    True
    """
    if stored is None or stored.acoustics is None:
        return None
    same = stored.acoustics.speaker == sweep.speaker.device
    return (
        stored.acoustics if same and unlike(stored.microphone, sweep.microphone) is None else None
    )


def change_percent(now: DecayTime, then: KnownDecay) -> tuple[float, float]:
    """Return by how much T20 changed, and the expanded uncertainty of that, both in %.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM), 5.1.2, of the quotient.

    Examples
    --------
    >>> now = DecayTime(seconds=0.45, uncertainty_s=0.015, nonlinearity_permille=1.0)
    >>> then = KnownDecay(seconds=0.30, uncertainty_s=0.01, method="middle")
    >>> change, spread = change_percent(now, then)
    >>> round(change), round(spread)
    (50, 7)
    """
    ratio = now.seconds / then.seconds
    parts = (now.uncertainty_s / now.seconds, then.uncertainty_s / then.seconds)
    spread = ratio * math.hypot(*parts)
    return 100 * (ratio - 1), 100 * spread


def _decimated(response: ImpulseResponse) -> NDArray[np.float32]:
    """Return the highest level within each millisecond of the first second, dB."""
    level_db = energy_time_curve(response).level_db
    size = round(STEP_S * response.rate_hz)
    count = min(len(level_db) // size, round(_CURVE_S / STEP_S))
    highest = level_db[: count * size].reshape(count, size).max(axis=1)
    return np.asarray(np.maximum(highest, _QUIETEST_DB), np.float32)


def _or_none(measure: Callable[[], T]) -> T | None:
    try:
        return measure()
    except Unmeasurable:
        return None
