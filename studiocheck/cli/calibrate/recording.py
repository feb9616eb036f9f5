"""What the commands that calibrate sound share: recording one microphone, or a file for it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.cli.words import say, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from studiocheck.cli.room import Room
    from studiocheck.core.evidence import Captured, Need, TakeEvidence
    from studiocheck.core.text import Text


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """One microphone of a studio, or a file in its place."""

    place: Room
    role: str

    def take(self, seconds: float, file: Path | None) -> TakeEvidence:
        """Record some seconds, or read a whole file.

        Raises
        ------
        SourceError
            When there is nothing that could be read.
        """
        from studiocheck.core.evidence import RoomTone, Speech, TakeEvidence

        # of a file, the quiet take is its pauses and the speech take all of it
        need: Need = RoomTone(seconds) if file is None else Speech(seconds)
        evidence = _sound(self.captured((need,), file)[type(need)])
        if not isinstance(evidence, TakeEvidence):  # pragma: no cover - a take gives a take
            raise TypeError
        return evidence

    def captured(
        self, needs: tuple[Need, ...], file: Path | None = None
    ) -> Mapping[type[Need], Captured]:
        """Capture this one microphone, and nothing else."""
        from studiocheck.cli import room
        from studiocheck.core.check import Scope
        from studiocheck.engine.acquire import Capture
        from studiocheck.engine.devices import connect
        from studiocheck.engine.plan import DeviceKey, Plan

        studio = self.place.studio
        if file is not None:
            there = replace(studio.microphones[self.role], device=f"file:{file}")
            studio = replace(studio, microphones={**studio.microphones, self.role: there})
        key = DeviceKey(Scope.MICROPHONE, self.role)
        plan = Plan(
            studio=studio,
            profile=room.profile_for(studio, None),
            checks=(),
            needs={key: needs},
            manual=(),
        )
        capture = Capture(plan, connect(plan, self.place.wiring), listen=lambda _: None)
        capture.run()
        return capture.captured[key]


def _sound(captured: Captured) -> object:
    from studiocheck.core.errors import SourceError

    if captured.problem is not None:
        raise SourceError(captured.problem.message, captured.problem.advice)
    return captured.evidence


def wait_for_person(request: Text, *, may_ask: bool) -> None:
    """Say what is to be made ready, and wait for Enter where somebody can be asked."""
    print(tell(request), file=sys.stderr)
    if may_ask:
        print(say("then press Enter ", "准备好后按回车 "), end="", file=sys.stderr, flush=True)
        try:
            input()
        except EOFError:
            print(file=sys.stderr)


def refuse_to_replace(read: Callable[[], Text | None], *, may_ask: bool, yes: bool) -> None:
    """Say early that a record is there already; where nobody can be asked, keep it.

    Raises
    ------
    UsageError
        When it would be replaced and nobody said so.
    """
    from studiocheck.core.errors import CalibrationError, UsageError
    from studiocheck.core.text import Text

    try:
        known = read()
    except CalibrationError:  # a damaged one is no loss
        return
    if known is None or yes:
        return
    if not may_ask:
        raise UsageError(known, Text("--yes replaces it", "加上 --yes 可替换"))
    print(tell(known), file=sys.stderr)
