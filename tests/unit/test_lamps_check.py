"""What `light.lamps` says to the person at the dimmers."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from studiocheck.checks.light_lamps import CHECK
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment
from studiocheck.core.evidence import Captured, Clip, Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Verdict
from studiocheck.core.picture import ClipEvidence, Controls, FrameSeries, Still
from studiocheck.core.studio import CameraRole, Targets
from tests.lamp_cameras import CAMERAS, LOCKED
from tests.lamp_evenings import calibration, room
from tests.lamp_scenes import Setup, Sitter

SETUP, HERE = Setup(1), Sitter()
ALL = {"key": 1.0, "fill": 1.0, "back": 1.0}


def day() -> LampsEvidence:
    return calibration(SETUP, HERE, "sRGB", 1.0).evidence


def assessed(
    outputs: dict[str, float],
    *,
    lamps: LampsEvidence | None = None,
    kelvins: dict[str, float] | None = None,
    controls: Controls | None = LOCKED,
) -> Assessment:
    known = calibration(SETUP, HERE, "sRGB", 1.0)
    light = room(SETUP, HERE).light(outputs, kelvins)
    [image] = CAMERAS["sRGB"].photograph(light, np.random.default_rng(2), exposure=known.exposure)
    none = np.zeros(0)
    clip = ClipEvidence(
        camera=known.evidence.camera,
        series=FrameSeries(
            captured_s=none, arrived_s=none, lag_s=none.astype(np.float32),
            seen=none.astype(np.bool_), sequence=none.astype(np.int64),
            motion=none.astype(np.float32), identical=none.astype(np.bool_),
            grid=np.zeros((0, 135, 240), np.uint8),
        ),
        stills=(Still(0, image),),
        sampled=none.astype(np.int64),
        histogram=np.zeros((0, 256), np.uint32),
        torn_s=none,
        controls=controls,
    )  # fmt: skip
    return CHECK.assess(
        Case(
            role="main",
            binding=CameraRole(device="test", lighting="three-point"),
            targets=Targets(),
            captured={Clip: Captured(clip), Lamps: Captured(lamps or day())},
        )
    )


def values(found: Assessment) -> dict[str, float]:
    return {m.name: m.value for m in found.measurements}


def test_lamps_as_they_were_need_no_word():
    found = assessed(ALL)
    assert found.verdict is Verdict.PASS
    assert found.note is None
    assert values(found)["fill.output"] > 95


def test_a_lamp_that_is_off_fails_and_comes_first_in_note_and_advice():
    found = assessed({"key": 1.0, "fill": 0.6, "back": 0.0})
    assert found.verdict is Verdict.FAIL
    assert values(found)["back.on"] == 0
    assert found.note is not None
    assert found.note.en.startswith("back is off")
    assert found.advice is not None
    assert found.advice.en.startswith("back: off; look")
    assert "fill: gives 60 %: raise it by 0.7 stop" in found.advice.en
    assert "调亮 0.7 挡" in found.advice.zh


def test_the_biggest_step_is_told_first_and_small_ones_not_at_all():
    found = assessed({"key": 0.97, "fill": 0.8, "back": 1.5})
    assert found.advice is not None
    first, second = found.advice.en.split("; ")
    assert re.fullmatch(r"back: gives 1[45]\d %: lower it by 0\.6 stop", first)
    assert re.fullmatch(r"fill: gives (79|80|81) %: raise it by 0\.3 stop", second)


def test_a_warm_lamp_is_told_in_kelvin_around_what_it_was_set_to():
    planned = room(SETUP, HERE).lamps["key"].kelvin
    found = assessed(ALL, kelvins={"key": 1e6 / (1e6 / planned + 25)})
    assert found.advice is not None
    assert found.advice.en.startswith("key: ")
    assert f"K too warm, set it to {planned:.0f} K" in found.advice.en
    assert "偏暖" in found.advice.zh


def test_a_camera_set_otherwise_is_not_measured_but_a_dark_lamp_still_fails():
    darker = Controls(found={**LOCKED.found, "exposure": 50})
    unknown = assessed(ALL, controls=darker)
    assert unknown.verdict is Verdict.UNMEASURED
    assert not any(name.endswith("output") for name in values(unknown))
    assert unknown.note is not None
    assert "exposure time was 10 ms, is 5 ms" in unknown.note.en
    assert assessed({**ALL, "key": 0.0}, controls=darker).verdict is Verdict.FAIL


def test_an_old_calibration_is_never_green():
    found = assessed(ALL, lamps=replace(day(), age_days=120.0, lasts_days=90.0))
    assert found.verdict is Verdict.MARGINAL
    assert found.note is not None
    assert "120 days ago" in found.note.en


def test_the_blinds_may_be_closed():
    back = next(lamp for lamp in day().lamps if lamp.name == "back")
    others = tuple(lamp for lamp in day().lamps if lamp.name != "back")
    window = replace(back, kind="window")
    found = assessed({**ALL, "back": 0.0}, lamps=replace(day(), lamps=(*others, window)))
    assert found.verdict is Verdict.PASS
    assert not any(name.startswith("back") for name in values(found))
