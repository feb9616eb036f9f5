"""The run record: everything a run found, as it is written to disk and read by others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.text import Text

SCHEMA: Literal["studiocheck.run/1"] = "studiocheck.run/1"


class Decision(StrEnum):
    """Whether the show may go on air."""

    GO = "GO"
    CAUTION = "CAUTION"
    NO_GO = "NO_GO"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found on one device.

    ``reason`` says why something is UNMEASURED or SKIPPED; ``note`` is what was seen;
    ``advice`` is what to touch; ``owner`` is whose step a manual one is. ``evidence`` names
    files in the run's folder.
    """

    check: str
    role: str
    title: Text
    verdict: Verdict
    blocker: bool
    measurements: tuple[Measurement, ...] = ()
    reason: Text | None = None
    note: Text | None = None
    advice: Text | None = None
    owner: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A cause that explains several findings, and the one thing to touch first."""

    id: str
    en: str
    zh: str
    findings: tuple[int, ...]

    @property
    def text(self) -> Text:
        """Both languages as one `Text`."""
        return Text(self.en, self.zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    """Which requirement profile was judged with, by the hash of its resolved content."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run, whole. `to_json` gives the contract's form, schema version 1."""

    run_id: str
    started: datetime
    duration_s: float
    studio: str
    simulated: bool
    profile: ProfileRef
    decision: Decision
    findings: tuple[Finding, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    show_at: datetime | None = None
    version: str = ""
    host: str = ""
    evaluated_from: str | None = None
    schema: Literal["studiocheck.run/1"] = SCHEMA

    def to_json(self) -> dict[str, Any]:
        """Return JSON-ready data: absent values are absent, times are UTC with a ``Z``."""
        data = _plain(self)
        if not isinstance(data, dict):  # pragma: no cover - a dataclass always becomes a dict
            raise TypeError
        return {"schema": data.pop("schema"), **data}


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON is what it is
    if is_dataclass(value) and not isinstance(value, type):
        found = ((f.name, getattr(value, f.name)) for f in fields(value))
        return {name: _plain(item) for name, item in found if item is not None}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def decide(findings: Iterable[Finding], *, cut_short: bool = False) -> Decision:
    """Decide whether the show may go on air; unknown is never green.

    ``INCOMPLETE`` if the run was cut short. ``NO_GO`` if a blocker failed, could not be measured
    or waits for a signature. ``CAUTION`` if anything is marginal or waived, a non-blocker failed
    or could not be measured, or a blocker was skipped. Otherwise ``GO``.
    """
    if cut_short:
        return Decision.INCOMPLETE
    stops = {Verdict.FAIL, Verdict.UNMEASURED, Verdict.PENDING}
    slows = {Verdict.MARGINAL, Verdict.WAIVED, Verdict.FAIL, Verdict.UNMEASURED}
    seen = list(findings)
    if any(f.blocker and f.verdict in stops for f in seen):
        return Decision.NO_GO
    if any(f.verdict in slows or (f.blocker and f.verdict is Verdict.SKIPPED) for f in seen):
        return Decision.CAUTION
    return Decision.GO
