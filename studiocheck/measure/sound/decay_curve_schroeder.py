"""How the sound of a room dies away: its impulse response, integrated backwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.decay_noise_lundeby import find_knee
from studiocheck.measure.sound.impulse_response import ImpulseResponse, octave_bands

Wave = NDArray[np.float64]

_BLOCK_S = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class DecayCurve:
    """How the sound of a room dies away.

    Parameters
    ----------
    level_db : (n,) float64
        Backward-integrated level, 0 dB at the arrival of the direct sound.
    rate_hz : int
        Sample rate of the curve, Hz.
    bandwidth_hz : float
        Of what decays, Hz.
    peak_to_noise_db : float
        Start of the decay over the noise, dB, both as levels of 2 ms.
    noise_change_db : (n,) float64
        What the curve would gain if the noise were larger by its standard uncertainty, dB.
    centre_hz : float or None
        Octave; ``None`` for broadband.
    """

    level_db: Wave
    rate_hz: int
    bandwidth_hz: float
    peak_to_noise_db: float
    noise_change_db: Wave
    centre_hz: float | None = None


def decay_curve(response: ImpulseResponse, centre_hz: float | None = None) -> DecayCurve:
    """Integrate an impulse response backwards, as far as it stands above the noise.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.
    centre_hz : float, optional
        Octave band; without, all from 88 Hz to 11.3 kHz.

    Returns
    -------
    DecayCurve
        dB.

    Raises
    ------
    Unmeasurable
        If the octave was not played or not recorded, or no decay stands above the noise.

    Notes
    -----
    **Source**: ISO 3382-1:2009, 5.3.3 (backward integration, correction for the truncated tail);
    Lundeby, Vigran, Bietz, Vorländer, Acustica 81 (1995) for the point of truncation; Chu, J.
    Acoust. Soc. Am. 63 (1978) for the noise taken off.

    Examples
    --------
    >>> time = np.arange(48000) / 48000
    >>> decay = np.random.default_rng(1).standard_normal(48000) * 10 ** (-3 * time / 0.5)
    >>> curve = decay_curve(ImpulseResponse.of(decay, 48000))
    >>> round(float(curve.level_db[9600]))  # 0.2 s of 0.5 s: 24 dB
    -24
    """
    rate_hz = response.rate_hz
    if centre_hz is None:
        broadband = response.broadband()
        decay, bandwidth_hz = broadband.after_onset, broadband.bandwidth_hz
    else:
        if not response.carries(centre_hz):
            raise Unmeasurable(
                Text("the sweep does not carry this octave", "扫频信号不包含该倍频程"),
                Text("use a sweep from 60 Hz to 20 kHz", "请使用 60 Hz 至 20 kHz 的扫频"),
            )
        decay = octave_bands(response.samples, rate_hz, (centre_hz,))[0][response.onset :]
        bandwidth_hz = centre_hz / math.sqrt(2)
    energy = decay * decay
    size = max(1, round(_BLOCK_S * rate_hz))
    blocks = energy[: len(energy) // size * size].reshape(-1, size).mean(axis=1)
    knee = find_knee(blocks, size / rate_hz)
    end = knee.block * size
    tail = knee.level_at_end * knee.seconds_60_db * rate_hz / (6 * math.log(10))
    kept = energy[:end] - knee.noise
    integral = np.cumsum(kept[::-1])[::-1] + tail
    reach = int(np.argmax(integral <= 0)) if (integral <= 0).any() else end
    integral = integral[:reach]
    free = max(1.0, 2 * bandwidth_hz * knee.noise_seconds)
    noise_error = knee.noise * math.sqrt(2 / free) * np.arange(end, end - reach, -1)
    return DecayCurve(
        level_db=10 * np.log10(integral / integral[0]),
        rate_hz=rate_hz,
        bandwidth_hz=bandwidth_hz,
        peak_to_noise_db=knee.peak_to_noise_db,
        noise_change_db=10 / math.log(10) * (noise_error + 0.2 * tail) / integral,
        centre_hz=centre_hz,
    )
