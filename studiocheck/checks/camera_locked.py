"""`camera.locked`: settings held by hand, and as they were on the good evening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.camera_settings import (
    AUTOMATIC,
    SETTINGS,
    is_driven,
    moved_settings,
    setting_names,
    setting_text,
)
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Golden
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import Controls, LookEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined

_READ_BACK = Text("settings read back before and after the clip", "采集前后读回的摄像头设置")


def _assess(case: Case) -> Assessment:
    controls = case.clip.controls
    if controls is None or not controls.found:
        raise _nothing_tells(case)
    look = _stored(case)
    automatic = [name for name in AUTOMATIC if controls.found.get(name) == 1]
    moved = moved_settings(controls)
    differs = _differs(controls, look)
    changed = [name for name in SETTINGS if name in {*moved, *differs}]
    return Assessment(
        measurements=[
            Measurement.of("automatic", len(automatic), "count", _READ_BACK, n=len(controls.found)),
            Measurement.of("changed", len(changed), "count", _READ_BACK, n=len(controls.found)),
        ],
        note=_note(controls, automatic, moved, differs, look),
        advice=_advised(automatic, changed, look),
    )


def _stored(case: Case) -> Controls | None:
    """Return the settings of the golden look, where there is one that tells."""
    stored = case.captured.get(Golden)
    look = stored.evidence if stored is not None else None
    return look.controls if isinstance(look, LookEvidence) else None


def _nothing_tells(case: Case) -> Exception:
    device = case.camera.device
    if "://" in device or device.startswith(("file:", "obs:")):
        return NotAsked(
            Text(
                "a stream or a clip does not tell how its camera is set: lock exposure, white "
                "balance and focus in the camera's own menu and sign that as a manual step",
                "视频流或文件不报告摄像头设置：请在摄像头菜单中锁定曝光、白平衡和对焦，"
                "并设为人工确认步骤",
            )
        )
    return Unmeasurable(
        Text("this camera does not tell how it is set", "此摄像头不报告自身设置"),
        Text(
            "look in the camera's menu or its maker's program that exposure, white balance and "
            "focus are manual",
            "请在摄像头菜单或厂商软件中确认曝光、白平衡和对焦均为手动",
        ),
    )


def _differs(controls: Controls, look: Controls | None) -> dict[str, tuple[int, int]]:
    """Return what is set otherwise than on the good evening: setting → then and now."""
    if look is None:
        return {}
    return {
        name: (look.found[name], value)
        for name, value in controls.found.items()
        if name in look.found
        and look.found[name] != value
        and name not in AUTOMATIC
        and not is_driven(name, look.found, controls.found)
    }


def _note(
    controls: Controls,
    automatic: Sequence[str],
    moved: Mapping[str, tuple[int, int]],
    differs: Mapping[str, tuple[int, int]],
    look: Controls | None,
) -> Text | None:
    parts = []
    if automatic:
        said = setting_names(automatic)
        held = any(name in controls.held for name in automatic)
        parts.append(
            Text(f"on: {said.en}", f"已开启：{said.zh}")
            if not held
            else Text(
                f"found on: {said.en}; held still for the measurement only",
                f"原为开启：{said.zh}；仅在测量期间锁定",
            )
        )
    for name, (before, after) in moved.items():
        parts.append(
            _change(
                "moved while watched: {a} to {b}", "检查期间变化：{a} → {b}", name, before, after
            )
        )
    for name, (then, now) in differs.items():
        parts.append(_change("golden look {a}, now {b}", "基准 {a}，现为 {b}", name, then, now))
    if controls.refused:
        said = setting_names(controls.refused)
        parts.append(Text(f"the camera would not hold: {said.en}", f"摄像头不接受锁定：{said.zh}"))
    if not parts and look is None:
        parts.append(
            Text(
                "no golden look with settings to compare with",
                "没有含设置的基准画面可供比较",
            )
        )
    if not parts:
        return None
    return joined(parts)


def _change(en: str, zh: str, name: str, before: int, after: int) -> Text:
    first, second = setting_text(name, before), setting_text(name, after)
    word = SETTINGS.get(name, Text(name, name))
    return Text(
        en.format(a=first.en, b=second.en.removeprefix(f"{word.en} ")),
        zh.format(a=first.zh, b=second.zh.removeprefix(f"{word.zh} ")),
    )


def _advised(
    automatic: Sequence[str], changed: Sequence[str], look: Controls | None
) -> Text | None:
    steps = []
    if automatic:
        said = setting_names(automatic)
        steps.append(
            Text(
                f"switch off {said.en} in the camera's menu or its maker's program, then set the "
                "value by hand",
                f"在摄像头菜单或厂商软件中关闭{said.zh}，再手动设定数值",
            )
        )
    back = [name for name in changed if look is not None and name in look.found]
    if back:
        values = [setting_text(name, look.found[name]) for name in back if look is not None]
        en, zh = ", ".join(v.en for v in values), "、".join(v.zh for v in values)
        steps.append(Text(f"set back: {en}", f"恢复设置：{zh}"))
    elif changed:
        said = setting_names(changed)
        steps.append(
            Text(
                f"{said.en} moves by itself: close the program that drives this camera",
                f"{said.zh}会自行变化：请关闭正在控制此摄像头的程序",
            )
        )
    if not steps:
        return None
    return joined(steps)


def _defaults(_: Targets) -> Mapping[str, Default]:
    practice = Text(
        "practice: what is automatic moves during the show (the first complaint of OBS users)",
        "经验：自动项会在直播中变化（OBS 用户最常见的抱怨）",
    )
    evening = Text(
        "practice: the settings of a good evening are kept", "经验：沿用状态良好时的设置"
    )
    return {
        "automatic": Default(Limit(maximum=0), practice, "count"),
        "changed": Default(Limit(maximum=0), evening, "count"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    if any(exceeded(m) == "high" and m.name == "changed" for m in measurements):
        return Text(
            "set the camera back to the values of the golden look", "把摄像头恢复为基准画面的设置"
        )
    return Text(
        "set exposure, white balance and focus to manual in the camera's menu",
        "在摄像头菜单中把曝光、白平衡和对焦设为手动",
    )


CHECK = Check(
    id="camera.locked",
    title=Text("Settings locked", "设置锁定"),
    about=Text(
        "Whether exposure, gain, white balance and focus are held by hand, still while watched, "
        "and as on the good evening of the golden look.",
        "曝光、增益、白平衡、对焦是否为手动、检查期间是否不变，以及是否与基准画面当晚一致。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Golden()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="everything held by hand", verdict=Verdict.PASS, role="main"),
        Example(
            says="automatic exposure left on",
            verdict=Verdict.FAIL,
            faults=("camera.main:autoexposure",),
            role="main",
        ),
        Example(
            says="automatic white balance left on",
            verdict=Verdict.FAIL,
            faults=("camera.main:autowb",),
            role="main",
        ),
        Example(
            says="a white balance that is not that of the golden look",
            verdict=Verdict.FAIL,
            faults=("camera.main:wb=4300K",),
            role="main",
        ),
        Example(
            says="a camera that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            role="main",
        ),
    ),
)
