"""How much of what the monitor plays comes back into the microphone, out of a sweep."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.deconvolution import deconvolved
from studiocheck.measure.sound.impulse_response import OCTAVES_HZ, ImpulseResponse, octave_bands
from studiocheck.measure.sound.sti_iec60268 import SPEECH_SPECTRUM_DB
from studiocheck.measure.sound.sweep import Sweep

Wave = NDArray[np.float64]

_RETURN_S = 0.6  # what comes later adds less than 0.1 dB, up to reverberation of 1.5 s
_QUIET_SHARE = 0.25
_HEARD_OVER_RMS = 10.0  # what `impulse_response` asks of a direct sound
_MARGIN_DB = 7.0  # reverberation takes from the first arrival
_METHOD_DB = 0.3  # band edges and regularisation


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepLeak:
    """How far speech from the monitor is attenuated on its way into the microphone.

    Parameters
    ----------
    attenuation_db : float
        Level of a played voice over the level of its return, both dBFS, dB (echo return loss).
    uncertainty_db : float
        Expanded (k = 2), dB: the noise in the response, and the method.
    octaves : int
        How many octaves of speech it rests on; 7 at 48 kHz.
    """

    attenuation_db: float
    uncertainty_db: float
    octaves: int


def sweep_leak(response: ImpulseResponse) -> SweepLeak:
    """Measure by how much a voice from the monitor is attenuated in the microphone.

    Parameters
    ----------
    response : ImpulseResponse
        Between monitor and microphone: ratio of recorded to played samples.

    Returns
    -------
    SweepLeak
        dB.

    Raises
    ------
    Unmeasurable
        If noise hides what returns in the octaves of speech.

    Notes
    -----
    **Source**: energy of the impulse response in the octaves of IEC 61260-1, the noise of its last
    quarter taken off, weighed by the long-term spectrum of speech (IEC 60268-16:2020, A.6). It is
    the power ratio that a programme with this spectrum would show.

    Examples
    --------
    >>> impulse = np.zeros(96000)
    >>> impulse[[480, 2400]] = 0.01, 0.01  # twice −40 dB
    >>> round(sweep_leak(ImpulseResponse.of(impulse, 48000)).attenuation_db, 1)
    37.0
    """
    carried = [index for index, centre in enumerate(OCTAVES_HZ) if response.carries(centre)]
    if not carried:
        raise Unmeasurable(Text("the sweep carries no octave of speech", "扫频未覆盖语音频段"))
    centres = tuple(OCTAVES_HZ[index] for index in carried)
    count = len(response.samples)
    reach = min(count, response.onset + round(_RETURN_S * response.rate_hz))
    quiet = round(_QUIET_SHARE * count)
    power = octave_bands(response.samples, response.rate_hz, centres) ** 2
    unit = np.zeros(count)
    unit[count // 2] = 1.0
    full = (octave_bands(unit, response.rate_hz, centres) ** 2).sum(axis=1)
    noise = power[:, -quiet:].mean(axis=1)
    heard = power[:, :reach].sum(axis=1)
    returned = heard - noise * reach
    # noise of bandwidth B has 2 B t free values in a time t
    bandwidth_hz = np.array(centres) / math.sqrt(2)
    per_value = response.rate_hz / (2 * bandwidth_hz)
    variance = (
        2 * noise**2 * reach * per_value * (1 + reach / quiet)
        + 4 * np.maximum(returned, 0) * noise * per_value
    )
    weight = 10 ** (SPEECH_SPECTRUM_DB[carried] / 10)
    weight /= weight.sum()
    gain = float(weight @ (returned / full))
    error = math.sqrt(float((weight / full) ** 2 @ variance))
    if gain < 3 * error or gain <= 0:
        raise Unmeasurable(
            Text("noise hides what returns from the monitor", "噪声掩盖了监听音箱的串音"),
            Text("make the room quieter", "降低环境噪声"),
        )
    return SweepLeak(
        attenuation_db=-10 * math.log10(gain),
        uncertainty_db=math.hypot(20 / math.log(10) * error / gain, _METHOD_DB),
        octaves=len(carried),
    )


def detectable_db(recording: Wave, sweep: Sweep) -> float:
    """Return the attenuation up to which a return of the sweep would have been heard, dB.

    Parameters
    ----------
    recording : (n,) float64
        In which the sweep was not found; full scale is ±1.
    sweep : Sweep
        What was played.

    Returns
    -------
    float
        dB.

    Notes
    -----
    **Source**: an arrival is found when it stands ten times over the noise of the deconvolved
    recording; 7 dB are left to reverberation, which takes from the first arrival.

    Examples
    --------
    >>> noise = 1e-3 * np.random.default_rng(1).standard_normal(7 * 48000)
    >>> 45 < detectable_db(noise, Sweep(peak_dbfs=-20)) < 60
    True
    """
    noise = math.sqrt(float(np.mean(deconvolved(recording, sweep) ** 2)))
    peak_of_unit = 2 * (sweep.high_hz - sweep.low_hz) / sweep.rate_hz
    return 20 * math.log10(peak_of_unit / (_HEARD_OVER_RMS * max(noise, 1e-9))) - _MARGIN_DB
