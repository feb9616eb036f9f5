"""Claims about `measure.picture.slate` and `checks.camera_slate`: real photographs, drawn slates."""

from __future__ import annotations

import io
from functools import cache

import av
import cv2
import numpy as np
import pytest

from studiocheck.checks.camera_slate import CHECK
from studiocheck.core.measurement import Verdict
from studiocheck.measure.picture.slate import slate
from tests.clips import case_of, clip_of
from tests.photographs import grey, noisy, photographs, spread_out, through_jpeg

WIDTH, HEIGHT = 1280, 720
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def plain(colour):
    return np.full((HEIGHT, WIDTH, 3), colour, np.uint8)


def lettered(ground, ink, *lines, scale=2.0, stroke=4):
    picture = plain(ground)
    for i, line in enumerate(lines):
        (width, _), _ = cv2.getTextSize(line, 0, scale, stroke)
        place = (WIDTH - width) // 2, 340 + round(i * 45 * scale)
        cv2.putText(picture, line, place, 0, scale, ink, stroke, cv2.LINE_AA)
    return picture


def columns(*colours, top=0, bottom=HEIGHT, picture=None):
    picture = plain(BLACK) if picture is None else picture
    for i, colour in enumerate(colours):
        left, right = i * WIDTH // len(colours), (i + 1) * WIDTH // len(colours)
        picture[top:bottom, left:right] = colour
    return picture


GREY, YELLOW, CYAN, GREEN = (191, 191, 191), (0, 191, 191), (191, 191, 0), (0, 191, 0)
MAGENTA, RED, BLUE, DARK = (191, 0, 191), (0, 0, 191), (191, 0, 0), (19, 19, 19)


