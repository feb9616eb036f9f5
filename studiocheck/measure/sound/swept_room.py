"""The room behind a recorded sweep, worked out once for all checks that ask for it."""

from __future__ import annotations

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.takes import SweepEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.deconvolution import deconvolved, impulse_response
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.level import strongest_channel
from studiocheck.measure.sound.sweep import Sweep
from studiocheck.measure.sound.sweep_slip import slipped

HIGHEST_SHARE = 0.45
"""How much of the sample rate a sweep may use."""


def sweep_at(rate_hz: int, seconds: float, peak_dbfs: float) -> Sweep:
    """Return the widest sweep that a sample rate carries, as loud as asked, easy on the ears.

    Parameters
    ----------
    rate_hz : int
        Sample rate, Hz.
    seconds : float
        Length, s.
    peak_dbfs : float
        Peak level, dBFS.

    Returns
    -------
    Sweep
        From 60 Hz, faded in over 0.2 s.

    Notes
    -----
    **Source**: Farina, AES 108 (2000). Nobody is startled by a tone of 60 Hz that fades in.

    Examples
    --------
    >>> sweep_at(16000, 5.0, -20.0).high_hz
    7200.0
    """
    high_hz = min(20000.0, HIGHEST_SHARE * rate_hz)
    return Sweep(
        rate_hz=rate_hz, seconds=seconds, high_hz=high_hz, peak_dbfs=peak_dbfs, fade_in_s=0.2
    )


def played_sweep(evidence: SweepEvidence) -> Sweep:
    """Return the sweep that was played.

    Notes
    -----
    **Source**: what the evidence says.

    Examples
    --------
    >>> import numpy as np
    >>> from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo
    >>> evidence = SweepEvidence(
    ...     microphone=MicrophoneInfo(device="x", name="x", backend="x", rate_hz=48000, channels=1),
    ...     speaker=SpeakerInfo(device="x", name="x"), samples=np.zeros((1, 1), np.float32),
    ...     rate_hz=48000, sweep_s=5.0, low_hz=60.0, high_hz=20000.0, peak_dbfs=-20.0,
    ...     fade_in_s=0.2, fade_out_s=0.01)
    >>> played_sweep(evidence) == sweep_at(48000, 5.0, -20.0)
    True
    """
    return Sweep(
        rate_hz=evidence.rate_hz,
        seconds=evidence.sweep_s,
        low_hz=evidence.low_hz,
        high_hz=evidence.high_hz,
        peak_dbfs=evidence.peak_dbfs,
        fade_in_s=evidence.fade_in_s,
        fade_out_s=evidence.fade_out_s,
    )


def room_response(evidence: SweepEvidence) -> ImpulseResponse:
    """Return the impulse response; checks ask for it by ``case.once(room_response, evidence)``.

    Parameters
    ----------
    evidence : SweepEvidence
        Of several channels the strongest is taken.

    Returns
    -------
    ImpulseResponse
        Ratio of recorded to played samples.

    Raises
    ------
    Unmeasurable
        If the sweep is not in the recording, less than two octaves of it are, or it broke off.

    Notes
    -----
    **Source**: `impulse_response`.

    Examples
    --------
    >>> import numpy as np
    >>> from studiocheck.core.takes import MicrophoneInfo, SpeakerInfo
    >>> from studiocheck.measure.sound.sweep import sweep_samples
    >>> sweep = sweep_at(16000, 1.0, -20.0)
    >>> heard = np.pad(0.1 * sweep_samples(sweep), (1600, 16000)).astype(np.float32)[:, None]
    >>> response = room_response(SweepEvidence(
    ...     microphone=MicrophoneInfo(device="x", name="x", backend="x", rate_hz=16000, channels=1),
    ...     speaker=SpeakerInfo(device="x", name="x"), samples=heard, rate_hz=16000, sweep_s=1.0,
    ...     low_hz=60.0, high_hz=7200.0, peak_dbfs=-20.0, fade_in_s=0.2, fade_out_s=0.01))
    >>> round(response.delay_s, 3)
    0.1
    """
    recording, sweep = strongest_channel(evidence.samples), played_sweep(evidence)
    response = impulse_response(recording, sweep)
    if slipped(deconvolved(recording, sweep), sweep.rate_hz, sweep.high_hz):
        raise Unmeasurable(
            Text(
                "the sound broke off during the sweep: its parts arrive at different times",
                "扫频过程中声音中断过：各频段到达时间不一致",
            ),
            Text(
                "close other programs and check again; a wireless speaker cannot be used for this",
                "关闭其他程序后重新检查；不要使用蓝牙音箱",
            ),
        )
    return response
