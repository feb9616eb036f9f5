"""From full scale to pascals: what a calibration says of a microphone, and whether it still may."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.sound import CalibratedMicrophone, SensitivityEvidence
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.core.text import Text, joined
from studiocheck.measure.sound.calibrator_tone import CalibratorTone
from studiocheck.measure.sound.level import Samples, channels_of
from studiocheck.measure.sound.noise_floor import NoiseFloor, noise_floor

_SAME_GAIN_DB = 0.05
_FULL_SCALE = 0.998
_STEADY_DB = 1.0
"""Standard deviation of 250 ms of steady noise, A-weighted; that of pink noise is a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullScale:
    """What a signal of 0 dBFS rms stands for.

    Parameters
    ----------
    db_spl : float
        dB re 20 µPa.
    uncertainty_db : float
        Expanded (k = 2), dB.
    measured_dbfs : float
        What it rests on, dBFS rms.
    channel : int
        Which channel heard it.
    """

    db_spl: float
    uncertainty_db: float
    measured_dbfs: float
    channel: int = 0


def full_scale_of_tone(
    tone: CalibratorTone, level_db: float, tolerance_db: float, turned_down_db: float = 0.0
) -> FullScale:
    """Return what full scale stands for, from a calibrator's tone.

    Parameters
    ----------
    tone : CalibratorTone
        As the microphone heard it.
    level_db : float
        What the calibrator gives, dB SPL.
    tolerance_db : float
        By how much it may be off, dB: the tolerance of its class.
    turned_down_db : float
        By how much the gain was lower then than in the show, dB.

    Returns
    -------
    FullScale
        dB SPL at 0 dBFS rms, with the gain of the show.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM): 4.3.7 (a tolerance is the half-width of a rectangular
    distribution), 5.1.2 (sum of variances), type A from the blocks.

    Examples
    --------
    >>> tone = CalibratorTone(level_dbfs=-26.0, uncertainty_db=0.02, frequency_hz=1000.0,
    ...                       residual_percent=0.5, fluctuation_db=0.01, channel=0, blocks=12)
    >>> found = full_scale_of_tone(tone, 94.0, 0.4)
    >>> found.db_spl, round(found.uncertainty_db, 2)
    (120.0, 0.46)
    """
    return FullScale(
        db_spl=level_db - tone.level_dbfs - turned_down_db,
        uncertainty_db=_together(tone.uncertainty_db, tolerance_db),
        measured_dbfs=tone.level_dbfs,
        channel=tone.channel,
    )


def full_scale_of_reference(
    samples: Samples, rate_hz: int, level_db: float, tolerance_db: float
) -> FullScale:
    """Return what full scale stands for, from steady noise beside a sound level meter.

    Parameters
    ----------
    samples : (n,) or (n, channels) float
        Full scale is ±1; the channel with the most power counts.
    rate_hz : int
        Sample rate, Hz.
    level_db : float
        What the meter reads, dB(A).
    tolerance_db : float
        By how much that may be off at the microphone, dB.

    Returns
    -------
    FullScale
        dB SPL at 0 dBFS rms.

    Raises
    ------
    Unmeasurable
        If it clips, is not steady, or there is nothing.

    Notes
    -----
    **Source**: A-weighting of IEC 61672-1:2013 on both sides, so that it falls out where the
    microphone is flat; uncertainty as for a tone.

    Examples
    --------
    >>> noise = 0.01 * np.random.default_rng(1).standard_normal(5 * 48000)
    >>> found = full_scale_of_reference(noise, 48000, 70.0, 2.0)
    >>> abs(found.db_spl - 70.0 + found.measured_dbfs) < 1e-9, round(found.uncertainty_db, 1)
    (True, 2.3)
    """
    channels = channels_of(samples)
    if channels.size and float(np.abs(channels).max()) >= _FULL_SCALE:
        raise Unmeasurable(
            Text("the noise clips: it reaches full scale", "噪声削波：已达满刻度"),
            Text("play it 10 dB softer and read the meter again", "请调低 10 dB 后重新读声级计"),
        )
    channel = int(channels.var(axis=0).argmax()) if channels.size else 0
    floor = noise_floor(channels[:, channel], rate_hz)
    spread_db = floor.a_weighted_uncertainty_db
    if floor.events or spread_db is None or spread_db * math.sqrt(floor.blocks) > 2 * _STEADY_DB:
        raise Unmeasurable(
            Text("the sound was not steady while it was recorded", "录音期间声音不稳定"),
            Text(
                "play pink noise, keep quiet, and read the meter's slow or mean value",
                "请播放粉红噪声并保持安静，读取声级计的慢档或平均值",
            ),
        )
    return FullScale(
        db_spl=level_db - floor.a_weighted_dbfs,
        uncertainty_db=_together(spread_db, tolerance_db),
        measured_dbfs=floor.a_weighted_dbfs,
        channel=channel,
    )


