"""The words in which faults are asked for: everything of the contract, and nothing that makes no sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import SceneError
from studiocheck.simulator.faults import Fault, parse_fault, vocabulary
from studiocheck.simulator.scene import load_scene

CONTRACT = """
camera.main: freeze black slate=bars slate=nosignal slate=solid unplug hang busy fps=24 drop=3% duplicate=10%
 resolution=1280x720 blur=2px noise=8 exposure=-1stop wb=4300K autowb shake=3px flicker=5%
lamp.fill: off output=60% cct=4800K flicker=5%
mic.host: mute unplug hang moved gain=-20dB clip=6dB noise=-40dBFS hum=-45dBFS hum60=-45dBFS echo=180ms/-12dB
 rt60=0.9s leak=-20dB gaps=5 narrowband invert clock=300ppm
uplink.primary: rate=6 loss=1% delay=150ms jitter=20ms dip=3@5s cut blackhole refuse dns=800ms nodns traffic=5
 signal=-75dBm samepath
host: cpu=95% disk=0.5GB clock=3s noclock notimeserver
"""


def contract() -> list[str]:
    specs, device = ["stray.window=30%"], ""
    for word in CONTRACT.split():
        if word.endswith(":"):
            device = word
        else:
            specs.append(device + word)
    return specs


@pytest.mark.parametrize("spec", contract())
def test_every_fault_of_the_contract_changes_the_scene(spec: str):
    fault = parse_fault(spec)
    assert str(fault).replace("stray:", "stray.") == spec
    assert load_scene().changed_by(fault) != load_scene()


def test_a_fault_comes_at_its_time_and_a_dip_passes():
    scene = load_scene().with_faults(
        parse_fault("camera.main:freeze@2s"), parse_fault("uplink.primary:dip=3@5s")
    )
    assert [scene.at(t).cameras["main"].frozen for t in (0, 1.99, 2, 60)] == [
        False,
        False,
        True,
        True,
    ]
    assert [scene.at(t).uplinks["primary"].rate_mbit_s for t in (4.9, 5, 7.9, 8)] == [20, 3, 3, 20]


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("camera.main", "DEVICE:FAULT"),
        ("camera.main:melt", "freeze"),
        ("kettle.main:off", "camera"),
        ("camera.main:fps", "fps=24"),
        ("camera.main:fps=fast", "fps=24"),
        ("camera.main:freeze=3", "write freeze"),
        ("host:clock=nans", "clock=3s"),
        ("camera.main:slate=testcard", "slate=bars"),
        ("mic.host:echo=180ms", "echo=180ms/-12dB"),
    ],
)  # fmt: skip
def test_a_word_that_is_no_fault_is_refused_with_the_right_one(spec: str, says: str):
    with pytest.raises(SceneError) as caught:
        parse_fault(spec)
    assert spec in caught.value.message.en
    assert says in caught.value.message.en


@pytest.mark.parametrize("spec", ["camera.main:fps=0", "camera.main:resolution=0x0", "uplink.primary:loss=150%", "host:cpu=200%", "mic.host:noise=6dBFS", "lamp.key:output=-1", "camera.main:exposure=nan", "camera.main:resolution=99999x99999"])  # fmt: skip
def test_a_value_that_no_studio_can_have_is_refused(spec: str):
    with pytest.raises(SceneError) as caught:
        load_scene().changed_by(parse_fault(spec))
    assert spec in caught.value.message.en


@given(st.text(max_size=40))
def test_no_text_whatever_brings_the_parser_down(text: str):
    try:
        found = parse_fault(text)
    except SceneError:
        return
    assert isinstance(found, Fault)


def test_the_vocabulary_names_every_kind_of_device():
    kinds = {"camera", "lamp", "mic", "speaker", "uplink", "presenter", "host", "stray"}
    assert set(vocabulary()) == kinds


def test_a_presenter_can_leave_and_shine_and_a_wall_can_throw_its_colour():
    scene = load_scene("green-screen").with_faults(
        parse_fault("presenter:absent@2s"),
        parse_fault("presenter:shine=40%"),
        parse_fault("stray.bounce=300%"),
    )
    assert [scene.at(t).presenter.present for t in (0, 2)] == [True, False]
    assert scene.at(0).presenter.shine == 0.4
    assert scene.at(0).room.bounce == 3
