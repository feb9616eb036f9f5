"""CONTRIBUTING says that a check is added in twenty minutes; its example is taken at its word."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from studiocheck.core.check import Check
from studiocheck.engine.acquire import Capture
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.plan import make_plan
from studiocheck.profile.load import load_profile
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import load_scene

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def check(tmp_path, monkeypatch) -> Check:
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "camera_contrast_of_the_page.py").write_text(block, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("camera_contrast_of_the_page").CHECK
    sys.modules.pop("camera_contrast_of_the_page")


@pytest.mark.slow
def test_the_example_of_the_page_works_as_it_stands(check: Check):
    for example in check.examples:
        studio = load_scene()
        scene = replace(studio, cameras={"main": studio.cameras["main"]})
        scene = scene.with_faults(*map(parse_fault, example.faults))
        plan = make_plan(scene.studio(), load_profile("base-1080p30"), (check,))
        capture = Capture(
            plan, connect(plan, Wiring(scene=scene, simulated_host=True)), listen=lambda _: None
        )
        capture.run()
        findings = evaluate(plan, capture.captured)
        assert findings[0].verdict is example.verdict, (example.says, findings[0])
