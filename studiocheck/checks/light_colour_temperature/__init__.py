"""`light.colour_temperature`: the colour of the light, from a neutral patch or from known lamps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiocheck.checks.light_colour_temperature.words import (
    ONE_KELVIN,
    PLANNED,
    against_cold,
    against_warm,
    mixed_on_the_face,
    no_reference,
    noted,
    only_the_way,
    undecided,
    what_to_set,
    which,
)
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded, is_lit
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip, Lamps, White
from studiocheck.core.lighting import WhiteEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Region, Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.camera_white import calibrated_light
from studiocheck.measure.light.face_colour import warmer_left_mired
from studiocheck.measure.light.lamps_colour import LampColour, MixedLight, light_of_lamps
from studiocheck.measure.light.lamps_tonight import light_tonight
from studiocheck.measure.light.neutral_patch import WhiteLight, light_on_patch
from studiocheck.measure.light.white_lock import WhiteLock, refuse_another_white, white_lock
from studiocheck.measure.picture.face import face_region

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
_FAR_MIRED = 30.0
"""An interval wider than this (k = 2) comes of a light far from the known one: it may still say
that the light is too warm, but not that it is as planned."""

MIXED_MIRED = 40.0
"""Between the halves of a face: from here on it is lamps that differ. One light alone made up to 26
(`face_colour`)."""

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
    apart = _apart_on_the_face(case)
    advice = what_to_set(_lamps_of(case, seen.light), seen.light.cct_kelvin, planned)
    return Assessment(
        measurements=_measurements(seen, planned),
        verdict=Verdict.PASS if apart is None else Verdict.MARGINAL,
        note=seen.note if apart is None else joined([mixed_on_the_face(apart), seen.note]),
        advice=advice if apart is None or advice is not None else ONE_KELVIN,
    )


def _apart_on_the_face(case: Case) -> float | None:
    """Return how much warmer the left of the face is, mired, where its halves differ in light.

    A card shows the mean of two lamps, which may be as planned where neither of them is.
    """
    stills = [still.image for still in case.clip.stills]
    face = face_region(stills, case.camera)
    if face is None:
        return None
    try:
        warmer = warmer_left_mired(stills, face.region)
    except Unmeasurable:
        return None
    return warmer if abs(warmer) > MIXED_MIRED else None


def _seen(case: Case, lock: WhiteLock, white: WhiteEvidence | None) -> _Seen:
    """Look at the card; where there is none, at the lamps."""
    if case.camera.neutral_patch is None:
        try:
            return _by_lamps(case)
        except NotAsked:
            raise no_reference() from None
    try:
        return _by_card(case, case.camera.neutral_patch, lock, white)
    except Unmeasurable as no_card:
        try:
            seen = _by_lamps(case)
        except (NotAsked, Unmeasurable):
            raise no_card from None
        return _Seen(light=seen.light, method=seen.method, note=joined([no_card.reason, seen.note]))


def _by_card(case: Case, patch: Region, lock: WhiteLock, white: WhiteEvidence | None) -> _Seen:
    stills, planned = [still.image for still in case.clip.stills], case.targets.light.cct_kelvin
    if white is None:
        light = light_on_patch(stills, patch, lock.kelvin)
        _refuse_undecided(light, planned)
        trust = Text(
            f"camera not calibrated: trusts that its {lock.kelvin:.0f} K setting is true",
            f"摄像头未校准：前提是其 {lock.kelvin:.0f} K 设置准确",
        )
        return _Seen(light=light, method=_TRUSTED, note=noted(trust, lock, _HOW_TO_CALIBRATE))
    light = calibrated_light(stills, patch, white)
    _refuse_undecided(light, planned)
    far = (only_the_way(white),) if light.mired_uncertainty > _FAR_MIRED else ()
    return _Seen(light=light, method=_CALIBRATED, note=noted(which(white), lock, *far))


def _refuse_undecided(light: WhiteLight, planned: float) -> None:
    """Refuse a number whose interval is wide and holds what is planned: it says nothing."""
    if light.mired_uncertainty > max(_FAR_MIRED, abs(light.mired - 1e6 / planned)):
        raise undecided()


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


def _lamps_of(case: Case, light: WhiteLight | MixedLight) -> Sequence[LampColour]:
    """Return what the lamps say; where a card was measured they only serve the advice."""
    if isinstance(light, MixedLight):
        return light.lamps
    try:
        beside = _by_lamps(case).light
    except (NotAsked, Unmeasurable):
        return ()
    return beside.lamps if isinstance(beside, MixedLight) else ()


def _at(lamp: LampColour) -> str:
    return f"{lamp.name} {round(lamp.kelvin, -1):.0f} K"


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
    side = {m.name: exceeded(m) for m in measurements}.get("cct")
    if side == "low":
        do = against_warm(PLANNED)
        return Text(f"the light is too warm: {do.en}", f"光偏暖：{do.zh}")
    if side == "high":
        do = against_cold(PLANNED)
        return Text(f"the light is too cold: {do.en}", f"光偏冷：{do.zh}")
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
