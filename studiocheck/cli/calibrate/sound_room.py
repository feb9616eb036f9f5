"""``studiocheck calibrate room``: how a microphone hears its room on a good day."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.cli.calibrate.recording import Recorder
    from studiocheck.core.sound import RoomAcoustics, RoomEvidence
    from studiocheck.core.takes import TakeEvidence
    from studiocheck.core.text import Text

_QUIET_S = 8.0


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        "room",
        help=say(
            "Store how a microphone hears its room on a good day: the noise, and a sweep through "
            "the monitor speaker.",
            "保存状态良好时麦克风听到的房间：底噪，以及监听音箱播放的扫频。",
        ),
    )
    def room(
        role: Annotated[str | None, common.microphone_role()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        from_: Annotated[Path | None, _from()] = None,
        response: Annotated[Path | None, _response()] = None,
        by: Annotated[str | None, common.by()] = None,
        lasts: Annotated[float, common.lasts()] = 180,
        yes: Annotated[bool, common.yes()] = False,
        no_input: Annotated[bool, common.no_input()] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.calibrate.room_records import read_room, write_room
        from studiocheck.calibrate.sound import room_of
        from studiocheck.cli import exit_codes
        from studiocheck.cli.calibrate import recording
        from studiocheck.cli.folders import calibration_folder
        from studiocheck.core.errors import Unmeasurable
        from studiocheck.core.record import Decision

        place = common.place(studio, simulated, fault)
        root = calibration_folder(opt.existing(calibration))
        chosen = common.chosen_microphone(place.studio, role)
        may_ask = common.may_ask(no_input) and not yes
        common.refuse_to_replace(
            lambda: _there(read_room(root, place.studio.name, chosen), chosen),
            may_ask=may_ask,
            yes=yes,
        )
        recorder = recording.Recorder(place=place, role=chosen)
        quiet_file, response_file = opt.existing(from_), opt.existing(response)
        if quiet_file is None:
            common.wait_for_person(_request(), may_ask=may_ask)
        try:
            quiet, acoustics = _heard(recorder, quiet_file, response_file)
            found = room_of(
                quiet,
                acoustics,
                place.studio.microphones[chosen].device,
                by=common.name_of(by),
                lasts_days=lasts,
            )
        except Unmeasurable as error:
            common.say_why_not(error)
            return exit_codes.of_decision(Decision.NO_GO, "studiocheck")
        _show(chosen, found)
        if may_ask and not common.agreed("store this?", "保存？"):
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_room(root, place.studio.name, chosen, found)
        common.say_stored(
            f"room of microphone {chosen}", f"麦克风 {chosen} 的房间基准", found, path
        )
        return 0


def _from() -> Any:
    return typer.Option(
        "--from",
        metavar="WAV",
        help=say(
            "A recording of the quiet room made with this microphone.",
            "用这支麦克风录下的安静房间。",
        ),
    )


def _response() -> Any:
    return typer.Option(
        "--response",
        metavar="WAV",
        help=say(
            "The impulse response of the room instead of a sweep; goes with --from.",
            "用房间的脉冲响应文件代替扫频；与 --from 一起使用。",
        ),
    )


def _heard(
    recorder: Recorder, quiet_file: Path | None, response_file: Path | None
) -> tuple[TakeEvidence, RoomAcoustics | None]:
    """Return the quiet take and how the room answered, from the devices or from files.

    Raises
    ------
    Unmeasurable
        When a loudspeaker is there and the room cannot be measured with it.
    """
    from studiocheck.calibrate.sound import answered, swept
    from studiocheck.core.errors import SourceError, UsageError
    from studiocheck.core.evidence import RoomTone, Sweep
    from studiocheck.core.studio import sweep_speaker
    from studiocheck.core.takes import SweepEvidence, TakeEvidence
    from studiocheck.core.text import Text
    from studiocheck.engine.needs import SWEEP_S

    studio = recorder.place.studio
    speaker = sweep_speaker(studio, studio.microphones[recorder.role])
    if quiet_file is not None:
        quiet = recorder.take(_QUIET_S, quiet_file)
        if response_file is None:
            return quiet, None
        of = speaker[1].device if speaker is not None else response_file.name
        return quiet, answered(recorder.take(_QUIET_S, response_file), of)
    if response_file is not None:
        raise UsageError(
            Text("--response goes with --from", "--response 需与 --from 一起使用"),
            Text("add --from with the quiet room", "请用 --from 给出安静房间的录音"),
        )
    sweeps = (Sweep(SWEEP_S),) if speaker is not None else ()
    captured = recorder.captured((RoomTone(_QUIET_S), *sweeps))
    for item in captured.values():
        if item.problem is not None:
            raise SourceError(item.problem.message, item.problem.advice)
    quiet_take = captured[RoomTone].evidence
    if not isinstance(quiet_take, TakeEvidence):  # pragma: no cover - a take gives a take
        raise TypeError
    heard = captured[Sweep].evidence if sweeps else None
    return quiet_take, swept(heard) if isinstance(heard, SweepEvidence) else None


def _there(found: RoomEvidence | None, role: str) -> Text | None:
    from studiocheck.core.text import Text

    if found is None:
        return None
    return Text(
        f"the room of microphone {role} was stored on {found.taken[:10]} by {found.by}",
        f"麦克风 {role} 已有房间基准，{found.taken[:10]} 由 {found.by} 保存",
    )


def _request() -> Text:
    from studiocheck.core.text import Text

    return Text(
        "set the room up as in the show, lamps on, doors shut, nobody speaks: 8 s of quiet, then a "
        "sweep through the monitor speaker",
        "按开播状态布置房间：开灯、关门、不说话；先安静 8 秒，再由监听音箱播放扫频",
    )


def _show(role: str, found: RoomEvidence) -> None:
    print(
        say(
            f"microphone {role}: noise {found.noise_dbfs:.1f} dBFS, "
            f"{found.noise_a_dbfs:.1f} dBFS(A)",
            f"麦克风 {role}：底噪 {found.noise_dbfs:.1f} dBFS，{found.noise_a_dbfs:.1f} dBFS(A)",
        )
    )
    room = found.acoustics
    if room is None:
        print(
            say(
                "  without a monitor speaker in [speakers]: noise only",
                "  [speakers] 中没有监听音箱：只保存底噪",
            ),
            file=sys.stderr,
        )
        return
    t20 = room.t20
    parts = [] if t20 is None else [f"T20 {t20.seconds:.2f} ± {t20.uncertainty_s:.2f} s"]
    parts += [] if room.c50_db is None else [f"C50 {room.c50_db:.1f} dB"]
    parts += [] if room.sti is None else [f"STI {room.sti:.2f}"]
    print("  " + (say(", ", "，").join(parts) or say("no decay to measure", "没有可测的衰减")))
    for echo in room.echoes:
        print(
            say(
                f"  ▲ echo after {echo.delay_ms:.1f} ms at {echo.level_db:.0f} dB",
                f"  ▲ {echo.delay_ms:.1f} 毫秒后有回声，电平 {echo.level_db:.0f} dB",
            )
        )
