"""Claims about `measure.light`: colour temperature against published values and known light."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.checks.light_colour_temperature import CHECK
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, Lamps, White
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.picture import Controls
from studiocheck.core.studio import CameraRole
from studiocheck.measure.light.neutral_patch import light_on_patch
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import (
    daylight_xyz,
    planckian_uv,
    white_xyz,
    xyz_to_uv,
)
from studiocheck.measure.light.srgb import RGB_TO_XYZ, linear_from_srgb, srgb_from_linear
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.lamps import calibrated_lamps
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.white import calibrated_white
from tests.clips import case_of, clip_of

WHOLE = (0.1, 0.1, 0.8, 0.8)

# mired, u, v of Planck's radiator: G. Wyszecki, W. S. Stiles, Color Science (1982), table 1(3.11)
PUBLISHED_LOCUS = [
    (100, 0.19032, 0.29326), (125, 0.19462, 0.30141), (150, 0.19962, 0.30921),
    (200, 0.21142, 0.32312), (300, 0.24010, 0.34308), (400, 0.27218, 0.35407),
    (500, 0.30505, 0.35907), (600, 0.33724, 0.36051),
]  # fmt: skip


@pytest.mark.parametrize(("mired", "u", "v"), PUBLISHED_LOCUS)
def test_the_planckian_locus_is_the_published_one_to_its_last_digit(mired, u, v):
    assert planckian_uv(np.array([1e6 / mired]))[0] == pytest.approx([u, v], abs=6e-6)
    assert 1e6 / cct_and_duv(np.array([u, v]))[0] == pytest.approx(mired, abs=0.05)


def uv_of(x, y):
    return np.array([4 * x, 6 * y]) / (-2 * x + 12 * y + 3)


@pytest.mark.parametrize(
    ("x", "y", "cct", "duv"),
    [
        (0.44758, 0.40745, 2855.5, 0.0000),  # illuminant A (CIE 15)
        (0.34570, 0.35850, 5000.7, 0.0032),  # D50, noted as 5003 K by CIE 15 on its own c2
        (0.31270, 0.32900, 6504.0, 0.0032),  # D65
        (1 / 3, 1 / 3, 5455.0, -0.0044),  # equal-energy white
    ],
)
def test_standard_illuminants_have_their_published_colour_temperature(x, y, cct, duv):
    found_cct, found_duv = cct_and_duv(uv_of(x, y))
    assert found_cct == pytest.approx(cct, abs=1.0)
    assert found_duv == pytest.approx(duv, abs=1e-4)


@given(kelvin=st.floats(1600, 19_000), duv=st.floats(-0.02, 0.02))
def test_a_point_set_off_the_locus_is_found_again(kelvin, duv):
    here, ahead = planckian_uv(np.array([kelvin, kelvin * 1.0001]))
    along = (ahead - here) / np.hypot(*(ahead - here))
    across = np.array([along[1], -along[0]])
    across *= np.sign(across[1])
    cct, found_duv = cct_and_duv(here + duv * across)
    assert 1e6 / cct == pytest.approx(1e6 / kelvin, abs=0.05)
    assert found_duv == pytest.approx(duv, abs=1e-5)


@given(kelvin=st.floats(4100, 20_000))
def test_daylight_has_its_own_colour_temperature_and_lies_above_the_locus(kelvin):
    cct, duv = cct_and_duv(xyz_to_uv(daylight_xyz(kelvin)))
    assert 1e6 / cct == pytest.approx(1e6 / kelvin, abs=0.6)
    assert 0.001 < duv < 0.005


def test_green_is_not_white():
    with pytest.raises(Unmeasurable):
        cct_and_duv(uv_of(0.30, 0.60))


def contrast(amount):
    def curve(linear):
        code = srgb_from_linear(linear)
        return code**amount / (code**amount + (1 - code) ** amount)

    return curve


def saturated(curve, amount):
    def look(linear):
        code = curve(linear)
        grey = code @ RGB_TO_XYZ[1]
        return np.clip(grey[..., None] + amount * (code - grey[..., None]), 0, 1)

    return look


def bt709(linear):
    return np.where(linear < 0.018, 4.5 * linear, 1.099 * np.maximum(linear, 1e-9) ** 0.45 - 0.099)


LOOKS = {
    "sRGB": srgb_from_linear,
    "BT.709": bt709,
    "gamma 1.8": lambda linear: linear ** (1 / 1.8),
    "contrast": contrast(1.35),
    "contrast and saturation": saturated(contrast(1.35), 1.2),
    "faded": saturated(srgb_from_linear, 0.85),
    "limited read as full": lambda linear: (16 + 219 * srgb_from_linear(linear)) / 255,
}


def seen(light_xyz, locked_kelvin, look, rng, level=0.3, stills=3, tilt=0.05):
    """Return stills of a grey card by a camera that knows its locked white exactly."""
    to_rgb = np.linalg.inv(RGB_TO_XYZ)
    card = (to_rgb @ light_xyz) / (to_rgb @ white_xyz(locked_kelvin))
    card = level * card / (card @ RGB_TO_XYZ[1])
    slope = 1 + tilt * np.linspace(-1, 1, 64)[None, :, None]
    code = 255 * look(np.clip(card * slope * np.ones((48, 1, 1)), 0, 1))
    return [
        np.clip(np.rint(code + 1.2 * rng.normal(size=code.shape)), 0, 255).astype(np.uint8)[
            ..., ::-1
        ]
        for _ in range(stills)
    ]


@pytest.mark.parametrize("kelvin", [4000, 4500, 5000, 5500, 6000, 7000])
def test_an_srgb_camera_is_right_within_three_mired(kelvin):
    """Within 2000 K of its lock, where diagonal gains and Bradford still agree."""
    stills = seen(white_xyz(kelvin), 5500, srgb_from_linear, np.random.default_rng(1))
    true_cct, _ = cct_and_duv(xyz_to_uv(white_xyz(kelvin)))
    assert light_on_patch(stills, WHOLE, 5500).mired == pytest.approx(1e6 / true_cct, abs=3)


def test_at_the_lock_the_tone_curve_does_not_matter():
    for look in LOOKS.values():
        light = light_on_patch(
            seen(white_xyz(5500), 5500, look, np.random.default_rng(2)), WHOLE, 5500
        )
        assert light.mired == pytest.approx(1e6 / 5500, abs=0.5)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_the_stated_uncertainty_covers_each_look_95_times_in_100(look):
    """Light of 2900 to 8000 K before a camera whose kelvin scale is 2.5 % off (sd).

    Each look on its own: pooled, the mild ones would hide the steep ones.
    """
    covered = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        light = white_xyz(1e6 / rng.uniform(125, 345))
        really_locked = 5500 / (1 + 0.025 * rng.normal())
        stills = seen(light, really_locked, look, rng, level=rng.uniform(0.12, 0.4))
        try:
            found = light_on_patch(stills, WHOLE, 5500)
        except Unmeasurable:
            continue
        true_mired = 1e6 / cct_and_duv(xyz_to_uv(light))[0]
        covered.append(abs(found.mired - true_mired) <= found.mired_uncertainty)
    assert len(covered) > 180
    assert np.mean(covered) >= 0.95


def test_kelvin_and_mired_reach_the_same_verdict():
    rng = np.random.default_rng(3)
    for kelvin in np.linspace(3500, 8500, 21):
        light = light_on_patch(seen(white_xyz(kelvin), 5500, srgb_from_linear, rng), WHOLE, 5500)
        half = light.kelvin_uncertainty(5500)
        low, high = light.mired - light.mired_uncertainty, light.mired + light.mired_uncertainty
        assert (light.cct_kelvin + half < 4900) == (low > 1e6 / 4900)
        assert (light.cct_kelvin - half > 6100) == (high < 1e6 / 6100)


def grey(level, shape=(60, 90)):
    return np.full((*shape, 3), level, np.uint8)


def test_a_clipped_patch_is_refused():
    with pytest.raises(Unmeasurable, match="overexposed"):
        light_on_patch([grey(250)], WHOLE, 5500)


def test_a_dark_patch_is_refused():
    with pytest.raises(Unmeasurable, match="too dark"):
        light_on_patch([grey(30)], WHOLE, 5500)


def test_a_patch_with_something_else_in_it_is_refused():
    picture = grey(140)
    picture[:, 45:] = (60, 60, 160)
    with pytest.raises(Unmeasurable, match="not one even surface"):
        light_on_patch([picture], WHOLE, 5500)


def test_a_coloured_thing_is_refused():
    for bgr, reason in (((60, 180, 60), "too far from any white"), ((118, 150, 118), "coloured")):
        picture = grey(0)
        picture[:] = bgr
        with pytest.raises(Unmeasurable, match=reason):
            light_on_patch([picture], WHOLE, 5500)


@given(st.floats(0, 1))
def test_srgb_and_back_is_the_same(value):
    assert linear_from_srgb(srgb_from_linear(np.array(value))) == pytest.approx(value, abs=1e-6)


# ---------------------------------------------------------------- by calibrated lamps

SCENE = load_scene()
ROLE = replace(SCENE.studio().cameras["main"], neutral_patch=None)
SIZE = (640, 360)


@cache
def lamps_of_the_scene() -> LampsEvidence:
    return calibrated_lamps(SCENE, "main", 2 * SIZE[0], 2 * SIZE[1], 30)


def tonight(
    *faults: str,
    role: CameraRole = ROLE,
    lamps: LampsEvidence | None = None,
    white=None,
    controls=None,
):
    """What `light.colour_temperature` says of a simulated evening."""
    scene = SCENE.with_faults(*map(parse_fault, faults))
    camera = SimulatedCamera(scene, "main", *SIZE, 30)
    info = camera.open()
    frames = [camera.read().bgr() for _ in range(2)]
    clip = replace(clip_of(frames), camera=info, controls=controls or camera.controls())
    camera.close()
    case = case_of(clip, role)
    kept = {Lamps: Captured(lamps or lamps_of_the_scene())}
    if white is not None:
        kept[White] = Captured(white)
    return CHECK.assess(replace(case, captured={**case.captured, **kept}))


def values(assessment) -> dict[str, tuple[float, float]]:
    return {m.name: (m.value, m.uncertainty) for m in assessment.measurements}


@pytest.mark.slow
@pytest.mark.parametrize("kelvin", [4000, 4800, 5500, 6500])
def test_without_a_card_the_lamps_own_colours_tell_the_light(kelvin: int):
    all_lamps = [f"lamp.{name}:cct={kelvin}K" for name in SCENE.lamps]
    mired, uncertainty = values(tonight(*all_lamps))["mired"]
    true = 1e6 / cct_and_duv(xyz_to_uv(white_xyz(kelvin)))[0]
    assert mired == pytest.approx(true, abs=uncertainty)
    assert mired == pytest.approx(true, abs=8)


@pytest.mark.slow
def test_the_lamp_that_is_off_colour_is_named_with_what_to_set():
    found = tonight("lamp.key:cct=4000K", "lamp.fill:cct=4900K")
    assert re.match(r"key: 1[45]\d0 K too warm, set it to 5500 K; fill: ", found.advice.en)
    assert "duv" not in values(found)
    assert "no grey card" in found.note.en
    cold = tonight("lamp.fill:cct=7500K")
    assert re.match(r"fill: \d+ K too cold, set it to 5500 K", cold.advice.en)
    assert "too warm" not in cold.advice.en


@pytest.mark.slow
def test_lamps_whose_colour_nobody_said_tell_nothing():
    known = lamps_of_the_scene()
    silent = replace(known, lamps=tuple(replace(lamp, kelvin=None) for lamp in known.lamps))
    with pytest.raises(Unmeasurable, match="nobody said what colour key") as refused:
        tonight(lamps=silent)
    assert "kelvin = 5500" in refused.value.advice.en


@pytest.mark.slow
def test_a_card_that_was_put_away_is_made_up_for_by_the_lamps():
    away = replace(ROLE, neutral_patch=(0.02, 0.2, 0.2, 0.25))
    found = tonight(role=away)
    assert "not one even surface" in found.note.en
    assert values(found)["cct"][0] == pytest.approx(5500, abs=150)
    with pytest.raises(Unmeasurable, match="too dark"):
        tonight("lamp.key:off", "lamp.fill:off", "lamp.back:off", role=away)


@pytest.mark.slow
def test_a_white_balance_that_was_changed_or_is_automatic_makes_lamps_worthless():
    moved = Controls(found={"white_balance": 4300, "auto_white_balance": 0})
    undeclared = replace(ROLE, white_balance=4300)
    with pytest.raises(Unmeasurable, match="changed since calibration") as refused:
        tonight(role=undeclared, controls=moved)
    assert "set it back to 5500 K" in refused.value.advice.en
    with pytest.raises(Unmeasurable, match="automatic"):
        tonight("camera.main:autowb")
    with pytest.raises(Unmeasurable, match="studio.toml says 5500 K"):
        tonight("camera.main:wb=4300K")


@pytest.mark.slow
def test_without_card_and_lamps_no_kelvin_is_ever_said():
    camera = SimulatedCamera(SCENE, "main", *SIZE, 30)
    info = camera.open()
    clip = replace(clip_of([camera.read().bgr()]), camera=info, controls=camera.controls())
    camera.close()
    with pytest.raises(Unmeasurable, match="picture alone does not tell"):
        CHECK.assess(case_of(clip, ROLE))


@pytest.mark.slow
def test_a_white_calibration_is_used_and_said():
    white = calibrated_white(SCENE, "main", *SIZE, 30)
    card = SCENE.studio().cameras["main"]
    found = tonight(role=card, white=white)
    assert "camera calibrated on" in found.note.en
    assert values(found)["mired"][0] == pytest.approx(1e6 / 5500, abs=3)
    old = tonight(role=card, white=replace(white, age_days=200))
    assert "200 days old" in old.note.en
    other = replace(white, controls=Controls(found={"white_balance": 5000}))
    with pytest.raises(Unmeasurable, match="changed since calibration"):
        tonight(role=card, white=other)
