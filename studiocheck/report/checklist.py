"""What to touch first: the order in which a person works through a record. Decides no verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from studiocheck.core.measurement import Verdict, worst
from studiocheck.core.record import Finding, RunRecord
from studiocheck.core.text import Text
from studiocheck.report.labels import GROUPS, device_of, group_of, owner_of, values_of
from studiocheck.report.pictures.kinds import explaining, parse

_STOPS = (Verdict.FAIL, Verdict.UNMEASURED, Verdict.PENDING)
_URGENCY = (
    Verdict.FAIL,
    Verdict.UNMEASURED,
    Verdict.MARGINAL,
    Verdict.PENDING,
    Verdict.SKIPPED,
    Verdict.WAIVED,
    Verdict.PASS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to touch.

    Parameters
    ----------
    number : int
        Its place in the list, so that people can say "number two".
    title : Text
        What is wrong: a diagnosed cause, or the name of a check.
    device : Text, optional
        Where, when it is one place.
    verdict : Verdict
        The gravest of what it is about.
    stops : bool
        Whether it keeps the show off air.
    said : tuple of Text
        Values with what is allowed, or why there are none.
    advice : Text, optional
        What to do.
    findings : tuple of Finding
        All that it is about.
    diagnosed : bool
        Whether ``title`` is a cause found across findings, which says itself what to touch.
    """

    number: int
    title: Text
    device: Text | None
    verdict: Verdict
    stops: bool
    said: tuple[Text, ...]
    advice: Text | None
    findings: tuple[Finding, ...]
    diagnosed: bool = False

    def photos(self, there: Collection[str]) -> tuple[str, ...]:
        """Return what may stand beside it, best first, each once, of the pictures there are.

        That is what explains it; else the scene, which is also the best picture of a cause found
        across findings, unless lamps are among them or there is none, as of microphones.
        """
        named = dict.fromkeys(name for f in self.findings for name in f.evidence if name in there)
        frames = [name for name in named if (is_a := parse(name)) is None or is_a.kind == "still"]
        telling = [
            name
            for f in self.findings
            if not self.diagnosed or not frames or f.check == "light.lamps"
            for name in explaining(f.check, named)
        ]
        return tuple(dict.fromkeys(telling or frames))


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one device."""

    device: Text
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many things stop the show, deserve a look, are fine, and how many there are."""

    stopping: int
    look: int
    ok: int
    total: int


def stops(finding: Finding) -> bool:
    """Whether a finding keeps the show off air."""
    return finding.blocker and finding.verdict in _STOPS


def _asks(finding: Finding) -> bool:
    """Whether a finding wants something of a person or explains a decision that is not GO."""
    if finding.verdict is Verdict.SKIPPED:
        return finding.blocker
    return finding.verdict is not Verdict.PASS


def actions(record: RunRecord) -> tuple[Action, ...]:
    """Return what to touch, first thing first.

    What stops the show comes before what does not; within each, diagnosed causes before single
    findings, and failures before the unknown. Findings that a diagnosis explains are not listed
    a second time.
    """
    explained: set[int] = set()
    found: list[Action] = []
    for diagnosis in record.diagnoses:
        known = [i for i in diagnosis.findings if 0 <= i < len(record.findings)]
        explained.update(known)
        about = tuple(record.findings[i] for i in known)
        found.append(_action(diagnosis.text, about, diagnosed=True))
    rest = [f for i, f in enumerate(record.findings) if i not in explained and _asks(f)]
    single = sorted((_of(same) for same in _merged(rest)), key=lambda a: _URGENCY.index(a.verdict))
    ordered = sorted(found + single, key=lambda action: not action.stops)
    return tuple(replace(action, number=n) for n, action in enumerate(ordered, start=1))


