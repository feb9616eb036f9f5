"""Which dimmer to turn, and how far, so that the light is as the profile wants it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from studiocheck.core.text import Text, joined

LEAST_STOPS = 0.05
"""Less than this no dimmer is turned by hand."""

MOST_STOPS = 6.0
"""No dimmer is turned further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamps:
    """All lamps of one kind, which are turned together.

    Parameters
    ----------
    light : float
        Their luminance on the subject tonight, any scale that is the same for all kinds.
    room_stops : float
        By how much the one with the least room can still be raised; infinite where nobody said
        how far its dimmer is open.
    """

    light: float
    room_stops: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to change, stops: 0 keeps it as it is, None leaves it free.

    Parameters
    ----------
    key_fill, back_key : float, optional
        By how much the ratio has to rise.
    level : float, optional
        By how much the light on the subject has to rise.
    """

    key_fill: float | None = None
    back_key: float | None = None
    level: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """By how much each kind is turned up, stops, and what is then still missing, stops.

    ``missing`` is light on the subject: positive where more is wanted, negative where there is
    too much that no dimmer of these lamps takes away. ``back_missing`` is what the back light
    lacks against the key.
    """

    key: float
    fill: float
    back: float
    missing: float = 0.0
    back_missing: float = 0.0


def turns(key: Lamps, fill: Lamps, back: Lamps, rest: float, wanted: Wanted) -> Turns:
    """Return the smallest changes of dimmers that reach what is wanted.

    Key : fill comes first, as dimming always reaches it; then the light on the subject, then the
    back light, as far as the lamps have room. Without a wanted level the sum of changes is least,
    which leaves the key alone where one ratio is wrong.

    Parameters
    ----------
    key, fill, back : Lamps
        The lamps of each kind; key and fill give some light.
    rest : float
        All other light on the subject, same scale.
    wanted : Wanted
        What is to change.

    Returns
    -------
    Turns
        In stops.

    Notes
    -----
    **Source**: the least sum of absolute changes is at the median (P. S. Laplace, 1774); the level
    is the sum of the lamps' light, solved for the common factor.

    Examples
    --------
    >>> three = Lamps(light=4.0), Lamps(light=1.0, room_stops=0.5), Lamps(light=0.0)
    >>> found = turns(*three, rest=0.0, wanted=Wanted(key_fill=-1.0))
    >>> found.key, found.fill  # the fill has half a stop of room, the key goes down for the rest
    (-0.5, 0.5)
    """
    ratio, rim = wanted.key_fill or 0.0, wanted.back_key or 0.0
    with_fill = wanted.key_fill is not None or wanted.level is not None
    with_back = wanted.back_key is not None or wanted.level is not None
    highest = min(key.room_stops, fill.room_stops + ratio) if with_fill else key.room_stops
    if wanted.level is None:
        least = float(np.median([0.0, ratio, -rim])) if with_fill and with_back else 0.0
        up = min(least, highest)
    else:
        up = _common_turn(key, fill, back, rest, wanted, highest)
    rim_up = min(up + rim, back.room_stops) if with_back else 0.0
    fill_up = up - ratio if with_fill else 0.0
    missing = 0.0
    if wanted.level is not None:
        before = key.light + fill.light + back.light + rest
        after = key.light * 2**up + fill.light * 2**fill_up + back.light * 2**rim_up + rest
        missing = wanted.level - math.log2(after / before)
    return Turns(
        key=up,
        fill=fill_up,
        back=rim_up,
        missing=missing,
        back_missing=up + rim - rim_up if with_back else 0.0,
    )


def _common_turn(
    key: Lamps, fill: Lamps, back: Lamps, rest: float, wanted: Wanted, highest: float
) -> float:
    """Return by how much the key is to be raised so that the subject has its light."""
    ratio, rim = wanted.key_fill or 0.0, wanted.back_key or 0.0
    total = key.light + fill.light + back.light + rest
    goal = total * 2 ** (wanted.level or 0.0) - rest
    front = key.light + fill.light * 2**-ratio

    def turn(goal: float, share: float) -> float:
        exact = math.log2(goal / share) if goal > 0 else -math.inf
        return min(max(exact, -MOST_STOPS), highest)

    up = turn(goal, front + back.light * 2**rim)
    if up + rim <= back.room_stops:
        return up
    return turn(goal - back.light * 2**back.room_stops, front)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One lamp to be turned.

    Parameters
    ----------
    stops : float
        Up, or down where negative.
    opened_from, opened_to : float, optional
        What its dimmer gives now and then, share of full; None where nobody said what the lamp
        was set to at calibration.
    """

    lamp: str
    stops: float
    opened_from: float | None = None
    opened_to: float | None = None


@dataclass(frozen=True, slots=True)
class DimmerPlan:
    """Lamps to turn, the biggest change first; what is then still missing, as in `Turns`."""

    steps: tuple[Turn, ...]
    missing_stops: float = 0.0
    back_missing_stops: float = 0.0


def dimmer_advice(plan: DimmerPlan) -> Text | None:
    """Return a plan in a gaffer's words; None where nothing is to be turned.

    Parameters
    ----------
    plan : DimmerPlan
        What to turn.

    Notes
    -----
    **Source**: `DimmerPlan`.

    Examples
    --------
    >>> plan = DimmerPlan((Turn(lamp="fill", stops=0.7, opened_from=0.45, opened_to=0.73),))
    >>> dimmer_advice(plan)
    Text(en='fill: raise by 0.7 stop (from 45 % to 73 %)', zh='fill：调亮 0.7 挡（从 45% 到 73%）')
    """
    said = [_said(step) for step in plan.steps]
    if plan.back_missing_stops >= LEAST_STOPS:
        size = f"{plan.back_missing_stops:.1f}"
        said.append(
            Text(
                f"the back light then still lacks {size} stop: move it nearer",
                f"轮廓光仍差 {size} 挡：把它移近",
            )
        )
    size = f"{abs(plan.missing_stops):.1f}"
    if plan.missing_stops >= LEAST_STOPS:
        said.append(
            Text(
                f"the subject then still lacks {size} stop: open the iris or bring key and fill "
                "nearer",
                f"主体仍差 {size} 挡：开大光圈，或把主光、辅光移近",
            )
        )
    elif plan.missing_stops <= -LEAST_STOPS:
        said.append(
            Text(
                f"the subject then still has {size} stop too much: switch other lights off or "
                "close the iris",
                f"主体仍亮 {size} 挡：关掉其他灯，或收小光圈",
            )
        )
    return joined(said) if said else None


def _said(step: Turn) -> Text:
    up = step.stops > 0
    size = f"{abs(step.stops):.1f}"
    if step.opened_from is not None and step.opened_to is not None:
        now, then = (f"{100 * share:.0f}" for share in (step.opened_from, step.opened_to))
        how = Text(f" (from {now} % to {then} %)", f"（从 {now}% 到 {then}%）")
    else:
        factor = f"{100 * 2**step.stops:.0f}"
        how = Text(f" (to {factor} % of what it gives now)", f"（到现在的 {factor}%）")
    way = Text("raise", "调亮") if up else Text("lower", "调暗")
    return Text(
        f"{step.lamp}: {way.en} by {size} stop{how.en}", f"{step.lamp}：{way.zh} {size} 挡{how.zh}"
    )
