"""From a clip of a good evening to the golden look of its camera, and whether it was a good one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from studiocheck.calibrate.looks import LASTS_DAYS, Number
from studiocheck.core.measurement import Verdict
from studiocheck.core.picture import ClipEvidence, LookEvidence
from studiocheck.core.record import Finding
from studiocheck.core.redaction import redacted


def look_of(
    clip: ClipEvidence,
    findings: Sequence[Finding],
    by: str,
    lasts_days: float = LASTS_DAYS,
    now: datetime | None = None,
) -> LookEvidence:
    """Return the golden look that a clip shows.

    Parameters
    ----------
    clip : ClipEvidence
        Of the camera, whole.
    findings : sequence of Finding
        What the checks found in that clip; the noise is taken from them.
    by : str
        Who says that this is good.
    lasts_days : float
        For how long.
    now : datetime, optional
        When it was taken; by default the time of this call.
    """
    taken = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    noise = (n.value for n in numbers_of(findings) if n.name == "temporal_noise")
    return LookEvidence(
        taken=taken.replace("+00:00", "Z"),
        by=by,
        camera=replace(clip.camera, device=redacted(clip.camera.device)),
        image=clip.stills[-1].image,
        controls=clip.controls,
        noise_dn=next(noise, None),
        lasts_days=lasts_days,
    )


def numbers_of(findings: Sequence[Finding]) -> tuple[Number, ...]:
    """Return everything that was measured, to be kept beside the picture."""
    return tuple(
        Number(
            check=finding.check,
            name=measured.name,
            value=measured.value,
            unit=measured.unit,
            uncertainty=measured.uncertainty,
        )
        for finding in findings
        for measured in finding.measurements
    )


def reasons_against(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings that forbid to call this a good evening: blockers that failed."""
    return tuple(f for f in findings if f.blocker and f.verdict is Verdict.FAIL)
