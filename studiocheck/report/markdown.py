"""A chat message: the decision and what to touch, at most 2,048 bytes of Markdown.

WeCom cuts texts at 2,048 bytes, in the middle of a character if need be; so what does not fit is
left out here, whole lines at a time, and counted.
"""

from __future__ import annotations

import re
from typing import Unpack

from studiocheck.core.record import RunRecord
from studiocheck.core.text import Language, Text
from studiocheck.report import Options
from studiocheck.report.checklist import Action, actions, countdown, local, summary
from studiocheck.report.labels import DECISION_MARKS, DECISIONS, MARKS, SIMULATED, VERDICTS
from studiocheck.report.layout import clean

LONGEST_BYTES = 2048
_LINE_CELLS = 300
"""Characters; no single thing may crowd out all others."""
_MORE = Text("… and {count} more", "……另有 {count} 条")


def render(record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
    """Write the message."""
    todo = actions(record)
    zone = options.get("zone")
    sign = f"{DECISION_MARKS[record.decision]} {DECISIONS[record.decision].to(language)}"
    lines = [f"## {sign} · {_said(record.studio, 60)}"]
    if record.simulated:
        lines.append(f"**{_said(SIMULATED.to(language))}**")
    lines.append(_said(summary(record, todo).to(language)))
    if left := countdown(record, zone):
        lines.append(f"**{_said(left.to(language))}**")
    at = f"{local(record.started, zone):%Y-%m-%d %H:%M}"
    lines.append(f"{at} · {_said(record.profile.name, 60)}")
    head = "\n\n".join(lines) + "\n"
    return head + _fitting(todo, language, LONGEST_BYTES - _size(head))


def _fitting(todo: tuple[Action, ...], language: Language, room: int) -> str:
    """Return as many items as fit, each whole, and how many do not."""
    text = ""
    for index, action in enumerate(todo):
        item = "\n" + _item(action, language) + "\n"
        rest = len(todo) - index - 1
        more = f"\n{_MORE.fill(count=rest + 1).to(language)}\n"
        if _size(text + item) + (_size(more) if rest else 0) > room:
            return text + more
        text += item
    return text


def _item(action: Action, language: Language) -> str:
    word = "" if action.diagnosed else f" - {VERDICTS[action.verdict].to(language)}"
    place = "" if action.diagnosed or not action.device else f"{action.device.to(language)}: "
    title = _said(f"{place}{action.title.to(language)}{word}")
    said = _said("; ".join(text.to(language) for text in action.said))
    parts = [f"{action.number}. {MARKS[action.verdict]} **{title}**"]
    parts += [said] if said else []
    parts += [f"→ {_said(action.advice.to(language))}"] if action.advice else []
    return "  \n   ".join(parts)


def _said(text: str, longest: int = _LINE_CELLS) -> str:
    """Return text as text: nothing in it is markup, a link or a mention."""
    plain = clean(text)
    if len(plain) > longest:
        plain = plain[: longest - 1] + "…"
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", plain)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
