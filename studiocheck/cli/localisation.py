"""In which language the command line speaks, and what makes Typer speak it too."""

from __future__ import annotations

import gettext
import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.core.text import Language

if TYPE_CHECKING:
    import typer
    from typer.core import TyperCommand
    from typer.exceptions import TyperException

LOCALE_FOLDER = Path(__file__).parent / "locale"
_DOMAIN = "messages"  # gettext's own default, in which Typer looks its words up
_NAMES: Mapping[str, Language] = {"zh": "zh", "chinese": "zh", "en": "en", "english": "en"}
_CURRENT: ContextVar[Language] = ContextVar("language", default="en")

SENTENCES = (
    "{more}. Did you mean {guess}?",
    "No such option: {name} (Possible options: {guess})",
    "No such option: {name}",
    "Option {name} requires an argument.",
    "Option {name} requires {count} arguments.",
    "Option {name} does not take a value.",
    "Argument {name} takes {count} values.",
    "Got unexpected extra argument(s) ({name})",
    "Missing option {name}. {more}",
    "Missing argument {name}. {more}",
    "Missing option {name}.",
    "Missing argument {name}.",
    "Invalid value for {name} (env var: {variable}): {more}",
    "Invalid value for {name}: {more}",
    "Invalid value: {more}",
    "Could not open file {name}: {more}",
    "Value error, {name} is not one of {guess}.",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be less than or equal to {count}",
    "Input should be greater than or equal to {count}",
    "Input should be less than {count}",
    "Input should be greater than {count}",
    "path {name} does not exist.",
)
"""What Typer 0.26 and later says in English only, the more particular before the general."""


# ---------------------------------------------------------------- which language


def choose_language(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Language:
    """Return the language of this call: ``--lang``, ``STUDIOCHECK_LANG``, the system's, English.

    Parameters
    ----------
    arguments : sequence of str
        The command line without the program's name.
    environment : mapping, optional
        By default that of this process.

    Examples
    --------
    >>> choose_language(["check", "--lang", "zh"], {"STUDIOCHECK_LANG": "en"})
    'zh'
    """
    environment = os.environ if environment is None else environment
    wishes = (_asked(arguments), environment.get("STUDIOCHECK_LANG"))
    for wish in wishes:
        if (language := _language(wish)) is not None:
            return language
    return _language(_system_locale(environment)) or "en"


def _asked(arguments: Sequence[str]) -> str | None:
    """Return the last ``--lang``; the parser judges later whether it is a good one."""
    found = None
    for word, after in zip(arguments, [*arguments[1:], None], strict=False):
        if word == "--":
            break
        if word == "--lang":
            found = after
        elif word.startswith("--lang="):
            found = word.removeprefix("--lang=")
    return found


def _language(name: str | None) -> Language | None:
    """Return the language that a locale's name means.

    Examples
    --------
    >>> _language("zh_CN.UTF-8"), _language("en-GB"), _language("C"), _language("de_DE")
    ('zh', 'en', None, None)
    """
    start = re.match("[a-z]+", (name or "").strip().lower())
    if start is None:
        return None
    return _NAMES.get(start[0])


def _system_locale(environment: Mapping[str, str]) -> str | None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):  # POSIX: the first that is set holds
        if environment.get(name):
            return environment[name]
    if sys.platform == "win32":
        import ctypes
        import locale

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage())
    if sys.platform == "darwin":
        return _macos_language()
    return None


def _macos_language() -> str | None:
    """Ask for the first of the preferred languages, as ``"zh-Hans-CN"``."""
    command = ["/usr/bin/defaults", "read", "-g", "AppleLanguages"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=2, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"[A-Za-z]{2,}[\w-]*", answer.stdout)
    return found[0] if found else None


# ---------------------------------------------------------------- speaking it


def install(language: Language) -> None:
    """Speak a language from now on; call it before the Typer application is built.

    Output that a console cannot print becomes ``?`` instead of an error.
    """
    _CURRENT.set(language)
    # gettext reads the language from the environment; what we run ourselves is run with LC_ALL=C
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(_DOMAIN, str(LOCALE_FOLDER))
    gettext.textdomain(_DOMAIN)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def current_language() -> Language:
    """Return the language that has been installed."""
    return _CURRENT.get()


def localised(app: typer.Typer) -> TyperCommand:
    """Build an application's command, with the words that Typer itself leaves in English."""
    import typer

    command: TyperCommand = typer.main.get_command(app)  # type: ignore[assignment]
    prefix = gettext.gettext("Usage: ")

    class Formatter(typer.Context.formatter_class):  # type: ignore[valid-type,misc]
        def write_usage(self, prog: str, args: str = "", _prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix)

    class Context(typer.Context):
        formatter_class = Formatter

    _dress(command, Context)
    return command


def _dress(command: TyperCommand, context: type[typer.Context]) -> None:
    command.context_class = context
    options = [*command.params, command.get_help_option(context(command))]
    for option in options:
        said = getattr(option, "help", None)
        if option is not None and said:
            option.help = gettext.gettext(said)  # type: ignore[attr-defined]
    for inner in getattr(command, "commands", {}).values():
        _dress(inner, context)


def usage_error(error: TyperException) -> str:
    """Say what is wrong with a command line, and where help is.

    Parameters
    ----------
    error : TyperException
        As Typer raises it with ``standalone_mode=False``.
    """
    context = getattr(error, "ctx", None)
    lines = []
    if type(error).__name__ == "NoArgsIsHelpError":
        return error.format_message()
    if context is not None:
        lines.append(context.get_usage())
        help_names = context.help_option_names
        if help_names:
            command = f"{context.command_path} {help_names[-1]}"
            lines += [gettext.gettext("Try '{command}' for help.").format(command=command), ""]
    said = translated(error.format_message())
    lines.append(gettext.gettext("Error: {said}").format(said=said))
    return "\n".join(lines)


def translated(sentence: str) -> str:
    """Say a sentence of Typer in the language of this call, as it is when it is not known."""
    for known in SENTENCES:
        fields = _fields(known, sentence)
        if fields is not None:
            if "more" in fields:
                fields["more"] = translated(fields["more"])
            return gettext.gettext(known).format(**fields)
    return sentence


def _fields(template: str, sentence: str) -> dict[str, str] | None:
    """Return the fields with which a template makes a sentence.

    Examples
    --------
    >>> _fields("No such option: {name}", "No such option: --foo")
    {'name': '--foo'}
    """
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(template))
    found = re.fullmatch(pattern, sentence, re.DOTALL)
    return found.groupdict() if found else None
