"""How finely a take is quantised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_COARSEST_STEP = 2.0**-12  # 16 bits turned up by 18 dB: no recording is coarser


def quantisation_step(change: NDArray[np.floating]) -> float:
    """Return the size of one quantisation step.

    Parameters
    ----------
    change : (n,) float
        Magnitude of the change from each sample to the next, full scale ±1.

    Returns
    -------
    float
        The smallest change there is; 2⁻¹² where all are larger.

    Notes
    -----
    **Source**: definition of a quantised signal.

    Examples
    --------
    >>> wave = np.round(np.sin(0.01 * np.arange(1000)) * 2**15) / 2**15
    >>> quantisation_step(np.abs(np.diff(wave))) == 2.0**-15
    True
    """
    return float(change.min(where=change > 0, initial=_COARSEST_STEP))
