"""How a measured value is written for a person."""

from __future__ import annotations

import math

from studiocheck.core.measurement import Limit, Measurement

_DECIMALS = {
    "": 3, "px": 0, "fps": 2, "%": 1, "s": 2, "ms": 1, "K": 0, "mired": 1, "DN": 1, "stops": 2,
    "dBFS": 1, "dBFS(A)": 1, "dB SPL(A)": 1, "dB": 1, "LUFS": 1, "LU": 1, "dBTP": 1, "Hz": 2,
    "kHz": 1, "ppm": 0, "Mbit/s": 2, "dBm": 0, "GB": 1, "per 10 s": 1, "count": 0,
    "stops rel.": 2, "h": 1, "°": 1,
}  # fmt: skip

UNITS = frozenset(_DECIMALS)
"""Every unit that a value may have."""


def _decimals(unit: str, uncertainty: float | None) -> int:
    """Two significant digits of the uncertainty (GUM 7.2.6), at most three decimals."""
    usual = _DECIMALS.get(unit, 2)
    if not uncertainty:
        return usual
    return max(0, min(3, usual + 1, 1 - math.floor(math.log10(uncertainty))))


def number(value: float, decimals: int) -> str:
    """Write a number with a true minus sign kept ASCII and no negative zero."""
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text


def quantity(measurement: Measurement) -> str:
    """Write value, uncertainty and unit.

    Examples
    --------
    >>> quantity(Measurement("frame_rate", 24.9712, "fps", "", 0.0312))
    '24.971 ± 0.031 fps'
    >>> quantity(Measurement("noise_floor", -62.04, "dBFS", ""))
    '-62.0 dBFS'
    """
    decimals = _decimals(measurement.unit, measurement.uncertainty)
    text = number(measurement.value, decimals)
    if measurement.uncertainty is not None and float(f"{measurement.uncertainty:.{decimals}f}") > 0:
        text += f" ± {number(measurement.uncertainty, decimals)}"
    return f"{text} {measurement.unit}".rstrip()


def _bound(value: float) -> str:
    """Write a bound with no more decimals than it was given with."""
    return f"{round(value, 4):.4f}".rstrip("0").rstrip(".")


def allowed(limit: Limit, unit: str) -> str:
    """Write what a limit allows without a remark, for example ``≥ 29.7 fps``.

    Examples
    --------
    >>> allowed(Limit(minimum=28.5, warn_minimum=29.7), "fps")
    '≥ 29.7 fps'
    >>> allowed(Limit(35, 75, 45, 65), "%")
    '45 … 65 %'
    """
    low = limit.warn_minimum if limit.warn_minimum is not None else limit.minimum
    high = limit.warn_maximum if limit.warn_maximum is not None else limit.maximum
    if low is not None and high is not None:
        text = _bound(low) if low == high else f"{_bound(low)} … {_bound(high)}"
    elif low is not None:
        text = f"≥ {_bound(low)}"
    elif high is not None:
        text = f"≤ {_bound(high)}"
    else:
        return ""
    return f"{text} {unit}".rstrip()


def bounds(limit: Limit, unit: str) -> str:
    """Write the failing bounds of a limit, with the bounds of its warning band in brackets.

    Examples
    --------
    >>> bounds(Limit(minimum=28.5, warn_minimum=29.7), "fps")
    '≥ 28.5 (29.7) fps'
    >>> bounds(Limit(35, 75, 45, 65), "%")
    '≥ 35 (45) ≤ 75 (65) %'
    >>> bounds(Limit(warn_minimum=6), "Mbit/s")
    '≥ (6) Mbit/s'
    """
    if limit.minimum is not None and limit.minimum == limit.maximum:
        return f"= {_bound(limit.minimum)} {unit}".rstrip()
    words = []
    for sign, fails, warns in (
        ("≥", limit.minimum, limit.warn_minimum),
        ("≤", limit.maximum, limit.warn_maximum),
    ):
        said = [] if fails is None else [_bound(fails)]
        said += [] if warns is None else [f"({_bound(warns)})"]
        words += [sign, *said] if said else []
    return " ".join([*words, unit]).rstrip()
