"""The pictures of a contact sheet say what is true, and let nothing foreign into a page."""

from __future__ import annotations

import re
import time
from base64 import b64decode
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, Clip, Golden
from studiocheck.core.picture import (
    Burst,
    CameraInfo,
    ClipEvidence,
    FrameSeries,
    LookEvidence,
    Still,
)
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import with_views, write_evidence
from studiocheck.engine.store import RunFolder, new_run_id
from studiocheck.report.html import _pictures
from studiocheck.report.pictures.drawn import beside_look, drawings
from studiocheck.report.pictures.false_colour import BANDS, paint
from studiocheck.report.pictures.frame_times import frame_times, times_of
from studiocheck.report.pictures.histogram import histogram
from studiocheck.report.pictures.kinds import file_name, parse, series_of
from studiocheck.report.pictures.peaking import overlay, sharp_edges
from studiocheck.report.pictures.scopes import parade, waveform
from studiocheck.report.pictures.svg import PAPER, Drawing, is_drawing
from tests.photographs import grey, photographs, spread_out

FPS = 30.0


def flat(percent, shape=(270, 480)):
    """A grey card that fills the picture."""
    return np.full((*shape, 3), round(percent * 2.55), np.uint8)


def series(captured_s, *, repeated=(), unseen=(), sequence=None, lag_s=None):
    n = len(captured_s)
    rows = np.arange(n)
    return FrameSeries(
        captured_s=np.asarray(captured_s, np.float64),
        arrived_s=np.asarray(captured_s, np.float64),
        lag_s=np.zeros(n, np.float32) if lag_s is None else np.asarray(lag_s, np.float32),
        seen=~np.isin(rows, unseen),
        sequence=np.full(n, -1, np.int64) if sequence is None else np.asarray(sequence, np.int64),
        motion=np.ones(n, np.float32),
        identical=np.isin(rows, repeated),
        grid=np.zeros((n, 135, 240), np.uint8),
    )


def clip(rows=None, image=None, *, torn_s=(), clock="device", timeless=False, **more):
    rows = series(np.arange(90) / FPS) if rows is None else rows
    image = flat(50) if image is None else image
    counts = np.bincount(grey(image).ravel(), minlength=256).astype(np.uint32)
    last = len(rows) - 1
    return ClipEvidence(
        camera=CameraInfo(
            device="x", name="x", backend="x", clock=clock, width=image.shape[1],
            height=image.shape[0], pixel_format="bgr24", nominal_fps=FPS, timeless=timeless,
        ),
        series=rows,
        stills=(Still(0, image), Still(last, image)),
        sampled=np.array([0]),
        histogram=counts[np.newaxis],
        torn_s=np.asarray(torn_s, np.float64),
        worst=Still(last, image),
        **more,
    )  # fmt: skip


def embedded(svg):
    """The raster pictures inside an SVG, in order."""
    found = re.findall(r"data:image/\w+;base64,([A-Za-z0-9+/=]+)", svg.decode())
    return [cv2.imdecode(np.frombuffer(b64decode(f), np.uint8), cv2.IMREAD_COLOR) for f in found]


# ---------------------------------------------------------------- frame times


@given(
    lost=st.sets(st.integers(2, 86), max_size=6),
    numbered=st.booleans(),
    jitter_ms=st.floats(0, 2),
)
@settings(max_examples=30)
def test_a_lost_frame_is_drawn_where_it_was_lost_and_none_is_invented(lost, numbered, jitter_ms):
    ticks = np.delete(np.arange(90), sorted(lost))
    jitter = np.random.default_rng(1).normal(0, jitter_ms / 1000, len(ticks))
    rows = series(ticks / FPS + jitter, sequence=ticks if numbered else None)
    found = times_of(clip(rows))
    assert found.lost.tolist() == np.diff(ticks, prepend=-1).__sub__(1).tolist()
    plot = frame_times(clip(rows)).decode()
    boxes = re.findall(r'd="M([\d.]+) 34 H([\d.]+) V244 H[\d.]+ Z" class="red"', plot)
    assert len(boxes) == np.count_nonzero(found.lost)
    assert f"▼ {len(lost)}<" in plot
    for left, right in boxes:
        start, end = (
            (float(x) - 46) / (472 - 46) * (rows.captured_s[-1] - rows.captured_s[0])
            for x in (left, right)
        )
        assert any(start < tick / FPS - rows.captured_s[0] < end for tick in lost)


