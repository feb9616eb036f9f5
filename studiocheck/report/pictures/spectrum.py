"""Plot of the noise of a room and the voice over it by frequency, with hum and bandwidth marked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.takes import TakeEvidence
from studiocheck.measure.sound.band_spectrum import BandSpectrum, band_spectrum
from studiocheck.measure.sound.bandwidth import Bandwidth, bandwidth_of
from studiocheck.measure.sound.heard import Heard, heard_in
from studiocheck.measure.sound.hum import LEAST_TAKE_S, Hum, hum
from studiocheck.measure.sound.level import strongest_channel
from studiocheck.measure.sound.noise_floor import NoiseFloor, a_weighting, noise_floor
from studiocheck.measure.sound.snr import SpeechToNoise, speech_to_noise_of
from studiocheck.report.pictures.plot import BOTTOM, LEFT, RIGHT, Plot

Wave = NDArray[np.float64]
M = TypeVar("M")

_TOP = 62.0
_LOW_HZ, _HIGH_HZ = 20.0, 20_000.0
_TICKS = {20: "20", 50: "50", 100: "100", 200: "200", 500: "500", 1000: "1k", 2000: "2k",
          5000: "5k", 10_000: "10k", 20_000: "20k"}  # fmt: skip
_MOST_RANGE_DB, _LEAST_RANGE_DB = 100, 50
_LOWEST_PERCENT = 4.0
_LABEL_PX = (25.0, 13.0)
_NOTHING = 1e-15
"""−150 dBFS: where there is no power at all."""


def spectrum(quiet: TakeEvidence | None, speech: TakeEvidence | None) -> bytes:
    """Plot what a microphone hears by frequency, when nobody speaks and when somebody does.

    Parameters
    ----------
    quiet, speech : TakeEvidence, optional
        The takes of one microphone; at least one of them longer than half a second and no
        digital silence, so that there is a spectrum.

    Returns
    -------
    bytes
        SVG: 20 Hz to 20 kHz across, dBFS in 24ths of an octave up. Grey: noise; dots: the same
        A-weighted; blue: speech; between them what it rises over the noise. ▼ the lines of hum;
        the upright dashes are the upper edge of the voice. The head says the figures.
    """
    noise, voice = (_spectrum_of(take) for take in (quiet, speech))
    heard_voice = None if speech is None else heard_in(_clean(speech), speech.rate_hz)
    plot = Plot(*_range(noise, voice), _TOP)
    if noise is not None and voice is not None:
        _rise(plot, noise, voice)
    if noise is not None:
        plot.drawing.fill(plot.area(_x(noise.centre_hz), _db(noise.power)), "soft", 0.8)
    plot.levels(20, "dBFS")
    for frequency_hz, said in _TICKS.items():
        x = float(_x(np.array([float(frequency_hz)]))[0])
        plot.drawing.line(x, _TOP, x, BOTTOM, "grid")
        plot.tick(x, said)
    if noise is not None:
        _weighted(plot, noise)
    if voice is not None:
        plot.drawing.stroke(plot.curve(_x(voice.centre_hz), _db(voice.power)), "voice", 2)
    plot.drawing.text(RIGHT, 16, " · ".join(_said(quiet, heard_voice)), anchor="end")
    _hum(plot, quiet if noise is not None else None, noise)
    _edge(plot, heard_voice)
    _names(plot, noise, voice)
    return plot.drawing.done()


def _clean(take: TakeEvidence) -> NDArray[np.float32]:
    return np.nan_to_num(take.samples, posinf=1.0, neginf=-1.0)


def _tried(measure: Callable[[], M]) -> M | None:
    try:
        return measure()
    except Unmeasurable:
        return None


def _spectrum_of(take: TakeEvidence | None) -> BandSpectrum | None:
    if take is None:
        return None
    return _tried(lambda: band_spectrum(_clean(take), take.rate_hz))


def _x(frequency_hz: Wave) -> Wave:
    share = np.log(frequency_hz / _LOW_HZ) / math.log(_HIGH_HZ / _LOW_HZ)
    return np.asarray(LEFT + np.clip(share, 0, 1) * (RIGHT - LEFT))


def _db(power: Wave) -> Wave:
    return np.asarray(10 * np.log10(np.maximum(power, _NOTHING)))


def _range(*spectra: BandSpectrum | None) -> tuple[float, float]:
    """Return the ends of the axis: all there is, but no more than 100 dB from the loudest down."""
    levels = [_db(one.power) for one in spectra if one is not None]
    if not levels:
        return -110.0, -30.0
    high = 10 * math.ceil(max(float(level.max()) for level in levels) / 10 + 0.3)
    lowest = min(float(np.percentile(level, _LOWEST_PERCENT)) for level in levels)
    low = 10 * math.floor(lowest / 10 - 0.5)
    return float(min(max(low, high - _MOST_RANGE_DB), high - _LEAST_RANGE_DB)), float(high)


def _rise(plot: Plot, noise: BandSpectrum, voice: BandSpectrum) -> None:
    """Fill what the voice rises over the noise."""
    count = min(len(noise.power), len(voice.power))
    under = _db(noise.power[:count])
    over = np.maximum(_db(voice.power[:count]), under)
    plot.drawing.fill(plot.area(_x(voice.centre_hz[:count]), over, under), "rise", 0.8)


def _weighted(plot: Plot, noise: BandSpectrum) -> None:
    """Draw the noise, and dotted what the ear makes of it."""
    x = _x(noise.centre_hz)
    plot.drawing.stroke(plot.curve(x, _db(noise.power)), "softline", 1.2)
    heard = _db(noise.power * a_weighting(noise.centre_hz) ** 2)
    if line := plot.curve(x, heard):
        plot.drawing.stroke(line, "ear", 1.5, "1.5 4")


def _said(quiet: TakeEvidence | None, voice: Heard | None) -> list[str]:
    """Return the figures that `mic.noise_floor` and `mic.snr` judge, as far as there are any."""
    said = []
    silence = None
    if quiet is not None:
        if voice is not None and voice.rate_hz == quiet.rate_hz and not quiet.joined:
            silence = heard_in(_clean(quiet), quiet.rate_hz)
        floor: NoiseFloor | None = _tried(lambda: noise_floor(_clean(quiet), quiet.rate_hz))
        if floor is not None:
            said = [f"{floor.flat_dbfs:.1f} dBFS", f"{floor.a_weighted_dbfs:.1f} dBFS(A)"]
    if voice is not None:
        found: SpeechToNoise | None = _tried(lambda: speech_to_noise_of(voice, silence))
        if found is not None:
            said.append(f"SNR {found.snr_db:.0f} dB")
    return said


def _hum(plot: Plot, quiet: TakeEvidence | None, noise: BandSpectrum | None) -> None:
    """Mark the lines of the mains, each over its own height, and say which mains it is."""
    if quiet is None or noise is None or quiet.joined or quiet.duration_s < LEAST_TAKE_S:
        return
    found: Hum | None = _tried(lambda: hum(strongest_channel(_clean(quiet)), quiet.rate_hz))
    if found is None or found.mains_hz is None or found.level_dbfs is None:
        return
    taken: list[tuple[float, float]] = []
    for line_hz in found.lines_hz:
        x = float(_x(np.array([line_hz]))[0])
        band = int(np.abs(noise.centre_hz - line_hz).argmin())
        y = max(plot.y(float(_db(noise.power[band : band + 1])[0])), _TOP + 12) - 3
        plot.drawing.fill(f"M{x:.1f} {y:.1f}l4 -7h-8Z", "red")
        for label_y in (y - 10, y - 24):
            if all(abs(x - px) >= _LABEL_PX[0] or abs(label_y - py) >= _LABEL_PX[1]
                   for px, py in taken):  # fmt: skip
                plot.drawing.text(x, label_y, f"{line_hz:.0f}", anchor="middle", look="red")
                taken.append((x, label_y))
                break
    said = f"▼ {found.mains_hz:.2f} Hz {found.level_dbfs:.1f} dBFS"
    plot.drawing.text(LEFT, 36, said, look="red")


def _edge(plot: Plot, voice: Heard | None) -> None:
    """Mark how high the voice reaches; where noise hides it, it may reach higher."""
    found: Bandwidth | None = None if voice is None else _tried(lambda: bandwidth_of(voice))
    if found is None:
        return
    x = float(_x(np.array([found.upper_edge_hz]))[0])
    least = "≥ " if found.hidden_by_noise else ""
    plot.drawing.line(x, _TOP - 14, x, BOTTOM, "amberline", "6 3")
    said = f"{least}{found.upper_edge_hz / 1000:.1f} kHz"
    plot.drawing.text(min(x, RIGHT), _TOP - 20, said, anchor="end", look="amber")


def _names(plot: Plot, noise: BandSpectrum | None, voice: BandSpectrum | None) -> None:
    """Name the areas where they are: the voice over its highest point, the noise at the bottom."""
    if voice is not None:
        top = int(voice.power.argmax())
        x = float(_x(voice.centre_hz[top : top + 1])[0])
        y = plot.y(float(_db(voice.power[top : top + 1])[0]))
        plot.drawing.text(min(max(x, 110.0), 400.0), max(y - 8, _TOP + 2), "speech 语音",
                          anchor="middle", look="name")  # fmt: skip
    if noise is not None:
        plot.drawing.text(LEFT + 6, BOTTOM - 8, "noise 底噪", look="name")
