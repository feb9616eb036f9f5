"""Cast shadows: depth and softness against geometry, and nothing where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from studiocheck.core.errors import Unmeasurable
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.studio import Region
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight
from studiocheck.measure.light.linear_light import linear_grid
from studiocheck.measure.light.penumbra import (
    Shadow,
    ShadowPlanes,
    cast_shadows,
    shadow_planes,
)
from tests.lamp_wall import WALL_M, Edge, Wall, WallLamp

FILL = WallLamp((0.9, -0.3, 1.8), power=0.35)
BACK = WallLamp((0.2, 0.9, 1.6), power=0.15)


def key_casting(width_percent: float, *, angle: float = 90.0, round_lamp: bool = False) -> WallLamp:
    """Return a lamp of the size whose penumbra has that 10–90 % width."""
    gap, far = 0.35, 1.2
    whole_m = width_percent / 100 * WALL_M / (0.687 if round_lamp else 0.8)
    return WallLamp(
        (-0.6, 0.4, far),
        size_m=whole_m * (far - gap) / gap,
        round=round_lamp,
        edge=Edge(gap, angle, 0.05),
    )


def wall_with(key: WallLamp, **more: object) -> Wall:
    return Wall({"key": key, "fill": FILL, "back": BACK}, exposure=0.3, **more)


def planes_of(
    lamps: LampsEvidence,
    outputs: dict[str, float] | None = None,
    bodies: Sequence[Region] = (),
) -> ShadowPlanes:
    """Return the planes of an evening on which the lamps' outputs are known."""
    gains = np.array([[(outputs or {}).get(lamp.name, 1.0)] * 3 for lamp in lamps.lamps])
    grid = linear_grid([lamps.reference], lamps.linear)
    evening = LightTonight(
        readings=tuple(
            LampReading(lamp=replace(lamp, witnessed=True), on=bool(gain[0] > 0))
            for lamp, gain in zip(lamps.lamps, gains, strict=True)
        ),
        gains=gains,
        left_out=gains[None],
        bases=np.zeros((len(gains), 90, 160, 3), np.float32),
        light=grid.light,
        weights=np.ones((90, 160), np.float32),
        condition=1.0,
        sigma_ratio=1.0,
        inliers=1.0,
    )
    return shadow_planes(lamps, evening, bodies)


def shadows(wall: Wall, outputs: dict[str, float] | None = None) -> tuple[Shadow, ...]:
    return cast_shadows(planes_of(wall.calibrated(), outputs))


@pytest.mark.parametrize(
    ("width", "angle", "round_lamp", "camera"),
    [
        (0.6, 90, False, {}),
        (1.2, 30, True, {"jpeg": True}),
        (2.0, 150, False, {"contrast": 1.35}),
        (3.5, 0, True, {"noise_dn": 3.0}),
        (4.5, 105, False, {"jpeg": True, "seed": 7}),
    ],
)
def test_the_penumbra_is_as_wide_as_geometry_says(width, angle, round_lamp, camera):
    key = key_casting(width, angle=angle, round_lamp=round_lamp)
    worst = shadows(wall_with(key, **camera))[0]
    assert worst.lamp == "key"
    assert worst.width_percent == pytest.approx(width, rel=0.2)
    assert abs(worst.width_percent - width) <= worst.width_uncertainty


def test_a_fill_that_is_turned_down_deepens_the_shadow_of_the_key_and_leaves_its_width():
    lamps = wall_with(key_casting(1.5)).calibrated()
    planned, dimmer = (cast_shadows(planes_of(lamps, {"fill": f}))[0] for f in (1.0, 0.3))
    assert dimmer.depth > 1.3 * planned.depth
    assert dimmer.width_percent == pytest.approx(planned.width_percent, rel=0.1)


def test_depth_is_light_beside_the_shadow_over_light_in_it():
    wall = wall_with(key_casting(0.6))
    worst = shadows(wall)[0]
    x, y, w, h = worst.region
    rows, columns = round((y + h / 2) * 540), round((x + w / 2) * 960)
    total = sum(wall.irradiance(name) for name in wall.lamps) + wall.ambient
    across = total[rows, columns - 30 : columns + 30]
    assert worst.depth == pytest.approx(across.max() / across.min(), rel=0.15)


def test_a_lamp_that_is_off_casts_none():
    assert "key" not in {s.lamp for s in shadows(wall_with(key_casting(0.8)), {"key": 0.0})}


@pytest.mark.slow
@pytest.mark.parametrize(
    "camera", [{}, {"noise_dn": 6.0, "jpeg": True}, {"noise_dn": 4.0, "ambient": 0.0}], ids=str
)
def test_posters_noise_and_low_light_are_no_shadows(camera):
    wall = replace(wall_with(WallLamp((-0.6, 0.4, 1.2))), **camera)
    # too little light besides the lamp's to tell by may be said, where it is dark or noisy
    for exposure in (0.3, 0.03):
        with suppress(*(Unmeasurable,) * (camera != {} or exposure < 0.3)):
            assert shadows(replace(wall, exposure=exposure)) == ()


@pytest.mark.parametrize("key", [WallLamp((-0.6, 0.4, 1.2)), key_casting(1.5)])
def test_a_lone_lamp_in_a_dark_room_casts_shadows_that_cannot_be_told_from_painted_edges(key):
    wall = Wall({"key": key}, exposure=0.3, ambient=0.002, seed=5)
    with pytest.raises(Unmeasurable, match="besides one lamp"):
        shadows(wall)


def test_a_wide_soft_shadow_is_measured_and_no_hard_one():
    soft = shadows(wall_with(key_casting(12.0)))[0]
    assert soft.width_percent == pytest.approx(12, abs=soft.width_uncertainty)
    assert shadows(wall_with(key_casting(26.0))) == ()


def test_somebody_who_moved_between_the_pictures_of_the_calibration_is_no_shadow():
    wall = wall_with(WallLamp((-0.6, 0.4, 1.2)))
    lamps = wall.calibrated()
    bases = lamps.bases.astype(np.float32)
    # a dark figure stands elsewhere in the picture of every lamp
    for index, left in enumerate((180, 200, 215)):
        bases[index, 80:, left : left + 60] *= 0.1
    moved = replace(lamps, bases=bases.astype(np.float16))
    assert cast_shadows(planes_of(moved)) == ()


def test_what_is_dark_on_a_body_is_left_to_the_body():
    lamps = wall_with(key_casting(0.6)).calibrated()
    assert cast_shadows(planes_of(lamps, bodies=[(0.4, 0.0, 0.3, 1.0)])) == ()
