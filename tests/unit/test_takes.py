"""Takes that begin when a person says so, for all microphones at once."""

from __future__ import annotations

import time

import pytest

from studiocheck.core.check import Scope
from studiocheck.core.errors import DeviceGone, Problem
from studiocheck.core.events import PersonAnswered, PersonAsked
from studiocheck.core.evidence import RoomTone, Speech
from studiocheck.core.takes import MicrophoneInfo
from studiocheck.core.text import Text
from studiocheck.engine import takes
from studiocheck.engine.device_keys import DeviceKey
from studiocheck.engine.takes import Takes
from studiocheck.simulator.microphone import SimulatedMicrophone
from studiocheck.simulator.scene import load_scene
from studiocheck.sources.capture import serving
from studiocheck.sources.capture.messages import Done

HOST, GUEST = (DeviceKey(Scope.MICROPHONE, role) for role in ("host", "guest"))
QUIET, SPEECH = RoomTone(5.0), Speech(10.0)


class Room:
    """Two microphones, a keyboard and what was told."""

    def __init__(self, *microphones):
        self.typed, self.told = [], []
        self.takes = Takes(microphones or (HOST, GUEST), self._key, self.told.append)

    def _key(self):
        return self.typed.pop(0) if self.typed else ""

    def asked(self):
        return [event.kind for event in self.told if isinstance(event, PersonAsked)]


def test_nobody_is_asked_before_every_microphone_is_open():
    room = Room()
    assert room.takes.word(HOST, QUIET) is None
    assert room.asked() == []
    assert room.takes.word(GUEST, QUIET) is None
    assert room.asked() == ["quiet"]


def test_one_key_starts_all_microphones():
    room = Room()
    for key in (HOST, GUEST):
        room.takes.word(key, QUIET)
    room.typed.append("\n")
    assert room.takes.word(HOST, QUIET) == "go"
    assert room.takes.word(GUEST, QUIET) == "go"
    assert room.asked() == ["quiet"]
    assert room.told[-1] == PersonAnswered(by_person=True)
    assert room.takes.was_prompted("quiet")
    assert not room.takes.was_prompted("speech")


def test_what_was_typed_before_the_question_answers_nothing():
    room = Room(HOST)
    room.typed += ["\n", "r"]
    assert room.takes.word(HOST, QUIET) is None


def test_a_take_can_be_repeated_and_the_first_cannot_before_it_was_taken():
    room = Room(HOST)
    room.takes.word(HOST, QUIET)
    room.typed += ["r", "\n"]
    assert room.takes.word(HOST, QUIET) == "go"
    room.takes.word(HOST, SPEECH)
    room.typed.append("r")
    assert room.takes.word(HOST, SPEECH) == "again"
    room.takes.word(HOST, SPEECH)
    assert room.asked() == ["quiet", "speech", "speech"]
    assert not room.takes.was_prompted("speech")


def test_a_microphone_that_leaves_is_not_waited_for():
    room = Room()
    assert room.takes.word(HOST, QUIET) is None
    room.takes.left(GUEST)
    assert room.takes.word(HOST, QUIET) is None
    assert room.asked() == ["quiet"]


def test_a_question_ends_when_the_last_microphone_leaves():
    room = Room(HOST)
    room.takes.word(HOST, QUIET)
    room.takes.left(HOST)
    assert room.told[-1] == PersonAnswered(by_person=False)


def test_nobody_at_the_keyboard_costs_one_wait_and_the_record_says_unprompted(monkeypatch):
    monkeypatch.setattr(takes, "PATIENCE_S", 0.0)
    room = Room(HOST)
    room.takes.word(HOST, QUIET)
    time.sleep(0.001)
    assert room.takes.word(HOST, QUIET) == "go"
    assert room.takes.word(HOST, SPEECH) == "go"
    assert room.takes.word(HOST, None) == "go"
    assert room.asked() == ["quiet"]
    assert not room.takes.was_prompted("quiet")
    assert not room.takes.was_prompted("speech")


def test_a_microphone_without_a_quiet_take_waits_for_the_speech_of_the_others():
    room = Room()
    room.takes.word(HOST, QUIET)
    room.takes.word(GUEST, SPEECH)
    room.typed.append("\n")
    assert room.takes.word(GUEST, SPEECH) is None
    assert room.takes.word(HOST, QUIET) == "go"
    room.takes.word(HOST, SPEECH)
    room.typed.append("\n")
    room.takes.word(GUEST, SPEECH)
    assert [room.takes.word(key, SPEECH) for key in (HOST, GUEST)].count("go") >= 1


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ([True, True, True], ["quiet", "speech"]),
        ([True, False, True, True], ["quiet", "quiet", "speech"]),
        ([True, True, False, False, True], ["quiet", "speech", "speech", "speech"]),
    ],
)
def test_a_directed_device_serves_each_need_as_often_as_it_is_told(answers, kinds):
    said = iter(answers)
    sent = []
    microphone = SimulatedMicrophone(load_scene(), "host")
    needs = (RoomTone(1.0), Speech(1.0))
    serving.serve(microphone, needs, sent.append, lambda _: None, lambda _: next(said))
    done = [message.captured.evidence.kind for message in sent if isinstance(message, Done)]
    assert done == kinds


class Leaving:
    """A microphone that is pulled during its first take."""

    def open(self):
        return MicrophoneInfo(device="x", name="x", backend="x", rate_hz=48000, channels=1)

    def record(self, *_):
        raise DeviceGone(Text("gone", "没了"))

    def close(self):
        pass


def test_nobody_is_asked_for_a_microphone_that_is_gone():
    asked, sent = [], []

    def may_go_on(need):
        asked.append(need)
        return True

    needs = (RoomTone(1.0), Speech(1.0))
    serving.serve(Leaving(), needs, sent.append, lambda _: None, may_go_on)
    assert asked == [needs[0]]
    problems = [message.captured.problem for message in sent if isinstance(message, Done)]
    assert [type(problem) for problem in problems] == [Problem, Problem]
