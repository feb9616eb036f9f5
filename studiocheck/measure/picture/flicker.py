"""Flicker of lamps on the mains: bands that roll through the picture, or pulses of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.light.srgb import linear_table

_READOUT_S = np.linspace(0.0, 0.0335, 68)
"""Readout times that are tried: from a global shutter to the slowest rolling one at 30 fps."""

_MAINS_OFF_HZ, _STEP_HZ = 0.4, 0.05
"""How far twice the mains frequency may be from nominal, and the step of the search."""

_STANDS_STILL = 2.5
"""Turns of a beat within the clip, below which bands stand still and look like the scene."""

_ASIDE_HZ = (2.0, 3.0, 4.1, 5.3, 6.2)
"""Where there is no flicker, but the same noise and movement: frequencies beside the searched."""

_LEAST_CODE, _MOST_CODE = 16, 250
_LEAST_CELLS = 24
_EVERY_ROW = 3
_SHORTEST_S = 2.0
_UNREST = 1.5
"""A cell that changes more than this many times the usual change is one in which somebody moves."""

_LOGARITHM = np.log(np.maximum(linear_table(), 1e-4)).astype(np.float32)
_ROUNDING_PERCENT = 0.05
"""Type B, k = 2: eight-bit codes swallow a part of what is smaller than a step."""

_CURVE_SHARE = 0.1
"""Type B, k = 2: the camera's tone curve is not known, and is taken for sRGB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flicker:
    """Modulation of the light, (max − min) ÷ (max + min), %, and where it was looked for.

    Parameters
    ----------
    modulation_percent, uncertainty_percent : float
        Of the light in the picture, with its expanded uncertainty (k = 2).
    floor_percent : float
        Below this it could not be told from noise and movement.
    frequency_hz : float
        Of the light.
    n : int
        Frames.
    """

    modulation_percent: float
    uncertainty_percent: float
    floor_percent: float
    frequency_hz: float
    n: int

    @property
    def found(self) -> bool:
        """Whether there is a flicker above the noise."""
        return self.modulation_percent > self.floor_percent


def stands_still(flicker_hz: float, rate_fps: float, seconds: float) -> bool:
    """Return whether a flicker makes the same bands in every frame of a clip.

    Parameters
    ----------
    flicker_hz, rate_fps : float
        Frequency of the light, Hz, and frame rate, fps.
    seconds : float
        Length of the clip, s.

    Notes
    -----
    **Source**: sampling theorem: a light of a whole multiple of the frame rate is seen at the same
    phase in every frame.

    Examples
    --------
    >>> stands_still(120, 30, 5), stands_still(100, 30, 5), stands_still(100, 25, 5)
    (True, False, True)
    """
    beat_hz = abs(flicker_hz - rate_fps * round(flicker_hz / rate_fps))
    return beat_hz * seconds < _STANDS_STILL


