"""Early against late sound of an impulse response: C50 and D50."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.impulse_response import (
    ImpulseResponse,
    broadband,
    octave_bands,
)

_DIRECT_S = 0.003
_NOISE_SHARE = 0.1
_BLOCK_S = 0.005
_MARGIN_S = 0.05
_SHARED = 1.7  # direct and diffuse sound share the bandwidth


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarity:
    """How much of the sound arrives in time to be part of the syllable.

    Parameters
    ----------
    c50_db : float
        Energy before 50 ms against energy after, dB.
    uncertainty_db : float
        Expanded (k = 2), dB: the noise, and the chance of place in a diffuse field.
    d50_percent : float
        Share of the energy before 50 ms, %.
    d50_uncertainty_percent : float
        Expanded (k = 2), %.
    """

    c50_db: float
    uncertainty_db: float
    d50_percent: float
    d50_uncertainty_percent: float


def clarity(
    response: ImpulseResponse, centre_hz: float | None = None, early_s: float = 0.05
) -> Clarity:
    """Compare the energy that arrives early with what follows.

    Parameters
    ----------
    response : ImpulseResponse
        Of the room.
    centre_hz : float, optional
        Octave band; without, all from 88 Hz to 11.3 kHz.
    early_s : float
        Border, s after the direct sound: 0.05 for speech.

    Returns
    -------
    Clarity
        dB and %.

    Raises
    ------
    Unmeasurable
        If nothing stands above the noise after the border: the room is drier than can be seen.

    Notes
    -----
    **Source**: ISO 3382-1:2009, annex A.4 (early to late index). The response is cut at the
    border *before* the octave filter, so that the filter cannot carry sound across. Noise is that
    of the last tenth; its energy is taken off. Chance: energies of a diffuse field over bandwidth
    B scatter by ∫ p² dt / B.

    Examples
    --------
    >>> decay = 10 ** (-3 * np.arange(48000) / 48000 / 0.5)  # T = 0.5 s
    >>> decay *= np.random.default_rng(1).standard_normal(48000)
    >>> measured = clarity(ImpulseResponse.of(decay, 48000))
    >>> analytic = 10 * math.log10(math.exp(6 * math.log(10) * 0.05 / 0.5) - 1)
    >>> abs(measured.c50_db - analytic) < measured.uncertainty_db, round(analytic, 1)
    (True, 4.7)
    """
    rate_hz = response.rate_hz
    if centre_hz is not None and not response.carries(centre_hz):
        raise Unmeasurable(Text("the sweep does not carry this octave", "扫频信号不包含该倍频程"))
    wave = response.after_onset
    border = round(early_s * rate_hz)
    if len(wave) < 4 * border:
        raise Unmeasurable(
            Text("the response is too short to hear what comes late", "脉冲响应太短，听不到后期声"),
            Text("record two seconds beyond the sweep", "扫频结束后请继续录音 2 秒"),
        )
    room = round(_MARGIN_S * rate_hz)
    early, late = (
        _filtered(np.pad(part, room), rate_hz, centre_hz) for part in (wave[:border], wave[border:])
    )
    if centre_hz is None:
        bandwidth_hz = response.broadband().bandwidth_hz / _SHARED
    else:
        bandwidth_hz = centre_hz / math.sqrt(2)
    early, late = early * early, late * late
    tail = round(_NOISE_SHARE * len(wave))
    ends = len(late) - room
    noise = float(late[ends - tail : ends].mean())
    scatter = math.sqrt(rate_hz / (bandwidth_hz * 2 * tail)) * 2
    last = _drowns(late[:ends], noise, rate_hz)
    late_energy = float(late[:last].sum()) - noise * last
    early_energy = float(early.sum()) - noise * border
    noise_error = noise * scatter * last + noise * math.sqrt(2 * last * rate_hz / bandwidth_hz)
    if late_energy < 3 * noise_error or early_energy <= 0:
        raise Unmeasurable(
            Text(
                "nothing of the room is left after 50 ms above the noise",
                "50 毫秒之后的房间声已低于噪声",
            ),
            Text("turn the monitor speaker up; the room is dry", "调大监听音箱；房间已足够干"),
        )
    late_rel = math.hypot(noise_error, _chance(late[:last], rate_hz, bandwidth_hz)) / late_energy
    diffuse = early[room + round((_DIRECT_S + 1 / bandwidth_hz) * rate_hz) :]
    early_rel = math.hypot(
        noise * scatter * border, _chance(diffuse, rate_hz, bandwidth_hz)
    ) / early_energy  # fmt: skip
    ratio = early_energy / late_energy
    relative = 2 * math.hypot(late_rel, early_rel)
    share = ratio / (1 + ratio)
    return Clarity(
        c50_db=10 * math.log10(ratio),
        uncertainty_db=10 / math.log(10) * relative,
        d50_percent=100 * share,
        d50_uncertainty_percent=100 * share * (1 - share) * relative,
    )


def _filtered(
    samples: NDArray[np.float64], rate_hz: int, centre_hz: float | None
) -> NDArray[np.float64]:
    """Return an octave of some samples, or all seven together."""
    if centre_hz is None:
        return broadband(samples, rate_hz)
    return np.asarray(octave_bands(samples, rate_hz, (centre_hz,))[0])


def _chance(energy: NDArray[np.float64], rate_hz: int, bandwidth_hz: float) -> float:
    """Return the standard deviation of an energy over places in a diffuse field."""
    size = max(1, round(_BLOCK_S * rate_hz))
    blocks = energy[: len(energy) // size * size].reshape(-1, size).sum(axis=1)
    return math.sqrt(float(blocks @ blocks) / (bandwidth_hz * _BLOCK_S))


def _drowns(late: NDArray[np.float64], noise: float, rate_hz: int) -> int:
    """Return from where on there is only noise: what lies there adds error and no energy."""
    size = round(0.02 * rate_hz)
    power = late[: len(late) // size * size].reshape(-1, size).mean(axis=1)
    above = np.flatnonzero(power > 1.6 * noise)
    first_gap = int(np.argmax(np.diff(above) > 3)) if (np.diff(above) > 3).any() else len(above) - 1
    return size * (int(above[first_gap]) + 2) if len(above) else size
