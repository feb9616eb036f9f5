"""``studiocheck calibrate mic``: what sound pressure the full scale of a microphone stands for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studiocheck.cli import options as opt
from studiocheck.cli.calibrate import common
from studiocheck.cli.options import Lang
from studiocheck.cli.words import say

if TYPE_CHECKING:
    from studiocheck.calibrate.sound import KnownReading, KnownTone
    from studiocheck.core.sound import SensitivityEvidence
    from studiocheck.core.text import Text

_TONE_S, _NOISE_S = 3.0, 5.0


def add(group: typer.Typer) -> None:
    """Add the command."""

    @group.command(
        "mic",
        help=say(
            "Store what sound pressure a microphone's full scale is: with a sound calibrator, or "
            "a sound level meter beside it.",
            "保存麦克风满刻度对应的声压级：用声校准器，或旁边放一台声级计。",
        ),
    )
    def mic(
        role: Annotated[str | None, common.microphone_role()] = None,
        level: Annotated[float | None, _level()] = None,
        frequency: Annotated[float | None, _frequency()] = None,
        turned_down: Annotated[float | None, _turned_down()] = None,
        reference: Annotated[float | None, _reference()] = None,
        against: Annotated[str | None, _against()] = None,
        within: Annotated[float | None, _within()] = None,
        studio: Annotated[Path | None, opt.studio()] = None,
        calibration: Annotated[Path | None, opt.calibration()] = None,
        from_: Annotated[Path | None, _from()] = None,
        by: Annotated[str | None, common.by()] = None,
        lasts: Annotated[float, common.lasts()] = 365,
        yes: Annotated[bool, common.yes()] = False,
        no_input: Annotated[bool, common.no_input()] = False,
        simulated: Annotated[str | None, opt.simulated()] = None,
        fault: Annotated[list[str] | None, opt.fault()] = None,
        lang: Annotated[Lang | None, opt.lang()] = None,  # noqa: ARG001 - acted on in main()
    ) -> int:
        from studiocheck.calibrate.sensitivity_records import read_sensitivity, write_sensitivity
        from studiocheck.calibrate.sound import sensitivity_of
        from studiocheck.cli import exit_codes
        from studiocheck.cli.calibrate import recording
        from studiocheck.cli.folders import calibration_folder
        from studiocheck.core.errors import Unmeasurable
        from studiocheck.core.record import Decision

        known = _known(level, frequency, turned_down, reference, against, within)
        place = common.place(studio, simulated, fault)
        root = calibration_folder(opt.existing(calibration))
        chosen = common.chosen_microphone(place.studio, role)
        may_ask, file = common.may_ask(no_input) and not yes, opt.existing(from_)
        common.refuse_to_replace(
            lambda: _there(read_sensitivity(root, place.studio.name, chosen), chosen),
            may_ask=may_ask,
            yes=yes,
        )
        if file is None:
            common.wait_for_person(_request(known, chosen), may_ask=may_ask)
        seconds = _NOISE_S if reference is not None else _TONE_S
        take = recording.Recorder(place=place, role=chosen).take(seconds, file)
        device = place.studio.microphones[chosen].device
        try:
            found = sensitivity_of(take, known, device, by=common.name_of(by), lasts_days=lasts)
        except Unmeasurable as error:
            common.say_why_not(error)
            return exit_codes.of_decision(Decision.NO_GO, "studiocheck")
        print(_summary(chosen, found))
        if may_ask and not common.agreed("store this?", "保存？"):
            return exit_codes.of_decision(Decision.INCOMPLETE, "studiocheck")
        path = write_sensitivity(root, place.studio.name, chosen, found)
        common.say_stored(
            f"sensitivity of microphone {chosen}", f"麦克风 {chosen} 的灵敏度校准", found, path
        )
        return 0


def _level() -> Any:
    return typer.Option(
        "--level",
        min=70,
        max=130,
        metavar="DB",
        help=say("What the calibrator gives, dB SPL; 94.", "校准器的声压级（dB SPL）；默认 94。"),
    )


def _frequency() -> Any:
    return typer.Option(
        "--frequency",
        min=60,
        max=16000,
        metavar="HZ",
        help=say("Its frequency, Hz; 1000.", "校准器的频率（Hz）；默认 1000。"),
    )


def _turned_down() -> Any:
    return typer.Option(
        "--turned-down",
        min=0,
        max=80,
        metavar="DB",
        help=say(
            "By how much transmitter or preamplifier is turned down for the calibration only.",
            "仅为校准而把发射机或话放调低的量（dB）。",
        ),
    )


def _reference() -> Any:
    return typer.Option(
        "--reference",
        min=50,
        max=120,
        metavar="DBA",
        help=say(
            "Instead of a calibrator: what a sound level meter beside the microphone reads in "
            "steady noise, dB(A).",
            "不用校准器：稳定噪声中，麦克风旁声级计的读数（dB(A)）。",
        ),
    )


def _against() -> Any:
    return typer.Option(
        "--against",
        metavar="TEXT",
        help=say("Which meter, in which noise.", "用的哪台声级计、什么噪声。"),
    )


def _within() -> Any:
    return typer.Option(
        "--within",
        min=0.05,
        max=10,
        metavar="DB",
        help=say(
            "How far calibrator or meter may be off: class 1 calibrator 0.4, class 2 0.75 "
            "(default), a meter 2 (default).",
            "校准器或声级计的允差（dB）：1 级校准器 0.4，2 级 0.75（默认），声级计 2（默认）。",
        ),
    )


def _from() -> Any:
    return typer.Option(
        "--from",
        metavar="WAV",
        help=say(
            "A recording of it made with this microphone, cut to the steady sound.",
            "用这支麦克风录下的文件，只保留稳定的部分。",
        ),
    )


def _known(
    level: float | None,
    frequency: float | None,
    turned_down: float | None,
    reference: float | None,
    against: str | None,
    within: float | None,
) -> KnownTone | KnownReading:
    """Return how loud it is; raises `UsageError` for options that exclude each other."""
    from studiocheck.calibrate.sound import KnownReading, KnownTone
    from studiocheck.core.errors import UsageError
    from studiocheck.core.text import Text

    if reference is None:
        if against is not None:
            raise UsageError(
                Text("--against goes with --reference", "--against 需与 --reference 一起使用"),
                Text("add --reference 72.4, in dB(A)", "请加上 --reference 72.4（dB(A)）"),
            )
        return KnownTone(
            level_db=level or 94.0,
            frequency_hz=frequency or 1000.0,
            tolerance_db=within or 0.75,
            turned_down_db=turned_down or 0.0,
        )
    given = {"--level": level, "--frequency": frequency, "--turned-down": turned_down}
    for option, value in given.items():
        if value is not None:
            raise UsageError(
                Text(
                    f"{option} belongs to a calibrator, --reference to a meter",
                    f"{option} 用于校准器，--reference 用于声级计",
                ),
                Text("leave one of them out", "请去掉其中一个"),
            )
    if not (against or "").strip():
        raise UsageError(
            Text("what was the reference?", "没有说明参考来源"),
            Text(
                'add --against "class 2 meter, pink noise"',
                "请加上 --against，例如 `2 级声级计，粉红噪声`",
            ),
        )
    return KnownReading(
        level_db=reference, against=(against or "").strip(), tolerance_db=within or 2.0
    )


def _there(found: SensitivityEvidence | None, role: str) -> Text | None:
    from studiocheck.core.text import Text

    if found is None:
        return None
    return Text(
        f"microphone {role} has a calibration of {found.taken[:10]} by {found.by}",
        f"麦克风 {role} 已有校准，{found.taken[:10]} 由 {found.by} 保存",
    )


def _request(known: KnownTone | KnownReading, role: str) -> Text:
    from studiocheck.calibrate.sound import KnownTone
    from studiocheck.core.text import Text

    if isinstance(known, KnownTone):
        return Text(
            f"set the gain as in the show, put the calibrator on microphone {role} and switch it "
            f"on ({known.level_db:g} dB, {known.frequency_hz:g} Hz)",
            f"增益保持开播时的设置，把校准器套在麦克风 {role} 上并打开"
            f"（{known.level_db:g} dB，{known.frequency_hz:g} Hz）",
        )
    return Text(
        f"set the gain as in the show, hold the meter beside microphone {role}, steady noise on, "
        "nobody speaks",
        f"增益保持开播时的设置，把声级计放在麦克风 {role} 旁，播放稳定噪声，不要说话",
    )


def _summary(role: str, found: SensitivityEvidence) -> str:
    heard = f"{found.measured_dbfs:.1f} dBFS"
    if found.frequency_hz is not None:
        heard += f", {found.frequency_hz:.0f} Hz"
    return say(
        f"microphone {role} hears {found.level_db:g} dB at {heard}: 0 dBFS is "
        f"{found.full_scale_db_spl:.1f} ± {found.uncertainty_db:.1f} dB SPL",
        f"麦克风 {role} 对 {found.level_db:g} dB 的读数为 {heard}：0 dBFS 相当于 "
        f"{found.full_scale_db_spl:.1f} ± {found.uncertainty_db:.1f} dB SPL",
    )
