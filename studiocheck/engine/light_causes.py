"""Causes behind several findings on light: which lamp, the daylight, or the camera. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.causes import Captures, Rule, diagnosis, is_bad, measured, where
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.lamp_findings import (
    alike,
    bad_lamps,
    following,
    is_on,
    lamps_bad,
    lamps_off,
    of_lamps,
)
from studiocheck.engine.light_colour_causes import lamp_colour

_OF_A_LAMP = (
    "light.key_fill", "light.back", "light.evenness", "light.hard_shadow", "light.background",
    "light.green_screen", "light.skin", "light.colour_temperature", "light.stray",
    "camera.brightness", "camera.dark_area", "camera.view", "camera.match",
)  # fmt: skip
"""What may be wrong because a lamp is out."""

OF_ONE_LAMP = "light.lamp_"
"""How the ids of causes begin that each name lamps of their own."""

_OF_DAYLIGHT = (
    "light.colour_temperature", "light.evenness", "light.key_fill", "light.background",
    "light.green_screen", "light.glare", "light.skin", "camera.brightness", "camera.clipping",
    "camera.view",
)  # fmt: skip
_UNDER_DAYLIGHT = ("light.lamps", "light.back", "light.hard_shadow")
_CAMERA_SETTINGS = ("exposure", "gain", "auto_exposure", "brightness", "contrast", "gamma")

_ALIKE_STOPS = 0.2
"""So close together all lamps are alike."""


def _lamp_out(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A lamp that is off explains what is wrong with the light it should give."""
    seen_by = [i for i in lamps_bad(findings) if lamps_off(findings[i])]
    if not seen_by:
        return []
    off = sorted(set().union(*(lamps_off(findings[i]) for i in seen_by)))
    lamps = set().union(*(set(of_lamps(findings[i], "on")) for i in seen_by))
    names = ", ".join(off)
    if len(off) > 1 and lamps == set(off):
        text = Text(
            f"every lamp ({names}) is off: breaker, dimmer pack or their common switch first",
            f"所有灯（{names}）都没亮：先查空开、调光台或总开关",
        )
    elif len(off) > 1:
        text = Text(
            f"lamps {names} are off: see what they share, a power strip, a dimmer, a breaker",
            f"{names} 没亮：先查它们共用的插排、调光器或空开",
        )
    else:
        text = Text(
            f"lamp {names} is off: plug, switch, dimmer, then its breaker",
            f"{names} 没亮：依次查插头、开关、调光、空开",
        )
    return [diagnosis("light.lamp_out", text, following(findings, seen_by, _OF_A_LAMP))]


def _stops(finding: Finding) -> dict[str, float]:
    """Return the light of each lamp that is on, in stops of the calibrated."""
    return {
        lamp: math.log2(max(output.value, 1.0) / 100)
        for lamp, output in of_lamps(finding, "output").items()
        if is_on(finding, lamp)
    }


