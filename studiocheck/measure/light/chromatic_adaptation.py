"""Colours in one white as they would be in another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def bradford(
    seen_white: NDArray[np.float64], real_white: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the matrix that takes colours in one white to their like in another.

    Parameters
    ----------
    seen_white, real_white : (3,) float64
        CIE XYZ of both whites, any scale.

    Returns
    -------
    (3, 3) float64
        For XYZ as columns.

    Notes
    -----
    **Source**: K. M. Lam, Metamerism and colour constancy (1985), "Bradford", linear form as in
    ICC.1:2022, annex E.

    Examples
    --------
    >>> d65, d50 = np.array([0.9505, 1.0, 1.0891]), np.array([0.9642, 1.0, 0.8251])
    >>> bradford(d65, d50)[0].round(4).tolist()  # as the ICC profile of sRGB has it
    [1.0478, 0.0229, -0.0502]
    """
    scale = (_CONES @ real_white) / (_CONES @ seen_white)
    return np.asarray(np.linalg.inv(_CONES) @ np.diag(scale) @ _CONES)
