"""JUnit XML for dashboards: the common subset that testmoapp/junitxml describes.

A dashboard shows what has neither failure, error nor skip as green. So whatever keeps the show
off air fails here too, and the decision is a test case of its own.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC
from typing import Unpack

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Decision, Finding, RunRecord
from studiocheck.core.text import Language
from studiocheck.report import Options
from studiocheck.report.checklist import actions, groups, said_of, summary
from studiocheck.report.labels import DECISIONS, MEANINGS, device_of, limit_of
from studiocheck.report.layout import clean

_ELEMENT = {
    Verdict.FAIL: "failure",
    Verdict.UNMEASURED: "error",
    Verdict.PENDING: "error",
    Verdict.SKIPPED: "skipped",
    Verdict.WAIVED: "skipped",
}
_DECISIONS = {Decision.NO_GO: "failure", Decision.INCOMPLETE: "error"}
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(record: RunRecord, language: Language, **_options: Unpack[Options]) -> str:
    """Write one test suite for each device and one for the decision."""
    root = ET.Element("testsuites", name="studiocheck", time=f"{record.duration_s:.3f}")
    root.append(_decision(record, language))
    for group in groups(record):
        cases = [_case(finding, language) for finding in group.findings]
        root.append(_suite(group.device.to(language), cases, record))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, cases: list[ET.Element], record: RunRecord) -> ET.Element:
    def having(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    suite = ET.Element(
        "testsuite",
        name=_legal(name),
        tests=str(len(cases)),
        failures=having("failure"),
        errors=having("error"),
        skipped=having("skipped"),
        timestamp=f"{record.started.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        hostname=_legal(record.host or record.studio),
    )
    suite.extend(cases)
    return suite


def _decision(record: RunRecord, language: Language) -> ET.Element:
    case = ET.Element("testcase", classname="studiocheck", name="decision")
    about = {
        "run_id": record.run_id,
        "decision": record.decision.value,
        "studio": record.studio,
        "simulated": str(record.simulated).lower(),
        "profile": record.profile.name,
        "profile_sha256": record.profile.sha256,
        "version": record.version,
    }
    _properties(case, about)
    if tag := _DECISIONS.get(record.decision):
        todo = actions(record)
        heads = "\n".join(f"{a.number}. {a.title.to(language)}" for a in todo)
        message = f"{DECISIONS[record.decision].to(language)}: {summary(record, todo).to(language)}"
        outcome = ET.SubElement(case, tag, message=_legal(message), type=record.decision.value)
        outcome.text = _legal(f"{MEANINGS[record.decision].to(language)}\n{heads}")
    return _suite("decision", [case], record)


def _case(finding: Finding, language: Language) -> ET.Element:
    name = _legal(f"{finding.check}: {finding.title.to(language)}")
    case = ET.Element("testcase", classname=_legal(f"studiocheck.{finding.role}"), name=name)
    values = {"verdict": finding.verdict.value, "blocker": str(finding.blocker).lower()}
    for measurement in finding.measurements:
        values[measurement.name] = f"{measurement.value!r} {measurement.unit}".strip()
        if measurement.uncertainty is not None:
            values[f"{measurement.name}.uncertainty"] = repr(measurement.uncertainty)
        if allowed := limit_of(measurement):
            values[f"{measurement.name}.allowed"] = allowed
    _properties(case, values)
    said = "; ".join(text.to(language) for text in said_of(finding))
    if tag := _ELEMENT.get(finding.verdict):
        about = f"{device_of(finding).to(language)}: {said or finding.title.to(language)}"
        outcome = ET.SubElement(case, tag, message=_legal(about))
        if tag != "skipped":
            outcome.set("type", finding.verdict.value)
        if finding.advice:
            outcome.text = _legal(finding.advice.to(language))
    elif said:
        ET.SubElement(case, "system-out").text = _legal(said)
    return case


def _properties(case: ET.Element, values: dict[str, str]) -> None:
    box = ET.SubElement(case, "properties")
    for name, value in values.items():
        ET.SubElement(box, "property", name=_legal(name), value=_legal(value))


def _legal(text: str) -> str:
    """Drop what XML 1.0 cannot hold even when escaped; keep line breaks."""
    return "\n".join(clean(line) for line in _ILLEGAL.sub("", text).split("\n"))
