"""`mic.noise_floor`: how quiet it is when nobody speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomBaseline, RoomTone, Sensitivity
from studiocheck.core.measurement import Limit, Measurement, Verdict, worst
from studiocheck.core.sound import RoomEvidence, SensitivityEvidence
from studiocheck.core.studio import Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text, joined
from studiocheck.measure.sound.noise_floor import NoiseFloor, noise_floor
from studiocheck.measure.sound.noise_since import NoiseKind, noise_kind, noise_since
from studiocheck.measure.sound.signal_state import SignalState, require_alive, signal_state
from studiocheck.measure.sound.sound_pressure import noise_pressure

_METHOD = Text(
    "quiet take, 250 ms blocks without single events", "安静录音，250 毫秒分块，剔除突发声响"
)
_A_WEIGHTED = Text("{method}; IEC 61672-1 A", "{method}；IEC 61672-1 A 计权").fill(method=_METHOD)
_PRESSURE = Text(
    "{method}, from the calibrated sensitivity; the microphone taken for flat",
    "{method}，按校准灵敏度换算，视麦克风频响为平直",
).fill(method=_A_WEIGHTED)
_SINCE = Text(
    "third octaves, IEC 61260-1, against the stored room; the largest rise that can be heard",
    "1/3 倍频程（IEC 61260-1），与保存的房间基准对比；可听频带中的最大升幅",
)
_RISEN_DB = 6.0
_SILENT: Mapping[SignalState, tuple[Text, Text]] = {
    SignalState.ZERO: (
        Text("digital silence: muted, or a noise gate is closed", "数字静音：被静音或噪声门关闭"),
        Text(
            "unmute; then switch noise gate and noise suppression off for the check",
            "先取消静音；再在检查期间关闭噪声门和降噪",
        ),
    ),
    SignalState.DEAD: (
        Text(
            "less than -90 dBFS: noise suppression hides the noise, or nothing is connected",
            "低于 -90 dBFS：噪声被降噪抹掉，或没有接麦克风",
        ),
        Text(
            "switch noise suppression off for the check; if no voice comes either, check cable, "
            "phantom power (48 V) and input",
            "检查期间关闭降噪；若也没有人声，请检查音频线、48V 幻象供电和输入通道",
        ),
    ),
}
_NOISES: Mapping[NoiseKind, tuple[Text, Text]] = {
    NoiseKind.GAIN: (
        Text("every band rose alike, a gain was turned up", "各频带升幅相同，是增益被调高了"),
        Text(
            "set the gain of transmitter and preamplifier back to the mark it had",
            "把发射机和话放的增益调回原来的位置",
        ),
    ),
    NoiseKind.RUMBLE: (
        Text("hum, ventilation, traffic, or the low cut is off", "交流声、通风、车流，或低切已关"),
        Text(
            "switch the low cut on again, then close doors and windows and stop the ventilation; "
            "hum comes by the cable",
            "先重新打开低切，再关门窗、停通风；交流声请查音频线",
        ),
    ),
    NoiseKind.FAN: (
        Text("a fan or air conditioning that was off", "原先关着的风扇或空调"),
        Text(
            "switch off fans and air conditioning first; feel which lamp or computer blows air",
            "先关风扇和空调，再看哪盏灯或哪台电脑的风扇在转",
        ),
    ),
    NoiseKind.NEARBY: (
        Text("a computer, a lamp's fan or people nearby", "电脑、灯具风扇或旁边有人"),
        Text(
            "move computers away and close the door; feel which lamp blows air",
            "把电脑移远、关门；用手试哪盏灯在吹风",
        ),
    ),
    NoiseKind.HISS: (
        Text("hiss: electronics, or a gain that was turned up", "嘶声：电路噪声，或增益被调高"),
        Text(
            "look at the gain of transmitter and preamplifier first, then battery and cable; "
            "a whistle comes from a lamp's or charger's power supply",
            "先看发射机和话放的增益，再换电池和音频线；啸叫声来自灯具或充电器的电源",
        ),
    ),
}
"""What usually makes such a noise, and what to touch first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What a calibration adds to the level."""

    measurements: Sequence[Measurement] = ()
    note: Text | None = None
    advice: Text | None = None
    verdict: Verdict = Verdict.PASS


def _assess(case: Case) -> Assessment:
    take = case.quiet
    state = case.once(signal_state, take.samples)
    if state in _SILENT:
        raise Unmeasurable(*_SILENT[state])
    require_alive(state)
    floor = noise_floor(take.samples, take.rate_hz)
    events = Text(
        "{n} short noise events (a cough, a chair) were left out",
        "已剔除 {n} 处短促声响（咳嗽、椅子声）",
    ).fill(n=floor.events)
    beside = (_pressure(case, take, floor), _since(case, take))
    notes = [events] if floor.events else []
    notes += [each.note for each in beside if each.note is not None]
    return Assessment(
        measurements=[
            Measurement.of(
                "noise_floor", floor.flat_dbfs, "dBFS", _METHOD, floor.uncertainty_db, floor.blocks
            ),
            Measurement.of(
                "noise_floor_a",
                floor.a_weighted_dbfs,
                "dBFS(A)",
                _A_WEIGHTED,
                floor.a_weighted_uncertainty_db,
                floor.blocks,
            ),
            *(measurement for each in beside for measurement in each.measurements),
        ],
        verdict=worst(each.verdict for each in beside),
        note=joined(notes) if notes else None,
        advice=next((each.advice for each in beside if each.advice is not None), None),
    )


# ---------------------------------------------------------------- in pascals


def _pressure(case: Case, take: TakeEvidence, floor: NoiseFloor) -> _Beside:
    """Return the level in dB SPL, where this microphone was calibrated as it is now."""
    try:
        known = case.sensitivity
    except Unmeasurable as error:
        return _Beside(note=error.reason, verdict=Verdict.MARGINAL)
    if known is None:
        return _Beside(
            note=Text(
                f"no dB SPL: `studiocheck calibrate mic --role {case.role}` was never run",
                f"无声压级数值：还没有运行 `studiocheck calibrate mic --role {case.role}`",
            )
        )
    try:
        level_db_spl, spread_db = noise_pressure(take, floor, known)
    except Unmeasurable as doubt:
        return _Beside(
            note=Text(
                "no dB SPL: {doubt}; repeat `studiocheck calibrate mic --role {role}`",
                "无声压级数值：{doubt}；请重做 `studiocheck calibrate mic --role {role}`",
            ).fill(doubt=doubt.reason, role=case.role)
        )
    measured = Measurement.of(
        "noise_spl_a", level_db_spl, "dB SPL(A)", _PRESSURE, spread_db, floor.blocks
    )
    return _Beside(measurements=[measured], note=_which(known))


def _which(known: SensitivityEvidence) -> Text | None:
    """Say that a calibration is too old; one that holds speaks by its number."""
    if known.age_days <= known.lasts_days:
        return None
    return Text(
        f"microphone calibration of {known.taken[:10]}, {known.age_days:.0f} days old: repeat "
        "`studiocheck calibrate mic`",
        f"麦克风校准于 {known.taken[:10]}，已过 {known.age_days:.0f} 天：请重做 "
        "`studiocheck calibrate mic`",
    )


# ---------------------------------------------------------------- since the good day


def _since(case: Case, take: TakeEvidence) -> _Beside:
    """Return which noise came since the room was stored."""
    try:
        then = case.room_baseline
    except Unmeasurable as error:
        return _Beside(note=error.reason, verdict=Verdict.MARGINAL)
    if then is None:
        return _Beside()
    try:
        rise = noise_since(take, then)
    except Unmeasurable as doubt:
        said = Text("the stored room is not compared: {doubt}", "未与保存的房间基准对比：{doubt}")
        return _Beside(note=said.fill(doubt=doubt.reason))
    measured = Measurement.of("noise_rise", rise.largest_db, "dB", _SINCE, rise.uncertainty_db)
    notes = [_age(then)] if then.age_days > then.lasts_days else []
    if rise.largest_db <= _RISEN_DB:
        return _Beside(measurements=[measured], note=joined(notes) if notes else None)
    told, advice = _NOISES[noise_kind(rise)]
    span = f"{min(rise.risen_hz):g}–{max(rise.risen_hz):g} Hz" if len(rise.risen_hz) > 1 else ""
    more, more_zh = (f" ({span} rose)", f"（{span} 均升高）") if span else ("", "")
    risen = Text(
        f"since {then.taken[:10]} {rise.at_hz:g} Hz {rise.largest_db:+.0f} dB{more}: {told.en}",
        f"自 {then.taken[:10]} 起 {rise.at_hz:g} Hz {rise.largest_db:+.0f} dB{more_zh}：{told.zh}",
    )
    return _Beside(measurements=[measured], note=joined([risen, *notes]), advice=advice)


def _age(then: RoomEvidence) -> Text:
    return Text(
        f"room of {then.taken[:10]}, {then.age_days:.0f} days old: on a good day repeat "
        "`studiocheck calibrate room`",
        f"房间基准存于 {then.taken[:10]}，已过 {then.age_days:.0f} 天：状态良好时请重做 "
        "`studiocheck calibrate room`",
    )


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "ACX audio-book requirement: -60 dB rms; the failing limit is a rule of thumb",
        "ACX 有声书要求：-60 dB rms；不合格限值为经验值",
    )
    pressure = Text(
        "practice: 35 dB(A) for speech; 45 dB(A) is an ordinary office",
        "经验值：语音不超过 35 dB(A)；普通办公室约为 45 dB(A)",
    )
    since = Text("rule of thumb: twice as loud a sound is 10 dB", "经验值：响一倍约为 10 dB")
    return {
        "noise_floor": Default(Limit(maximum=-50, warn_maximum=-60), source, "dBFS"),
        "noise_spl_a": Default(Limit(warn_maximum=35), pressure, "dB SPL(A)"),
        "noise_rise": Default(Limit(warn_maximum=_RISEN_DB), since, "dB"),
    }


def _advice(measurements: Sequence[Measurement]) -> Text:
    value = {m.name: m.value for m in measurements}
    if value.get("noise_floor", 0) - value.get("noise_floor_a", 0) > 10:
        return Text(
            "the noise is low in pitch: switch on the low cut; then stop the ventilation and look "
            "for hum from cables",
            "噪声集中在低频：先打开低切；再关空调和通风，检查线缆交流声",
        )
    return Text(
        "switch off fans, air conditioning and computers nearby; then move the microphone closer "
        "and turn its gain down",
        "关掉风扇、空调和附近的电脑；再把麦克风移近并降低增益",
    )


CHECK = Check(
    id="mic.noise_floor",
    title=Text("Noise floor", "底噪"),
    about=Text(
        "Level of what the microphone hears while nobody speaks: room, ventilation, electronics. "
        "In dB SPL once the microphone is calibrated; against a good day once the room is stored.",
        "没人说话时麦克风收到的声音：房间、空调和电路噪声。麦克风校准后给出声压级；"
        "保存房间基准后与状态良好时对比。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Sensitivity(), RoomBaseline()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="a quiet room", verdict=Verdict.PASS, role="host"),
        Example(
            says="a noisy preamplifier",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-55dBFS",),
            role="host",
        ),
        Example(
            says="quiet enough, and yet noisier than when the room was stored",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-66dBFS",),
            role="host",
        ),
        Example(
            says="a loud fan",
            verdict=Verdict.FAIL,
            faults=("mic.host:noise=-40dBFS",),
            role="host",
        ),
        Example(
            says="a muted microphone, of which nothing is known",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:mute",),
            role="host",
        ),
    ),
)
