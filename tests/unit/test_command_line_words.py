"""What a tired person mistypes or finds broken is told in words, with what to do, as exit code 2."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studiocheck.cli import localisation
from studiocheck.cli.main import run

Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch, capsys) -> Iterator[Said]:
    monkeypatch.setenv("STUDIOCHECK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANGUAGE", "en")  # so that it is put back
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str]:
        code = run(arguments)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    yield call
    localisation.install("en")


def test_a_wrong_language_is_refused_wherever_it_stands(said: Said):
    for words in (("--lang", "xx", "check", "--simulated"), ("check", "--lang=xx", "--simulated")):
        code, text = said(*words)
        assert (code, "'xx' is not one of 'en', 'zh'" in text) == (2, True)


def test_a_wrong_format_is_told_in_chinese_although_a_variable_could_have_said_it(said: Said):
    code, text = said("--lang", "zh", "check", "--format", "pdf")
    assert code == 2
    assert "（或环境变量 'STUDIOCHECK_FORMAT'）的值不合法：'pdf' 不在可选值之中" in text


def test_no_profile_can_take_the_name_of_one_that_ships(said: Said, tmp_path: Path):
    code, text = said("profile", "new", "live-commerce-1080p30")
    assert (code, "already" in text) == (2, True)
    assert not list(tmp_path.rglob("*.toml"))


def test_a_broken_profile_does_not_hide_the_others(said: Said, tmp_path: Path):
    folder = tmp_path / "home" / "config" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('name = "mine"\nextends = "mine"\n', "utf-8")
    code, text = said("profile", "list")
    assert code == 2
    assert "mine.toml" in text
    assert "three-point-5500" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('name = "room\n', "第 1 行第 13 列"),
        ("", "缺少必需的键"),
        (None, "没有这个文件或文件夹"),
    ],
    ids=["no-quote", "empty", "missing"],
)
def test_a_wrong_studio_file_is_told_in_chinese(said: Said, tmp_path: Path, content, words):
    path = tmp_path / "studio.toml"
    if content is not None:
        path.write_text(content, "utf-8")
    code, text = said("--lang", "zh", "profile", "validate", str(path))
    assert code == 2
    assert str(path) in text

    assert words in text


def test_the_faults_fit_into_a_terminal(said: Said):
    code, text = said("simulate", "faults")
    assert code == 0
    assert max(map(len, text.splitlines())) <= 80


def test_a_run_that_is_not_there_is_not_counted(said: Said):
    code, text = said("--lang", "zh", "report", "nosuch")
    assert (code, "没有运行 'nosuch'" in text) == (2, True)
