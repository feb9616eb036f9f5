"""Where a value lies between its limits, as lengths on a small drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from studiocheck.core.measurement import Measurement, Verdict, judge

WIDTH = 100.0
_MARGIN = 0.18
"""Share of the span that is left free at both ends."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the scale with the verdict that a sharp value in it would get."""

    start: float
    length: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Gauge:
    """A scale of `WIDTH` units: zones, the value, and its uncertainty interval."""

    zones: tuple[Zone, ...]
    value: float
    low: float
    high: float


def gauge_of(measurement: Measurement) -> Gauge | None:
    """Return where a value lies on the scale of its limit; nothing without a range.

    Examples
    --------
    >>> from studiocheck.core.measurement import Limit
    >>> gauge = gauge_of(Measurement("loudness", 5.0, "LU", "", limit=Limit(0, 10)))
    >>> [zone.verdict.value for zone in gauge.zones], gauge.value
    (['FAIL', 'PASS', 'FAIL'], 50.0)
    """
    limit = measurement.limit
    if limit is None or limit.is_empty:
        return None
    ladder = (limit.minimum, limit.warn_minimum, limit.warn_maximum, limit.maximum)
    given = [bound for bound in ladder if bound is not None]
    bounds = sorted(set(given))
    if len(given) > len(bounds) == 1:  # one allowed value is no range that could be drawn
        return None
    spread = measurement.uncertainty or 0.0
    around = (measurement.value - spread, measurement.value + spread)
    start, end = min(*around, *bounds), max(*around, *bounds)
    margin = _MARGIN * (end - start) or abs(end) * _MARGIN or 1.0
    start, end = start - margin, end + margin

    def place(value: float) -> float:
        return round(WIDTH * (value - start) / (end - start), 2)

    edges = [start, *bounds, end]
    zones = tuple(
        Zone(place(low), round(place(high) - place(low), 2), _sharp(measurement, (low + high) / 2))
        for low, high in pairwise(edges)
    )
    return Gauge(zones, place(measurement.value), place(around[0]), place(around[1]))


def _sharp(measurement: Measurement, value: float) -> Verdict:
    return judge(Measurement("", value, "", "", limit=measurement.limit))
