"""``studiocheck calibrate camera --white``: how a camera sees white light of a known colour."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.cli.calibrate import common
from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.calibrate.white import KnownLight
    from studiocheck.cli.room import Room
    from studiocheck.core.lighting import LampsEvidence, WhiteEvidence
    from studiocheck.core.picture import ClipEvidence
    from studiocheck.core.studio import Region
    from studiocheck.core.text import Text
    from studiocheck.profile.models import Profile

_WATCH_S = 2.0


@dataclass(frozen=True, kw_only=True)
class WhiteSession:
    """One white calibration from the command line; fields as the options say."""

    place: Room
    profile: Profile
    root: Path
    role: str
    light: KnownLight
    box: Region | None
    files: tuple[Path, ...]
    by: str
    lasts_days: float | None
    may_ask: bool
    yes: bool

    def run(self) -> int:
        """Take the pictures, calibrate, store and say so; returns the exit code."""
        from studiocheck.calibrate.white import white_of
        from studiocheck.calibrate.white_records import LASTS_DAYS, write_white
        from studiocheck.cli import exit_codes
        from studiocheck.core.errors import Unmeasurable
        from studiocheck.core.record import Decision

        self._refuse_what_cannot_be()
        studio = self.place.studio
        try:
            found = white_of(
                [self._clip(index) for index in range(len(self.light.kelvin))],
                self.light,
                studio.cameras[self.role],
                self.box,
                lamps=self._lamps(),
                by=self.by,
                lasts_days=self.lasts_days or LASTS_DAYS,
            )
        except Unmeasurable as error:
            common.say_why_not(error)
            return exit_codes.of_decision(Decision.NO_GO, "studiocheck")
        print(_summary(self.role, found))
        if self.may_ask and not self.yes and not common.agreed("store this?", "保存？"):
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_white(self.root, studio.name, self.role, found)
        common.say_stored(
            f"white calibration of camera {self.role}",
            f"摄像头 {self.role} 的白平衡校准",
            found,
            path,
        )
        return 0

    def _refuse_what_cannot_be(self) -> None:
        from studiocheck.core.errors import UsageError
        from studiocheck.core.text import Text

        wanted = len(self.light.kelvin)
        if self.files and len(self.files) != wanted:
            raise UsageError(
                Text(
                    f"--white {self.light.method} is made from {wanted} file(s), not "
                    f"{len(self.files)}",
                    f"--white {self.light.method} 需要 {wanted} 个文件，"
                    f"而不是 {len(self.files)} 个",
                ),
                Text(
                    "name each with --from, in the order of --kelvin",
                    "请按 --kelvin 的顺序逐个 --from",
                ),
            )
        if wanted == 2 and not self.files and not self.may_ask:
            raise UsageError(
                Text(
                    "two-point needs somebody to set the lamp, or two files",
                    "two-point 需要有人切换灯的色温，或提供两个文件",
                ),
                Text(
                    "run it on a terminal, or add --from warm.png --from cold.png",
                    "请在终端中运行，或加上 --from 暖.png --from 冷.png",
                ),
            )
        common.refuse_to_replace(self._known, may_ask=self.may_ask, yes=self.yes)

    def _known(self) -> Text | None:
        """Return what is said of a calibration that is there already."""
        from studiocheck.calibrate.white_records import read_white
        from studiocheck.core.text import Text

        there = read_white(self.root, self.place.studio.name, self.role)
        if there is None:
            return None
        return Text(
            f"camera {self.role} has a white calibration of {there.taken[:10]} by {there.by}",
            f"摄像头 {self.role} 已有白平衡校准，{there.taken[:10]} 由 {there.by} 保存",
        )

    def _clip(self, index: int) -> ClipEvidence:
        """Watch the camera in one of the lights, or read that file."""
        from studiocheck.core.check import Scope
        from studiocheck.core.evidence import Clip
        from studiocheck.core.picture import ClipEvidence
        from studiocheck.engine.acquire import Capture
        from studiocheck.engine.device_keys import DeviceKey
        from studiocheck.engine.devices import connect
        from studiocheck.engine.plan import Plan

        file = self.files[index] if self.files else None
        if file is None:
            self._ask_for_light(index)
        key = DeviceKey(Scope.CAMERA, self.role)
        plan = Plan(
            studio=common.from_picture(self.place.studio, self.role, file),
            profile=self.profile,
            checks=(),
            needs={key: (Clip(_WATCH_S),)},
            manual=(),
        )
        capture = Capture(plan, connect(plan, self.place.wiring), listen=lambda _: None)
        capture.run()
        return common.evidence_of(capture.captured[key][Clip], ClipEvidence)

    def _ask_for_light(self, index: int) -> None:
        """Tell the person what to hold where, and wait until it is there."""
        from studiocheck.core.text import Text

        kelvin = f"{self.light.kelvin[index]:.0f}"
        chart, card = Text("the colour chart", "色卡"), Text("the grey card", "灰卡")
        thing = chart if self.light.method == "chart" else card
        request = Text(
            f"set the lamp to {kelvin} K and hold {thing.en} into its light; no other light on it",
            f"把灯调到 {kelvin} K，将{thing.zh}放到灯光里，不要有别的光照到",
        )
        common.wait_for_person(request, may_ask=self.may_ask and not self.yes)

    def _lamps(self) -> LampsEvidence | None:
        """Return the camera's lamp calibration, which knows its tone curve, where there is one."""
        from studiocheck.calibrate.lamp_records import read_lamps
        from studiocheck.core.errors import CalibrationError

        try:
            return read_lamps(self.root, self.place.studio.name, self.role)
        except CalibrationError:
            return None


def _summary(role: str, found: WhiteEvidence) -> str:
    at = found.known_kelvin[-1]
    spread_kelvin = at - 1e6 / (1e6 / at + found.mired_uncertainty)
    way = say("warmer", "偏暖") if found.offset_mired < 0 else say("colder", "偏冷")
    return say(
        f"camera {role} sees {at:.0f} K {abs(found.offset_mired):.0f} mired {way}; after this "
        f"calibration ± {found.mired_uncertainty:.0f} mired (± {spread_kelvin:.0f} K there)",
        f"摄像头 {role} 看 {at:.0f} K {way} {abs(found.offset_mired):.0f} 微倒度；校准后 "
        f"± {found.mired_uncertainty:.0f} 微倒度（该处 ± {spread_kelvin:.0f} K）",
    )
