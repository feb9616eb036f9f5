"""GO or NO-GO: unknown is never green."""

from __future__ import annotations

import pytest

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Decision, Finding, decide
from studiocheck.core.text import Text


def finding(verdict: Verdict, *, blocker: bool) -> Finding:
    title = Text("t", "题")
    return Finding(check="a.b", role="main", title=title, verdict=verdict, blocker=blocker)


@pytest.mark.parametrize(
    ("verdict", "blocker", "decision"),
    [
        (Verdict.PASS, True, Decision.GO),
        (Verdict.FAIL, True, Decision.NO_GO),
        (Verdict.UNMEASURED, True, Decision.NO_GO),
        (Verdict.PENDING, True, Decision.NO_GO),
        (Verdict.MARGINAL, True, Decision.CAUTION),
        (Verdict.WAIVED, True, Decision.CAUTION),
        (Verdict.SKIPPED, True, Decision.CAUTION),
        (Verdict.FAIL, False, Decision.CAUTION),
        (Verdict.UNMEASURED, False, Decision.CAUTION),
        (Verdict.PENDING, False, Decision.GO),
        (Verdict.SKIPPED, False, Decision.GO),
    ],
)
def test_one_finding_among_green_ones_decides(verdict, blocker, decision):
    green = finding(Verdict.PASS, blocker=True)
    assert decide([green, finding(verdict, blocker=blocker), green]) is decision


def test_a_run_that_was_cut_short_is_incomplete_whatever_it_found():
    assert decide([finding(Verdict.FAIL, blocker=True)], cut_short=True) is Decision.INCOMPLETE
