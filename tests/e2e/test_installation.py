"""The wheel carries its data: what works in the source tree works where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = folder.glob("studiocheck-*.whl")
    place = folder / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(place), str(wheel)], check=True, capture_output=True)  # fmt: skip
    return place


@pytest.mark.slow
def test_an_installed_wheel_finds_its_profiles_scenes_words_and_templates(installed, tmp_path):
    env = os.environ | {
        "PYTHONPATH": str(installed),
        "STUDIOCHECK_HOME": str(tmp_path / "home"),
        "STUDIOCHECK_LANG": "zh",
        "PYTHONUTF8": "1",
    }

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "studiocheck", *arguments],
            cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
        return done.stdout

    where = subprocess.run(
        [sys.executable, "-c", "import studiocheck; print(studiocheck.__file__)"],
        cwd=tmp_path, env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert where.startswith(str(installed))
    assert "live-commerce-1080p30" in run("profile", "list")
    assert "选项" in run("--help")
    page = run("check", "--simulated", "--only", "host", "--no-input", "--format", "html")
    assert page.lower().startswith("<!doctype html>")
