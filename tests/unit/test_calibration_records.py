"""Golden looks on disk: whole or not at all, read back with care, safe under any name."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.calibrate.looks import Number, read_look, write_look
from studiocheck.calibrate.records import room_folder
from studiocheck.calibrate.stored import listed_records, stored_records
from studiocheck.core.errors import CalibrationError, StateError
from studiocheck.core.evidence import Golden
from studiocheck.core.picture import CameraInfo, Controls, LookEvidence
from studiocheck.core.studio import CameraRole, Studio

TAKEN = datetime(2026, 11, 1, 19, 30, tzinfo=UTC)
NUMBER = Number(check="camera.noise", name="temporal_noise", value=1.5, unit="DN", uncertainty=0.1)


def look(seed: int = 0, **changes) -> LookEvidence:
    rng = np.random.default_rng(seed)
    known = {
        "taken": "2026-11-01T19:30:00Z",
        "by": "安娜",
        "camera": CameraInfo(
            device="index:0", name="cam", backend="v4l2", clock="device", width=64, height=36,
            pixel_format="MJPG", port="1-2.3",
        ),
        "image": rng.integers(0, 256, (36, 64, 3)).astype(np.uint8),
        "controls": Controls(found={"exposure": 100}, refused=("focus",)),
        "noise_dn": 1.5,
    }  # fmt: skip
    return LookEvidence(**(known | changes))


def stored(root: Path) -> Path:
    return write_look(root, "room 1", "main", look(), (NUMBER,))


def test_a_look_is_read_back_as_it_was_written(tmp_path: Path):
    stored(tmp_path)
    found = read_look(tmp_path, "room 1", "main", TAKEN + timedelta(days=2.5))
    assert found is not None
    np.testing.assert_array_equal(found.image, look().image)
    assert (found.taken, found.by, found.noise_dn) == ("2026-11-01T19:30:00Z", "安娜", 1.5)
    assert (found.camera, found.controls) == (look().camera, look().controls)
    assert (found.age_days, found.lasts_days) == (2.5, 90)


def test_the_record_has_the_form_of_the_contract(tmp_path: Path):
    path = write_look(tmp_path, "room 1", "main", look(controls=None, noise_dn=None), (NUMBER,))
    data = json.loads(path.read_text("utf-8"))
    assert data["schema"] == "studiocheck.look/1"
    assert data["taken"] == "2026-11-01T19:30:00Z"
    assert data["expires"] == "2027-01-30T19:30:00Z"
    assert data["numbers"][0] == {
        "check": "camera.noise", "name": "temporal_noise", "value": 1.5, "unit": "DN",
        "uncertainty": 0.1,
    }  # fmt: skip
    assert "controls" not in data
    assert "null" not in path.read_text("utf-8")
    picture = cv2.imread(str(path.parent / data["picture"]))
    np.testing.assert_array_equal(picture, look().image)


def test_a_new_look_replaces_the_old_one_and_leaves_nothing_behind(tmp_path: Path):
    path = stored(tmp_path)
    write_look(tmp_path, "room 1", "main", look(seed=1))
    found = read_look(tmp_path, "room 1", "main")
    assert found is not None
    np.testing.assert_array_equal(found.image, look(seed=1).image)
    assert len(list(path.parent.iterdir())) == 2


def test_a_studio_without_looks_has_none_and_no_error(tmp_path: Path):
    assert read_look(tmp_path / "nowhere", "room 1", "main") is None


def test_names_that_a_later_version_added_are_ignored(tmp_path: Path):
    path = stored(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"invented_later": 1}))
    assert read_look(tmp_path, "room 1", "main") is not None


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema": "studiocheck.look/1"}',
        b'{"schema": "studiocheck.look/2"}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_damaged_record_is_told_in_both_languages_with_the_way_out(tmp_path: Path, damage):
    stored(tmp_path).write_bytes(damage)
    with pytest.raises(CalibrationError) as caught:
        read_look(tmp_path, "room 1", "main")
    assert "camera.main.json" in caught.value.message.zh
    assert caught.value.advice is not None


@pytest.mark.parametrize(
    "change",
    [
        {"taken": "yesterday"}, {"taken": "2026-11-01T19:30:00"}, {"lasts_days": -1},
        {"lasts_days": 1e9}, {"picture": "../../etc/passwd"}, {"picture": "gone.png"},
        {"sha256": "0" * 64}, {"camera": {}}, {"studio": "room 2"}, {"role": "product"},
        {"controls": {"found": {"exposure": "long"}}}, {"numbers": 3}, {"noise_dn": "loud"},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_that_was_tampered_with_or_is_foreign_is_refused(tmp_path: Path, change):
    path = stored(tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    with pytest.raises(CalibrationError):
        read_look(tmp_path, "room 1", "main")


def test_a_picture_that_is_cut_short_is_refused(tmp_path: Path):
    path = stored(tmp_path)
    (picture,) = path.parent.glob("*.png")
    picture.write_bytes(picture.read_bytes()[:100])
    with pytest.raises(CalibrationError, match="cut short or was changed"):
        read_look(tmp_path, "room 1", "main")


def test_a_look_without_its_picture_is_listed_as_damaged(tmp_path: Path):
    path = stored(tmp_path)
    (picture,) = path.parent.glob("*.png")
    picture.unlink()
    (listed,) = listed_records(tmp_path, "room 1")
    assert listed.head is None
    assert listed.problem is not None
    assert "没有这个文件" in listed.problem.message.zh


def test_a_damaged_look_of_one_camera_costs_the_others_nothing(tmp_path: Path):
    stored(tmp_path).write_bytes(b"{")
    write_look(tmp_path, "room 1", "product", look(1))
    cameras = {
        name: CameraRole(device=f"index:{i}") for i, name in enumerate(["main", "product", "c"])
    }
    found = stored_records(tmp_path, Studio(name="room 1", cameras=cameras))
    assert set(found) == {("main", Golden), ("product", Golden)}
    assert found["main", Golden].problem is not None
    assert found["main", Golden].problem.code == "calibration"
    assert found["product", Golden].problem is None


@pytest.mark.parametrize("role", ["../x", "a/b", "", "a.b", ".", "x" * 41, "a\0b", "C:"])
def test_a_role_cannot_lead_out_of_the_folder(tmp_path: Path, role: str):
    with pytest.raises(CalibrationError):
        write_look(tmp_path / "records", "room 1", role, look())
    with pytest.raises(CalibrationError):
        read_look(tmp_path / "records", "room 1", role)
    assert not list(tmp_path.iterdir())


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(NAMES, NAMES)
def test_any_name_of_a_studio_gives_a_folder_inside_and_two_names_give_two(one: str, other: str):
    root = Path("records")
    folder = room_folder(root, one)
    assert folder.parent == root
    assert folder.name.replace("-", "").isalnum()
    assert (room_folder(root, other) == folder) == (one == other)


def test_a_folder_that_cannot_be_written_is_told_not_a_traceback(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError) as caught:
        write_look(tmp_path / "file", "room 1", "main", look())
    assert caught.value.advice is not None
