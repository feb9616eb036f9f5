"""Small comforts of the command line that its parser does not have."""

from __future__ import annotations

from collections.abc import Sequence

from studiocheck.cli.exit_codes import ExitStyle

_GREEDY = frozenset({"--only", "--skip", "--fault"})
_OPTIONAL = {"--simulated": "studio"}


def normalised(arguments: Sequence[str]) -> list[str]:
    """Spell out lists after one option, and an option whose value was left away.

    Examples
    --------
    >>> normalised(["check", "--only", "camera", "mic", "--simulated", "--seed", "3"])
    ['check', '--only', 'camera', '--only', 'mic', '--simulated', 'studio', '--seed', '3']
    """
    if not arguments or arguments[0] != "check":
        return list(arguments)
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


def exit_style_of(arguments: Sequence[str]) -> ExitStyle:
    """Return the exit style, before anything can go wrong."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    nagios = any(
        word == "--exit-style=nagios" or (word == "--exit-style" and after == "nagios")
        for word, after in pairs
    )
    return "nagios" if nagios else "studiocheck"
