"""One run of ``studiocheck calibrate lights``: measures or reads, grades, says, and stores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studiocheck.calibrate.lamp_states import ALL, OFF, doubt_of_light, doubt_of_sum, states_of
from studiocheck.cli import exit_codes
from studiocheck.cli.calibrate import common
from studiocheck.cli.calibrate import lights_words as words
from studiocheck.cli.words import say, tell
from studiocheck.core.errors import UsageError
from studiocheck.core.record import Decision
from studiocheck.core.studio import LampRole
from studiocheck.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studiocheck.calibrate.unfinished import Unfinished
    from studiocheck.cli.room import Room
    from studiocheck.core.picture import MeanFrameEvidence
    from studiocheck.profile.models import Profile

_USUAL = ("key", "fill", "back")
_LONGEST_CLIP_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the command line asked for.

    Parameters
    ----------
    place, profile, role
        The studio, in what form its pictures are asked for, and the camera.
    root : Path
        The folder of all calibration records.
    named : sequence of str, optional
        The lamps as the user named them.
    seconds : float
        For how long each state is averaged.
    by, lasts_days
        Who calibrates, and for how long it holds.
    may_ask, yes : bool
        Whether somebody sits there, and whether all is agreed to beforehand.
    """

    place: Room
    profile: Profile
    root: Path
    role: str
    named: Sequence[str] | None
    seconds: float
    by: str
    lasts_days: float
    may_ask: bool
    yes: bool

    def from_folder(self, folder: Path) -> int:
        """Make the calibration from pictures; returns the exit code."""
        from studiocheck.calibrate.picture_folder import pictures_in

        self._refuse_to_replace()
        found = pictures_in(folder, self.named, self._usual())
        if found.left:
            names = ", ".join(found.left)
            words.warn(say(f"▲ left alone: {names}", f"▲ 未使用：{names}"))
        pictures = {state: self._averaged(file) for state, file in found.files.items()}
        _refuse_unequal(pictures, found.files)
        ignore = self.place.studio.cameras[self.role].ignore
        for state, file in found.files.items():
            doubt = doubt_of_light(state, pictures[state], pictures, ignore)
            if doubt is not None and doubt.fatal:
                return _nothing_stored(None, doubt.message, doubt.advice)
            if doubt is not None:
                words.warn(f"▲ {file.name}: {tell(doubt.message)}\n  → {tell(doubt.advice)}")
        lamps = [state for state in pictures if state not in {ALL, OFF}]
        return self._finish(pictures, self._roles(lamps))

    def guided(self, *, anew: bool) -> int:
        """Measure every state, with a person or without; returns the exit code."""
        from studiocheck.cli.calibrate.lamp_switches import Switches
        from studiocheck.cli.calibrate.lights_guide import Guide, Refused, Stopped
        from studiocheck.core.errors import SourceError
        from studiocheck.engine.devices import simulated

        self._refuse_to_replace()
        camera = self.place.studio.cameras[self.role]
        lamps = list(self.named or self._usual())
        order = states_of(lamps)
        is_simulated = simulated(camera.device)
        if is_simulated:
            self._refuse_unknown(lamps)
        elif camera.device.startswith("file:"):
            raise _is_a_file()
        switches = Switches(self._roles(lamps), self.place.wiring, is_simulated)
        store = self._store(lamps)
        done = self._resumed(store, order, anew=anew)
        guide = Guide(
            studio=self.place.studio,
            role=self.role,
            profile=self.profile,
            switches=switches,
            store=store,
            seconds=self.seconds,
            may_ask=self.may_ask,
        )
        try:
            pictures = guide.measured(done)
        except Stopped:
            words.say_kept(store, order)
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        except Refused as refused:
            return _nothing_stored(store, refused.message, refused.advice)
        except (KeyboardInterrupt, SourceError):
            words.say_kept(store, order)
            raise
        return self._finish(pictures, switches.declared(), store)

    # ------------------------------------------------------------ what is asked for

    def _usual(self) -> Sequence[str]:
        """Return the lamps where the user named none."""
        from studiocheck.engine.devices import simulated
        from studiocheck.simulator.scene import load_scene

        studio = self.place.studio
        if studio.lamps:
            return list(studio.lamps)
        if simulated(studio.cameras[self.role].device):
            return list((self.place.wiring.scene or load_scene()).lamps)
        return _USUAL

    def _roles(self, lamps: Sequence[str]) -> dict[str, LampRole]:
        return {name: self.place.studio.lamps.get(name, LampRole()) for name in lamps}

    def _refuse_unknown(self, lamps: Sequence[str]) -> None:
        from studiocheck.simulator.scene import load_scene

        there = list((self.place.wiring.scene or load_scene()).lamps)
        unknown = [name for name in lamps if name not in there]
        if unknown:
            raise UsageError(
                Text(
                    f"this scene has no lamp {', '.join(unknown)}; it has {', '.join(there)}",
                    f"此场景没有灯 {'、'.join(unknown)}；只有 {'、'.join(there)}",
                )
            )

    def _known(self) -> Text | None:
        """Return what is said of a calibration that is there already; a damaged one is no loss."""
        from studiocheck.calibrate.lamp_records import LAMPS
        from studiocheck.calibrate.record_reading import read_record
        from studiocheck.core.errors import CalibrationError

        try:
            found = read_record(self.root, self.place.studio.name, self.role, LAMPS)
        except CalibrationError:
            return None
        if found is None:
            return None
        return words.calibrated_before(self.role, found[1])

    def _refuse_to_replace(self) -> None:
        """Say early that a calibration is there already; where nobody can be asked, keep it."""
        common.refuse_to_replace(self._known, may_ask=self.may_ask, yes=self.yes)

    # ------------------------------------------------------------ pictures

    def _averaged(self, file: Path) -> MeanFrameEvidence:
        """Return the mean of a picture or of every frame of a clip."""
        from studiocheck.engine.mean_frames import mean_frame

        return mean_frame(
            common.from_picture(self.place.studio, self.role, file),
            self.role,
            self.profile,
            self.place.wiring,
            seconds=_LONGEST_CLIP_S,
        )

    def _store(self, lamps: Sequence[str]) -> Unfinished:
        from studiocheck.calibrate.unfinished import Unfinished
        from studiocheck.core.redaction import redacted

        device = redacted(self.place.studio.cameras[self.role].device)
        return Unfinished(self.root, self.place.studio.name, self.role, device, tuple(lamps))

    def _resumed(
        self, store: Unfinished, order: Sequence[str], *, anew: bool
    ) -> dict[str, MeanFrameEvidence]:
        """Return what of an unfinished calibration is taken over."""
        done = {} if anew else store.measured(order)
        if not done:
            store.discard()
            return {}
        kept, steps = len(done), len(order)
        if self.yes:
            words.warn(
                say(
                    f"going on with {kept} of {steps} steps that were measured before",
                    f"沿用之前已测量的 {kept}/{steps} 步",
                )
            )
            return done
        if self.may_ask and common.agreed(
            f"{kept} of {steps} steps were measured before: go on with them?",
            f"之前已测量 {kept}/{steps} 步：是否继续？",
        ):
            return done
        store.discard()
        return {}

    # ------------------------------------------------------------ the result

    def _finish(
        self,
        pictures: Mapping[str, MeanFrameEvidence],
        roles: Mapping[str, LampRole],
        store: Unfinished | None = None,
    ) -> int:
        from studiocheck.calibrate.lamp_records import write_lamps
        from studiocheck.calibrate.lights import calibrated_from
        from studiocheck.core.errors import Unmeasurable

        doubt = doubt_of_sum(pictures)
        if doubt is not None:
            return _nothing_stored(store, doubt.message, doubt.advice)
        try:
            found = calibrated_from(pictures, roles, self.by, self.lasts_days)
        except Unmeasurable as unknown:
            return _nothing_stored(store, unknown.reason, unknown.advice)
        words.show(self.role, found)
        if found.grade.word == "refused":
            return _nothing_stored(store)
        if not self.yes and self._known() is not None and not self._agreed():
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_lamps(self.root, self.place.studio.name, self.role, found.evidence)
        _discard(store)
        common.say_stored(
            f"lamps of camera {self.role}", f"摄像头 {self.role} 的灯光校准", found.evidence, path
        )
        lighting = self.place.studio.cameras[self.role].lighting
        words.say_what_the_file_lacks(self.role, lighting, roles)
        return exit_codes.of_decision(Decision.GO, "studiocheck")

    def _agreed(self) -> bool:
        return common.agreed(
            f"replace the calibration of camera {self.role} that is stored?",
            f"是否替换摄像头 {self.role} 已保存的灯光校准？",
        )


def _discard(store: Unfinished | None) -> None:
    if store is not None:
        store.discard()


def _nothing_stored(
    store: Unfinished | None, reason: Text | None = None, advice: Text | None = None
) -> int:
    _discard(store)
    words.say_nothing_stored(reason, advice)
    return exit_codes.of_decision(Decision.NO_GO, "studiocheck")


def _is_a_file() -> UsageError:
    return UsageError(
        Text("a file shows no lamps being switched", "文件无法逐盏开关灯"),
        Text(
            "make the calibration from pictures with --from FOLDER",
            "请用 --from 文件夹 由图片生成校准",
        ),
    )


def _refuse_unequal(pictures: Mapping[str, MeanFrameEvidence], files: Mapping[str, Path]) -> None:
    sizes = {
        files[state].name: f"{seen.mean.shape[1]} × {seen.mean.shape[0]}"
        for state, seen in pictures.items()
    }
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise UsageError(
            Text(f"the pictures differ in size: {said}", f"图片尺寸不一致：{said}"),
            Text(
                "take all of them with the same camera, uncropped",
                "请用同一摄像头拍摄，不要裁剪",
            ),
        )
