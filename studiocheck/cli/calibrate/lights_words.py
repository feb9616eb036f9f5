"""What ``studiocheck calibrate lights`` says of its result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from studiocheck.cli.words import say, tell
from studiocheck.core.studio import lamp_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from studiocheck.calibrate.lights import Calibrated
    from studiocheck.calibrate.records import Record
    from studiocheck.calibrate.unfinished import Unfinished
    from studiocheck.core.lighting import CalibratedLamp
    from studiocheck.core.studio import LampRole
    from studiocheck.core.text import Text


def warn(text: str) -> None:
    """Say something that is no result."""
    print(text, file=sys.stderr)


def show(role: str, found: Calibrated) -> None:
    """Show what each lamp gives, and what the calibration is worth."""
    from studiocheck.core.measurement import Verdict
    from studiocheck.report.labels import MARKS

    info, grade = found.evidence.camera, found.grade
    print(
        say(
            f"camera {role}: {info.name}, {info.width} × {info.height}",
            f"摄像头 {role}：{info.name}，{info.width} × {info.height}",
        )
    )
    width = max(len(lamp.name) for lamp in found.evidence.lamps)
    for lamp in found.evidence.lamps:
        remark = grade.lamps.get(lamp.name)
        mark = MARKS[Verdict.PASS if remark is None and lamp.witnessed else Verdict.MARGINAL]
        print(f"  {mark} {lamp.name:<{width}}  {_said_of(lamp, remark)}".rstrip())
    error = f"{grade.error_percent:.1f} %"
    mark, word = {
        "good": ("√", say("good", "良好")),
        "usable": ("▲", say("usable", "可用")),
        "refused": ("×", say("refused", "不可用")),
    }[grade.word]
    print(
        say(f"  {mark} additivity error {error}: {word}", f"  {mark} 光的叠加误差 {error}：{word}")
    )
    for text in (grade.cause, grade.advice):
        if text is not None:
            print(f"  → {tell(text)}")


def _said_of(lamp: CalibratedLamp, remark: Text | None) -> str:
    parts = [f"{100 * lamp.share:3.0f} %"]
    if lamp.kelvin is not None:
        parts.append(f"{lamp.kelvin:.0f} K")
    if remark is not None:
        parts.append(tell(remark))
    elif not lamp.witnessed:
        parts.append(
            say(
                "lights nothing that stands still: put a white card into its light",
                "没有照到任何静止的东西：请在其光线中放一张白卡",
            )
        )
    return "  ".join(parts)


def say_nothing_stored(reason: Text | None = None, advice: Text | None = None) -> None:
    """Say that nothing was stored, and why."""
    why = "" if reason is None else say(f": {tell(reason)}", f"：{tell(reason)}")
    warn(say(f"× nothing was stored{why}", f"× 未保存{why}"))
    if advice is not None:
        warn(f"  → {tell(advice)}")


def say_kept(store: Unfinished, order: Sequence[str]) -> None:
    """Say what of an unfinished calibration is kept."""
    kept = len(store.measured(order))
    if kept:
        warn(
            say(
                f"\n○ {kept} of {len(order)} steps are kept for 12 hours: the same command goes on",
                f"\n○ 已保留 {kept}/{len(order)} 步，12 小时内可用同一命令继续",
            )
        )


def calibrated_before(role: str, record: Record) -> Text:
    """Return what is there already."""
    from studiocheck.core.text import Text

    taken, by = record.taken.date().isoformat(), record.by
    return Text(
        f"the lamps of camera {role} were calibrated on {taken} by {by}",
        f"摄像头 {role} 的灯光已由 {by} 于 {taken} 校准",
    )


def say_what_the_file_lacks(role: str, lighting: str | None, lamps: Mapping[str, LampRole]) -> None:
    """Say what the studio file has to declare so that checks use the calibration."""
    if lighting is None:
        warn(
            say(
                f'▲ write lighting = "three-point" under [cameras.{role}] in the studio file: '
                "else no check looks at the lamps",
                f'▲ 请在直播间设备文件的 [cameras.{role}] 下写 lighting = "three-point"：'
                "否则不会检查灯光",
            )
        )
    other = [name for name, lamp in lamps.items() if lamp_kind(name, lamp) == "other"]
    if other:
        en, zh = ", ".join(other), "、".join(other)
        warn(
            say(
                f'▲ say what these lamps are for, kind = "key" or "fill" or "back" under '
                f"[lamps.…]: {en}",
                f'▲ 请在 [lamps.…] 下用 kind = "key"、"fill" 或 "back" 说明这些灯的用途：{zh}',
            )
        )
