"""The contract that every check keeps, whoever wrote it: found by itself, tested by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

import pytest

from studiocheck.checks import all_checks
from studiocheck.core.check import Check, Example
from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Finding
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.engine.acquire import Capture
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import load_scene

CHECKS = all_checks()
EXAMPLES = [(check, example) for check in CHECKS for example in check.examples]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CATALOGUE = {
    "camera.present", "camera.format", "camera.frame_rate", "camera.freeze", "camera.black",
    "camera.brightness", "light.colour_temperature", "mic.present", "mic.signal", "mic.level",
    "mic.noise_floor", "mic.clipping", "mic.echo", "net.link", "net.upload", "host.cpu",
    "host.memory", "host.disk",
}  # fmt: skip
BLOCKERS = {
    "camera.present", "camera.format", "camera.frame_rate", "camera.freeze", "camera.black",
    "light.colour_temperature", "mic.present", "mic.signal", "mic.level", "mic.noise_floor",
    "mic.clipping", "mic.echo", "net.upload",
}  # fmt: skip


def of(check: Check) -> str:
    return check.id


def test_the_catalogues_first_checks_are_there_and_block_as_it_says():
    assert {check.id for check in CHECKS} >= CATALOGUE
    assert {check.id for check in CHECKS if check.blocker} >= BLOCKERS


def test_no_id_is_used_twice():
    ids = [check.id for check in CHECKS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_its_file_is_named_after_its_id(check: Check):
    module = check.assess.__module__.rpartition(".")[2]
    assert module == check.id.replace(".", "_")


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_its_texts_are_in_both_languages(check: Check):
    sources = [d.source for d in check.defaults(Targets()).values()]
    for text in (check.title, check.about, check.advice(())):
        assert_bilingual(text)
    for source in sources:
        assert source.en
        assert source.zh


def assert_bilingual(text: Text) -> None:
    assert CHINESE.search(text.zh), text
    assert not CHINESE.search(text.en), text


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_every_default_limit_limits_something_and_has_a_source(check: Check):
    for name, default in check.defaults(Targets()).items():
        assert not default.limit.is_empty, name
        assert default.source.en.strip(), name


@pytest.mark.parametrize("check", CHECKS, ids=of)
def test_it_has_examples_that_pass_that_do_not_and_that_cannot_be_measured(check: Check):
    verdicts = {example.verdict for example in check.examples}
    assert Verdict.PASS in verdicts
    assert verdicts & {Verdict.FAIL, Verdict.MARGINAL}
    # whether a device is there at all is never unknown: absence is the failure
    assert Verdict.UNMEASURED in verdicts or check.id.endswith(".present")


@lru_cache(maxsize=1)
def wanted_together() -> dict[tuple[str, ...], frozenset[str]]:
    """Examples with the same faults share one simulated run, as checks share one capture."""
    together = defaultdict(set)
    for check, example in EXAMPLES:
        together[example.faults].add(check.id)
    return {faults: frozenset(ids) for faults, ids in together.items()}


@lru_cache(maxsize=None)
def findings_of(faults: tuple[str, ...]) -> tuple[Finding, ...]:
    scene = load_scene().with_faults(*map(parse_fault, faults))
    plan = make_plan(
        scene.studio(),
        load_profile("base-1080p30"),
        CHECKS,
        only=wanted_together()[faults],
    )
    capture = Capture(
        plan, connect(plan, Wiring(scene=scene, simulated_host=True)), listen=lambda _: None
    )
    capture.run()
    return evaluate(plan, capture.captured)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "example"),
    EXAMPLES,
    ids=[f"{check.id}: {example.says}" for check, example in EXAMPLES],
)
def test_its_example_on_the_simulated_studio_comes_out_as_it_says(check: Check, example: Example):
    mine = [f for f in findings_of(example.faults) if f.check == check.id]
    role = example.role or mine[0].role
    finding = next(f for f in mine if f.role == role)
    seen = [(m.name, m.value, m.uncertainty, m.unit) for m in finding.measurements]
    assert finding.verdict is example.verdict, (finding.reason, finding.note, seen)
    if finding.verdict is Verdict.UNMEASURED:
        assert finding.reason is not None
        assert_bilingual(finding.reason)
    elif finding.verdict is not Verdict.PASS:
        assert finding.advice is not None
        assert_bilingual(finding.advice)
