"""Test broadcasts over SRT on a shaped line: what its sender tells, and what is made of it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studiocheck.core.measurement import Verdict
from studiocheck.measure.network.backlog import delivery
from tests.e2e.namespaces import FAR_END, Rig, far_rig
from tests.e2e.test_broadcast_namespaces import Publishing

__all__ = ["far_rig"]  # a fixture

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("srt-live-transmit") is None, reason="needs srt-live-transmit"),
]

PUBLISH = """
import pickle, sys
from studiocheck.core.studio import UplinkRole
from studiocheck.sources.uplinks import uplink_for
address, seconds, _, path = sys.argv[1:]
begun = False
def report(share):
    global begun
    if share > 0 and not begun:
        begun = True
        print("begun", flush=True)
uplink = uplink_for(UplinkRole(ingest=address), consented=frozenset({"10.77.2.2"}))
found = uplink.broadcast(float(sys.argv[2]), report)
with open(path, "wb") as file:
    pickle.dump(found, file)
"""


@pytest.fixture
def line(far_rig: Rig) -> Iterator[Rig]:
    """A line of 30 ms with a listener at its end."""
    listener = subprocess.Popen(
        ["ip", "netns", "exec", far_rig.internet, "srt-live-transmit", "-q", "-ll", "fatal",
         "srt://:9000?mode=listener&latency=400", "udp://127.0.0.1:5999"]
    )  # fmt: skip
    time.sleep(0.5)
    try:
        yield far_rig
    finally:
        listener.kill()
        listener.wait()


def publishing(line: Rig, path: Path, seconds: float) -> Publishing:
    return Publishing(line, path, seconds, address=f"srt://{FAR_END}:9000", program=PUBLISH)


@pytest.mark.parametrize(
    ("rate_mbit_s", "loss_percent", "verdict"),
    [
        pytest.param(20, 0, Verdict.PASS, id="20 clean"),
        pytest.param(20, 1, Verdict.MARGINAL, id="1 % loss, which SRT repairs"),
        pytest.param(5, 0, Verdict.FAIL, id="5, less than the stream"),
    ],
)
def test_the_verdict_on_a_line(
    line: Rig, tmp_path: Path, rate_mbit_s: float, loss_percent: float, verdict: Verdict
) -> None:
    line.shape(rate_mbit_s)
    line.lose(loss_percent)
    _, judged, found = publishing(line, tmp_path, 10).done()
    assert judged is verdict, found


def test_a_drop_from_20_to_3_is_noticed_within_a_second_and_a_half(
    line: Rig, tmp_path: Path
) -> None:
    stream = publishing(line, tmp_path, 9)
    stream.after(5)
    line.shape(3)
    dropped_s = time.monotonic() - stream.began
    evidence, verdict, found = stream.done()
    noticed_s = delivery(evidence).noticed_s
    assert noticed_s is not None
    assert 0 < noticed_s - dropped_s < 1.5
    assert verdict is Verdict.FAIL
    assert found.advice is not None
    assert "lower the stream" in found.advice.en