def test_arrival_alone_never_accuses_the_camera():
    late = np.arange(90) / FPS
    late[40:] += 0.2
    assert times_of(clip(series(late))).lost.sum() > 0
    assert times_of(clip(series(late), clock="arrival")).lost.sum() == 0


def test_a_torn_frame_is_no_lost_frame():
    ticks = np.delete(np.arange(90), 30)
    torn = clip(series(ticks / FPS), torn_s=[30 / FPS])
    assert times_of(torn).lost.sum() == 0
    plot = frame_times(torn).decode()
    assert "× 1<" in plot
    assert "▼ 0<" in plot


def test_repeated_and_unseen_frames_are_marked_each_in_its_own_way():
    plot = frame_times(clip(series(np.arange(90) / FPS, repeated=[10, 11], unseen=[50]))).decode()
    assert "◆ 2<" in plot
    assert "■ 1<" in plot
    assert re.search(r'l4 5l-4 5l-4 -5Z[^"]*" class="amber"', plot)
    assert re.search(r'h6v6h-6Z" class="soft"', plot)


def test_our_own_lag_is_drawn_as_such():
    waiting = series(np.arange(90) / FPS, lag_s=np.linspace(0, 0.08, 90))
    area = re.search(r'd="(M46 244 L[^"]*)" class="soft"', frame_times(clip(waiting)).decode())
    heights = [float(y) for y in re.findall(r"[\d.]+ ([\d.]+)", area[1])[1:-1]]
    assert heights[0] == 244
    assert min(heights) < 60


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7200])
def test_any_number_of_frames_makes_a_small_plot(n):
    plot = frame_times(clip(series(np.arange(n) / 60)))
    assert is_drawing(plot)
    assert len(plot) < 60_000


def test_frames_that_all_bear_one_time_are_plotted_too():
    assert is_drawing(frame_times(clip(series(np.zeros(9)))))


# ---------------------------------------------------------------- levels


@given(percent=st.floats(2, 98))
@settings(max_examples=25)
def test_the_waveform_of_a_grey_card_stands_at_its_level(percent):
    (trace,) = embedded(waveform(flat(percent)))
    row = float(
        np.average(
            np.arange(trace.shape[0]) + 0.5, weights=trace.sum(axis=(1, 2)) - 42 * trace.shape[1]
        )
    )
    assert 100 * (1 - row / trace.shape[0]) == pytest.approx(percent, abs=1)


def test_the_waveform_has_the_left_of_the_picture_on_the_left():
    half = flat(20)
    half[:, 240:] = 204
    (trace,) = embedded(waveform(half))
    lit = trace[..., 1] > 100
    columns = trace.shape[1] // 2
    assert 100 * (1 - np.argmax(lit[:, : columns - 2].any(axis=1)) / 128) == pytest.approx(
        20, abs=2
    )
    assert 100 * (1 - np.argmax(lit[:, columns + 2 :].any(axis=1)) / 128) == pytest.approx(
        80, abs=2
    )


def test_the_parade_of_a_warm_card_falls_from_red_to_blue():
    warm = np.empty((270, 480, 3), np.uint8)
    warm[:] = 90, 130, 180
    tops = [int(np.argmax(trace.max(axis=2).max(axis=1) > 100)) for trace in embedded(parade(warm))]
    assert [round(100 * (1 - top / 128)) for top in tops] == pytest.approx([71, 51, 35], abs=2)


def bgr(colour):
    return [int(colour[i : i + 2], 16) for i in (5, 3, 1)]


def test_every_band_has_its_colour_and_the_rest_stays_grey():
    edges = [*(band.from_percent for band in BANDS), 100]
    for band, low, high in zip(BANDS, edges, edges[1:], strict=False):
        pixel = paint(flat((low + high) / 2))[5, 5].tolist()
        assert pixel == bgr(band.colour) if band.colour else len(set(pixel)) == 1


def test_a_clipped_patch_is_red_even_when_it_is_only_a_few_samples_of_one_colour():
    image = flat(55, (1080, 1920))
    image[300:312, 600:612, 2] = 255
    painted = paint(image)
    red = (painted == bgr("#e0241b")).all(axis=2)
    assert red[75:78, 150:153].all()
    assert red.sum() == 9


def test_what_is_crushed_is_purple():
    image = flat(55)
    image[:50, :50] = 0
    assert paint(image)[10, 10].tolist() == bgr("#7a2bd0")


