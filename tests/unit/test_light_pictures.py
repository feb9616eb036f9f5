"""The pictures of light say what each lamp gives, and never more than is known."""

from __future__ import annotations

import math
import re
import time
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.check import Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Captured, Clip, Lamps
from studiocheck.core.lighting import CalibratedLamp, LampsEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict, judge
from studiocheck.core.picture import CameraInfo, ClipEvidence, FrameSeries, Still
from studiocheck.core.record import Diagnosis, Finding, ProfileRef, RunRecord, decide
from studiocheck.core.studio import CameraRole
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import with_views, write_evidence
from studiocheck.engine.store import RunFolder, new_run_id
from studiocheck.measure.light.glare import Glare, Highlight
from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight
from studiocheck.measure.light.penumbra import Shadow
from studiocheck.measure.light.srgb import linear_from_srgb, linear_table, srgb_from_linear
from studiocheck.report.balance import balances
from studiocheck.report.checklist import Group
from studiocheck.report.html import _pictures, render
from studiocheck.report.labels import values_of
from studiocheck.report.pictures.drawn import drawings
from studiocheck.report.pictures.glare_shadow import Looked, glare_shadow, looked_for_glare
from studiocheck.report.pictures.lamps import lamp_split
from studiocheck.report.pictures.light_stops import (
    BANDS,
    GREY,
    light_stops,
    luminance,
    paint_stops,
    spots_of,
)
from studiocheck.report.pictures.svg import is_drawing
from studiocheck.report.sheet import sheets

CAMERA = CameraInfo(
    device="x", name="x", backend="x", clock="device", width=960, height=540,
    pixel_format="bgr24", nominal_fps=30,
)  # fmt: skip
LIT = CameraRole(device="x", lighting="three-point", subject=(0.4, 0.3, 0.2, 0.5))
NAMES = ("key", "fill", "back")
ROWS, COLUMNS = np.mgrid[0:270, 0:480] / np.array([270, 480])[:, None, None]
# a pool of light for each lamp, on a wall with a pattern; what shines with all lamps off
WALL = 0.75 + 0.25 * np.cos(40 * COLUMNS) * np.cos(25 * ROWS)
POOLS = np.array(
    [
        0.30 * np.exp(-((COLUMNS - x) ** 2 + (ROWS - 0.5) ** 2) / 0.1) * WALL
        for x in (0.25, 0.75, 0.5)
    ]
)
BASES = POOLS[..., None] * np.array([1.0, 0.95, 0.9])
AMBIENT = np.full((270, 480, 3), 0.01)


def calibrated(names=NAMES, kelvin=5500.0, linear=None):
    lamps = tuple(CalibratedLamp(name=name, kind="key", share=0.3, kelvin=kelvin) for name in names)
    return LampsEvidence(
        taken="2026-11-01T12:00:00Z", by="Li", camera=CAMERA, controls=None, lamps=lamps,
        bases=BASES[: len(names)].astype(np.float16), ambient=AMBIENT.astype(np.float16),
        clear=np.ones((270, 480), np.bool_),
        linear=(linear_table() if linear is None else linear).astype(np.float32),
        additivity_error=0.01, srgb_error=0.01, sigma=0.6, reference=picture((1, 1, 1)),
    )  # fmt: skip


def picture(gains, stray=0.0):
    """A frame of the three lamps as an sRGB camera shows it."""
    light = (BASES * np.array(gains)[:, None, None, None]).sum(axis=0) + AMBIENT + stray
    codes = np.rint(255 * srgb_from_linear(light)[..., ::-1]).astype(np.uint8)
    return cv2.resize(codes, (960, 540), interpolation=cv2.INTER_CUBIC)