def _all_dim(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """All lamps down alike: what they share, or the camera that looks at them."""
    found = []
    watching = [i for i, f in enumerate(findings) if of_lamps(f, "output")]
    dim = [i for i in lamps_bad(findings) if _down_alike(findings[i]) is not None]
    for i in dim:
        role = findings[i].role
        size = f"{abs(_down_alike(findings[i]) or 0.0):.1f}"
        same = _settings_as_calibrated(role, captures)
        alone = len(watching) > 1 and len(dim) == 1
        camera = alone or same is False
        text = _CAMERA_CHANGED if camera else _LAMPS_CHANGED if same else _EITHER_CHANGED
        name = "camera.exposure_changed" if camera else "light.all_dim"
        hits = following(findings, [i], _OF_A_LAMP)
        found.append(diagnosis(name, text.fill(size=size, role=role), hits))
    return found


_CAMERA_CHANGED = Text(
    "all lamps look down alike by {size} stop, in camera {role} only or since its settings were "
    "changed: set its exposure, gain and iris as at calibration, then check again",
    "摄像头 {role} 里所有灯都同样暗了 {size} 挡：是它的曝光变了，"
    "把曝光、增益和光圈恢复到校准时，再检查一次",
)
_LAMPS_CHANGED = Text(
    "all lamps are down alike by {size} stop and camera {role} is set as at calibration: the "
    "dimmers' master or the mains first, then the camera's iris",
    "所有灯都同样暗了 {size} 挡，而摄像头 {role} 的设置没变：先查调光总控和电源，再看镜头光圈",
)
_EITHER_CHANGED = Text(
    "all lamps are down alike by {size} stop: exposure and iris of camera {role} first, then the "
    "dimmers' master",
    "所有灯都同样暗了 {size} 挡：先查摄像头 {role} 的曝光和光圈，再查调光总控",
)


def _down_alike(finding: Finding) -> float | None:
    outputs = of_lamps(finding, "output")
    if lamps_off(finding) or not all(is_bad(finding, one.name) for one in outputs.values()):
        return None
    stops = alike(_stops(finding).values(), _ALIKE_STOPS)
    return stops if stops is not None and stops < 0 else None


def _settings_as_calibrated(role: str, captures: Captures) -> bool | None:
    """Return whether the camera is set as at calibration; None where it does not say."""
    found = captures.get(DeviceKey(Scope.CAMERA, role), {})
    clip, lamps = (found[n].evidence if n in found else None for n in (Clip, Lamps))
    if not isinstance(clip, ClipEvidence) or not isinstance(lamps, LampsEvidence):
        return None
    if clip.controls is None or lamps.controls is None:
        return None
    then: Mapping[str, int] = lamps.controls.held or lamps.controls.found
    now: Mapping[str, int] = clip.controls.held or clip.controls.found
    shared = [name for name in _CAMERA_SETTINGS if name in then and name in now]
    return all(then[name] == now[name] for name in shared) if shared else None


def _lamp_faded(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Some lamps give less than at calibration and explain ratios and brightness."""
    by_lamp: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for i in lamps_bad(findings):
        if _down_alike(findings[i]) is not None:
            continue
        for lamp, output in of_lamps(findings[i], "output").items():
            if is_on(findings[i], lamp) and is_bad(findings[i], output.name):
                by_lamp[lamp].append((i, output.value))
    weak = {lamp: seen for lamp, seen in by_lamp.items() if seen[0][1] < 100}
    if not weak:
        return []
    first = sorted(weak, key=lambda lamp: weak[lamp][0][1])
    said = [
        Text(
            f"{lamp} gives {weak[lamp][0][1]:.0f} % of its calibrated light: raise it by "
            f"{-math.log2(max(weak[lamp][0][1], 1.0) / 100):.1f} stop",
            f"{lamp} 只剩校准时的 {weak[lamp][0][1]:.0f}%："
            f"调亮 {-math.log2(max(weak[lamp][0][1], 1.0) / 100):.1f} 挡",
        )
        for lamp in first
    ]
    text = Text(
        f"{'; '.join(one.en for one in said)}; its dimmer first, then its age and its cable",
        f"{'；'.join(one.zh for one in said)}；先看调光，再看灯是否老化、线是否松动",
    )
    seen_by = sorted({i for seen in weak.values() for i, _ in seen})
    hits = following(findings, seen_by, _OF_A_LAMP)
    worth_saying = len(hits) > 1 or any(len(bad_lamps(findings[i])) > 1 for i in seen_by)
    return [diagnosis("light.lamp_faded", text, hits)] if worth_saying else []


def _daylight(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Light of none of the lamps explains colour and ratios: the window."""
    found = []
    for i in where(findings, "light.stray", Verdict.FAIL, Verdict.MARGINAL):
        hits = [*following(findings, [i], _OF_DAYLIGHT), *_blinded(findings, findings[i].role)]
        share = measured(findings[i], "stray_share")
        if len(hits) < 2 or share is None:
            continue
        text = Text(
            f"{share.value:.0f} % of the light in camera {findings[i].role} comes from none of the "
            "lamps: close the blinds and switch room lights off before touching any lamp",
            f"摄像头 {findings[i].role} 画面里 {share.value:.0f}% 的光不是布光灯发出的："
            "先拉上窗帘、关掉室内照明，再动灯",
        )
        found.append(diagnosis("light.daylight", text, hits))
    return found


def _blinded(findings: Sequence[Finding], role: str) -> list[int]:
    """Return what cannot be told of a camera's lamps while other light lies over them."""
    hidden = (j for check in _UNDER_DAYLIGHT for j in where(findings, check, Verdict.UNMEASURED))
    return [j for j in hidden if findings[j].role == role]


RULES: tuple[Rule, ...] = (_lamp_out, _daylight, _all_dim, _lamp_faded, lamp_colour)
