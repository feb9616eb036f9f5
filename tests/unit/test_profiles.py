"""Profiles and studio files: inheritance, and errors that name file, key path, what is allowed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studiocheck.checks import all_checks
from studiocheck.core.errors import FileError, ProfileError, StudioError
from studiocheck.core.studio import CameraRole, MicrophoneRole, Studio, UplinkRole
from studiocheck.profile.load import check_rules, load_profile, load_studio, profile_names
from studiocheck.profile.resolve import known_measurements, requirement
from studiocheck.profile.schema import FILES, json_schema
from studiocheck.profile.write import studio_toml
from studiocheck.resources import data_folder

CHECKS = {check.id: check for check in all_checks()}


def profile(tmp_path: Path, text: str, name: str = "mine") -> str:
    path = tmp_path / f"{name}.toml"
    path.write_text(f'name = "{name}"\n{text}', "utf-8")
    return str(path)


def bound(name: str, check: str, measurement: str):
    loaded = load_profile(name)
    asked = requirement(loaded, CHECKS[check], loaded.targets)
    return asked.bounds[measurement], asked


def test_a_profile_inherits_targets_limits_and_steps(tmp_path: Path):
    path = profile(tmp_path, 'extends = "live-commerce-1080p30"\n[video]\nfps = 60\n')
    loaded = load_profile(path)
    assert loaded.chain == ("base-1080p30", "live-commerce-1080p30", "mine")
    assert (loaded.targets.video.fps, loaded.targets.video.width) == (60, 1920)
    assert loaded.targets.stream.show_hours == 4
    assert "manual.tripod" in {step.id for step in loaded.manual}


def test_a_limit_is_overridden_and_says_where_it_comes_from(tmp_path: Path):
    path = profile(tmp_path, '[limits."mic.noise_floor"]\nmaximum = -60\nblocker = false\n')
    found, asked = bound(path, "mic.noise_floor", "noise_floor")
    assert found.limit.maximum == -60
    assert "mine" in found.origin.en
    assert asked.blocker is False


def test_a_warning_band_that_no_longer_fits_moves_with_the_limit(tmp_path: Path):
    path = profile(tmp_path, '[limits."mic.noise_floor"]\nmaximum = -70\n')
    found, _ = bound(path, "mic.noise_floor", "noise_floor")
    assert found.limit.warn_maximum == -70


def test_a_second_measurement_of_a_check_has_a_limit_of_its_own(tmp_path: Path):
    path = profile(tmp_path, '[limits."mic.level".measurements.true_peak]\nmaximum = -3\n')
    found, _ = bound(path, "mic.level", "true_peak")
    assert found.limit.maximum == -3


def used(path: str) -> None:
    """Load a profile and ask it about every check, as a run does."""
    loaded = load_profile(path)
    check_rules(loaded, known_measurements(all_checks()))
    for check in all_checks():
        requirement(loaded, check, loaded.targets)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("foo = 1\n", ["foo", "unknown key"]),
        (
            '[limits."mic.noise_floor"]\nmaxmum = 3\n',
            ['limits."mic.noise_floor".maxmum', "maximum"],
        ),
        ('[video]\nwidth = "wide"\n', ["video.width", "whole number"]),
        ("[video]\nfps = -1\n", ["video.fps", "greater than 0"]),
        ("[light]\ncct_kelvin = nan\n", ["light.cct_kelvin"]),
        ('extends = "base-1080p3O"\n', ["extends", "did you mean base-1080p30"]),
        (
            '[limits."mic.noise_flor"]\nmaximum = 3\n',
            ["mic.noise_flor", "did you mean mic.noise_floor"],
        ),
        (
            '[limits."mic.level".measurements.peak]\nmaximum = 0\n',
            ["measurements.peak", "true_peak"],
        ),
        ('[limits."camera.present"]\nmaximum = 0\n', ["camera.present", "no limit"]),
        ('[limits."mic.noise_floor"]\nmaximum = -60\nwarn_maximum = -50\n', ["must rise"]),
        (
            '[[manual]]\nid = "tripod"\nowner = "boss"\nen = "a"\nzh = ""\n',
            ["manual[0].id", "'anchor'"],
        ),
        ("[video\n", ["not valid TOML"]),
        ("limits = 3\n", ["limits", "table"]),
        ('extends = "mine"\n', ["circle"]),
    ],
)
def test_a_wrong_profile_is_named_with_key_path_and_what_is_allowed(tmp_path, text, names):
    path = profile(tmp_path, text)
    with pytest.raises(ProfileError) as caught:
        used(path)
    message = caught.value.message
    assert "mine" in message.en
    for name in names:
        assert name in message.en
    assert any("\u4e00" <= c <= "\u9fff" for c in message.zh)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["name", "required"]),
        ('name = "r"\n[cameras.main]\n', ["cameras.main.device", "required"]),
        ('name = "r"\n[cameras.main]\ndevice = 3\n', ["cameras.main.device", "quotes"]),
        ('name = "r"\n[cameras.main]\ndevice = "index:0"\ngain = 3\n', ["cameras.main.gain", "unknown key", "white_balance"]),
        ('name = "r"\n[cameras.main]\ndevice = "index:0"\nwhite_balance = "warm"\n', ["white_balance", "'auto'"]),
        ('name = "r"\n[cameras.main]\ndevice = "index:0"\nsubject = [0, 0, 2, 1]\n', ["subject[2]", "at most 1"]),
        ('name = "r"\n[cameras.a]\ndevice = "index:0"\n[cameras.b]\ndevice = "index:0"\n', ["cameras.a", "cameras.b", "index:0"]),
        ('name = "r"\n[cameras."a/b"]\ndevice = "index:0"\n', ["a/b", "letters"]),
    ],
)  # fmt: skip
def test_a_wrong_studio_file_is_named_with_key_path_and_what_is_allowed(tmp_path, text, names):
    path = tmp_path / "studio.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(StudioError) as caught:
        load_studio(path)
    for name in [str(path), *names]:
        assert name in caught.value.message.en


@given(data=st.binary(max_size=300))
@settings(max_examples=60)
def test_no_file_whatever_brings_the_reader_down(tmp_path_factory, data: bytes):
    path = tmp_path_factory.mktemp("any") / "studio.toml"
    path.write_bytes(data)
    for load in (load_studio, lambda p: load_profile(str(p))):
        with pytest.raises(FileError):
            load(path)


def test_a_folder_or_a_missing_file_is_an_error_that_names_it(tmp_path: Path):
    for path in (tmp_path, tmp_path / "missing.toml"):
        with pytest.raises(StudioError, match=str(path.name)):
            load_studio(path)


def test_every_built_in_profile_loads_and_fits_the_checks():
    for name in profile_names():
        loaded = load_profile(name)
        check_rules(loaded, known_measurements(all_checks()))
        assert loaded.about is not None


roles = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
devices = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
)


@given(
    st.dictionaries(roles, st.builds(CameraRole, device=devices, width=st.integers(1, 9999)), max_size=3),
    st.dictionaries(roles, st.builds(MicrophoneRole, device=devices), max_size=2),
    st.dictionaries(roles, st.builds(UplinkRole, target=st.none() | devices), max_size=2),
)  # fmt: skip
def test_a_written_studio_file_reads_back_as_it_was(
    tmp_path_factory, cameras, microphones, uplinks
):
    bindings = [c.device for c in cameras.values()], [m.device for m in microphones.values()]
    if any(len(set(b)) != len(b) for b in bindings):
        return
    studio = Studio(name="room 1", cameras=cameras, microphones=microphones, uplinks=uplinks)
    path = tmp_path_factory.mktemp("studio") / "studio.toml"
    path.write_text(studio_toml(studio), "utf-8")
    assert load_studio(path) == studio


def test_a_first_studio_file_suggests_and_switches_nothing_on(tmp_path: Path):
    """A sweep is played, and a stream published, only where somebody took the # away."""
    path = tmp_path / "studio.toml"
    studio = Studio(name="room 1", ntp="ntp.example", uplinks={"primary": UplinkRole()})
    text = studio_toml(studio, ['name:Monitor "left"', "index:3"])
    path.write_text(text, "utf-8")
    assert load_studio(path) == studio
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", text)
    path.write_text(text, "utf-8")
    taken = load_studio(path)
    assert taken.speakers["monitor"].device == 'name:Monitor "left"'
    assert taken.uplinks["primary"].ingest == "rtmp://live.example.com/app"
    assert taken.uplinks["primary"].stream_key == "live"


@pytest.mark.parametrize("name", FILES)
def test_the_committed_json_schema_is_the_generated_one(name):
    committed = json.loads((data_folder("profiles") / FILES[name]).read_text("utf-8"))
    assert committed == json_schema(name), "run `make schemas`"
    jsonschema.Draft202012Validator.check_schema(committed)
