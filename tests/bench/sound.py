"""All microphone checks on ten seconds of speech, against ffmpeg's loudness and true peak alone.

Ours: everything that is measured and judged of a quiet take of 5 s and a speech take of 10 s at
48 kHz, in a process that runs, in as many threads as a check run uses. Not in it: Python's start,
the capture, what a sweep would tell (no speaker is declared), the optional model of `mic.quality`,
and the pictures. Theirs: a whole process that reads the 10 s of speech from a file.
"""

from __future__ import annotations

import subprocess
import time
import wave
from pathlib import Path

import numpy as np

from studiocheck.checks import all_checks
from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, RoomTone, Speech
from studiocheck.core.once import Once
from studiocheck.core.studio import MicrophoneRole, Studio
from studiocheck.core.takes import TakeEvidence
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.evaluate import evaluate, judge_one
from studiocheck.engine.plan import Plan, make_plan
from studiocheck.measure.sound.loudness_bs1770 import k_weighted, loudness_of
from studiocheck.measure.sound.loudness_range_ebu3342 import loudness_range_of
from studiocheck.measure.sound.true_peak_bs1770 import true_peak
from studiocheck.profile.load import load_profile
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import load_scene
from tests.bench.quotients import cpu_s, ratios, show, wall_s
from tests.e2e.cameras import ffmpeg

QUIET_S, SPEECH_S = 5.0, 10.0
ROUNDS = 15
HOST = DeviceKey(Scope.MICROPHONE, "host")
EXTRAS = ("mic.quality",)
"""A model of an optional package: not what is compared here."""


def against_ffmpeg(folder: Path) -> None:
    quiet, speech = takes()
    file = folder / "speech.wav"
    write(file, speech)
    studio = Studio(name="bench", microphones={"host": MicrophoneRole(device="sim:host")})
    checks = [check for check in all_checks() if check.id not in EXTRAS]
    plan = make_plan(studio, load_profile("live-commerce-1080p30"), checks, only=["mic"])
    captures = {HOST: {RoomTone: Captured(quiet), Speech: Captured(speech)}}
    command = [ffmpeg(), "-v", "error", "-nostats", "-i", str(file),
               "-af", "ebur128=peak=true", "-f", "null", "-"]  # fmt: skip

    def ours() -> float:
        begin = time.perf_counter()
        evaluate(plan, captures)
        return time.perf_counter() - begin

    show(
        "wall time of all microphone checks / ffmpeg ebur128=peak=true (wanted: 1)",
        ratios(ours, lambda: wall_s(command), ROUNDS),
    )
    show(
        "  of loudness, its range and true peak alone",
        ratios(lambda: level_s(speech), lambda: wall_s(command), ROUNDS),
    )
    show(
        "  their processor time / that of ffmpeg",
        ratios(
            lambda: cpu_s(lambda: evaluate(plan, captures)),
            lambda: cpu_s(lambda: subprocess.run(command, check=True, capture_output=True)),
            ROUNDS,
        ),
    )
    one_by_one(plan, captures, studio)


def takes() -> tuple[TakeEvidence, TakeEvidence]:
    microphone = SimulatedMicrophone(load_scene(), "host")
    microphone.open()
    quiet = microphone.record("quiet", QUIET_S, lambda _: None)
    return quiet, microphone.record("speech", SPEECH_S, lambda _: None)


def level_s(take: TakeEvidence) -> float:
    begin = time.perf_counter()
    weighted = k_weighted(take.samples, take.rate_hz)
    loudness_of(weighted)
    loudness_range_of(weighted)
    true_peak(take.samples, take.rate_hz)
    return time.perf_counter() - begin


def write(file: Path, take: TakeEvidence) -> None:
    with wave.open(str(file), "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(take.rate_hz)
        target.writeframes(np.round(32767 * take.samples[:, 0]).astype("<i2").tobytes())


def one_by_one(plan: Plan, captures: dict[DeviceKey, dict[type, Captured]], studio: Studio) -> None:
    """What each check adds; the first that listens to speech pays for what all share."""
    once, spent = Once(), {}
    for entry in plan.checks:
        begin = time.perf_counter()
        judge_one(entry, captures, studio, once)
        spent[entry.check.id] = 1000 * (time.perf_counter() - begin)
    most = sorted(spent, key=lambda id_: -spent[id_])[:6]
    dearest = ", ".join(f"{id_} {spent[id_]:.0f}" for id_ in most)
    print(f"  one after the other, ms  {sum(spent.values()):.0f}  ({dearest})", flush=True)
