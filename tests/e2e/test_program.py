"""The program as a user starts it, on the simulated studio: verdicts, files, errors, interrupts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from studiocheck.core.measurement import Verdict
from studiocheck.profile.schema import json_schema

pytestmark = pytest.mark.slow
CHECK = ("check", "--simulated", "--no-input", "--json")


def runs(home: Path) -> list[Path]:
    folder = home / "state" / "runs"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_healthy_simulated_studio_is_go_and_says_that_it_is_simulated(program, home):
    said = program(*CHECK)
    others = [f for f in said.record["findings"] if f["verdict"] not in ("PASS", "PENDING")]
    assert (said.code, said.record["decision"]) == (0, "GO")
    # nobody asked for a minute, and this studio has a single line
    assert {(f["check"], f["verdict"], f["blocker"]) for f in others} == {
        ("net.stability", "SKIPPED", False),
        ("net.backup", "SKIPPED", False),
    }
    assert said.record["simulated"] is True
    jsonschema.validate(said.record, json_schema("record"))
    kept = runs(home)
    assert [f.name for f in kept] == [said.record["run_id"]]
    assert (kept[0] / "frames" / "main-000.jpg").exists()


@pytest.mark.parametrize(
    ("fault", "check", "role", "verdict"),
    [
        ("camera.main:freeze@2s", "camera.freeze", "main", "FAIL"),
        ("lamp.key:off", "camera.brightness", "main", "FAIL"),
        ("mic.host:noise=-40dBFS", "mic.noise_floor", "host", "FAIL"),
        ("uplink.primary:rate=6", "net.upload", "primary", "FAIL"),
        ("uplink.primary:cut@1s", "net.upload", "primary", "FAIL"),
        ("camera.product:unplug@1s", "camera.present", "product", "FAIL"),
    ],
)
def test_a_fault_is_no_go_at_the_check_it_belongs_to(program, fault, check, role, verdict):
    device = fault.partition(":")[0]
    family = {"lamp": "camera", "uplink": "net"}.get(
        device.partition(".")[0], device.partition(".")[0]
    )
    said = program(*CHECK, "--only", family, "--fault", fault)
    finding = said.finding(check, role)
    assert finding["verdict"] == verdict, finding
    assert finding["advice"]["zh"]


def test_a_camera_that_hangs_costs_its_deadline_and_not_the_run(program):
    begin = time.monotonic()
    said = program(*CHECK, "--only", "camera", "--fault", "camera.main:hang")
    assert time.monotonic() - begin < 30
    assert said.code == 20
    assert said.finding("camera.present", "main")["verdict"] == "FAIL"
    assert said.finding("camera.freeze", "main")["verdict"] == "UNMEASURED"
    assert said.finding("camera.freeze", "product")["verdict"] == "PASS"


def test_ctrl_c_leaves_an_incomplete_record_and_exits_130(environment, home, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "studiocheck", *CHECK, "--fault", "camera.main:hang"],
        env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while not list((home / "state").glob("runs/*/logs/camera.main.log")):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130
    assert json.loads(out)["decision"] == "INCOMPLETE"
    (kept,) = runs(home)
    assert json.loads((kept / "record.json").read_text("utf-8")) == json.loads(out)
    present = [f for f in json.loads(out)["findings"] if f["check"] == "camera.present"]
    assert present[0]["verdict"] == "UNMEASURED"  # nobody looked: no failure of the camera
    assert "cut short" in present[0]["reason"]["en"]


def test_a_run_that_is_killed_leaves_no_child_and_no_visible_run(environment, home, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "studiocheck", *CHECK, "--fault", "camera.main:hang"],
        env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not list((home / "state").glob("runs/*/logs/camera.main.log")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while alive_in_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert alive_in_session(process.pid) == []
    assert [f.name for f in runs(home) if not f.name.endswith(".partial")] == []


def alive_in_session(session: int) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (OSError, psutil.Error):
            continue
    return found


def test_stored_evidence_is_judged_again_without_the_studio(program, tmp_path):
    first = program(*CHECK, "--only", "mic", "host")
    assert first.code == 0
    strict = tmp_path / "strict.toml"
    strict.write_text(
        'name = "strict"\nextends = "base-1080p30"\n[limits."mic.noise_floor"]\nmaximum = -100\n'
    )
    again = program("evaluate", "last", "--profile", str(strict), "--json")
    assert again.code == 20
    assert again.finding("mic.noise_floor")["verdict"] == "FAIL"
    assert again.record["evaluated_from"] == first.record["run_id"]
    same = program("evaluate", "last", "--json")
    for finding in first.record["findings"]:
        if finding["verdict"] != Verdict.PENDING:
            assert same.finding(finding["check"], finding["role"]) == finding


def test_a_stored_run_is_rendered_in_both_languages(program):
    program(*CHECK, "--only", "camera")
    page = program("report", "last", "--format", "html", "--lang", "zh")
    assert page.code == 0
    assert "data:image/jpeg;base64," in page.out
    text = program("report", "last", "--lang", "zh")
    assert "可开播" in text.out
    assert "\x1b" not in text.out


def test_only_what_did_not_pass_is_done_again(program):
    program(*CHECK, "--only", "mic", "host", "--fault", "mic.host:mute")
    again = program(*CHECK, "--failed")
    checks = {f["check"] for f in again.record["findings"]}
    assert "mic.signal" in checks
    assert "host.cpu" not in checks


def test_a_report_goes_to_a_file_and_the_checklist_to_the_terminal(program, tmp_path):
    page = tmp_path / "report.html"
    said = program(
        "check", "--simulated", "--no-input", "--only", "host", "--format", "html", "-o", str(page)
    )
    assert said.code == 0
    assert page.read_text("utf-8").lower().startswith("<!doctype html>")
    assert "GO" in said.out


def test_a_report_that_cannot_be_written_is_said_with_advice_that_fits(program, tmp_path):
    said = program(
        "check", "--simulated", "--no-input", "--only", "host", "-o", str(tmp_path / "no" / "r.txt")
    )
    assert said.code == 2
    assert "r.txt: cannot be written" in said.err
    assert "STUDIOCHECK_HOME" not in said.err


def test_a_take_that_nobody_was_asked_for_says_so(program, home):
    program(*CHECK, "--only", "mic.level")
    (run,) = runs(home)
    facts = json.loads((run / "evidence" / "mic.host.json").read_text("utf-8"))
    assert facts["Speech"]["evidence"]["prompted"] is False


def test_nagios_reads_the_exit_codes_it_knows(program):
    said = program(
        "check", "--simulated", "--no-input", "--only", "mic", "--fault", "mic.host:mute",
        "--format", "nagios", "--exit-style", "nagios",
    )  # fmt: skip
    assert said.code == 2
    assert said.out.startswith("STUDIOCHECK CRITICAL") or "CRITICAL" in said.out.splitlines()[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "--simulated", "--only", "camera.freez"], "camera.freeze"),
        (["check", "--simulated", "--fault", "camera.main:explode"], "freeze"),
        (["check", "--simulated", "--fault", "camera.roof:freeze"], "camera.main"),
        (["check", "--simulated", "nowhere"], "nowhere"),
        (["check", "--fault", "camera.main:freeze"], "--simulated"),
        (["check", "--simulated", "--profile", "nope"], "base-1080p30"),
        (["check", "--studio", "missing.toml"], "missing.toml"),
        (["check", "--simulated", "--show-at", "tonight"], "20:00"),
        (["evaluate", "last"], "studiocheck check"),
        (["report", "nope"], "nope"),
        (["profile", "schema", "nope"], "record"),
        (["check", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_a_wrong_call_exits_2_with_one_message_that_helps_and_leaves_nothing(
    program, home, arguments, says
):
    said = program(*arguments)
    assert said.code == 2, said
    assert says in said.err
    assert "Traceback" not in said.err
    assert runs(home) == []


@pytest.mark.parametrize(("lang", "says"), [("en", "both bound"), ("zh", "同一设备")])
def test_two_roles_on_one_device_are_refused_in_the_users_language(program, tmp_path, lang, says):
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "r"\n[cameras.a]\ndevice = "index:0"\n[cameras.b]\ndevice = "index:0"\n'
    )
    said = program("check", "--studio", str(studio), "--lang", lang)
    assert said.code == 2
    assert says in said.err


def test_two_names_of_one_device_are_refused_too(program, tmp_path):
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "r"\n[cameras.a]\ndevice = "file:clip.mp4"\n'
        '[cameras.b]\ndevice = "file:./clip.mp4"\n'
    )
    said = program("check", "--studio", str(studio))
    assert said.code == 2
    assert f"{studio}: cameras.a and cameras.b" in said.err


def test_devices_that_do_not_exist_are_findings(program, tmp_path):
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "r"\n[cameras.main]\ndevice = "/dev/video99"\n'
        '[microphones.host]\ndevice = "name:no such thing"\n'
        '[uplinks.primary]\ntarget = "tcp://127.0.0.1:1"\n'
    )
    said = program("check", "--studio", str(studio), "--json", "--no-input")
    assert said.code == 20
    for check in ("camera.present", "mic.present", "net.upload"):
        assert said.finding(check)["verdict"] == "FAIL", said.finding(check)
        assert said.finding(check)["advice"]["en"]
    assert said.finding("camera.freeze")["verdict"] == "UNMEASURED"
    assert said.record["duration_s"] < 10  # nobody waits for a window that nothing fills


def test_credentials_of_an_address_are_written_nowhere(program, home, tmp_path):
    studio = tmp_path / "studio.toml"
    studio.write_text(
        'name = "r"\n[cameras.main]\ndevice = "rtsp://op:hunter2@127.0.0.1:1/cam"\n'
        '[uplinks.primary]\ntarget = "https://op:hunter2@127.0.0.1:1/up?token=hunter2"\n'
    )
    said = program("check", "--studio", str(studio), "--only", "camera", "net", "--json", "-v")
    assert said.code == 20
    assert "hunter2" not in said.out + said.err
    (run,) = runs(home)
    for file in run.rglob("*"):
        assert not file.is_file() or b"hunter2" not in file.read_bytes(), file


def test_an_uplink_without_target_is_skipped_and_never_green(program, tmp_path):
    studio = tmp_path / "studio.toml"
    studio.write_text('name = "r"\n[uplinks.primary]\n')
    said = program("check", "--studio", str(studio), "--json", "--only", "net.upload")
    assert said.finding("net.upload")["verdict"] == "SKIPPED"
    assert "target" in said.finding("net.upload")["reason"]["en"]
    assert said.code == 10


def test_an_unwritable_state_folder_is_said_before_anything_is_captured(program, tmp_path):
    (tmp_path / "blocked").write_text("")
    said = program(*CHECK, STUDIOCHECK_HOME=str(tmp_path / "blocked"))
    assert said.code == 2
    assert "STUDIOCHECK_HOME" in said.err
    assert said.out == ""


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="mounting a tiny disk needs root and the mount command",
)
def test_a_full_disk_is_said_and_leaves_nothing_half_written(program, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"this system forbids mounting: {mounted.stderr.decode().strip()}")
    try:
        said = program(*CHECK, STUDIOCHECK_HOME=str(disk))
        assert said.code == 2
        assert "disk is full" in said.err
        assert list((disk / "state" / "runs").iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_command_has_help(program, lang):
    for command in ([], ["check"], ["devices"], ["evaluate"], ["report"], ["checks"], ["profile"],
                    ["simulate"], ["target"], ["doctor"]):  # fmt: skip
        said = program(*command, "--help", "--lang", lang) if command else program("--help")
        assert said.code == 0
        assert "Traceback" not in said.err


def test_checks_lists_every_check_with_unit_limit_and_source(program):
    rows = json.loads(program("checks", "--json").out)
    frame_rate = next(r for r in rows if r["id"] == "camera.frame_rate")
    assert frame_rate["limits"]["frame_rate"]["source"]["en"]
    assert "mic.noise_floor" in program("checks").out


def test_doctor_names_what_mends_each_thing(program):
    said = program("doctor")
    assert said.code in (0, 20)
    assert "OpenCV" in said.out
    assert "Traceback" not in said.err


def test_profile_validate_names_what_is_wrong_and_exits_2(program, tmp_path):
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('name = "good"\nextends = "base-1080p30"\n')
    bad.write_text('name = "bad"\n[limits."mic.noise_floor"]\nmaxmum = 1\n')
    assert program("profile", "validate", str(good)).code == 0
    said = program("profile", "validate", str(good), str(bad), "--lang", "zh")
    assert said.code == 2
    assert 'limits."mic.noise_floor".maxmum' in said.err
    assert "maximum" in said.err


def test_profile_show_says_where_every_limit_comes_from(program):
    said = program("profile", "show", "live-commerce-1080p30", "--explain")
    assert said.code == 0
    assert "base-1080p30 → live-commerce-1080p30" in said.out
    assert "manual.tripod" in said.out
