"""`light.background`: whether the background is of the kind that the show's category asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import BackgroundFamily, CameraRole, Role, Studio, Targets
from studiocheck.core.text import Text
from studiocheck.measure.light.background import Background, background
from studiocheck.measure.light.evenness import Evenness, evenness

_LUMA = Text("mean luma of the declared region", "所声明区域的平均亮度")
_COLOUR = Text(
    "CIELAB of the median of 16 × 9 blocks, as the camera's white balance shows it",
    "16×9 块中位数的 CIELAB 值，以摄像头白平衡为准",
)
_EVENNESS = Text(
    "linear luminance, 95th over 5th percentile of 16 × 9 blocks",
    "线性亮度，16×9 块的第 95 与第 5 百分位之比",
)
_NO_FAMILY = Text(
    "the profile asks for no kind of background: set [light] background to white, pink, warm or "
    "plain",
    "配置没有要求背景类型：可在 [light] 中设 background 为 white、pink、warm 或 plain",
)
_NO_REGION = Text(
    "the profile asks for a background, but none is declared for this camera: "
    "`studiocheck calibrate regions` draws it",
    "配置要求了背景，但此摄像头没有声明 background：请用 `studiocheck calibrate regions` 标出",
)
_FAMILIES: Mapping[BackgroundFamily, Text] = {
    "white": Text("white", "白色"),
    "pink": Text("pink", "粉色"),
    "warm": Text("warm", "暖色"),
    "plain": Text("plain", "纯净"),
}


def _assess(case: Case) -> Assessment:
    family, region = case.targets.light.background, case.camera.background
    if family is None:
        raise NotAsked(_NO_FAMILY)
    if region is None:
        raise NotAsked(_NO_REGION)
    stills = [still.image for still in case.clip.stills]
    found, kind = background(stills, region), _FAMILIES[family]
    asked = Text(f"the profile asks for a {kind.en} background", f"配置要求{kind.zh}背景")
    try:
        even = evenness(stills, region)
    except Unmeasurable as unknown:  # its colour and brightness are known all the same
        note = Text(f"{asked.en}; {unknown.reason.en}", f"{asked.zh}；{unknown.reason.zh}")
        return Assessment(measurements=_measured(found), verdict=Verdict.MARGINAL, note=note)
    return Assessment(measurements=[*_measured(found), _measured_evenness(even)], note=asked)


def _measured_evenness(even: Evenness) -> Measurement:
    return Measurement.of(
        "evenness", even.stops, "stops", _EVENNESS, even.uncertainty_stops, even.n
    )


def _measured(found: Background) -> list[Measurement]:
    measured = [
        Measurement.of(
            "background_luma", found.luma_percent, "%", _LUMA, found.luma_uncertainty, found.n
        ),
        Measurement.of(
            "background_chroma", found.chroma, "", _COLOUR, found.chroma_uncertainty, found.n
        ),
    ]
    if found.hue_degrees is not None:
        measured.append(
            Measurement.of(
                "background_hue", found.hue_degrees, "°", _COLOUR, found.hue_uncertainty, found.n
            )
        )
    return measured


_ANY_HUE = Limit(minimum=-180, maximum=180)
_LIT = Limit(minimum=5, maximum=100)
_LIMITS: Mapping[BackgroundFamily | None, tuple[Limit, Limit, Limit, Limit]] = {
    # luma %, chroma, hue °, evenness stops
    "white": (
        Limit(minimum=70, warn_minimum=80),
        Limit(maximum=14, warn_maximum=8),
        _ANY_HUE,
        Limit(maximum=1, warn_maximum=0.7),
    ),
    "pink": (
        Limit(minimum=50, warn_minimum=60),
        Limit(minimum=5, warn_minimum=8, warn_maximum=45, maximum=60),
        Limit(minimum=-40, warn_minimum=-30, warn_maximum=28, maximum=38),
        Limit(maximum=1.5, warn_maximum=1),
    ),
    "warm": (
        Limit(minimum=10, warn_minimum=15, warn_maximum=90, maximum=97),
        Limit(minimum=5, warn_minimum=8, warn_maximum=60, maximum=80),
        Limit(minimum=20, warn_minimum=30, warn_maximum=95, maximum=105),
        Limit(maximum=4, warn_maximum=3),
    ),
    "plain": (
        Limit(minimum=15, warn_minimum=25),
        Limit(maximum=60, warn_maximum=40),
        _ANY_HUE,
        Limit(maximum=1.5, warn_maximum=1),
    ),
    None: (_LIT, Limit(maximum=200), _ANY_HUE, Limit(maximum=10)),
}
_SOURCES: Mapping[BackgroundFamily | None, Text] = {
    "white": Text(
        "practice: a white background stands at 80 to 95 % luma and has no cast to see",
        "经验：白背景亮度 80%–95%，看不出偏色",
    ),
    "pink": Text(
        "practice of beauty shows: bright, from rose to powder pink",
        "美妆直播经验：明亮，从玫瑰粉到粉底色",
    ),
    "warm": Text(
        "practice of food shows: wood, cream and lamplight, from terracotta to straw",
        "美食直播经验：木色、奶油色、灯光色，从陶土红到麦秆黄",
    ),
    "plain": Text(
        "practice of apparel shows: nothing behind the clothes that draws the eye",
        "服装直播经验：背景不抢衣服的眼",
    ),
    None: Text("the profile asks for no background: anything", "配置未要求背景：不限"),
}


def _defaults(targets: Targets) -> Mapping[str, Default]:
    family = targets.light.background
    luma, chroma, hue, even = _LIMITS[family]
    source = _SOURCES[family]
    return {
        "background_luma": Default(luma, source, "%"),
        "background_chroma": Default(chroma, source, ""),
        "background_hue": Default(hue, source, "°"),
        "evenness": Default(even, source, "stops"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = {m.name: exceeded(m) for m in measurements}
    if sides.get("background_luma") == "low":
        return Text(
            "raise the background light, or move it nearer to the wall",
            "调亮背景光，或把它移近墙面",
        )
    if sides.get("background_luma") == "high":
        return Text("dim the background light by half a stop", "背景光调暗半挡")
    if sides.get("background_hue") or sides.get("background_chroma"):
        return Text(
            "change the backdrop, or set the colour of the background light; where the colour is "
            "right to the eye, look at the camera's white balance",
            "更换背景，或调整背景光的颜色；若肉眼看颜色没错，请检查摄像头白平衡",
        )
    return Text(
        "clear the background, or light it with two lamps from both sides",
        "清理背景杂物，或用两盏灯从两侧打匀",
    )


def _is_asked(role: Role, _: Studio, targets: Targets) -> bool:
    wanted = targets.light.background is not None
    return wanted and isinstance(role, CameraRole) and bool(role.lighting or role.background)


CHECK = Check(
    id="light.background",
    title=Text("Background", "背景"),
    about=Text(
        "Brightness, colour and evenness of the declared background, against what the profile's "
        "category asks for: white, pink, warm or plain.",
        "所声明背景的亮度、颜色和均匀度，是否符合配置要求的类型：白色、粉色、暖色或纯净。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_is_asked,
    examples=(
        Example(
            says="a bright pink wall, as a beauty show asks for",
            verdict=Verdict.PASS,
            scene="beauty",
            role="main",
        ),
        Example(
            says="background lights that are off",
            verdict=Verdict.FAIL,
            faults=("lamp.background:off", "lamp.background-right:off"),
            scene="beauty",
            role="main",
        ),
        Example(
            says="a background light that was set to warm",
            verdict=Verdict.FAIL,
            faults=("lamp.background:cct=2500K", "lamp.background-right:cct=2500K"),
            scene="beauty",
            role="main",
        ),
        Example(
            says="a camera that is not there",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:unplug",),
            scene="beauty",
            role="main",
        ),
    ),
)
