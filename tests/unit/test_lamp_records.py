"""Lamp calibrations on disk: whole or not at all, read back with care, and the way to one."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.calibrate.lamp_records import read_lamps, write_lamps
from studiocheck.calibrate.stored import listed_records, stored_records
from studiocheck.core.errors import CalibrationError, StateError
from studiocheck.core.evidence import Lamps
from studiocheck.core.lighting import CalibratedLamp, LampsEvidence
from studiocheck.core.picture import CameraInfo, Controls
from studiocheck.core.studio import CameraRole, Studio

TAKEN = datetime(2026, 11, 1, 19, 30, tzinfo=UTC)
CAMERA = CameraInfo(
    device="index:0", name="cam", backend="v4l2", clock="device", width=64, height=36,
    pixel_format="MJPG",
)  # fmt: skip


def lamps(seed: int = 0, count: int = 3, **changes) -> LampsEvidence:
    rng = np.random.default_rng(seed)
    names = ["key", "fill", "轮廓光", "window"]
    known = {
        "taken": "2026-11-01T19:30:00Z",
        "by": "安娜",
        "camera": CAMERA,
        "controls": Controls(found={"exposure": 100}, after={"exposure": 100}),
        "lamps": tuple(
            CalibratedLamp(name=name, kind="key", share=0.25, kelvin=5500, witnessed=name == "key")
            for name in names[:count]
        ),
        "bases": rng.random((count, 270, 480, 3)).astype(np.float16),
        "ambient": rng.random((270, 480, 3)).astype(np.float16),
        "clear": rng.random((270, 480)) < 0.9,
        "linear": np.linspace(0, 1, 256, dtype=np.float32),
        "additivity_error": 0.012,
        "srgb_error": 0.05,
        "sigma": 0.7,
        "reference": rng.integers(0, 256, (36, 64, 3)).astype(np.uint8),
    }
    return LampsEvidence(**(known | changes))


def same(one: LampsEvidence, other: LampsEvidence) -> bool:
    for field in fields(LampsEvidence):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            if a.dtype != b.dtype or not np.array_equal(a, b):
                return False
        elif a != b and field.name != "age_days":
            return False
    return True


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("records")
    write_lamps(root, "room 1", "main", lamps(1, bases=np.zeros((3, 270, 480, 3), np.float16)))
    return root


@pytest.fixture
def root(master: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(master, tmp_path / "records"))


def files(root: Path) -> dict[str, Path]:
    return {path.suffix: path for path in root.glob("*/*")}


def test_a_calibration_is_read_back_as_it_was_written(tmp_path: Path):
    write_lamps(tmp_path, "room 1", "main", lamps())
    found = read_lamps(tmp_path, "room 1", "main", TAKEN + timedelta(days=2.5))
    assert found is not None
    assert same(found, lamps())
    assert (found.age_days, found.lasts_days) == (2.5, 90)
    data = json.loads(files(tmp_path)[".json"].read_text("utf-8"))
    assert data["schema"] == "studiocheck.lamps/1"
    assert data["expires"] == "2027-01-30T19:30:00Z"
    assert data["lamps"][2]["name"] == "轮廓光"


@settings(max_examples=15)
@given(
    seed=st.integers(0, 99),
    count=st.integers(1, 4),
    by=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    error=st.floats(0, 1e3),
    sigma=st.floats(1e-9, 1e9),
    lasts=st.floats(1, 3650),
    controls=st.none() | st.just(Controls(found={"gain": 3}, refused=("focus",))),
)
def test_any_calibration_round_trips(seed, count, by, error, sigma, lasts, controls):
    wanted = lamps(
        seed, count, by=by, additivity_error=error, sigma=sigma, lasts_days=lasts, controls=controls
    )
    with tempfile.TemporaryDirectory() as folder:
        write_lamps(Path(folder), "room 1", "main", wanted)
        found = read_lamps(Path(folder), "room 1", "main")
    assert found is not None
    assert same(found, wanted)


def test_a_new_calibration_replaces_the_old_one_and_leaves_nothing_behind(root: Path):
    write_lamps(root, "room 1", "main", lamps(5))
    found = read_lamps(root, "room 1", "main")
    assert found is not None
    assert same(found, lamps(5))
    assert len(list(root.glob("*/*"))) == 3


@settings(max_examples=80)
@given(st.data())
def test_a_damaged_byte_is_an_error_and_never_a_traceback(master: Path, data):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(master, Path(folder) / "records"))
        suffix = data.draw(st.sampled_from([".json", ".npz", ".png"]))
        path = files(copy)[suffix]
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        error = error_of(copy)
    if error is None:
        assert suffix == ".json"  # another letter in a name is still a record
    else:
        assert error.advice is not None
        assert "calibrate lights" in error.advice.en


def error_of(root: Path) -> CalibrationError | None:
    try:
        read_lamps(root, "room 1", "main")
    except CalibrationError as error:
        return error
    return None


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "studiocheck.lamps/2"}, {"taken": "2026-11-01T19:30:00"}, {"taken": "0001-01-01T00:00:00+10:00"},
        {"lamps": []}, {"lamps": [{"name": "key", "kind": "key", "share": 1}]}, {"lamps": 3},
        {"arrays": "../../etc/passwd"}, {"arrays": "gone.npz"}, {"arrays_sha256": "0" * 64}, {"arrays": "a\0b"},
        {"picture": "gone.png"}, {"picture_sha256": ""}, {"sigma": "loud"}, {"studio": "room 2"},
        {"lasts_days": 0}, {"camera": {}}, {"by": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_that_was_tampered_with_or_is_foreign_is_refused(root: Path, change):
    path = files(root)[".json"]
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change))
    with pytest.raises(CalibrationError):
        read_lamps(root, "room 1", "main")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "9" * 5000])
def test_a_number_that_is_none_is_refused(root: Path, number):
    path = files(root)[".json"]
    text = path.read_text("utf-8").replace('"sigma": 0.7', f'"sigma": {number}')
    assert number in text
    path.write_text(text)
    with pytest.raises(CalibrationError):
        read_lamps(root, "room 1", "main")


def packed(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bases.npy", bytes(80_000_000))
    return buffer.getvalue()


GOOD = {"ambient": lamps().ambient, "clear": lamps().clear, "linear": lamps().linear}


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK\x03\x04", bomb(), packed(**GOOD), packed(bases=np.array([{}], object), **GOOD),
        packed(bases=np.zeros((2, 270, 480, 3), np.float16), **GOOD),
        packed(bases=np.zeros((3, 270, 480, 3), np.float64), **GOOD),
        packed(bases=np.full((3, 270, 480, 3), np.nan, np.float16), **GOOD),
    ],
    ids=["empty", "cut", "bomb", "missing", "objects", "lamps", "type", "nan"],
)  # fmt: skip
def test_arrays_that_fit_their_hash_and_nothing_else_are_refused(root: Path, content):
    import hashlib

    found = files(root)
    data = json.loads(found[".json"].read_text("utf-8"))
    found[".npz"].write_bytes(content)
    data["arrays_sha256"] = hashlib.sha256(content).hexdigest()
    found[".json"].write_text(json.dumps(data))
    with pytest.raises(CalibrationError):
        read_lamps(root, "room 1", "main")


def test_checks_get_every_stored_calibration_and_people_a_list(root: Path):
    studio = Studio(name="room 1", cameras={"main": CameraRole(device="index:0")})
    found = stored_records(root, studio)["main", Lamps]
    assert isinstance(found.evidence, LampsEvidence)
    (listed,) = listed_records(root, "room 1")
    assert listed.head is not None
    assert (listed.kind.prefix, listed.role, listed.head.by) == ("lights", "main", "安娜")
    files(root)[".json"].write_bytes(b"{")
    (listed,) = listed_records(root, "room 1")
    assert listed.problem is not None
    assert stored_records(root, studio)["main", Lamps].problem is not None
    assert listed_records(root, "room 2") == []


def test_a_folder_that_cannot_be_written_is_told_and_the_old_record_stays(root: Path, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError) as caught:
        write_lamps(tmp_path / "file", "room 1", "main", lamps())
    assert caught.value.advice is not None


def test_a_full_disk_leaves_the_old_record_as_it_was(root: Path):
    resource = pytest.importorskip("resource", reason="limits of the system are POSIX")
    before = read_lamps(root, "room 1", "main")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(StateError) as caught:
            write_lamps(root, "room 1", "main", lamps(7))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.advice is not None
    after = read_lamps(root, "room 1", "main")
    assert before is not None
    assert after is not None
    assert same(after, before)
    assert len(list(root.glob("*/*"))) == 3
