"""One self-contained page: show it to a producer, archive it, print it on A4.

No script, no network: styles are inline, pictures are ``data:`` addresses, and the language is
switched by a radio button and CSS.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Unpack

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.runtime import Macro
from markupsafe import Markup, escape

from studiocheck.core.record import RunRecord
from studiocheck.core.text import Language, Text
from studiocheck.report import Options
from studiocheck.report import labels as words
from studiocheck.report.checklist import Action, actions, countdown, groups, local, summary
from studiocheck.report.gauge import gauge_of
from studiocheck.report.layout import tidy

_PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def render(record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
    """Write the page; ``language`` is the one that it opens in."""
    zone = options.get("zone")
    todo = actions(record)
    pictures = _pictures(options.get("evidence") or {})
    named = dict.fromkeys(name for f in record.findings for name in f.evidence)
    homes = _homes(todo, pictures)
    return (
        _environment()
        .get_template("report.html")
        .render(
            record=record,
            language=language,
            stopping=[action for action in todo if action.stops],
            looking=[action for action in todo if not action.stops],
            groups=groups(record),
            summary=summary(record, todo),
            countdown=countdown(record, zone),
            started=f"{local(record.started, zone):%Y-%m-%d %H:%M:%S}",
            pictures=pictures,
            homes=homes,
            gallery=_gallery(named, pictures, homes),
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
    return found


def _homes(todo: Iterable[Action], pictures: Mapping[str, str]) -> dict[int, str]:
    """Give each thing to touch its photo; one photo is shown once, where it is needed first."""
    homes: dict[int, str] = {}
    for action in todo:
        shown = set(homes.values())
        fresh = (name for name in action.photos if name in pictures and name not in shown)
        if name := next(fresh, None):
            homes[action.number] = name
    return homes


def _gallery(
    named: Iterable[str], pictures: Mapping[str, str], homes: Mapping[int, str]
) -> list[str]:
    """Return one picture of each camera that is not shown yet; its others look the same."""
    seen = {_series(name) for name in homes.values()}
    found = []
    for name in named:
        if name in pictures and _series(name) not in seen:
            seen.add(_series(name))
            found.append(name)
    return found


def _series(name: str) -> str:
    """Return what the pictures of one camera have in common: ``frames/main``."""
    return re.sub(r"-\d+\.\w+$", "", name)


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
    )
    environment.filters["anchor"] = _anchor
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


def _anchor(name: str) -> str:
    return re.sub("[^A-Za-z0-9]+", "-", name).strip("-")
