"""Small comforts of the command line that its parser does not have."""

from __future__ import annotations

from collections.abc import Sequence

from studiocheck.cli.exit_codes import ExitStyle

LANGUAGES = ("en", "zh")
_GREEDY = frozenset({"--only", "--skip", "--fault"})
_COMMANDS = frozenset({"check", "calibrate", "target"})
_OPTIONAL = {"--simulated": "studio", "--white": "card", "--rtmp": "1935"}


def normalised(arguments: Sequence[str]) -> list[str]:
    """Spell out lists after one option, and an option whose value was left away.

    Examples
    --------
    >>> normalised(["check", "--only", "camera", "mic", "--simulated", "--seed", "3"])
    ['check', '--only', 'camera', '--only', 'mic', '--simulated', 'studio', '--seed', '3']
    """
    arguments = _without_language(arguments)
    if _command_of(arguments) not in _COMMANDS:
        return arguments
    spelled: list[str] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        index += 1
        values: list[str] = []
        while index < len(arguments) and not arguments[index].startswith("-"):
            if word not in _GREEDY | set(_OPTIONAL) or (word in _OPTIONAL and values):
                break
            values.append(arguments[index])
            index += 1
        if word in _OPTIONAL:
            spelled += [word, values[0] if values else _OPTIONAL[word]]
        elif word in _GREEDY and values:
            spelled += [part for value in values for part in (word, value)]
        else:
            spelled.append(word)
    return spelled


def _command_of(arguments: Sequence[str]) -> str | None:
    """Return the command, which a wrong ``--lang`` may stand before."""
    words = iter(arguments)
    for word in words:
        if word == "--lang":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _without_language(arguments: Sequence[str]) -> list[str]:
    """Drop a valid ``--lang``, wherever it stands: it has been acted on before the parser is built.

    A wrong one stays, for the parser to complain about.
    """
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word.startswith("--lang="):
            if word.removeprefix("--lang=") not in LANGUAGES:
                kept.append(word)
        elif word == "--lang":
            value = next(words, None)
            if value not in LANGUAGES:
                kept += [word] if value is None else [word, value]
        else:
            kept.append(word)
    return kept


def exit_style_of(arguments: Sequence[str]) -> ExitStyle:
    """Return the exit style, before anything can go wrong."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    nagios = any(
        word == "--exit-style=nagios" or (word == "--exit-style" and after == "nagios")
        for word, after in pairs
    )
    return "nagios" if nagios else "studiocheck"
