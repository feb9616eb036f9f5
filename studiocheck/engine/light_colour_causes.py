"""Causes behind findings on colour: one lamp, or the camera's white balance. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Measurement
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine.causes import Captures, diagnosis, is_bad
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.lamp_findings import alike, bad_lamps, following, lamps_bad, of_lamps

_OF_COLOUR = (
    "light.colour_temperature", "light.skin", "light.background", "light.green_screen",
    "camera.view", "camera.match",
)  # fmt: skip
_ALIKE_MIRED = 6.0
"""So close together all lamps are alike."""


def lamp_colour(findings: Sequence[Finding], captures: Captures) -> list[Diagnosis]:
    """One lamp's colour has drifted, or all alike: then it is the camera's white balance."""
    found = []
    for i in lamps_bad(findings):
        drifts = of_lamps(findings[i], "colour_drift")
        bad = [lamp for lamp, drift in drifts.items() if is_bad(findings[i], drift.name)]
        if not bad:
            continue
        role = findings[i].role
        hits = following(findings, [i], _OF_COLOUR)
        if len(hits) < 2 and len(bad_lamps(findings[i])) < 2:
            continue
        common = alike((drift.value for drift in drifts.values()), _ALIKE_MIRED)
        if common is not None and len(bad) == len(drifts):
            way = Text("warmer", "暖") if common > 0 else Text("colder", "冷")
            size = f"{abs(common):.0f}"
            text = Text(
                f"every lamp looks {size} mired {way.en} to camera {role}: that is its white "
                "balance, set it as at calibration before touching any lamp",
                f"摄像头 {role} 看所有灯都偏{way.zh} {size} 微倒度：是它的白平衡变了，"
                "先恢复白平衡，不要动灯",
            )
            found.append(diagnosis("camera.white_balance", text, hits))
        else:
            text = _which_colour(bad, drifts, _kelvins(role, captures))
            found.append(diagnosis("light.lamp_colour", text, hits))
    return found


def _kelvins(role: str, captures: Captures) -> dict[str, float]:
    found = captures.get(DeviceKey(Scope.CAMERA, role), {})
    lamps = found[Lamps].evidence if Lamps in found else None
    if not isinstance(lamps, LampsEvidence):
        return {}
    return {lamp.name: lamp.kelvin for lamp in lamps.lamps if lamp.kelvin is not None}


def _which_colour(
    bad: Sequence[str], drifts: Mapping[str, Measurement], kelvins: Mapping[str, float]
) -> Text:
    en, zh = [], []
    for lamp in sorted(bad, key=lambda name: -abs(drifts[name].value)):
        mired = drifts[lamp].value
        way = Text("warm", "暖") if mired > 0 else Text("cold", "冷")
        planned = kelvins.get(lamp)
        if planned is None:
            en.append(f"{lamp} has become {abs(mired):.0f} mired too {way.en}")
            zh.append(f"{lamp} 偏{way.zh} {abs(mired):.0f} 微倒度")
            continue
        off = round(abs(1e6 / (1e6 / planned + mired) - planned), -1)
        en.append(f"{lamp} is {off:.0f} K too {way.en}, set it to {planned:.0f} K")
        zh.append(f"{lamp} 偏{way.zh} {off:.0f} K，调回 {planned:.0f} K")
    return Text(
        f"{'; '.join(en)}: that explains the colour of the picture",
        f"{'；'.join(zh)}：画面偏色由此而来",
    )
