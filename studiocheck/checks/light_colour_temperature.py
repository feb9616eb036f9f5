"""`light.colour_temperature`: the colour of the light, from a neutral patch or from known lamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded, is_lit
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Lamps, White
from studiocheck.core.lighting import WhiteEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Region, Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.camera_white import calibrated_light
from studiocheck.measure.light.lamps_colour import LampColour, MixedLight, light_of_lamps
from studiocheck.measure.light.lamps_tonight import light_tonight
from studiocheck.measure.light.neutral_patch import WhiteLight, light_on_patch
from studiocheck.measure.light.white_lock import WhiteLock, refuse_another_white, white_lock

_TRUSTED = Text(
    "neutral patch, locked white balance undone (Bradford), Ohno 2013",
    "灰卡区域，还原锁定的白平衡（Bradford），Ohno 2013",
)
_CALIBRATED = Text(
    "neutral patch, camera calibrated on known light, Ohno 2013",
    "灰卡区域，摄像头经已知光源校准，Ohno 2013",
)
_BY_LAMPS = Text(
    "kelvin of each lamp, shifted by its measured drift, mixed as they light the subject",
    "每盏灯的设定色温加上实测漂移，按其对主体的照明比例混合",
)
_TELLING_MIRED = 8.0
"""A lamp is named from this on: 240 K at 5500 K."""

_HOW_TO_CALIBRATE = Text(
    "`studiocheck calibrate camera --white` narrows the uncertainty",
    "`studiocheck calibrate camera --white` 可减小不确定度",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The colour of the light, how it was found, and what each lamp adds where that is known."""

    light: WhiteLight | MixedLight
    method: Text
    note: Text


def _assess(case: Case) -> Assessment:
    clip, planned = case.clip, case.targets.light.cct_kelvin
    lock = white_lock(case.camera, [(clip.camera, clip.controls)], planned)
    white = case.white
    if white is not None:
        refuse_another_white(white.controls, clip.controls)
    seen = _seen(case, lock, white)
    return Assessment(
        measurements=_measurements(seen, planned),
        note=seen.note,
        advice=_what_to_set(case, seen.light, planned),
    )


def _seen(case: Case, lock: WhiteLock, white: WhiteEvidence | None) -> _Seen:
    """Look at the card; where there is none, at the lamps."""
    if case.camera.neutral_patch is None:
        try:
            return _by_lamps(case)
        except NotAsked:
            raise _no_reference() from None
    try:
        return _by_card(case, case.camera.neutral_patch, lock, white)
    except Unmeasurable as no_card:
        try:
            seen = _by_lamps(case)
        except (NotAsked, Unmeasurable):
            raise no_card from None
        return _Seen(light=seen.light, method=seen.method, note=joined([no_card.reason, seen.note]))


def _by_card(case: Case, patch: Region, lock: WhiteLock, white: WhiteEvidence | None) -> _Seen:
    stills = [still.image for still in case.clip.stills]
    if white is None:
        light = light_on_patch(stills, patch, lock.kelvin)
        trust = Text(
            f"camera not calibrated: trusts that its {lock.kelvin:.0f} K setting is true",
            f"摄像头未校准：前提是其 {lock.kelvin:.0f} K 设置准确",
        )
        return _Seen(light=light, method=_TRUSTED, note=_noted(trust, lock, _HOW_TO_CALIBRATE))
    light = calibrated_light(stills, patch, white)
    return _Seen(light=light, method=_CALIBRATED, note=_noted(_which(white), lock))


def _by_lamps(case: Case) -> _Seen:
    """Return the mix of the lamps' own colours; `NotAsked` where they were never calibrated."""
    calibrated, clip = case.lamps, case.clip
    refuse_another_white(calibrated.controls, clip.controls)
    tonight = light_tonight([still.image for still in clip.stills], calibrated, clip.controls)
    light = light_of_lamps(tonight, calibrated, case.camera.subject)
    parts = "; ".join(f"{_at(lamp)}, {100 * lamp.share:.0f} %" for lamp in light.lamps)
    note = Text(
        f"no grey card: from the calibrated lamps ({parts}); their tint is not known",
        f"没有灰卡：由已校准的灯推算（{parts.replace('; ', '；').replace(', ', '，')}）；色偏未知",
    )
    return _Seen(light=light, method=_BY_LAMPS, note=note)


def _at(lamp: LampColour) -> str:
    return f"{lamp.name} {round(lamp.kelvin, -1):.0f} K"


def _no_reference() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "no neutral reference is declared, and a picture alone does not tell the light",
            "没有写明灰卡位置（neutral_patch）：仅凭画面无法判断光的颜色",
        ),
        Text(
            "put a grey card in the presenter's light and declare neutral_patch in studio.toml; "
            "or calibrate the lamps with `studiocheck calibrate lights`",
            "在主播的位置放一张灰卡，并在 studio.toml 中写明 neutral_patch；"
            "或用 `studiocheck calibrate lights` 校准灯光",
        ),
    )


