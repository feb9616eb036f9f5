"""The way to a lamp calibration: what is averaged, what speaks against it, what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from studiocheck.calibrate.lamp_states import (
    clipped_share,
    doubt_of_light,
    doubt_of_settings,
    doubt_of_sum,
    states_of,
)
from studiocheck.calibrate.lights import calibrated_from
from studiocheck.calibrate.unfinished import Unfinished
from studiocheck.core.capture import Frame
from studiocheck.core.errors import FormatRefused, SourceTimeout, UsageError
from studiocheck.core.picture import CameraInfo, Controls, MeanFrameEvidence
from studiocheck.core.studio import LampRole
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.lamps import with_lamps
from studiocheck.simulator.scene import load_scene
from studiocheck.sources.cameras import v4l2_hold
from studiocheck.sources.cameras.binding import Node
from studiocheck.sources.cameras.v4l2_camera import V4l2Camera
from studiocheck.sources.capture.mean_frame import record_mean
from tests.unit.simulated_v4l2 import PATH, Webcam, jpeg

SIZE = (64, 36)
INFO = CameraInfo(
    device="x", name="x", backend="x", clock="file", width=64, height=36, pixel_format="BGR24"
)
STILL = {"auto_exposure": 0, "exposure": 100, "auto_white_balance": 0, "white_balance": 5500}


class Frames:
    """A camera of frames that are given beforehand, 25 a second."""

    live = False

    def __init__(self, values, size=SIZE, states=()) -> None:
        self.values, self.size, self.states, self.n = list(values), size, states, 0

    def open(self) -> CameraInfo:
        return INFO

    def read(self) -> Frame | None:
        if self.n == len(self.values):
            return None
        picture = np.full((self.size[1], self.size[0], 3), self.values[self.n], np.uint8)
        state = self.states[self.n] if self.states else "whole"
        self.n += 1
        return Frame(
            captured_s=self.n / 25, size=self.size, luma=lambda: picture[..., 0],
            bgr=lambda: picture, state=state,
        )  # fmt: skip

    def controls(self) -> None:
        return

    def close(self) -> None: ...


def mean_of(camera, info=INFO, seconds=60.0) -> MeanFrameEvidence:
    found = record_mean(camera, info, seconds, lambda _: None).evidence
    assert isinstance(found, MeanFrameEvidence)
    return found


def even(value: float, **changes) -> MeanFrameEvidence:
    mean = np.full((180, 320, 3), round(value * 256), np.uint16)
    known = {"camera": INFO, "mean": mean, "n": 45, "seconds": 1.5, "swing": 0.001}
    return MeanFrameEvidence(**(known | changes))


# ---------------------------------------------------------------- mean frames


def test_the_mean_of_a_clip_is_that_of_all_its_frames_and_finer_than_their_codes():
    found = mean_of(Frames([100, 101, 101, 101]))
    assert found.n == 4
    assert found.seconds == pytest.approx(3 / 25)
    assert found.mean.dtype == np.uint16
    assert np.all(found.mean == round(100.75 * 256))
    assert found.swing == pytest.approx(0.75 / 100.75)


def test_torn_and_unseen_frames_are_left_out():
    found = mean_of(Frames([100, 0, 100, 0], states=["whole", "torn", "whole", "unseen"]))
    assert (found.n, found.swing) == (2, 0)


def test_white_keeps_its_code():
    assert np.all(mean_of(Frames([255, 255])).mean == 255 * 256)


def test_a_lamp_that_fades_in_is_waited_for():
    fading = [200 * (1 - np.exp(-n / 15)) for n in range(250)]
    found = mean_of(Frames(fading), replace(INFO, clock="simulated"), seconds=1.0)
    assert found.mean[0, 0, 0] / 256 > 195
    assert found.seconds == pytest.approx(1.0, abs=0.05)


def test_a_light_that_never_gets_steady_is_measured_all_the_same():
    swinging = [128 + 60 * np.sin(n / 8) for n in range(900)]
    found = mean_of(Frames(swinging), replace(INFO, clock="simulated"), seconds=2.0)
    assert found.swing > 0.3


def test_flicker_of_the_mains_evens_out():
    beating = [128 + 20 * np.sin(2 * np.pi * 10 * n / 25) for n in range(250)]
    found = mean_of(Frames(beating), replace(INFO, clock="simulated"), seconds=1.5)
    assert float(found.mean.mean()) / 256 == pytest.approx(128, abs=1)


def test_a_camera_of_this_computer_is_averaged_while_it_is_held(monkeypatch):
    monkeypatch.setattr(v4l2_hold, "SETTLE_S", 0.05)
    monkeypatch.setattr(v4l2_hold, "TAKE_EFFECT_S", 0.05)
    webcam = Webcam(picture=lambda n: jpeg(100 + n % 2))
    before = {number: knob.value for number, knob in webcam.knobs.items()}
    camera = V4l2Camera(Node(PATH), fps=30, lock=True, kelvin=5500, system=webcam)
    info = camera.open()
    try:
        found = mean_of(camera, info, seconds=1.0)
    finally:
        camera.close()
    assert found.seconds == pytest.approx(1.0, abs=0.1)
    assert float(found.mean.mean()) / 256 == pytest.approx(100.5, abs=1)
    assert doubt_of_settings(found.controls, None) is None
    assert {number: knob.value for number, knob in webcam.knobs.items()} == before


def test_a_camera_without_frames_or_with_other_ones_is_an_error():
    with pytest.raises(SourceTimeout):
        mean_of(Frames([]))
    with pytest.raises(FormatRefused):
        mean_of(Frames([100], size=(32, 18)))


# ---------------------------------------------------------------- what speaks against a picture


@pytest.mark.parametrize(
    "names", [[], ["key"], ["key", "KEY"], ["key", "off"], ["key", "a/b"], ["k"] * 40]
)
def test_lamps_that_cannot_be_are_refused(names):
    with pytest.raises(UsageError):
        states_of(names)


def test_lamps_may_have_any_name_that_is_one():
    assert states_of(["主光", "fill-left", "window"]) == (
        "all",
        "off",
        "主光",
        "fill-left",
        "window",
    )


@pytest.mark.parametrize("name", ["auto_exposure", "auto_gain", "auto_white_balance", "auto_focus"])
def test_every_automatic_is_refused_unless_it_is_held(name):
    found = {**STILL, name: 1}
    doubt = doubt_of_settings(Controls(found=found, after=found), None)
    assert doubt is not None
    assert doubt.fatal
    assert "automatic" in doubt.message.en
    assert doubt_of_settings(Controls(found=found, held={name: 0}, after=STILL), None) is None


def test_a_setting_that_moved_meanwhile_or_since_the_first_step_is_named():
    first = Controls(found=STILL, after=STILL)
    moved = {**STILL, "white_balance": 4300}
    for now in (Controls(found=STILL, after=moved), Controls(found=moved, after=moved)):
        doubt = doubt_of_settings(now, first)
        assert doubt is not None
        assert "white balance 5500 K to 4300 K" in doubt.message.en
    assert doubt_of_settings(first, first) is None
    assert doubt_of_settings(None, first) is None


def test_lamps_that_were_not_switched_are_noticed():
    full, dark = even(120), even(12)
    assert doubt_of_light("all", full, {}) is None
    assert doubt_of_light("off", even(119.5), {"all": full}) is not None
    assert doubt_of_light("off", dark, {"all": full}) is None
    before = {"all": full, "off": dark}
    assert doubt_of_light("key", even(80), before) is None
    for value, said in ((12, "as dark as all lamps off"), (140, "brighter than all")):
        doubt = doubt_of_light("key", even(value), before)
        assert doubt is not None
        assert doubt.fatal
        assert said in doubt.message.en


def test_clipping_is_told_but_not_where_a_lamp_may_stand_in_the_picture():
    seen = even(100)
    seen.mean[:90, :160] = 254 * 256
    doubt = doubt_of_light("all", seen, {})
    assert doubt is not None
    assert "25 % of the picture is clipped" in doubt.message.en
    assert not doubt.fatal
    assert clipped_share(seen.mean, [(0.0, 0.0, 0.5, 0.5)]) == 0


def test_light_that_swings_is_told():
    doubt = doubt_of_light("all", even(120, swing=0.2), {})
    assert doubt is not None
    assert "20 %" in doubt.message.en


@pytest.fixture(scope="module")
def linear_states() -> dict[str, np.ndarray]:
    """Linear light of each state of the simulated studio, as an sRGB camera sees it."""
    from studiocheck.measure.light.srgb import linear_table

    table = linear_table()
    found = {}
    states = {
        "all": ("key", "fill", "back"),
        "off": (),
        "key": ("key",),
        "fill": ("fill",),
        "back": ("back",),
    }
    for name, lit in states.items():
        scene = with_lamps(load_scene(), dict.fromkeys(lit, True))
        camera = SimulatedCamera(scene, "main", 480, 270, 30.0)
        camera.open()
        frame = camera.read()
        assert frame is not None
        found[name] = table[frame.bgr()]
    return found


def seen_by(curve, light: dict[str, np.ndarray]) -> dict[str, MeanFrameEvidence]:
    def picture(values: np.ndarray) -> np.ndarray:
        return np.rint(np.clip(curve(values), 0, 1) * 255 * 256).astype(np.uint16)

    return {name: even(0, mean=picture(values)) for name, values in light.items()}


def srgb(x):
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def s_curve(power):
    return lambda x: srgb(x) ** power / (srgb(x) ** power + (1 - np.minimum(srgb(x), 1)) ** power)


def automatic(target):
    def curve(x):
        gain = 1.0
        for _ in range(40):
            gain = min(gain * (target / srgb(np.clip(gain * x, 0, 1)).mean()) ** 1.5, 16)
        return srgb(np.clip(gain * x, 0, 1))

    return curve


@pytest.mark.parametrize(
    "curve",
    [srgb, s_curve(0.7), s_curve(1.35), s_curve(1.7), *(lambda x, g=g: np.maximum(x, 0) ** (1 / g) for g in (1, 1.8, 2.4, 3)),
     lambda x: (420 + np.log10((x + 0.01) / 0.19) * 261.5) / 1023],
)  # fmt: skip
def test_no_tone_curve_is_taken_for_automatic_exposure(curve, linear_states):
    seen = seen_by(curve, linear_states)
    assert doubt_of_sum(seen) is None
    assert calibrated_from(seen, {}, "anna").grade.word == "good"


@pytest.mark.parametrize("target", [0.25, 0.45])
def test_a_camera_that_evens_light_out_is_found_though_its_light_seems_to_add_up(
    target, linear_states
):
    seen = seen_by(automatic(target), linear_states)
    assert calibrated_from(seen, {}, "anna").grade.word == "refused"
    doubt = doubt_of_sum(seen)
    assert doubt is not None
    assert "evens the light out" in doubt.advice.en


def test_a_calibration_says_what_each_lamp_gives(linear_states):
    roles = {"key": LampRole(kelvin=5500, output=0.8)}
    found = calibrated_from(seen_by(srgb, linear_states), roles, "anna", 30)
    assert found.grade.word == "good"
    assert [lamp.name for lamp in found.evidence.lamps] == ["key", "fill", "back"]
    assert found.evidence.lamps[0].kelvin == 5500
    assert found.evidence.reference.shape == (270, 480, 3)
    assert found.evidence.reference.dtype == np.uint8
    assert found.evidence.lasts_days == 30


# ---------------------------------------------------------------- going on

ORDER = ("all", "off", "key", "fill")


@pytest.fixture
def store(tmp_path: Path) -> Unfinished:
    return Unfinished(tmp_path, "room 1", "main", "index:0", ("key", "fill"))


def test_what_was_measured_is_there_after_a_crash_and_only_for_the_same_lamps(store):
    settings = Controls(found=STILL, after=STILL)
    size = {"camera": replace(INFO, width=320, height=180), "controls": settings}
    for name, value in (("all", 120.123), ("off", 3.5)):
        store.keep(name, even(value, **size))
    found = store.measured(ORDER)
    assert list(found) == ["all", "off"]
    np.testing.assert_array_equal(found["all"].mean, even(120.123).mean)
    assert found["all"].controls == settings
    assert (found["off"].n, found["off"].swing) == (45, 0.001)
    assert replace(store, lamps=("key", "back")).measured(ORDER) == {}
    assert replace(store, device="index:1").measured(ORDER) == {}
    assert replace(store, role="product").measured(ORDER) == {}
    store.forget(["all"])
    assert store.measured(ORDER) == {}
    store.discard()
    assert not store.folder.exists()


def test_what_was_measured_half_a_day_ago_is_measured_again(store):
    size = {"camera": replace(INFO, width=320, height=180)}
    store.keep("all", even(120, **size), datetime.now(UTC) - timedelta(hours=12.1))
    store.keep("off", even(3, **size))
    assert store.measured(ORDER) == {}


@pytest.mark.parametrize("name", ["state.json", "all.png"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff" * 99])
def test_a_damaged_step_is_measured_again(store, name, damage):
    store.keep("all", even(120, camera=replace(INFO, width=320, height=180)))
    (store.folder / name).write_bytes(damage)
    assert store.measured(ORDER) == {}
    store.keep("all", even(110, camera=replace(INFO, width=320, height=180)))
    assert list(store.measured(ORDER)) == ["all"]


def test_pictures_are_kept_without_loss(store):
    rng = np.random.default_rng(1)
    mean = rng.integers(0, 65281, (36, 64, 3)).astype(np.uint16)
    store.keep("all", even(0, mean=mean, camera=INFO))
    np.testing.assert_array_equal(store.measured(ORDER)["all"].mean, mean)
    assert cv2.imread(str(store.folder / "all.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16
