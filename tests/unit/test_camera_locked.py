"""Settings: automatic ones, those that moved, and those that are not as on the good evening."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from studiocheck.checks.camera_locked import CHECK
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, Clip, Golden, Need
from studiocheck.core.picture import CameraInfo, ClipEvidence, Controls, FrameSeries, LookEvidence
from studiocheck.core.studio import CameraRole, Targets

BY_HAND = {
    "auto_exposure": 0, "exposure": 100, "auto_white_balance": 0, "white_balance": 5500,
    "auto_focus": 0, "focus": 40, "gain": 12,
}  # fmt: skip
INFO = CameraInfo(
    device="index:0", name="cam", backend="test", clock="device", width=16, height=9,
    pixel_format="MJPG",
)  # fmt: skip


def judged(
    controls: Controls | None, look: Controls | None = None, device: str = "index:0"
) -> Assessment:
    one, none = np.zeros(1), np.zeros(1, np.bool_)
    clip = ClipEvidence(
        camera=INFO,
        series=FrameSeries(
            captured_s=one, arrived_s=one, lag_s=one.astype(np.float32), seen=~none,
            sequence=np.zeros(1, np.int64), motion=one.astype(np.float32), identical=none,
            grid=np.zeros((1, 135, 240), np.uint8),
        ),
        stills=(), sampled=np.zeros(1, np.int64), histogram=np.zeros((1, 256), np.uint32),
        torn_s=np.zeros(0), controls=controls,
    )  # fmt: skip
    captured: dict[type[Need], Captured] = {Clip: Captured(clip)}
    if look is not None:
        image = np.zeros((9, 16, 3), np.uint8)
        captured[Golden] = Captured(
            LookEvidence(
                taken="2026-01-01T00:00:00Z", by="a", camera=INFO, image=image, controls=look
            )
        )
    binding = CameraRole(device=device)
    return CHECK.assess(Case(role="main", binding=binding, targets=Targets(), captured=captured))


def counts(found: Assessment) -> Mapping[str, float]:
    return {m.name: m.value for m in found.measurements}


def by_hand(**changes: int) -> dict[str, int]:
    return BY_HAND | changes


def test_everything_by_hand_and_as_stored_is_locked():
    found = judged(Controls(found=by_hand(), after=by_hand()), Controls(found=by_hand()))
    assert counts(found) == {"automatic": 0, "changed": 0}
    assert found.note is None


def test_each_automatic_is_counted_and_named_in_both_languages():
    controls = Controls(found=by_hand(auto_exposure=1, auto_focus=1), after=by_hand())
    found = judged(controls)
    assert counts(found)["automatic"] == 2
    assert found.note is not None
    assert found.advice is not None
    assert "automatic exposure, automatic focus" in found.note.en
    assert "自动曝光、自动对焦" in found.advice.zh


def test_what_an_automatic_drives_is_not_counted_a_second_time():
    before = by_hand(auto_exposure=1, exposure=80)
    found = judged(
        Controls(found=before, after=before | {"exposure": 333}), Controls(found=by_hand())
    )
    assert counts(found) == {"automatic": 1, "changed": 0}


def test_a_value_that_moves_by_itself_is_changed():
    found = judged(Controls(found=by_hand(), after=by_hand(white_balance=5100)))
    assert counts(found)["changed"] == 1
    assert found.note is not None
    assert "white balance 5500 K to 5100 K" in found.note.en


def test_a_value_that_is_not_that_of_the_good_evening_is_changed_and_told_how_to_set_back():
    found = judged(
        Controls(found=by_hand(gain=40), after=by_hand(gain=40)), Controls(found=by_hand())
    )
    assert counts(found)["changed"] == 1
    assert found.advice is not None
    assert found.advice.en == "set back: gain 12"


def test_what_was_found_is_judged_though_it_was_held_for_the_measurement():
    controls = Controls(
        found=by_hand(auto_white_balance=1),
        held={"auto_white_balance": 0},
        after=by_hand(auto_white_balance=0),
        refused=("focus",),
    )
    found = judged(controls)
    assert counts(found) == {"automatic": 1, "changed": 0}
    assert found.note is not None
    assert "held still for the measurement only" in found.note.en
    assert "would not hold: focus" in found.note.en


@pytest.mark.parametrize("controls", [None, Controls(found={})])
def test_a_local_camera_that_tells_nothing_is_not_known(controls):
    with pytest.raises(Unmeasurable):
        judged(controls)


@pytest.mark.parametrize("device", ["rtsp://10.0.0.7/live", "http://a/v.mjpg", "file:a.mp4"])
def test_a_stream_or_a_clip_is_not_asked_for_ever(device: str):
    with pytest.raises(NotAsked) as caught:
        judged(None, device=device)
    assert "manual step" in caught.value.reason.en
