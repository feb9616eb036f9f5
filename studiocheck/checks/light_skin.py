"""`light.skin`: whether the presenter's skin has the hue of skin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, is_lit
from studiocheck.core.errors import NotAsked
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Region, Targets
from studiocheck.core.text import Text, joined
from studiocheck.measure.light.skin_line import SkinHue, refuse_coloured_card, skin_hue
from studiocheck.measure.light.white_lock import white_lock
from studiocheck.measure.picture.face import face_region

_METHOD = Text(
    "hue of the cheeks on the vectorscope (BT.709) against the skin line at 123°",
    "矢量示波器（BT.709）上面颊的色相与 123° 肤色线之差",
)


def _assess(case: Case) -> Assessment:
    clip, camera = case.clip, case.camera
    white_lock(camera, [(clip.camera, clip.controls)], case.targets.light.cct_kelvin)
    stills = [still.image for still in clip.stills]
    if camera.neutral_patch is not None:
        refuse_coloured_card(stills, camera.neutral_patch)
    region, is_face = _where(case)
    found = skin_hue(stills, region, is_face=is_face)
    return Assessment(
        measurements=[
            Measurement.of(
                "skin_distance",
                abs(found.degrees),
                "°",
                _METHOD,
                found.uncertainty_degrees,
                found.n,
            )
        ],
        note=_note(found, is_face=is_face),
        advice=_what_to_touch(found),
    )


def _where(case: Case) -> tuple[Region, bool]:
    face = face_region([still.image for still in case.clip.stills], case.camera)
    if face is not None:
        return face.region, True
    if case.camera.subject is None:
        raise NotAsked(
            Text(
                "neither face nor subject is declared: `studiocheck calibrate regions` draws them",
                "没有写明 face 或 subject：请用 `studiocheck calibrate regions` 标出",
            )
        )
    return case.camera.subject, False


def _note(found: SkinHue, *, is_face: bool) -> Text:
    way = (
        Text("towards yellow-green", "偏黄绿")
        if found.degrees > 0
        else Text("towards red-magenta", "偏红品")
    )
    turned = Text(f"{abs(found.degrees):.0f}° {way.en}", f"{way.zh} {abs(found.degrees):.0f}°")
    if is_face:
        return turned
    share = round(100 * found.share)
    return joined(
        [
            turned,
            Text(
                f"no face is declared: skin was found on {share} % of the subject",
                f"没有写明 face：在主体区域的 {share}% 上找到皮肤",
            ),
        ]
    )


def _what_to_touch(found: SkinHue) -> Text:
    if found.degrees > 0:
        return Text(
            "skin is greenish: take the green out of the lamps' tint (towards magenta), then look "
            "for a green or yellow wall, table or shirt that throws its colour on the face",
            "肤色偏绿：先把灯的色调（G/M）往品红调，再看是否有绿色或黄色的墙面、桌面、衣服反光到脸上",
        )
    return Text(
        "skin is reddish: take the magenta out of the lamps' tint (towards green), then look for a "
        "red or pink wall or shirt that throws its colour on the face, and at the make-up",
        "肤色偏红：先把灯的色调（G/M）往绿调，再看是否有红色或粉色的墙面、衣服反光到脸上，以及妆容",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "skin_distance": Default(
            Limit(warn_maximum=15.0, maximum=20.0),
            Text(
                "1145 faces (Xiao 2017, de Rigal 2010, as darktable gives them): 95 % of each "
                "group within 15° of the line, fewer than 1 in 200 beyond 20°",
                "1145 张人脸（Xiao 2017、de Rigal 2010，据 darktable）：各人群 95% 在肤色线 15° "
                "以内，超过 20° 的不到 1/200",
            ),
            "°",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "set the lamps' tint to zero, then look for coloured walls or shirts that shine on the "
        "face, and at the make-up",
        "把灯的色调（G/M）归零，再看是否有彩色墙面或衣服反光到脸上，以及妆容",
    )


CHECK = Check(
    id="light.skin",
    title=Text("Skin tone", "肤色"),
    about=Text(
        "Hue of the presenter's cheeks. Skin from light to dark has nearly one hue; a lamp with a "
        "green tint or a coloured wall turns it. Needs a locked white balance.",
        "主播面颊的色相。从浅到深的肤色色相相近；偏绿的灯或彩色墙面会使其偏离。需要锁定白平衡。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="a presenter in white light", verdict=Verdict.PASS, role="main"),
        Example(
            says="a presenter whose make-up is too red",
            verdict=Verdict.MARGINAL,
            faults=("presenter:blush=60%",),
            role="main",
        ),
        Example(
            says="a camera on automatic white balance",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:autowb",),
            role="main",
        ),
        Example(
            says="nobody there",
            verdict=Verdict.UNMEASURED,
            faults=("presenter:absent",),
            role="main",
        ),
    ),
)
