"""Microphone and room calibrations on disk: read back as written, or a clear error."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from studiocheck.calibrate.room_records import read_room, write_room
from studiocheck.calibrate.sensitivity_records import read_sensitivity, write_sensitivity
from studiocheck.calibrate.sound import KnownTone, sensitivity_of
from studiocheck.calibrate.stored import listed_records, stored_records
from studiocheck.core.check import Scope
from studiocheck.core.errors import CalibrationError, Unmeasurable
from studiocheck.core.evidence import Captured, RoomBaseline, Sensitivity
from studiocheck.core.sound import (
    CalibratedMicrophone,
    KnownDecay,
    KnownEcho,
    RoomAcoustics,
    RoomEvidence,
    SensitivityEvidence,
)
from studiocheck.core.studio import MicrophoneRole, Studio
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import read_evidence, write_evidence
from studiocheck.engine.store import RunFolder, new_run_id

MICROPHONE = CalibratedMicrophone(
    device="name:lav", name="领夹麦", rate_hz=48000, attached_to="mic_lav", gain_db=-6.0
)
SENSITIVITY = SensitivityEvidence(
    taken="2026-11-01T19:30:00Z", by="安娜", method="calibrator", microphone=MICROPHONE,
    full_scale_db_spl=118.25, uncertainty_db=0.47, level_db=94.0, measured_dbfs=-24.25, channel=1,
    frequency_hz=1000.1, turned_down_db=20.0,
)  # fmt: skip
ROOM = RoomEvidence(
    taken="2026-11-01T19:30:00Z",
    by="安娜",
    microphone=MICROPHONE,
    noise_dbfs=-70.5,
    noise_a_dbfs=-74.25,
    bands_hz=np.array([50.0, 63.0, 80.0]),
    bands_dbfs=np.array([-80.5, -81.0, -82.25]),
    bands_uncertainty_db=np.array([1.5, 1.25, 1.0]),
    acoustics=RoomAcoustics(
        speaker="name:monitor",
        t20=KnownDecay(seconds=0.31, uncertainty_s=0.02, method="middle"),
        t30_s=0.32,
        c50_db=14.5,
        sti=None,
        echoes=(KnownEcho(delay_ms=120.5, level_db=-24.0),),
        curve_db=np.array([0.0, -12.5, -20.0], np.float32),
    ),
)
TAKEN = datetime(2026, 11, 1, 19, 30, tzinfo=UTC)


def plain(found: object) -> object:
    """Return evidence with its arrays as lists, to compare."""
    if isinstance(found, np.ndarray):
        return found.dtype.name, found.tolist()
    if hasattr(found, "__dataclass_fields__"):
        return {name: plain(getattr(found, name)) for name in found.__dataclass_fields__}
    return [plain(item) for item in found] if isinstance(found, tuple) else found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sensitivity(tmp_path, "room 1", "host", SENSITIVITY)
    write_room(tmp_path, "room 1", "host", ROOM)
    return tmp_path


def test_both_are_read_back_as_they_were_written_and_know_their_age(root: Path):
    later = TAKEN + timedelta(days=400)
    sensitivity = read_sensitivity(root, "room 1", "host", later)
    room = read_room(root, "room 1", "host", later)
    assert plain(sensitivity) == plain(SENSITIVITY) | {"age_days": 400.0}
    assert plain(room) == plain(ROOM) | {"age_days": 400.0}
    heads = {entry.kind.prefix: entry.head for entry in listed_records(root, "room 1")}
    assert {p: head.expires - head.taken for p, head in heads.items() if head} == {
        "mic": timedelta(days=365),
        "room": timedelta(days=180),
    }


def test_a_room_without_a_loudspeaker_is_stored_too(tmp_path: Path):
    quiet = RoomEvidence(**{n: getattr(ROOM, n) for n in ROOM.__dataclass_fields__} | {"acoustics": None})  # fmt: skip
    write_room(tmp_path, "room 1", "host", quiet)
    found = read_room(tmp_path, "room 1", "host")
    assert found is not None
    assert found.acoustics is None


def test_checks_get_them_by_role_and_a_run_keeps_them(root: Path, tmp_path: Path):
    studio = Studio(name="room 1", microphones={"host": MicrophoneRole(device="name:lav")})
    stored = stored_records(root, studio)
    assert set(stored) == {("host", Sensitivity), ("host", RoomBaseline)}
    key = DeviceKey(Scope.MICROPHONE, "host")
    captured: dict = {need: found for (_, need), found in stored.items()}
    folder = RunFolder(tmp_path / "runs", new_run_id())
    write_evidence(folder, key, captured)
    again = read_evidence(next((tmp_path / "runs").glob("*")), key)
    for need, item in captured.items():
        assert plain(again[need].evidence) == plain(item.evidence)


@pytest.mark.parametrize("name", ["mic", "room"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("/1", "/2"),
        lambda text: text.replace('"host"', '"guest"', 1),
        lambda text: text.replace("2026-11-01T19:30:00Z", "2026-11-01T19:30:00"),
        lambda text: json.dumps(json.loads(text) | {"microphone": None}),
        lambda text: json.dumps(json.loads(text) | {"uncertainty_db": -1, "bands": []}),
        lambda text: json.dumps(
            json.loads(text) | {"full_scale_db_spl": 1e9, "bands": [{"hz": 63, "dbfs": -80,
                                "uncertainty_db": 1}, {"hz": 50, "dbfs": -80, "uncertainty_db": 1}]}
        ),
    ],
)  # fmt: skip
def test_a_damaged_record_is_an_error_that_names_the_way_out(root: Path, name: str, damage):
    (path,) = root.glob(f"*/{name}.host.json")
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    read = {"mic": read_sensitivity, "room": read_room}[name]
    with pytest.raises(CalibrationError) as caught:
        read(root, "room 1", "host")
    assert f"studiocheck calibrate {name}" in caught.value.advice.en
    studio = Studio(name="room 1", microphones={"host": MicrophoneRole(device="name:lav")})
    need = {"mic": Sensitivity, "room": RoomBaseline}[name]
    assert isinstance(stored_records(root, studio)["host", need], Captured)
    assert stored_records(root, studio)["host", need].problem is not None


def test_a_stream_that_was_moved_calibrates_nothing():
    info = MicrophoneInfo(
        device="name:lav", name="Lav", backend="x", rate_hz=8000, channels=1, attached_to="mic_lav"
    )
    tone = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(3 * 8000) / 8000)
    take = TakeEvidence(
        microphone=info, kind="quiet", samples=tone[:, None].astype(np.float32), rate_hz=8000,
        prompted=True, attached_after="mic_lav",
    )  # fmt: skip
    made = sensitivity_of(take, KnownTone(), "name:lav", by="anna", lasts_days=365, now=TAKEN)
    assert (round(made.full_scale_db_spl, 2), made.microphone.attached_to) == (117.01, "mic_lav")
    broken = replace(
        take, samples=np.where(np.arange(3 * 8000)[:, None] == 5, np.nan, take.samples)
    )
    with pytest.raises(Unmeasurable):
        sensitivity_of(broken, KnownTone(), "name:lav", by="anna", lasts_days=365)
    moved = replace(take, attached_after="mic_desk")
    with pytest.raises(Unmeasurable, match="moved from mic_lav to mic_desk"):
        sensitivity_of(moved, KnownTone(), "name:lav", by="anna", lasts_days=365)
