"""`camera.flicker`: bands and pulses that lamps on the mains make in the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import Clip
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.picture import ClipEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.text import Text
from studiocheck.measure.picture.flicker import Flicker, flicker, stands_still
from studiocheck.measure.picture.frame_clock import FrameClock, frame_clock

_METHOD = Text("row brightness, demodulated at twice the mains frequency", "按两倍工频解调各行亮度")
_SAME = 0.02
"""How far from a whole number of flicker periods an exposure may be and still average it out."""


def _assess(case: Case) -> Assessment:
    clip, mains_hz = case.moving_clip, case.targets.light.mains_hz
    if clip.camera.clock == "arrival":
        raise _no_clock()
    clock = frame_clock(clip.series.captured_s, clip.series.sequence)
    seconds = clock.period_s * float(clock.slot[-1])
    expected, other = (100.0, 120.0) if mains_hz == 50 else (120.0, 100.0)
    visible = [f for f in (expected, other) if not stands_still(f, 1 / clock.period_s, seconds)]
    if expected not in visible:
        return _averaged_out(clip, expected, clock)
    if not clock.steady:
        raise Unmeasurable(
            Text("the frame rate changed on the way", "采集中途帧率变了"),
            Text("see to camera.frame_rate first", "请先处理 camera.frame_rate"),
        )
    found = max((_look(clip, clock, f) for f in visible), key=lambda one: one.modulation_percent)
    return Assessment(measurements=_measurements(found, seconds), note=_note(found))


def _no_clock() -> Unmeasurable:
    return Unmeasurable(
        Text(
            "the camera gives no capture times, and flicker shows only against an even clock",
            "摄像头不提供采集时间，没有均匀的时钟就看不出频闪",
        ),
        Text(
            "let the camera's own driver or RTSP deliver it instead of plain HTTP",
            "改用摄像头自带驱动或 RTSP，不用普通 HTTP",
        ),
    )


def _look(clip: ClipEvidence, clock: FrameClock, flicker_hz: float) -> Flicker:
    rows = clip.series.watched
    # by slot and not by stamp: a sensor exposes evenly, whatever jitter its stamps have
    times_s = clock.slot[rows].astype(np.float64) * clock.period_s
    return flicker(clip.series.grid[rows], times_s, flicker_hz)


def _measurements(found: Flicker, seconds: float) -> list[Measurement]:
    spread = max(found.uncertainty_percent, found.floor_percent - found.modulation_percent)
    modulation = Measurement.of(
        "modulation", found.modulation_percent, "%", _METHOD, spread, found.n
    )
    if not found.found:
        return [modulation]
    # a clip of so many seconds does not tell frequencies apart that are closer
    frequency = Measurement.of("frequency", found.frequency_hz, "Hz", _METHOD, 1 / seconds, found.n)
    return [modulation, frequency]


def _note(found: Flicker) -> Text | None:
    if found.found:
        return None
    return Text(
        f"no flicker found; above {found.floor_percent:.2f} % it would have been seen",
        f"未发现频闪；高于 {found.floor_percent:.2f}% 就能看出",
    )


def _held_exposure(clip: ClipEvidence) -> int | None:
    """Return the exposure of the whole clip, 100 µs; None where nothing says that it stood."""
    if clip.controls is None:
        return None
    now = {**clip.controls.found, **clip.controls.held}
    # while exposure is automatic its register may hold any earlier value
    if now.get("auto_exposure") != 0 or "exposure" not in now:
        return None
    stood = clip.controls.after.get("exposure", now["exposure"]) == now["exposure"]
    return now["exposure"] if stood else None


def _averaged_out(clip: ClipEvidence, flicker_hz: float, clock: FrameClock) -> Assessment:
    """Judge by the exposure time where the bands would stand still and look like the scene."""
    exposure = _held_exposure(clip)
    if exposure is not None:
        periods = exposure * 1e-4 * flicker_hz
        if round(periods) >= 1 and abs(periods - round(periods)) < _SAME * round(periods):
            return Assessment(
                note=Text(
                    f"the exposure of 1/{round(1e4 / exposure)} s is a whole number of "
                    f"{flicker_hz:.0f} Hz periods: flicker cannot show",
                    f"曝光时间 1/{round(1e4 / exposure)} 秒是 {flicker_hz:.0f} Hz 周期的整数倍，"
                    "不会出现频闪",
                )
            )
    raise Unmeasurable(
        Text(
            f"at {1 / clock.period_s:.2f} fps a flicker of {flicker_hz:.0f} Hz stands still and "
            "looks like the scene",
            f"在 {1 / clock.period_s:.2f} fps 下，{flicker_hz:.0f} Hz 频闪的条纹静止不动，"
            "无法与画面区分",
        ),
        Text(
            f"set the shutter to 1/{flicker_hz:.0f} s or twice that, where it cannot flicker",
            f"把快门设为 1/{flicker_hz:.0f} 秒或其两倍，就不会频闪",
        ),
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "practice: bands of 1 to 2 % are seen by viewers", "经验：1%–2% 的条纹观众就能看出"
    )
    return {"modulation": Default(Limit(maximum=3.0, warn_maximum=1.0), source, "%")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "set the shutter to 1/100 s or 1/50 s (60 Hz mains: 1/120 s or 1/60 s) and the camera's "
        "power-line frequency to the country's; then find the lamp: switch them off one by one",
        "把快门设为 1/100 或 1/50 秒（60 Hz 电网用 1/120 或 1/60 秒），防频闪设为当地工频；"
        "再逐盏关灯，找出频闪的灯",
    )


CHECK = Check(
    id="camera.flicker",
    title=Text("Flicker", "频闪"),
    about=Text(
        "Modulation of the light at twice the mains frequency, as it shows in the picture: bands "
        "that roll through it, or pulses of its brightness.",
        "画面中两倍工频的光线调制：滚动的条纹，或亮度的脉动。",
    ),
    scope=Scope.CAMERA,
    needs=(Clip(),),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="lamps without flicker", verdict=Verdict.PASS, role="main"),
        Example(
            says="lamps that flicker by 8 %",
            verdict=Verdict.FAIL,
            faults=("camera.main:flicker=8%",),
            role="main",
        ),
        Example(
            says="a rate at which the bands of 50 Hz mains stand still",
            verdict=Verdict.UNMEASURED,
            faults=("camera.main:fps=25",),
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
