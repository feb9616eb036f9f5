from __future__ import annotations

import io
import os
import subprocess
import sys
from gettext import GNUTranslations
from string import Formatter

import pytest

from studiocheck.cli import localisation
from studiocheck.cli.localisation import LOCALE_FOLDER, SENTENCES, choose_language

PO = LOCALE_FOLDER / "zh" / "LC_MESSAGES" / "messages.po"


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["check", "--lang", "zh"], {"STUDIOCHECK_LANG": "en", "LANG": "en_US.UTF-8"}, "zh"),
        (["check", "--lang=en"], {"STUDIOCHECK_LANG": "zh"}, "en"),
        (["check"], {"STUDIOCHECK_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        (["check"], {"LANG": "zh_CN.GBK"}, "zh"),
        (["check"], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (["check"], {"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        (["check"], {"LANG": "de_DE.UTF-8"}, "en"),
        (["check", "--lang"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["check", "--lang", "klingon"], {"STUDIOCHECK_LANG": "zh"}, "zh"),
        (["check", "--lang", "en", "--lang", "zh"], {}, "zh"),
    ],
)
def test_flag_beats_environment_beats_system(arguments, environment, language):
    assert choose_language(arguments, environment) == language


def _catalogue():
    from babel.messages.pofile import read_po

    with PO.open("rb") as file:
        return read_po(file, locale="zh")


def _entries(compiled):
    found = dict(GNUTranslations(io.BytesIO(compiled))._catalog)
    del found[""]  # the header carries the time and the version of the compiler
    return found


def test_the_compiled_catalogue_is_that_of_its_source():
    from babel.messages.mofile import write_mo

    fresh = io.BytesIO()
    write_mo(fresh, _catalogue())
    compiled = PO.with_suffix(".mo").read_bytes()
    assert _entries(compiled) == _entries(fresh.getvalue()), (
        "run: pybabel compile -d studiocheck/cli/locale"
    )


def test_everything_is_translated_with_the_same_fields():
    for message in _catalogue():
        if not message.id:
            continue
        assert message.string, message.id
        fields = {name for _, name, _, _ in Formatter().parse(message.id) if name is not None}
        said = {name for _, name, _, _ in Formatter().parse(message.string) if name is not None}
        assert fields == said, message.id


def test_every_sentence_that_typer_keeps_in_english_has_a_translation():
    known = {message.id for message in _catalogue()}
    assert set(SENTENCES) <= known


def test_every_word_that_this_typer_looks_up_has_a_translation():
    import typer
    from babel.messages.extract import extract_from_dir

    folder = os.path.dirname(typer.__file__)  # noqa: PTH120
    found = extract_from_dir(folder, keywords={"_": None}, method_map=[("**.py", "python")])
    asked = {message for _, _, message, _, _ in found}
    assert asked <= {message.id for message in _catalogue()}


APP = """
import sys
from enum import StrEnum
from typing import Annotated
import typer
from typer.exceptions import TyperException
from studiocheck.cli import localisation

localisation.install(localisation.choose_language(sys.argv[1:]))

class Colour(StrEnum):
    RED = "red"

app = typer.Typer(rich_markup_mode=None)

@app.command()
def paint(what: str, colour: Colour = Colour.RED, coats: Annotated[int, typer.Option(max=3)] = 1,
          lang: Annotated[str, typer.Option(envvar="STUDIOCHECK_LANG")] = "en") -> None: ...

@app.command()
def other() -> None: ...

try:
    localisation.localised(app)(sys.argv[1:], standalone_mode=False, prog_name="app")
except TyperException as error:
    print(localisation.usage_error(error), file=sys.stderr)
"""


def _run(*arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("STUDIOCHECK_LANG", "LANGUAGE")}
    done = subprocess.run(
        [sys.executable, "-c", APP, *arguments],
        capture_output=True,
        env=clean | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "80"} | environment,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")


def test_the_help_of_a_chinese_call_has_a_chinese_frame():
    said = _run("paint", "--help", STUDIOCHECK_LANG="zh")
    for word in ("用法：", "参数", "选项", "必填", "默认", "环境变量", "显示本帮助后退出"):
        assert word in said
    for word in ("Usage", "Options", "Arguments", "required", "default", "Show this"):
        assert word not in said
    assert "命令" in _run("--help", STUDIOCHECK_LANG="zh")


def test_the_help_of_an_english_call_stays_english_on_a_chinese_system():
    said = _run("paint", "--help", STUDIOCHECK_LANG="en", LANG="zh_CN.UTF-8")
    assert "Usage: " in said
    assert "Options" in said
    assert "选项" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pain"], "错误：没有命令 'pain'。是否想输入 'paint'？"),
        (["zzz"], "错误：没有命令 'zzz'。"),
        (["paint"], "错误：缺少参数 'what'。"),
        (["paint", "x", "--colou", "red"], "没有选项 --colou（相近的选项：--colour）"),
        (["paint", "x", "--colour", "blue"], "'--colour' 的值不合法：'blue' 不在可选值之中：'red'"),
        (["paint", "x", "--coats", "9"], "'--coats' 的值不合法：不能大于 3。"),
        (["paint", "x", "--coats", "y"], "'--coats' 的值不合法：应为整数。"),
        (["paint", "x", "--coats"], "选项 '--coats' 需要一个值。"),
        (["paint", "x", "y"], "多余的参数：y"),
    ],
)
def test_a_wrong_command_line_is_answered_in_chinese(arguments, said):
    assert said in _run(*arguments, STUDIOCHECK_LANG="zh")


def test_a_chinese_windows_console_gets_help_and_errors_whatever_they_contain():
    assert "?" in _run("\U0001f3a5", STUDIOCHECK_LANG="en", PYTHONIOENCODING="gbk")


def test_a_sentence_that_nobody_knows_is_said_as_it_is():
    assert localisation.translated("something {new} {0}") == "something {new} {0}"
