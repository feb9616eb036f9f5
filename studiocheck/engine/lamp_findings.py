"""What the rules about light read from findings: each lamp, and what follows from it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.record import Finding
from studiocheck.engine.causes import is_bad, where

_WHOLE_STUDIO = ("camera.brightness", "camera.view")
"""What a camera sees of a lamp that another camera knows by name."""


def of_lamps(finding: Finding, name: str) -> dict[str, Measurement]:
    """Return one measurement of every lamp of a finding, by lamp."""
    found = {}
    for one in finding.measurements:
        lamp, dot, what = one.name.rpartition(".")
        if dot and what == name:
            found[lamp] = one
    return found


def lamps_bad(findings: Sequence[Finding]) -> list[int]:
    """Return the positions of the findings on lamps that are bad."""
    return where(findings, "light.lamps", Verdict.FAIL, Verdict.MARGINAL, Verdict.UNMEASURED)


def lamps_off(finding: Finding) -> set[str]:
    """Return the lamps of a finding that do not burn."""
    return {lamp for lamp, on in of_lamps(finding, "on").items() if on.value < 0.5}


def bad_lamps(finding: Finding) -> set[str]:
    """Return every lamp with something wrong."""
    bad = (one.name for one in finding.measurements if is_bad(finding, one.name))
    return {name.rpartition(".")[0] for name in bad} | lamps_off(finding)


def is_on(finding: Finding, lamp: str) -> bool:
    """Return whether nothing says that a lamp does not burn."""
    return lamp not in lamps_off(finding)


def following(
    findings: Sequence[Finding], seen_by: Sequence[int], checks: Iterable[str]
) -> list[int]:
    """Return what else is bad in the cameras that saw it, and what others may owe to it."""
    roles = {findings[i].role for i in seen_by}
    hits = [j for check in checks for j in where(findings, check) if findings[j].role in roles]
    others = [
        j
        for check in _WHOLE_STUDIO
        if check in checks
        for j in where(findings, check, Verdict.FAIL, Verdict.MARGINAL)
        if findings[j].role not in roles
    ]
    return list(dict.fromkeys((*seen_by, *hits, *others)))


def alike(values: Iterable[float], within: float) -> float | None:
    """Return the median of at least two values that lie close together."""
    found = list(values)
    if len(found) < 2 or max(found) - min(found) > 2 * within:
        return None
    return statistics.median(found)
