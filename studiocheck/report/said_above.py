"""What the list of things to touch has said of findings already: nothing is told twice."""

from __future__ import annotations

from collections.abc import Iterable

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Finding
from studiocheck.report.checklist import Action

_FOLD_BLANK_FROM = 3
"""Findings without a value; so many of a device are told in one paragraph."""


def alike(findings: Iterable[Finding], todo: Iterable[Action]) -> list[Finding]:
    """Return what has no value of its own, where one thing to touch speaks for many of them."""
    for action in todo:
        blank = [
            f
            for f in findings
            if f.verdict in (Verdict.UNMEASURED, Verdict.PENDING)
            and f in action.findings
            and not f.measurements
        ]
        if len(blank) >= _FOLD_BLANK_FROM:
            return blank
    return []


def explaining(finding: Finding, todo: Iterable[Action]) -> Action | None:
    """Return the action that says what there is to say of a finding: nothing is told twice."""
    return next((action for action in todo if finding in action.findings), None)