def tonight(gains, names=NAMES, **changed):
    """What a measurement that knows everything says."""
    readings = tuple(
        LampReading(
            lamp=lamp, on=gain >= 0.12, output_percent=100 * gain, output_uncertainty=2.0,
            drift_mired=0.0, drift_uncertainty=1.0,
        )
        for lamp, gain in zip(calibrated(names).lamps, gains, strict=True)
    )  # fmt: skip
    each = np.repeat(np.array(gains, np.float64)[:, None], 3, axis=1)
    return replace(
        LightTonight(
            readings=readings, gains=each, left_out=np.repeat(each[None], 12, axis=0),
            bases=BASES[: len(names), ::3, ::3], light=np.zeros((90, 160, 3)),
            weights=np.ones((90, 160)), condition=3.0, sigma_ratio=1.0, inliers=0.95,
        ),
        **changed,
    )  # fmt: skip


def embedded(svg):
    found = re.findall(r"data:image/\w+;base64,([A-Za-z0-9+/=]+)", svg.decode())
    return [cv2.imdecode(np.frombuffer(b64decode(f), np.uint8), cv2.IMREAD_COLOR) for f in found]


def words(svg):
    return re.findall(r"<text [^>]*>([^<]*)</text>", svg.decode())


# ---------------------------------------------------------------- lamp by lamp


@given(gains=st.lists(st.floats(0.2, 1.3), min_size=3, max_size=3), stray=st.floats(0, 0.05))
@settings(max_examples=15)
def test_the_tiles_add_up_to_the_frame(gains, stray):
    svg = lamp_split(picture(gains, stray), calibrated(), tonight(gains))
    frame, *parts = (linear_from_srgb(tile / 255.0) for tile in embedded(svg))
    assert len(parts) == 4
    assert np.abs(sum(parts) - frame).mean() < 0.01
    alone = [linear_from_srgb(srgb_from_linear(basis * gain)).mean()
             for basis, gain in zip(BASES, gains, strict=True)]  # fmt: skip
    assert [part.mean() for part in parts[:3]] == pytest.approx(alone, rel=0.05, abs=0.002)


def test_a_tile_is_exposed_by_the_cameras_own_tone_curve():
    hard = (np.arange(256) / 255.0) ** 3
    usual, other = (
        embedded(lamp_split(picture((1, 1, 1)), calibrated(linear=curve), tonight((1, 1, 1))))[1]
        for curve in (None, hard)
    )
    light = BASES[0].max()
    assert usual.max() / 255 == pytest.approx(float(srgb_from_linear(light)), abs=0.02)
    assert other.max() / 255 == pytest.approx(light ** (1 / 3), abs=0.02)


def test_output_and_drift_of_each_lamp_stand_below_its_tile():
    warm = tonight((1, 0.5, 1.2), stray_percent=12.4, stray_uncertainty=2.6)
    readings = (replace(warm.readings[0], drift_mired=10.0, drift_uncertainty=2.0),
                *warm.readings[1:])  # fmt: skip
    said = words(lamp_split(picture((1, 0.5, 1.2)), calibrated(), replace(warm, readings=readings)))
    assert {"100 ± 2 %", "50 ± 2 %", "120 ± 2 %", "-290 ± 50 K", "new 新增 +12 ± 3 %"} <= set(said)


def test_a_lamp_whose_kelvin_nobody_knows_has_its_drift_in_mired():
    unknown = tonight((1, 1, 1))
    lamp = replace(unknown.readings[0].lamp, kelvin=None)
    warm = replace(unknown.readings[0], lamp=lamp, drift_mired=10.0)
    svg = lamp_split(
        picture((1, 1, 1)), calibrated(), replace(unknown, readings=(warm, *unknown.readings[1:]))
    )
    assert "+10 ± 1 mired" in words(svg)


def test_a_lamp_that_is_off_is_a_dark_tile_that_says_so():
    svg = lamp_split(picture((1, 0, 1)), calibrated(), tonight((1, 0, 1)))
    assert sum("off 关" in said for said in words(svg)) == 1
    assert embedded(svg)[2].max() < 8
    assert embedded(svg)[1].max() > 100
    assert svg.count(b'class="hot"') >= 1


