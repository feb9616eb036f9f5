"""What is made of the words of iperf3, a program of others."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studiocheck.core.errors import LibraryMissing, NetworkRefused, SourceError
from studiocheck.measure.network.goodput import upload_goodput
from studiocheck.sources.network.iperf3_upload import Iperf3Upload, evidence_of


def said(bytes_each: list[int], **more: Any) -> str:
    rows = [
        {
            "sum": {"end": 0.1 * (place + 1), "bytes": count, "retransmits": 1},
            "streams": [{"rtt": 30_000}],
        }
        for place, count in enumerate(bytes_each)
    ]
    start = {"tcp_mss_default": 1448, "connected": [{}]}
    return json.dumps({"start": start, "intervals": rows, "end": {}, **more})


def test_the_rate_and_what_was_sent_again_are_read():
    upload = evidence_of(said([250_000] * 40), "iperf3://far.end:5201")
    found = upload_goodput(upload)
    assert found.median_mbit_s == pytest.approx(20, rel=1e-3)
    assert upload.retransmitted[-1] == 40
    assert upload.segments[-1] == 10_000_000 // 1448
    assert np.nanmedian(upload.rtt_ms) == 30
    assert (upload.stopped, upload.connections) == ("time", 1)


def test_a_line_that_dies_is_cut_and_not_averaged():
    silent = said([250_000] * 20 + [0] * 20)
    assert evidence_of(silent, "").stopped == "cut"
    ended = said([250_000] * 20, error="interrupt - the client has terminated")
    assert evidence_of(ended, "").stopped == "cut"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("unable to connect to server: Connection refused", "refused"),
        ("unable to connect to server: Connection timed out", "timeout"),
        ("unable to connect to server: Network is unreachable", "gone"),
        ("the server is busy running a test. try again later", "refused"),
        ("", "timeout"),
    ],
)
def test_an_upload_that_never_began_says_why(error: str, code: str):
    with pytest.raises(SourceError) as why:
        evidence_of(said([], error=error), "iperf3://far.end:5201")
    assert why.value.code == code
    assert error in why.value.message.en
    assert why.value.advice is not None


@pytest.mark.parametrize("words", ["", "{", "[]", "null", "{}", '{"intervals": [1]}'])
def test_words_that_mean_nothing_are_refused(words: str):
    with pytest.raises(NetworkRefused, match="no result"):
        evidence_of(words, "iperf3://far.end:5201")


@given(st.text(max_size=60))
def test_no_words_crash_the_reader(words: str):
    with pytest.raises(SourceError):
        evidence_of(words, "")


def test_without_the_program_the_advice_is_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(LibraryMissing) as missing:
        Iperf3Upload("127.0.0.1", 9).upload(1.0, lambda _: None)
    assert missing.value.advice is not None
    assert "apt install iperf3" in missing.value.advice.en
