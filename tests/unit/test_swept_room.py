"""The active measurement: a sweep from the monitor, heard by one microphone after the other."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest

from studiocheck.checks import (
    all_checks,
    mic_echo,
    mic_intelligibility,
    mic_leak,
    mic_reverberation,
)
from studiocheck.core.case import Case
from studiocheck.core.check import Check, Scope
from studiocheck.core.errors import NotAsked, Unmeasurable
from studiocheck.core.evidence import Captured, RoomTone, Speech, Sweep
from studiocheck.core.measurement import Verdict, judge, worst
from studiocheck.core.studio import MicrophoneRole, SpeakerRole, Studio, Targets
from studiocheck.core.takes import SweepEvidence
from studiocheck.engine.acquire import Capture
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.evaluate import evaluate
from studiocheck.engine.evidence_files import read_evidence, write_evidence
from studiocheck.engine.plan import make_plan
from studiocheck.engine.store import RunFolder
from studiocheck.measure.sound.impulse_response import ImpulseResponse
from studiocheck.measure.sound.sweep_leak import sweep_leak
from studiocheck.profile.load import load_profile
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.loudspeaker import SimulatedSpeaker
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import Scene, load_scene
from studiocheck.simulator.voice import speak
from studiocheck.sources.microphones.loudspeaker import choose_output
from studiocheck.sources.microphones.portaudio import InputDevice
from studiocheck.sources.microphones.roles import microphone_for
from studiocheck.sources.microphones.swept_microphone import MicrophoneBesideSpeaker
from tests.rooms import RATE_HZ, convolve, decaying_noise

HOST = DeviceKey(Scope.MICROPHONE, "host")
BASE = load_profile("base-1080p30")
SOUND = ["mic.echo", "mic.reverberation", "mic.intelligibility", "mic.leak"]


def evening(*faults: str, seed: int = 1, **speaker) -> Scene:
    scene = replace(load_scene(), seed=seed)
    monitor = replace(scene.speakers["monitor"], **speaker)
    return replace(scene, speakers={"monitor": monitor}).with_faults(*map(parse_fault, faults))


def swept(scene: Scene, **role) -> SweepEvidence:
    speaker = replace(scene.studio().speakers["monitor"], **role)
    device = SimulatedMicrophone(scene, "host", SimulatedSpeaker("monitor", speaker))
    device.open()
    return device.sweep(5.0, lambda _: None)


def case(evidence: SweepEvidence | None, scene: Scene | None = None) -> Case:
    captured = {}
    if evidence is not None:
        captured[Sweep] = Captured(evidence)
    if scene is not None:
        device = SimulatedMicrophone(scene, "host")
        device.open()
        captured[RoomTone] = Captured(device.record("quiet", 5.0, lambda _: None))
        captured[Speech] = Captured(device.record("speech", 10.0, lambda _: None))
    role = MicrophoneRole(device="sim:host")
    return Case(role="host", binding=role, targets=Targets(), captured=captured)


def verdict_of(check: Check, about: Case) -> Verdict:
    found = check.assess(about)
    limits = check.defaults(Targets())
    judged = [
        judge(m.against(limits[m.name].limit if m.name in limits else None))
        for m in found.measurements
    ]
    return worst([found.verdict, *judged])


def value(check: Check, about: Case, name: str):
    return next(m for m in check.assess(about).measurements if m.name == name)


# ---------------------------------------------------------------- the four checks


@pytest.mark.parametrize("rt60_s", [0.2, 0.35, 0.6, 1.0])
def test_the_reverberation_time_of_the_room_lies_within_what_is_stated(rt60_s: float):
    inside = []
    for seed in range(8):
        scene = evening(f"mic.host:rt60={rt60_s}s", seed=seed, heard_db=-30.0)
        found = value(mic_reverberation.CHECK, case(swept(scene)), "t20")
        inside.append(abs(found.value - rt60_s) <= found.uncertainty)
    assert sum(inside) >= 7


def test_a_leak_reads_the_level_of_the_way_whatever_the_sweep_level():
    for level_db in (-20.0, -35.0, -46.0):
        for sweep_dbfs in (-20.0, -6.0):
            scene = evening(heard_db=level_db)
            found = value(
                mic_leak.CHECK, case(swept(scene, sweep_dbfs=sweep_dbfs)), "leak_attenuation"
            )
            assert found.value == pytest.approx(-level_db, abs=1.5)


def test_a_leak_by_sweep_is_that_of_a_played_voice():
    rng = np.random.default_rng(5)
    response = np.zeros(96000)
    response[480] = 0.02
    response[480:24480] += 0.004 * decaying_noise(0.4, rng, seconds=0.5)
    measured = sweep_leak(ImpulseResponse.of(response, RATE_HZ))
    for seed, pitch_hz in ((3, 165), (4, 95), (5, 230)):
        programme = speak(8.0, RATE_HZ, seed, pitch_hz)
        heard = convolve(programme, response)
        lost_db = 10 * np.log10((programme**2).sum() / (heard**2).sum())
        assert measured.attenuation_db == pytest.approx(lost_db, abs=1.5)


def test_the_delay_of_a_leak_counts_from_when_it_was_played():
    found = value(mic_leak.CHECK, case(swept(evening())), "leak_delay")
    assert found.value == pytest.approx(50 + 1500 / 343, abs=0.2)


def test_a_monitor_that_is_off_does_not_leak_and_the_note_says_how_faint_was_looked_for():
    found = mic_leak.CHECK.assess(case(swept(evening("speaker.monitor:mute"))))
    assert not found.measurements
    assert found.note is not None
    assert "would have been" in found.note.en


def test_a_leak_that_noise_may_hide_is_not_called_absent():
    scene = evening("mic.host:noise=-30dBFS", "speaker.monitor:mute")
    with pytest.raises(Unmeasurable, match="noisy"):
        mic_leak.CHECK.assess(case(swept(scene)))


def test_a_monitor_that_is_mute_in_the_show_is_not_judged():
    with pytest.raises(NotAsked, match="mute during the show"):
        mic_leak.CHECK.assess(case(swept(evening(), on_air=False)))


def test_a_muted_microphone_is_no_proof_that_nothing_leaks():
    with pytest.raises(Unmeasurable, match="silence"):
        mic_leak.CHECK.assess(case(swept(evening("mic.host:mute"))))


@pytest.mark.parametrize(("delay_ms", "level_db"), [(45, -8), (180, -12), (400, -18)])
def test_an_echo_is_placed_to_a_tenth_of_a_millisecond_by_the_sweep(delay_ms, level_db):
    scene = evening(f"mic.host:echo={delay_ms}ms/{level_db}dB", heard_db=-30.0)
    about = case(swept(scene))
    assert value(mic_echo.CHECK, about, "echo_delay").value == pytest.approx(delay_ms, abs=0.1)
    assert value(mic_echo.CHECK, about, "echo_level").value == pytest.approx(level_db, abs=1.0)


def test_no_echo_is_invented_in_rooms_without_one():
    for seed in range(6):
        for rt60_s in (0.2, 0.5, 0.9):
            about = case(swept(evening(f"mic.host:rt60={rt60_s}s", seed=seed)))
            assert not mic_echo.CHECK.assess(about).measurements


def test_an_echo_in_the_voice_alone_is_found_though_the_sweep_has_none():
    scene = evening("mic.host:echo=180ms/-8dB")
    found = mic_echo.CHECK.assess(case(swept(evening()), scene))
    assert found.verdict is Verdict.MARGINAL
    assert found.measurements[0].method == "cepstrum of the speech"


def test_intelligibility_falls_with_reverberation_and_with_noise():
    def sti(*faults: str) -> float:
        scene = evening(*faults, heard_db=-30.0)
        return value(mic_intelligibility.CHECK, case(swept(scene), scene), "sti").value

    dry = sti()
    assert dry > 0.75
    assert sti("mic.host:rt60=1.5s") < 0.6
    assert sti("mic.host:noise=-35dBFS") < dry - 0.1


def test_without_speech_the_noise_is_left_out_and_the_note_says_so():
    found = mic_intelligibility.CHECK.assess(case(swept(evening())))
    assert found.note is not None
    assert "without noise" in found.note.en


@pytest.mark.parametrize("lost", [1000, -1000])
def test_a_sweep_that_broke_off_is_no_room_and_no_leak(lost: int):
    whole = swept(evening("mic.host:rt60=0.2s", heard_db=-20.0, distance_m=0.5))
    at = round(3.9 * RATE_HZ)
    parts = whole.samples[:at], whole.samples[at + max(lost, 0) :]
    hole = np.zeros((max(-lost, 0), 1), np.float32)
    broken = replace(whole, samples=np.concatenate([parts[0], hole, parts[1]]))
    for check in (mic_leak.CHECK, mic_intelligibility.CHECK, mic_reverberation.CHECK):
        with pytest.raises(Unmeasurable, match="broke off"):
            check.assess(case(broken))


# ---------------------------------------------------------------- no speaker, no sweep


def test_without_a_speaker_speech_tells_a_hall_and_never_fails_it():
    scene = evening("mic.host:rt60=1.2s", "mic.host:moved")
    assert verdict_of(mic_reverberation.CHECK, case(None, scene)) is Verdict.MARGINAL
    dry = evening()
    assert verdict_of(mic_reverberation.CHECK, case(None, dry)) is Verdict.PASS


@pytest.mark.parametrize("check", [mic_intelligibility.CHECK, mic_leak.CHECK])
def test_without_a_speaker_nothing_is_asked_and_the_reason_says_how_to_declare_one(check: Check):
    with pytest.raises(NotAsked, match=r"speakers\.monitor"):
        check.assess(case(None))


def test_a_studio_without_speakers_plans_no_sweep():
    scene = replace(load_scene(), speakers={})
    plan = make_plan(scene.studio(), BASE, all_checks(), only=["mic"])
    assert not any(isinstance(need, Sweep) for need in plan.needs[HOST])
    assert plan.expected_s == 15.0


def test_a_recording_hears_no_speaker():
    studio = Studio(
        name="a",
        microphones={"host": MicrophoneRole(device="file:room.wav")},
        speakers={"monitor": SpeakerRole(device="default")},
    )
    plan = make_plan(studio, BASE, all_checks(), only=["mic"])
    assert not any(isinstance(need, Sweep) for need in plan.needs[HOST])


# ---------------------------------------------------------------- the pipeline


def two_microphones(*faults: str) -> Scene:
    scene = evening(*faults)
    return replace(scene, microphones=dict.fromkeys(("host", "b"), scene.microphones["host"]))


def test_sweeps_come_after_all_takes_and_one_after_the_other():
    scene, told = two_microphones(), []
    lock = threading.Lock()

    def listen(event: object) -> None:
        with lock:
            kind, device = getattr(event, "kind", None), getattr(event, "device", None)
            told.append((type(event).__name__, device, kind))

    plan = make_plan(scene.studio(), BASE, all_checks(), only=[*SOUND, "mic.noise_floor"])
    assert plan.expected_s == 25.0  # 5 quiet, 10 speech, 5 for each microphone
    capture = Capture(plan, connect(plan, Wiring(scene=scene)), listen)
    capture.run()
    kinds = [kind for name, _, kind in told if name == "TakeStarted"]
    assert kinds[-2:] == ["sweep", "sweep"]
    assert sorted(kinds[:-2]) == ["quiet", "quiet", "speech", "speech"]
    first, second = (i for i, (_, _, kind) in enumerate(told) if kind == "sweep")
    done = [i for i, (name, _, _) in enumerate(told) if name == "DeviceDone"]
    assert first < min(done) < second


def test_a_microphone_that_is_gone_keeps_no_other_from_its_sweep():
    scene = two_microphones("mic.b:unplug")
    plan = make_plan(scene.studio(), BASE, all_checks(), only=SOUND)
    capture = Capture(plan, connect(plan, Wiring(scene=scene)), lambda _: None)
    capture.run()
    found = {(f.check, f.role): f.verdict for f in evaluate(plan, capture.captured)}
    assert {found[check, "host"] for check in SOUND} == {Verdict.PASS}
    assert {found[check, "b"] for check in SOUND} == {Verdict.UNMEASURED}


def test_a_speaker_that_is_gone_costs_the_sweep_and_no_take():
    scene = evening("speaker.monitor:unplug")
    plan = make_plan(scene.studio(), BASE, all_checks(), only=SOUND)
    capture = Capture(plan, connect(plan, Wiring(scene=scene)), lambda _: None)
    capture.run()
    assert capture.captured[HOST][Speech].problem is None
    assert capture.captured[HOST][Sweep].problem is not None


def test_a_sweep_is_kept_with_the_run_and_read_back_the_same(tmp_path):
    evidence = swept(evening())
    folder = RunFolder(tmp_path, "20261122-000000-abcd")
    write_evidence(folder, HOST, {Sweep: Captured(evidence)})
    root = next(path for path in tmp_path.rglob("evidence")).parent
    back = read_evidence(root, HOST)[Sweep].evidence
    assert isinstance(back, SweepEvidence)
    assert back.speaker == evidence.speaker
    assert back.sweep_s == 5.0
    assert np.array_equal(back.samples, evidence.samples)


# ---------------------------------------------------------------- the source, without a sound system


def test_a_microphone_beside_a_speaker_is_picklable_before_it_is_opened():
    device = MicrophoneBesideSpeaker(
        microphone_for(MicrophoneRole(device="default")), SpeakerRole(device="default"), 48000
    )
    assert isinstance(pickle.loads(pickle.dumps(device)), MicrophoneBesideSpeaker)  # noqa: S301


@pytest.mark.parametrize("binding", ["name:wall", "index:9", "default", "/dev/speaker"])
def test_an_absent_speaker_is_told_as_a_speaker(binding: str):
    outputs = [InputDevice(index=3, name="USB Speaker", host_api="ALSA")]
    with pytest.raises(Exception, match="speaker") as caught:
        choose_output(outputs, binding)
    assert "microphone" not in caught.value.message.en
    assert "麦克风" not in caught.value.message.zh
