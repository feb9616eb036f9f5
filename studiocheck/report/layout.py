"""Text on a grid of cells: cleaning, measuring and wrapping, Chinese included."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate

from rich.cells import cell_len

_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
)
_OPENING = "([{（【《「『“‘"
_CLOSING = ")]},.;:!?%）】》」』”’，。、；：？！…"
_TOKEN = re.compile(
    r" +"
    rf"|[{re.escape(_OPENING)}]*"
    rf"(?:[{_WIDE}]|[^ {_WIDE}{re.escape(_OPENING)}]+|(?<=[{re.escape(_OPENING)}])(?= |$))"
    rf"[{re.escape(_CLOSING)}]*"
)
NO_BREAK = "\u00a0"
"""A space at which no line is broken; `wrap` and `clean` turn it into a plain one at the end."""
_SPACES = {"Cc", "Zl", "Zp", "Zs"}
_UNPRINTABLE = {"Cf", "Cs", "Co", "Cn"}


def tidy(text: str) -> str:
    """Return text on one line without anything that steers a terminal; `NO_BREAK` stays.

    Device names come from strangers: control characters (escape sequences among them) become
    spaces, direction marks and lone surrogates disappear.
    """
    kept = []
    for char in text:
        kind = unicodedata.category(char)
        if char == NO_BREAK or kind not in _SPACES | _UNPRINTABLE:
            kept.append(char)
        elif kind in _SPACES:
            kept.append(" ")
    return " ".join(part for part in "".join(kept).split(" ") if part)


def clean(text: str) -> str:
    r"""Return what `tidy` does, in plain spaces.

    Examples
    --------
    >>> clean("USB\x1b[2J camera\nC\u202e920")
    'USB [2J camera C920'
    """
    return " ".join(tidy(text).replace(NO_BREAK, " ").split())


def cells(text: str) -> int:
    """Return how many columns a text takes on a terminal.

    Examples
    --------
    >>> cells("帧率 fps")
    8
    """
    return cell_len(text)


def _cautious(text: str) -> int:
    """Count ``√ × ± ≥`` and their like double, as Chinese Windows consoles draw them."""
    return cell_len(text) + sum(
        unicodedata.east_asian_width(char) == "A" and cell_len(char) == 1 for char in text
    )


def pad(text: str, width: int) -> str:
    """Fill a text up with spaces to ``width`` columns; a longer one stays as it is."""
    return text + " " * max(0, width - cells(text))


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` columns.

    Western text breaks between words, Chinese anywhere but before closing and after opening
    punctuation. A word that is too long is cut.

    Examples
    --------
    >>> wrap("请检查主灯是否打开。", 10)
    ['请检查主灯', '是否打开。']
    """
    width = max(4, width)
    lines, line = [], ""
    for token in _tokens(tidy(text), width):
        if line and _cautious(line + token.rstrip(" ")) > width:
            lines.append(line)
            line = ""
        line += token if line else token.lstrip(" ")
    if line.strip() or not lines:
        lines.append(line)
    return [line.replace(NO_BREAK, " ").rstrip() for line in lines]


def _tokens(text: str, width: int) -> Iterator[str]:
    for found in _TOKEN.finditer(text):
        token = found.group()
        while _cautious(token) > width:
            sums = accumulate(_cautious(char) for char in token)
            cut = max(1, sum(total <= width for total in sums))
            yield token[:cut]
            token = token[cut:]
        yield token
