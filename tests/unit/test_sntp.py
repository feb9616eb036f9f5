"""What an answer of a time server says, and which answers are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import Unmeasurable
from studiocheck.wire.sntp import is_answer, question, reading

STAMP = slice(40, 48)


def answer(asked: bytes, received_s: float, sent_s: float, *, first: int = 0x24, stratum: int = 2):
    return (
        bytes([first, stratum]) + bytes(22) + asked[STAMP]
        + question(received_s)[STAMP] + question(sent_s)[STAMP]
    )  # fmt: skip


@given(
    now_s=st.floats(1.7e9, 4.2e9),  # across February 2036, where the seconds begin anew
    offset_s=st.floats(-4000, 4000),
    there_s=st.floats(0, 0.5),
    back_s=st.floats(0, 0.5),
    held_s=st.floats(0, 0.1),
)
def test_the_offset_is_wrong_by_half_the_delay_at_most(now_s, offset_s, there_s, back_s, held_s):
    asked = question(now_s)
    arrived_s = now_s - offset_s + there_s  # our clock is ahead by the offset
    reply = answer(asked, arrived_s, arrived_s + held_s)
    found = reading(reply, now_s, now_s + there_s + held_s + back_s)
    assert is_answer(reply, asked)
    assert found.delay_s == pytest.approx(there_s + back_s, abs=1e-5)
    assert abs(found.offset_s - offset_s) <= found.delay_s / 2 + 1e-5


def test_an_answer_to_another_question_is_none():
    asked = question(1000.0)
    assert not is_answer(answer(question(1000.5), 1, 1), asked)
    assert not is_answer(asked, asked)  # an echo
    assert not is_answer(answer(asked, 1, 1)[:47], asked)


@pytest.mark.parametrize(("first", "stratum"), [(0xE4, 2), (0x24, 0), (0x24, 16)])
def test_a_server_that_does_not_know_tells_nothing(first: int, stratum: int):
    asked = question(1000.0)
    with pytest.raises(Unmeasurable):
        reading(answer(asked, 1000, 1000, first=first, stratum=stratum), 1000, 1000.1)
