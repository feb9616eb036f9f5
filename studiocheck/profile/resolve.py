"""Works out what a profile asks of one check, and says where every limit comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from studiocheck.core.check import Check
from studiocheck.core.errors import ProfileError
from studiocheck.core.measurement import Limit
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.profile.models import Bound, LimitValues, Profile, Requirement
from studiocheck.profile.problems import key_path

_BOUNDS = ("minimum", "warn_minimum", "warn_maximum", "maximum")


def requirement(profile: Profile, check: Check, targets: Targets) -> Requirement:
    """Return limits, blocker and whether a check is made, under a profile.

    Parameters
    ----------
    profile : Profile
        With everything that it inherits.
    check : Check
        Whose defaults are the starting point.
    targets : Targets
        The profile's, with the device's own settings already in them.

    Raises
    ------
    ProfileError
        When the bounds that come together contradict each other.
    """
    defaults = check.defaults(targets)
    bounds = {
        name: Bound(limit=default.limit, origin=default.source, unit=default.unit)
        for name, default in defaults.items()
    }
    blocker, enabled = check.blocker, True
    for file, rules in zip(profile.chain, profile.rules, strict=True):
        rule = rules.get(check.id)
        if rule is None:
            continue
        blocker = blocker if rule.blocker is None else rule.blocker
        enabled = enabled if rule.enabled is None else rule.enabled
        changes: dict[str, LimitValues] = dict(rule.measurements)
        if defaults:
            changes.setdefault(next(iter(defaults)), rule)
        for name, values in changes.items():
            bounds[name] = _overridden(bounds[name], values, file, (check.id, name))
    return Requirement(bounds=bounds, blocker=blocker, enabled=enabled)


def _overridden(bound: Bound, values: LimitValues, file: str, where: tuple[str, str]) -> Bound:
    given = {name: getattr(values, name) for name in _BOUNDS}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        return bound
    merged: dict[str, float | None] = {n: getattr(bound.limit, n) for n in _BOUNDS} | given
    # a new failing bound takes an inherited warning band that no longer fits along with it
    low, high = merged["minimum"], merged["maximum"]
    for name in ("warn_minimum", "warn_maximum"):
        value = merged[name]
        if value is None or name in given:
            continue
        if low is not None:
            value = max(value, low)
        if high is not None:
            value = min(value, high)
        merged[name] = value
    try:
        limit = Limit(**merged)
    except ValueError as error:
        path = key_path(("limits", *where))
        raise ProfileError(
            Text(
                f"{file}: {path}: bounds must rise: "
                f"minimum ≤ warn_minimum ≤ warn_maximum ≤ maximum, together they are {merged}",
                f"{file}：{path}：限值必须递增："
                f"minimum ≤ warn_minimum ≤ warn_maximum ≤ maximum，合并后为 {merged}",
            )
        ) from error
    said = ", ".join(f"{name} = {value:g}" for name, value in given.items())
    return replace(bound, limit=limit, origin=Text(f"{file}: {said}", f"{file}：{said}"))


def known_measurements(checks: tuple[Check, ...]) -> Mapping[str, list[str]]:
    """Return check id → the names of its measurements that have a limit."""
    return {check.id: list(check.defaults(Targets())) for check in checks}
