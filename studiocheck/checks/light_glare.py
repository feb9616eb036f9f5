"""`light.glare`: highlights that burn out on the presenter's face or on the article for sale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import NotAsked
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import CameraRole, Region, Role, Studio, Targets
from studiocheck.core.text import Text
from studiocheck.measure.light.glare import Glare, glare
from studiocheck.measure.picture.face import face_region

_METHOD = Text(
    "clipped spots without colour that fade into the surface; white things left out",
    "无色且过曝、边缘渐变的亮斑；白色物体不计",
)
_NOTHING_TO_JUDGE = Text(
    "neither face, product nor subject is declared and no face was found: "
    "`studiocheck calibrate regions` draws them",
    "没有写明 face、product 或 subject，也没有找到人脸：请用 `studiocheck calibrate regions` 标出",
)
_FACE, _PRODUCT = Text("the face", "脸部"), Text("the article", "商品")
_SUBJECT = Text("the presenter", "主播身上")
_DULL: Mapping[Text, Text] = {
    _FACE: Text(
        "powder the face; else raise the key light or move it aside, or put a softbox on it",
        "先补散粉定妆；再把主光升高或移开，或加柔光箱",
    ),
    _PRODUCT: Text(
        "turn the article a little; else move the lamp that mirrors in it, or flag it",
        "先把商品转一点角度；再移开映在上面的灯，或用黑旗遮挡",
    ),
    _SUBJECT: Text(
        "raise the key light or move it aside, or put a softbox on it",
        "把主光升高或移开，或加柔光箱",
    ),
}


@dataclass(frozen=True, slots=True)
class _Place:
    name: Text
    region: Region


def _assess(case: Case) -> Assessment:
    stills = [still.image for still in case.clip.stills]
    found = [
        (place, glare(stills, place.region, case.camera.ignore, skin=place.name is _FACE))
        for place in _places(case)
    ]
    place, worst = max(found, key=lambda item: item[1].share_percent)
    return Assessment(
        measurements=[
            Measurement.of(
                "glare_share",
                worst.share_percent,
                "%",
                _METHOD,
                worst.uncertainty_percent,
                worst.n,
            ),
            Measurement.of("largest_glare", worst.largest_percent, "%", _METHOD, n=worst.n),
        ],
        note=_note([item[0] for item in found], place, worst),
        advice=_DULL[place.name],
    )


def _places(case: Case) -> list[_Place]:
    camera = case.camera
    face = face_region([still.image for still in case.clip.stills], camera)
    places = []
    if face is not None:
        places.append(_Place(_FACE, face.region))
    if camera.product is not None:
        places.append(_Place(_PRODUCT, camera.product))
    if not places and camera.subject is not None:
        places.append(_Place(_SUBJECT, camera.subject))
    if not places:
        raise NotAsked(_NOTHING_TO_JUDGE)
    return places


def _note(places: Sequence[_Place], worst: _Place, found: Glare) -> Text:
    if found.highlights:
        count = len(found.highlights)
        return Text(
            f"{count} spots on {worst.name.en}" if count > 1 else f"one spot on {worst.name.en}",
            f"{worst.name.zh}有 {count} 处",
        )
    en, zh = (" and ".join(p.name.en for p in places), "和".join(p.name.zh for p in places))
    return Text(f"looked at {en}", f"已检查{zh}")


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "glare_share": Default(
            Limit(maximum=2, warn_maximum=0.5),
            Text(
                "rule of thumb: half a percent of a face is a spot on nose or brow",
                "经验值：人脸的 0.5% 约为鼻尖或额头上一点",
            ),
            "%",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "powder a shiny face, turn a shiny article; else raise the key light or soften it",
        "脸上反光先补粉，商品反光先转角度；再升高主光或加柔光",
    )


def _is_asked(role: Role, _: Studio, _targets: Targets) -> bool:
    return isinstance(role, CameraRole) and bool(role.lighting or role.face or role.product)


CHECK = Check(
    id="light.glare",
    title=Text("Glare", "反光"),
    about=Text(
        "Share of the face, or of the article, that is lost in highlights of the lamps. What is "
        "white by itself is no glare; lamps and windows in the picture are named in `ignore`.",
        "人脸或商品上被灯光反射成死白的面积。白色物体本身不算；画面中的灯和窗请写进 ignore。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_is_asked,
    examples=(
        Example(says="a powdered face", verdict=Verdict.PASS, role="main"),
        Example(
            says="a face that glistens a little",
            verdict=Verdict.MARGINAL,
            faults=("presenter:shine=10%",),
            role="main",
        ),
        Example(
            says="a face that shines",
            verdict=Verdict.FAIL,
            faults=("presenter:shine=60%",),
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