def test_the_histogram_says_what_share_is_clipped_at_which_end():
    image = flat(50, (100, 100))
    image[:25] = 255
    image[90:] = 0
    image[40:42, :, 2] = 255
    drawn = histogram(np.bincount(grey(image).ravel(), minlength=256)[np.newaxis], image).decode()
    assert re.findall(r"[YRGB] [\d.]+ %", drawn) == [
        "Y 10.0 %", "Y 25.0 %", "R 27.0 %", "G 25.0 %", "B 25.0 %",
    ]  # fmt: skip
    healthy = histogram(np.bincount([90], minlength=256)[np.newaxis], flat(50)).decode()
    assert "%" not in healthy


# ---------------------------------------------------------------- focus


def test_the_blurred_half_of_a_photograph_has_no_peaking():
    photo = spread_out(photographs()["astronaut"])
    photo[:, 960:] = cv2.GaussianBlur(photo, (0, 0), 3)[:, 960:]
    marks = sharp_edges(grey(photo)) > 0
    assert marks[:, :940].mean() > 0.005
    assert marks[:, 980:].mean() < 0.02 * marks[:, :940].mean()


def test_noise_is_not_taken_for_focus():
    wall = np.clip(np.random.default_rng(2).normal(128, 8, (540, 960)), 0, 255).astype(np.uint8)
    assert (sharp_edges(wall, 8.0) > 0).mean() < 1e-4


def test_the_limit_of_peaking_is_that_of_the_check():
    """Steps of known blur: 1.0 px is marked, 1.5 px is not."""
    step = np.zeros((1080, 1920), np.float32)
    step[:, 960:] = 160
    for sigma, marked in ((0.6, True), (1.0, True), (1.5, False), (2.5, False)):
        edge = cv2.GaussianBlur(step, (0, 0), sigma).astype(np.uint8)
        assert (sharp_edges(edge) > 0).any() == marked, sigma


def test_a_line_of_one_pixel_is_still_seen_in_the_small_picture():
    step = np.full((1080, 1920), 60, np.uint8)
    step[:, 1001:] = 180
    coloured = (overlay(step) == (40, 255, 190)).all(axis=2)
    assert coloured.any(axis=1).all()


# ---------------------------------------------------------------- names


@given(role=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), at_s=st.floats(0, 9e4))
def test_a_name_tells_what_it_shows_whatever_the_role_is_called(role, at_s):
    kinds = {kind: parse(file_name(role, kind, at_s=at_s, number=7)) for kind in (
        "worst", "false-colour", "focus-peaking", "waveform", "parade", "histogram",
        "frame-times", "difference", "still")}  # fmt: skip
    assert all(found and found.kind == kind for kind, found in kinds.items())
    assert {series_of(found.name) for found in kinds.values()} == {f"frames/{role}"}
    assert kinds["worst"].at_s == pytest.approx(at_s, abs=0.006)


@pytest.mark.parametrize(
    "name", ["frames/main.jpg", "frames/main-waveform.html", "x", "", "a-12.jpg"]
)
def test_what_is_not_named_like_ours_is_not_ours(name):
    assert parse(name) is None


# ---------------------------------------------------------------- foreign drawings


HARMLESS = Drawing(10, 10, PAPER).done()


@pytest.mark.parametrize(
    "foreign",
    [
        b"<script>alert(1)</script>",
        b'<rect onload="alert(1)"/>',
        b'<image href="https://example.com/x.png"/>',
        b'<image href="data:image/svg+xml;base64,AAAA"/>',
        b'<rect fill="url(https://example.com/x)"/>',
        b'<rect class="x" style="fill:red"/>',
        b"<style>@import 'https://example.com/x.css'</style>",
        b'<a href="https://example.com"><text x="1" y="1">x</text></a>',
        b'<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        b'<use href="#x"/>',
        b'<animate attributeName="href" values="javascript:alert(1)"/>',
        b"<!DOCTYPE svg>", b"<?xml-stylesheet href='x'?>", b"<!-- x -->", b"&lol;", b"<![CDATA[x]]>",
        b"<rect", b"\xff",
    ],
)  # fmt: skip
def test_a_drawing_with_anything_foreign_in_it_is_not_ours(foreign):
    assert is_drawing(HARMLESS)
    assert not is_drawing(HARMLESS.replace(b"</svg>", foreign + b"</svg>"))


