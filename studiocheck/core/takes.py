"""What a microphone gave: takes of speech and of quiet, and of a sweep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

_BEYOND = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneInfo:
    """What opened when a microphone was opened.

    ``attached_to`` is the source that the sound server says our stream hears, at the start;
    ``muted`` and ``gain_db`` are the system's. ``None`` where nothing tells.
    """

    device: str
    name: str
    backend: str
    rate_hz: int
    channels: int
    attached_to: str | None = None
    muted: bool | None = None
    gain_db: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeEvidence:
    """One take of one microphone.

    Parameters
    ----------
    samples : (n, channels) float32
        Full scale is ±1.
    rate_hz : int
        Sample rate.
    prompted : bool
        Whether somebody was asked to be quiet or to speak.
    overflows : int
        How often the sound system reported lost input.
    attached_after : str, optional
        The source that the stream heard at the end.
    arrived_s : (blocks,) float64, optional
        When each block of samples arrived, s, on the computer's steady clock; absent for a file.
    frames_by_then : (blocks,) int64, optional
        Samples per channel that the stream had delivered by then, since it was opened.
    joined : bool
        Whether the take was put together from pieces of a longer one, as the pauses of a file.
    """

    microphone: MicrophoneInfo
    kind: Literal["quiet", "speech"]
    samples: NDArray[np.float32]
    rate_hz: int
    prompted: bool
    overflows: int = 0
    attached_after: str | None = None
    arrived_s: NDArray[np.float64] | None = None
    frames_by_then: NDArray[np.int64] | None = None
    joined: bool = False

    @property
    def mono(self) -> NDArray[np.float64]:
        """The mean of the channels, (n,) float64."""
        mean: NDArray[np.float64] = self.samples.mean(axis=1, dtype=np.float64)
        return mean

    @property
    def duration_s(self) -> float:
        """Length of the take, s."""
        return len(self.samples) / self.rate_hz


def is_sound(samples: NDArray[np.float32]) -> bool:
    """Return whether samples are numbers of at most a thousand times full scale.

    Examples
    --------
    >>> [is_sound(np.array([0.5, value])) for value in (-1.2, np.nan, 1e9)]
    [True, False, False]
    """
    if not samples.size:
        return True
    return bool(samples.min() >= -_BEYOND and samples.max() <= _BEYOND)  # false for NaN


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerInfo:
    """The loudspeaker that played; ``on_air`` says whether it plays the programme in the show."""

    device: str
    name: str
    on_air: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepEvidence:
    """What one microphone heard while a loudspeaker played an exponential sweep.

    Parameters
    ----------
    samples : (n, channels) float32
        From before the sweep until its reverberation is gone; full scale is ±1.
    rate_hz : int
        Sample rate of both, Hz.
    sweep_s, low_hz, high_hz, peak_dbfs, fade_in_s, fade_out_s : float
        What was played.
    played_after_s : float, optional
        When the sweep was handed to the sound system, s after the first of ``samples``.
    overflows : int
        How often the sound system reported lost input.
    underflows : int
        How often it had nothing to play.
    attached_after : str, optional
        The source that the stream heard at the end.
    """

    microphone: MicrophoneInfo
    speaker: SpeakerInfo
    samples: NDArray[np.float32]
    rate_hz: int
    sweep_s: float
    low_hz: float
    high_hz: float
    peak_dbfs: float
    fade_in_s: float
    fade_out_s: float
    played_after_s: float | None = None
    overflows: int = 0
    underflows: int = 0
    attached_after: str | None = None
