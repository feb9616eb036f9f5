"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from studiocheck.cli.words import say


class Format(StrEnum):
    """How a record can be rendered."""

    TERMINAL = "terminal"
    JSON = "json"
    HTML = "html"
    JUNIT = "junit"
    NAGIOS = "nagios"
    PROMETHEUS = "prometheus"
    MARKDOWN = "markdown"


class Lang(StrEnum):
    """The languages of studiocheck."""

    EN = "en"
    ZH = "zh"


class Backend(StrEnum):
    """The libraries that open microphones."""

    AUTO = "auto"
    SOUNDDEVICE = "sounddevice"
    PYAUDIO = "pyaudio"


class Style(StrEnum):
    """The families of exit codes."""

    STUDIOCHECK = "studiocheck"
    NAGIOS = "nagios"


def profile() -> Any:
    """Return ``--profile``."""
    return typer.Option(
        "--profile",
        "-p",
        envvar="STUDIOCHECK_PROFILE",
        metavar="NAME|FILE",
        help=say("Requirement profile.", "配置（profile）。"),
    )


def studio() -> Any:
    """Return ``--studio``."""
    return typer.Option(
        "--studio",
        "-s",
        envvar="STUDIOCHECK_STUDIO",
        metavar="FILE",
        help=say(
            "Studio file; default ./studio.toml, else what this computer has.",
            "直播间设备文件；默认 ./studio.toml，否则使用本机设备。",
        ),
    )


def format_() -> Any:
    """Return ``--format``."""
    return typer.Option(
        "--format", "-f", envvar="STUDIOCHECK_FORMAT", help=say("Form of the result.", "结果格式。")
    )


def output() -> Any:
    """Return ``--output``."""
    return typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help=say("Write the result to a file.", "将结果写入文件。"),
    )


def as_json() -> Any:
    """Return ``--json``."""
    return typer.Option("--json", help=say("Same as --format json.", "同 --format json。"))


def lang() -> Any:
    """Return ``--lang``; it has been acted on before the parser is built."""
    return typer.Option(
        "--lang",
        envvar="STUDIOCHECK_LANG",
        help=say("Language: en or zh.", "语言：en 或 zh。"),
    )


def no_color() -> Any:
    """Return ``--no-color``."""
    return typer.Option("--no-color", help=say("No colour.", "不使用颜色。"))


def verbose() -> Any:
    """Return ``--verbose``."""
    return typer.Option(
        "--verbose",
        "-v",
        help=say(
            "More progress, and every finding on its own line.", "显示更多进度，逐行列出所有结果。"
        ),
    )


def audio_backend() -> Any:
    """Return ``--audio-backend``."""
    return typer.Option(
        "--audio-backend",
        envvar="STUDIOCHECK_AUDIO_BACKEND",
        help=say("Library that opens microphones.", "打开麦克风所用的库。"),
    )


def calibration() -> Any:
    """Return ``--calibration``."""
    return typer.Option(
        "--calibration",
        envvar="STUDIOCHECK_CALIBRATION",
        metavar="DIR",
        help=say("Folder of calibration records.", "校准记录所在文件夹。"),
    )


def simulated() -> Any:
    """Return ``--simulated``; its value may be left away."""
    return typer.Option(
        "--simulated",
        metavar="[SCENE]",
        help=say("Use the simulated studio instead.", "改用模拟直播间。"),
    )


def fault() -> Any:
    """Return ``--fault``."""
    return typer.Option(
        "--fault",
        metavar="SPEC…",
        help=say(
            "Fault of the simulated studio: DEVICE:FAULT[=VALUE][@TIMEs].",
            "模拟直播间故障：设备:故障[=值][@时间s]。",
        ),
    )


def existing(path: Path | None) -> Path | None:
    """Return a path with ``~`` expanded."""
    return path.expanduser() if path is not None else None
