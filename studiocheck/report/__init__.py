"""Renders a run record as text. One format, one file; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from importlib import import_module
from typing import Protocol, TypedDict, Unpack

from studiocheck.core.record import RunRecord
from studiocheck.core.text import Language


class Options(TypedDict, total=False):
    """What a format may make use of; each takes what it needs.

    ``width`` in columns, ``colour`` and ``full`` are the terminal's; ``zone`` is the time zone of
    times meant for people, by default this computer's; ``evidence`` maps the file names that
    findings name to their content.
    """

    width: int | None
    colour: bool
    full: bool
    zone: tzinfo | None
    evidence: Mapping[str, bytes]


class Renderer(Protocol):
    """Writes a record in one format. The text ends with a line break."""

    def __call__(self, record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
        """Return the whole document."""
        ...


def _lazily(module: str) -> Renderer:
    def render(record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
        renderer: Renderer = import_module(f"{__name__}.{module}").render
        return renderer(record, language, **options)

    return render


RENDERERS: Mapping[str, Renderer] = {
    "terminal": _lazily("terminal"),
    "json": _lazily("json_"),
    "html": _lazily("html"),
    "junit": _lazily("junit"),
    "nagios": _lazily("nagios"),
    "prometheus": _lazily("prometheus"),
    "markdown": _lazily("markdown"),
}
"""Every format by the name that ``--format`` takes; a format is imported when it is used."""
