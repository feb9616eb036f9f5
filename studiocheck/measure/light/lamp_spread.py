"""How far the gains of lamps may be off: the jackknife, and what the jackknife cannot see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studiocheck.measure.light.unmixing import Unmixed

Array = NDArray[np.float64]

_JACKKNIFE = 1.1
"""The cells that a robust fit drops are not drawn again without each part: found in tests."""

_COHERENT_PER_SIGMA, _OF_ADDITIVITY, _CURVE = 0.012, 0.5, 0.01
"""By how much the model may misread the light of a whole part of the picture, for each unit of
what is left over (pigments that answer a lamp's new colour each in its own way, what is reflected
from other walls) and of the additivity error; and by what power the tone curve may be wrong: found
in tests."""


def possible_gains(found: Unmixed, additivity_error: float) -> Array:
    """Return gains as they might have been, for `jackknife` of any statistic of them.

    The jackknife over parts of the picture sees what differs between them. It cannot see a model
    that is a little wrong everywhere: light of a part misread by a share, in all channels or in
    one colour against the other, and a tone curve that is off by a power. These come in pairs of
    either sign, so that `jackknife` of all together is the standard deviation.

    Parameters
    ----------
    found : Unmixed
        Of tonight's picture.
    additivity_error : float
        Of the calibration, as a share of the light.

    Returns
    -------
    (62, bases, 3) float64
        Linear RGB gains.

    Notes
    -----
    **Source**: JCGM 100:2008 (GUM), 5.1 and 4.3 (type B), over the delete-a-group jackknife.
    """
    parts = len(found.left_out)
    spread = found.left_out - found.left_out.mean(axis=0)
    left_over = _COHERENT_PER_SIGMA * min(found.sigma, 100.0)
    share = float(np.hypot(left_over, _OF_ADDITIVITY * additivity_error))
    tint = np.array([1.0, 0.0, -1.0]) / 2
    model = np.concatenate(
        [
            share * found.by_part,
            share * found.by_part * tint,
            _CURVE * found.by_curve[None],
        ]
    )
    count = parts + 2 * len(model)
    # `jackknife` multiplies by (n − 1) / n, once for these few and once for all of them
    own = _JACKKNIFE * np.sqrt((parts - 1) / parts * count / (count - 1)) * spread
    model = model * np.sqrt(count / (count - 1) / 2)
    return np.asarray(found.gains + np.concatenate([own, model, -model]))
