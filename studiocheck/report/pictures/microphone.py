"""Which pictures can be drawn of a microphone, and under which names; each is drawn in its turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from studiocheck.core.measurement import Limit
from studiocheck.core.sound import RoomEvidence
from studiocheck.core.takes import SweepEvidence, TakeEvidence
from studiocheck.measure.sound.room_baseline import answer_to_same
from studiocheck.measure.sound.swept_room import room_response
from studiocheck.report.pictures.impulse import GoodDay, impulse_response
from studiocheck.report.pictures.kinds import file_name
from studiocheck.report.pictures.level import level
from studiocheck.report.pictures.spectrum import spectrum

Draw = Callable[[], bytes]

_LEAST_TAKE_S = 0.5


def of_takes(
    role: str,
    quiet: TakeEvidence | None,
    speech: TakeEvidence | None,
    limits: Mapping[str, Limit],
) -> Mapping[str, Draw]:
    """Return what can be drawn of the takes of a microphone: file name → how.

    Parameters
    ----------
    role : str
        Of the microphone.
    quiet, speech : TakeEvidence, optional
        What was recorded.
    limits : mapping
        Measurement → limit, as `level` wants them.

    Returns
    -------
    mapping
        Names inside the folder of the run, known at once, so that findings can point to pictures
        that are drawn later. Nothing of takes shorter than half a second; no spectrum of digital
        silence.
    """
    takes = [
        take for take in (quiet, speech) if take is not None and take.duration_s >= _LEAST_TAKE_S
    ]
    drawn: dict[str, Draw] = {}
    if takes:
        drawn[file_name(role, "level")] = partial(level, takes, limits)
    if any(take.samples.any() for take in takes):
        drawn[file_name(role, "spectrum")] = partial(spectrum, quiet, speech)
    return drawn


def of_room(
    role: str, sweep: SweepEvidence, stored: RoomEvidence | None = None
) -> Mapping[str, Draw]:
    """Return what can be drawn of the room around a microphone: file name → how.

    Parameters
    ----------
    role : str
        Of the microphone.
    sweep : SweepEvidence
        What it heard of the monitor loudspeaker. The impulse response is worked out when the
        picture is drawn, which is `Unmeasurable` where it holds none.
    stored : RoomEvidence, optional
        The room on a good day; drawn beneath where the same speaker and microphone were used.
    """

    def draw() -> bytes:
        then = answer_to_same(stored, sweep)
        day = stored.taken[:10] if stored else ""
        return impulse_response(room_response(sweep), GoodDay(day, then) if then else None)

    return {file_name(role, "impulse-response"): draw}