def smpte_bars():
    """Colour bars after SMPTE EG 1: seven bars, the castellation, and the row of PLUGE."""
    picture = columns(GREY, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE, bottom=480)
    columns(BLUE, DARK, MAGENTA, DARK, CYAN, DARK, GREY, top=480, bottom=540, picture=picture)
    picture[540:] = DARK
    for i, colour in enumerate([(76, 33, 0), WHITE, (106, 0, 50)]):
        picture[540:, i * WIDTH * 5 // 28 : (i + 1) * WIDTH * 5 // 28] = colour
    for i, level in enumerate((9, 19, 29)):
        left = WIDTH * 5 // 7 + i * WIDTH // 21
        picture[540:, left : left + WIDTH // 21] = level
    return picture


def hd_bars():
    """Bars with grey flanks and a ramp below, after SMPTE RP 219."""
    picture = columns(*[(102, 102, 102)], bottom=420)
    inner = columns(GREY, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE)
    picture[:420, 160:1120] = inner[:420, :960]
    picture[:420, 160:1120] = cv2.resize(inner, (960, HEIGHT), interpolation=cv2.INTER_NEAREST)[
        :420
    ]
    columns(
        (255, 255, 0), (104, 68, 0), GREY, GREY, (255, 0, 0), top=420, bottom=480, picture=picture
    )
    picture[480:540] = np.linspace(0, 255, WIDTH)[None, :, None].astype(np.uint8)
    columns((38, 38, 38), WHITE, BLACK, DARK, (38, 38, 38), top=540, picture=picture)
    return picture


def placeholder():
    """A logo and two lines on dark ground, as a virtual camera shows that nobody has started."""
    picture = lettered((46, 30, 24), (210, 210, 210), "", "", "Virtual camera", "is not active")
    cv2.circle(picture, (640, 240), 130, (230, 230, 230), -1, cv2.LINE_AA)
    cv2.circle(picture, (640, 240), 95, (46, 30, 24), -1, cv2.LINE_AA)
    cv2.circle(picture, (600, 210), 45, (230, 230, 230), -1, cv2.LINE_AA)
    return picture


def camera_off():
    picture = plain((32, 32, 32))
    cv2.rectangle(picture, (500, 270), (720, 430), (120, 120, 120), -1)
    cv2.fillPoly(picture, [np.array([[735, 320], [800, 280], [800, 420], [735, 380]])], (120,) * 3)
    cv2.line(picture, (470, 230), (830, 480), (60, 60, 200), 12, cv2.LINE_AA)
    return picture


@cache
def slates():
    return {
        "SMPTE bars": smpte_bars(),
        "HD bars": hd_bars(),
        "75 % bars": columns(GREY, YELLOW, CYAN, GREEN, MAGENTA, RED, BLUE, BLACK),
        "100 % bars": columns(
            WHITE, (0, 255, 255), (255, 255, 0), (0, 255, 0), (255, 0, 255), (0, 0, 255),
            (255, 0, 0), BLACK,
        ),
        "blue screen": plain((255, 0, 0)),
        "green screen of a converter": plain((0, 177, 64)),
        "grey": plain((128, 128, 128)),
        "black": plain(BLACK),
        "lens cap": noisy(plain((5, 5, 5)), 3.0, np.random.default_rng(1)),
        "lens cap at high gain": noisy(plain((7, 7, 7)), 8.0, np.random.default_rng(2)),
        "no signal": lettered((180, 40, 10), WHITE, "NO SIGNAL", scale=3, stroke=8),
        "no signal on black": lettered(BLACK, WHITE, "No signal", scale=1, stroke=2),
        "stand by": lettered(
            (60, 20, 20), (240, 240, 240), "Please stand by", "We will be right back"
        ),
        "stand by in black on white": lettered(
            WHITE, (20, 20, 20), "Please stand by", "The show starts at 20:00"
        ),
        "placeholder": placeholder(),
        "camera off": camera_off(),
    }  # fmt: skip


def through_h264(frames, crf):
    """Return the last frame that H.264 makes of some BGR frames."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=30, options={"crf": str(crf), "preset": "veryfast"})
        stream.height, stream.width = (n // 2 * 2 for n in frames[0].shape[:2])
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            even = np.ascontiguousarray(frame[: stream.height, : stream.width])
            out.mux(stream.encode(av.VideoFrame.from_ndarray(even, "bgr24")))
        out.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as back:
        return [f.to_ndarray(format="bgr24") for f in back.decode(video=0)][-1]


KINDS = tuple(slates())


@pytest.mark.parametrize("kind", KINDS)
def test_a_slate_is_found_as_drawn_after_jpeg_after_h264_and_with_analogue_noise(kind):
    rng = np.random.default_rng(3)
    drawn = slates()[kind]
    analogue = [noisy(drawn, 3.0, rng) for _ in range(4)]
    seen = {
        "drawn": drawn,
        "JPEG 75": through_jpeg(drawn, 75),
        "JPEG 95": through_jpeg(drawn, 95),
        "H.264": through_h264([drawn] * 3, 28),
        "noise": analogue[0],
        "noise, JPEG": through_jpeg(analogue[1], 85),
        "noise, H.264": through_h264(analogue, 26),
    }
    missed = {name for name, picture in seen.items() if slate(picture).kind in ("", "gradient")}
    assert not missed


def looks(picture, rng):
    """A photograph in the states in which a camera may deliver it."""
    monochrome = cv2.cvtColor(grey(picture), cv2.COLOR_GRAY2BGR)
    yield from (picture, monochrome)
    yield from (through_jpeg(picture, quality) for quality in (75, 85, 95))
    yield through_jpeg(monochrome, 75)
    for gain in (0.15, 0.4, 0.7, 1.4):
        changed = np.clip(picture * gain, 0, 255).astype(np.uint8)
        yield from (changed, through_jpeg(changed, 80))
    for offset in (-60, 60):
        changed = np.clip(picture.astype(np.int16) + offset, 0, 255).astype(np.uint8)
        yield from (changed, through_jpeg(changed, 80))
    yield from (noisy(picture, sigma, rng) for sigma in (2.0, 8.0))
    yield through_h264([picture] * 2, 28)
    yield cv2.GaussianBlur(picture, (0, 0), 6)


@pytest.mark.parametrize("name", photographs())
def test_a_photograph_is_no_slate_whatever_the_camera_makes_of_it(name):
    """Of 21 looks at each photograph none is so much as suspected."""
    picture = photographs()[name]
    rng = np.random.default_rng(4)
    assert {slate(look).kind for look in looks(picture, rng)} == {""}


@pytest.mark.parametrize("name", ["cell", "china", "microaneurysms", "moon", "retina", "text"])
def test_a_photograph_enlarged_to_a_full_frame_is_no_slate(name):
    full = cv2.resize(photographs()[name], (1920, 1080), interpolation=cv2.INTER_CUBIC)
    rng = np.random.default_rng(5)
    assert {slate(look).kind for look in looks(full, rng)} == {""}


def verdict_of(frames):
    return CHECK.assess(case_of(clip_of(frames))).verdict


@pytest.mark.parametrize("name", ["coffee", "hubble_deep_field", "page"])
def test_a_frozen_camera_is_no_slate(name):
    assert verdict_of([photographs()[name]] * 8) is Verdict.PASS


@pytest.mark.parametrize("name", ["china", "moon", "retina"])
def test_a_live_camera_is_no_slate(name):
    rng = np.random.default_rng(6)
    assert verdict_of([noisy(photographs()[name], 2.0, rng) for _ in range(8)]) is Verdict.PASS


def with_presenter(ground):
    """A presenter, cut out of a photograph, before a ground."""
    person = cv2.resize(photographs()["astronaut"], (500, 500))
    mask = np.zeros((500, 500, 1), np.float32)
    cv2.ellipse(mask, (250, 290), (150, 260), 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 3)[..., None]
    picture = ground.astype(np.float32)
    here = picture[220:720, 400:900]
    picture[220:720, 400:900] = mask * person + (1 - mask) * here
    return picture


def lit_evenly(colour, fall_off):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    light = 1 - fall_off * np.hypot((x - 500) / WIDTH, (y - 250) / HEIGHT)
    return np.array(colour) * light[..., None]


@pytest.mark.parametrize("fall_off", [0.0, 0.03, 0.1, 0.3])
def test_a_green_screen_set_with_its_presenter_is_no_slate(fall_off):
    rng = np.random.default_rng(7)
    scene = with_presenter(lit_evenly((60, 180, 50), fall_off))
    frames = [noisy(scene, 2.0, rng) for _ in range(4)]
    assert verdict_of(frames) is Verdict.PASS
    assert slate(through_h264(frames, 26)).kind == ""
    assert slate(through_jpeg(frames[0], 80)).kind == ""


def test_an_empty_green_screen_set_is_no_slate():
    rng = np.random.default_rng(8)
    frames = [noisy(lit_evenly((60, 180, 50), 0.12), 2.0, rng) for _ in range(4)]
    assert verdict_of(frames) is Verdict.PASS


def test_a_white_product_table_is_no_slate():
    """The table burnt out all around, the goods in the middle."""
    rng = np.random.default_rng(9)
    scene = plain(WHITE).astype(np.float32)
    scene[200:520, 450:850] = cv2.resize(photographs()["coffee"], (400, 320))
    frames = [noisy(scene, 2.0, rng) for _ in range(4)]
    assert verdict_of(frames) is Verdict.PASS
    assert slate(through_jpeg(frames[0], 80)).kind == ""


def test_a_signal_that_is_lost_midway_is_found():
    rng = np.random.default_rng(10)
    scene = spread_out(photographs()["coffee"], WIDTH, HEIGHT)
    frames = [noisy(scene, 2.0, rng) for _ in range(6)] + [slates()["no signal"]] * 6
    assert verdict_of(frames) is Verdict.FAIL


def test_a_no_signal_sign_that_wanders_is_found():
    sign = cv2.resize(slates()["no signal"], (320, 180))
    frames = []
    for step in range(8):
        frame = plain((180, 40, 10))
        frame[60 * step : 60 * step + 180, 100 * step : 100 * step + 320] = sign
        frames.append(frame)
    assert verdict_of(frames) is Verdict.FAIL


def test_the_snow_of_a_receiver_without_signal_is_found():
    rng = np.random.default_rng(11)
    frames = [
        cv2.cvtColor(rng.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8), cv2.COLOR_GRAY2BGR)
        for _ in range(8)
    ]
    assert verdict_of(frames) is Verdict.FAIL


def test_a_smooth_gradient_with_lettering_is_suspected_and_no_more():
    rows = np.linspace((90, 50, 20), (30, 15, 5), HEIGHT)
    drawn = np.repeat(np.rint(rows)[:, None].astype(np.uint8), WIDTH, axis=1)
    cv2.putText(drawn, "Camera off", (400, 380), 0, 3, WHITE, 6, cv2.LINE_AA)
    assert verdict_of([drawn] * 4) is Verdict.MARGINAL


@pytest.mark.parametrize(
    ("kind", "word"), [("SMPTE bars", "bars"), ("lens cap", "cap"), ("placeholder", "card")]
)
def test_the_note_says_what_is_seen(kind, word):
    found = CHECK.assess(case_of(clip_of([slates()[kind]])))
    assert found.note is not None
    assert word in found.note.en
    assert found.advice is not None
