"""The checklist on a terminal: the decision, what to touch first, then every finding.

A terminal shows the end of what was printed, so a long checklist says at its end again what
counts. Marks and words carry the meaning; colour (blue to orange, safe for colour-blind eyes)
only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Unpack

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Finding, RunRecord
from studiocheck.core.text import Language, Text
from studiocheck.report import Options
from studiocheck.report.checklist import (
    Action,
    Group,
    actions,
    countdown,
    groups,
    local,
    said_of,
    summary,
)
from studiocheck.report.labels import (
    DECISION_MARKS,
    DECISIONS,
    MARKS,
    MEANINGS,
    SIMULATED,
    VERDICTS,
    is_switch,
    value_of,
    values_of,
)
from studiocheck.report.layout import NO_BREAK, cells, clean, pad, tidy, wrap
from studiocheck.report.said_above import alike, explaining
from studiocheck.report.terminal_paint import Line, Span, painted

Columns = tuple[int, int]

_NARROWEST, _WIDEST, _USUAL = 32, 110, 80
_LEAST_ROOM = 24
_REPEAT_AFTER = 24
"""Lines; a checklist longer than the smallest usual terminal repeats its decision at the end."""
_FOLD_AFTER = 8
"""Green findings; a device that has more tells them in one paragraph, so that the rest is seen."""

_TOUCH_FIRST = Text("TOUCH FIRST - this keeps the show off air", "先处理 - 不解决不能开播")
_THEN_LOOK = Text("THEN LOOK AT", "再检查")
_EXPLAINED = Text("see {number} above", "见上文第 {number} 条")
_TOOK = Text("took {seconds} s", "用时 {seconds} 秒")
_RUN = Text("run {run}", "运行编号 {run}")
_MORE = Text("and {count} more, listed above", "另有 {count} 条，见上文")


def render(record: RunRecord, language: Language, **options: Unpack[Options]) -> str:
    """Write the checklist.

    Parameters
    ----------
    record : RunRecord
        What to show.
    language : Language
        In which language.
    **options : Options
        ``width`` in columns (80 by default), ``colour`` (off by default), ``zone``, ``full``
        (off by default: the green findings of a device that has many are told in one paragraph).
    """
    width = min(max(options.get("width") or _USUAL, _NARROWEST), _WIDEST)
    page = _Page(language, width, options.get("zone"), full=options.get("full", False))
    lines = list(page.checklist(record))
    return "".join(f"{painted(line, colour=options.get('colour', False))}\n" for line in lines)


class _Page:
    """Lays a record out for one language and width; holds nothing else."""

    def __init__(self, language: Language, width: int, zone: tzinfo | None, *, full: bool) -> None:
        self._language, self._width, self._zone, self._full = language, width, zone, full

    def checklist(self, record: RunRecord) -> Iterator[Line]:
        todo = actions(record)
        head = [*self._headline(record, todo), *self._todo(todo)]
        columns = self._columns(record)
        body = [line for group in groups(record) for line in self._group(group, todo, columns)]
        yield from head
        yield from body
        yield []
        yield from self._closing(record, todo, long=len(head) + len(body) > _REPEAT_AFTER)

    def _to(self, text: Text) -> str:
        return tidy(text.to(self._language))

    # ------------------------------------------------------------------ the decision

    def _headline(self, record: RunRecord, todo: tuple[Action, ...]) -> Iterator[Line]:
        sign = f"{DECISION_MARKS[record.decision]} {self._to(DECISIONS[record.decision])}"
        frame = cells(sign) + 6
        edge = f"{record.decision} frame"
        bar: Line = [("+" + "-" * (frame - 2) + "+", edge)]
        left: list[Line] = [bar, [("|  ", edge), (sign, record.decision), ("  |", edge)], bar]
        yield []
        if self._width - frame < 40:
            yield from left
            for text, style in self._facts(record, todo):
                for piece in wrap(text, self._width):
                    yield [(piece, style)]
        else:
            right: list[Line] = []
            for text, style in self._facts(record, todo):
                right += [[(piece, style)] for piece in wrap(text, self._width - frame - 2)]
            for index in range(max(len(left), len(right))):
                line: Line = left[index] if index < len(left) else [(" " * frame, "plain")]
                beside: Line = right[index] if index < len(right) else []
                yield [*line, ("  ", "plain"), *beside]
        if record.simulated:
            yield []
            for piece in wrap(self._to(SIMULATED), self._width - 2):
                yield [(f" {piece} ", "label")]

    def _facts(self, record: RunRecord, todo: tuple[Action, ...]) -> Iterator[Span]:
        yield self._to(MEANINGS[record.decision]), "strong"
        left = countdown(record, self._zone)
        counts = self._to(summary(record, todo))
        if left is not None:
            yield self._to(left), "strong"
        yield counts, "plain"
        at = f"{local(record.started, self._zone):%Y-%m-%d{NO_BREAK}%H:%M}"
        yield f"{clean(record.studio)} · {clean(record.profile.name)} · {at}", "faint"

    # ------------------------------------------------------------------ what to touch

    def _todo(self, todo: tuple[Action, ...]) -> Iterator[Line]:
        for stopping, title in ((True, _TOUCH_FIRST), (False, _THEN_LOOK)):
            chosen = [action for action in todo if action.stops is stopping]
            if chosen:
                yield []
                for piece in wrap(self._to(title), self._width):
                    yield [(piece, "strong")]
            for action in chosen:
                yield from self._action(action)

    def _action(self, action: Action) -> Iterator[Line]:
        indent = 6
        room = self._width - indent
        first, *more = wrap(self._to(_headed(action)), room)
        yield [
            (f"{action.number:>3} ", "strong"),
            (f"{MARKS[action.verdict]} ", action.verdict),
            (first, "strong"),
        ]
        for piece in more:
            yield [(" " * indent + piece, "strong")]
        for said in action.said:
            for piece in wrap(self._to(said), room):
                yield [(" " * indent + piece, "plain")]
        if action.advice:
            first, *more = wrap(self._to(action.advice), room - 3)
            yield [(" " * indent + "-> ", action.verdict), (first, "plain")]
            for piece in more:
                yield [(" " * (indent + 3) + piece, "plain")]

    def _flow(self, pieces: Iterable[str], room: int) -> list[str]:
        """Put as many pieces on a line as fit; break inside one only when it must."""
        lines: list[str] = []
        for piece in pieces:
            joined = f"{lines[-1]} · {piece}" if lines else piece
            if lines and len(wrap(joined, room)) == 1:
                lines[-1] = joined
            else:
                lines += wrap(piece, room)
        return lines

    # ------------------------------------------------------------------ every finding

    def _columns(self, record: RunRecord) -> tuple[int, int]:
        """Return the widths of the columns of words and of titles, the same for every device."""
        words = max(cells(self._to(word)) for word in VERDICTS.values())
        short = (f.title for f in record.findings if f.verdict is not Verdict.PENDING)
        titles = max((cells(self._to(title)) for title in short), default=_LEAST_ROOM)
        return words, min(titles, max(14, (self._width - words) // 3))

    def _group(self, group: Group, todo: tuple[Action, ...], columns: Columns) -> Iterator[Line]:
        yield []
        green = [f for f in group.findings if f.verdict is Verdict.PASS]
        score = f"  {len(green)}/{len(group.findings)} {self._to(VERDICTS[Verdict.PASS])}"
        first, *more = wrap(self._to(group.device), self._width - cells(score))
        yield [(first, "strong"), (score, "faint")]
        yield from ([(piece, "strong")] for piece in more)
        folded = [] if self._full or len(green) <= _FOLD_AFTER else green
        blank = [] if self._full else alike(group.findings, todo)
        for finding in group.findings:
            if blank and finding is blank[0]:
                about = explaining(finding, todo)
                above = [self._to(_EXPLAINED.fill(number=about.number))] if about else []
                told = [*map(self._short, blank), *above]
                yield from self._paragraph(told, finding.verdict, columns)
            elif finding not in folded and finding not in blank:
                yield from self._finding(finding, todo, columns)
        if folded:
            yield from self._paragraph(map(self._short, folded), Verdict.PASS, columns)

    def _paragraph(self, told: Iterable[str], verdict: Verdict, columns: Columns) -> Iterator[Line]:
        """Tell findings of one verdict in one paragraph."""
        mark = f" {MARKS[verdict]} {pad(self._to(VERDICTS[verdict]), columns[0])}  "
        for index, said in enumerate(self._flow(told, self._width - cells(mark))):
            yield [(mark if index == 0 else " " * cells(mark), verdict), (said, "plain")]

    def _short(self, finding: Finding) -> str:
        """Name a finding with the value that was judged."""
        numbers = (m for m in finding.measurements if m.limit is not None and not is_switch(m))
        judged = next(numbers, None)
        value = f"{NO_BREAK}{value_of(judged)}" if judged is not None else ""
        return self._to(finding.title).replace(" ", NO_BREAK) + value

    def _finding(
        self, finding: Finding, todo: tuple[Action, ...], columns: Columns
    ) -> Iterator[Line]:
        words, titles = columns
        about = None if finding.verdict is Verdict.PASS else explaining(finding, todo)
        style = finding.verdict
        body = "faint" if style is Verdict.SKIPPED else "plain"
        mark = f" {MARKS[style]} {pad(self._to(VERDICTS[style]), words)}  "
        start = cells(mark) + titles + 2
        if self._width - start < _LEAST_ROOM:  # too narrow for columns: values below the title
            for index, name in enumerate(wrap(self._to(finding.title), self._width - cells(mark))):
                yield [(mark if index == 0 else " " * cells(mark), style), (name, body)]
            for said in self._flow(self._remarks(finding, about), self._width - 5):
                yield [(" " * 5 + said, body)]
            return
        names = wrap(self._to(finding.title), titles)
        says = self._flow(self._remarks(finding, about), self._width - start)
        for index in range(max(len(names), len(says))):
            name = names[index] if index < len(names) else ""
            said = says[index] if index < len(says) else ""
            lead = mark if index == 0 else " " * cells(mark)
            yield [(lead, style), (pad(name, titles) + "  ", body), (said, body)]

    def _remarks(self, finding: Finding, about: Action | None) -> list[str]:
        said = [self._to(text) for text in said_of(finding)]
        if about is None:
            return said
        above = self._to(_EXPLAINED.fill(number=about.number))
        if not about.diagnosed:
            return [*(self._to(value) for value in values_of(finding)), above]
        # a diagnosis may be wrong: keep what the check itself would do
        return [*said, above, *([f"-> {self._to(finding.advice)}"] if finding.advice else [])]

    # ------------------------------------------------------------------ the end

    def _closing(
        self, record: RunRecord, todo: tuple[Action, ...], *, long: bool
    ) -> Iterator[Line]:
        if long:
            sign = f" {DECISION_MARKS[record.decision]} {self._to(DECISIONS[record.decision])} "
            counts = self._to(summary(record, todo))
            if cells(sign) + cells(counts) + 2 <= self._width:
                yield [(sign, record.decision), (f"  {counts}", "strong")]
            else:
                yield [(sign, record.decision)]
                yield from ([(f" {piece}", "strong")] for piece in wrap(counts, self._width - 1))
            chosen = [a for a in todo if a.stops] or list(todo)
            for action in chosen[:3]:
                first, *more = wrap(self._to(_headed(action)), self._width - 8)
                short = f"{first} …" if more else first
                mark = f"{MARKS[action.verdict]} "
                yield [(f"{action.number:>3} ", "strong"), (mark, action.verdict), (short, "plain")]
            if len(chosen) > 3:
                yield [("      " + self._to(_MORE.fill(count=len(chosen) - 3)), "faint")]
        told = _TOOK.fill(seconds=f"{record.duration_s:.1f}"), _RUN.fill(run=record.run_id)
        for piece in wrap(" · ".join(self._to(text) for text in told), self._width - 1):
            yield [(f" {piece}", "faint")]


def _headed(action: Action) -> Text:
    """Name an action: where, what, and what is wrong with it; a cause says all of that itself."""
    word = Text(VERDICTS[action.verdict].en.replace(" ", NO_BREAK), VERDICTS[action.verdict].zh)
    if action.diagnosed:
        en, zh = action.title.en, action.title.zh
    else:
        place = action.device
        en = f"{place.en}: {action.title.en}, {word.en}" if place else action.title.en
        zh = f"{place.zh}：{action.title.zh} {word.zh}" if place else action.title.zh
    return Text(en, zh)
