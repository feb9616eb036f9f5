"""`mic.snr`: how far the voice stands above the noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studiocheck.core.case import Case
from studiocheck.core.check import Assessment, Check, Default, Example, Scope
from studiocheck.core.errors import Unmeasurable
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.studio import Targets
from studiocheck.core.takes import TakeEvidence
from studiocheck.core.text import Text
from studiocheck.measure.sound.heard import heard
from studiocheck.measure.sound.snr import speech_to_noise_of

_QUIET = Text(
    "active speech level (ITU-T P.56) less the noise of the quiet take",
    "有效语音电平（ITU-T P.56）减去安静录音的底噪",
)
_BETWEEN = Text(
    "active speech level (ITU-T P.56) less the noise between the words",
    "有效语音电平（ITU-T P.56）减去词间噪声",
)


def _assess(case: Case) -> Assessment:
    take = case.speech
    quiet = _quiet(case, take.rate_hz)
    found = speech_to_noise_of(
        case.once(heard, take), None if quiet is None else case.once(heard, quiet)
    )
    levels = Text(
        "speech at {speech:.0f} dBFS, noise at {noise:.0f} dBFS",
        "语音 {speech:.0f} dBFS，噪声 {noise:.0f} dBFS",
    ).fill(speech=found.speech_dbfs, noise=found.noise_dbfs)
    at_least = Text(
        "{levels}, read between the words: the ratio is at least this",
        "{levels}，噪声取自词间，实际信噪比不低于此值",
    ).fill(levels=levels)
    method = _QUIET if found.from_quiet else _BETWEEN
    ratio = Measurement.of("snr", found.snr_db, "dB", method, found.uncertainty_db)
    if quiet is not None and not found.from_quiet:
        return Assessment(
            measurements=[ratio],
            verdict=Verdict.MARGINAL,
            note=Text(
                "{levels}: steady noise only; voices or music in the quiet take come on top",
                "{levels}，仅为稳定噪声；安静录音中的人声或音乐未计入",
            ).fill(levels=levels),
            advice=Text(
                "stop music and talk in the room, then check again and keep the quiet take quiet",
                "先停掉音乐和旁人说话，再重新检查，录安静段时不要出声",
            ),
        )
    return Assessment(measurements=[ratio], note=levels if found.from_quiet else at_least)


def _quiet(case: Case, rate_hz: int) -> TakeEvidence | None:
    """Return the quiet take where it is one: the pauses of a file are noise between words."""
    try:
        quiet = case.quiet if RoomTone in case.captured else None
    except Unmeasurable:
        return None
    usable = quiet is not None and not quiet.joined and quiet.rate_hz == rate_hz
    return quiet if usable else None


def _defaults(_: Targets) -> Mapping[str, Default]:
    source = Text(
        "measured against DNSMOS: 3.3 at 40 dB, 2.9 at 20 dB, 2.4 at 10 dB",
        "与 DNSMOS 对照实测：40 dB 得 3.3 分，20 dB 得 2.9 分，10 dB 得 2.4 分",
    )
    return {"snr": Default(Limit(minimum=20, warn_minimum=35), source, "dB")}


def _advice(_: Sequence[Measurement]) -> Text:
    return Text(
        "bring the microphone to a hand's width from the mouth: half the distance gives 6 dB; then "
        "switch off fans and air conditioning; noise reduction software last",
        "先把麦克风移到离嘴一掌宽处，距离减半可提高 6 dB；再关风扇和空调；最后才用降噪软件",
    )


CHECK = Check(
    id="mic.snr",
    title=Text("Speech to noise", "信噪比"),
    about=Text(
        "How far the presenter's voice stands above what is heard when nobody speaks.",
        "主播人声比没人说话时的噪声高出多少。",
    ),
    scope=Scope.MICROPHONE,
    needs=(RoomTone(), Speech()),
    assess=_assess,
    defaults=_defaults,
    advice=_advice,
    examples=(
        Example(says="a voice close to the microphone", verdict=Verdict.PASS, role="host"),
        Example(
            says="a noisy preamplifier",
            verdict=Verdict.MARGINAL,
            faults=("mic.host:noise=-45dBFS",),
            role="host",
        ),
        Example(
            says="as much noise as voice",
            verdict=Verdict.FAIL,
            faults=("mic.host:noise=-32dBFS",),
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