def flicker(grid: NDArray[np.uint8], time_s: NDArray[np.float64], flicker_hz: float) -> Flicker:
    """Measure the modulation of the light at twice the mains frequency.

    The gain of every row against its own mean, over the cells that nobody moves in, is demodulated
    in time, and then along the rows for every readout time that a rolling shutter may have.

    Parameters
    ----------
    grid : (n, rows, columns) uint8
        Luma averaged over blocks, on the full range.
    time_s : (n,) float64
        When each frame was taken, s, on an even clock: jitter of stamps would smear it.
    flicker_hz : float
        Twice the mains frequency, 100 or 120 Hz.

    Returns
    -------
    Flicker
        Modulation in %, of linear light.

    Raises
    ------
    Unmeasurable
        If the clip is too short or nothing in it is lit.

    Notes
    -----
    **Source**: synchronous demodulation; modulation as IEEE 1789-2015, 3.1 (percent flicker). The
    noise is what the same search finds beside the frequency.

    Examples
    --------
    >>> t = np.arange(150) / 30
    >>> row_s = t[:, None] + 0.016 * np.arange(135) / 135
    >>> light = 0.2 * (1 + 0.25 * np.sin(2 * np.pi * 100 * row_s))
    >>> code = np.rint(255 * (1.055 * light ** (1 / 2.4) - 0.055)).astype(np.uint8)
    >>> found = flicker(np.repeat(code[:, :, None], 40, axis=2), t, 100)
    >>> round(found.modulation_percent), round(found.frequency_hz)
    (25, 100)
    """
    if len(time_s) < 2 or time_s[-1] - time_s[0] < _SHORTEST_S:
        raise Unmeasurable(
            Text("the clip is too short to tell flicker", "采集时间太短，无法判断频闪"),
            Text("capture for two seconds or more", "请至少采集两秒"),
        )
    gain = _row_gain(grid)
    searched = np.arange(-_MAINS_OFF_HZ, _MAINS_OFF_HZ + _STEP_HZ / 2, _STEP_HZ)
    amplitude, at_hz = _strongest(gain, time_s, flicker_hz + searched)
    beside = [
        _strongest(gain, time_s, flicker_hz + side * aside + searched[::3])[0]
        for aside in _ASIDE_HZ
        for side in (-1, 1)
        if not stands_still(flicker_hz + side * aside, _rate(time_s), float(time_s[-1] - time_s[0]))
    ]
    floor = max(beside, default=amplitude)
    noise = float(np.sqrt(np.mean(np.square(beside)))) if beside else amplitude
    modulation = _of_logarithm(amplitude)
    return Flicker(
        modulation_percent=100 * modulation,
        uncertainty_percent=_ROUNDING_PERCENT
        + 100 * float(np.hypot(noise, _CURVE_SHARE * modulation)),
        floor_percent=100 * floor,
        frequency_hz=at_hz,
        n=len(time_s),
    )


def _rate(time_s: NDArray[np.float64]) -> float:
    return 1 / float(np.median(np.diff(time_s)))


def _row_gain(grid: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the logarithm of each row's light against its mean over the clip, (n, rows)."""
    lit = (grid.min(axis=0) > _LEAST_CODE) & (grid.max(axis=0) < _MOST_CODE)
    light = _LOGARITHM[grid]
    light -= light.mean(axis=0)
    unrest = light.std(axis=0)
    if lit.any():
        lit &= unrest <= _UNREST * np.median(unrest[lit])
    rows = np.flatnonzero(lit.sum(axis=1) >= _LEAST_CELLS)
    if len(rows) < grid.shape[1] // 4:
        raise Unmeasurable(
            Text(
                "too little of the picture is lit to see flicker in it",
                "画面中被照亮的部分太少，看不出频闪",
            ),
            Text("switch the lamps on and check again", "打开灯后重新检查"),
        )
    gain = np.full((len(grid), grid.shape[1]), np.nan)
    for row in rows:
        gain[:, row] = light[:, row, lit[row]].mean(axis=1)
    return gain[:, ::_EVERY_ROW]


def _strongest(
    gain: NDArray[np.float64], time_s: NDArray[np.float64], frequencies: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the largest amplitude over frequencies and readout times, and its frequency."""
    rows = np.flatnonzero(np.isfinite(gain[0]))
    place = rows / gain.shape[1]
    # a window, so that a strong flicker is not found again beside its own frequency
    window = np.hanning(len(time_s) + 2)[1:-1]
    wave = window * np.exp(-2j * np.pi * np.multiply.outer(frequencies, time_s))
    in_time = 2 * wave @ gain[:, rows] / window.sum()
    best, at_hz = 0.0, float(frequencies[0])
    for profile, frequency in zip(in_time, frequencies, strict=True):
        along = np.exp(-2j * np.pi * frequency * np.multiply.outer(_READOUT_S, place))
        found = float(np.abs(along @ profile).max()) / len(rows)
        if found > best:
            best, at_hz = found, float(frequency)
    return best, at_hz


def _of_logarithm(amplitude: float) -> float:
    """Return the modulation whose logarithm has a fundamental of this amplitude."""
    half = amplitude / 2
    return 2 * half / (1 + half**2)