def test_a_lamp_that_cannot_be_told_shows_neither_number_nor_light():
    sure = tonight((1, 0.43, 1))
    doubt = Text("it lights nothing that stands still", "照不到静止的物体")
    readings = (sure.readings[0], replace(sure.readings[1], doubt=doubt), sure.readings[2])
    svg = lamp_split(picture((1, 0.43, 1)), calibrated(), replace(sure, readings=readings))
    assert sum("cannot tell 无法判断" in said for said in words(svg)) == 1
    assert not any("43" in said for said in words(svg))
    assert embedded(svg)[2].max() < 8


def doubted(gains, doubt, **changed):
    sure = tonight(gains, doubt=doubt, **changed)
    return replace(sure, readings=tuple(replace(r, doubt=doubt, on=None) for r in sure.readings))


def test_light_of_the_room_that_spoils_the_rest_is_shown_itself():
    why = Text("close the blinds", "拉上窗帘")
    found = doubted((1, 1, 1), why, stray_percent=19.4, stray_uncertainty=3.0)
    svg = lamp_split(picture((1, 1, 1), 0.1), calibrated(), found)
    assert "new 新增 +19 ± 3 %" in words(svg)
    assert embedded(svg)[-1].mean() > 60
    assert sum("cannot tell" in said for said in words(svg)) == 3


@pytest.mark.parametrize(
    "doubt", [None, Text("the picture does not show the set", "画面不是校准时的布景")]
)
def test_where_nothing_can_be_told_no_lamp_has_a_number(doubt):
    found = doubted((1, 1, 1), doubt) if doubt else None
    svg = lamp_split(picture((1, 1, 1)), calibrated(), found)
    assert sum("cannot tell" in said for said in words(svg)) == 3
    assert not any("%" in said for said in words(svg))
    assert not any("other light" in said for said in words(svg))


def test_lamps_of_which_only_the_ratios_are_known_are_shown_without_a_number():
    why = Text("the camera's exposure is automatic", "曝光为自动")
    sure = tonight((1, 0.5, 1), relative_only=why)
    readings = tuple(replace(reading, doubt=why) for reading in sure.readings)
    svg = lamp_split(picture((1, 0.5, 1)), calibrated(), replace(sure, readings=readings))
    assert all(tile.max() > 60 for tile in embedded(svg)[1:4])
    assert not any("cannot tell" in said or "50" in said for said in words(svg))
    assert sum("? %" in said for said in words(svg)) == 3


@given(name=st.text(min_size=1, max_size=60))
@settings(max_examples=25)
def test_a_lamp_of_any_name_stays_text_in_a_drawing_of_ours(name):
    svg = lamp_split(picture((1, 1, 1)), calibrated((name,)), tonight((1.0,), (name,)))
    assert is_drawing(svg)
    assert svg.count(b"<svg") == 1
    assert all(len(said) < 100 for said in words(svg))


def test_a_hostile_name_does_nothing():
    name = "<script>alert(1)</script>&lol;"
    svg = lamp_split(picture((1, 1, 1)), calibrated((name,)), tonight((1.0,), (name,)))
    assert b"<script" not in svg
    assert b"&lt;script&gt;" in svg
    assert is_drawing(svg)


# ---------------------------------------------------------------- stops


def flat(light):
    code = round(255 * float(srgb_from_linear(np.array(light))))
    return np.full((270, 480, 3), code, np.uint8)


def colours(painted, place):
    blue, green, red = (int(v) for v in painted[place])
    return red, green, blue


@pytest.mark.parametrize(("stops", "colour"), BANDS)
def test_every_stop_has_its_own_colour(stops, colour):
    painted = paint_stops(np.full((2, 2), float(stops)))
    assert "#{:02x}{:02x}{:02x}".format(*colours(painted, (0, 0))) == colour


@given(low=st.floats(-6, 5), step=st.floats(1.0, 3))
def test_a_stop_more_never_looks_the_same(low, step):
    first, second = (paint_stops(np.full((1, 1), s))[0, 0].tolist() for s in (low, low + step))
    if low > -4.5 and low + step < 3.5:
        assert first != second


