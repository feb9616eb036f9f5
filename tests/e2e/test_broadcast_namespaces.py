"""Test broadcasts over a shaped line: the real publisher, a real kernel, a queue that fills."""

from __future__ import annotations

import pickle
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from studiocheck.checks import net_broadcast
from studiocheck.core.case import Case
from studiocheck.core.check import Assessment
from studiocheck.core.evidence import Broadcast, Captured
from studiocheck.core.measurement import Verdict, judge, worst
from studiocheck.core.network import BroadcastEvidence
from studiocheck.core.studio import Targets, UplinkRole
from studiocheck.measure.network.backlog import delivery
from tests.e2e.namespaces import FAR_END, Rig, far_rig

__all__ = ["far_rig"]  # a fixture

pytestmark = pytest.mark.slow

SERVER = """
from studiocheck.sources.network.target_server import TargetServer
with TargetServer("0.0.0.0", 0, 1935) as server:
    print("ready", flush=True)
    server.serve(None, lambda _: None)
"""
PUBLISH = """
import pickle, sys
from studiocheck.core.network import StreamPlan
from studiocheck.sources.broadcast.broadcast import broadcast
from studiocheck.sources.broadcast.ingest_address import ingest_address
address, seconds, kernel, path = sys.argv[1:]
begun = False
def report(share):
    global begun
    if share > 0 and not begun:
        begun = True
        print("begun", flush=True)
found = broadcast(
    ingest_address(address), StreamPlan(), float(seconds), report, ask_kernel=kernel == "kernel"
)
with open(path, "wb") as file:
    pickle.dump(found, file)
"""


@pytest.fixture
def line(far_rig: Rig) -> Iterator[Rig]:
    """A line of 30 ms with a test server at its end."""
    server = far_rig.start(far_rig.internet, "-c", SERVER)
    try:
        assert far_rig.readline(server).strip() == "ready"
        yield far_rig
    finally:
        server.kill()
        server.communicate()


class Publishing:
    """A test broadcast that runs in the studio."""

    def __init__(
        self,
        rig: Rig,
        path: Path,
        seconds: float,
        how: str = "kernel",
        address: str = f"rtmp://{FAR_END}/live",
        program: str = PUBLISH,
    ) -> None:
        self._path = path / "captured"
        self._process: subprocess.Popen[str] = rig.start(
            rig.studio, "-c", program, address, str(seconds), how, str(self._path)
        )
        assert rig.readline(self._process).strip() == "begun"
        self.began = time.monotonic()

    def after(self, seconds: float) -> None:
        time.sleep(max(0.0, self.began + seconds - time.monotonic()))

    def done(self) -> tuple[BroadcastEvidence, Verdict, Assessment]:
        self._process.communicate(timeout=40)
        captured: Captured = pickle.loads(self._path.read_bytes())  # noqa: S301 - our own
        assert isinstance(captured.evidence, BroadcastEvidence), captured
        return captured.evidence, *judged(captured)


def judged(captured: Captured) -> tuple[Verdict, Assessment]:
    targets = Targets()
    case = Case(
        role="primary",
        binding=UplinkRole(ingest=f"rtmp://{FAR_END}/live"),
        targets=targets,
        captured={Broadcast: captured},
    )
    found = net_broadcast.CHECK.assess(case)
    limits = net_broadcast.CHECK.defaults(targets)
    verdicts = [
        judge(m.against(limits[m.name].limit)) for m in found.measurements if m.name in limits
    ]
    return worst([found.verdict, *verdicts]), found


@pytest.mark.parametrize("how", ["kernel", "portable"])
def test_a_drop_from_20_to_3_is_noticed_within_a_second_and_a_half(
    line: Rig, tmp_path: Path, how: str
) -> None:
    publishing = Publishing(line, tmp_path, 9, how)
    publishing.after(5)
    line.shape(3)
    dropped_s = time.monotonic() - publishing.began
    evidence, verdict, found = publishing.done()
    noticed_s = delivery(evidence).noticed_s
    assert evidence.progress == ("kernel" if how == "kernel" else "peer")
    assert noticed_s is not None
    assert 0 < noticed_s - dropped_s < 1.5
    assert verdict is Verdict.FAIL
    assert found.advice is not None
    assert "lower the stream to 2." in found.advice.en


def test_a_line_of_20_carries_6_without_falling_behind(line: Rig, tmp_path: Path) -> None:
    evidence, verdict, found = Publishing(line, tmp_path, 8).done()
    assert verdict is Verdict.PASS, found
    assert evidence.due_bytes[-1] * 8e-6 / evidence.t_s[-1] == pytest.approx(6.0, rel=0.03)


def test_a_lossy_line_that_a_speed_test_praises_fails(line: Rig, tmp_path: Path) -> None:
    line.lose(1)
    _, verdict, found = Publishing(line, tmp_path, 10).done()
    values = {m.name: m.value for m in found.measurements}
    assert values["retransmitted"] > 0.5
    assert verdict is Verdict.FAIL


def test_a_cable_pulled_and_put_back_is_a_quiet_spell(line: Rig, tmp_path: Path) -> None:
    publishing = Publishing(line, tmp_path, 10)
    publishing.after(4)
    line.cut()
    publishing.after(6)
    line.mend()
    _, verdict, found = publishing.done()
    values = {m.name: m.value for m in found.measurements}
    assert values["longest_quiet"] > 1.8
    assert verdict in {Verdict.FAIL, Verdict.MARGINAL}


def test_a_line_that_swallows_everything_ends_the_broadcast_by_itself(
    line: Rig, tmp_path: Path
) -> None:
    publishing = Publishing(line, tmp_path, 15)
    publishing.after(3)
    line.blackhole()
    evidence, verdict, _ = publishing.done()
    assert evidence.stopped == "stalled"
    assert evidence.t_s[-1] < 3 + 5 + 1.5
    assert verdict is Verdict.FAIL
