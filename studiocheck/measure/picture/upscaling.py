"""Whether a picture was enlarged on its way: how many lines it really has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.opencv import cv2

_RATIOS = ((3, 2), (2, 1))
"""Enlargements that are looked for, lines after : lines before: 720 to 1080, 540 to 1080."""

_BLOCKS = 32
"""Lines of one stretch, in periods of the enlargement: the period of 3:2 is three lines."""

_STEP, _SHARE, _LEAST = 4, 0.03, 64
"""Every fourth column is looked at; of the stretches, those with the most detail."""

_ENLARGED, _OWN = 0.35, 0.70
"""Detail that an enlargement cannot have, at its own phase over other phases: below the first the
picture was enlarged, from the second on it has its own lines, between them nobody can tell. A
camera that makes 1080 lines of 1440 leaves traces as well, of 0.4 at the strongest."""

_ABOVE_NOISE = 4.0
_ROUNDING = 1 / 12


@dataclass(frozen=True, slots=True)
class Enlargement:
    """What was found: how many lines are real; absent where that cannot be told.

    ``trace`` is the smaller, the clearer the picture was enlarged; 1 in a picture that was not.
    ``soft`` says that the picture has too little detail to tell.
    """

    real_height: int | None
    trace: float
    soft: bool


def enlargement(luma: NDArray[np.uint8], noise_dn: float = 0.0) -> Enlargement:
    """Tell whether a picture was enlarged by 3:2 or 2:1, by its interpolation.

    A picture enlarged by interpolation lies in a subspace: three lines of it are made of two.
    What lies outside of that subspace is compared with what lies outside when the subspace is
    laid one line beside. In a picture with lines of its own, sharp or soft, both are the same;
    in an enlarged one the first is nearly nothing. Both directions must agree.

    Parameters
    ----------
    luma : (height, width) uint8
        Mean of several frames, or one frame.
    noise_dn : float
        Its noise, standard deviation, DN.

    Returns
    -------
    Enlargement
        Real lines, absent where detail drowns in noise or traces are weak.

    Notes
    -----
    **Source**: A. C. Popescu, H. Farid, Exposing digital forgeries by detecting traces of
    resampling, IEEE Trans. Signal Processing 53 (2005) 758, with known kernels in place of their
    search; thresholds measured on photographs (`tests/unit/test_upscaling.py`).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> own = rng.integers(0, 256, (720, 1280), dtype=np.uint8)
    >>> enlargement(cv2.resize(own, (1920, 1080))).real_height
    720
    >>> enlargement(own).real_height
    720
    """
    height = luma.shape[0]
    floor = _ABOVE_NOISE * (_ROUNDING + noise_dn**2)
    traces, soft = [], False
    for up, down in _RATIOS:
        found = [_trace(luma, up, down), _trace(luma.T, up, down)]
        if min(detail for _, detail in found) <= floor:
            soft = True
            continue
        trace = max(trace for trace, _ in found)
        if trace <= _ENLARGED:
            return Enlargement(round(height * down / up), trace, soft=False)
        traces.append(trace)
    trace = min(traces, default=1.0)
    own = not soft and trace >= _OWN
    return Enlargement(height if own else None, trace, soft)


def _trace(luma: NDArray[np.uint8], up: int, down: int) -> tuple[float, float]:
    """Return detail outside the subspace over that at other phases, and the latter, DN²."""
    lines = _BLOCKS * up
    count = (luma.shape[0] - up) // lines
    if count < 1:
        return 1.0, 0.0
    part = luma[:, ::_STEP].astype(np.float32) - 128
    traces = []
    for kernel in (cv2.INTER_LINEAR, cv2.INTER_CUBIC):
        outside = _outside(up, down, kernel)
        left = np.stack(
            [
                np.square(np.matmul(outside, stretches)).mean(axis=1).ravel()
                for stretches in (
                    part[phase : phase + count * lines].reshape(count, lines, -1)
                    for phase in range(up)
                )
            ]
        )
        # chosen by all phases alike, so that the choice itself favours none
        total = left.sum(axis=0)
        most = min(total.size, max(_LEAST, round(_SHARE * total.size)))
        chosen = left[:, np.argpartition(total, -most)[-most:]].mean(axis=1)
        other = float(chosen[1:].mean())
        traces.append((float(chosen[0]) / other if other > 0 else 1.0, other))
    return min(traces)


@lru_cache(maxsize=8)
def _outside(up: int, down: int, kernel: int) -> NDArray[np.float32]:
    """Return an orthonormal basis of what no enlarged stretch of lines can have."""
    before = 3 * _BLOCKS * down
    matrix = np.asarray(
        cv2.resize(np.eye(before), (before, 3 * _BLOCKS * up), interpolation=kernel), np.float64
    )
    stretch = matrix[_BLOCKS * up : 2 * _BLOCKS * up]
    stretch = stretch[:, np.abs(stretch).max(axis=0) > 1e-9]
    basis, _ = np.linalg.qr(stretch, mode="complete")
    return np.asarray(basis[:, stretch.shape[1] :].T, np.float32)
