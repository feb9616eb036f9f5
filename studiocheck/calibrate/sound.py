"""Makes microphone and room calibrations of what was recorded; stores and asks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from studiocheck.calibrate.records import utc
from studiocheck.core.errors import NO_SOUND, NO_SOUND_ADVICE, Unmeasurable
from studiocheck.core.sound import RoomAcoustics, RoomEvidence, SensitivityEvidence
from studiocheck.core.takes import SweepEvidence, TakeEvidence, is_sound
from studiocheck.core.text import Text
from studiocheck.measure.sound.calibrator_tone import calibrator_tone
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.level import strongest_channel
from studiocheck.measure.sound.noise_floor import noise_floor
from studiocheck.measure.sound.room_baseline import acoustics_of
from studiocheck.measure.sound.sound_pressure import (
    as_calibrated,
    full_scale_of_reference,
    full_scale_of_tone,
)
from studiocheck.measure.sound.swept_room import room_response
from studiocheck.measure.sound.third_octaves import third_octaves


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTone:
    """A sound calibrator: dB SPL, Hz, the tolerance of its class, and a gain that was turned down.

    IEC 60942 allows a calibrator of class 1 ±0.4 dB and one of class 2 ±0.75 dB.
    """

    level_db: float = 94.0
    frequency_hz: float = 1000.0
    tolerance_db: float = 0.75
    turned_down_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownReading:
    """What a sound level meter reads beside the microphone, dB(A), which one, and its tolerance."""

    level_db: float
    against: str
    tolerance_db: float = 2.0


def sensitivity_of(
    take: TakeEvidence,
    known: KnownTone | KnownReading,
    device: str,
    *,
    by: str,
    lasts_days: float,
    now: datetime | None = None,
) -> SensitivityEvidence:
    """Return what the full scale of a microphone stands for.

    Parameters
    ----------
    take : TakeEvidence
        Of the calibrator's tone, or of steady noise.
    known : KnownTone or KnownReading
        How loud that was.
    device : str
        The microphone's binding in the studio file.
    by, lasts_days
        Who calibrates, and for how long, days.
    now : datetime, optional
        When; by default now.

    Raises
    ------
    Unmeasurable
        If it was no calibrator, the noise was not steady, or another microphone was heard.
    """
    _refuse_what_is_no_take(take)
    frequency_hz, turned_down_db, against = None, 0.0, None
    if isinstance(known, KnownTone):
        tone = calibrator_tone(take.samples, take.rate_hz, known.frequency_hz)
        found = full_scale_of_tone(tone, known.level_db, known.tolerance_db, known.turned_down_db)
        frequency_hz, turned_down_db = tone.frequency_hz, known.turned_down_db
    else:
        found = full_scale_of_reference(
            take.samples, take.rate_hz, known.level_db, known.tolerance_db
        )
        against = known.against
    return SensitivityEvidence(
        taken=utc(now or datetime.now(UTC)),
        by=by,
        method="calibrator" if isinstance(known, KnownTone) else "reference",
        microphone=as_calibrated(device, take.microphone),
        full_scale_db_spl=found.db_spl,
        uncertainty_db=found.uncertainty_db,
        level_db=known.level_db,
        measured_dbfs=found.measured_dbfs,
        channel=found.channel,
        frequency_hz=frequency_hz,
        turned_down_db=turned_down_db,
        against=against,
        lasts_days=lasts_days,
    )


def _refuse_what_is_no_take(take: TakeEvidence | SweepEvidence) -> None:
    """Refuse what is not a number, and a stream that the sound server moved on the way."""
    if not is_sound(take.samples):
        raise Unmeasurable(NO_SOUND, NO_SOUND_ADVICE)
    before, after = take.microphone.attached_to, take.attached_after
    if before is not None and after is not None and before != after:
        raise Unmeasurable(
            Text(
                f"the stream was moved from {before} to {after} while it was recorded",
                f"录音期间声音流从 {before} 被切换到 {after}",
            ),
            Text("plug the microphone in firmly and calibrate again", "插紧麦克风后重新校准"),
        )


def swept(sweep: SweepEvidence) -> RoomAcoustics:
    """Return how the room answered a sweep; raises `Unmeasurable`."""
    _refuse_what_is_no_take(sweep)
    return acoustics_of(room_response(sweep), sweep.speaker.device)


def answered(response: TakeEvidence, speaker: str) -> RoomAcoustics:
    """Return how the room answered, from a recording of its impulse response.

    Parameters
    ----------
    response : TakeEvidence
        The impulse response.
    speaker : str
        What it was played with.

    Raises
    ------
    Unmeasurable
        If it is silent, or too short.
    """
    _refuse_what_is_no_take(response)
    wave = strongest_channel(response.samples)
    return acoustics_of(ImpulseResponse.of(wave, response.rate_hz), speaker)


def room_of(
    quiet: TakeEvidence,
    acoustics: RoomAcoustics | None,
    device: str,
    *,
    by: str,
    lasts_days: float,
    now: datetime | None = None,
) -> RoomEvidence:
    """Return how a microphone hears its room.

    Parameters
    ----------
    quiet : TakeEvidence
        Nobody speaks.
    acoustics : RoomAcoustics, optional
        Where there was a loudspeaker.
    device : str
        The microphone's binding in the studio file.
    by, lasts_days
        Who calibrates, and for how long, days.
    now : datetime, optional
        When; by default now.

    Raises
    ------
    Unmeasurable
        If the take is shorter than 2 s, digital silence, or of another microphone.
    """
    _refuse_what_is_no_take(quiet)
    floor = noise_floor(quiet.samples, quiet.rate_hz)
    bands = third_octaves(quiet.samples, quiet.rate_hz)
    return RoomEvidence(
        taken=utc(now or datetime.now(UTC)),
        by=by,
        microphone=as_calibrated(device, quiet.microphone),
        noise_dbfs=floor.flat_dbfs,
        noise_a_dbfs=floor.a_weighted_dbfs,
        bands_hz=bands.nominal_hz,
        bands_dbfs=bands.level_dbfs,
        bands_uncertainty_db=bands.uncertainty_db,
        acoustics=acoustics,
        lasts_days=lasts_days,
    )
