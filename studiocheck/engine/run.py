"""One run from plan to record, interrupted or not; and the judging of a stored run again."""

from __future__ import annotations

import contextlib
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from studiocheck import __version__
from studiocheck.core import events
from studiocheck.core.errors import RecordError, StateError
from studiocheck.core.record import ProfileRef, RunRecord, decide
from studiocheck.core.redaction import redacted
from studiocheck.core.studio import Studio
from studiocheck.engine import interrupts
from studiocheck.engine.acquire import Capture
from studiocheck.engine.archive import archive_of, with_archive
from studiocheck.engine.causes import Captures
from studiocheck.engine.device_keys import binding_of
from studiocheck.engine.devices import Wiring, connect, is_simulated
from studiocheck.engine.diagnose import diagnose
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.evidence_files import (
    device_keys,
    read_evidence,
    with_views,
    write_evidence,
)
from studiocheck.engine.plan import Plan, limits_of, stream_plan
from studiocheck.engine.store import RunFolder, load_inputs, load_record, new_run_id
from studiocheck.engine.takes import Keys
from studiocheck.profile.problems import explain

_WRITERS = 2
"""Devices whose evidence is packed and written at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a run.

    ``folder`` is where it is kept; absent when it could not be, and ``unkept`` says why.
    """

    record: RunRecord
    folder: Path | None
    interrupted: bool = False
    unkept: StateError | None = None


def run_check(
    plan: Plan,
    wiring: Wiring,
    runs: Path,
    listen: events.Listener,
    *,
    show_at: datetime | None = None,
    plan_s: float = 0.0,
    keys: Keys | None = None,
) -> Outcome:
    """Capture, judge and keep one run.

    Parameters
    ----------
    plan, wiring : Plan, Wiring
        What to find out, and how bindings become devices.
    runs : Path
        The folder that keeps runs.
    listen : Listener
        Receives typed progress events, from several threads.
    show_at : datetime, optional
        When the show begins; goes into the record.
    plan_s : float
        What planning took, s.
    keys : Keys, optional
        The keyboard of somebody who says when the takes may begin; absent: they begin at once.

    Raises
    ------
    StudioCheckError
        When the run cannot even begin: studio file, scene or state folder are wrong.
    """
    started, begin = datetime.now(UTC), time.monotonic()
    devices = connect(plan, wiring)
    folder = RunFolder(runs, new_run_id())
    try:
        listen(events.RunStarted(tuple(map(str, devices)), len(plan.checks), plan.expected_s))
        capture = Capture(plan, devices, listen, folder.subfolder("logs"), keys=keys)
        with ThreadPoolExecutor(
            1
        ) as pool:  # simulated records are computed while devices are waited for
            archive = pool.submit(archive_of, plan, wiring)
            interrupted = _interrupted(capture)
        with interrupts.ignored() if interrupted else contextlib.nullcontext():
            found = with_archive(capture.captured, archive.result())
            acquired = time.monotonic()
            captures = {
                key: with_views(key, items, binding_of(plan.studio, key), stream_plan(plan, key))
                for key, items in found.items()
            }
            findings = evaluate(plan, captures)
            for finding in findings:
                listen(events.FindingMade(finding))
            now = time.monotonic()
            unkept = _written(folder, captures, plan)
            record = RunRecord(
                run_id=folder.run_id,
                started=started,
                duration_s=round(now - begin, 3),
                studio=plan.studio.name,
                simulated=is_simulated(plan.studio) or wiring.simulated_host,
                profile=ProfileRef(name=plan.profile.name, sha256=plan.profile.sha256),
                show_at=show_at,
                decision=decide(findings, cut_short=interrupted),
                findings=findings,
                diagnoses=diagnose(findings, captures),
                timings={
                    "plan_s": round(plan_s, 3),
                    "acquire_s": round(acquired - begin, 3),
                    "evaluate_s": round(now - acquired, 3),
                    "keep_s": round(time.monotonic() - now, 3),
                },
                version=__version__,
                host=platform.node(),
            )
            kept, unkept = _kept(folder, record, plan, unkept)
            listen(events.RunFinished(record, kept))
            return Outcome(record=record, folder=kept, interrupted=interrupted, unkept=unkept)
    finally:
        folder.discard()


def _interrupted(capture: Capture) -> bool:
    """Capture everything; says whether the user cut it short."""
    try:
        capture.run()
    except KeyboardInterrupt:
        return True
    return False


def _written(folder: RunFolder, captures: Captures, plan: Plan) -> StateError | None:
    """Write all evidence; a full disk costs the files, not the verdict, which was told before."""
    with ThreadPoolExecutor(_WRITERS) as pool:
        tasks = [
            pool.submit(
                write_evidence,
                folder,
                key,
                items,
                binding_of(plan.studio, key),
                stream_plan(plan, key),
                limits_of(plan, key),
            )
            for key, items in captures.items()
        ]
    try:
        for task in tasks:
            task.result()
    except StateError as error:
        return error
    return None


def _kept(
    folder: RunFolder, record: RunRecord, plan: Plan, unkept: StateError | None
) -> tuple[Path | None, StateError | None]:
    """Make the run visible, unless its evidence could not be written."""
    if unkept is not None:
        return None, unkept
    try:
        return folder.finish(record, _inputs(plan)), None
    except StateError as error:
        return None, error


def _inputs(plan: Plan) -> dict[str, Any]:
    """What an `evaluate` needs besides the evidence: the studio, and what was planned."""
    return {
        "studio": _present(asdict(plan.studio)),
        "profile": plan.profile.name,
        "findings": sorted({(e.check.id, e.device.role) for e in plan.checks}),
        "manual": [step.id for step in plan.manual],
    }


def _present(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out what is absent, and the credentials in addresses."""
    if isinstance(value, dict):
        return {k: _present(v) for k, v in value.items() if v is not None}
    return redacted(value) if isinstance(value, str) else value


def planned_ids(folder: Path) -> list[str]:
    """Return the ids of the checks and steps that a stored run was planned with."""
    inputs = load_inputs(folder)
    return [*{pair[0] for pair in inputs.get("findings", [])}, *inputs.get("manual", [])]


def stored_studio(folder: Path) -> Studio:
    """Return the studio of a stored run.

    Raises
    ------
    RecordError
        When it is damaged.
    """
    try:
        return TypeAdapter(Studio).validate_python(load_inputs(folder)["studio"])
    except (KeyError, ValueError) as error:
        raise RecordError(explain(str(folder / "inputs.json"), error)) from error


def evaluate_stored(folder: Path, plan: Plan) -> RunRecord:
    """Judge the evidence of a stored run again.

    Parameters
    ----------
    folder : Path
        The run.
    plan : Plan
        Made from the run's studio and the profile to judge with.

    Returns
    -------
    RunRecord
        A new record; the stored one is left alone.
    """
    before = load_record(folder)
    begin = time.monotonic()
    captures = {key: read_evidence(folder, key) for key in device_keys(folder)}
    findings = evaluate(plan, captures)
    return replace(
        before,
        run_id=new_run_id(),
        evaluated_from=before.run_id,
        profile=ProfileRef(name=plan.profile.name, sha256=plan.profile.sha256),
        decision=decide(findings, cut_short=before.decision.value == "INCOMPLETE"),
        findings=findings,
        diagnoses=diagnose(findings, captures),
        timings={"evaluate_s": round(time.monotonic() - begin, 3)},
        version=__version__,
    )