def test_the_subject_is_zero_whatever_it_is_exposed_at():
    for light in (0.05, 0.18, 0.5):
        image = flat(light)
        image[:60] = flat(light / 4)[:60]
        svg = light_stops(image, LIT)
        (painted,) = embedded(svg)
        assert np.ptp(painted[150, 240].astype(int)) < 12  # grey
        red, _, blue = colours(painted, (20, 240))
        assert blue > red + 60
        assert "0" in words(svg)


def test_without_a_subject_middle_grey_is_zero():
    (painted,) = embedded(light_stops(flat(GREY), None))
    assert np.ptp(painted[100, 100].astype(int)) < 12
    (painted,) = embedded(light_stops(flat(4 * GREY), None))
    red, _, blue = colours(painted, (100, 100))
    assert red > blue + 60


def test_declared_parts_bear_their_stops_and_a_face_its_two_halves():
    image = flat(0.2)
    image[:, :100] = flat(0.1)[:, :100]
    image[100:150, 220:240] = flat(0.4)[100:150, 220:240]
    camera = replace(LIT, background=(0.0, 0.0, 0.2, 1.0))
    svg = light_stops(image, camera, face=(220 / 480, 100 / 270, 40 / 480, 50 / 270))
    zero = np.log2(luminance(image)[81:216, 192:288].mean() / 0.2)
    said = [float(word) for word in words(svg) if re.fullmatch(r"[+-]\d\.\d", word)]
    assert said == pytest.approx([1 - zero, -zero, -1 - zero], abs=0.1)


def test_the_cameras_tone_curve_decides_what_a_stop_is():
    square = (np.arange(256) / 255.0) ** 2
    image = np.full((270, 480, 3), 100, np.uint8)
    image[:, :96] = 200
    svg = light_stops(image, replace(LIT, background=(0.0, 0.0, 0.2, 1.0)), square)
    assert "+2.0" in words(svg)


def test_a_region_too_small_for_the_picture_is_left_out():
    tiny = replace(LIT, subject=(0.5, 0.5, 0.0, 0.0))
    assert is_drawing(light_stops(flat(0.2), tiny))
    assert not spots_of(None)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (1920, 1080), (721, 1281)])
