"""Prometheus text for node_exporter's textfile collector, in base units.

Source: Prometheus "Exposition formats" (text, 0.0.4) and "Metric and label naming": base units,
ratios 0…1, kelvin for colour temperature. The file has to be put in place by an atomic rename.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC
from typing import NamedTuple, Unpack

from studiocheck.core.measurement import Measurement
from studiocheck.core.record import Decision, Finding, RunRecord
from studiocheck.core.text import Language
from studiocheck.report import Options
from studiocheck.report.checklist import ended
from studiocheck.report.layout import clean

_BASE = {
    "": ("", 1.0),
    "count": ("", 1.0),
    "%": ("_ratio", 0.01),
    "ppm": ("_ratio", 1e-6),
    "s": ("_seconds", 1.0),
    "ms": ("_seconds", 1e-3),
    "Hz": ("_hertz", 1.0),
    "kHz": ("_hertz", 1e3),
    "K": ("_kelvin", 1.0),
    "GB": ("_bytes", 1e9),
    "Mbit/s": ("_bytes_per_second", 1.25e5),
    "px": ("_pixels", 1.0),
    "fps": ("_frames_per_second", 1.0),
    "per 10 s": ("_per_second", 0.1),
    "dBFS(A)": ("_dbfs_a", 1.0),
    "dBFS A": ("_dbfs_a", 1.0),
}


class Sample(NamedTuple):
    """One sample: metric, its labels, its value."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    value: float


def render(record: RunRecord, _language: Language, **_options: Unpack[Options]) -> str:
    """Write every verdict and every number; ids and names are never translated."""
    families: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for sample in _samples(record):
        # the collector refuses a whole file for one sample that comes twice
        families.setdefault(sample.metric, {}).setdefault(sample.labels, sample.value)
    lines = []
    for metric, samples in families.items():
        lines.append(f"# HELP {metric} {_HELP.get(metric, 'Measured by a check of studiocheck.')}")
        lines.append(f"# TYPE {metric} gauge")
        lines += [f"{metric}{_labels(labels)} {value!r}" for labels, value in samples.items()]
    return "\n".join(lines) + "\n"


_HELP = {
    "studiocheck_decision": "Whether the show may go on air; 1 for the decision that holds.",
    "studiocheck_run_timestamp_seconds": "When the last run ended; watch its age.",
    "studiocheck_run_duration_seconds": "How long the last run took.",
    "studiocheck_run_info": "What the last run was; always 1.",
    "studiocheck_simulated": "1 if no real device was measured.",
    "studiocheck_verdict": "1 for the verdict that a check came to on a device.",
}


def _samples(record: RunRecord) -> Iterator[Sample]:
    studio = (("studio", record.studio),)
    for decision in Decision:
        labels = (*studio, ("decision", decision.value))
        yield Sample("studiocheck_decision", labels, float(decision is record.decision))
    end = ended(record).astimezone(UTC).timestamp()
    yield Sample("studiocheck_run_timestamp_seconds", studio, end)
    yield Sample("studiocheck_run_duration_seconds", studio, float(record.duration_s))
    yield Sample("studiocheck_simulated", studio, float(record.simulated))
    about = (("profile", record.profile.name), ("version", record.version))
    yield Sample("studiocheck_run_info", studio + about, 1.0)
    for finding in record.findings:
        where = (*studio, ("check", finding.check), ("role", finding.role))
        # only the verdict that holds: seven series a check would be much for a thousand rooms
        verdict = ("blocker", str(finding.blocker).lower()), ("verdict", finding.verdict.value)
        yield Sample("studiocheck_verdict", where + verdict, 1.0)
        yield from _values(finding, where)


def _values(finding: Finding, where: tuple[tuple[str, str], ...]) -> Iterator[Sample]:
    for measurement in finding.measurements:
        part, _, _ = measurement.name.rpartition(".")
        labels = (*where, ("part", part)) if part else where
        metric, scale = _metric(measurement)
        yield Sample(metric, labels, _neat(measurement.value * scale))


def _neat(value: float) -> float:
    """Drop the rounding noise that a change of unit adds in the sixteenth digit."""
    return float(f"{value:.12g}")


def _metric(measurement: Measurement) -> tuple[str, float]:
    """Return the metric's name with its base unit, and what turns the value into that unit.

    Examples
    --------
    >>> _metric(Measurement("upload_median", 10.0, "Mbit/s", ""))
    ('studiocheck_upload_median_bytes_per_second', 125000.0)
    """
    name = measurement.name.rpartition(".")[2]
    suffix, scale = _BASE.get(measurement.unit, (f"_{measurement.unit.lower()}", 1.0))
    whole = name if suffix and name.endswith(suffix.strip("_")) else f"{name}{suffix}"
    metric = re.sub("[^a-z0-9_]+", "_", whole.lower()).strip("_")
    return f"studiocheck_{metric or 'value'}", scale


def _labels(labels: tuple[tuple[str, str], ...]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}"


def _escaped(value: str) -> str:
    return clean(value).replace("\\", r"\\").replace('"', r"\"")
