"""Runs on disk: whole or not at all, and read back with care."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from studiocheck.core.check import Scope
from studiocheck.core.errors import Problem, RecordError, StateError
from studiocheck.core.evidence import Captured, Clip, HostEvidence, HostLoad
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import Burst, CameraInfo, ClipEvidence, Controls, FrameSeries, Still
from studiocheck.core.record import Decision, Diagnosis, Finding, ProfileRef, RunRecord
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evidence_files import device_keys, read_evidence, write_evidence
from studiocheck.engine.store import (
    RunFolder,
    find_run,
    load_record,
    new_run_id,
    write_atomically,
)
from studiocheck.profile.schema import json_schema


def record(run_id: str) -> RunRecord:
    measurement = Measurement(
        "frame_rate",
        24.97,
        "fps",
        "test",
        0.03,
        150,
        Limit(minimum=28.5, warn_minimum=29.7),
        "测试",
    )
    finding = Finding(
        check="camera.frame_rate",
        role="main",
        title=Text("Frame rate", "帧率"),
        verdict=Verdict.FAIL,
        blocker=True,
        measurements=(measurement,),
        advice=Text("do", "做"),
        evidence=("frames/main-000.jpg",),
    )
    return RunRecord(
        run_id=run_id,
        started=datetime(2026, 11, 22, 11, 30, tzinfo=UTC),
        duration_s=11.8,
        studio="room-1",
        simulated=False,
        profile=ProfileRef(name="base", sha256="0" * 64),
        decision=Decision.NO_GO,
        findings=(finding,),
        diagnoses=(Diagnosis(id="x.y", en="a", zh="甲", findings=(0,)),),
        timings={"plan_s": 0.1},
    )


def kept(runs: Path) -> Path:
    folder = RunFolder(runs, new_run_id())
    return folder.finish(record(folder.path.name.removesuffix(".partial")), {"studio": {}})


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path):
    folder = kept(tmp_path)
    assert load_record(folder) == record(folder.name)


def test_a_record_has_the_form_of_the_contract(tmp_path: Path):
    data = json.loads((kept(tmp_path) / "record.json").read_text("utf-8"))
    assert data["schema"] == "studiocheck.run/1"
    assert data["started"] == "2026-11-22T11:30:00.000Z"
    assert data["findings"][0]["measurements"][0]["limit"] == {
        "minimum": 28.5,
        "warn_minimum": 29.7,
    }
    assert "show_at" not in data
    assert "null" not in json.dumps(data)
    jsonschema.validate(data, json_schema("record"))


def test_a_record_of_a_newer_schema_is_refused_with_the_way_out(tmp_path: Path):
    folder = kept(tmp_path)
    path = folder / "record.json"
    path.write_text(path.read_text("utf-8").replace("studiocheck.run/1", "studiocheck.run/2"))
    with pytest.raises(RecordError, match="studiocheck.run/2") as caught:
        load_record(folder)
    assert caught.value.advice is not None


def test_names_that_a_later_version_added_are_ignored(tmp_path: Path):
    folder = kept(tmp_path)
    path = folder / "record.json"
    data = json.loads(path.read_text("utf-8")) | {"invented_later": 1}
    path.write_text(json.dumps(data))
    assert load_record(folder).studio == "room-1"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"schema": "studiocheck.run/1"}', b"\xff\xfe"]
)
def test_a_damaged_record_is_an_error_that_names_the_file(tmp_path: Path, damage: bytes):
    folder = kept(tmp_path)
    (folder / "record.json").write_bytes(damage)
    with pytest.raises(RecordError, match=r"record\.json"):
        load_record(folder)


def test_a_run_is_invisible_until_it_is_whole(tmp_path: Path):
    folder = RunFolder(tmp_path, new_run_id())
    folder.write("frames/a.jpg", b"x")
    with pytest.raises(RecordError):
        find_run(tmp_path, "last")
    folder.discard()
    assert list(tmp_path.iterdir()) == []


def test_runs_are_found_by_last_by_beginning_and_by_path(tmp_path: Path):
    first, second = kept(tmp_path), kept(tmp_path)
    assert find_run(tmp_path, "last") == second
    assert find_run(tmp_path, first.name) == first
    assert find_run(tmp_path, str(second)) == second
    with pytest.raises(RecordError, match="2 runs"):
        find_run(tmp_path, first.name[:4])
    with pytest.raises(RecordError, match="no run"):
        find_run(tmp_path, "zzz")


def test_run_ids_are_uuids_of_version_7_and_sort_by_time():
    ids = [new_run_id() for _ in range(50)]
    assert {uuid.UUID(i).version for i in ids} == {7}
    assert [i[:13] for i in ids] == sorted(i[:13] for i in ids)


def test_a_state_folder_that_is_a_file_is_refused_with_advice(tmp_path: Path):
    (tmp_path / "runs").write_text("")
    with pytest.raises(StateError, match="runs") as caught:
        RunFolder(tmp_path / "runs", new_run_id())
    assert "STUDIOCHECK_HOME" in caught.value.advice.en


def test_a_file_is_replaced_whole_or_left_alone(tmp_path: Path):
    path = tmp_path / "report.html"
    write_atomically(path, b"one")
    with pytest.raises(StateError):
        write_atomically(tmp_path / "nowhere" / "report.html", b"two")
    write_atomically(path, b"three")
    assert path.read_bytes() == b"three"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_evidence_is_read_back_as_it_was_written(tmp_path: Path):
    rng = np.random.default_rng(1)
    series = FrameSeries(
        captured_s=np.arange(3) / 30,
        arrived_s=np.arange(3) / 29,
        lag_s=np.zeros(3, np.float32),
        seen=np.array([True, True, True]),
        sequence=np.array([-1, -1, -1]),
        motion=np.array([np.nan, 1, 2], np.float32),
        identical=np.array([False, True, False]),
        grid=rng.integers(0, 256, (3, 135, 240)).astype(np.uint8),
    )
    info = CameraInfo(
        device="x", name="y", backend="z", clock="file", width=64, height=48, pixel_format="bgr24"
    )
    image = rng.integers(0, 256, (48, 64, 3)).astype(np.uint8)
    clip = Captured(
        ClipEvidence(
            camera=info,
            series=series,
            stills=(Still(0, image),),
            sampled=np.array([0]),
            histogram=rng.integers(0, 9, (1, 256)).astype(np.uint32),
            torn_s=np.array([0.01]),
            burst=Burst(
                index=0,
                n=2,
                mean=image[..., 0].copy(),
                spread=rng.random((1, 1, 2)).astype(np.float32),
            ),
            controls=Controls(found={"focus": 3}, refused=("gain",)),
        ),
        Problem("gone", Text("gone", "不见了")),
    )
    host = Captured(
        HostEvidence(
            cpu_percent=np.array([1.0, 2.0]),
            cores=2,
            memory_total_bytes=10,
            memory_available_bytes=5,
            disk_free_bytes=7,
            disk_path="/",
        )
    )
    folder = RunFolder(tmp_path, new_run_id())
    camera, computer = DeviceKey(Scope.CAMERA, "main"), DeviceKey(Scope.HOST, "host")
    write_evidence(folder, camera, {Clip: clip})
    write_evidence(folder, computer, {HostLoad: host})
    assert set(device_keys(folder.path)) == {camera, computer}
    back = read_evidence(folder.path, camera)[Clip]
    assert back.problem == clip.problem
    assert back.files[0] == "frames/main-000.jpg"
    assert all((folder.path / name).stat().st_size for name in back.files)
    assert back.evidence.camera == info
    np.testing.assert_array_equal(back.evidence.stills[0].image, image)
    np.testing.assert_array_equal(back.evidence.series.motion, series.motion)
    assert read_evidence(folder.path, computer)[HostLoad].evidence.disk_free_bytes == 7


def test_damaged_evidence_is_an_error_that_names_the_file(tmp_path: Path):
    folder = RunFolder(tmp_path, new_run_id())
    key = DeviceKey(Scope.HOST, "host")
    write_evidence(folder, key, {HostLoad: Captured(problem=Problem("x", Text("a", "甲")))})
    (folder.path / "evidence" / "host.npz").write_bytes(b"no")
    with pytest.raises(RecordError, match=r"host\.npz"):
        read_evidence(folder.path, key)
