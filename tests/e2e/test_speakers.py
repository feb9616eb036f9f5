"""Loudspeakers are listed by name, and suggested in a first studio file without being used."""

from __future__ import annotations

from pathlib import Path

from studiocheck.profile.load import load_studio
from tests.conftest import Program
from tests.e2e.pulse import SPEAKER, Rig, rig

__all__ = ["rig"]  # a fixture


def test_a_first_studio_file_suggests_the_speaker_by_name(
    rig: Rig, program: Program, tmp_path: Path
) -> None:
    path = tmp_path / "studio.toml"
    ours = {name: rig.environment[name] for name in rig.environment if "PULSE" in name}
    ours |= {name: rig.environment[name] for name in ("XDG_RUNTIME_DIR", "ALSA_CONFIG_PATH")}
    said = program("devices", "--write-studio", str(path), **ours)
    assert said.code == 0, said.err
    assert f"name:{SPEAKER}" in said.out
    (suggested,) = [
        line for line in path.read_text("utf-8").splitlines() if line.startswith("# device")
    ]
    assert f'"name:{SPEAKER}"' in suggested
    assert not load_studio(path).speakers