def test_light_of_a_picture_of_any_shape_can_be_drawn(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert is_drawing(light_stops(noise, LIT))
    assert is_drawing(glare_shadow(noise, looked_for_glare([noise], [LIT.subject])))
    assert is_drawing(lamp_split(noise, calibrated(), None))


# ---------------------------------------------------------------- glare and shadow


SHADOW = Shadow(
    lamp="key", region=(0.7, 0.6, 0.1, 0.02), depth=5.2, depth_uncertainty=0.3,
    width_percent=1.4, width_uncertainty=0.2, n=30,
)  # fmt: skip


def test_glare_has_a_ring_and_its_share():
    found = Glare(0.8, 0.8, None, (Highlight((0.3, 0.4, 0.01, 0.02), 0.8),), 1)
    svg = glare_shadow(flat(0.2), [Looked((0.2, 0.3, 0.3, 0.3), found)])
    ring = re.search(r'd="M([\d.]+) ([\d.]+) a([\d.]+) [^"]*"[^>]*class="hot"', svg.decode())
    left, middle, across = map(float, ring.groups())
    assert left < 0.3 * 480 < 0.31 * 480 < left + 2 * across
    assert middle == pytest.approx(0.41 * 270, abs=1)
    assert any("0.8 %" in said for said in words(svg))


def test_a_hard_shadow_bears_the_name_of_its_lamp_and_its_figures():
    svg = glare_shadow(flat(0.2), [], [SHADOW])
    assert "key" in words(svg)
    assert any("5.2 : 1 ↔ 1.4 %" in said for said in words(svg))


def test_a_shallow_shadow_is_not_accused():
    svg = glare_shadow(flat(0.2), [], [replace(SHADOW, depth=1.4)])
    assert "key" not in words(svg)


def test_only_the_glare_that_is_looked_at_stays_undimmed():
    (painted,) = embedded(
        glare_shadow(flat(0.2), [Looked((0.25, 0.25, 0.5, 0.5), Glare(0.0, 0.0, None, (), 1))])
    )
    assert painted[5, 5, 0] < 0.8 * painted[135, 240, 0]


# ---------------------------------------------------------------- all of one camera


def clip(image=None):
    image = picture((1, 1, 1)) if image is None else image
    n = 3
    rows = FrameSeries(
        captured_s=np.arange(n) / 30, arrived_s=np.arange(n) / 30, lag_s=np.zeros(n, np.float32),
        seen=np.ones(n, np.bool_), sequence=np.full(n, -1, np.int64),
        motion=np.ones(n, np.float32), identical=np.zeros(n, np.bool_),
        grid=np.zeros((n, 135, 240), np.uint8),
    )  # fmt: skip
    return ClipEvidence(
        camera=CAMERA, series=rows, stills=tuple(Still(i, image) for i in range(n)),
        sampled=np.array([0]), histogram=np.ones((1, 256), np.uint32), torn_s=np.zeros(0),
    )  # fmt: skip


OF_LIGHT = {"frames/main-lamps.svg", "frames/main-light-stops.svg", "frames/main-glare-shadow.svg"}


def test_light_is_drawn_only_of_cameras_that_are_lit_for():
    assert set(drawings("main", clip(), lamps=calibrated(), camera=LIT)) >= OF_LIGHT
    unlit = CameraRole(device="x")
    assert not set(drawings("main", clip(), lamps=calibrated(), camera=unlit)) & OF_LIGHT
    assert not set(drawings("main", clip())) & OF_LIGHT
    goods = CameraRole(device="x", product=(0.2, 0.2, 0.3, 0.3))
    assert set(drawings("main", clip(), camera=goods)) & OF_LIGHT == {
        "frames/main-glare-shadow.svg"
    }


def test_without_a_calibration_the_rest_is_drawn():
    found = drawings("main", clip(), camera=LIT)
    assert set(found) & OF_LIGHT == OF_LIGHT - {"frames/main-lamps.svg"}
    assert all(is_drawing(found[name]()) for name in OF_LIGHT & set(found))


def test_the_pictures_of_light_are_small_and_quick():
    seconds, files = [], {}
    for _ in range(2):
        found = drawings("main", clip(), lamps=calibrated(), camera=LIT)
        begin_s = time.process_time()
        files = {name: found[name]() for name in OF_LIGHT}
        seconds.append(time.process_time() - begin_s)
    assert all(map(is_drawing, files.values()))
    assert min(seconds) < 1.0
    assert sum(len(address) for address in _pictures(files).values()) < 300_000


def test_the_record_of_the_lamps_reaches_the_drawing(tmp_path):
    key, folder = DeviceKey(Scope.CAMERA, "main"), RunFolder(tmp_path, new_run_id())
    captured = {Clip: Captured(clip()), Lamps: Captured(calibrated())}
    assert set(with_views(key, captured, LIT)[Clip].files) >= OF_LIGHT
    write_evidence(folder, key, captured, LIT)
    drawn = (folder.path / "frames/main-lamps.svg").read_bytes()
    assert {"key", "fill", "back"} <= set(words(drawn))


def test_a_calibration_that_cannot_be_used_costs_no_other_picture(monkeypatch):
    def refuses(*_):
        raise Unmeasurable(Text("the camera has moved", "摄像头移动了"))

    monkeypatch.setattr("studiocheck.report.pictures.light_of_one.light_tonight", refuses)
    found = drawings("main", clip(), lamps=calibrated(), camera=LIT)
    assert all(is_drawing(found[name]()) for name in OF_LIGHT)
    assert any("cannot tell" in said for said in words(found["frames/main-lamps.svg"]()))


# ---------------------------------------------------------------- target beside present


OUTPUT = Limit(70, 130, 85, 115)
RATIO = Limit(0.25, 2.5, 0.5, 1.5)


def measured(name, value, unit, spread=None, limit=None):
    return Measurement(name, value, unit, "method", spread, limit=limit)


def finding(check, *measurements, verdict=None, reason=None):
    verdict = verdict or max((judge(m) for m in measurements), key=list(Verdict).index)
    return Finding(check=check, role="main", title=Text("title", "标题"), verdict=verdict,
                   blocker=False, measurements=measurements, reason=reason)  # fmt: skip


def rows(*findings):
    found = balances([Group(Text("Camera main", "摄像头 main"), findings)])
    return found[0].rows if found else ()


def test_a_lamp_at_half_its_output_is_one_stop_left_of_the_target():
    (row,) = rows(finding("light.lamps", measured("fill.output", 50, "%", 3, OUTPUT)))
    assert row.name.en == "fill"
    assert row.verdict is Verdict.FAIL
    assert row.place.value == pytest.approx(30)
    assert (row.place.move.start, row.place.move.length, row.place.move.up) == (30, 20, True)
    assert row.said[0].en == "raise by 1.0 stop"
    assert row.place.low < row.place.value < row.place.high


def test_a_lamp_that_is_off_is_to_be_switched_on_not_turned_up():
    (row,) = rows(
        finding("light.lamps", measured("key.output", 0.2, "%", 1, OUTPUT),
                measured("key.on", 0, ""))
    )  # fmt: skip
    assert [said.en for said in row.said] == ["off: switch it on"]
    assert row.place.beyond == -1


def test_a_lamp_whose_colour_has_drifted_is_not_green_though_its_output_is():
    drift = measured("key.colour_drift", 24, "mired", 2, Limit(-20, 20, -10, 10))
    (row,) = rows(finding("light.lamps", measured("key.output", 99, "%", 1, OUTPUT), drift))
    assert row.verdict is Verdict.FAIL
    assert "warmer" in row.said[0].en
    assert row.place.move is None


def test_a_ratio_in_its_band_points_nowhere():
    (row,) = rows(finding("light.key_fill", measured("key_fill", 1.1, "stops", 0.1, RATIO)))
    assert row.verdict is Verdict.PASS
    assert row.place.value == pytest.approx(52)
    assert row.place.move is None
    assert [zone.verdict for zone in row.place.zones] == [
        Verdict.FAIL, Verdict.MARGINAL, Verdict.PASS, Verdict.MARGINAL, Verdict.FAIL,
    ]  # fmt: skip


def test_what_could_not_be_measured_says_why_and_what_was_not_asked_is_left_out():
    sure = finding("light.key_fill", measured("key_fill", 1.1, "stops", 0.1, RATIO))
    why = Text("too much stray light", "杂散光太强")
    unknown = finding("light.lamps", verdict=Verdict.UNMEASURED, reason=why)
    skipped = finding("light.back", verdict=Verdict.SKIPPED, reason=why)
    assert [row.said for row in rows(sure, unknown, skipped)] == [(), (why,)]
    assert rows(unknown) == ()
    assert rows(finding("camera.noise", measured("temporal_noise", 1, "DN"))) == ()


def test_a_verdict_that_no_value_gave_has_a_row_of_its_own():
    apart = measured("separation", 0.9, "stops", 0.1, Limit(minimum=0, warn_minimum=0.5))
    off = replace(
        finding("light.back", apart), verdict=Verdict.FAIL, note=Text("it is off", "没亮")
    )
    value, verdict = rows(off)
    assert value.verdict is Verdict.PASS
    assert (verdict.verdict, verdict.said[0].en, verdict.place) == (Verdict.FAIL, "it is off", None)


@given(
    value=st.floats(-1e6, 1e6), spread=st.none() | st.floats(0, 1e6),
    bounds=st.lists(st.floats(-100, 300), min_size=4, max_size=4).map(sorted),
    name=st.sampled_from(["key.output", "key_fill", "back_key", "background_luma", "separation"]),
)  # fmt: skip
def test_every_place_is_on_the_scale(value, spread, bounds, name):
    limit = Limit(bounds[0], bounds[3], bounds[1], bounds[2])
    for row in rows(finding("light.lamps", measured(name, value, "%", spread, limit))):
        place = row.place
        for at in (place.value, place.low, place.high):
            assert 0 <= at <= 100
        assert place.low <= place.high
        assert sum(zone.length for zone in place.zones) == pytest.approx(100, abs=0.1)
        if place.move is not None:
            assert 0 <= place.move.start <= place.move.start + place.move.length <= 100.01


def test_a_background_with_a_least_brightness_passes_above_it():
    (row,) = rows(
        finding("light.background",
                measured("background_luma", 90, "%", 1, Limit(minimum=60, warn_minimum=70)))
    )  # fmt: skip
    assert row.place.value == pytest.approx(50 + 20 * 2.2 * math.log2(90 / 70), abs=0.5)
    assert row.place.zones[-1].verdict is Verdict.PASS


# ---------------------------------------------------------------- on the page


def page(*findings, diagnoses=(), files=None, language="en"):
    record = RunRecord(
        run_id="0195f3a0-7c1e-7d52-9a44-0b6a1c2d3e4f", started=datetime(2026, 11, 22, tzinfo=UTC),
        duration_s=10.0, studio="room-1", simulated=False,
        profile=ProfileRef(name="three-point-5500", sha256="9f2c" * 16),
        decision=decide(findings), findings=findings, diagnoses=diagnoses,
    )  # fmt: skip
    return render(record, language, evidence=files or {})


def test_target_and_present_stand_on_the_page_of_a_stored_run_without_any_picture():
    html = page(finding("light.lamps", measured("<b>主灯</b>.output", 50, "%", 3, OUTPUT)))
    section = html[html.index('<section class="balance">') :].split("</section>")[0]
    assert "&lt;b&gt;主灯&lt;/b&gt;" in section
    assert '<span lang="zh-CN">调亮 1.0 挡</span>' in section
    assert '<span lang="en">raise by 1.0 stop</span>' in section
    assert ">×</b>" in section
    assert '<section class="balance">' not in page(finding("camera.noise", verdict=Verdict.PASS))


def test_a_lamp_that_is_the_cause_stands_beside_what_to_touch():
    names = ("frames/main-000.jpg", "frames/main-lamps.svg")
    svg = lamp_split(picture((1, 0, 1)), calibrated(), tonight((1, 0, 1)))
    lamps = finding("light.lamps", measured("fill.output", 0, "%", 3, OUTPUT))
    cause = Diagnosis(id="light.lamp_out", en="fill is off", zh="辅光没亮", findings=(0,))
    for diagnoses in ((), (cause,)):
        html = page(
            replace(lamps, evidence=names),
            diagnoses=diagnoses,
            files={names[0]: b"\xff\xd8\xff\xe0", names[1]: svg},
        )
        card = html[html.index('<article class="action') :].split("</article>")[0]
        assert "data:image/svg+xml," in card


def test_a_lamp_that_is_wrong_is_named_and_its_switch_is_not_told_beside_its_output():
    lamps = finding(
        "light.lamps",
        measured("key.on", 1, "", limit=Limit(minimum=1)),
        measured("key.output", 50, "%", 3, OUTPUT),
        measured("fill.on", 1, "", limit=Limit(minimum=1)),
        measured("fill.output", 99, "%", 3, OUTPUT),
    )
    (said,) = values_of(lamps, wrong_only=True)
    assert said.en.replace("\u00a0", " ") == "key output 50.0 ± 3.0 % (85 … 115)"
    assert len(values_of(lamps)) == 2


def test_a_camera_of_which_something_was_not_asked_is_no_less_ok_for_it():
    names = ("frames/main-000.jpg",)
    fine = replace(finding("camera.noise", verdict=Verdict.PASS), evidence=names)
    skipped = finding("light.background", verdict=Verdict.SKIPPED, reason=Text("none", "无"))
    (sheet,) = sheets([Group(Text("Camera main", "摄像头 main"), (fine, skipped))], names, ())
    assert sheet.verdict is Verdict.PASS
    (sheet,) = sheets(
        [Group(Text("Camera main", "摄像头 main"), (replace(skipped, evidence=names),))], names, ()
    )
    assert sheet.verdict is Verdict.SKIPPED
