"""A camera calibrated on known light: right on lamps, looks and sensors it was not shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from studiocheck.calibrate.stored import stored_records
from studiocheck.calibrate.white import KnownLight, white_of
from studiocheck.calibrate.white_records import read_white, write_white
from studiocheck.core.errors import CalibrationError, Unmeasurable, UsageError
from studiocheck.core.evidence import White
from studiocheck.core.lighting import WhiteEvidence
from studiocheck.core.picture import CameraInfo, ClipEvidence, Controls, FrameSeries, Still
from studiocheck.core.studio import CameraRole, Studio
from studiocheck.measure.light.camera_white import CameraWhite, calibrated_light
from studiocheck.measure.light.chart_finder import ChartReading
from studiocheck.measure.light.white_calibration import (
    WhiteFit,
    white_from_card,
    white_from_chart,
    white_from_two,
)
from tests.spectral import (
    LOOKS,
    SENSITIVITIES,
    SpectralCamera,
    card_codes_of,
    card_stills,
    chart_colours,
    daylight,
    delivered,
    duv_of,
    led,
    mired_of,
    planck,
)

WHOLE = (0.1, 0.1, 0.8, 0.8)
INFO = CameraInfo(
    device="index:0", name="cam", backend="test", clock="file", width=96, height=72,
    pixel_format="BGR24", white_balance_locked=True,
)  # fmt: skip
TAKEN = datetime(2026, 11, 1, 19, 30, tzinfo=UTC)
LIGHTS = (
    *((planck, kelvin) for kelvin in (2900, 3600, 5000, 6500)),
    *((daylight, kelvin) for kelvin in (4500, 5500, 7200)),
    *((led, kelvin) for kelvin in (3000, 4200, 5500, 6500)),
)


def evidence(fit: WhiteFit) -> WhiteEvidence:
    camera = fit.camera
    return WhiteEvidence(
        taken="2026-11-01T19:30:00Z",
        by="anna",
        method=fit.method,
        camera=INFO,
        controls=Controls(found={"white_balance": 5500, "auto_white_balance": 0}),
        locked_kelvin=camera.locked_kelvin,
        known_kelvin=fit.known_kelvin,
        offset_mired=fit.offset_mired,
        mired_uncertainty=fit.mired_uncertainty,
        duv_uncertainty=fit.duv_uncertainty,
        level_dn=fit.level_dn,
        duv_offset=fit.duv_offset,
        colour_scale=camera.colour_scale,
        saturation=camera.saturation,
        linear=camera.linear,
        matrix=camera.matrix,
    )


def curve_of(camera: SpectralCamera) -> np.ndarray:
    """What a lamp calibration finds: linear light of each code."""
    light = np.linspace(0, 1, 4096)
    codes = camera.codes(np.repeat(light[:, None], 3, axis=1))[:, 1]
    return np.interp(np.arange(256), codes, light).astype(np.float32)


def calibrated(way: str, camera: SpectralCamera, lamp, rng, level: float) -> WhiteEvidence:
    base = CameraWhite(locked_kelvin=5500)
    if way == "card with the lamps' curve":
        base = replace(base, linear=curve_of(camera))
    if way == "chart":
        fall_off = tuple(rng.uniform(-0.15, 0.15, 2))
        colours = chart_colours(camera, lamp(5500), rng.uniform(0.6, 0.85), fall_off)
        flat = np.kron(colours.reshape(4, 6, 3), np.ones((16, 16, 1)))
        seen = delivered(flat, rng)[..., ::-1].reshape(4, 16, 6, 16, 3)[:, 4:12, :, 4:12]
        codes = seen.mean(axis=(1, 3)).reshape(24, 3)
        return evidence(white_from_chart(ChartReading(codes, np.zeros((24, 2)), 1.0), 5500, 5500))
    if way == "two-point":
        codes = [card_codes_of(camera, lamp(kelvin), rng, level) for kelvin in (3200, 5600)]
        return evidence(white_from_two(codes, (3200, 5600), base))
    return evidence(white_from_card(card_codes_of(camera, lamp(5500), rng, level), 5500, base))


def errors_after(way: str, camera: SpectralCamera, seed: int, lights=LIGHTS) -> np.ndarray:
    """Return rows of: error and uncertainty in mired, error and uncertainty of Duv."""
    rng, rows = np.random.default_rng(seed), []
    for lamp in (planck if way == "two-point" else daylight, led):
        level = rng.uniform(0.1, 0.28)
        white = calibrated(way, camera, lamp, rng, level)
        for kind, kelvin in lights:
            light = kind(kelvin)
            stills = card_stills(camera, light, rng, level * 2 ** rng.uniform(-0.5, 0.5), stills=2)
            try:
                found = calibrated_light(stills, WHOLE, white)
            except Unmeasurable:
                continue
            rows.append(
                (
                    abs(found.mired - mired_of(light)),
                    found.mired_uncertainty,
                    abs(found.duv - duv_of(light)),
                    found.duv_uncertainty,
                )
            )
    assert len(rows) > 0.85 * 2 * len(lights)
    return np.array(rows)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["two-point", "chart"])
@pytest.mark.parametrize("look", LOOKS)
def test_after_calibration_an_unknown_look_costs_five_mired_and_seldom_twelve(way: str, look: str):
    """Lamps of three kinds, of which one calibrated; half a stop brighter or darker than then."""
    rows = np.concatenate(
        [errors_after(way, SpectralCamera(sensor, look), 5) for sensor in SENSITIVITIES]
    )
    assert np.median(rows[:, 0]) < 5
    assert np.quantile(rows[:, 0], 0.95) < 12
    assert np.mean(rows[:, 0] <= rows[:, 1]) >= 0.95
    assert np.mean(rows[:, 2] <= rows[:, 3]) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("way", ["card", "card with the lamps' curve"])
@pytest.mark.parametrize("look", LOOKS)
def test_one_card_says_how_little_it_knows_of_other_light(way: str, look: str):
    rows = np.concatenate(
        [errors_after(way, SpectralCamera(sensor, look), 6) for sensor in SENSITIVITIES]
    )
    assert np.mean(rows[:, 0] <= rows[:, 1]) >= 0.95
    assert np.mean(rows[:, 2] <= rows[:, 3]) >= 0.95


@pytest.mark.parametrize("look", LOOKS)
def test_near_the_light_of_its_calibration_one_card_is_right_whatever_the_look(look: str):
    camera, rng = SpectralCamera("narrow", look), np.random.default_rng(3)
    white = calibrated("card", camera, led, rng, 0.18)
    for kelvin in (5350, 5500, 5650):
        found = calibrated_light(card_stills(camera, led(kelvin), rng), WHOLE, white)
        assert found.mired == pytest.approx(1e6 / kelvin, abs=8)
    same = calibrated_light(card_stills(camera, led(5500), rng), WHOLE, white)
    assert same.mired == pytest.approx(1e6 / 5500, abs=2)


def test_an_srgb_camera_is_right_within_three_mired_after_calibration():
    camera, rng = SpectralCamera(), np.random.default_rng(4)
    for way in ("two-point", "chart", "card"):
        white = calibrated(way, camera, led, rng, 0.18)
        off = [
            calibrated_light(card_stills(camera, led(kelvin), rng), WHOLE, white).mired
            - 1e6 / kelvin
            for kelvin in (4300, 5000, 5500, 6200)
        ]
        assert np.median(np.abs(off)) < 3


def test_contrast_and_saturation_show_as_the_scale_of_colour():
    rng = np.random.default_rng(1)
    scale = {
        look: calibrated("two-point", SpectralCamera(look=look), led, rng, 0.18).colour_scale
        for look in LOOKS
    }
    assert scale["sRGB"] == pytest.approx(1, abs=0.08)
    assert scale["limited read as full"] > 1.05
    assert scale["S-curve 1.35"] < 0.95
    assert scale["S-curve and saturation"] < scale["S-curve 1.35"] - 0.05


def test_a_meter_that_tells_the_tint_is_believed():
    rng, camera = np.random.default_rng(2), SpectralCamera()
    light = led(5500, tint=0.008)
    codes = card_codes_of(camera, light, rng)
    fit = white_from_card(codes, 5500, CameraWhite(locked_kelvin=5500), duv=duv_of(light))
    found = calibrated_light(card_stills(camera, light, rng), WHOLE, evidence(fit))
    assert found.duv == pytest.approx(duv_of(light), abs=0.0015)
    assert (
        fit.duv_uncertainty
        < white_from_card(codes, 5500, CameraWhite(locked_kelvin=5500)).duv_uncertainty
    )


def test_light_that_is_not_what_was_said_is_refused():
    rng, camera = np.random.default_rng(2), SpectralCamera()
    base = CameraWhite(locked_kelvin=5500)
    codes = {k: card_codes_of(camera, led(k), rng) for k in (3200, 5000, 5600)}
    with pytest.raises(Unmeasurable, match="warmer than 5500 K"):
        white_from_card(codes[3200], 5500, base)
    with pytest.raises(Unmeasurable, match="do not differ"):
        white_from_two([codes[5600], codes[5600]], (3200, 5600), base)
    with pytest.raises(Unmeasurable, match="do not differ"):
        white_from_two([codes[5600], codes[3200]], (3200, 5600), base)
    with pytest.raises(Unmeasurable, match="too close"):
        white_from_two([codes[5000], codes[5600]], (5000, 5600), base)


# ---------------------------------------------------------------- from clips, and on disk


def clip(images, *, info: CameraInfo = INFO, **settings: int) -> ClipEvidence:
    count = len(images)
    nothing = np.zeros(count)
    series = FrameSeries(
        captured_s=np.arange(count) / 30,
        arrived_s=np.arange(count) / 30,
        lag_s=nothing.astype(np.float32),
        seen=np.ones(count, bool),
        sequence=np.arange(count),
        motion=nothing.astype(np.float32),
        identical=np.zeros(count, bool),
        grid=np.zeros((count, 135, 240), np.uint8),
    )
    return ClipEvidence(
        camera=info,
        series=series,
        stills=tuple(Still(i, image) for i, image in enumerate(images)),
        sampled=np.zeros(0, np.int64),
        histogram=np.zeros((0, 256), np.uint32),
        torn_s=np.zeros(0),
        controls=Controls(found=settings) if settings else None,
    )


LOCKED = CameraRole(device="index:0", white_balance=5500, neutral_patch=WHOLE)
CARD = KnownLight(method="card", kelvin=(5500,))


def card_clip(**settings: int) -> ClipEvidence:
    stills = card_stills(SpectralCamera(), led(5500), np.random.default_rng(1))
    return clip(stills, **settings)


@pytest.mark.parametrize(
    ("camera", "settings", "why"),
    [
        (replace(LOCKED, white_balance="auto"), {}, "automatic"),
        (LOCKED, {"auto_white_balance": 1}, "automatic"),
        (LOCKED, {"auto_white_balance": 0, "white_balance": 4300}, "at 4300 K, and studio.toml"),
        (replace(LOCKED, white_balance=None), {}, "does not say"),
        (replace(LOCKED, neutral_patch=None), {}, "where the grey card is"),
    ],
)
def test_a_white_balance_that_is_not_surely_locked_is_refused(camera, settings, why):
    with pytest.raises(Unmeasurable, match=why):
        white_of([card_clip(**settings)], CARD, camera, None)


def test_what_the_camera_reads_back_will_do_for_what_it_is_locked_to():
    seen = card_clip(auto_white_balance=0, white_balance=5600)
    assert white_of([seen], CARD, replace(LOCKED, white_balance=None), None).locked_kelvin == 5600


def test_a_card_that_is_clipped_dark_or_uneven_is_refused():
    for level, tilt, why in (
        (0.98, 0.05, "overexposed"),
        (0.004, 0.05, "dark"),
        (0.3, 0.9, "even"),
    ):
        stills = card_stills(
            SpectralCamera(), led(5500), np.random.default_rng(1), level=level, tilt=tilt
        )
        with pytest.raises(Unmeasurable, match=why):
            white_of([clip(stills)], CARD, LOCKED, None)


def test_two_points_need_two_colours_and_a_card_one():
    with pytest.raises(UsageError):
        KnownLight(method="two-point", kelvin=(5500,))
    with pytest.raises(UsageError):
        KnownLight(method="card", kelvin=(3200, 5600))


def stored(root: Path, way: str = "chart") -> WhiteEvidence:
    white = calibrated(way, SpectralCamera(), led, np.random.default_rng(1), 0.18)
    write_white(root, "room 1", "main", white)
    return white


@pytest.mark.parametrize("way", ["card", "chart", "two-point"])
def test_a_white_calibration_is_read_back_as_it_was_written(tmp_path: Path, way: str):
    white = stored(tmp_path, way)
    found = read_white(tmp_path, "room 1", "main", TAKEN + timedelta(days=3))
    assert found is not None
    assert (found.age_days, found.lasts_days) == (3, 180)
    for name in ("by", "method", "controls", "locked_kelvin", "known_kelvin", "offset_mired",
                 "mired_uncertainty", "duv_offset", "duv_uncertainty", "level_dn", "colour_scale",
                 "saturation", "camera", "taken"):  # fmt: skip
        assert getattr(found, name) == getattr(white, name), name
    for name in ("linear", "matrix"):
        before, after = getattr(white, name), getattr(found, name)
        assert (before is None) == (after is None)
        if before is not None:
            np.testing.assert_allclose(after, before, atol=1e-6)
    studio = Studio(name="room 1", cameras={"main": CameraRole(device="index:0")})
    assert stored_records(tmp_path, studio)["main", White].evidence is not None


def test_the_record_has_its_schema_and_its_expiry(tmp_path: Path):
    stored(tmp_path)
    (path,) = tmp_path.glob("*/white.main.json")
    data = json.loads(path.read_text("utf-8"))
    assert (data["schema"], data["by"], data["method"]) == ("studiocheck.white/1", "anna", "chart")
    assert data["expires"] == "2027-04-30T19:30:00Z"
    assert len(data["linear"]) == 256


@pytest.mark.parametrize(
    "wrong",
    [
        {"linear": [0.5] * 255},
        {"linear": [1.0] * 128 + [0.0] * 128},
        {"matrix": [[1, 0], [0, 1]]},
        {"locked_kelvin": 0},
        {"known_kelvin": []},
        {"mired_uncertainty": -1},
        {"schema": "studiocheck.white/9"},
        {"colour_scale": "NaN"},
    ],
)
def test_a_damaged_record_is_refused_with_what_to_do(tmp_path: Path, wrong):
    stored(tmp_path)
    (path,) = tmp_path.glob("*/white.main.json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | wrong), "utf-8")
    with pytest.raises(CalibrationError) as refused:
        read_white(tmp_path, "room 1", "main")
    assert "calibrate camera --white" in refused.value.advice.en
