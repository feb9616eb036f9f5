"""Two cameras on one grey card: exposure, colour, and what cannot be known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks.camera_match import CHECK
from studiocheck.core.case import Case, Peer
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, Clip
from studiocheck.core.picture import CameraInfo, ClipEvidence, FrameSeries, Still
from studiocheck.core.studio import CameraRole, Studio, Targets
from studiocheck.measure.light.camera_match import match_cards, match_regions
from studiocheck.measure.light.srgb import srgb_from_linear

PATCH = (0.25, 0.25, 0.5, 0.5)
ALL = (0.0, 0.0, 1.0, 1.0)


def card(stops: float = 0.0, mired: float = 0.0, seed: int = 0, n: int = 3, fall_off: float = 0.1):
    """A grey card in uneven light, in noise: warmer by some mired, brighter by some stops."""
    rng = np.random.default_rng(seed)
    red, blue = math.exp(mired / 190), math.exp(-mired / 190)
    colour = np.array([red, 1.0, blue])
    colour /= colour @ [0.2126, 0.7152, 0.0722]
    across = 2.0 ** (fall_off * np.linspace(-0.5, 0.5, 320))[None, :, None]
    light = 0.18 * 2.0**stops * colour * across * np.ones((180, 1, 1))
    code = 255 * srgb_from_linear(light)[..., ::-1]
    return [
        np.clip(np.rint(code + rng.normal(0, 2, code.shape)), 0, 255).astype(np.uint8)
        for _ in range(n)
    ]


@settings(max_examples=25)
@given(st.floats(-1.5, 1.0), st.floats(-40, 40))
def test_exposure_is_right_to_a_twentieth_of_a_stop_and_colour_to_two_mired(stops, mired):
    found = match_cards(card(stops, mired, 1), PATCH, card(seed=2), PATCH)
    assert found.stops == pytest.approx(stops, abs=0.03)
    assert abs(found.stops - stops) <= found.stops_uncertainty
    assert found.colour.mired == pytest.approx(mired, abs=2)
    assert abs(found.colour.mired - mired) <= found.colour.mired_uncertainty


def test_the_truth_lies_inside_the_uncertainty_in_nineteen_of_twenty():
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        stops, fall_off = rng.uniform(-0.5, 0.5), rng.uniform(0, 0.3)
        found = match_cards(
            card(stops, seed=seed + 100, fall_off=fall_off), PATCH, card(seed=seed), PATCH
        )
        hits += abs(found.stops - stops) <= found.stops_uncertainty
    assert hits >= 57


def test_two_cameras_alike_differ_by_nothing():
    found = match_cards(card(seed=1), PATCH, card(seed=2), PATCH)
    assert abs(found.stops) < 0.01
    assert found.colour.de2000 < 0.3


def test_a_stop_less_is_no_difference_of_colour():
    found = match_cards(card(-1, seed=1), PATCH, card(seed=2), PATCH)
    assert found.colour.de2000 < 0.5


def test_regions_give_exposure_only_and_black_ones_nothing():
    stops, uncertainty = match_regions(card(-0.5, seed=1), ALL, card(seed=2), ALL)
    assert stops == pytest.approx(-0.5, abs=0.02)
    assert uncertainty is not None
    with pytest.raises(Unmeasurable, match="black"):
        match_regions([np.zeros((90, 160, 3), np.uint8)], ALL, card(), ALL)


# ---------------------------------------------------------------- the check


def clip(images, *, locked: bool | None = True) -> ClipEvidence:
    info = CameraInfo(
        device="index:0", name="cam", backend="test", clock="device", width=320, height=180,
        pixel_format="MJPG", white_balance_locked=locked,
    )  # fmt: skip
    n = len(images)
    times = np.arange(n) / 30
    series = FrameSeries(
        captured_s=times, arrived_s=times, lag_s=np.zeros(n, np.float32),
        seen=np.ones(n, np.bool_), sequence=np.arange(n), motion=np.zeros(n, np.float32),
        identical=np.zeros(n, np.bool_), grid=np.zeros((n, 135, 240), np.uint8),
    )  # fmt: skip
    return ClipEvidence(
        camera=info,
        series=series,
        stills=tuple(Still(i, image) for i, image in enumerate(images)),
        sampled=np.arange(n),
        histogram=np.zeros((n, 256), np.uint32),
        torn_s=np.zeros(0),
    )


def case(mine: ClipEvidence, other: ClipEvidence, **binding) -> Case:
    both = {"neutral_patch": PATCH} | binding
    peer = Peer(CameraRole(device="index:0", **both), {Clip: Captured(other)})
    return Case(
        role="product",
        binding=CameraRole(device="index:1", **both),
        targets=Targets(),
        captured={Clip: Captured(mine)},
        peers={"main": peer},
    )


def test_automatic_white_balance_leaves_only_the_exposure():
    found = CHECK.assess(case(clip(card(seed=1), locked=False), clip(card(seed=2))))
    assert [m.name for m in found.measurements] == ["exposure_difference"]
    assert found.note is not None
    assert "product" in found.note.en


def test_without_a_card_the_subjects_exposure_is_compared_and_said_so():
    found = CHECK.assess(
        case(clip(card(-0.4, seed=1)), clip(card(seed=2)), neutral_patch=None, subject=PATCH)
    )
    assert [m.name for m in found.measurements] == ["exposure_difference"]
    assert found.note is not None
    assert "without a grey card" in found.note.en


def test_with_nothing_in_common_nothing_is_asked():
    with pytest.raises(NotAsked) as caught:
        CHECK.assess(case(clip(card()), clip(card()), neutral_patch=None))
    assert "neutral_patch" in caught.value.reason.zh


def test_the_first_camera_is_the_reference_and_a_lone_one_has_none():
    cameras = {"a": CameraRole(device="index:0"), "b": CameraRole(device="index:1")}
    studio = Studio(name="s", cameras=cameras)
    assert [CHECK.applies(c, studio, Targets()) for c in cameras.values()] == [False, True]
    alone = Studio(name="s", cameras={"a": cameras["a"]})
    assert not CHECK.applies(cameras["a"], alone, Targets())


def test_the_advice_names_the_side_and_the_size():
    found = CHECK.assess(case(clip(card(0.9, 30, seed=1)), clip(card(seed=2))))
    limits = CHECK.defaults(Targets())
    advice = CHECK.advice([m.against(limits[m.name].limit) for m in found.measurements])
    assert "0.9 stops brighter" in advice.en
    assert "warmer" in advice.en
    assert "偏暖" in advice.zh
