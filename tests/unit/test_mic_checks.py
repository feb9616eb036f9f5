"""What the microphone checks say of takes that the simulated studio does not make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studiocheck.checks import (
    mic_channels,
    mic_echo,
    mic_level,
    mic_noise_floor,
    mic_present,
    mic_signal,
    mic_snr,
)
from studiocheck.core.case import Case
from studiocheck.core.errors import (
    DeviceBusy,
    LibraryMissing,
    PermissionDenied,
    Problem,
    SourceError,
    SourceTimeout,
    Unmeasurable,
)
from studiocheck.core.evidence import Captured, RoomTone, Speech
from studiocheck.core.measurement import Verdict
from studiocheck.core.studio import MicrophoneRole, Targets
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.simulator.voice import speak

RATE_HZ = 48000
INFO = MicrophoneInfo(
    device="name:lav",
    name="Lav",
    backend="sounddevice",
    rate_hz=RATE_HZ,
    channels=1,
    attached_to="mic_lav",
    muted=False,
)


def take(samples: np.ndarray, after: str | None = "mic_lav", **info: object) -> TakeEvidence:
    return TakeEvidence(
        microphone=replace(INFO, **info),
        kind="speech",
        samples=samples[:, None].astype(np.float32),
        rate_hz=RATE_HZ,
        prompted=True,
        attached_after=after,
    )


def case(quiet: TakeEvidence | Problem, speech: TakeEvidence | Problem) -> Case:
    def captured(found: TakeEvidence | Problem) -> Captured:
        if isinstance(found, Problem):
            return Captured(problem=found)
        return Captured(evidence=found)

    return Case(
        role="host",
        binding=MicrophoneRole(device="name:lav"),
        targets=Targets(),
        captured={RoomTone: captured(quiet), Speech: captured(speech)},
    )


def noise(seconds: float = 5.0, level_dbfs: float = -65.0) -> np.ndarray:
    size = round(seconds * RATE_HZ)
    return np.random.default_rng(1).normal(0, 10 ** (level_dbfs / 20), size)


def test_a_stream_that_ends_on_another_source_fails_and_both_are_named() -> None:
    found = mic_present.CHECK.assess(case(take(noise()), take(noise(), after="mic_webcam")))
    assert found.verdict is Verdict.FAIL
    assert found.note is not None
    assert found.advice is not None
    for text in (found.note.en, found.note.zh):
        assert "mic_lav" in text
        assert "mic_webcam" in text


def test_without_a_sound_server_nothing_is_said_of_the_source() -> None:
    plain = take(noise(), after=None, attached_to=None, muted=None)
    found = mic_present.CHECK.assess(case(plain, plain))
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize("kind", [DeviceBusy, PermissionDenied])
def test_a_microphone_that_does_not_open_fails(kind: type[SourceError]) -> None:
    problem = Problem.of(kind(Text("no", "不"), Text("do", "做")))
    found = mic_present.CHECK.assess(case(problem, problem))
    assert (found.verdict, found.advice) == (Verdict.FAIL, problem.advice)


@pytest.mark.parametrize("kind", [LibraryMissing, SourceTimeout])
def test_where_nobody_could_look_nothing_is_known(kind: type[SourceError]) -> None:
    problem = Problem.of(kind(Text("no", "不"), Text("do", "做")))
    with pytest.raises(Unmeasurable):
        mic_present.CHECK.assess(case(problem, problem))


@pytest.mark.parametrize(
    ("samples", "verdict"),
    [
        (np.zeros(10 * RATE_HZ), Verdict.FAIL),
        (np.full(10 * RATE_HZ, 0.01), Verdict.FAIL),
        (noise(10, -96), Verdict.FAIL),
        (noise(10, -60), Verdict.MARGINAL),
        (0.1 * speak(10, RATE_HZ, 3), Verdict.PASS),
    ],
)
def test_only_a_microphone_that_hears_speech_has_a_signal(
    samples: np.ndarray, verdict: Verdict
) -> None:
    found = mic_signal.CHECK.assess(case(take(noise()), take(samples)))
    assert found.verdict is verdict
    assert found.note is not None


def test_a_noise_gate_is_named_as_a_reason_not_to_know_the_floor() -> None:
    with pytest.raises(Unmeasurable, match="noise gate"):
        mic_noise_floor.CHECK.assess(case(take(np.zeros(5 * RATE_HZ)), take(noise())))


def test_noise_is_no_speech_whose_level_could_be_judged() -> None:
    for check in (mic_level.CHECK, mic_echo.CHECK):
        with pytest.raises(Unmeasurable):
            check.assess(case(take(noise()), take(noise(10, -20))))


def music(seconds: float, level_dbfs: float) -> np.ndarray:
    """Plucked notes, two a second."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    struck = np.exp(-4 * (t % 0.5)) * np.sin(2 * np.pi * np.where(t % 1 < 0.5, 330, 262) * t)
    return np.asarray(struck * 10 ** (level_dbfs / 20) / struck.std())


def test_music_in_the_quiet_take_is_said_to_come_on_top_of_the_noise() -> None:
    voice = speak(10, RATE_HZ, 3, 140)
    speech = take(0.1 * voice / voice.std() + music(10, -50) + noise(10, -70))
    found = mic_snr.CHECK.assess(case(take(music(5, -50) + noise(5, -70)), speech))
    assert found.verdict is Verdict.MARGINAL
    assert found.note is not None
    assert "come on top" in found.note.en


def test_a_floor_below_any_microphone_may_be_the_work_of_noise_suppression() -> None:
    with pytest.raises(Unmeasurable, match="noise suppression"):
        mic_noise_floor.CHECK.assess(case(take(noise(5, -100)), take(noise(10, -30))))


def test_one_channel_where_two_were_asked_for_is_not_passed_over() -> None:
    of_two = replace(
        case(take(noise()), take(noise())), binding=MicrophoneRole(device="x", channels=2)
    )
    assert mic_channels.CHECK.assess(of_two).verdict is Verdict.MARGINAL


def test_no_echo_is_said_only_of_where_it_was_looked_for() -> None:
    voice = speak(10, RATE_HZ, 3, 140)
    voice[480:] += 0.3 * voice[:-480].copy()  # 10 ms: within the period of the voice
    found = mic_echo.CHECK.assess(case(take(noise()), take(0.1 * voice / voice.std())))
    assert found.note is not None
    assert "18 to 700 ms" in found.note.en


def test_advice_on_the_level_points_the_right_way() -> None:
    limits = mic_level.CHECK.defaults(Targets())
    for gain, word in ((0.002, "mouth"), (0.9, "turn the gain down")):
        speech = speak(6, RATE_HZ, 3)
        found = mic_level.CHECK.assess(
            case(take(noise()), take(speech * gain / np.abs(speech).max()))
        )
        judged = [
            m.against(limits[m.name].limit if m.name in limits else None)
            for m in found.measurements
        ]
        assert word in mic_level.CHECK.advice(judged).en
