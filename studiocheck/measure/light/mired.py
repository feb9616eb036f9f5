"""Between mired, in which colours of light differ alike, and kelvin, in which people say them."""

from __future__ import annotations


def half_width_facing(mired: float, mired_uncertainty: float, target_kelvin: float) -> float:
    """Return an interval in mired as a half-width in kelvin, on the side of a target.

    Kelvin and mired intervals have different shapes. The half-width that faces the target is the
    one that decides, so a verdict in kelvin is the verdict in mired.

    Parameters
    ----------
    mired, mired_uncertainty : float
        The interval, mired.
    target_kelvin : float
        What is wanted, K.

    Returns
    -------
    float
        K.

    Notes
    -----
    **Source**: 1 mired = 10⁶ / K (CIE 17-23-083).

    Examples
    --------
    >>> round(half_width_facing(200.0, 10.0, 5500)), round(half_width_facing(160.0, 10.0, 5500))
    (263, 368)
    """
    kelvin = 1e6 / mired
    lower = kelvin - 1e6 / (mired + mired_uncertainty)
    if kelvin - lower > target_kelvin or mired_uncertainty >= mired:
        return lower
    return 1e6 / (mired - mired_uncertainty) - kelvin
