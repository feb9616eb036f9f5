"""Nagios plug-in output: one line of status with performance data, then every finding.

Source: Monitoring Plugins Development Guidelines, "Plugin Output for Nagios".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from studiocheck.core.measurement import Limit, Measurement
from studiocheck.core.record import Decision, Finding, RunRecord
from studiocheck.core.text import Language
from studiocheck.report import Options
from studiocheck.report.checklist import actions, said_of, summary
from studiocheck.report.labels import DECISIONS, SIMULATED, device_of
from studiocheck.report.layout import clean

STATUS = {
    Decision.GO: "OK",
    Decision.CAUTION: "WARNING",
    Decision.NO_GO: "CRITICAL",
    Decision.INCOMPLETE: "UNKNOWN",
}
_UNITS = {"s": "s", "%": "%"}
"""Units that the guidelines know; others stand in the label, where no tool misreads them."""


def render(record: RunRecord, language: Language, **_options: Unpack[Options]) -> str:
    """Write the plug-in's output; the exit status is the command's."""
    todo = actions(record)
    says = [DECISIONS[record.decision], summary(record, todo)]
    says += [SIMULATED] * record.simulated
    says += [todo[0].title] if todo else []
    text = _plain(f"{record.studio}: " + "; ".join(said.to(language) for said in says))
    data = " ".join(dict.fromkeys(_performance(record)))
    first = f"{STATUS[record.decision]}: {text}" + (f" | {data}" if data else "")
    long = [_plain(_long(finding, language)) for finding in record.findings]
    return "\n".join([first, *long]) + "\n"


def _long(finding: Finding, language: Language) -> str:
    said = ", ".join(text.to(language) for text in said_of(finding))
    advice = f" -> {finding.advice.to(language)}" if finding.advice else ""
    blocker = " [blocker]" if finding.blocker else ""
    what = f"{device_of(finding).to(language)}: {finding.title.to(language)} ({finding.check})"
    return f"{finding.verdict}{blocker} {what}: {said}{advice}"


def _plain(text: str) -> str:
    """Keep a text on one line and free of the bar that begins performance data."""
    return clean(text).replace("|", "/")


def _performance(record: RunRecord) -> Iterator[str]:
    for finding in record.findings:
        for measurement in finding.measurements:
            yield _datum(finding, measurement)


def _datum(finding: Finding, measurement: Measurement) -> str:
    unit = _UNITS.get(measurement.unit)
    label = f"{finding.check}/{finding.role}/{measurement.name}"
    if unit is None and measurement.unit:
        label += f"_{measurement.unit}"
    label = _plain(label).replace("'", "").replace("=", "").replace(" ", "_")
    limit = measurement.limit or Limit()
    warn = _range(limit.warn_minimum, limit.warn_maximum)
    critical = _range(limit.minimum, limit.maximum)
    return f"'{label}'={_number(measurement.value)}{unit or ''};{warn};{critical};;".rstrip(";")


def _range(low: float | None, high: float | None) -> str:
    """Write the range that raises no alert.

    Examples
    --------
    >>> _range(28.5, None), _range(None, -60.0), _range(45.0, 65.0), _range(None, None)
    ('28.5:', '~:-60', '45:65', '')
    """
    if low is None and high is None:
        return ""
    return f"{'~' if low is None else _number(low)}:{'' if high is None else _number(high)}"


def _number(value: float) -> str:
    """Write a number without an exponent, which the guidelines do not know."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