def _merged(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Put together what one look settles.

    That is what could not be measured on one device for one and the same reason, and the steps
    that wait for signatures.
    """
    heaps: dict[object, list[Finding]] = {}
    for index, finding in enumerate(findings):
        key: object = index
        if finding.verdict in (Verdict.UNMEASURED, Verdict.SKIPPED) and finding.reason:
            key = (group_of(finding), finding.role, finding.verdict, finding.reason, finding.advice)
        elif finding.verdict is Verdict.PENDING and finding.advice is None:
            key = (finding.verdict, finding.blocker)
        heaps.setdefault(key, []).append(finding)
    return [tuple(heap) for heap in heaps.values()]


def _of(same: tuple[Finding, ...]) -> Action:
    first = same[0]
    if len(same) == 1:
        return _action(first.title, same)
    if first.verdict is Verdict.PENDING:
        steps = Text("{count} steps", "{count} 个步骤").fill(count=len(same))
        return replace(_action(steps, same), said=tuple(_step(f) for f in same))
    more = Text("{title} and {more} more", "{title}等 {count} 项")
    title = more.fill(title=first.title, more=len(same) - 1, count=len(same))
    return _action(title, same)


def _step(finding: Finding) -> Text:
    """Name a step and whose it is."""
    if not (finding.owner and finding.owner.strip()):
        return finding.title
    said = Text("{title} ({owner})", "{title}（{owner}）")
    return said.fill(title=finding.title, owner=owner_of(finding.owner))


def _action(title: Text, about: tuple[Finding, ...], *, diagnosed: bool = False) -> Action:
    devices = {device_of(f) for f in about}
    return Action(
        number=0,
        title=title,
        device=devices.pop() if len(devices) == 1 else None,
        verdict=worst(f.verdict for f in about) if about else Verdict.MARGINAL,
        stops=any(stops(f) for f in about),
        said=() if diagnosed else said_of(about[0], wrong_only=True),
        advice=None if diagnosed else about[0].advice,
        findings=about,
        diagnosed=diagnosed,
    )


def said_of(finding: Finding, *, wrong_only: bool = False) -> tuple[Text, ...]:
    """Return what there is to say on a finding: values, reason, note, whose step it is.

    ``wrong_only`` keeps to the values that are not as they should be.
    """
    whose: tuple[Text, ...] = ()
    if finding.owner and finding.owner.strip():
        whose = (Text("step of: {owner}", "负责人：{owner}").fill(owner=owner_of(finding.owner)),)
    extra = tuple(text for text in (finding.reason, finding.note) if text)
    return values_of(finding, wrong_only=wrong_only) + extra + whose


def groups(record: RunRecord) -> tuple[Group, ...]:
    """Return the findings device by device, in the order of the checklist, the worst first."""
    places = list(GROUPS)
    heaps: dict[tuple[int, str, Text], list[Finding]] = {}
    for finding in record.findings:
        group = group_of(finding)
        place = places.index(group) if group in places else len(places)
        heaps.setdefault((place, group, device_of(finding)), []).append(finding)
    by_place = sorted(heaps.items(), key=lambda item: item[0][0])
    return tuple(
        Group(device, tuple(sorted(found, key=lambda f: _URGENCY.index(f.verdict))))
        for (_, _, device), found in by_place
    )


def tally(record: RunRecord, todo: Sequence[Action]) -> Tally:
    """Count."""
    seen = Counter(f.verdict for f in record.findings)
    stopping = sum(action.stops for action in todo)
    return Tally(stopping, len(todo) - stopping, seen[Verdict.PASS], len(record.findings))


def summary(record: RunRecord, todo: Sequence[Action]) -> Text:
    """Say in one line how many things stop the show, deserve a look, and are fine."""
    count = tally(record, todo)
    en = [f"{count.ok} of {count.total} ok"]
    zh = [f"{count.total} 项中 {count.ok} 项合格"]
    if count.look:
        en.insert(0, f"{count.look} to look at")
        zh.insert(0, f"{count.look} 处需留意")
    if count.stopping:
        en.insert(0, f"{count.stopping} {'stops' if count.stopping == 1 else 'stop'} the show")
        zh.insert(0, f"{count.stopping} 处影响开播")
    return Text(" · ".join(en), " · ".join(zh))


def ended(record: RunRecord) -> datetime:
    """Return when the run was over."""
    return record.started + timedelta(seconds=record.duration_s)


def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """Return a moment on the wall clock of ``zone``, by default of this computer."""
    return moment.astimezone(zone)


def countdown(record: RunRecord, zone: tzinfo | None) -> Text | None:
    """Say how long before the show the run ended; nothing if no show was named."""
    if record.show_at is None:
        return None
    seconds = (record.show_at - ended(record)).total_seconds()
    minutes = int(abs(seconds) // 60)
    if minutes >= 48 * 60:
        length = Text(f"{minutes // 1440} d", f"{minutes // 1440} 天")
    elif minutes >= 100:
        hours, rest = divmod(minutes, 60)
        length = Text(f"{hours} h {rest:02d} min", f"{hours} 小时 {rest:02d} 分")
    else:
        length = Text(f"{minutes} min", f"{minutes} 分钟")
    at = f"{local(record.show_at, zone):%H:%M}"
    if seconds < 0:
        return Text("show began {length} ago, at {at}", "已开播 {length}（{at} 开播）").fill(
            length=length, at=at
        )
    return Text("T-{length}, show at {at}", "距开播 {length}（{at} 开播）").fill(
        length=length, at=at
    )
