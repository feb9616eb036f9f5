"""One self-contained page: show it to a producer, archive it, print it on A4.

No script, no network: styles are inline, pictures are ``data:`` addresses, and the language is
switched by a radio button and CSS.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Unpack
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup, escape

from studiocheck.core.record import RunRecord
from studiocheck.core.text import Language, Text
from studiocheck.report import Options
from studiocheck.report import labels as words
from studiocheck.report.balance import balances
from studiocheck.report.checklist import Action, actions, countdown, groups, local, summary
from studiocheck.report.gauge import gauge_of
from studiocheck.report.layout import tidy
from studiocheck.report.pictures.kinds import look_of
from studiocheck.report.pictures.svg import is_drawing
from studiocheck.report.sheet import figure_of, sheets, title_of

_PLAIN = " !$()*+,-./:;=?@[]{|}~"
"""Characters that may stand in a ``data:`` address and in an attribute as they are."""

_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def render(record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
    """Write the page; ``language`` is the one that it opens in."""
    zone = options.get("zone")
    todo, devices = actions(record), groups(record)
    pictures = _pictures(options.get("evidence") or {})
    homes = _homes(todo, pictures)
    contact = sheets(devices, pictures, homes.values())
    figures = {figure.name: figure for sheet in contact for figure in sheet.figures}
    named = dict.fromkeys(name for f in record.findings for name in f.evidence)
    return (
        _environment()
        .get_template("report.html")
        .render(
            record=record,
            language=language,
            stopping=[action for action in todo if action.stops],
            looking=[action for action in todo if not action.stops],
            groups=devices,
            summary=summary(record, todo),
            countdown=countdown(record, zone),
            started=f"{local(record.started, zone):%Y-%m-%d %H:%M:%S}",
            pictures=pictures,
            homes=homes,
            balances=balances(devices),
            seen=[sheet for sheet in contact if not sheet.plotted],
            heard=[sheet for sheet in contact if sheet.heard],
            carried=[sheet for sheet in contact if sheet.carried],
            figures=figures,
            other_files=[name for name in named if name not in pictures],
        )
    )


def _pictures(evidence: Mapping[str, bytes]) -> dict[str, str]:
    """Return the pictures among the evidence as addresses that hold them whole."""
    found = {}
    for name, content in evidence.items():
        kind = next((k for start, k in _PICTURES.items() if content.startswith(start)), None)
        if kind:
            found[name] = f"data:{kind};base64,{b64encode(content).decode('ascii')}"
        elif is_drawing(content):
            # base64 inside base64 would cost a third more
            found[name] = f"data:image/svg+xml,{quote(content, safe=_PLAIN)}"
    return found


def _homes(todo: Iterable[Action], pictures: Mapping[str, str]) -> dict[int, str]:
    """Give each thing to touch its picture; one is shown once, where it is needed first.

    Plain frames of one camera look the same: one of them is enough.
    """
    homes: dict[int, str] = {}
    shown: set[str] = set()
    for action in todo:
        fresh = (name for name in action.photos(pictures) if look_of(name) not in shown)
        if name := next(fresh, None):
            homes[action.number] = name
            shown.add(look_of(name))
    return homes


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("studiocheck.report"),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(
        words=words,
        gauge_of=gauge_of,
        t=_both,
        tr=Text,
        figure_of=figure_of,
        title_of=title_of,
    )
    return environment


def _finalize(value: object) -> object:
    """Let nothing into the page that steers a terminal or hides in the direction of text."""
    if isinstance(value, Markup | Macro):
        return value
    return tidy(value) if isinstance(value, str) else value


def _both(text: Text) -> Markup:
    """Write a text in both languages; the page shows one of them."""
    en, zh = tidy(text.en), tidy(text.zh)
    if en == zh:
        return escape(en)
    return Markup('<span lang="en">{}</span><span lang="zh-CN">{}</span>').format(en, zh)
