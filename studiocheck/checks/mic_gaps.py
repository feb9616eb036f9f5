"""`mic.gaps`: holes, repeated buffers and lost samples in what the microphone delivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text, joined
from studiocheck.measure.sound.gaps import Gaps, zero_gaps
from studiocheck.measure.sound.level import UNMUTE
from studiocheck.measure.sound.repeated_buffers import Repeats, repeated_buffers
from studiocheck.measure.sound.sample_clock import LostSamples, lost_samples
from studiocheck.measure.sound.signal_state import SignalState, require_alive, signal_state

_GATED_S = 0.1
_MOSTLY_GATED = 0.9
_ZERO = Text(
    "1 ms or more of equal samples cut into a living signal", "正常信号中插入 1 毫秒以上的恒定采样"
)
_REPEATED = Text(
    "1 ms or more of the same samples within half a second", "半秒内重复出现 1 毫秒以上的相同采样"
)
_LOST = Text("samples delivered against the clock", "实收采样数与时钟对比")


def _assess(case: Case) -> Assessment:
    require_alive(case.once(signal_state, case.speech.samples))
    takes = [case.speech, *_quiet(case)]
    gaps = [zero_gaps(take.samples, take.rate_hz) for take in takes]
    repeats = [repeated_buffers(take.samples, take.rate_hz) for take in takes]
    if gaps[0].gated_s > _MOSTLY_GATED * takes[0].duration_s:
        raise Unmeasurable(
            Text("the speech take is muted nearly throughout", "语音录音几乎全程静音"), UNMUTE
        )
    losses = _losses(takes)
    measurements = [
        Measurement.of("zero_gaps", sum(g.gaps for g in gaps), "count", _ZERO),
        Measurement.of("repeated_buffers", sum(r.repeats for r in repeats), "count", _REPEATED),
    ]
    if losses:
        lost = sum(loss.lost for loss in losses)
        measurements.append(Measurement.of("lost_samples", lost, "count", _LOST))
    overflows = sum(take.overflows for take in takes)
    notes = [*_holes(gaps, repeats), *_clock(losses, takes[0].rate_hz), *_overflows(overflows)]
    return Assessment(
        measurements=measurements,
        verdict=Verdict.MARGINAL if overflows else Verdict.PASS,
        note=joined(notes) if notes else None,
    )


def _quiet(case: Case) -> list[TakeEvidence]:
    """Return the quiet take where it adds something: a gated one is silent, a file has only one."""
    try:
        quiet = case.quiet if RoomTone in case.captured else None
    except Unmeasurable:
        return []
    if quiet is None or quiet.joined:
        return []
    alive = case.once(signal_state, quiet.samples) is SignalState.ALIVE
    return [quiet] if alive else []


def _losses(takes: Sequence[TakeEvidence]) -> list[LostSamples]:
    """Return what each take lost, as far as its blocks tell."""
    found = []
    for take in takes:
        if take.arrived_s is None or take.frames_by_then is None:
            continue
        try:
            found.append(lost_samples(take.arrived_s, take.frames_by_then, take.rate_hz))
        except Unmeasurable:
            continue
    return found


def _holes(gaps: Sequence[Gaps], repeats: Sequence[Repeats]) -> list[Text]:
    notes = []
    longest_ms = max(gap.longest_ms for gap in gaps)
    if longest_ms:
        notes.append(
            Text("the longest hole lasts {ms:.1f} ms", "最长断音 {ms:.1f} 毫秒").fill(ms=longest_ms)
        )
    repeated_ms = max(repeat.longest_ms for repeat in repeats)
    if repeated_ms:
        notes.append(
            Text("{ms:.1f} ms were heard twice", "有 {ms:.1f} 毫秒声音重复播出").fill(
                ms=repeated_ms
            )
        )
    gated_s = max(gap.gated_s for gap in gaps)
    if gated_s > _GATED_S:
        notes.append(
            Text(
                "{s:.1f} s of the take are muted, by a noise gate or by hand: that is no gap",
                "录音中有 {s:.1f} 秒被噪声门或手动静音，不算断音",
            ).fill(s=gated_s)
        )
    return notes


def _clock(losses: Sequence[LostSamples], rate_hz: int) -> list[Text]:
    if not losses:
        return [
            Text(
                "whether samples were lost cannot be known: no arrival times",
                "没有到达时间，无法判断是否丢失采样",
            )
        ]
    detectable_ms = 1000 * max(loss.detectable for loss in losses) / rate_hz
    return [
        Text(
            "a loss of less than {ms:.0f} ms would not show in the clock",
            "少于 {ms:.0f} 毫秒的丢失从时钟上看不出来",
        ).fill(ms=detectable_ms)
    ]


def _overflows(count: int) -> list[Text]:
    if not count:
        return []
    return [
        Text("the sound system reported lost input {n} times", "系统报告输入溢出 {n} 次").fill(
            n=count
        )
    ]


def _defaults(_: Targets) -> Mapping[str, Default]:
    heard = Text("every hole is heard as a click", "每处断音都会听到“咔”声")
    return {
        name: Default(Limit(maximum=0), heard, "count")
        for name in ("zero_gaps", "repeated_buffers", "lost_samples")
    }


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "plug the audio interface into another USB port of the computer itself, without a hub; "
        "raise the buffer of its driver to 512 samples; close what loads the processor; for a "
        "wireless microphone fit fresh batteries and keep the receiver in sight",
        "先把声卡直接插到电脑的另一个 USB 口，不经集线器；再把驱动缓冲调到 512 采样，关闭占用处理器"
        "的程序；无线麦克风请换新电池，接收机保持可见",
    )


CHECK = Check(
    id="mic.gaps",
    title=Text("Gaps in the sound", "断音"),
    about=Text(
        "Holes of zeros, buffers that come twice and samples that never come: clicks and robot "
        "voices in the show.",
        "零值断音、重复缓冲和丢失采样：直播中会变成咔声和机器人声。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    blocker=True,
    examples=(
        Example(says="sound without a seam", verdict=Verdict.PASS, role="host"),
        Example(
            says="five holes of 5 ms",
            verdict=Verdict.FAIL,
            faults=("mic.host:gaps=5",),
            role="host",
        ),
        Example(
            says="buffers that come twice",
            verdict=Verdict.FAIL,
            faults=("mic.host:repeats=2",),
            role="host",
        ),
        Example(
            says="buffers that never come",
            verdict=Verdict.FAIL,
            faults=("mic.host:losses=2",),
            role="host",
        ),
        Example(
            says="nothing is heard",
            verdict=Verdict.UNMEASURED,
            faults=("mic.host:mute",),
            role="host",
        ),
    ),
)
