"""Loudness, moment by moment, and true peak against FFmpeg's meter: 20 takes of all kinds."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from numpy.typing import NDArray

from studiocheck.measure.sound.loudness_bs1770 import k_weighted, loudness_of, to_lufs
from studiocheck.measure.sound.true_peak_bs1770 import true_peak
from studiocheck.simulator import room
from studiocheck.simulator.voice import speak
from tests.e2e.cameras import ffmpeg

SECONDS = 6.0
METER = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-"


def material(number: int) -> tuple[NDArray[np.float32], int]:
    """Speech or noise of any level, rate, number of channels and course, (n, channels)."""
    rng = np.random.default_rng([3341, number])
    rate_hz = int(rng.choice([44100, 48000, 48000, 96000]))
    channels = 1 + number % 2
    count = round(SECONDS * rate_hz)
    sides = []
    for side in range(channels):
        if number % 5 == 4:
            wave = rng.standard_normal(count)
        else:
            wave = speak(SECONDS, rate_hz, 10 * number + side, rng.uniform(85, 250))[:count]
            wave = room.reverberate(wave, rate_hz, 0.3, rng.uniform(0.15, 0.8), rng)[:count]
        sides.append(wave * 10 ** (rng.uniform(-6, 0) / 20))
    both = np.stack(sides, axis=1)
    both *= 10 ** (rng.uniform(-40, -14) / 20) / both.std()
    # a course that the gates have work with
    steps = 10 ** (rng.uniform(-30, 0, 8) / 20) if number % 3 == 0 else np.ones(8)
    both *= np.interp(np.arange(count), np.linspace(0, count, 8), steps)[:, np.newaxis]
    both += np.stack([room.noise(count, rate_hz, -65, rng) for _ in sides], axis=1)
    return both.astype(np.float32), rate_hz


def metered(samples: NDArray[np.float32], rate_hz: int) -> dict[str, list[float]]:
    """What FFmpeg reads every 100 ms: M, S and I, LUFS, and the true peaks of the channels."""
    command = [ffmpeg(), "-v", "error", "-f", "f32le", "-ar", str(rate_hz)]
    command += ["-ac", str(samples.shape[1]), "-i", "-", "-af", METER, "-f", "null", "-"]
    done = subprocess.run(command, input=samples.tobytes(), capture_output=True, check=True)
    read: dict[str, list[float]] = {}
    for name, value in re.findall(r"lavfi\.r128\.(\w+)=(\S+)", done.stdout.decode()):
        read.setdefault(name, []).append(float(value))
    return read


@pytest.mark.parametrize("number", range(20))
def test_we_read_what_ffmpeg_reads(number: int) -> None:
    samples, rate_hz = material(number)
    theirs = metered(samples, rate_hz)
    weighted = k_weighted(samples, rate_hz)
    momentary, short_term = (to_lufs(weighted.blocks(s, 0.1)) for s in (0.4, 3.0))
    integrated_lufs = loudness_of(weighted).integrated_lufs
    their_peak = 20 * np.log10(
        max(theirs[f"true_peaks_ch{c}"][-1] for c in range(samples.shape[1]))
    )
    error = {
        "M": np.abs(momentary - theirs["M"][3 : 3 + len(momentary)]).max(),
        "S": np.abs(short_term - theirs["S"][29 : 29 + len(short_term)]).max(),
        "I": abs(integrated_lufs - theirs["I"][-1]),
        "peak": abs(true_peak(samples, rate_hz) - their_peak),
    }
    print(rate_hz, samples.shape[1], *(f"{name} {value:.3f}" for name, value in error.items()))
    assert max(error["M"], error["S"], error["I"]) < 0.05
    assert error["peak"] < 0.2
