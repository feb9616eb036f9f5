"""`light.colour_temperature`: the colour of the light, from a neutral patch and a locked white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.check import Assessment, Case, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import CameraRole, Region, Role, Studio, Targets
from studiocheck.core.text import Text
from studiocheck.measure.light.neutral_patch import WhiteLight, light_on_patch

_METHOD = Text(
    "neutral patch, locked white balance undone (Bradford), Ohno 2013",
    "灰卡区域，还原锁定的白平衡（Bradford），Ohno 2013",
)


def _assess(case: Case) -> Assessment:
    clip, camera = case.clip, case.camera
    planned = case.targets.light.cct_kelvin
    locked_kelvin, patch = _reference(camera, planned, says_locked=clip.camera.white_balance_locked)
    light = light_on_patch([still.image for still in clip.stills], patch, locked_kelvin)
    return Assessment(
        measurements=_measurements(light, planned),
        note=_note(locked_kelvin, says_locked=clip.camera.white_balance_locked),
    )


def _reference(
    camera: CameraRole, planned_kelvin: float, *, says_locked: bool | None
) -> tuple[float, Region]:
    """Return what the camera is locked to and where the patch is, or say what is missing."""
    if camera.white_balance is None:
        raise Unmeasurable(
            Text(
                "studio.toml does not say what the camera's white balance is locked to",
                "studio.toml 没有写明摄像头白平衡锁定在多少",
            ),
            Text(
                "lock the camera's white balance and write into studio.toml: "
                f"white_balance = {planned_kelvin:.0f}",
                f"锁定摄像头白平衡，并写入 studio.toml：white_balance = {planned_kelvin:.0f}",
            ),
        )
    if camera.white_balance == "auto":
        raise Unmeasurable(
            Text(
                "the white balance is automatic: it makes any light look white",
                "白平衡为自动：任何光都会被校成白色",
            ),
            Text(
                f"lock the camera's white balance at {planned_kelvin:.0f} K and write "
                f"white_balance = {planned_kelvin:.0f}",
                f"把摄像头白平衡锁定在 {planned_kelvin:.0f} K，并写入 "
                f"white_balance = {planned_kelvin:.0f}",
            ),
        )
    if says_locked is False:
        raise Unmeasurable(
            Text(
                "the camera says that its automatic white balance is on, against studio.toml",
                "摄像头报告自动白平衡已开启，与 studio.toml 不符",
            ),
            Text(
                f"switch automatic white balance off and set {camera.white_balance} K",
                f"关闭自动白平衡，设为 {camera.white_balance} K",
            ),
        )
    if camera.neutral_patch is None:
        raise Unmeasurable(
            Text(
                "no neutral reference is declared, and a picture alone does not tell the light",
                "没有写明灰卡位置（neutral_patch）：仅凭画面无法判断光的颜色",
            ),
            Text(
                "put a grey card in the presenter's light and declare neutral_patch in studio.toml",
                "在主播的位置放一张灰卡，并在 studio.toml 中写明 neutral_patch",
            ),
        )
    return float(camera.white_balance), camera.neutral_patch


def _measurements(light: WhiteLight, target_kelvin: float) -> list[Measurement]:
    return [
        Measurement.of(
            "cct",
            light.cct_kelvin,
            "K",
            _METHOD,
            uncertainty=light.kelvin_uncertainty(target_kelvin),
            n=light.n,
        ),
        Measurement.of("duv", light.duv, "", _METHOD, uncertainty=light.duv_uncertainty, n=light.n),
        Measurement.of(
            "mired", light.mired, "mired", _METHOD, uncertainty=light.mired_uncertainty, n=light.n
        ),
    ]


def _note(locked_kelvin: float, *, says_locked: bool | None) -> Text:
    note = Text(
        f"camera not calibrated: trusts that its {locked_kelvin:.0f} K setting is true",
        f"摄像头未校准：前提是其 {locked_kelvin:.0f} K 设置准确",
    )
    if says_locked is not None:
        return note
    return Text(
        f"{note.en}; it does not report whether it is locked",
        f"{note.zh}；它不报告白平衡是否锁定",
    )


def _defaults(targets: Targets) -> Mapping[str, Default]:
    target = targets.light.cct_kelvin
    warm, cool = target - 600, target + 600
    cct = Limit(minimum=warm, maximum=cool, warn_minimum=target - 300, warn_maximum=target + 300)
    duv = Limit(minimum=-0.012, maximum=0.012, warn_minimum=-0.006, warn_maximum=0.006)
    return {
        "cct": Default(
            cct,
            Text("practice: ±300 K of the plan, ±600 K at most", "经验：偏差 ±300 K，最多 ±600 K"),
            "K",
        ),
        "duv": Default(
            duv,
            Text(
                "practice: a cast shows from 0.006 on; daylight itself has 0.003",
                "经验：0.006 起可见偏色；日光自身约为 0.003",
            ),
            "",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = {m.name: exceeded(m) for m in measurements}
    if sides.get("cct") == "low":
        return Text(
            "the light is too warm: set every lamp to the planned kelvin, the key light first, "
            "and switch off room lights",
            "光偏暖：把每盏灯调到计划色温，先调主光，并关掉室内照明",
        )
    if sides.get("cct") == "high":
        return Text(
            "the light is too cold: set every lamp to the planned kelvin and close the blinds; "
            "then look whether the camera's white balance was moved",
            "光偏冷：把每盏灯调到计划色温并拉上窗帘；再看摄像头白平衡是否被动过",
        )
    return Text(
        "the light has a green or magenta cast: set the lamps' tint (G/M) to zero, replace old "
        "tubes",
        "光有偏绿或偏品红：把灯的色调（G/M）归零，更换老化灯管",
    )


def _is_lit_for(role: Role, _: Studio) -> bool:
    return isinstance(role, CameraRole) and role.lighting is not None


CHECK = Check(
    id="light.colour_temperature",
    title=Text("Colour temperature", "色温"),
    about=Text(
        "Correlated colour temperature and tint of the light on the presenter. Needs a camera "
        "whose white balance is locked and a grey card or white thing in the picture.",
        "主播处灯光的相关色温与色偏。需要锁定白平衡的摄像头，以及画面中的灰卡或白色物体。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    applies=_is_lit_for,
    examples=(
        Example(says="lamps at 5500 K", verdict=Verdict.PASS, role="main"),
        Example(
            says="a key light that was turned to warm",
            verdict=Verdict.FAIL,
            faults=("lamp.key:cct=3600K",),
            role="main",
        ),
        Example(
            says="a key light that drifted",
            verdict=Verdict.MARGINAL,
            faults=("lamp.key:cct=4900K",),
            role="main",
        ),
        Example(
            says="a camera on automatic white balance",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:autowb",),
            role="main",
        ),
        Example(
            says="a room without light",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:exposure=-4stop",),
            role="main",
        ),
    ),
)
