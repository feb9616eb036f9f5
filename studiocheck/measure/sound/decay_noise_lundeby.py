"""Where a decay drowns in the noise: the truncation point of an impulse response."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text

Wave = NDArray[np.float64]

NOISE_MARGIN_DB = 10.0  # ISO 3382-2, 5.3.3: noise at least 10 dB below the evaluated range
LOUDER = Text(
    "turn the monitor speaker up, use a longer sweep, and switch fans and air conditioning off",
    "调大监听音箱音量，使用更长的扫频，并关闭风扇和空调",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knee:
    """Where a decay drowns in the noise.

    Parameters
    ----------
    block : int
        First block that is not used.
    noise : float
        Mean power of the noise.
    noise_seconds : float
        How long the noise was seen, s.
    seconds_60_db : float
        Decay time of the late line, s.
    level_at_end : float
        Power of the line at ``block``, without noise.
    peak_to_noise_db : float
        Start of the decay over the noise, dB.
    """

    block: int
    noise: float
    noise_seconds: float
    seconds_60_db: float
    level_at_end: float
    peak_to_noise_db: float


def no_decay() -> Unmeasurable:
    """Return the refusal of what does not die away along a line."""
    return Unmeasurable(
        Text(
            "the sound does not die away along a line: the direct sound is far above the room, or "
            "rooms are coupled",
            "声音衰减不成直线：直达声远强于房间混响，或有相连的房间",
        ),
        Text(
            "move the speaker two metres away from the microphone and close doors",
            "音箱移到距麦克风 2 米处，并关上门",
        ),
    )


def find_knee(blocks: Wave, block_s: float) -> Knee:
    """Find noise, late slope and their crossing, each from the others, until they agree.

    Parameters
    ----------
    blocks : (n,) float64
        Mean power of successive blocks, from the direct sound on.
    block_s : float
        Length of a block, s.

    Returns
    -------
    Knee
        In the units of ``blocks``.

    Raises
    ------
    Unmeasurable
        If no decay stands 10 dB above the noise, or it does not fall along a line.

    Notes
    -----
    **Source**: Lundeby, Vigran, Bietz, Vorländer, "Uncertainties of measurements in room
    acoustics", Acustica 81 (1995).

    Examples
    --------
    >>> power = 10 ** (-6 * np.arange(500) * 0.002 / 0.5) + 1e-5  # T = 0.5 s, noise −50 dB
    >>> knee = find_knee(power, 0.002)
    >>> round(knee.seconds_60_db, 2), round(10 * math.log10(knee.noise))
    (0.5, -50)
    """
    count = len(blocks)
    if count < 50:
        raise no_decay()
    noise_from = int(0.9 * count)
    floor = 1e-14 * float(blocks.max()) + 1e-300
    cross, slope = count, -60.0
    smooth = _running_mean(blocks, 5)
    for _ in range(6):
        noise = max(float(blocks[noise_from:].mean()), floor)
        above_db = 10 * np.log10(np.maximum(smooth - noise, 1e-3 * noise) / noise)
        start = int(above_db[: max(cross, 2)].argmax())
        slope, level = _late_line(above_db, start, block_s)
        cross = int(np.clip(-level / slope / block_s, start + 2, count))
        past = cross + math.ceil(7.0 / -slope / block_s)
        noise_from = min(past, int(0.9 * count))
    # stop 3 dB over the noise: what lies behind is corrected for, by the line
    end = int(np.clip((3.0 - level) / slope / block_s, 2, count))
    at_end = noise * 10 ** ((level + slope * end * block_s) / 10)
    return Knee(
        block=end,
        noise=noise if noise > floor else 0.0,
        noise_seconds=(count - noise_from) * block_s,
        seconds_60_db=-60.0 / slope,
        level_at_end=at_end,
        peak_to_noise_db=float(above_db[start]),
    )


def _late_line(above_db: Wave, start: int, block_s: float) -> tuple[float, float]:
    """Return slope (dB/s) and level at time 0 (dB over the noise) of the end of a decay."""
    top = float(above_db[start])
    if top < NOISE_MARGIN_DB:
        raise Unmeasurable(Text("no decay stands out of the noise", "衰减完全淹没在噪声中"), LOUDER)
    low = 6.0
    high = min(low + 20.0, 0.9 * top)
    after = above_db[start:]
    first = start + int(np.argmax(after < high)) if (after < high).any() else start
    below = np.flatnonzero(above_db[first:] < low)
    last = first + (int(below[0]) if len(below) else len(above_db) - first)
    if last - first < 4:
        first, last = start, max(last, start + 4)
    time_s = np.arange(first, min(last, len(above_db))) * block_s
    if len(time_s) < 3:
        raise no_decay()
    slope, level = np.polyfit(time_s, above_db[first : first + len(time_s)], 1)
    if slope > -10.0:
        raise no_decay()
    return float(slope), float(level)


def _running_mean(values: Wave, width: int) -> Wave:
    padded = np.pad(values, width // 2, "edge")
    return np.convolve(padded, np.ones(width) / width, "valid")
