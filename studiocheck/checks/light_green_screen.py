"""`light.green_screen`: whether a keyer will take the screen away and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded
from studiocheck.core.errors import NotAsked
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import CameraRole, Role, Studio, Targets
from studiocheck.core.text import Text
from studiocheck.measure.light.green_screen import GreenScreen, green_screen

_EVENNESS = Text(
    "linear luminance, 95th over 5th percentile of the 16 × 9 blocks that show only screen",
    "线性亮度，仅取绿幕的 16×9 块，第 95 与第 5 百分位之比",
)
_SATURATION = Text(
    "green less the larger of red and blue, in linear light", "线性光中绿色超出红、蓝较大者的比例"
)
_SPILL = Text(
    "share of the subject's edge that is greener than its inside", "主体边缘比内部偏绿的占比"
)


def _assess(case: Case) -> Assessment:
    region = case.camera.green_screen
    if region is None:  # pragma: no cover - such a camera is not asked
        raise NotAsked(Text("no green_screen is declared", "没有写明 green_screen"))
    found = green_screen([still.image for still in case.clip.stills], region)
    return Assessment(
        measurements=_measurements(found), note=_note(found), advice=_what_to_turn(found)
    )


def _measurements(found: GreenScreen) -> list[Measurement]:
    even = found.evenness
    measured = [
        Measurement.of(
            "screen_evenness", even.stops, "stops", _EVENNESS, even.uncertainty_stops, even.n
        ),
        Measurement.of(
            "screen_saturation",
            found.saturation_percent,
            "%",
            _SATURATION,
            found.saturation_uncertainty,
            found.n,
        ),
    ]
    if found.spill_percent is not None:
        measured.append(
            Measurement.of(
                "spill", found.spill_percent, "%", _SPILL, found.spill_uncertainty, found.n
            )
        )
    return measured


def _note(found: GreenScreen) -> Text:
    luma = Text(
        f"the screen stands at {found.luma_percent:.0f} % luma (practice: 40 to 50)",
        f"绿幕亮度 {found.luma_percent:.0f}%（经验值 40–50%）",
    )
    if found.spill_percent is not None:
        return luma
    return Text(
        f"{luma.en}; nobody stands before it, so spill is not known",
        f"{luma.zh}；绿幕前无人，无法判断绿色溢出",
    )


def _what_to_turn(found: GreenScreen) -> Text | None:
    even = found.evenness
    if even.stops <= _WARN_STOPS:
        return None
    stops = max(abs(even.right_stops), abs(even.down_stops))
    side = even.dark_side
    return Text(
        f"the screen is {stops:.1f} stops darker at the {side.en}: raise or turn the screen lamp "
        "on that side, and see that the presenter's shadow falls outside the picture",
        f"绿幕{side.zh}暗 {stops:.1f} 挡：调亮或转动那一侧的绿幕灯，并让主播的影子落在画面外",
    )


_WARN_STOPS, _MOST_STOPS = 0.3, 0.5


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "screen_evenness": Default(
            Limit(maximum=_MOST_STOPS, warn_maximum=_WARN_STOPS),
            Text("practice: half a stop keys, a third keys well", "经验：半挡可抠，三分之一挡好抠"),
            "stops",
        ),
        "screen_saturation": Default(
            Limit(minimum=35, warn_minimum=50),
            Text(
                "rule of thumb: chroma paint has 60 and more, hair in motion mixes half of it away",
                "经验值：抠像绿约 60% 以上，飘动的头发会混掉一半",
            ),
            "%",
        ),
        "spill": Default(
            Limit(maximum=20, warn_maximum=5),
            Text("rule of thumb: a green rim that viewers see", "经验值：观众能看到的绿边"),
            "%",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = {m.name: exceeded(m) for m in measurements}
    if sides.get("spill") and not sides.get("screen_evenness"):
        return Text(
            "move the presenter away from the screen, two metres if there is room, and dim the "
            "screen lamps by half a stop; then raise the back light a little",
            "让主播离绿幕远些（尽量 2 米），绿幕灯调暗半挡；再略微调亮轮廓光",
        )
    if sides.get("screen_saturation") and not sides.get("screen_evenness"):
        return Text(
            "keep the key light off the screen, open the iris no further than 50 % luma on it, "
            "and turn the camera's saturation back to normal",
            "别让主光打到绿幕，绿幕亮度不超过 50%，并把摄像头饱和度调回正常",
        )
    return Text(
        "light the screen with two equal lamps from both sides, and smooth its folds",
        "用两盏相同的灯从两侧照亮绿幕，并抚平褶皱",
    )


def _has_screen(role: Role, _: Studio, _targets: Targets) -> bool:
    return isinstance(role, CameraRole) and role.green_screen is not None


CHECK = Check(
    id="light.green_screen",
    title=Text("Green screen", "绿幕"),
    about=Text(
        "How evenly the declared green screen is lit, how green it is, and whether its green "
        "shows on the edge of who stands before it.",
        "所声明的绿幕是否照得均匀、颜色够不够绿，以及人物边缘是否有绿色溢出。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=_has_screen,
    examples=(
        Example(
            says="a screen that is lit evenly",
            verdict=Verdict.PASS,
            scene="green-screen",
            role="main",
        ),
        Example(
            says="a screen lamp that is off",
            verdict=Verdict.FAIL,
            faults=("lamp.background-left:off",),
            scene="green-screen",
            role="main",
        ),
        Example(
            says="a screen that throws its green on the presenter",
            verdict=Verdict.FAIL,
            faults=("stray.bounce=600%",),
            scene="green-screen",
            role="main",
        ),
        Example(
            says="a screen in the dark",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:black",),
            scene="green-screen",
            role="main",
        ),
    ),
)
