"""Judges evidence: measurements against limits, one finding for each planned check. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from studiocheck.core.case import Case, Peer
from studiocheck.core.check import Assessment
from studiocheck.core.errors import NotAsked, Problem, Unmeasurable
from studiocheck.core.evidence import Captured
from studiocheck.core.measurement import Limit, Measurement, Verdict, judge, worst
from studiocheck.core.once import Once
from studiocheck.core.record import Finding
from studiocheck.core.studio import Studio
from studiocheck.core.text import Text
from studiocheck.engine.causes import Captures
from studiocheck.engine.device_keys import DeviceKey, binding_of, devices_of
from studiocheck.engine.needs import is_given
from studiocheck.engine.plan import Plan, PlannedCheck
from studiocheck.profile.models import ManualStep

_NOT_REACHED = Problem(
    "cut_short",
    Text("the run was cut short before this was captured", "运行中断，尚未采集"),
    Text("run the check again", "请重新检查"),
)


def evaluate(plan: Plan, captures: Captures) -> tuple[Finding, ...]:
    """Judge all evidence of a run.

    Parameters
    ----------
    plan : Plan
        What was to be found out.
    captures : mapping
        Device → kind of need → what came of it. What is missing counts as not reached.

    Returns
    -------
    tuple of Finding
        In the order of the plan, manual steps last.
    """
    once = Once()
    # measures spend their time in numpy and OpenCV, which let other threads run
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        findings = list(
            pool.map(lambda one: judge_one(one, captures, plan.studio, once), plan.checks)
        )
    return (*findings, *(_manual(step) for step in plan.manual))


def judge_one(
    entry: PlannedCheck, captures: Captures, studio: Studio, once: Once | None = None
) -> Finding:
    """Judge one check on one device; ``once`` is what it shares with the others of its run."""
    if entry.skipped is not None:
        return _finding(entry, Verdict.SKIPPED, reason=entry.skipped)
    captured = captures.get(entry.device, {})
    whole = {
        type(need): captured.get(type(need), Captured(problem=_NOT_REACHED))
        for need in entry.check.needs
        if is_given(need, entry.binding, studio) or type(need) in captured
    }
    if any(item.problem is _NOT_REACHED for item in whole.values()):
        # nobody looked: that is no failure of the device
        return _finding(
            entry,
            Verdict.UNMEASURED,
            reason=_NOT_REACHED.message,
            advice=_NOT_REACHED.advice,
        )
    case = Case(
        role=entry.device.role,
        binding=entry.binding,
        targets=entry.targets,
        captured=whole,
        peers=_peers(entry.device, captures, studio),
        place=devices_of(studio, entry.device.scope).index(entry.device),
        once=once or Once(),
    )
    files = tuple(file for item in whole.values() for file in item.files)
    try:
        assessment = entry.check.assess(case)
    except NotAsked as nothing:
        found = _finding(entry, Verdict.SKIPPED, reason=nothing.reason, advice=nothing.advice)
        return replace(found, blocker=found.blocker and not nothing.optional)
    except Unmeasurable as unknown:
        return _finding(
            entry, Verdict.UNMEASURED, reason=unknown.reason, advice=unknown.advice, files=files
        )
    except Exception as error:  # noqa: BLE001 - one broken check must not cost the crew the others
        return _finding(entry, Verdict.UNMEASURED, reason=_bug(error), files=files)
    return _judged(entry, assessment, files)


def _peers(device: DeviceKey, captures: Captures, studio: Studio) -> dict[str, Peer]:
    """Return the other devices of a kind, in the order of the studio file."""
    others = (key for key in devices_of(studio, device.scope) if key != device)
    return {key.role: Peer(binding_of(studio, key), captures.get(key, {})) for key in others}


def _judged(entry: PlannedCheck, assessment: Assessment, files: tuple[str, ...]) -> Finding:
    measured = tuple(m.against(_limit(entry, m.name)) for m in assessment.measurements)
    verdict = worst([assessment.verdict, *(judge(m) for m in measured)])
    advice = None
    if verdict is not Verdict.PASS:
        advice = assessment.advice or entry.check.advice(_gravest_first(measured))
    return _finding(
        entry,
        verdict,
        measured=measured,
        # a check that measured some things and not what counts says in its note why
        reason=assessment.note if verdict is Verdict.UNMEASURED else None,
        note=None if verdict is Verdict.UNMEASURED else assessment.note,
        advice=advice,
        files=files,
    )


def _limit(entry: PlannedCheck, name: str) -> Limit | None:
    """Return the limit of a measurement; ``key.output`` of a lamp has that of ``output``."""
    return entry.limits.get(name) or entry.limits.get(name.rpartition(".")[2])


def _gravest_first(measured: Iterable[Measurement]) -> tuple[Measurement, ...]:
    order = [Verdict.FAIL, Verdict.MARGINAL, Verdict.PASS]
    return tuple(sorted(measured, key=lambda m: order.index(judge(m))))


def _finding(
    entry: PlannedCheck,
    verdict: Verdict,
    *,
    measured: tuple[Measurement, ...] = (),
    reason: Text | None = None,
    note: Text | None = None,
    advice: Text | None = None,
    files: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        check=entry.check.id,
        role=entry.device.role,
        title=entry.check.title,
        verdict=verdict,
        blocker=entry.blocker,
        measurements=measured,
        reason=reason,
        note=note,
        advice=advice,
        evidence=files,
    )


def _manual(step: ManualStep) -> Finding:
    return Finding(
        check=step.id,
        role=step.owner,
        title=step.text,
        verdict=Verdict.PENDING,
        blocker=step.blocker,
        owner=step.owner,
    )


def sign(finding: Finding, signed: bool, by: str) -> Finding:  # noqa: FBT001 - the answer itself
    """Return a manual step as answered by a person."""
    note = Text(f"signed by {by}", f"已由 {by} 确认") if signed else None
    return replace(finding, verdict=Verdict.PASS if signed else Verdict.PENDING, note=note)


def _bug(error: Exception) -> Text:
    said = f"{type(error).__name__}: {error}"
    return Text(
        f"this check failed by a bug of studiocheck: {said}",
        f"此检查因 studiocheck 的程序错误未能完成：{said}",
    )
