"""Claims about the simulated camera: it fails as real ones do, and its light is physics."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from studiocheck.core.capture import Camera
from studiocheck.core.errors import DeviceBusy, DeviceGone
from studiocheck.measure.light.neutral_patch import light_on_patch
from studiocheck.measure.light.ohno2013 import cct_and_duv
from studiocheck.measure.light.planckian_locus import xyz_to_uv
from studiocheck.measure.light.srgb import RGB_TO_XYZ
from studiocheck.measure.picture.brightness import region_luma
from studiocheck.measure.picture.frame_rate import frame_rate
from studiocheck.measure.picture.frame_row import FrameReducer
from studiocheck.measure.picture.freeze import longest_still
from studiocheck.simulator.camera import SimulatedCamera
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.footage import shake
from studiocheck.simulator.geometry import View
from studiocheck.simulator.light import sources
from studiocheck.simulator.scene import load_scene
from studiocheck.simulator.stage import CARD_HIGH, CARD_LOW, CARD_Z, build_stage

STUDIO = load_scene()
MAIN = STUDIO.cameras["main"]
SMALL = (320, 180)


def camera(*faults, size=SMALL, role="main", scene=STUDIO, fps=30.0):
    return SimulatedCamera(scene.with_faults(*map(parse_fault, faults)), role, *size, fps)


def frames(source, count):
    source.open()
    return [source.read() for _ in range(count)]


def rows(taken):
    reduce = FrameReducer()
    return [reduce(frame) for frame in taken]


def subject_luma(*faults):
    return region_luma([f.bgr() for f in frames(camera(*faults), 3)], MAIN.subject).percent


def light(*faults, scene=STUDIO):
    stills = [f.bgr() for f in frames(camera(*faults, size=(640, 360), scene=scene), 3)]
    return light_on_patch(stills, MAIN.neutral_patch, MAIN.white_balance_kelvin)


def rates(*faults, seed=1):
    taken = frames(camera(*faults, size=(32, 18), scene=replace(STUDIO, seed=seed)), 151)
    return taken, frame_rate(
        np.array([f.captured_s for f in taken]),
        np.array([f.sequence for f in taken]),
        np.array([row.identical for row in rows(taken)]),
    )


def test_it_speaks_the_protocol_and_can_be_sent_to_another_process_before_it_is_open():
    sent = pickle.loads(pickle.dumps(camera()))  # noqa: S301 - our own bytes
    assert isinstance(sent, Camera)
    assert not sent.live
    assert sent.open().clock == "simulated"
    sent.close()


def test_the_same_seed_gives_the_same_frames_and_another_does_not():
    first, again, other = (
        frames(camera("camera.main:drop=5%", scene=scene), 6)
        for scene in (STUDIO, STUDIO, replace(STUDIO, seed=2))
    )
    assert all(np.array_equal(a.bgr(), b.bgr()) for a, b in zip(first, again, strict=True))
    assert [f.captured_s for f in first] == [f.captured_s for f in again]
    assert not np.array_equal(first[0].bgr(), other[0].bgr())


def test_a_camera_that_is_unplugged_does_not_open():
    with pytest.raises(DeviceGone, match="no camera"):
        camera("camera.main:unplug").open()


def test_a_camera_that_is_unplugged_on_the_way_stops_there():
    source = camera("camera.main:unplug@1s")
    assert len(frames(source, 30)) == 30
    with pytest.raises(DeviceGone, match=r"left after 1\.0 s"):
        source.read()


def test_a_busy_camera_names_who_holds_it():
    with pytest.raises(DeviceBusy, match="obs64"):
        camera("camera.main:busy").open()


def test_a_camera_gives_no_more_than_it_can_and_no_more_than_it_is_asked():
    assert (camera(size=(3840, 2160)).open().width, camera().open().height) == (1920, 180)
    assert camera("camera.main:resolution=1280x720", size=(1920, 1080)).open().height == 720


def test_a_healthy_camera_gives_30_new_frames_a_second():
    _, found = rates()
    assert found.delivered_fps == pytest.approx(30, abs=0.01)
    assert found.unique_fps == found.delivered_fps


def test_a_camera_that_falls_to_24_gives_24():
    _, found = rates("camera.main:fps=24")
    assert found.delivered_fps == pytest.approx(24, abs=0.01)


def test_drops_leave_their_numbers_empty():
    shares = []
    for seed in range(12):
        taken, found = rates("camera.main:drop=5%", seed=seed)
        slots = taken[-1].sequence - taken[0].sequence
        assert found.missing == slots + 1 - len(taken)
        assert found.delivered_fps == pytest.approx(30 * (len(taken) - 1) / slots, abs=0.01)
        shares.append(found.missing / slots)
    # four standard errors of a share of 5 % over 12 clips are 2 points
    assert np.mean(shares) == pytest.approx(0.05, abs=0.02)


def test_duplicates_lower_only_the_unique_rate():
    found = [rates("camera.main:duplicate=25%", seed=seed)[1] for seed in range(12)]
    assert all(one.delivered_fps == pytest.approx(30, abs=0.01) for one in found)
    # 12 clips of 150 frames: four standard errors of a share of 25 % are 1.2 fps
    assert np.mean([one.unique_fps for one in found]) == pytest.approx(22.5, abs=1.2)


def test_a_freeze_repeats_the_last_picture_exactly_and_is_timed_to_a_frame():
    taken = frames(camera("camera.main:freeze@2s"), 151)
    seen = rows(taken)
    found = longest_still(
        np.array([f.captured_s for f in taken]),
        np.array([row.motion for row in seen], np.float32),
        np.array([row.identical for row in seen]),
    )
    assert not any(row.identical for row in seen[:60])
    assert all(row.identical for row in seen[60:])
    assert found.longest_s == pytest.approx(3.0, abs=1.1 / 30)


def test_a_black_picture_still_has_the_sensors_noise():
    seen = rows(frames(camera("camera.main:black"), 5))
    assert not any(row.identical for row in seen)
    assert all((row.grid < 26).all() for row in seen)


@pytest.mark.parametrize("kind", ["bars", "nosignal", "solid"])
def test_a_slate_has_no_noise(kind):
    seen = rows(frames(camera(f"camera.main:slate={kind}"), 5))
    assert all(row.identical for row in seen[1:])


def test_the_noise_is_as_strong_as_the_scene_says():
    scene = replace(STUDIO, presenter=replace(STUDIO.presenter, present=False))
    for sigma in (1.2, 4.0, 8.0):
        first, second = (
            f.bgr()[:60].astype(float)
            for f in frames(camera(f"camera.main:noise={sigma}", scene=scene), 2)
        )
        assert np.std(first - second) / np.sqrt(2) == pytest.approx(sigma, rel=0.03)


def test_the_presenter_of_the_healthy_studio_is_well_exposed_and_nothing_clips():
    taken = frames(camera(size=(640, 360)), 3)
    assert 45 < region_luma([f.bgr() for f in taken], MAIN.subject).percent < 65
    assert np.mean(taken[0].bgr() > 250) < 0.001


def test_one_stop_less_and_a_key_light_that_is_off_show_in_the_presenters_brightness():
    healthy, stopped, unlit = (
        subject_luma(*f) for f in ((), ("camera.main:exposure=-1stop",), ("lamp.key:off",))
    )
    assert unlit < stopped < healthy - 10


def test_the_healthy_studio_has_the_planned_colour_temperature():
    assert light().cct_kelvin == pytest.approx(5500, abs=100)


def test_the_declared_patch_lies_inside_the_grey_card():
    view = View(1920, 1080, MAIN.pan_m, MAIN.zoom)
    x, y, width, height = MAIN.neutral_patch
    assert view.column(CARD_LOW[0], CARD_Z) < 1920 * x
    assert view.column(CARD_HIGH[0], CARD_Z) > 1920 * (x + width)
    assert view.row(CARD_HIGH[1], CARD_Z) < 1080 * y
    assert view.row(CARD_LOW[1], CARD_Z) > 1080 * (y + height)


def light_that_falls_on_the_card(scene):
    """Return the colour temperature of the light itself, without any camera."""
    now = scene.at(0.0)
    card = build_stage(scene, View(640, 360)).still[2]
    middle = tuple(n // 2 for n in card.lit["key"].diffuse.shape)
    shining = sources(now.lamps, now.room)
    falls = sum(card.lit[name].diffuse[middle] * rgb for name, rgb in shining.items())
    return cct_and_duv(xyz_to_uv(RGB_TO_XYZ @ falls))[0]


@pytest.mark.parametrize(
    "fault", ["lamp.key:cct=4300K", "lamp.key:cct=7000K", "lamp.fill:cct=4300K", "lamp.key:off"]
)
def test_a_lamp_moves_the_measured_colour_temperature_as_physics_says(fault):
    scene = STUDIO.with_faults(parse_fault(fault))
    true_mired = 1e6 / light_that_falls_on_the_card(scene)
    assert light(fault).mired == pytest.approx(true_mired, abs=3)


def test_lamps_add_up():
    """The light of all lamps is the sum of the light of each: what unmixing will rest on."""
    card = build_stage(STUDIO, View(640, 360)).still[2]
    shining = sources(STUDIO.lamps, STUDIO.room)
    assert set(shining) <= set(card.lit)
    assert card.lit["key"].diffuse.mean() > card.lit["fill"].diffuse.mean() > 0


def test_a_fault_that_comes_later_changes_the_picture_then():
    taken = frames(camera("lamp.key:off@1s"), 60)
    before, after = (np.mean(f.luma()) for f in (taken[29], taken[30]))
    assert after < before - 20


def test_flicker_moves_through_the_rows_at_twice_the_mains():
    scene = replace(STUDIO, presenter=replace(STUDIO.presenter, present=False))
    steady, flickering = (
        frames(camera(*f, scene=scene), 1)[0].luma().mean(axis=1)
        for f in ((), ("camera.main:flicker=10%",))
    )
    swing = (flickering / steady)[10:120]
    assert np.ptp(swing) == pytest.approx(2 * 0.10 / 2.2, rel=0.4)  # 10 % of light, in code


def test_shake_is_as_strong_as_asked():
    path = np.array([shake(t, 3.0) for t in np.arange(0, 60, 1 / 30)])
    assert np.sqrt((path**2).sum(axis=1).mean()) == pytest.approx(3.0, rel=0.05)


def test_a_presenter_whom_the_edge_cuts_sways_without_a_gap():
    scene = replace(STUDIO, presenter=replace(STUDIO.presenter, sway_m=0.05))
    taken = frames(camera(size=(640, 360), role="product", scene=scene), 60)
    at_the_shoulder = np.array([f.luma()[300, :40].astype(float) for f in taken])
    assert np.abs(np.diff(at_the_shoulder, axis=1)).max() < 25  # noise and folds, no edge
