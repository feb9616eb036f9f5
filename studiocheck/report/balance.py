"""How the lamps stand to one another and to the target: places on one scale of stops.

Everything comes from the record, so a stored run shows it too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studiocheck.core.measurement import Limit, Measurement, Verdict, judge
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.core.units import number
from studiocheck.report.checklist import Group
from studiocheck.report.gauge import WIDTH, Zone
from studiocheck.report.labels import limit_of, value_of

SPAN_STOPS = 2.5
"""From the target, in the middle of the scale, to either end."""

_LEAST = 1e-3
_TOLD_STOPS = 0.05
_GAMMA = 2.2
_RATIOS: dict[str, Text] = {
    "key_fill": Text("key : fill", "主光/辅光"),
    "face_contrast": Text("bright : dark side of the face", "面部明暗比"),
    "back_key": Text("back : key", "轮廓光/主光"),
    "separation": Text("subject : background", "主体/背景"),
}
_CHECKS = ("light.key_fill", "light.back", "light.lamps", "light.background")
_SEEN = (Verdict.PASS, Verdict.MARGINAL, Verdict.FAIL, Verdict.UNMEASURED, Verdict.WAIVED)

Stops = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Move:
    """The way to the target, as a stretch of the scale; ``up`` is to the right."""

    start: float
    length: float
    up: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A value on the scale of `WIDTH` units, whose middle is the target.

    ``beyond`` says that it lies off the scale: below (-1) or above (1).
    """

    zones: tuple[Zone, ...]
    value: float
    low: float
    high: float
    beyond: int
    move: Move | None


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio or one lamp; without a place it could not be measured and ``said`` says why."""

    name: Text
    verdict: Verdict
    value: str = ""
    allowed: str = ""
    place: Place | None = None
    said: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """The light in front of one camera."""

    device: Text
    rows: tuple[Row, ...]


def balances(groups: Iterable[Group]) -> tuple[Balance, ...]:
    """Return the light of every camera in front of which some of it was measured.

    Parameters
    ----------
    groups : iterable of Group
        The findings of the record, device by device.
    """
    found = []
    for group in groups:
        by_check = {f.check: f for f in group.findings if f.verdict in _SEEN}
        rows = [row for check in _CHECKS if check in by_check for row in _rows(by_check[check])]
        if any(row.place for row in rows):
            found.append(Balance(group.device, tuple(rows)))
    return tuple(found)


def _rows(finding: Finding) -> list[Row]:
    """Return a row for each value, and one more for a verdict that no value gave."""
    rows = [row for m in finding.measurements if (row := _row(m, finding)) is not None]
    gravest = max((row.verdict for row in rows), key=_SEEN.index, default=Verdict.PASS)
    said = finding.reason or finding.note
    if said is not None and _SEEN.index(finding.verdict) > _SEEN.index(gravest):
        rows.append(Row(finding.title, finding.verdict, said=(said,)))
    return rows


def _row(measurement: Measurement, finding: Finding) -> Row | None:
    part, _, name = measurement.name.rpartition(".")
    if name == "output" and part:
        return _lamp(part, measurement, finding.measurements)
    if measurement.limit is None or measurement.limit.is_empty:
        return None
    if name in _RATIOS:
        target = _target(measurement.limit)
        return _judged(_RATIOS[name], measurement, lambda value: value - target)
    if name == "background_luma":
        target = max(_target(measurement.limit), _LEAST)
        said = Text("background", "背景")
        return _judged(said, measurement, lambda value: _GAMMA * _log2(value / target))
    return None


def _lamp(lamp: str, output: Measurement, beside: Sequence[Measurement]) -> Row:
    """Return the row of a lamp: its output, how far to turn it, and a colour that has drifted."""
    stops = _log2(output.value / 100)
    others = {m.name: m for m in beside}
    shining, drift = others.get(f"{lamp}.on"), others.get(f"{lamp}.colour_drift")
    said = []
    verdict = judge(output)
    if shining is not None and shining.value < 0.5:
        said.append(Text("off: switch it on", "没亮：请打开"))
    elif verdict is not Verdict.PASS and abs(stops) >= _TOLD_STOPS:
        turn = number(abs(stops), 1)
        said.append(
            Text(f"raise by {turn} stop", f"调亮 {turn} 挡")
            if stops < 0
            else Text(f"lower by {turn} stop", f"调暗 {turn} 挡")
        )
    if drift is not None and judge(drift) is not Verdict.PASS:
        verdict = max(verdict, judge(drift), key=_SEEN.index)
        turned = ("warmer", "偏暖") if drift.value > 0 else ("cooler", "偏冷")
        value = value_of(drift)
        said.append(Text(f"{turned[0]}: {value}", f"{turned[1]}：{value}"))
    row = _judged(Text(lamp, lamp), output, lambda value: _log2(value / 100))
    return Row(row.name, verdict, row.value, row.allowed, row.place, tuple(said))


def _judged(name: Text, measurement: Measurement, stops: Stops) -> Row:
    return Row(
        name=name,
        verdict=judge(measurement),
        value=value_of(measurement),
        allowed=limit_of(measurement),
        place=_place(measurement, stops),
    )


def _target(limit: Limit) -> float:
    """Return the middle of what passes; of what is bounded on one side its bound."""
    low = limit.warn_minimum if limit.warn_minimum is not None else limit.minimum
    high = limit.warn_maximum if limit.warn_maximum is not None else limit.maximum
    given = [bound for bound in (low, high) if bound is not None]
    return sum(given) / max(len(given), 1)


def _place(measurement: Measurement, stops: Stops) -> Place:
    """Return where a value lies.

    Examples
    --------
    >>> half = Measurement("fill.output", 50, "%", "", 2, limit=Limit(70, 130, 85, 115))
    >>> place = _place(half, lambda value: math.log2(value / 100))
    >>> place.value, place.move
    (30.0, Move(start=30.0, length=20.0, up=True))
    """
    spread = measurement.uncertainty or 0.0
    value = stops(measurement.value)
    zones = _zones(measurement.limit, stops)
    wrong = judge(measurement) is not Verdict.PASS
    return Place(
        zones=zones,
        value=_at(value),
        low=_at(stops(measurement.value - spread)),
        high=_at(stops(measurement.value + spread)),
        beyond=0 if abs(value) <= SPAN_STOPS else int(math.copysign(1, value)),
        move=_move(value) if wrong and abs(value) >= _TOLD_STOPS else None,
    )


def _zones(limit: Limit | None, stops: Stops) -> tuple[Zone, ...]:
    if limit is None:
        return ()
    ladder = (limit.minimum, limit.warn_minimum, limit.warn_maximum, limit.maximum)
    given = [None if bound is None else stops(bound) for bound in ladder]
    scaled = Limit(given[0], given[3], given[1], given[2])
    inside = [edge for edge in given if edge is not None and abs(edge) < SPAN_STOPS]
    edges = [-SPAN_STOPS, *sorted(set(inside)), SPAN_STOPS]
    return tuple(
        Zone(
            _at(low),
            round(_at(high) - _at(low), 2),
            judge(Measurement("", (low + high) / 2, "", "", limit=scaled)),
        )
        for low, high in pairwise(edges)
    )


def _move(stops: float) -> Move:
    ends = sorted((_at(stops), WIDTH / 2))
    return Move(ends[0], round(ends[1] - ends[0], 2), up=stops < 0)


def _at(stops: float) -> float:
    within = min(max(stops, -SPAN_STOPS), SPAN_STOPS)
    return round(WIDTH * (0.5 + within / (2 * SPAN_STOPS)), 2)


def _log2(ratio: float) -> float:
    return math.log2(max(ratio, _LEAST))
