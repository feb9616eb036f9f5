"""Finds the causes behind several findings, and the one thing to touch first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from studiocheck.core.measurement import Verdict
from studiocheck.core.record import Diagnosis, Finding
from studiocheck.core.text import Text
from studiocheck.engine import camera_causes, light_causes, network_causes, sound_causes
from studiocheck.engine.causes import Captures, Rule, diagnosis, where

_ABSENT = ("camera.absent", "mic.absent")
"""One device that is missing; its first finding says so."""


def diagnose(findings: Sequence[Finding], captures: Captures) -> tuple[Diagnosis, ...]:
    """Return the causes that explain several findings at once, the gravest first.

    Parameters
    ----------
    findings : sequence of Finding
        All findings of a run; diagnoses name them by position.
    captures : mapping
        The evidence behind them: which hub a camera hangs on stands there.
    """
    causes: list[Diagnosis] = []
    for rule in _RULES:
        for cause in rule(findings, captures):
            # the nearer cause comes first, and what it explains is told once
            shared = _of_what_they_share(causes, cause)
            if shared is not None:
                both = dict.fromkeys((*causes[shared].findings, *cause.findings))
                causes[shared] = replace(causes[shared], findings=tuple(both))
            elif not any(_explains(told, cause) for told in causes):
                causes.append(cause)
    return tuple(causes)


def _of_what_they_share(causes: Sequence[Diagnosis], cause: Diagnosis) -> int | None:
    """Return the place of the cause that has told already why this device is missing."""
    if cause.id not in _ABSENT:
        return None
    return next((n for n, told in enumerate(causes) if cause.findings[0] in told.findings), None)


def _explains(told: Diagnosis, cause: Diagnosis) -> bool:
    """Return whether nothing is left to a cause after another; lamps never explain each other."""
    lamps = all(one.id.startswith(light_causes.OF_ONE_LAMP) for one in (told, cause))
    beside = lamps or cause.id == network_causes.SPARE
    return set(cause.findings) <= set(told.findings) and not beside


def _gone(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Every device of a kind is missing: look for what they share, not at each of them."""
    found = []
    for kind, text in (
        (
            "camera",
            Text(
                "all cameras are missing: check their common hub, its power and its cable first",
                "所有摄像头都不见了：先检查共用的集线器、电源和线缆",
            ),
        ),
        (
            "mic",
            Text(
                "all microphones are missing: check the audio interface and the sound system first",
                "所有麦克风都不见了：先检查声卡/调音台和系统声音服务",
            ),
        ),
    ):
        all_of_kind = [i for i, f in enumerate(findings) if f.check == f"{kind}.present"]
        hits = where(findings, f"{kind}.present", Verdict.FAIL)
        if len(hits) > 1 and hits == all_of_kind:
            found.append(diagnosis(f"{kind}.all_gone", text, hits))
    return found


def _nothing_to_measure(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """A device that is missing, or a microphone that is mute, leaves the rest of it unknown."""
    found: list[Diagnosis] = []
    explained: set[int] = set()
    for root, kinds, name in (
        ("camera.present", ("camera", "light"), "camera.absent"),
        ("mic.present", ("mic",), "mic.absent"),
        ("mic.signal", ("mic",), "mic.silent"),
    ):
        for i in where(findings, root, Verdict.FAIL):
            finding = findings[i]
            follows = [
                j
                for j, other in enumerate(findings)
                if other.role == finding.role
                and other.check.partition(".")[0] in kinds
                and (other.verdict is Verdict.UNMEASURED or other.check == "mic.signal")
                and other.verdict is not Verdict.PASS
                and j != i
            ]
            if i in explained or not follows or not finding.note or not finding.advice:
                continue
            explained.update((i, *follows))
            text = Text("{what}: {do}", "{what}：{do}").fill(what=finding.note, do=finding.advice)
            found.append(diagnosis(name, text, [i, *follows]))
    return found


def _same_noise(findings: Sequence[Finding], _: Captures) -> list[Diagnosis]:
    """Every microphone is noisy: it is the room or the mixer, not a microphone."""
    mics = [i for i, f in enumerate(findings) if f.check == "mic.noise_floor"]
    hits = where(findings, "mic.noise_floor", Verdict.FAIL, Verdict.MARGINAL)
    if len(mics) > 1 and hits == mics:
        text = Text(
            "every microphone is noisy: switch fans and air conditioning off first, "
            "then look at the mixer's gain",
            "所有麦克风底噪都偏高：先关风扇和空调，再检查调音台增益",
        )
        return [diagnosis("mic.room_noise", text, hits)]
    return []


_RULES: tuple[Rule, ...] = (
    *camera_causes.RULES,
    *light_causes.RULES,
    *camera_causes.RULES_OF_THE_LOOK,
    _gone,
    _nothing_to_measure,
    *network_causes.RULES,
    *sound_causes.RULES,
    _same_noise,
)