@given(st.binary(max_size=40))
def test_no_bytes_upset_the_look_at_a_drawing(content):
    assert not is_drawing(content)
    is_drawing(HARMLESS + content)


def test_a_long_hostile_drawing_is_refused_in_no_time():
    begin_s = time.process_time()
    assert not is_drawing(HARMLESS.replace(b"</svg>", b"<g>" * 200_000 + b"<!"))
    assert not is_drawing(HARMLESS.replace(b"</svg>", b"x" * 2_000_000 + b"<!"))
    assert not is_drawing(HARMLESS.replace(b"</svg>", b"<rect" + b' x="1"' * 200_000 + b"!"))
    assert time.process_time() - begin_s < 2


# ---------------------------------------------------------------- all of one camera


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (48, 64), (1920, 1080), (721, 1281)])
def test_a_picture_of_any_shape_can_be_drawn(shape):
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    for name, draw in drawings("main", clip(image=noise)).items():
        content = draw()
        assert is_drawing(content) if name.endswith("svg") else content.startswith(b"\xff\xd8\xff")


def test_a_single_picture_has_no_frame_times_and_a_clip_without_stills_has_only_them():
    still = clip(series([0.0]), timeless=True)
    assert not any("frame-times" in name for name in drawings("main", still))
    bare = replace(clip(), stills=(), worst=None)
    assert list(drawings("main", bare)) == ["frames/main-frame-times.svg"]


def test_the_worst_frame_says_when_it_was_taken():
    rows = series(5.0 + np.arange(90) / FPS)
    assert "frames/main-worst-2.97s.jpg" in drawings("main", clip(rows))


def camera_1080p():
    rng = np.random.default_rng(3)
    photo = spread_out(photographs()["coffee"])
    photo = np.clip(photo + rng.normal(0, 2, photo.shape), 0, 255).astype(np.uint8)
    spread = np.full((7, 33, 60), 2.8, np.float32)
    return clip(series(np.arange(150) / FPS), photo,
                burst=Burst(index=60, n=8, mean=grey(photo), spread=spread))  # fmt: skip


def test_the_pictures_of_a_camera_are_small_and_quick():
    found = camera_1080p()
    seconds, files = [], {}
    for _ in range(2):
        begin_s = time.process_time()
        files = {name: draw() for name, draw in drawings("main", found).items()}
        seconds.append(time.process_time() - begin_s)
    assert min(seconds) < 0.25
    on_the_page = {parse(name).kind: len(address) for name, address in _pictures(files).items()}
    # eight cameras on one page stay below 5 MB, with exposure and cadence wrong on every one
    once_more = sum(on_the_page[kind] for kind in ("false-colour", "histogram", "frame-times"))
    assert sum(on_the_page.values()) + once_more < 5e6 / 8


def test_tonight_stands_beside_the_golden_look_even_when_nothing_fits():
    good, other = spread_out(photographs()["coffee"]), spread_out(photographs()["rocket"])
    for tonight in (good, other, flat(30)):
        row = cv2.imdecode(np.frombuffer(beside_look(good, tonight), np.uint8), cv2.IMREAD_COLOR)
        assert row.shape[1] == 960


def test_findings_point_to_pictures_before_they_are_drawn_and_then_they_are_there(tmp_path):
    key, folder = DeviceKey(Scope.CAMERA, "主机位"), RunFolder(tmp_path, new_run_id())
    found = clip()
    look = LookEvidence(taken="2026-11-01T12:00:00Z", by="Li", camera=found.camera, image=flat(40))
    captured = {Clip: Captured(found), Golden: Captured(look)}
    files = with_views(key, captured)[Clip].files
    assert "frames/主机位-difference.jpg" in files
    write_evidence(folder, key, captured)
    assert all((folder.path / name).stat().st_size for name in files)


def test_a_picture_that_cannot_be_drawn_costs_nothing_else(tmp_path, caplog):
    key, folder = DeviceKey(Scope.CAMERA, "main"), RunFolder(tmp_path, new_run_id())
    odd = replace(clip(), histogram=np.zeros((1, 255), np.uint32))
    write_evidence(folder, key, {Clip: Captured(odd)})
    assert (folder.path / "frames/main-waveform.svg").exists()
    assert not (folder.path / "frames/main-histogram.svg").exists()
    assert (folder.path / "evidence/camera.main.json").exists()
    assert "main-histogram.svg could not be drawn" in caplog.text