def _together(spread_db: float, tolerance_db: float) -> float:
    """Return the expanded uncertainty of a reading whose reference has a tolerance, dB."""
    return math.hypot(spread_db, 2 * tolerance_db / math.sqrt(3))


def noise_pressure(
    take: TakeEvidence, floor: NoiseFloor, known: SensitivityEvidence
) -> tuple[float, float | None]:
    """Return the A-weighted sound pressure level of a room's noise, and its uncertainty (k = 2).

    Parameters
    ----------
    take : TakeEvidence
        Quiet.
    floor : NoiseFloor
        Of all its channels.
    known : SensitivityEvidence
        Of this microphone.

    Returns
    -------
    float, float or None
        dB SPL(A), dB.

    Raises
    ------
    Unmeasurable
        If another microphone, gain or channel was calibrated.

    Notes
    -----
    **Source**: `FullScale`; the microphone is taken for flat.
    """
    doubt = unlike(known.microphone, take.microphone)
    if doubt is None and known.channel >= take.samples.shape[1]:
        doubt = Text("another channel was calibrated", "校准的是另一个声道")
    if doubt is not None:
        raise Unmeasurable(doubt)
    if take.samples.shape[1] > 1:
        floor = noise_floor(take.samples[:, known.channel], take.rate_hz)
    spread_db = floor.a_weighted_uncertainty_db
    level_db_spl = known.full_scale_db_spl + floor.a_weighted_dbfs
    return level_db_spl, None if spread_db is None else math.hypot(known.uncertainty_db, spread_db)


def as_calibrated(device: str, found: MicrophoneInfo) -> CalibratedMicrophone:
    """Return what a calibration remembers of a microphone.

    Parameters
    ----------
    device : str
        Its binding in the studio file.
    found : MicrophoneInfo
        What opened: that device, or a file that was recorded with it.

    Notes
    -----
    **Source**: what opened. A file does not tell which microphone made it.

    Examples
    --------
    >>> file = MicrophoneInfo(device="file:a.wav", name="a.wav", backend="file", rate_hz=48000,
    ...                       channels=1)
    >>> as_calibrated("name:lavalier", file).name
    ''
    """
    return CalibratedMicrophone(
        device=device,
        name=found.name if found.device == device else "",
        rate_hz=found.rate_hz,
        attached_to=found.attached_to,
        gain_db=found.gain_db,
    )


def unlike(then: CalibratedMicrophone, now: MicrophoneInfo) -> Text | None:
    """Return why a microphone is not as it was when it was calibrated; None where it is.

    Parameters
    ----------
    then : CalibratedMicrophone
        On the day of calibration.
    now : MicrophoneInfo
        As it was opened.

    Notes
    -----
    **Source**: a sensitivity belongs to one microphone with one gain. The source that a sound
    server names is the best identity there is; without it, binding and name have to agree.

    Examples
    --------
    >>> then = CalibratedMicrophone(device="default", name="Lav", rate_hz=48000, gain_db=-6.0)
    >>> lav = MicrophoneInfo(device="default", name="Lav", backend="x", rate_hz=48000, channels=1,
    ...                      gain_db=0.0)
    >>> unlike(then, lav).en
    'calibrated at a system gain of -6 dB, now 0 dB'
    """
    reasons = []
    if then.attached_to is not None and now.attached_to is not None:
        same = then.attached_to == now.attached_to
        was, is_now = then.attached_to, now.attached_to
    else:
        same = then.device == now.device and (not then.name or then.name == now.name)
        was, is_now = then.name or then.device, now.name or now.device
    if not same:
        reasons.append(
            Text(
                f"another microphone was calibrated ({was}), this is {is_now}",
                f"校准的是另一支麦克风（{was}），现在是 {is_now}",
            )
        )
    if then.rate_hz != now.rate_hz:
        reasons.append(
            Text(
                f"calibrated at {then.rate_hz} Hz, now {now.rate_hz} Hz",
                f"校准时采样率为 {then.rate_hz} Hz，现为 {now.rate_hz} Hz",
            )
        )
    if (
        then.gain_db is not None
        and now.gain_db is not None
        and abs(then.gain_db - now.gain_db) > _SAME_GAIN_DB
    ):
        reasons.append(
            Text(
                f"calibrated at a system gain of {then.gain_db:g} dB, now {now.gain_db:g} dB",
                f"校准时系统增益为 {then.gain_db:g} dB，现为 {now.gain_db:g} dB",
            )
        )
    return joined(reasons) if reasons else None
