"""What listeners would say of a voice, estimated by DNSMOS P.835 where its model is installed."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.text import Text
from studiocheck.measure.sound.short_time import HOP_S
from studiocheck.measure.sound.voice_activity import VoiceActivity

LEAST_SPEECH_S = 3.0
RATE_HZ = 16000
_WINDOW = 144_160
"""What the model hears at once, samples: 9.01 s."""
_MOST_WINDOWS = 3
_LEVEL_DBFS = -25.0
_STRETCHES = (
    np.array((-0.08397278, 1.22083953, 0.0052439)),  # speech
    np.array((-0.13166888, 1.60915514, -0.39604546)),  # background
    np.array((-0.06766283, 1.11546468, 0.04602535)),  # overall
)
"""From what the model gives to the scale of its listeners: polynomials of its authors."""

TOO_LITTLE = Text("less than 3 seconds of speech were heard", "听到的语音不足 3 秒")
SPEAK = Text(
    "speak through the whole speech take, as in the show",
    "录语音时请按直播的状态一直说话",
)
INSTALL = Text('pip install "studiocheck[mos]"', 'pip install "studiocheck[mos]"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Mean opinion scores, 1 (bad) to 5 (excellent).

    Parameters
    ----------
    overall, speech, background : float
        ITU-T P.835: the whole, the voice itself, how little the background intrudes.
    windows : int
        Stretches of 9 s that were heard.
    """

    overall: float
    speech: float
    background: float
    windows: int


@lru_cache(maxsize=1)
def model_path() -> Path | None:
    """Return where the model is, None where it or what runs it is not installed.

    The package that carries it is found and never imported: it asks for much that we do not need.
    """
    if find_spec("onnxruntime") is None:
        return None
    spec = find_spec("speechmos")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder) / "dnsmos_models" / "sig_bak_ovr.onnx"
        if path.is_file():
            return path
    return None


def has_model() -> bool:
    """Return whether voices can be scored on this computer."""
    return model_path() is not None


def opinion(voice: NDArray[np.float64], activity: VoiceActivity) -> Opinion:
    """Estimate what listeners would say of a voice.

    Parameters
    ----------
    voice : (n,) float64
        At 16 kHz. Its level does not matter.
    activity : VoiceActivity
        Where in it somebody speaks: of silence the model thinks highly.

    Returns
    -------
    Opinion
        Mean of up to three stretches of 9 s in which somebody speaks.

    Raises
    ------
    Unmeasurable
        If there are less than 3 s of speech, or no model that runs.

    Warnings
    --------
    A network's opinion, ± 0.3 between talkers. It does not notice clipping, nor a narrow band.

    Notes
    -----
    **Source**: Reddy, Gopal, Cutler, *DNSMOS P.835: a non-intrusive perceptual objective speech
    quality metric to evaluate noise suppressors*, ICASSP 2022; the model as the package speechmos
    (MIT) carries it. Speech is brought to −25 dBFS, the middle of what the authors' challenge is
    mixed at.

    Examples
    --------
    >>> nobody = VoiceActivity(np.zeros(1000, bool), np.ones(1000, bool))
    >>> opinion(np.zeros(160_000), nobody)
    Traceback (most recent call last):
    studiocheck.core.errors.Unmeasurable: less than 3 seconds of speech were heard
    """
    starts = _starts(len(voice), activity)
    if not starts:
        raise Unmeasurable(TOO_LITTLE, SPEAK)
    levelled = _levelled(voice, activity)
    network = _network()
    heard = [
        network.run(None, {"input_1": _window(levelled, start)[None, :]})[0][0] for start in starts
    ]
    speech, background, overall = (
        float(np.mean(np.polyval(stretch, np.array(heard, np.float64)[:, index])))
        for index, stretch in enumerate(_STRETCHES)
    )
    return Opinion(overall=overall, speech=speech, background=background, windows=len(heard))


def _starts(size: int, activity: VoiceActivity) -> list[int]:
    """Return where the stretches begin that hold enough speech."""
    latest = max(0, size - _WINDOW) // RATE_HZ * RATE_HZ
    count = min(_MOST_WINDOWS, 1 + latest // RATE_HZ)
    hop = round(HOP_S * RATE_HZ)
    starts: list[int] = np.linspace(0, latest, count).astype(int).tolist()
    return [
        start
        for start in starts
        if np.count_nonzero(activity.speech[start // hop : (start + _WINDOW) // hop]) * HOP_S
        >= LEAST_SPEECH_S
    ]


def _levelled(voice: NDArray[np.float64], activity: VoiceActivity) -> NDArray[np.float32]:
    spoken = np.repeat(activity.speech, round(HOP_S * RATE_HZ))[: len(voice)]
    rms = math.sqrt(float(np.mean(voice[: len(spoken)][spoken] ** 2)))
    return np.asarray(voice * (10 ** (_LEVEL_DBFS / 20) / rms), dtype=np.float32)


def _window(voice: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    """Return one stretch; a voice that is shorter is heard again from its start."""
    return np.resize(voice, _WINDOW) if len(voice) < _WINDOW else voice[start : start + _WINDOW]


@lru_cache(maxsize=1)
def _network() -> Any:  # noqa: ANN401 - onnxruntime has no types
    path = model_path()
    failed = Text("the model of voice quality does not run", "语音质量模型无法运行")
    if path is None:
        raise Unmeasurable(failed, INSTALL)
    try:
        # what is measured in a studio stays there: from 1.29 on the library reports to its maker
        # unless it is told before it loads; the call silences Windows builds
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime  # noqa: PLC0415 - an optional extra, and it takes time

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # a library without its own, a damaged file: all of them its own
        raise Unmeasurable(failed, INSTALL) from error
