"""What the commands that calibrate sound share: recording one microphone, or a file for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.cli.calibrate import common

if TYPE_CHECKING:
    from collections.abc import Mapping

    from studiocheck.cli.room import Room
    from studiocheck.core.evidence import Captured, Need
    from studiocheck.core.takes import TakeEvidence


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
        from studiocheck.core.evidence import RoomTone, Speech
        from studiocheck.core.takes import TakeEvidence

        # of a file, the quiet take is its pauses and the speech take all of it
        need: Need = RoomTone(seconds) if file is None else Speech(seconds)
        return common.evidence_of(self.captured((need,), file)[type(need)], TakeEvidence)

    def captured(
        self, needs: tuple[Need, ...], file: Path | None = None
    ) -> Mapping[type[Need], Captured]:
        """Capture this one microphone, and nothing else."""
        from studiocheck.cli import room
        from studiocheck.core.check import Scope
        from studiocheck.engine.acquire import Capture
        from studiocheck.engine.device_keys import DeviceKey
        from studiocheck.engine.devices import connect
        from studiocheck.engine.plan import Plan

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
