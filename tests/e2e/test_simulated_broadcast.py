"""The simulated ingest is gone to and published to by the real publisher, and shows its faults."""

from __future__ import annotations

import numpy as np
import pytest

from studiocheck.core.evidence import Broadcast, Captured, Ingest
from studiocheck.core.network import BroadcastEvidence, IngestEvidence
from studiocheck.engine.devices import Wiring, connect
from studiocheck.engine.plan import make_plan
from studiocheck.engine.simulated_uplink import MeasuredSimulatedUplink
from studiocheck.profile.load import load_profile
from studiocheck.simulator.faults import parse_fault
from studiocheck.simulator.scene import Scene, load_scene
from studiocheck.simulator.serve import serve
from studiocheck.sources.uplinks import uplink_for
from tests.contract.test_every_check import CHECKS


def scene(*faults: str) -> Scene:
    found = load_scene("broadcast")
    return found.with_faults(*(parse_fault(f"uplink.primary:{fault}") for fault in faults))


def ingest(*faults: str) -> Captured:
    return MeasuredSimulatedUplink(scene(*faults), "primary").ingest(lambda _: None)


def broadcast(*faults: str, seconds: float = 2.0) -> Captured:
    return MeasuredSimulatedUplink(scene(*faults), "primary").broadcast(seconds, lambda _: None)


def course(*faults: str, seconds: float = 2.0) -> BroadcastEvidence:
    evidence = broadcast(*faults, seconds=seconds).evidence
    assert isinstance(evidence, BroadcastEvidence)
    return evidence


def test_every_step_takes_the_round_trips_that_it_needs():
    captured = ingest("delay=50ms")
    evidence = captured.evidence
    assert isinstance(evidence, IngestEvidence)
    assert captured.problem is None
    assert (evidence.target, evidence.ours) == ("sim:primary", True)
    assert list(evidence.steps_ms) == ["dns", "tcp", "handshake", "connect"]
    assert min(list(evidence.steps_ms.values())[1:]) >= 100


@pytest.mark.parametrize(
    ("fault", "step", "code"),
    [
        ("refuse", "tcp", "refused"),
        ("noingest", "handshake", "refused"),
        ("badapp", "connect", "refused"),
        pytest.param("silent", "handshake", "timeout", marks=pytest.mark.slow),
    ],
)
def test_a_fault_of_the_ingest_is_met_at_its_step(fault: str, step: str, code: str):
    captured = ingest(fault)
    assert isinstance(captured.evidence, IngestEvidence)
    assert captured.problem is not None
    assert (captured.evidence.step, captured.problem.code) == (step, code)


@pytest.mark.parametrize(("fault", "code"), [("badkey", "refused"), ("foreign", "consent")])
def test_nothing_is_published_where_it_is_refused_or_could_go_on_air(fault: str, code: str):
    captured = broadcast(fault)
    assert isinstance(captured.evidence, IngestEvidence)
    assert captured.problem is not None
    assert captured.problem.code == code


def test_a_key_that_has_expired_is_a_refusal_and_no_cut():
    captured = broadcast("hangup")
    assert captured.problem is not None
    assert captured.problem.code == "refused"


def test_a_stream_that_fits_arrives_a_round_trip_after_it_was_due():
    found = course()
    if np.nanpercentile(found.frame_delay_ms, 50) > 80:  # once more on a busy machine
        found = course()
    assert (found.stopped, found.consent, found.how) == ("time", "own", "rtmp")
    assert 30 <= np.nanpercentile(found.frame_delay_ms, 50) < 80
    assert found.backlog_s.max() < 0.5
    assert found.retransmitted[-1] == 0


def test_a_line_that_is_too_slow_piles_up_what_was_not_sent():
    found = course("rate=3", seconds=3.0)
    assert found.backlog_s[-1] > 0.8
    assert found.delivered_bytes[-1] < 0.8 * found.due_bytes[-1]


def test_lost_packets_are_sent_again_and_slow_the_stream_down():
    found = course("loss=2%", seconds=3.0)
    assert found.retransmitted[-1] / found.segments[-1] == pytest.approx(0.02, abs=0.001)
    assert found.backlog_s.max() > 0.7


@pytest.mark.parametrize(("name", "asked"), [("studio", False), ("broadcast", True)])
def test_only_a_scene_with_an_ingest_is_published_to(name: str, asked: bool):
    found = load_scene(name)
    plan = make_plan(found.studio(), load_profile(found.profile), CHECKS, only=["net"])
    connect(plan, Wiring(scene=found, simulated_host=True))
    needs = {type(need) for of in plan.needs.values() for need in of}
    if not any(isinstance(need, Ingest | Broadcast) for check in CHECKS for need in check.needs):
        pytest.skip("no check asks for it")
    assert bool(needs & {Ingest, Broadcast}) is asked


def test_the_served_scene_has_an_ingest_that_its_studio_file_names():
    with serve(scene()) as servers:
        (address,) = [url for url in servers.urls if url.startswith("rtmp://")]
        role = servers.studio().uplinks["primary"]
        assert role.ingest == address
        captured = uplink_for(role).ingest(lambda _: None)
    assert isinstance(captured.evidence, IngestEvidence)
    assert captured.problem is None
