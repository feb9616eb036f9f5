"""What is known of a microphone and of its room from the day of calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SensitivityMethod = Literal["calibrator", "reference"]
DecayMethod = Literal["middle", "broadband"]
"""T20 as the mean of the octaves of 500 Hz and 1 kHz, or of 88 Hz to 11.3 kHz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedMicrophone:
    """Which microphone was calibrated, and how it was set.

    Parameters
    ----------
    device : str
        Its binding in the studio file.
    name : str
        What opened; empty where a file was taken for it.
    rate_hz : int
        Sample rate, Hz.
    attached_to : str, optional
        The source that the sound server said the stream heard.
    gain_db : float, optional
        The system's gain, dB. What is turned at the microphone itself, no computer knows.
    """

    device: str
    name: str
    rate_hz: int
    attached_to: str | None = None
    gain_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityEvidence:
    """What sound pressure full scale stands for.

    Parameters
    ----------
    taken, by : str
        When, ISO 8601 in UTC, and who calibrated.
    method : str
        ``calibrator`` for a tone of known level, ``reference`` for what a sound level meter read.
    full_scale_db_spl : float
        Sound pressure level of a signal of 0 dBFS rms, dB re 20 µPa.
    uncertainty_db : float
        Expanded (k = 2), dB.
    level_db : float
        What the calibrator gives, dB SPL, or what the meter read, dB(A).
    measured_dbfs : float
        What the microphone made of it, dBFS rms; A-weighted for a reference.
    channel : int
        Which channel heard it.
    frequency_hz : float, optional
        Of the calibrator's tone as it was heard, Hz.
    turned_down_db : float
        By how much the gain was turned down for the calibration only, dB; taken into account.
    against : str, optional
        What a reference was held against.
    age_days, lasts_days : float
        How old it was when it was used, and how long it was meant to hold, days.
    """

    taken: str
    by: str
    method: SensitivityMethod
    microphone: CalibratedMicrophone
    full_scale_db_spl: float
    uncertainty_db: float
    level_db: float
    measured_dbfs: float
    channel: int = 0
    frequency_hz: float | None = None
    turned_down_db: float = 0.0
    against: str | None = None
    age_days: float = 0.0
    lasts_days: float = 365.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEcho:
    """An echo that was there on the day of calibration: ms after and dB below the direct sound."""

    delay_ms: float
    level_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDecay:
    """T20 on the day of calibration, s, its expanded uncertainty (k = 2), and how it was made."""

    seconds: float
    uncertainty_s: float
    method: DecayMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAcoustics:
    """How a room answered a sweep.

    Parameters
    ----------
    speaker : str
        The loudspeaker's binding, or the name of the file with the impulse response.
    t20 : KnownDecay, optional
        Reverberation time, where there was a decay to measure.
    t30_s, c50_db, sti : float, optional
        Where they could be measured: s, dB, 0 … 1 without noise.
    echoes : tuple of KnownEcho
        Strongest first.
    curve_db : (n,) float32
        Energy-time curve: the highest level within each millisecond after the direct sound, dB.
    """

    speaker: str
    t20: KnownDecay | None
    t30_s: float | None
    c50_db: float | None
    sti: float | None
    echoes: tuple[KnownEcho, ...]
    curve_db: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEvidence:
    """How one microphone heard its room on a good day.

    Parameters
    ----------
    taken, by : str
        When, ISO 8601 in UTC, and who calibrated.
    noise_dbfs, noise_a_dbfs : float
        Noise when nobody spoke, dBFS rms, without and with A-weighting.
    bands_hz, bands_dbfs, bands_uncertainty_db : (n,) float64
        The same in third octaves: nominal mid-band frequency, Hz, level, dBFS, and its expanded
        uncertainty (k = 2), dB.
    acoustics : RoomAcoustics, optional
        Absent where there was no loudspeaker.
    age_days, lasts_days : float
        How old it was when it was used, and how long it was meant to hold, days.
    """

    taken: str
    by: str
    microphone: CalibratedMicrophone
    noise_dbfs: float
    noise_a_dbfs: float
    bands_hz: NDArray[np.float64]
    bands_dbfs: NDArray[np.float64]
    bands_uncertainty_db: NDArray[np.float64]
    acoustics: RoomAcoustics | None = None
    age_days: float = 0.0
    lasts_days: float = 180.0
