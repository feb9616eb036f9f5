"""What the rules of a diagnosis look at findings with; the rules stand beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from studiocheck.core.evidence import Captured, Need
from studiocheck.core.measurement import Measurement, Verdict, judge
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey

BAD = (Verdict.FAIL, Verdict.MARGINAL, Verdict.UNMEASURED)
Captures = Mapping[DeviceKey, Mapping[type[Need], Captured]]
Rule = Callable[[Sequence[Finding], Captures], list[Diagnosis]]


def where(findings: Sequence[Finding], check: str, *verdicts: Verdict) -> list[int]:
    """Return the positions of a check's findings with some verdicts; all that are bad if none."""
    wanted = verdicts or BAD
    return [i for i, f in enumerate(findings) if f.check == check and f.verdict in wanted]


def measured(finding: Finding, name: str) -> Measurement | None:
    """Return one measurement of a finding."""
    return next((m for m in finding.measurements if m.name == name), None)


def is_bad(finding: Finding, name: str) -> bool:
    """Return whether one measurement of a finding is not as it should be."""
    found = measured(finding, name)
    return found is not None and found.limit is not None and judge(found) is not Verdict.PASS


def is_low(finding: Finding, name: str) -> bool:
    """Return whether one measurement lies below what is wanted."""
    found = measured(finding, name)
    if found is None or found.limit is None or judge(found) is Verdict.PASS:
        return False
    floor = found.limit.warn_minimum or found.limit.minimum
    return floor is not None and found.value < floor


def diagnosis(name: str, text: Text, hits: Sequence[int]) -> Diagnosis:
    """Return a diagnosis that explains the findings at some positions."""
    return Diagnosis(id=name, en=text.en, zh=text.zh, findings=tuple(hits))
