"""What noise was added to a room since a good day, and of what kind: no words for it here."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.sound import RoomEvidence
from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.noise_floor import a_weighting
from studiocheck.measure.sound.sound_pressure import unlike
from studiocheck.measure.sound.third_octaves import (
    Rise,
    ThirdOctaves,
    centre_hz,
    noise_rise,
    third_octaves,
)


class NoiseKind(StrEnum):
    """What usually makes such a noise."""

    GAIN = "gain"
    """Every band alike: what was recorded is louder, not the room."""
    RUMBLE = "rumble"
    """Below 90 Hz: hum, ventilation, traffic."""
    FAN = "fan"
    """Below 700 Hz: air that a fan moves."""
    NEARBY = "nearby"
    """Below 3 kHz: small fast fans, computers, people."""
    HISS = "hiss"
    """Above: electronics."""


_BY_PITCH = ((90.0, NoiseKind.RUMBLE), (700.0, NoiseKind.FAN), (3000.0, NoiseKind.NEARBY))


def noise_kind(rise: Rise) -> NoiseKind:
    """Tell what usually makes a noise that was not there on a good day.

    Parameters
    ----------
    rise : Rise
        How the noise changed, which is the evidence for it.

    Notes
    -----
    **Source**: practice of studio sound; a guess that names where to begin.

    Examples
    --------
    >>> fan = Rise(largest_db=12.0, uncertainty_db=1.0, at_hz=200.0, risen_hz=(200.0,),
    ...            all_alike=False)
    >>> noise_kind(fan).value
    'fan'
    """
    if rise.all_alike:
        return NoiseKind.GAIN
    return next((kind for below_hz, kind in _BY_PITCH if rise.at_hz < below_hz), NoiseKind.HISS)


def noise_since(take: TakeEvidence, then: RoomEvidence) -> Rise:
    """Measure which noise of a quiet take was not there when the room was stored.

    Parameters
    ----------
    take : TakeEvidence
        Of tonight.
    then : RoomEvidence
        Of the same microphone with the same gain.

    Returns
    -------
    Rise
        dB.

    Raises
    ------
    Unmeasurable
        If another microphone or gain was stored, or a take is too short.

    Notes
    -----
    **Source**: `noise_rise` under the A-weighting of IEC 61672-1:2013.
    """
    doubt = unlike(then.microphone, take.microphone)
    if doubt is not None:
        raise Unmeasurable(doubt)
    now = third_octaves(take.samples, take.rate_hz)
    stored = ThirdOctaves(
        nominal_hz=then.bands_hz,
        level_dbfs=then.bands_dbfs,
        uncertainty_db=then.bands_uncertainty_db,
    )
    return noise_rise(now, stored, 20 * np.log10(a_weighting(centre_hz(now.nominal_hz))))
