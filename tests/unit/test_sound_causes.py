"""Causes across microphones: what all of them share, or what one of them has alone."""

from __future__ import annotations

import numpy as np
import pytest

from studiocheck.core.check import Scope
from studiocheck.core.evidence import Captured, Speech
from studiocheck.core.measurement import Limit, Measurement, Verdict
from studiocheck.core.record import Finding
from studiocheck.core.takes import MicrophoneInfo, TakeEvidence
from studiocheck.core.text import Text
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.diagnose import diagnose

FAIL, MARGINAL, PASS, UNMEASURED = (
    Verdict.FAIL, Verdict.MARGINAL, Verdict.PASS, Verdict.UNMEASURED,
)  # fmt: skip
LOUDNESS = Limit(minimum=-35, warn_minimum=-21, warn_maximum=-15, maximum=-10)


def finding(check, role, verdict, **values):
    limits = {"loudness": LOUDNESS, "upper_edge": Limit(minimum=4.5, warn_minimum=9.5)}
    return Finding(
        check=check,
        role=role,
        title=Text("t", "题"),
        verdict=verdict,
        blocker=False,
        measurements=tuple(
            Measurement(name, value, "x", "test", limit=limits.get(name))
            for name, value in values.items()
        ),
    )


def hum(role, verdict=FAIL, hertz=50.0, level=-45.0):
    if verdict in (PASS, UNMEASURED):
        return finding("mic.hum", role, verdict)
    return finding("mic.hum", role, verdict, mains_frequency=hertz, hum_level=level)


def told(findings, captures=None):
    return {d.id: d.findings for d in diagnose(findings, captures or {})}


def named(role, name):
    info = MicrophoneInfo(device="x", name=name, backend="x", rate_hz=48000, channels=1)
    take = TakeEvidence(
        microphone=info,
        kind="speech",
        samples=np.zeros((1, 1), np.float32),
        rate_hz=48000,
        prompted=True,
    )
    return {DeviceKey(Scope.MICROPHONE, role): {Speech: Captured(take)}}


def test_the_same_hum_on_all_microphones_is_the_mains_or_the_mixer():
    assert told([hum("a", hertz=49.98), hum("b", hertz=50.01)]) == {"mic.hum_everywhere": (0, 1)}


def test_hum_of_two_frequencies_has_no_common_cause():
    assert told([hum("a", hertz=50.0), hum("b", hertz=60.0)]) == {}


def test_hum_on_one_of_several_is_its_cable():
    (diagnosis,) = diagnose([hum("a"), hum("b", PASS)], {})
    assert (diagnosis.id, diagnosis.findings) == ("mic.hum_cable", (0,))
    assert "swap its cable first" in diagnosis.en
    assert "先换它的音频线" in diagnosis.zh


@pytest.mark.parametrize("check", ["mic.hum", "mic.gaps"])
def test_a_single_microphone_has_nothing_to_be_compared_with(check):
    assert told([finding(check, "a", FAIL, mains_frequency=50.0, hum_level=-45.0)]) == {}


@pytest.mark.parametrize("check", ["mic.hum", "mic.gaps"])
def test_what_is_not_known_of_the_others_proves_nothing(check):
    bad = finding(check, "a", FAIL, mains_frequency=50.0, hum_level=-45.0)
    assert told([bad, finding(check, "b", UNMEASURED)]) == {}


def test_noise_that_is_hum_is_told_once():
    floor = [finding("mic.noise_floor", r, FAIL, noise_floor=-44.5) for r in "ab"]
    assert told([hum("a"), hum("b"), *floor]) == {"mic.hum_everywhere": (0, 1, 2, 3)}


def test_the_hum_of_a_single_microphone_goes_before_the_noise_that_it_makes():
    floor = finding("mic.noise_floor", "a", FAIL, noise_floor=-44.5)
    assert told([hum("a"), floor]) == {"mic.hum_is_noise": (0, 1)}
    quiet = finding("mic.noise_floor", "a", FAIL, noise_floor=-30.0)
    assert told([hum("a"), quiet]) == {}


def test_noise_far_above_the_hum_has_its_own_cause():
    floor = [finding("mic.noise_floor", r, FAIL, noise_floor=-30.0) for r in "ab"]
    assert told([hum("a"), hum("b"), *floor]) == {
        "mic.hum_everywhere": (0, 1),
        "mic.room_noise": (2, 3),
    }


def test_gaps_on_all_microphones_are_the_computer_and_on_one_its_link():
    everywhere = [finding("mic.gaps", r, FAIL) for r in "ab"]
    assert told(everywhere) == {"mic.gaps_everywhere": (0, 1)}
    assert told([everywhere[0], finding("mic.gaps", "b", PASS)]) == {"mic.gaps_link": (0,)}


def test_a_faint_voice_near_the_noise_is_too_far_away():
    faint = finding("mic.level", "a", MARGINAL, loudness=-30.0)
    assert told([faint, finding("mic.snr", "a", MARGINAL)]) == {"mic.too_far": (0, 1)}
    assert told([faint, finding("mic.snr", "b", MARGINAL)]) == {}
    assert told([faint, finding("mic.snr", "a", PASS)]) == {}


@pytest.mark.parametrize("name", ["WH-1000XM4 Hands-Free AG Audio", "bluez_input.00", "蓝牙耳机"])
def test_a_narrow_band_of_a_bluetooth_device_is_named(name):
    narrow = finding("mic.bandwidth", "a", FAIL, upper_edge=3.4)
    assert told([narrow], named("a", name)) == {"mic.bluetooth": (0,)}
    assert told([narrow], named("a", "RODE Wireless GO")) == {}
    assert told([finding("mic.bandwidth", "a", PASS, upper_edge=16.0)], named("a", name)) == {}


def test_clipping_with_too_much_level_is_one_gain():
    clipped = finding("mic.clipping", "a", FAIL)
    assert told([clipped, finding("mic.level", "a", FAIL, loudness=-8.0)]) == {
        "mic.too_loud": (0, 1)
    }


def test_clipping_with_too_little_level_is_an_early_stage():
    clipped = finding("mic.clipping", "a", FAIL)
    assert told([clipped, finding("mic.level", "a", MARGINAL, loudness=-25.0)]) == {
        "mic.gain_structure": (0, 1)
    }


def test_echo_on_all_microphones_is_the_monitor_or_the_room():
    echoes = [finding("mic.echo", r, MARGINAL) for r in "ab"]
    leak = finding("mic.leak", "b", FAIL)
    assert told([*echoes, leak]) == {"mic.echo_everywhere": (0, 1, 2)}
    assert told([echoes[0], finding("mic.echo", "b", PASS)]) == {}


def test_every_cause_of_sound_is_told_in_both_languages():
    causes = [hum("a"), hum("b"), *(finding("mic.gaps", r, FAIL) for r in "ab")]
    for diagnosis in diagnose(causes, {}):
        assert diagnosis.en.isascii()
        assert not diagnosis.zh.isascii()
