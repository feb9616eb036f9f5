"""The background: its colours as the web and paint shops name them, and what a show asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks.light_background import CHECK
from studiocheck.core.measurement import Measurement, Verdict, judge, worst
from studiocheck.core.studio import Light, Targets
from studiocheck.measure.light.background import background

WHOLE = (0.0, 0.0, 1.0, 1.0)


def wall(hexadecimal: str, noise_dn: float = 1.0, seed: int = 0):
    rgb = bytes.fromhex(hexadecimal)
    rng = np.random.default_rng(seed)
    picture = np.array(list(rgb[::-1])) + rng.normal(0, noise_dn, (180, 320, 3))
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def verdict(family: str, hexadecimal: str) -> Verdict:
    """What the check's limits say of a wall of one colour."""
    found = background([wall(hexadecimal)], WHOLE)
    values = {
        "background_luma": found.luma_percent,
        "background_chroma": found.chroma,
        "background_hue": found.hue_degrees,
    }
    limits = CHECK.defaults(Targets(light=Light(background=family)))
    return worst(
        judge(Measurement(name, value, "", "").against(limits[name].limit))
        for name, value in values.items()
        if value is not None
    )


@pytest.mark.parametrize(
    ("family", "colours"),
    [
        ("white", ["fafafa", "f5f5f0", "f0f4f8", "ffffff"]),
        ("pink", ["ffc0cb", "f8d7da", "f4b6c2", "fadadd", "e8b4b8", "ff9eb5"]),
        ("warm", ["c19a6b", "deb887", "8b5a2b", "f5deb3", "b5651d", "a0522d", "e0a96d"]),
        ("plain", ["808080", "b0b7c0", "c8b8a0", "5a6b78", "e0e0e0"]),
    ],
)
def test_colours_of_a_family_belong_to_it(family, colours):
    assert {colour: verdict(family, colour) for colour in colours} == dict.fromkeys(
        colours, Verdict.PASS
    )


@pytest.mark.parametrize(
    ("family", "colours"),
    [
        ("white", ["ffc0cb", "808080", "303030", "deb887", "b0d0ff"]),
        ("pink", ["ffffff", "808080", "87ceeb", "90ee90", "deb887", "401020"]),
        ("warm", ["ffffff", "808080", "87ceeb", "90ee90", "d0a0e0"]),
        ("plain", ["000000", "101010", "00ff00", "ff0000"]),
    ],
)
def test_other_colours_do_not(family, colours):
    wrong = {colour: verdict(family, colour) for colour in colours}
    assert set(wrong.values()) == {Verdict.FAIL}, wrong


@settings(max_examples=30)
@given(level=st.integers(40, 250), noise_dn=st.floats(0, 4))
def test_grey_has_no_hue(level, noise_dn):
    found = background([wall(f"{level:02x}" * 3, noise_dn)], WHOLE)
    assert found.hue_degrees is None
    assert found.chroma < 2


def test_a_vase_before_the_wall_does_not_tint_it():
    picture = wall("ffc0cb")
    plain = background([picture], WHOLE)
    picture[60:150, 40:120] = (180, 60, 20)
    found = background([picture], WHOLE)
    assert found.hue_degrees == pytest.approx(plain.hue_degrees, abs=1)
    assert found.chroma == pytest.approx(plain.chroma, abs=1)


def test_a_hue_on_both_sides_of_zero_is_no_contradiction():
    pictures = [wall("ffc0cf", seed=1), wall("ffc0cf", seed=2), wall("ffc0d0", seed=3)]
    found = background(pictures, WHOLE)
    assert found.hue_uncertainty is not None
    assert found.hue_uncertainty < 5
