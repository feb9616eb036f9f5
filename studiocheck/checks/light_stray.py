"""`light.stray`: light that none of the calibrated lamps gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, is_lit
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text

_STILLS = 3

_METHOD = Text(
    "what no calibrated lamp explains, beyond the room's own light at the calibration",
    "各盏已校准的灯都无法解释、且多于校准时环境光的部分",
)


def _assess(case: Case) -> Assessment:
    from studiocheck.measure.light.lamps_tonight import light_tonight  # noqa: PLC0415 - needs cv2

    clip = case.clip
    tonight = light_tonight(
        [still.image for still in clip.stills[-_STILLS:]], case.lamps, clip.controls
    )
    if tonight.relative_only is not None:
        raise Unmeasurable(tonight.relative_only)
    foreign = tonight.stray_is_foreign
    if tonight.doubt is not None and not foreign:
        raise Unmeasurable(tonight.doubt)
    if tonight.stray_percent is None:
        raise Unmeasurable(
            Text("the picture cannot be taken apart", "画面无法分解"),
        )
    return Assessment(
        measurements=[
            Measurement.of(
                "stray_share", tonight.stray_percent, "%", _METHOD, tonight.stray_uncertainty
            )
        ],
        verdict=Verdict.MARGINAL if foreign else Verdict.PASS,
        note=_FOREIGN if foreign else None,
    )


_FOREIGN = Text(
    "light from somewhere else than at the calibration; part of it passes for lamps, so how much "
    "is known roughly",
    "有校准时没有的光源；其中一部分与灯光混在一起，占比只是粗略值",
)


def _defaults(_: Targets) -> Mapping[str, Default]:
    return {
        "stray_share": Default(
            Limit(warn_maximum=10, maximum=30),
            Text(
                "rule of thumb: a tenth of the light is hardly seen, a third spoils the ratios",
                "经验值：占一成几乎看不出，占三成就会破坏光比",
            ),
            "%",
        )
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "close the blinds and switch off the room's own lights; if the light belongs to the set, "
        "name it as one more lamp and calibrate the lights again",
        "拉上窗帘，关掉室内照明；若这是布景的一部分，请把它作为一盏灯重新做灯光校准",
    )


CHECK = Check(
    id="light.stray",
    title=Text("Stray light", "杂散光"),
    about=Text(
        "Light from windows, room lights or screens that was not there when the lamps were "
        "calibrated.",
        "校准灯光时没有的光：窗户、室内照明或屏幕。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    applies=is_lit,
    examples=(
        Example(says="blinds closed", verdict=Verdict.PASS, role="main"),
        Example(
            says="daylight through a window",
            verdict=Verdict.MARGINAL,
            faults=("stray.window=30%",),
            role="main",
        ),
        Example(
            says="a camera whose exposure was changed",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:exposure=-1stop",),
            role="main",
        ),
    ),
)