def _which(white: WhiteEvidence) -> Text:
    day = white.taken[:10]
    if white.age_days > white.lasts_days:
        return Text(
            f"white calibration of {day}, {white.age_days:.0f} days old: repeat it with "
            "`studiocheck calibrate camera --white`",
            f"白平衡校准于 {day}，已过 {white.age_days:.0f} 天：请用 "
            "`studiocheck calibrate camera --white` 重做",
        )
    way = {
        "card": Text("grey card", "灰卡"),
        "chart": Text("colour chart", "色卡"),
        "two-point": Text("two lamp settings", "两档色温"),
    }[white.method]
    return Text(
        f"camera calibrated on {day} by {white.by} ({way.en})",
        f"摄像头于 {day} 由 {white.by} 校准（{way.zh}）",
    )


def _noted(first: Text, lock: WhiteLock, *more: Text) -> Text:
    silent = Text("it does not report whether it is locked", "它不报告白平衡是否锁定")
    return joined([first, *(() if lock.told else (silent,)), *more])


def _measurements(seen: _Seen, target_kelvin: float) -> list[Measurement]:
    light, method = seen.light, seen.method
    spread, count = light.kelvin_uncertainty(target_kelvin), getattr(light, "n", None)
    found = [Measurement.of("cct", light.cct_kelvin, "K", method, spread, count)]
    if isinstance(light, WhiteLight):
        found.append(Measurement.of("duv", light.duv, "", method, light.duv_uncertainty, light.n))
    found.append(
        Measurement.of("mired", light.mired, "mired", method, light.mired_uncertainty, count)
    )
    return found


# ---------------------------------------------------------------- what to touch


def _what_to_set(case: Case, light: WhiteLight | MixedLight, planned: float) -> Text | None:
    """Return which lamps to set to what, the one that matters most first."""
    lamps = light.lamps if isinstance(light, MixedLight) else _lamps_beside(case)
    target = 1e6 / planned
    off = [
        lamp
        for lamp in lamps
        if abs(lamp.mired - target) > max(_TELLING_MIRED, lamp.mired_uncertainty)
    ]
    off.sort(key=lambda lamp: -lamp.share * abs(lamp.mired - target))
    steps = [_step(lamp, planned) for lamp in off]
    if not steps and abs(light.cct_kelvin - planned) > 300:
        steps = [_all_lamps(light.cct_kelvin, planned)]
    return joined(steps) if steps else None


def _lamps_beside(case: Case) -> Sequence[LampColour]:
    """Return what the lamps say where a card was measured; they only serve the advice."""
    try:
        light = _by_lamps(case).light
    except (NotAsked, Unmeasurable):
        return ()
    return light.lamps if isinstance(light, MixedLight) else ()


def _step(lamp: LampColour, planned: float) -> Text:
    by = _round_kelvin(lamp.kelvin - planned)
    way = Text("too warm", "偏暖") if lamp.kelvin < planned else Text("too cold", "偏冷")
    return Text(
        f"{lamp.name}: {by} K {way.en}, set it to {planned:.0f} K",
        f"{lamp.name}：{way.zh} {by} K，请调到 {planned:.0f} K",
    )


def _all_lamps(kelvin: float, planned: float) -> Text:
    by = _round_kelvin(kelvin - planned)
    if kelvin < planned:
        return Text(
            f"the light is {by} K too warm: set every lamp to {planned:.0f} K, the key light "
            "first, and switch off room lights",
            f"光偏暖 {by} K：把每盏灯调到 {planned:.0f} K，先调主光，并关掉室内照明",
        )
    return Text(
        f"the light is {by} K too cold: set every lamp to {planned:.0f} K, the key light first, "
        "and close the blinds; then look whether the camera's white balance was moved",
        f"光偏冷 {by} K：把每盏灯调到 {planned:.0f} K，先调主光，并拉上窗帘；"
        "再看摄像头白平衡是否被动过",
    )


def _round_kelvin(difference: float) -> int:
    return max(50, round(abs(difference) / 50) * 50)


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


CHECK = Check(
    id="light.colour_temperature",
    title=Text("Colour temperature", "色温"),
    about=Text(
        "Correlated colour temperature and tint of the light on the presenter. Needs a camera "
        "whose white balance is locked, and a grey card or white thing in the picture or lamps "
        "that were calibrated.",
        "主播处灯光的相关色温与色偏。需要锁定白平衡的摄像头，以及画面中的灰卡或白色物体，"
        "或经过校准的灯。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), White(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    applies=is_lit,
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
            says="a white balance that was moved",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:wb=4300K",),
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
