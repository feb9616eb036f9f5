"""`light.lamps`: each calibrated lamp on its own: on, as bright and of the colour that it was."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope, exceeded, is_lit
from studiocheck.core.evidence import Clip, Lamps
from studiocheck.core.lighting import LampsEvidence
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text, joined

if TYPE_CHECKING:
    from studiocheck.measure.light.lamps_tonight import LampReading, LightTonight

_STILLS = 3
"""One would do; more take noise away."""

_OUTPUT_PERCENT, _DRIFT_MIRED = 15.0, 10.0
_COUNTED_SHARE = 0.1
"""A lamp that gives less of the light may have any colour unseen."""

_METHOD = Text(
    "one picture taken apart into the calibrated lamps (robust non-negative least squares)",
    "把画面分解为各盏已校准的灯（稳健非负最小二乘）",
)


def _assess(case: Case) -> Assessment:
    from studiocheck.measure.light.lamps_tonight import light_tonight  # noqa: PLC0415 - needs cv2

    clip, calibrated = case.clip, case.lamps
    tonight = light_tonight(
        [still.image for still in clip.stills[-_STILLS:]], calibrated, clip.controls
    )
    lamps = [reading for reading in tonight.readings if reading.lamp.kind != "window"]
    return Assessment(
        measurements=[m for reading in lamps for m in _measurements(reading)],
        verdict=_floor(lamps, calibrated),
        note=_note(lamps, tonight, calibrated),
        advice=_advised(lamps, case.targets),
    )


def _measurements(reading: LampReading) -> list[Measurement]:
    name, found = reading.lamp.name, []
    if reading.on is not None:
        found.append(Measurement.of(f"{name}.on", float(reading.on), "", _METHOD))
    if reading.doubt is not None or reading.output_percent is None:
        return found
    found.append(
        Measurement.of(
            f"{name}.output", reading.output_percent, "%", _METHOD, reading.output_uncertainty
        )
    )
    if reading.drift_mired is not None and reading.colour_doubt is None:
        found.append(
            Measurement.of(
                f"{name}.colour_drift",
                reading.drift_mired,
                "mired",
                _METHOD,
                reading.drift_uncertainty,
            )
        )
    return found


def _floor(lamps: Sequence[LampReading], calibrated: LampsEvidence) -> Verdict:
    """Return what is known beyond the numbers: a lamp that is off, one that cannot be told."""
    if any(reading.on is False for reading in lamps):
        return Verdict.FAIL
    if any(reading.doubt is not None or _colour_missing(reading) for reading in lamps):
        return Verdict.UNMEASURED
    return Verdict.MARGINAL if _is_expired(calibrated) else Verdict.PASS


def _colour_missing(reading: LampReading) -> bool:
    counts = reading.share >= _COUNTED_SHARE and reading.on is True
    return counts and reading.colour_doubt is not None


def _is_expired(calibrated: LampsEvidence) -> bool:
    return calibrated.age_days > calibrated.lasts_days


# ---------------------------------------------------------------- what is said


def _note(
    lamps: Sequence[LampReading], tonight: LightTonight, calibrated: LampsEvidence
) -> Text | None:
    parts = [_off([r.lamp.name for r in lamps if r.on is False])]
    everywhere = tonight.doubt or tonight.relative_only
    if everywhere is not None:
        parts.append(
            Text(
                f"cannot tell how much each lamp gives: {everywhere.en}",
                f"无法判断各灯的输出：{everywhere.zh}",
            )
        )
    else:
        parts += [_cannot_tell(reading) for reading in lamps]
    if _is_expired(calibrated):
        days = f"{calibrated.age_days:.0f}"
        parts.append(
            Text(
                f"the lamps were calibrated {days} days ago: calibrate them again",
                f"灯光校准已过 {days} 天：请重新校准",
            )
        )
    said = [part for part in parts if part is not None]
    return joined(said) if said else None


def _off(names: Sequence[str]) -> Text | None:
    if not names:
        return None
    verb = "is" if len(names) == 1 else "are"
    return Text(f"{', '.join(names)} {verb} off", f"{'、'.join(names)} 没有亮")


def _cannot_tell(reading: LampReading) -> Text | None:
    name = reading.lamp.name
    if reading.doubt is not None:
        return Text(
            f"{name}: cannot tell its output: {reading.doubt.en}",
            f"{name}：无法判断输出：{reading.doubt.zh}",
        )
    if _colour_missing(reading) and reading.colour_doubt is not None:
        return Text(
            f"{name}: cannot tell its colour: {reading.colour_doubt.en}",
            f"{name}：无法判断颜色：{reading.colour_doubt.zh}",
        )
    return None


def _advised(lamps: Sequence[LampReading], targets: Targets) -> Text | None:
    """Return what to turn, the biggest first."""
    steps = [step for reading in lamps for step in _steps(reading, targets)]
    steps.sort(key=lambda step: -step[0])
    wanted = [text for size, text in steps if size >= 1] or [text for _, text in steps[:1]]
    return joined(wanted) if wanted else None


def _steps(reading: LampReading, targets: Targets) -> list[tuple[float, Text]]:
    """Return each thing to turn on one lamp, with its size in units of what is still good."""
    name = reading.lamp.name
    if reading.on is False:
        return [
            (
                100.0,
                Text(
                    f"{name}: off; look at its switch, plug and dimmer",
                    f"{name}：没有亮：查看开关、电源和调光",
                ),
            )
        ]
    if reading.doubt is not None or reading.output_percent is None:
        return []
    found = [(abs(reading.output_percent - 100) / _OUTPUT_PERCENT, _dimmer(reading))]
    if reading.drift_mired is not None and reading.colour_doubt is None:
        found.append((abs(reading.drift_mired) / _DRIFT_MIRED, _colour(reading, targets)))
    return [(size, text) for size, text in found if size > 0.4]


def _dimmer(reading: LampReading) -> Text:
    name, percent = reading.lamp.name, max(reading.output_percent or 0.0, 1.0)
    stops = f"{abs(math.log2(percent / 100)):.1f}"
    if percent < 100:
        return Text(
            f"{name}: gives {percent:.0f} %: raise it by {stops} stop",
            f"{name}：只有 {percent:.0f}%，调亮 {stops} 挡",
        )
    return Text(
        f"{name}: gives {percent:.0f} %: lower it by {stops} stop",
        f"{name}：达 {percent:.0f}%，调暗 {stops} 挡",
    )


def _colour(reading: LampReading, targets: Targets) -> Text:
    """Return by how much a lamp's colour is off, in kelvin around what it was set to."""
    name, drift = reading.lamp.name, reading.drift_mired or 0.0
    set_kelvin = reading.lamp.kelvin or targets.light.cct_kelvin
    off_kelvin = 1e6 / max(1e6 / set_kelvin + drift, 1.0) - set_kelvin
    shown = f"{10 * round(abs(off_kelvin) / 10):.0f}"
    warm = drift > 0
    en, zh = ("warm", "暖") if warm else ("cold", "冷")
    if reading.lamp.kelvin is None:
        return Text(
            f"{name}: about {shown} K too {en}: set its colour as at the calibration",
            f"{name}：偏{zh}约 {shown} K，请恢复校准时的色温",
        )
    return Text(
        f"{name}: {shown} K too {en}, set it to {set_kelvin:.0f} K",
        f"{name}：偏{zh} {shown} K，调到 {set_kelvin:.0f} K",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    rule = Text(
        "rule of thumb: a quarter of a stop and 300 K at 5500 K are hardly seen, twice that is",
        "经验值：差四分之一挡或 300 K（5500 K 时）几乎看不出，翻倍就看得出",
    )
    return {
        "output": Default(
            Limit(minimum=70, warn_minimum=85, warn_maximum=115, maximum=130), rule, "%"
        ),
        "colour_drift": Default(
            Limit(minimum=-20, warn_minimum=-10, warn_maximum=10, maximum=20), rule, "mired"
        ),
        "on": Default(
            Limit(minimum=1),
            Text("a lamp of the set burns during the show", "布景中的灯在直播时应当点亮"),
            "",
        ),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    sides = [(m.name.rpartition(".")[0], exceeded(m)) for m in measurements if exceeded(m)]
    if sides:
        names = list(dict.fromkeys(name for name, _ in sides))
        return Text(
            f"set as at the calibration: {', '.join(names)}",
            f"恢复为校准时的状态：{'、'.join(names)}",
        )
    return Text(
        "put camera and lamps back as at the calibration, or calibrate the lights again",
        "把摄像头和灯恢复为校准时的状态，或重新做灯光校准",
    )


CHECK = Check(
    id="light.lamps",
    title=Text("Lamps", "各盏灯"),
    about=Text(
        "Whether each lamp burns, and as bright and of the same colour as at the calibration, "
        "whoever stands in its light. Says so where it cannot tell.",
        "每盏灯是否点亮，亮度和颜色是否与校准时一致，不受主播站位和服装影响。无法判断时会说明。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(), Lamps()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    applies=is_lit,
    examples=(
        Example(says="lamps as at the calibration", verdict=Verdict.PASS, role="main"),
        Example(
            says="a key light that is off",
            verdict=Verdict.FAIL,
            faults=("lamp.key:off",),
            role="main",
        ),
        Example(
            says="a fill light that has faded",
            verdict=Verdict.FAIL,
            faults=("lamp.fill:output=60%",),
            role="main",
        ),
        Example(
            says="a fill light that was turned down a little",
            verdict=Verdict.MARGINAL,
            faults=("lamp.fill:output=80%",),
            role="main",
        ),
        Example(
            says="a key light that was turned to warm",
            verdict=Verdict.FAIL,
            faults=("lamp.key:cct=3600K",),
            role="main",
        ),
        Example(
            says="daylight that was not there at the calibration",
            verdict=Verdict.UNMEASURED,
            faults=("stray.window=60%",),
            role="main",
        ),
    ),
)
