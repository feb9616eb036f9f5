"""Every example of every check, through the real pipeline on the simulated studio."""

from __future__ import annotations

import pickle
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import pytest

from studiocheck.core.check import Check, Example
from studiocheck.core.evidence import Captured, Need
from studiocheck.core.measurement import Measurement, Verdict
from studiocheck.core.record import Finding
from studiocheck.core.studio import Targets
from studiocheck.core.units import UNITS
from studiocheck.engine.acquire import Capture
from studiocheck.engine.archive import archive_of, with_archive
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.report.labels import method_of, name_of
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import Scene, load_scene
from tests.contract.test_every_check import (
    CHECKS,
    CHINESE,
    assert_as_promised,
    assert_bilingual,
)

Evening = tuple[str, tuple[str, ...], bool, bool]
"""A scene, what is wrong with it, whether the long check is made, and whether it is of the net."""
SUSTAINED_S = BROADCAST_S = 5.0
FindingsOf = Callable[[Evening], tuple[Finding, ...]]
EXAMPLES = [(check, example) for check in CHECKS for example in check.examples]

pytestmark = pytest.mark.slow


def of_the_net(check: Check) -> bool:
    """A simulated uplink keeps the clock's time, all else takes as long as the arithmetic."""
    return check.id.startswith("net.")


def evening_of(check: Check, example: Example) -> Evening:
    return example.scene, example.faults, example.thorough, of_the_net(check)


@lru_cache(maxsize=1)
def wanted_together() -> dict[Evening, frozenset[str]]:
    """Examples of the same evening share one simulated run, as checks share one capture."""
    together = defaultdict(set)
    for check, example in EXAMPLES:
        together[evening_of(check, example)].add(check.id)
    return {evening: frozenset(ids) for evening, ids in together.items()}


def realtime(check: Check) -> list[pytest.MarkDecorator]:
    return [pytest.mark.realtime] if of_the_net(check) else []


def needs_all_cameras(evening: Evening) -> bool:
    named = any(fault.startswith("camera.product") for fault in evening[1])
    return named or any(e.role == "product" for c, e in EXAMPLES if evening_of(c, e) == evening)


@lru_cache(maxsize=1)
def calibrated_once() -> dict[tuple[str, type[Need]], Captured]:
    """What was calibrated in the studio on a good evening is the same whatever goes wrong later."""
    scene = load_scene()
    plan = make_plan(scene.studio(), load_profile("base-1080p30"), CHECKS)
    archive = archive_of(plan, Wiring(scene=scene))
    return {
        (key.role, need): found for key, all_ in archive.items() for need, found in all_.items()
    }


def run(evening: Evening) -> tuple[Finding, ...]:
    name, faults, thorough, _ = evening
    scene: Scene = load_scene(name)
    if not needs_all_cameras(evening):
        scene = replace(scene, cameras={"main": scene.cameras["main"]})
    scene = scene.with_faults(*map(parse_fault, faults))
    profile = load_profile("base-1080p30" if name == "studio" else scene.profile)
    stream = replace(profile.targets.stream, sustained_s=SUSTAINED_S, broadcast_s=BROADCAST_S)
    plan = make_plan(
        scene.studio(),
        replace(profile, targets=replace(profile.targets, stream=stream)),
        CHECKS,
        only=wanted_together()[evening],
        thorough=thorough,
    )
    records = calibrated_once() if name == "studio" else {}
    wiring = Wiring(scene=scene, simulated_host=True, records=records)
    capture = Capture(plan, connect(plan, wiring), listen=lambda _: None)
    capture.run()
    return evaluate(plan, with_archive(capture.captured, archive_of(plan, wiring)))


@pytest.fixture(scope="session")
def findings_of(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> FindingsOf:
    """What a simulated evening with some faults gives; all workers share what one has run."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent

    def findings(evening: Evening) -> tuple[Finding, ...]:
        file = Path(folder / f"evening-{sha256(repr(evening).encode()).hexdigest()[:16]}")
        if not file.exists():
            half = file.with_suffix(f".{worker_id}")
            half.write_bytes(pickle.dumps(run(evening)))
            half.replace(file)
        found: tuple[Finding, ...] = pickle.loads(file.read_bytes())  # noqa: S301 - ours
        return found

    return findings


@pytest.mark.parametrize(
    ("check", "example"),
    [
        pytest.param(
            check,
            example,
            id=f"{check.id}: {example.says}",
            marks=realtime(check),
        )
        for check, example in EXAMPLES
    ],
)
def test_its_example_on_the_simulated_studio_comes_out_as_it_says(
    check: Check, example: Example, findings_of: FindingsOf
):
    mine = [f for f in findings_of(evening_of(check, example)) if f.check == check.id]
    role = example.role or mine[0].role
    finding = next(f for f in mine if f.role == role)
    if check.extra is not None and finding.verdict is Verdict.SKIPPED:
        pytest.skip(f"the extra [{check.extra}] is not installed")
    seen = [(m.name, m.value, m.uncertainty, m.unit) for m in finding.measurements]
    assert finding.verdict is example.verdict, (finding.reason, finding.note, seen)
    if finding.verdict in {Verdict.UNMEASURED, Verdict.SKIPPED}:
        assert finding.reason is not None or finding.note is not None
        assert_bilingual(finding.reason or finding.note)
    elif finding.verdict is not Verdict.PASS:
        assert finding.advice is not None
        assert_bilingual(finding.advice)
    for measurement in finding.measurements:
        assert_a_reader_can_make_sense_of(measurement, check)


def assert_a_reader_can_make_sense_of(measurement: Measurement, check: Check) -> None:
    """It is named and measured in the catalogue's words, which are there in both languages."""
    name, unit = measurement.name, measurement.unit
    default = check.defaults(Targets()).get(name)
    assert_as_promised(check, name, unit)
    assert default is None or default.unit == unit
    assert unit in UNITS
    assert_bilingual(method_of(measurement))
    assert CHINESE.search(name_of(measurement).zh), f"no Chinese name for {name}"


@pytest.mark.parametrize(
    "check", [pytest.param(check, id=check.id, marks=realtime(check)) for check in CHECKS]
)
def test_whatever_has_a_limit_is_measured_in_one_of_its_examples(
    check: Check, findings_of: FindingsOf
):
    mine = [
        finding
        for example in check.examples
        for finding in findings_of(evening_of(check, example))
        if finding.check == check.id
    ]
    if check.extra is not None and all(f.verdict is Verdict.SKIPPED for f in mine):
        pytest.skip(f"the extra [{check.extra}] is not installed")
    seen = {m.name.rpartition(".")[2] for finding in mine for m in finding.measurements}
    assert seen >= check.defaults(Targets()).keys()
