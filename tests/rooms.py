"""Rooms whose truth is known: image sources or decaying noise, loudspeakers, recordings of sweeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.sound.fast_fourier import fast_size

Wave = NDArray[np.float64]

RATE_HZ = 48000
OCTAVES_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
_SPEED_M_S = 343.0
_OVERSAMPLED = 4


def convolve(wave: Wave, response: Wave) -> Wave:
    """Return the whole convolution."""
    size = len(wave) + len(response) - 1
    padded = 1 << (size - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(wave, padded) * np.fft.rfft(response, padded), padded)[:size]


def delayed(wave: Wave, samples: float) -> Wave:
    """Return the wave later by any, also broken, number of samples; it gets that much longer."""
    size = len(wave) + int(np.ceil(samples)) + 1
    padded = 1 << (size + 64).bit_length()
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(padded) * samples)
    return np.fft.irfft(np.fft.rfft(wave, padded) * turn, padded)[:size]


def band_levels_to_response(levels_db: Wave, size: int, rate_hz: int = RATE_HZ) -> Wave:
    """Return a smooth amplitude response on the bins of a real FFT through seven octave levels."""
    frequency_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1.0)
    return 10 ** (np.interp(np.log(frequency_hz), np.log(OCTAVES_HZ), levels_db) / 20)


def decaying_noise(
    t60_s: float | NDArray[np.float64],
    rng: np.random.Generator,
    *,
    seconds: float | None = None,
    rate_hz: int = RATE_HZ,
) -> Wave:
    """Return white noise that decays by 60 dB in ``t60_s``; one value, or one for each octave."""
    times = np.broadcast_to(np.asarray(t60_s, np.float64), 7)
    size = round((seconds or 1.7 * float(times.max())) * rate_hz)
    time = np.arange(size) / rate_hz
    if np.ptp(times) == 0:
        return rng.standard_normal(size) * 10 ** (-3 * time / times[0])
    # log-spaced bands whose amplitudes cross-fade, each with the decay of its frequency
    padded = 1 << (2 * size).bit_length()
    frequency_hz = np.maximum(np.fft.rfftfreq(padded, 1 / rate_hz), 1.0)
    octave = np.clip(np.interp(np.log2(frequency_hz), np.log2(OCTAVES_HZ), np.arange(7)), 0, 6)
    total = np.zeros(size)
    for index in range(7):
        weight = np.cos(np.pi / 2 * np.clip(np.abs(octave - index), 0, 1))
        noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(padded)) * weight, padded)[:size]
        total += noise * 10 ** (-3 * time / times[index])
    return total


def diffuse_room(
    t60_s: float | NDArray[np.float64],
    rng: np.random.Generator,
    *,
    direct_db: float = -np.inf,
    predelay_s: float = 0.0,
    rate_hz: int = RATE_HZ,
) -> Wave:
    """Return a diffuse decay, and a direct sound ``direct_db`` above all of its energy."""
    tail = decaying_noise(t60_s, rng, rate_hz=rate_hz)
    tail /= np.sqrt(tail @ tail)
    if not np.isfinite(direct_db):
        return tail
    response = np.concatenate([np.zeros(round(predelay_s * rate_hz)), tail])
    response[0] += 10 ** (direct_db / 20)
    return response


def shoebox(
    size_m: tuple[float, float, float],
    source_m: tuple[float, float, float],
    microphone_m: tuple[float, float, float],
    absorption: tuple[float, ...],
    *,
    seconds: float,
    rng: np.random.Generator | None = None,
    rate_hz: int = RATE_HZ,
) -> Wave:
    """Return the image-source response of a box with six absorptions (Allen and Berkley 1979).

    With ``rng`` every image moves by up to 8 cm, which takes the sweeping echoes of perfect boxes
    away (De Sena 2015). The response is cut so that the direct sound stands 5 ms after its start.
    """
    size, source, ear = (np.asarray(v, np.float64) for v in (size_m, source_m, microphone_m))
    reach = seconds * _SPEED_M_S
    distance2, gain = np.zeros(1), np.ones(1)
    reflect = np.sqrt(1 - np.asarray(absorption, np.float64))
    for axis in range(3):
        orders = int(np.ceil(reach / (2 * size[axis])))
        n = np.arange(-orders, orders + 1)
        near, far = reflect[2 * axis], reflect[2 * axis + 1]
        offset = np.concatenate([
            2 * n * size[axis] + source[axis] - ear[axis],
            2 * n * size[axis] - source[axis] - ear[axis],
        ])  # fmt: skip
        hits = np.concatenate([
            near ** np.abs(n) * far ** np.abs(n),
            near ** np.abs(n - 1) * far ** np.abs(n),
        ])  # fmt: skip
        distance2 = (distance2[:, None] + offset[None, :] ** 2).ravel()
        gain = (gain[:, None] * hits[None, :]).ravel()
        kept = (distance2 < reach**2) & (gain > 1e-7)
        distance2, gain = distance2[kept], gain[kept]
    distance = np.sqrt(distance2)
    direct = float(np.linalg.norm(source - ear))
    if rng is not None:
        moved = distance > direct + 1e-6
        distance = distance + moved * rng.uniform(-0.08, 0.08, len(distance))
        distance = np.maximum(distance, direct)
    return _impulses(
        (distance - direct) / _SPEED_M_S + 0.005, gain * direct / distance, seconds, rate_hz
    )


def _impulses(time_s: Wave, gain: Wave, seconds: float, rate_hz: int) -> Wave:
    """Return band-limited impulses at any times."""
    fine = rate_hz * _OVERSAMPLED
    size = round(seconds * rate_hz)
    position = time_s * fine
    low = position.astype(np.int64)
    part = position - low
    kept = low + 1 < size * _OVERSAMPLED
    dense = np.bincount(low[kept], gain[kept] * (1 - part[kept]), size * _OVERSAMPLED)
    dense += np.bincount(low[kept] + 1, gain[kept] * part[kept], size * _OVERSAMPLED)
    padded = fast_size(2 * size)
    spectrum = np.fft.rfft(dense, padded * _OVERSAMPLED)[: padded // 2 + 1]
    spectrum *= 0.5 + 0.5 * np.cos(np.pi * np.clip(np.linspace(0, 1, len(spectrum)) * 10 - 9, 0, 1))
    # no loudspeaker radiates below 30 Hz: in a box of positive reflections that would be most
    turn = 1j * np.fft.rfftfreq(padded, 1 / rate_hz) / 30.0
    spectrum *= turn**2 / (1 + np.sqrt(2) * turn + turn**2)
    return np.fft.irfft(spectrum, padded)[:size]


@dataclass(frozen=True)
class Box:
    """A random box room and what stands in it."""

    response: Wave
    sabine_s: float
    distance_m: float


def random_box(
    rng: np.random.Generator, *, t60_s: float | None = None, distance_m: float | None = None
) -> Box:
    """Return a random studio of 25 to 150 m³ with a reverberation time of about ``t60_s``."""
    size = np.array([rng.uniform(3.2, 7.5), rng.uniform(2.8, 6.0), rng.uniform(2.4, 3.4)])
    wanted = t60_s or float(rng.uniform(0.15, 0.9))
    walls = 2 * np.array([size[1] * size[2], size[0] * size[2], size[0] * size[1]])
    eyring = 1 - np.exp(-0.161 * size.prod() / (walls.sum() * wanted))
    absorption = np.clip(eyring * rng.uniform(0.7, 1.3, 6), 0.02, 0.95)
    while True:
        ear = rng.uniform(0.6, size - 0.6)
        far = distance_m or float(rng.uniform(0.7, 2.5))
        turn = rng.standard_normal(3)
        source = ear + far * turn / np.linalg.norm(turn)
        if np.all(source > 0.3) and np.all(source < size - 0.3):
            break
    response = shoebox(
        tuple(size), tuple(source), tuple(ear), tuple(absorption),
        seconds=min(1.3 * wanted + 0.1, 1.1), rng=rng,
    )  # fmt: skip
    mean = float((absorption * np.repeat(walls / 2, 2)).sum() / walls.sum())
    return Box(response, 0.161 * size.prod() / (-walls.sum() * np.log(1 - mean)), far)


def loudspeaker(rng: np.random.Generator, rate_hz: int = RATE_HZ) -> Wave:
    """Return the response of a small monitor and a microphone: minimum phase, ±3 dB, 70 Hz up."""
    size = 8192
    frequency_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1.0)
    low_hz, high_hz = rng.uniform(50, 90), rng.uniform(15000, 20000)
    level = np.interp(
        np.log(frequency_hz), np.log(np.geomspace(40, 20000, 14)), rng.uniform(-2.5, 2.5, 14)
    )
    level -= 10 * np.log10(1 + (low_hz / frequency_hz) ** 4) + 10 * np.log10(
        1 + (frequency_hz / high_hz) ** 8
    )
    cepstrum = np.fft.irfft(level * np.log(10) / 20, size)
    cepstrum[1 : size // 2] *= 2
    cepstrum[size // 2 + 1 :] = 0
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:4096]


def record(
    played: Wave,
    response: Wave,
    rng: np.random.Generator,
    *,
    snr_db: float = 60.0,
    latency_s: float = 0.1,
    tail_s: float = 2.0,
    clock_ppm: float = 0.0,
    clicks: int = 0,
    second_harmonic: float = 0.0,
    rate_hz: int = RATE_HZ,
) -> Wave:
    """Return what a microphone records while ``played`` sounds in a room.

    ``snr_db`` compares the mean power of what arrives with white noise. A negative latency starts
    the recording late. ``clicks`` are bursts of 1 ms as loud as the sweep's own peak. ``clock_ppm`` is how much faster the
    recorder's clock runs than the player's.
    """
    driven = played + second_harmonic * played**2 / max(np.abs(played).max(), 1e-12)
    heard = convolve(driven, response)
    power = float(np.mean(heard[: len(played)] ** 2))
    start = latency_s * rate_hz
    heard = heard[round(-start) :] if start < 0 else delayed(heard, start)
    size = round((latency_s + tail_s) * rate_hz) + len(played)
    heard = np.pad(heard, (0, max(0, size - len(heard))))[:size]
    if clock_ppm:
        heard = resampled(heard, 1 / (1 + clock_ppm * 1e-6))
    loud = float(np.abs(heard).max())
    for _ in range(clicks):
        at = int(rng.integers(0.2 * len(heard), 0.8 * len(heard)))
        heard[at : at + 48] += loud * rng.standard_normal(48)
    return heard + np.sqrt(power) * 10 ** (-snr_db / 20) * rng.standard_normal(len(heard))


def resampled(wave: Wave, factor: float) -> Wave:
    """Return the wave read ``factor`` times as fast, as another sample clock would."""
    fine, size = 8, fast_size(len(wave))
    dense = np.fft.irfft(np.fft.rfft(wave, size), fine * size) * fine
    at = np.arange(int((len(wave) - 2) / factor)) * factor * fine
    return np.interp(at, np.arange(len(dense)), dense)
